//! Visits: what a visitor gets through the edge, and what the edge's own pages say.
//!
//! The types are what is kept. [`page`] tells Cloudflare's pages, in all their forms, from an
//! origin's that only mention a code; [`ray`], [`trace`] and [`through_cloudflare`] read the marks
//! that the edge leaves. Who chose the status is for the causes to judge, not for this.

mod html;
mod marks;
mod page;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::marks::{ray, through_cloudflare, trace};
pub use self::page::page;
use super::{HttpAnswer, TcpAnswer, TlsAnswer, tls::Greeting};

/// How a visit ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reached", rename_all = "kebab-case")]
pub enum VisitAnswer {
    /// No connection to what the name leads to.
    Nothing {
        /// How it ended.
        tcp: TcpAnswer,
    },
    /// A connection, but no handshake.
    Tcp {
        /// How it ended.
        tls: TlsAnswer,
    },
    /// A request was sent.
    Http {
        /// The handshake before it, on https.
        greeting: Option<Box<Greeting>>,
        /// How it ended.
        http: HttpAnswer,
        /// What an error page of Cloudflare's says, where the reply was one.
        page: Option<EdgePage>,
        /// From the header `cf-ray`: 16 hex digits, a hyphen, the data centre.
        ray: Option<String>,
    },
}

/// A page or body that Cloudflare wrote, or one that says who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgePage {
    /// How it was told.
    pub form: PageForm,
    /// The error: 502, 522, 1033. For a 1xxx the four digits.
    pub code: Option<u16>,
    /// The stable name of a machine-readable error: `origin_bad_gateway`.
    pub name: Option<String>,
    /// The ray printed in the body: 16 hex digits.
    pub ray: Option<String>,
    /// Which column the branded page marks as the failing one.
    pub column: Option<Column>,
}

/// How an error is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageForm {
    /// `application/problem+json` (or `application/json` with the same fields).
    Problem,
    /// Markdown with front matter.
    Markdown,
    /// `error code: 502`.
    Text,
    /// The branded HTML page of a 5xx, with the three columns.
    Branded,
    /// The bare HTML page that says `cloudflare` below a rule.
    Unbranded,
    /// The HTML page of a 1xxx error.
    Numbered,
    /// A challenge (`cf-mitigated: challenge`) or a block page: no outage.
    Challenge,
}

/// A column of the branded page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// The visitor's browser.
    Browser,
    /// Cloudflare.
    Cloudflare,
    /// The origin.
    Host,
}

/// The lines of `/cdn-cgi/trace`, where that was answered as the edge answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Trace {
    /// The edge answered.
    Answered {
        /// `key=value`, at most 30; the visitor's own address (`ip`) is left out.
        lines: BTreeMap<String, String>,
    },
    /// Something else came back, or nothing.
    NotAnswered {
        /// The HTTP status, where there was one.
        status: Option<u16>,
    },
}
