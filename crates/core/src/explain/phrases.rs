//! Phrases that give a log line or an error page away.
//!
//! A modest table, the most specific rows first: of each line of the text only the first row that
//! fits counts. Versions word these lines differently, so a row names the few pieces that all have
//! in common. Which peer the line is about matters more than its words: nginx writes the same
//! `SSL_do_handshake() failed` for its visitor's side (the edge) and for its app's side.
//!
//! The file is long since it is one table, and a row of it is a few lines.

use crate::causes::{self, Cause};

/// A line that is known by some of its words.
#[derive(Debug)]
pub struct Phrase {
    /// Lower case; all must stand in the line.
    pub all: &'static [&'static str],
    /// What the line says, as a heading; no final stop.
    pub title: &'static str,
    /// What that means for the way from the visitor to the app.
    pub means: &'static str,
    /// The causes that it speaks for, the likeliest first.
    pub causes: &'static [&'static Cause],
    /// The statuses that visitors then see.
    pub numbers: &'static [u16],
    /// Where this was read.
    pub source: &'static str,
}

const NGINX: &str = "nginx source, release 1.22.1, and captures of it";
const CLOUDFLARED: &str = "cloudflared source, release 2026.8.2, and captures of it";
const PAGE: &str = "captured error pages, 2024 to 2026";

