//! The envelope around every answer of the API: from status, headers and bytes to a result or a refusal.
//!
//! Judged by the HTTP status first, then by `success`. An edge stands in front of the API too, and answers
//! with pages of its own; GraphQL has a form of its own, and refuses in either.

use serde::Deserialize;
use serde_json::Value;

use super::hidden::{conceal, line};
use super::refusal::{ApiError, ApiRefusal, RefusalKind};

/// The most errors of one answer that are kept.
pub const ERRORS: usize = 8;
/// The most characters of an error's words that are kept.
pub const WORDS: usize = 200;

/// What came back to a call.
#[derive(Clone, Copy)]
pub struct ApiReply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: &'a [(String, String)],
    /// The whole body.
    pub body: &'a [u8],
    /// The token that was sent: it is taken out of all that is told. Empty: none.
    pub secret: &'a str,
}

/// What an answer tells when all went well.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Its `result`; null where there is none.
    pub result: Value,
    /// Where in a list it is; none: it is no page of a list.
    pub page: Option<PageInfo>,
}

/// Where in a list an answer is (`result_info`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PageInfo {
    /// Counted from 1.
    pub page: Option<u64>,
    /// The most items of a page.
    pub per_page: Option<u64>,
    /// Items of the whole list.
    pub total_count: Option<u64>,
    /// Pages of the whole list.
    pub total_pages: Option<u64>,
    /// Where lists are read by cursors instead.
    pub cursors: Option<Cursors>,
    /// The same, as some older lists have it.
    pub cursor: Option<String>,
}

/// Cursors of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Cursors {
    /// What to ask the next page with; none or empty: there is none.
    pub after: Option<String>,
}

impl PageInfo {
    /// What to ask the next page with, where the list is read by cursors.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        let cursor = self.cursors.as_ref().and_then(|cursors| cursors.after.as_deref());
        cursor.or(self.cursor.as_deref()).filter(|cursor| !cursor.is_empty())
    }
}

impl ApiReply<'_> {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// Reads the answer to a call.
    ///
    /// # Errors
    /// When it refuses, or is no answer of the API.
    pub fn told(&self) -> Result<Told, ApiRefusal> {
        if self.status == 204 {
            return Ok(Told::default());
        }
        let envelope = self.envelope()?;
        // Deleting a record is answered without `success`, in the official schema too.
        if self.is_good() && envelope.is_success() {
            let page = envelope.page();
            return Ok(Told { result: envelope.result, page });
        }
        if self.is_good() && envelope.success.is_none() && envelope.errors.is_empty() {
            return Err(self.strange("it has neither success nor result"));
        }
        Err(self.refusal(&envelope.errors))
    }

    /// Reads the answer of the GraphQL endpoint: its `data`.
    ///
    /// # Errors
    /// When it refuses in either form, or answers in part only: half of the counts would be taken for all.
    pub fn data(&self) -> Result<Value, ApiRefusal> {
        let envelope = self.envelope()?;
        if self.is_good() && envelope.errors.is_empty() && envelope.data.is_object() {
            return Ok(envelope.data);
        }
        if envelope.success == Some(false) || (envelope.success.is_some() && !self.is_good()) {
            return Err(self.refusal(&envelope.errors));
        }
        if envelope.errors.is_empty() {
            return Err(self.strange("it has neither data nor errors"));
        }
        let kind = RefusalKind::of_graphql(self.status, &envelope.errors[0].message);
        Err(self.with(kind, kept(&envelope.errors)))
    }

    fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn envelope(&self) -> Result<Envelope, ApiRefusal> {
        if (300..400).contains(&self.status) {
            return Err(self.strange("it leads elsewhere, and is not followed with a token"));
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(self.body) else {
            return Err(self.strange(&self.excerpt()));
        };
        conceal(&mut value, self.secret);
        let envelope = Envelope::of(value);
        match envelope {
            Some(envelope) => Ok(envelope),
            None => Err(self.strange("it has not the form of the API's answers")),
        }
    }

    fn refusal(&self, errors: &[SentError]) -> ApiRefusal {
        let top: Vec<ApiError> = errors.iter().map(SentError::alone).collect();
        let all = kept(errors);
        let (kind, why) = RefusalKind::judge(self.status, &top, &all);
        ApiRefusal { why: why.to_owned(), ..self.with(kind, all) }
    }

    fn with(&self, kind: RefusalKind, errors: Vec<ApiError>) -> ApiRefusal {
        let ray = self.header("cf-ray").map(|ray| line(ray, self.secret, 40));
        ApiRefusal { status: Some(self.status), errors, ray, ..ApiRefusal::of(kind) }
    }

    /// A refusal to take the answer for one of the API.
    #[must_use]
    pub fn strange(&self, why: &str) -> ApiRefusal {
        let kind = match self.status {
            429 => RefusalKind::Limited,
            408 | 500.. => RefusalKind::Down,
            _ => RefusalKind::Unreadable,
        };
        ApiRefusal { why: line(why, self.secret, WORDS), ..self.with(kind, Vec::new()) }
    }

    /// What else came: a page by its title, other text by its beginning.
    fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(64 * 1024)]);
        let lower = text.to_ascii_lowercase();
        let start = lower.trim_start();
        if start.is_empty() {
            return "it is empty".to_owned();
        }
        let is_page = start.starts_with("<!doctype") || start.starts_with("<html");
        // Lower-casing ASCII keeps every offset.
        let title = lower.find("<title>").map(|at| at + "<title>".len()).and_then(|from| {
            let to = lower[from..].find("</title>")?;
            Some(line(&text[from..from + to], self.secret, 80))
        });
        match (is_page, title) {
            (_, Some(title)) => format!("it is a page, \"{title}\""),
            (true, None) => "it is a page".to_owned(),
            (false, None) => format!("it begins \"{}\"", line(&text, self.secret, 80)),
        }
    }
}

