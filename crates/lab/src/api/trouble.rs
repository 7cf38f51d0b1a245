//! Trouble of the API itself: it limits, fails, answers with a page or with nothing.

use std::time::Duration;

use super::envelope::{Body, Reply};
use super::limits::limited;

/// Something wrong with the API, for all calls or for some.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What begins like this, below the base: `/zones/0123…/dns_records`; empty: all.
    pub path: String,
    /// How often it still happens; none: always.
    pub times: Option<u32>,
    /// What happens.
    pub kind: TroubleKind,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum TroubleKind {
    /// 429, with so many seconds to wait.
    Limited(u64),
    /// This status in the envelope: 500, 503.
    Fails(u16),
    /// This status with a page, as the edge in front of the API has it: 502.
    Page(u16),
    /// 200, and bytes that are no JSON.
    Garbage,
    /// JSON that ends in the middle.
    Cut,
    /// No answer ever; the connection stays.
    Hangs,
    /// No answer; the connection ends.
    Closes,
    /// The right answer, so much later.
    Slow(Duration),
}

/// What to do about a call.
#[derive(Debug)]
pub(super) enum Instead {
    /// This answer.
    Reply(Box<Reply>),
    /// Nothing for ever.
    Hang,
    /// The end of the connection.
    Close,
    /// As always, after a while.
    After(Duration),
}

impl Trouble {
    /// For all calls, always.
    #[must_use]
    pub fn always(kind: TroubleKind) -> Trouble {
        Trouble { path: String::new(), times: None, kind }
    }

    /// For calls whose path begins like this, always.
    #[must_use]
    pub fn at(path: &str, kind: TroubleKind) -> Trouble {
        Trouble { path: path.to_owned(), times: None, kind }
    }

    /// The same, so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Trouble {
        Trouble { times: Some(times), ..self }
    }

    /// What to do about a call; counts down.
    pub(super) fn take(&mut self, path: &str) -> Option<Instead> {
        if !path.starts_with(&self.path) {
            return None;
        }
        if let Some(left) = &mut self.times {
            *left = left.checked_sub(1)?;
        }
        Some(match &self.kind {
            TroubleKind::Limited(seconds) => Instead::Reply(Box::new(limited(seconds))),
            TroubleKind::Fails(status) => Instead::Reply(Box::new(Reply::fail(
                *status,
                10001,
                "Service temporarily unavailable",
            ))),
            TroubleKind::Page(status) => Instead::Reply(Box::new(page(*status))),
            TroubleKind::Garbage => Instead::Reply(Box::new(text("\u{1}\u{2}not an answer"))),
            TroubleKind::Cut => {
                Instead::Reply(Box::new(text("{\"success\":true,\"result\":[{\"id\":")))
            }
            TroubleKind::Hangs => Instead::Hang,
            TroubleKind::Closes => Instead::Close,
            TroubleKind::Slow(time) => Instead::After(*time),
        })
    }
}

fn text(text: &str) -> Reply {
    let body = Body::Text("application/json", text.to_owned());
    Reply { status: 200, headers: Vec::new(), body }
}

fn page(status: u16) -> Reply {
    let html = format!(
        "<!DOCTYPE html>\n<html><head><title>api.cloudflare.com | {status}: Bad gateway</title></head>\n\
         <body><h1>Bad gateway <span>Error code {status}</span></h1></body></html>\n"
    );
    let body = Body::Text("text/html; charset=UTF-8", html);
    Reply { status, headers: Vec::new(), body }
}
