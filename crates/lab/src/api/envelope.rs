//! The envelope around every answer, and pages of lists.

use serde_json::{Value, json};

use super::asked::Asked;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// What it carries.
    pub body: Body,
}

/// What an answer carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// JSON.
    Json(Value),
    /// Nothing, as with 204.
    Empty,
    /// A text of this media type.
    Text(&'static str, String),
}

impl Reply {
    /// 200 with a result.
    #[must_use]
    pub fn ok(result: impl Into<Value>) -> Reply {
        Reply::with(200, result)
    }

    /// 201 with a result.
    #[must_use]
    pub fn created(result: impl Into<Value>) -> Reply {
        Reply::with(201, result)
    }

    /// 204.
    #[must_use]
    pub fn nothing() -> Reply {
        Reply { status: 204, headers: Vec::new(), body: Body::Empty }
    }

    /// Any JSON, outside the envelope (GraphQL).
    #[must_use]
    pub fn bare(status: u16, body: Value) -> Reply {
        Reply { status, headers: Vec::new(), body: Body::Json(body) }
    }

    fn with(status: u16, result: impl Into<Value>) -> Reply {
        let result: Value = result.into();
        Reply::bare(
            status,
            json!({"success": true, "errors": [], "messages": [], "result": result}),
        )
    }

    /// A failure with one error.
    #[must_use]
    pub fn fail(status: u16, code: u32, message: &str) -> Reply {
        Reply::fail_with(status, &[json!({"code": code, "message": message})])
    }

    /// A failure with errors as they are.
    #[must_use]
    pub fn fail_with(status: u16, errors: &[Value]) -> Reply {
        Reply::bare(
            status,
            json!({"success": false, "errors": errors, "messages": [], "result": null}),
        )
    }

    /// A failure with one error that has a chain.
    #[must_use]
    pub fn fail_chain(status: u16, (code, message): (u32, &str), chain: (u32, &str)) -> Reply {
        let chain = json!([{"code": chain.0, "message": chain.1}]);
        Reply::fail_with(status, &[json!({"code": code, "message": message, "error_chain": chain})])
    }

    /// The token lacks the permission.
    #[must_use]
    pub fn not_permitted() -> Reply {
        Reply::fail(403, 10000, "Authentication error")
    }

    /// The token is good, and this is out of its reach.
    #[must_use]
    pub fn out_of_scope() -> Reply {
        Reply::fail(403, 9109, "Unauthorized to access requested resource")
    }

    /// What stands for an id is none.
    #[must_use]
    pub fn no_route(path: &str) -> Reply {
        let message = format!(
            "Could not route to /client/v4{path}, perhaps your object identifier is invalid?"
        );
        Reply::fail(400, 7003, &message)
    }

    /// The same answer with something to say (`messages`).
    #[must_use]
    pub fn saying(mut self, code: u32, message: &str) -> Reply {
        if let Body::Json(body) = &mut self.body {
            body["messages"] = json!([{"code": code, "message": message, "type": null}]);
        }
        self
    }

    /// The page of a list that was asked for: `page` from 1, `per_page` within the limits; empty past the
    /// end, since both official SDKs go on until a page is empty.
    #[must_use]
    pub fn page(items: &[Value], asked: &Asked, sizes: Sizes) -> Reply {
        let (page, per_page) =
            match (number(asked, "page", 1), number(asked, "per_page", sizes.usual)) {
                (Ok(page), Ok(per_page)) => (page, per_page),
                (Err(reply), _) | (_, Err(reply)) => return reply,
            };
        if page == 0 || per_page < sizes.least || per_page > sizes.most {
            let message = format!("page from 1, per_page from {} to {}", sizes.least, sizes.most);
            return Reply::fail(400, 1004, &message);
        }
        let from = (page - 1).saturating_mul(per_page).min(items.len());
        let shown = &items[from..from.saturating_add(per_page).min(items.len())];
        let mut reply = Reply::ok(shown.to_vec());
        if let Body::Json(body) = &mut reply.body {
            body["result_info"] = json!({
                "page": page,
                "per_page": per_page,
                "count": shown.len(),
                "total_count": items.len(),
                "total_pages": items.len().div_ceil(per_page),
            });
        }
        reply
    }

    /// A whole list as its only page.
    #[must_use]
    pub fn whole(items: Vec<Value>) -> Reply {
        let count = items.len();
        let mut reply = Reply::ok(items);
        if let Body::Json(body) = &mut reply.body {
            body["result_info"] = json!({
                "page": 1, "per_page": count.max(20), "count": count,
                "total_count": count, "total_pages": usize::from(count > 0),
            });
        }
        reply
    }
}

/// How many items a page may have.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// If nothing is said.
    pub usual: usize,
    /// At least.
    pub least: usize,
    /// At most.
    pub most: usize,
}

fn number(asked: &Asked, name: &str, usual: usize) -> Result<usize, Reply> {
    asked.query(name).map_or(Ok(usual), |text| {
        text.parse().map_err(|_| Reply::fail(400, 1004, &format!("{name} has to be a number")))
    })
}