/// An answer before it is judged.
#[derive(Debug, Default)]
struct Envelope {
    success: Option<bool>,
    errors: Vec<SentError>,
    has_result: bool,
    result: Value,
    result_info: Value,
    data: Value,
}

/// An error as it was sent.
#[derive(Debug, Default)]
struct SentError {
    code: Option<i64>,
    message: String,
    chain: Vec<SentError>,
}

impl Envelope {
    fn of(value: Value) -> Option<Envelope> {
        let Value::Object(mut object) = value else {
            return None;
        };
        let success = object.get("success").and_then(Value::as_bool);
        let has_result = object.contains_key("result");
        let mut take = |name: &str| object.remove(name).unwrap_or_default();
        let errors = match take("errors") {
            Value::Array(errors) => {
                errors.iter().take(ERRORS).map(|e| SentError::of(e, 0)).collect()
            }
            _ => Vec::new(),
        };
        let data = take("data");
        if success.is_none() && errors.is_empty() && !has_result && !data.is_object() {
            return None;
        }
        let (result, result_info) = (take("result"), take("result_info"));
        Some(Envelope { success, errors, has_result, result, result_info, data })
    }

    fn is_success(&self) -> bool {
        self.success.unwrap_or(self.has_result && self.errors.is_empty())
    }

    fn page(&self) -> Option<PageInfo> {
        serde_json::from_value(self.result_info.clone()).ok()
    }
}

impl SentError {
    /// Reads one; whatever is not as it should be is empty, so that the rest is told.
    fn of(value: &Value, depth: u8) -> SentError {
        let code = match &value["code"] {
            Value::String(code) => code.parse().ok(),
            code => code.as_i64(),
        };
        let message = match (&value["message"], value) {
            (Value::String(message), _) | (_, Value::String(message)) => message.clone(),
            _ => String::new(),
        };
        let chain = match &value["error_chain"] {
            Value::Array(chain) if depth < 2 => {
                chain.iter().take(ERRORS).map(|each| SentError::of(each, depth + 1)).collect()
            }
            _ => Vec::new(),
        };
        SentError { code, message, chain }
    }

    fn alone(&self) -> ApiError {
        ApiError { code: self.code, message: line(&self.message, "", WORDS) }
    }

    fn flat(&self, into: &mut Vec<ApiError>) {
        into.push(self.alone());
        for each in &self.chain {
            each.flat(into);
        }
    }
}

/// Errors and what is behind each, in order.
fn kept(errors: &[SentError]) -> Vec<ApiError> {
    let mut kept = Vec::new();
    for error in errors {
        error.flat(&mut kept);
    }
    kept.truncate(ERRORS);
    kept
}

#[cfg(test)]
mod tests;
