//! What the edge's errors are called: one row per code.
//!
//! Titles and categories are Cloudflare's (error-responses and 5xx pages, read 2026-07; titles of
//! the branded pages from captures of 2024 to 2026). Of the names, `origin_bad_gateway`,
//! `connection_timeout` and `origin_response_timeout` are documented or captured; the others
//! follow their pattern and are made up. The sentences are the lab's own.

/// An error that the edge tells.
#[derive(Debug)]
pub(crate) struct ErrorKind {
    /// 5xx, or a 1xxx.
    pub(crate) code: u16,
    /// HTTP status. For most 1xxx it is not documented; 1016 and 1033 were seen with 530.
    pub(crate) status: u16,
    /// As the page's title says it.
    pub(crate) title: &'static str,
    /// Stable word of the machine-readable form.
    pub(crate) name: &'static str,
    /// Stable word of the machine-readable form.
    pub(crate) category: &'static str,
    /// Seconds; `None`: trying again does not help.
    pub(crate) retry: Option<u32>,
    /// What happened, as the edge sees it.
    pub(crate) what: &'static str,
}

/// The row of a code; of 520 where there is none.
pub(crate) fn kind(code: u16) -> &'static ErrorKind {
    ERRORS.iter().find(|kind| kind.code == code).unwrap_or(&ERRORS[3])
}

impl ErrorKind {
    /// Whether the page carries `cf-error-type` (error-headers page, read 2026-07: 502, 504 and
    /// 520 are not on the list).
    pub(crate) fn has_type_header(&self) -> bool {
        matches!(self.code, 1000 | 1016 | 1101 | 1102 | 521..=526)
    }
}

const fn row(
    code: u16,
    status: u16,
    title: &'static str,
    name: &'static str,
    category: &'static str,
    retry: Option<u32>,
    what: &'static str,
) -> ErrorKind {
    ErrorKind { code, status, title, name, category, retry, what }
}

#[rustfmt::skip]
static ERRORS: &[ErrorKind] = &[
    row(500, 500, "Internal server error", "internal_server_error", "cloudflare", Some(30),
        "The edge ran into trouble of its own."),
    row(502, 502, "Bad gateway", "origin_bad_gateway", "origin", Some(60),
        "The web server reported a bad gateway error."),
    row(504, 504, "Gateway time-out", "origin_gateway_timeout", "origin", Some(120),
        "The web server reported a gateway time-out error."),
    row(520, 520, "Web server is returning an unknown error", "origin_unknown_error", "origin", Some(60),
        "The web server sent something that is no reply."),
    row(521, 521, "Web server is down", "origin_down", "origin", Some(120),
        "The web server refused the connection."),
    row(522, 522, "Connection timed out", "connection_timeout", "origin", Some(120),
        "The web server did not accept the connection in time."),
    row(523, 523, "Origin is unreachable", "origin_unreachable", "origin", Some(120),
        "No route leads to the web server."),
    row(524, 524, "A timeout occurred", "origin_response_timeout", "origin", Some(120),
        "The web server took the request and did not answer in time."),
    row(525, 525, "SSL handshake failed", "ssl_handshake_failed", "ssl", None,
        "The handshake with the web server was not completed."),
    row(526, 526, "Invalid SSL certificate", "invalid_ssl_certificate", "ssl", None,
        "The certificate of the web server does not hold."),
    row(1000, 403, "DNS points to prohibited IP", "dns_points_to_prohibited_ip", "config", None,
        "The record of this name leads to an address of the edge itself."),
    row(1001, 530, "DNS resolution error", "dns_resolution_error", "dns", None,
        "The edge has no zone for this name."),
    row(1003, 403, "Direct IP access not allowed", "direct_ip_access", "config", None,
        "The request names an address of the edge instead of a site."),
    row(1016, 530, "Origin DNS error", "origin_dns_error", "dns", None,
        "The name of the web server cannot be resolved."),
    row(1020, 403, "Access denied", "access_denied", "access_denied", None,
        "A rule of the site's owner turned this request away."),
    row(1033, 530, "Cloudflare Tunnel error", "tunnel_error", "config", Some(120),
        "No connector of the site's tunnel is connected."),
    row(1101, 500, "Worker threw exception", "worker_exception", "worker", None,
        "The site's Worker ended with an exception."),
    row(1102, 503, "Worker exceeded resource limits", "worker_exceeded_limits", "worker", None,
        "The site's Worker used more time or memory than it may."),
    row(1200, 429, "Too many requests waiting for the origin", "origin_queue_full", "rate_limit", Some(60),
        "Too many requests to this site are waiting at the edge."),
];