/// Every phrase, the most specific first.
pub(super) static ALL: &[Phrase] = &[
    // nginx, the side of its visitor: Cloudflare's edge.
    Phrase {
        all: &["ssl_do_handshake() failed", "ssl handshaking", "client:", "no shared cipher"],
        title: "nginx shares no cipher suite with its visitor",
        means: "The visitor was the edge, if the address is Cloudflare's. Visitors of the site \
                see 525.",
        causes: &[&causes::tls_cipher_unshared::UNIT],
        numbers: &[525],
        source: NGINX,
    },
    Phrase {
        all: &["ssl_do_handshake() failed", "client:", "unsupported protocol"],
        title: "nginx shares no TLS version with its visitor",
        means: "The visitor was the edge, if the address is Cloudflare's. Visitors of the site \
                see 525.",
        causes: &[&causes::tls_version_unsupported::UNIT],
        numbers: &[525],
        source: NGINX,
    },
    Phrase {
        all: &["alert certificate expired", "client:"],
        title: "The visitor of nginx refused its certificate: expired",
        means: "The edge does this when the SSL mode is strict. Visitors of the site see 526.",
        causes: &[&causes::tls_certificate_expired::UNIT],
        numbers: &[526],
        source: NGINX,
    },
    Phrase {
        all: &["alert unknown ca", "client:"],
        title: "The visitor of nginx refused its certificate: unknown issuer",
        means: "The edge does this when the SSL mode is strict and the chain does not lead to an \
                issuer that it trusts. Visitors of the site see 526.",
        causes: &[
            &causes::tls_issuer_untrusted::UNIT,
            &causes::tls_certificate_self_signed::UNIT,
            &causes::tls_chain_incomplete::UNIT,
        ],
        numbers: &[526],
        source: NGINX,
    },
    Phrase {
        all: &["handshake rejected", "ssl handshaking"],
        title: "nginx turned a greeting away (ssl_reject_handshake)",
        means: "nginx has no site for the name that it was greeted with. Visitors of the site see \
                525, or 502 behind a tunnel.",
        causes: &[&causes::tls_name_rejected::UNIT],
        numbers: &[525],
        source: NGINX,
    },
    Phrase {
        all: &["client sent no required ssl certificate"],
        title: "nginx asked its visitor for a certificate and got none",
        means: "Authenticated Origin Pulls is demanded here and not switched on for the zone. \
                Visitors see nginx's 400 page.",
        causes: &[&causes::tls_client_certificate_required::UNIT],
        numbers: &[400],
        source: NGINX,
    },
    Phrase {
        all: &["no required ssl certificate was sent"],
        title: "nginx's page for a visitor without client certificate",
        means: "Authenticated Origin Pulls is demanded on the origin and not switched on for the \
                zone.",
        causes: &[&causes::tls_client_certificate_required::UNIT],
        numbers: &[400],
        source: NGINX,
    },
    Phrase {
        all: &["plain http request", "https port"],
        title: "Plain HTTP arrived on a TLS port",
        means: "Whoever asked speaks HTTP where TLS is spoken. From the edge: the SSL mode is off \
                or flexible, and an Origin Rule sends it to this port.",
        causes: &[],
        numbers: &[400],
        source: NGINX,
    },
    Phrase {
        all: &["client intended to send too large body"],
        title: "nginx refused a request body above client_max_body_size",
        means: "Visitors see 413, made by the origin.",
        causes: &[],
        numbers: &[413],
        source: NGINX,
    },
    // nginx, the side of the app.
    Phrase {
        all: &["connect() to unix:", "failed (2:"],
        title: "nginx found no socket of the app",
        means: "The app (or php-fpm) is not running, or listens on another path. Visitors see \
                nginx's 502, on Cloudflare's branded page.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["connect() to unix:", "failed (13:"],
        title: "nginx may not open the socket of the app",
        means: "The owner or mode of the socket, or of a folder above it, keeps nginx out (or \
                SELinux does). Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["connect() to unix:", "failed (11:"],
        title: "The socket of the app takes no more connections",
        means: "The app's queue is full: its workers are busy or stuck. Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["connect()", "failed (111:"],
        title: "The app refused nginx's connection",
        means: "Nothing listens on the address that nginx passes requests to: the app is down, or \
                listens on another port or address. Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["connect()", "failed (113:"],
        title: "No route leads from nginx to the app",
        means: "The app's host is down, or something rejects the connection. Visitors see nginx's \
                502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["upstream timed out (110:", "connecting to upstream"],
        title: "The app did not answer nginx's attempts to connect",
        means: "A firewall drops them, the app's host is gone, or its queue is full. Visitors see \
                nginx's 504.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[504],
        source: NGINX,
    },
    Phrase {
        all: &["upstream timed out (110:"],
        title: "The app did not answer nginx in time",
        means: "The app is slow or stuck; nginx waits 60 s unless told otherwise. Visitors see \
                nginx's 504.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[504],
        source: NGINX,
    },
    Phrase {
        all: &["no live upstreams"],
        title: "nginx has given up on every address of the app for now",
        means: "A consequence: earlier lines say why each of them failed. Visitors see nginx's \
                502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["upstream prematurely closed connection", "reading response header"],
        title: "The app hung up on nginx without an answer",
        means: "The app's worker died or was ended while it worked; its own log at that second \
                says why. Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["upstream prematurely closed connection"],
        title: "The app broke off its answer to nginx",
        means: "nginx had already passed on the beginning, so visitors see 200 and half a page, \
                or 520.",
        causes: &[&causes::http_reply_cut::UNIT],
        numbers: &[520],
        source: NGINX,
    },
    Phrase {
        all: &["recv() failed (104:", "upstream"],
        title: "The app reset nginx's connection",
        means: "The app's worker died: a crash, a kill, out of memory. Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["upstream sent too big header"],
        title: "The app's headers are larger than nginx's buffer",
        means: "nginx takes 4 or 8 KB unless proxy_buffer_size (fastcgi_buffer_size) says \
                otherwise. Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["upstream sent", "header"],
        title: "nginx could not read the app's headers",
        means: "What the app sent is not HTTP as nginx reads it. Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT, &causes::http_reply_malformed::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["could not be resolved ("],
        title: "nginx could not resolve the app's name",
        means: "nginx asks its `resolver` for the name at each request, and the resolver does not \
                know it or does not answer. Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["ssl_do_handshake() failed", "handshaking to upstream"],
        title: "nginx and the app did not come to terms on TLS",
        means: "The words in the brackets say why: `wrong version number` is https:// to a plain \
                port, `unrecognized name` calls for proxy_ssl_server_name. Visitors see nginx's \
                502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["upstream ssl certificate"],
        title: "nginx does not accept the app's certificate",
        means: "proxy_ssl_verify is on, and the certificate behind nginx has expired, is for \
                another name, or has an issuer that nginx was not told of. Visitors see nginx's \
                502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["peer closed connection in ssl handshake", "upstream"],
        title: "The app hung up during nginx's handshake",
        means: "What nginx asks does not speak TLS, or drops names that it does not know. \
                Visitors see nginx's 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: NGINX,
    },
    Phrase {
        all: &["peer closed connection in ssl handshake"],
        title: "The visitor of nginx hung up during the handshake",
        means: "From one of Cloudflare's addresses it goes with 525; from others it is a scanner.",
        causes: &[&causes::tls_handshake_cut::UNIT],
        numbers: &[525],
        source: NGINX,
    },
    Phrase {
        all: &["ssl_do_handshake() failed"],
        title: "A handshake of nginx failed",
        means: "`client:` with one of Cloudflare's addresses: the edge could not agree with \
                nginx, and visitors see 525. `upstream:`: nginx could not agree with the app, and \
                visitors see nginx's 502. The words in the brackets say why.",
        causes: &[&causes::tls_handshake_cut::UNIT, &causes::http_origin_answers_5xx::UNIT],
        numbers: &[525, 502],
        source: NGINX,
    },
    Phrase {
        all: &["worker_connections are not enough"],
        title: "nginx has no connections left",
        means: "worker_connections is used up. Visitors see 500 or 520.",
        causes: &[&causes::http_origin_answers_5xx::UNIT, &causes::http_reply_empty::UNIT],
        numbers: &[500, 520],
        source: NGINX,
    },
    // cloudflared, the side of its service.
    Phrase {
        all: &["unable to reach the origin service", "connection refused"],
        title: "The service refused cloudflared's connection",
        means: "The tunnel is up; nothing listens on the address in its ingress rule. Visitors \
                see 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["unable to reach the origin service", "no such host"],
        title: "cloudflared cannot resolve the service's name",
        means: "The tunnel is up; the name in its ingress rule does not resolve where cloudflared \
                runs (a container that is gone or renamed). Visitors see 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["malformed http response", "\\x15\\x03"],
        title: "cloudflared speaks plain HTTP to a TLS port",
        means: "The service in the ingress rule is `http://`, and what listens there speaks TLS. \
                Visitors see 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["first record does not look like a tls handshake"],
        title: "cloudflared speaks TLS to a plain port",
        means: "The service in the ingress rule is `https://`, and what listens there speaks \
                plain HTTP. Visitors see 502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT, &causes::tls_not_spoken::UNIT],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["remote error: tls: unrecognized name"],
        title: "The service has no site for the name that cloudflared greets it with",
        means: "cloudflared greets with the host of the ingress rule's URL, often `localhost`. \
                Set originServerName to the site's name. Visitors see 502.",
        causes: &[&causes::tls_name_rejected::UNIT],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["x509:", "has expired or is not yet valid"],
        title: "The service's certificate has expired, or is not valid yet",
        means: "cloudflared checks the certificate behind it, whatever the zone's SSL mode. \
                Visitors see 502.",
        causes: &[
            &causes::tls_certificate_expired::UNIT,
            &causes::tls_certificate_not_yet_valid::UNIT,
        ],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["x509: certificate signed by unknown authority"],
        title: "cloudflared does not know the issuer of the service's certificate",
        means: "Give cloudflared the issuer (caPool). Visitors see 502.",
        causes: &[&causes::tls_issuer_untrusted::UNIT, &causes::tls_certificate_self_signed::UNIT],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["x509: certificate is valid for"],
        title: "The service's certificate is for other names",
        means: "Set originServerName to a name of the certificate. Visitors see 502.",
        causes: &[&causes::tls_certificate_name_mismatch::UNIT],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["unable to reach the origin service"],
        title: "cloudflared does not reach its service",
        means: "The tunnel is up; the end of the line says how the service failed. Visitors see \
                502.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[502],
        source: CLOUDFLARED,
    },
    // cloudflared, the side of the edge.
    Phrase {
        all: &["unauthorized", "tunnel"],
        title: "The edge does not accept cloudflared's credentials",
        means: "The tunnel was deleted, or its secret or token is another one. Without a \
                connector visitors see 530 with 1033.",
        causes: &[&causes::tunnel_down::UNIT],
        numbers: &[1033],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["failed to dial a quic connection"],
        title: "cloudflared does not reach the edge over QUIC",
        means: "Something drops UDP to port 7844. With protocol `auto`, cloudflared goes over to \
                TCP by itself. Without any connection visitors see 530 with 1033.",
        causes: &[&causes::tunnel_down::UNIT],
        numbers: &[1033],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["unable to establish connection with cloudflare edge"],
        title: "cloudflared does not reach the edge",
        means: "Something blocks TCP to port 7844, or opens TLS on the way. Without any \
                connection visitors see 530 with 1033.",
        causes: &[&causes::tunnel_down::UNIT],
        numbers: &[1033],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["edge discovery: error looking up cloudflare edge ips"],
        title: "cloudflared cannot resolve the edge's names",
        means: "DNS does not work on the host of the tunnel. Visitors see 530 with 1033.",
        causes: &[&causes::tunnel_down::UNIT],
        numbers: &[1033],
        source: CLOUDFLARED,
    },
    Phrase {
        all: &["incoming request ended abruptly: context canceled"],
        title: "A visitor left before the service answered",
        means: "No fault of the origin, unless the service is slow.",
        causes: &[],
        numbers: &[499],
        source: CLOUDFLARED,
    },
    // Pages.
    Phrase {
        all: &["tunnel error", "cloudflare"],
        title: "Cloudflare's page for a tunnel without connector",
        means: "No cloudflared is connected for the tunnel that this name leads to.",
        causes: &[&causes::tunnel_down::UNIT],
        numbers: &[1033],
        source: PAGE,
    },
    Phrase {
        all: &["<center>cloudflare</center>"],
        title: "The edge's own blank page",
        means: "The edge made this status itself: the origin's answer was of no use, or the edge \
                failed. When the origin answers 502 the page is the branded one.",
        causes: &[&causes::edge_failing::UNIT, &causes::http_length_wrong::UNIT],
        numbers: &[502],
        source: PAGE,
    },
    Phrase {
        all: &["<center>nginx"],
        title: "nginx's own page",
        means: "An nginx on the origin made this status, and Cloudflare passed its page through.",
        causes: &[&causes::http_origin_answers_5xx::UNIT],
        numbers: &[],
        source: PAGE,
    },
    Phrase {
        all: &["err_too_many_redirects"],
        title: "The browser was redirected without end",
        means: "The usual reason is the SSL mode flexible with an origin that redirects http to \
                https.",
        causes: &[&causes::edge_redirect_loop::UNIT],
        numbers: &[],
        source: "Cloudflare docs, ERR_TOO_MANY_REDIRECTS page, read 2026-07",
    },
    Phrase {
        all: &["attention required", "cloudflare"],
        title: "Cloudflare's page for a blocked visit",
        means: "A rule of the zone turned the visit away. The origin was not asked.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        numbers: &[403],
        source: PAGE,
    },
    // What people type when no log line is at hand.
    Phrase {
        all: &["connection refused"],
        title: "Somebody refused a connection",
        means: "The machine is there and nothing listens on that port, or a firewall rejects. Where \
                the edge is refused, visitors see 521; where a proxy on the origin is refused by \
                the app behind it, 502.",
        causes: &[&causes::net_port_closed::UNIT, &causes::http_origin_answers_5xx::UNIT],
        numbers: &[521, 502],
        source: "RFC 9293, section 3.5.2, and the Cloudflare docs, page error-521, read 2026-07",
    },
];

/// The phrases of a text in lower case: of each line the first row that fits; each row once.
pub(super) fn in_text(lower: &str) -> Vec<&'static Phrase> {
    let mut found: Vec<&'static Phrase> = Vec::new();
    for line in lower.lines() {
        let fits = |phrase: &&Phrase| phrase.all.iter().all(|piece| line.contains(piece));
        if let Some(phrase) = ALL.iter().find(fits)
            && !found.iter().any(|known| std::ptr::eq(*known, phrase))
        {
            found.push(phrase);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_lines_are_recognised() {
        for (line, title) in [
            (
                "2026/11/20 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) \
                 while connecting to upstream, client: 172.68.0.1, server: a.example",
                "The app refused nginx's connection",
            ),
            (
                "2026/11/20 10:00:00 [info] 7#7: *1 SSL_do_handshake() failed (SSL: \
                 error:0A0000C1:SSL routines::no shared cipher) while SSL handshaking, client: \
                 172.68.0.1, server: 0.0.0.0:443",
                "nginx shares no cipher suite with its visitor",
            ),
            (
                "[error] 7#7: *1 SSL_do_handshake() failed (SSL: error:0A00010B:SSL \
                 routines::wrong version number) while SSL handshaking to upstream, client: \
                 172.68.0.1, upstream: \"https://127.0.0.1:8080/\"",
                "nginx and the app did not come to terms on TLS",
            ),
            ("SSL_do_handshake() failed", "A handshake of nginx failed"),
            ("curl: (7) Connection refused", "Somebody refused a connection"),
            (
                "2026-11-22T05:13:10Z ERR  error=\"Unable to reach the origin service. The \
                 service may be down or it may not be responding to traffic from cloudflared: \
                 dial tcp 127.0.0.1:8080: connect: connection refused\" connIndex=0",
                "The service refused cloudflared's connection",
            ),
            (
                "ERR Register tunnel error from server side error=\"Unauthorized: Invalid tunnel \
                 secret\"",
                "The edge does not accept cloudflared's credentials",
            ),
            ("<hr><center>cloudflare</center>", "The edge's own blank page"),
        ] {
            let titles: Vec<_> =
                in_text(&line.to_lowercase()).iter().map(|phrase| phrase.title).collect();
            assert_eq!(titles, [title], "{line}");
        }
    }

    #[test]
    fn every_row_is_whole_and_none_hides_behind_an_earlier_one() {
        for (at, phrase) in ALL.iter().enumerate() {
            let text = phrase.all.join(" ");
            assert_eq!(text, text.to_lowercase(), "pieces are lower case");
            assert!(phrase.means.ends_with('.') && !phrase.title.ends_with('.'), "{text}");
            assert!(!phrase.source.is_empty(), "{text}");
            let hidden = ALL[..at]
                .iter()
                .find(|earlier| earlier.all.iter().all(|piece| text.contains(piece)));
            assert!(hidden.is_none(), "`{text}` is never reached: {hidden:?}");
            for number in phrase.numbers {
                assert!(super::super::entry(*number).is_some(), "{text}: no row for {number}");
            }
        }
    }
}
