//! Cloudflare's 1xxx codes: what stands in the body while the HTTP status says little.
//!
//! Every code that Cloudflare's docs name has a row. Some have a page of their own; of others the
//! docs tell only the category, and the row says no more than that. The HTTP status is given where
//! the docs state it or a real reply showed it; elsewhere the list is empty. Codes of the API
//! (`10000` and above) are another family and not here.

use super::Entry;
use crate::causes;

const PAGES: &str = "Cloudflare docs, 1xxx error pages, read 2026-07";
const CATEGORY: &str = "Cloudflare docs, error-responses page, read 2026-07 (category only)";
const WORKERS: &str = "Cloudflare docs, Workers, Errors and exceptions, read 2026-10";
const SNIPPETS: &str = "Cloudflare docs, Troubleshoot Snippets, read 2026-07";

const EDGE: &str = "the edge";
const RULE: &str = "the edge, by a rule of the zone's owner";
const WORKER: &str = "the edge, for a Worker of the zone";
const SNIPPET: &str = "the edge, for a Snippet of the zone";

const EVENTS: &str = "Owner: look the ray id or the visitor's address up under Security, Events, \
                      and change the rule that is named there.";

/// Every 1xxx code that is known, in the order of the numbers.
pub(super) static ALL: &[Entry] = &[
    Entry {
        numbers: &[1000, 1002],
        http: &[403],
        title: "DNS points to prohibited IP",
        by: EDGE,
        means: "The record of the site leads back into Cloudflare (or, for 1002, to an address \
                that no origin can have): an A record with one of Cloudflare's addresses, a load \
                balancer whose origin is a proxied name, or a proxy on the origin that sends the \
                request through Cloudflare again. A visitor who sends `CF-Connecting-IP`, or two \
                `X-Forwarded-For`, gets 1000 as well.",
        causes: &[&causes::dns_record_points_at_cloudflare::UNIT],
        first: "Put the origin's real address into the record, and let nothing on the origin ask \
                for the site by its public name.",
        source: PAGES,
    },
    Entry {
        numbers: &[1001],
        http: &[409],
        title: "DNS resolution error",
        by: EDGE,
        means: "The request reached Cloudflare for a name that no zone there serves, or whose \
                CNAME leads nowhere: a foreign name that is a CNAME to a Cloudflare zone, a zone \
                that was removed, or the target's DNS being down.",
        causes: &[&causes::edge_name_unknown::UNIT, &causes::dns_origin_unresolvable::UNIT],
        first: "Check that the name belongs to an active zone (or is an active custom hostname), \
                and that its CNAME target resolves.",
        source: PAGES,
    },
    Entry {
        numbers: &[1003],
        http: &[403],
        title: "Direct IP access not allowed",
        by: EDGE,
        means: "Somebody asked one of Cloudflare's addresses for the address itself instead of \
                for a name.",
        causes: &[],
        first: "Ask by the site's name. In scripts: keep the name in `Host` and in SNI.",
        source: PAGES,
    },
    Entry {
        numbers: &[1004],
        http: &[],
        title: "Host not configured to serve web traffic",
        by: EDGE,
        means: "The zone is known, but its traffic is not served: a DNS change has not spread \
                yet, the records point at Cloudflare, or Cloudflare switched the proxy off for \
                abuse.",
        causes: &[&causes::edge_name_unknown::UNIT, &causes::dns_record_points_at_cloudflare::UNIT],
        first: "Wait five minutes after a DNS change. If it stays, look for mail from Cloudflare \
                and ask its support.",
        source: PAGES,
    },
    Entry {
        numbers: &[1005],
        http: &[403],
        title: "Access denied: the visitor's network is banned",
        by: RULE,
        means: "A rule bans the network (autonomous system) that the visitor comes from. The \
                origin was not asked.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: EVENTS,
        source: PAGES,
    },
    Entry {
        numbers: &[1006, 1007, 1008, 1106],
        http: &[403],
        title: "Access denied: the visitor's address is banned",
        by: RULE,
        means: "A rule bans the visitor's address. The origin was not asked.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: EVENTS,
        source: PAGES,
    },
    Entry {
        numbers: &[1009],
        http: &[403],
        title: "Access denied: the visitor's country is banned",
        by: RULE,
        means: "A rule bans the country or region that the visitor's address belongs to. The \
                origin was not asked.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: EVENTS,
        source: PAGES,
    },
    Entry {
        numbers: &[1010],
        http: &[403],
        title: "Access denied: the browser's signature is banned",
        by: RULE,
        means: "The Browser Integrity Check turned the visitor away because of its headers, as it \
                does with many scripts. The origin was not asked.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: "Owner: exempt the path from the Browser Integrity Check, or let the script send \
                an honest User-Agent.",
        source: PAGES,
    },
    Entry {
        numbers: &[1011],
        http: &[403],
        title: "Access denied: hotlinking",
        by: RULE,
        means: "Hotlink Protection refuses to serve a file to a page of another site.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: "Owner: exempt the path from Hotlink Protection (Scrape Shield).",
        source: PAGES,
    },
    Entry {
        numbers: &[1012],
        http: &[403],
        title: "Access denied: malicious activity",
        by: RULE,
        means: "The zone turns the visitor away because its address or machine was seen doing \
                harm.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: EVENTS,
        source: PAGES,
    },
    Entry {
        numbers: &[1013],
        http: &[],
        title: "Host and TLS name differ",
        by: EDGE,
        means: "The visitor greeted the edge with one name (SNI) and asked for another (`Host`): \
                a script that mixes them, or a network that opens TLS on the way.",
        causes: &[],
        first: "Use the same name in both. With curl: `--resolve` or `--connect-to`, not `-H \
                Host`.",
        source: PAGES,
    },
    Entry {
        numbers: &[1014],
        http: &[],
        title: "CNAME cross-user banned",
        by: EDGE,
        means: "The name is a CNAME to a zone of another Cloudflare account that has not agreed to \
                it. Also: a custom domain of an R2 bucket whose zone is on hold.",
        causes: &[&causes::edge_name_unknown::UNIT],
        first: "Let the owner of the target add the name as a custom hostname (Cloudflare for \
                SaaS), or lift the zone hold.",
        source: PAGES,
    },
    Entry {
        numbers: &[1015],
        http: &[429],
        title: "You are being rate limited",
        by: RULE,
        means: "A rate limiting rule of the zone (or the burst limit of a Worker) was reached. \
                The origin was not asked.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: "Owner: review the rate limiting rules and exempt your own monitors.",
        source: PAGES,
    },
    Entry {
        numbers: &[1016],
        http: &[530],
        title: "Origin DNS error",
        by: EDGE,
        means: "The edge cannot resolve the origin's name: there is no A or AAAA record behind \
                the CNAME, the CNAME leads to a dead name, the names of all load balancer pools \
                are dead, or a custom hostname has no fallback origin.",
        causes: &[&causes::dns_origin_unresolvable::UNIT],
        first: "Resolve the record's target yourself (`dig TARGET`), and mend the record or the \
                target's zone.",
        source: PAGES,
    },
    Entry {
        numbers: &[1017, 1028, 1029, 1044],
        http: &[],
        title: "TLS error between the visitor and the edge",
        by: EDGE,
        means: "The visitor's TLS version, cipher suite or certificate does not suit the edge. \
                Cloudflare documents these codes by their category alone.",
        causes: &[],
        first: "Try another client. Owner: check the minimum TLS version and client certificates \
                (mTLS) of the zone.",
        source: CATEGORY,
    },
    Entry {
        numbers: &[1018, 1023],
        http: &[409],
        title: "Could not find host",
        by: EDGE,
        means: "The edge has no settings for this name: the zone was activated minutes ago, or a \
                hosting partner set it up and its DNS failed.",
        causes: &[&causes::edge_name_unknown::UNIT],
        first: "Wait a few minutes. If it stays, check that the zone is active, then ask the \
                partner or Cloudflare's support with the ray id.",
        source: PAGES,
    },
    Entry {
        numbers: &[1019],
        http: &[],
        title: "Compute server error: a Worker calls itself",
        by: WORKER,
        means: "A Worker asks for a URL that the same Worker serves, and after 16 rounds the edge \
                stops it.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Let the Worker fetch the origin, not its own route.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1020],
        http: &[403],
        title: "Access denied",
        by: RULE,
        means: "A WAF or firewall rule of the zone blocks the visit. The origin was not asked.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: EVENTS,
        source: PAGES,
    },
    Entry {
        numbers: &[1021],
        http: &[],
        title: "A Worker asked for a host that it may not reach",
        by: WORKER,
        means: "The Worker's own request went to a host that is closed to Workers.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Look at the URLs that the Worker fetches.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1022],
        http: &[],
        title: "The request did not find its way to the Worker",
        by: WORKER,
        means: "Cloudflare could not route the request to the Worker. The fault is Cloudflare's.",
        causes: &[&causes::edge_worker_failed::UNIT, &causes::edge_failing::UNIT],
        first: "Look at www.cloudflarestatus.com.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1024],
        http: &[],
        title: "A Worker asked for a Cloudflare address",
        by: WORKER,
        means: "The Worker's own request went to an address that belongs to Cloudflare.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Let the Worker fetch by name.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1025],
        http: &[],
        title: "Plan limit of Workers reached",
        by: WORKER,
        means: "The zone has used up what its plan gives to Workers, so the request is not served.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Raise the Workers plan, or let fewer routes run the Worker.",
        source: PAGES,
    },
    Entry {
        numbers: &[1026, 1039],
        http: &[],
        title: "Blocked for legal reasons",
        by: EDGE,
        means: "Cloudflare blocks the content for a legal reason, such as a takedown notice or a \
                country's order. It documents these codes by their category alone.",
        causes: &[],
        first: "Owner: look for mail from Cloudflare's abuse team.",
        source: CATEGORY,
    },
    Entry {
        numbers: &[1027],
        http: &[429],
        title: "Daily request limit of Workers reached",
        by: WORKER,
        means: "The free plan's number of Worker requests for the day is used up; it starts again \
                at midnight UTC.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Let the route fail open (the request then goes to the origin), or raise the plan.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1033],
        http: &[530],
        title: "Cloudflare Tunnel error",
        by: EDGE,
        means: "The name leads to a tunnel that has no connected cloudflared. (Older pages call \
                it Argo Tunnel error.) A tunnel that is connected and whose service is down \
                gives 502 instead.",
        causes: &[
            &causes::tunnel_down::UNIT,
            &causes::tunnel_connector_stopped::UNIT,
            &causes::tunnel_edge_unreachable::UNIT,
            &causes::tunnel_credentials_rejected::UNIT,
            &causes::tunnel_config_invalid::UNIT,
        ],
        first: "On the origin: `systemctl status cloudflared`, then its log. It must reach port \
                7844 of Cloudflare, and its credentials must be those of this tunnel.",
        source: PAGES,
    },
    Entry {
        numbers: &[1034],
        http: &[],
        title: "Edge IP restricted",
        by: EDGE,
        means: "The record points at an address that nobody may use as an origin, such as \
                1.1.1.1.",
        causes: &[&causes::dns_record_points_at_cloudflare::UNIT],
        first: "Put the origin's address into the record. Where there is none: `100::` or \
                192.0.2.0.",
        source: PAGES,
    },
    Entry {
        numbers: &[1035],
        http: &[],
        title: "URL rewrite: the path is malformed",
        by: RULE,
        means: "A Transform Rule made a path that is empty, does not begin with `/`, or lies under \
                `/cdn-cgi/`.",
        causes: &[],
        first: "Let the rule's expression begin with `/`, as in `concat(\"/\", …)`.",
        source: PAGES,
    },
    Entry {
        numbers: &[1036],
        http: &[],
        title: "URL rewrite: the path or query is too long",
        by: RULE,
        means: "A Transform Rule made a path or query above the permitted length.",
        causes: &[],
        first: "Shorten what the rule makes.",
        source: PAGES,
    },
    Entry {
        numbers: &[1037],
        http: &[],
        title: "URL rewrite: the expression did not work out",
        by: RULE,
        means: "A part of a rule's expression has no value for this request, such as a header that \
                the visitor did not send.",
        causes: &[],
        first: "Let the rule match only requests that have all that its expression uses.",
        source: PAGES,
    },
    Entry {
        numbers: &[1038],
        http: &[],
        title: "HTTP headers limit exceeded",
        by: EDGE,
        means: "The headers go above the edge's limit. The docs give its name and that a retry \
                after 60 s may help, no more.",
        causes: &[],
        first: "Look for cookies and headers that grow, also those that Transform Rules add.",
        source: "Cloudflare docs, error-responses page, read 2026-07",
    },
    Entry {
        numbers: &[1040],
        http: &[],
        title: "Header rewrite: this header may not be changed",
        by: RULE,
        means: "A Transform Rule sets a header that is reserved.",
        causes: &[],
        first: "Take the reserved header out of the rule.",
        source: PAGES,
    },
    Entry {
        numbers: &[1041],
        http: &[],
        title: "Header rewrite: the value is malformed",
        by: RULE,
        means: "A Transform Rule made a header value that is too long or has characters that no \
                header may have.",
        causes: &[],
        first: "Shorten the value, or take those characters out.",
        source: PAGES,
    },
    Entry {
        numbers: &[1042],
        http: &[],
        title: "A Worker fetched another Worker of the same zone",
        by: WORKER,
        means: "A Worker asked for a URL of its own zone that another Worker serves, which the \
                edge does not support this way.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Connect the two by a service binding.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1043, 1047, 1049],
        http: &[],
        title: "Configuration error of the zone or its origin",
        by: EDGE,
        means: "Something in the zone's settings does not work out. Cloudflare documents these \
                codes by their category alone.",
        causes: &[],
        first: "Compare with the audit log what was changed last, then ask Cloudflare's support \
                with the ray id.",
        source: CATEGORY,
    },
    Entry {
        numbers: &[1045],
        http: &[],
        title: "Feature or protocol not supported",
        by: EDGE,
        means: "The request uses a feature or protocol that the edge does not support here. \
                Cloudflare documents this code by its category alone.",
        causes: &[],
        first: "Ask Cloudflare's support with the ray id.",
        source: CATEGORY,
    },
    Entry {
        numbers: &[1100, 1105],
        http: &[],
        title: "Worker error: temporarily unavailable",
        by: WORKER,
        means: "The Workers runtime could not serve the request. Codes from 1100 on that have no \
                meaning of their own are the runtime's trouble, not the script's.",
        causes: &[&causes::edge_worker_failed::UNIT, &causes::edge_failing::UNIT],
        first: "Look at www.cloudflarestatus.com, then at the Worker's log.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1101],
        http: &[500],
        title: "Worker threw exception",
        by: WORKER,
        means: "The zone's Worker threw a JavaScript exception, or ended without a response.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "`wrangler tail` shows the exception. `passThroughOnException()` lets the origin \
                answer meanwhile.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1102],
        http: &[503],
        title: "Worker exceeded resource limits",
        by: WORKER,
        means: "The zone's Worker used more CPU time (or memory) than its plan gives.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Find the costly part in the Worker's metrics, or raise its limit.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1103],
        http: &[],
        title: "Worker stopped by Cloudflare",
        by: WORKER,
        means: "Cloudflare stopped the Worker; its owner must talk to Cloudflare's support.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Ask Cloudflare's support.",
        source: WORKERS,
    },
    Entry {
        numbers: &[1104],
        http: &[],
        title: "Worker error",
        by: WORKER,
        means: "As an error page: a Worker failed; Cloudflare documents it by its category alone. \
                In the dashboard the same number says that a variation of an e-mail address is \
                already in use.",
        causes: &[&causes::edge_worker_failed::UNIT],
        first: "Look at the Worker's log (`wrangler tail`).",
        source: "Cloudflare docs, error-responses page and Error 1104 page, read 2026-07",
    },
    Entry {
        numbers: &[1107, 1108, 1109],
        http: &[403],
        title: "Access denied",
        by: RULE,
        means: "The zone turns the visitor away. Cloudflare documents these codes by their \
                category alone.",
        causes: &[&causes::edge_visit_blocked::UNIT],
        first: EVENTS,
        source: CATEGORY,
    },
    Entry {
        numbers: &[1200],
        http: &[],
        title: "Cache connection limit",
        by: EDGE,
        means: "More requests wait at the edge for this origin than the edge lets wait: the origin \
                accepts or answers too slowly.",
        causes: &[&causes::edge_queue_full::UNIT],
        first: "Look at the origin's load and worker count; cache more, so that fewer requests \
                reach it.",
        source: PAGES,
    },
    Entry {
        numbers: &[1201],
        http: &[],
        title: "Snippet went to the origin more than once",
        by: SNIPPET,
        means: "The Snippet called `fetch(request)` a second time.",
        causes: &[],
        first: "Call it once.",
        source: SNIPPETS,
    },
    Entry {
        numbers: &[1202],
        http: &[],
        title: "Snippet made too many requests of its own",
        by: SNIPPET,
        means: "The Snippet made more subrequests than the plan gives; redirects count.",
        causes: &[],
        first: "Make fewer, or use a Worker.",
        source: SNIPPETS,
    },
    Entry {
        numbers: &[1203],
        http: &[],
        title: "Snippet used too much CPU time",
        by: SNIPPET,
        means: "The Snippet ran longer than Snippets may.",
        causes: &[],
        first: "Do less in it, or use a Worker.",
        source: SNIPPETS,
    },
    Entry {
        numbers: &[1204],
        http: &[],
        title: "Snippet used too much memory",
        by: SNIPPET,
        means: "The Snippet took more memory than Snippets may.",
        causes: &[],
        first: "Keep less in memory, or use a Worker.",
        source: SNIPPETS,
    },
    Entry {
        numbers: &[1205],
        http: &[],
        title: "Snippet is being deployed",
        by: SNIPPET,
        means: "A new Snippet is on its way through Cloudflare's network. (Cloudflare's list of \
                Retry-After values calls this code `Too many redirects` and asks for 5 s.)",
        causes: &[],
        first: "Try again after a few seconds.",
        source: "Cloudflare docs, Troubleshoot Snippets and error-responses page, read 2026-07",
    },
    Entry {
        numbers: &[1206],
        http: &[],
        title: "Snippet threw exception",
        by: SNIPPET,
        means: "The Snippet threw a JavaScript exception.",
        causes: &[],
        first: "Find the exception, and catch what may fail.",
        source: SNIPPETS,
    },
];
