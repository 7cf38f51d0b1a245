//! Log dialects: one file each. To add one, write the file, its samples, and add it to the list.
//!
//! A dialect knows one program's lines: which lines are its own, and what a line means. The rest is
//! shared. A line is peeled of what syslog, the journal or a container put around it (`envelope`
//! and [`Reader`]), read into a [`LogEvent`], tracebacks are put together, and a [`Tally`] counts.
//!
//! ```
//! use rayfix_core::logs::{Class, Reader};
//!
//! let log: &[&[u8]] = &[b"2026/11/22 05:06:13 [error] 5448#5448: *2 connect() to \
//!     unix:/run/shop.sock failed (111: Connection refused) while connecting to upstream, client: \
//!     203.0.113.9, server: shop.example.com, request: \"GET /cart HTTP/1.1\", upstream: \
//!     \"http://unix:/run/shop.sock:/cart\", host: \"shop.example.com\""];
//! let mut reader = Reader::recognise(log.iter().copied()).expect("nginx is known");
//! assert_eq!(reader.name(), "nginx-error");
//! let mut events = Vec::new();
//! for line in log {
//!     reader.feed(line, &mut events);
//! }
//! reader.finish(&mut events);
//! assert_eq!(events[0].class, Class::UpstreamRefused);
//! assert_eq!(events[0].upstream.as_ref().unwrap().to_string(), "unix:/run/shop.sock");
//! ```
//!
//! What a visitor can write into a log (a path, a referrer) never decides what a line means: fixed
//! words are looked for where the program puts them, not anywhere in the line. Nothing here opens a
//! file or reads the clock; lines from the end of a file come out of [`Backward`]. No file is
//! judged here: an old line means the same as a new one, and its time says which it is.

mod access_line;
mod backward;
mod class;
mod envelope;
mod event;
mod go_error;
pub mod history;
mod json;
mod log_format;
mod reader;
pub mod recent;
mod scan;
mod tally;
mod timestamp;

pub use self::backward::Backward;
pub use self::class::{Class, Role, UnknownClass};
pub use self::cloudflared::started_tunnel;
pub use self::envelope::LINE;
pub use self::event::{LogEvent, Part, Upstream};
pub use self::history::History;
pub use self::log_format::LogFormat;
pub use self::reader::{Reader, read_line};
pub use self::recent::Recent;
pub use self::tally::{Counted, Minute, Tally};
pub use self::timestamp::{Clock, Moment};

/// One program's way of writing logs. Both functions see a line without envelope, colours and line
/// ending, of at most [`LINE`] bytes.
#[derive(Debug)]
pub struct Dialect {
    /// Names under which syslog and the journal know the program; `*` ends a prefix.
    pub programs: &'static [&'static str],
    /// How sure it is that the line is of this dialect.
    pub recognises: fn(&[u8]) -> Fit,
    /// What the line means; `None` where it explains nothing, or is not of this dialect.
    pub read: fn(&[u8]) -> Option<LogEvent>,
}

/// How well a line fits a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Not at all.
    Not,
    /// It may be; others write such lines as well.
    Maybe,
    /// No other program writes such a line.
    Own,
}

impl Fit {
    /// `Own` or `Not`.
    fn own(fits: bool) -> Fit {
        if fits { Fit::Own } else { Fit::Not }
    }
}

crate::units! { Dialect;
    // proxies
    nginx_error,
    access,
    apache_error,
    haproxy,
    caddy,
    // apps
    gunicorn,
    uwsgi,
    php_fpm,
    runtime,
    // the tunnel
    cloudflared,
    // the host
    systemd,
    kernel,
}

#[cfg(test)]
mod tests;
