//! The HTTP statuses that visitors see when something behind Cloudflare is wrong.
//!
//! One row for each: who chose the status, what that says, and which causes lead to it. The rows
//! for 502 and 504 are the longest because there the obvious reading of the page is the wrong one.
//! Statuses that only an app chooses (401, 404 and the like) are not here: they are answers, not
//! faults of the way.

use super::Entry;
use crate::causes;

/// Every status that is known, in the order of the numbers.
pub(super) static ALL: &[Entry] = &[
    Entry {
        numbers: &[400],
        http: &[400],
        title: "Bad Request",
        by: "the origin in most cases; the edge when the visitor's request is malformed",
        means: "The request could not be understood. Behind Cloudflare two mistakes on the origin \
                look like this: nginx asks for a client certificate that the edge does not show \
                (`No required SSL certificate was sent`), or the edge speaks plain HTTP to a port \
                that expects TLS (`The plain HTTP request was sent to HTTPS port`).",
        causes: &[&causes::tls_client_certificate_required::UNIT],
        first: "Read the words on the page. If they speak of a certificate, turn on Authenticated \
                Origin Pulls for the zone or stop asking for the certificate. If they speak of \
                the HTTPS port, raise the SSL mode to full or strict.",
        source: "Cloudflare docs, Error 400 page and Authenticated Origin Pulls, read 2026-07; \
                 captured: nginx 1.22.1",
    },
    Entry {
        numbers: &[403],
        http: &[403],
        title: "Forbidden",
        by: "the edge when the page carries Cloudflare's name or a 1xxx code; the origin otherwise",
        means: "Somebody turned the visit away on purpose. A rule of the zone does it with a \
                branded page (WAF, access rule, browser check, most 1xxx codes). A page without \
                Cloudflare's name comes from the origin: a permission, ModSecurity, or a list of \
                addresses that leaves out Cloudflare's.",
        causes: &[
            &causes::edge_visit_blocked::UNIT,
            &causes::http_origin_denies_cloudflare::UNIT,
            &causes::dns_record_points_at_cloudflare::UNIT,
            &causes::edge_name_unknown::UNIT,
        ],
        first: "Branded: look the ray id up under Security, Events. Unbranded: ask the origin \
                directly (`--origin ADDR`); if it answers you and denies Cloudflare, let \
                Cloudflare's ranges in.",
        source: "Cloudflare docs, Error 403 page, read 2026-07",
    },
    Entry {
        numbers: &[409],
        http: &[409],
        title: "Conflict",
        by: "the edge when the body carries a 1xxx code; the app otherwise",
        means: "With 1001, 1018 or 1023 in the body the edge received a request for a name that \
                no zone serves: the record points at Cloudflare, but the zone is gone, new, or in \
                another account. Without such a code it is the app's own answer.",
        causes: &[&causes::edge_name_unknown::UNIT, &causes::dns_record_points_at_cloudflare::UNIT],
        first: "Look for the 1xxx code in the body and explain that one.",
        source: "Cloudflare docs, Error 409, Error 1018 and Error 1023 pages, read 2026-07",
    },
    Entry {
        numbers: &[413],
        http: &[413],
        title: "Payload Too Large",
        by: "the edge above the plan's limit; the origin below it",
        means: "The request is too large. The edge takes 100 MB of body on Free and Pro, 200 MB on \
                Business, and 128 KB of headers in all. nginx takes 1 MB of body unless \
                `client_max_body_size` says otherwise.",
        causes: &[],
        first: "If the body is below the plan's limit, raise the origin's own limit. If headers \
                are too large, look for cookies that grow.",
        source: "Cloudflare docs, Error 413 page and changelog of 2025-10-16, read 2026-07; nginx \
                 docs, client_max_body_size",
    },
    Entry {
        numbers: &[429],
        http: &[429],
        title: "Too Many Requests",
        by: "the edge with 1015 or 1027 in the body; the origin or the app otherwise",
        means: "A rate limit was reached. The zone's rule counts per visitor. An origin that \
                counts by address, and does not read `CF-Connecting-IP`, counts all visitors as a \
                few Cloudflare addresses and soon reaches its limit.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: "With a 1xxx code: review the zone's rate limiting rules. Without one: let the \
                origin count by `CF-Connecting-IP` and exempt Cloudflare's ranges.",
        source: "Cloudflare docs, Error 429 page and Error 1015 page, read 2026-07",
    },
    Entry {
        numbers: &[499],
        http: &[499],
        title: "Client closed the request",
        by: "the origin's nginx, in its own log; no visitor sees it",
        means: "Whoever asked hung up before the answer was ready. In the log of an origin behind \
                Cloudflare, a 499 after about 100 to 125 seconds is the origin's side of a 524: \
                the edge stopped waiting.",
        causes: &[&causes::http_reply_too_late::UNIT],
        first: "Look at the request's duration in the log. About 125 s: make the answer faster, \
                or answer at once and let the visitor poll. Shorter: visitors left.",
        source: "nginx source, ngx_http_request.h; Cloudflare docs, Error 499 and Error 524 pages, \
                 read 2026-07",
    },
    Entry {
        numbers: &[500],
        http: &[500],
        title: "Internal Server Error",
        by: "the origin's app; the edge when the page carries `cloudflare`",
        means: "The app failed and said so. When the body says `cloudflare` or carries 1101, the \
                edge made it: a Worker that threw, a Page Rule that does not work out, or \
                Cloudflare's own trouble.",
        causes: &[
            &causes::http_origin_answers_5xx::UNIT,
            &causes::edge_worker_failed::UNIT,
            &causes::edge_failing::UNIT,
        ],
        first: "Without `cloudflare` in the body: the app's log at that second. With it: the \
                Workers and rules changed last, then www.cloudflarestatus.com.",
        source: "Cloudflare docs, Error 500 page and error-responses page, read 2026-07",
    },
    Entry {
        numbers: &[502],
        http: &[502],
        title: "Bad gateway",
        by: "the origin, or a proxy or cloudflared on it, in most cases; the edge when the \
             origin's reply was of no use",
        means: "Something in front of the app did not get a usable answer from what lies behind \
                it. The page misleads: Cloudflare puts its own branded page in place of an \
                origin's 502, so the branded page says that the origin answered, and a blank page \
                that says `cloudflare` says that the edge made the status. An origin that is down \
                gives 521, a silent one 522: a 502 says that the outer proxy is up and what it \
                asks is not. Behind a tunnel it says that cloudflared is up and its service is \
                not.",
        causes: &[
            &causes::http_origin_answers_5xx::UNIT,
            &causes::http_length_wrong::UNIT,
            &causes::edge_failing::UNIT,
            &causes::app_stopped::UNIT,
            &causes::app_killed::UNIT,
            &causes::app_boot_failed::UNIT,
            &causes::app_crash_looping::UNIT,
            &causes::app_listens_elsewhere::UNIT,
            &causes::proxy_upstream_refused::UNIT,
            &causes::proxy_upstream_socket_missing::UNIT,
            &causes::proxy_upstream_socket_forbidden::UNIT,
            &causes::proxy_upstream_closed_early::UNIT,
            &causes::tunnel_service_refused::UNIT,
        ],
        first: "Run `rayfix diagnose HOST` on the origin, or from here with `--ssh \
                root@ORIGIN`: it asks the proxy and the app in turn, and reads their logs.",
        source: "Cloudflare docs, Error 502/504 page and error-responses page, read 2026-07",
    },
    Entry {
        numbers: &[503],
        http: &[503],
        title: "Service Unavailable",
        by: "the origin's app or proxy; the edge when the body says `cloudflare` or carries a \
             1xxx code",
        means: "The origin says that it cannot serve now: overload, maintenance, a rate limit, a \
                worker pool that is full. From the edge: a Worker above its limits (1102), or \
                trouble inside one Cloudflare location.",
        causes: &[
            &causes::http_origin_answers_5xx::UNIT,
            &causes::edge_worker_failed::UNIT,
            &causes::edge_failing::UNIT,
            &causes::edge_name_unknown::UNIT,
        ],
        first: "Look for `cloudflare` or a 1xxx code in the body. Without either: the origin's \
                load and its proxy's limits.",
        source: "Cloudflare docs, Error 503 page, read 2026-07",
    },
    Entry {
        numbers: &[504],
        http: &[504],
        title: "Gateway time-out",
        by: "the origin's proxy in most cases; the edge seldom",
        means: "A proxy on the origin waited for the app and gave up: nginx after 60 s, unless \
                told otherwise. The edge's own limit is longer (125 s) and has another status: \
                524. As with 502, the branded page says that the origin answered. In edge logs, \
                504 of Early Hints or of a Worker's cache lookup are no fault.",
        causes: &[
            &causes::http_origin_answers_5xx::UNIT,
            &causes::edge_failing::UNIT,
            &causes::proxy_upstream_timeout::UNIT,
            &causes::app_worker_timeout::UNIT,
        ],
        first: "Read the proxy's error log for `upstream timed out`, and the app's log for what \
                it was doing.",
        source: "Cloudflare docs, Error 502/504 page, read 2026-07; nginx docs, proxy_read_timeout",
    },
    Entry {
        numbers: &[520],
        http: &[520],
        title: "Web server is returning an unknown error",
        by: "the edge",
        means: "The origin accepted the connection (and the handshake) and then sent nothing, \
                broke off, sent something that is not HTTP, or sent more than 128 KB of headers. \
                Also: it ended the connection once it saw that the edge showed no client \
                certificate.",
        causes: &[
            &causes::http_reply_empty::UNIT,
            &causes::http_reply_cut::UNIT,
            &causes::http_reply_malformed::UNIT,
            &causes::http_headers_too_large::UNIT,
            &causes::tls_client_certificate_required::UNIT,
            &causes::http_origin_denies_cloudflare::UNIT,
        ],
        first: "Ask the origin directly and look at what it sends, byte by byte: `rayfix diagnose \
                HOST --origin ADDR -v`. Then its log: a crash leaves a line there.",
        source: "Cloudflare docs, Error 520 page and connection-limits page, read 2026-07",
    },
    Entry {
        numbers: &[521],
        http: &[521],
        title: "Web server is down",
        by: "the edge",
        means: "The origin's host is up and refused the connection: nothing listens on the port \
                that the SSL mode uses (443 for full and strict, 80 for flexible), or a firewall \
                answers Cloudflare with a rejection.",
        causes: &[
            &causes::net_port_closed::UNIT,
            &causes::net_firewall_blocks_cloudflare::UNIT,
            &causes::net_one_family_closed::UNIT,
            &causes::dns_record_not_this_host::UNIT,
            &causes::proxy_stopped::UNIT,
            &causes::proxy_config_invalid::UNIT,
            &causes::net_listens_on_loopback_only::UNIT,
        ],
        first: "On the origin: `ss -ltn`, and whether anything listens on that port and not on \
                127.0.0.1 alone.",
        source: "Cloudflare docs, Error 521 page, read 2026-07",
    },
    Entry {
        numbers: &[522],
        http: &[522],
        title: "Connection timed out",
        by: "the edge",
        means: "The origin did not answer the edge's attempts to connect within 19 s, or accepted \
                and then did not acknowledge the request for 90 s. The commonest reason is a \
                firewall that drops some or all of Cloudflare's addresses: if only some, the \
                fault comes and goes.",
        causes: &[
            &causes::net_origin_silent::UNIT,
            &causes::net_firewall_blocks_cloudflare::UNIT,
            &causes::net_one_family_closed::UNIT,
            &causes::dns_record_not_this_host::UNIT,
            &causes::tls_handshake_cut::UNIT,
            &causes::net_accept_queue_full::UNIT,
            &causes::net_conntrack_full::UNIT,
        ],
        first: "Connect to the origin's address yourself. If you get through and Cloudflare does \
                not, let all of Cloudflare's ranges in. If nobody does, check the address in the \
                DNS record and whether the host is up.",
        source: "Cloudflare docs, Error 522 page and connection-limits page, read 2026-07",
    },
    Entry {
        numbers: &[523],
        http: &[523],
        title: "Origin is unreachable",
        by: "the edge",
        means: "No route leads from the edge to the origin's address: the address in the DNS \
                record is no longer the origin's, or the origin's network sends replies for \
                Cloudflare's addresses elsewhere (in AWS, a route that covers 172.64.0.0/13).",
        causes: &[
            &causes::net_origin_unreachable::UNIT,
            &causes::dns_record_not_this_host::UNIT,
            &causes::net_one_family_closed::UNIT,
        ],
        first: "Compare the address in the DNS record with the host's own; then ask the provider \
                about routes.",
        source: "Cloudflare docs, Error 523 page, read 2026-07",
    },
    Entry {
        numbers: &[524],
        http: &[524],
        title: "A timeout occurred",
        by: "the edge",
        means: "The origin accepted the request and sent no reply for 125 s (older texts say 100), \
                or did not take the request's body for 30 s. The app is slow or stuck; the \
                network is not at fault.",
        causes: &[&causes::http_reply_too_late::UNIT],
        first: "Find the slow request in the app's log. Work that takes minutes belongs behind an \
                answer at once and a poll, or on a name that does not go through Cloudflare.",
        source: "Cloudflare docs, Error 524 page and connection-limits page, read 2026-07",
    },
    Entry {
        numbers: &[525],
        http: &[525],
        title: "SSL handshake failed",
        by: "the edge",
        means: "The SSL mode is full or stricter, and the handshake with the origin did not come \
                to an end: the port does not speak TLS, the origin does not know the name, there \
                is no shared version or cipher suite, or the origin hung up. A certificate that \
                does not hold is another status: 526.",
        causes: &[
            &causes::tls_not_spoken::UNIT,
            &causes::tls_name_rejected::UNIT,
            &causes::tls_version_unsupported::UNIT,
            &causes::tls_cipher_unshared::UNIT,
            &causes::tls_client_certificate_required::UNIT,
            &causes::tls_handshake_cut::UNIT,
        ],
        first: "Greet the origin yourself with the site's name: `openssl s_client -connect \
                ADDR:443 -servername HOST`. Its alert says which of these it is; rayfix asks the \
                same with `--origin ADDR`.",
        source: "Cloudflare docs, Error 525 page, read 2026-07",
    },
    Entry {
        numbers: &[526],
        http: &[526],
        title: "Invalid SSL certificate",
        by: "the edge",
        means: "The SSL mode is strict, the handshake worked, and the edge does not accept the \
                origin's certificate: it has expired, is not valid yet, is for other names, is \
                self-signed, comes without its intermediate, or comes from an issuer that neither \
                the public list nor Cloudflare's Origin CA vouches for.",
        causes: &[
            &causes::tls_certificate_expired::UNIT,
            &causes::tls_certificate_not_yet_valid::UNIT,
            &causes::tls_certificate_self_signed::UNIT,
            &causes::tls_certificate_name_mismatch::UNIT,
            &causes::tls_chain_incomplete::UNIT,
            &causes::tls_issuer_untrusted::UNIT,
            &causes::dns_record_not_this_host::UNIT,
            &causes::tls_certificate_not_reloaded::UNIT,
        ],
        first: "Renew the certificate, or install one of Cloudflare's Origin CA. The mode full \
                accepts any certificate and is a stop-gap only.",
        source: "Cloudflare docs, Error 526 page and Full (strict) page, read 2026-07",
    },
    Entry {
        numbers: &[527],
        http: &[527],
        title: "Railgun listener error (retired)",
        by: "the edge, until Railgun was switched off",
        means: "Railgun no longer exists, and Cloudflare's docs no longer have a page for this \
                status. One that comes today was chosen by the origin.",
        causes: &[],
        first: "Look for what on the origin sends 527, and remove what is left of Railgun.",
        source: "Cloudflare docs, 5xx error pages of 2024 and of 2026-07, compared",
    },
    Entry {
        numbers: &[530],
        http: &[530],
        title: "Origin cannot be resolved (see the 1xxx code in the body)",
        by: "the edge",
        means: "The edge could not turn the origin's name into a connection. The body carries the \
                code that says why: 1016 when the name has no address, 1033 when the tunnel has \
                no connector.",
        causes: &[
            &causes::dns_origin_unresolvable::UNIT,
            &causes::tunnel_down::UNIT,
            &causes::edge_name_unknown::UNIT,
        ],
        first: "Read the 1xxx code in the body and explain that one.",
        source: "Cloudflare docs, Error 530 page, read 2026-07; status of 1016 and 1033 observed",
    },
];
