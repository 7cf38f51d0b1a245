//! The edge's error pages, in every form in which it tells them.
//!
//! Structure (titles, ids, classes, fields) follows Cloudflare's docs and captures of real pages;
//! the sentences are the lab's own. Which form is sent is decided by what the visitor accepts
//! (error-responses page, read 2026-07). A fault of the data centre itself shows the unbranded page
//! whatever is accepted, since it arises below the machinery that writes the others (inferred).

use jiff::Timestamp;
use serde_json::json;

use super::catalog::ErrorKind;
use super::reply::Reply;

/// What a page says besides its error.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The site.
    pub(crate) host: String,
    /// 16 hex digits.
    pub(crate) ray: String,
    /// The visitor's address.
    pub(crate) visitor: String,
    /// The status that goes out, where it is not the error's own.
    pub(crate) status: u16,
    /// Now.
    pub(crate) at: Timestamp,
}

/// A form that a visitor may accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Html,
    Problem,
    Json,
    Markdown,
    PlainMarkdown,
}

impl Form {
    /// What an `Accept` header asks for: the highest weight wins, and of equals the first.
    pub(crate) fn accepted(accept: Option<&str>) -> Form {
        let mut best = (0.0, Form::Html);
        for part in accept.unwrap_or("*/*").split(',') {
            let mut words = part.split(';').map(str::trim);
            let form = match words.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/problem+json" => Form::Problem,
                "application/json" => Form::Json,
                "text/markdown" => Form::Markdown,
                "text/*" => Form::PlainMarkdown,
                "text/html" | "*/*" => Form::Html,
                _ => continue,
            };
            let weight = words
                .find_map(|word| word.strip_prefix("q="))
                .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            if weight > best.0 {
                best = (weight, form);
            }
        }
        best.1
    }
}

/// The page of an error in a form.
pub(crate) fn page(kind: &ErrorKind, form: Form, facts: &Facts) -> Reply {
    match form {
        Form::Problem => {
            reply(kind, facts, "application/problem+json; charset=utf-8", problem(kind, facts))
        }
        Form::Json => reply(kind, facts, "application/json; charset=utf-8", problem(kind, facts)),
        Form::Markdown | Form::PlainMarkdown => {
            reply(kind, facts, "text/markdown; charset=utf-8", markdown(kind, facts))
        }
        Form::Html if kind.code >= 1000 => {
            reply(kind, facts, "text/html; charset=UTF-8", numbered(kind, facts))
        }
        Form::Html => reply(kind, facts, "text/html; charset=UTF-8", branded(kind, facts)),
    }
}

/// The short text that bare clients often get (captured 2024-12).
pub(crate) fn short_text(kind: &ErrorKind, facts: &Facts) -> Reply {
    reply(kind, facts, "text/plain; charset=UTF-8", format!("error code: {}", kind.code))
}

/// The owner's own page, as HTML whatever was accepted.
pub(crate) fn custom(kind: &ErrorKind, facts: &Facts) -> Reply {
    let body = format!(
        "<!doctype html>\n<html><head><title>We are making tea</title></head><body><h1>Back \
         soon</h1><p>Error {}. Ray {}.</p></body></html>\n",
        kind.code, facts.ray
    );
    Reply::new(facts.status).header("Content-Type", "text/html; charset=UTF-8").body(body)
}

/// The bare page of a fault within the data centre.
pub(crate) fn unbranded(status: u16) -> Reply {
    let title = format!("{status} {}", crate::origins::page::reason(status));
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\
         \r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    );
    Reply::new(status).header("Content-Type", "text/html").body(body)
}

/// The page that asks a visitor to prove that they are human.
pub(crate) fn challenge(facts: &Facts) -> Reply {
    let body = format!(
        "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>\
         <div class=\"main-wrapper\" role=\"main\"><h1>{}</h1><p>Checking that you are human.</p>\
         <script>(function(){{window._cf_chl_opt={{cType:'managed',cRay:'{}'}};}})();</script>\
         </div></body></html>",
        facts.host, facts.ray
    );
    Reply::new(403)
        .header("Content-Type", "text/html; charset=UTF-8")
        .header("cf-mitigated", "challenge")
        .body(body)
}

fn reply(kind: &ErrorKind, facts: &Facts, content_type: &str, body: String) -> Reply {
    let mut reply = Reply::new(facts.status)
        .header("Content-Type", content_type)
        .header(
            "Cache-Control",
            "private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, pre-check=0",
        )
        .header("Expires", "Thu, 01 Jan 1970 00:00:01 GMT")
        .header("X-Frame-Options", "SAMEORIGIN")
        .header("Referrer-Policy", "same-origin")
        .body(body);
    if let Some(seconds) = kind.retry {
        reply = reply.header("Retry-After", &seconds.to_string());
    }
    if kind.has_type_header() {
        reply =
            reply.header("cf-error-type", &kind.code.to_string()).header("cf-error-origin", "edge");
    }
    reply
}

fn time(facts: &Facts) -> String {
    facts.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn docs(kind: &ErrorKind) -> String {
    let (family, page) = if kind.code >= 1000 {
        ("cloudflare-1xxx-errors", kind.code)
    } else {
        ("cloudflare-5xx-errors", kind.code)
    };
    format!(
        "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/{family}/error-{page}/"
    )
}

fn advice(kind: &ErrorKind) -> &'static str {
    if kind.retry.is_some() {
        "Wait as long as retry_after says, then ask again."
    } else {
        "Do not ask again; the owner of the site has to change something first."
    }
}

fn problem(kind: &ErrorKind, facts: &Facts) -> String {
    let fields = json!({
        "type": docs(kind),
        "title": format!("Error {}: {}", kind.code, kind.title),
        "status": facts.status,
        "detail": kind.what,
        "instance": facts.ray,
        "error_code": kind.code,
        "error_name": kind.name,
        "error_category": kind.category,
        "ray_id": facts.ray,
        "timestamp": facts.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "zone": facts.host,
        "cloudflare_error": true,
        "retryable": kind.retry.is_some(),
        "retry_after": kind.retry,
        "owner_action_required": kind.retry.is_none(),
        "what_you_should_do": advice(kind),
        "footer": "This error was written by the edge of the rayfix lab.",
    });
    fields.to_string()
}

fn markdown(kind: &ErrorKind, facts: &Facts) -> String {
    let retry = kind.retry.map_or_else(|| "null".to_owned(), |seconds| seconds.to_string());
    format!(
        "---\nerror_code: {code}\nerror_name: {name}\nerror_category: {category}\nstatus: {status}\n\
         ray_id: {ray}\ntimestamp: {at}\nzone: {host}\ncloudflare_error: true\nretryable: \
         {retryable}\nretry_after: {retry}\nowner_action_required: {owner}\n---\n\n# Error {code}: \
         {title}\n\n## What Happened\n\n{what}\n\n## What You Should Do\n\n{advice}\n",
        code = kind.code,
        name = kind.name,
        category = kind.category,
        status = facts.status,
        ray = facts.ray,
        at = facts.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        host = facts.host,
        retryable = kind.retry.is_some(),
        owner = kind.retry.is_none(),
        title = kind.title,
        what = kind.what,
        advice = advice(kind),
    )
}

fn branded(kind: &ErrorKind, facts: &Facts) -> String {
    let landing = format!(
        "https://www.cloudflare.com/5xx-error-landing?utm_source=errorcode_{}&amp;utm_campaign={}",
        kind.code, facts.host
    );
    let edge_failed = kind.category == "cloudflare";
    let column = |id: &str, failed: bool, place: &str, title: &str| {
        let (source, icon, colour, word) = if failed {
            ("cf-error-source ", "cf-icon-error", "text-red-error", "Error")
        } else {
            ("", "cf-icon-ok", "text-green-success", "Working")
        };
        format!(
            "<div id=\"{id}\" class=\"{source}relative w-1/3 md:w-full text-center\">\n\
             <div class=\"relative mb-10 md:m-0\"><span class=\"{icon} w-12 h-12\"></span></div>\n\
             <span class=\"md:block w-full truncate\">{place}</span>\n\
             <h3 class=\"text-2xl text-gray-600 font-light\">{title}</h3>\n\
             <span class=\"leading-1.3 text-2xl {colour}\">{word}</span>\n</div>\n"
        )
    };
    format!(
        "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\">\n<head>\n\
         <title>{host} | {code}: {title}</title>\n<meta charset=\"UTF-8\" />\n\
         <meta name=\"robots\" content=\"noindex, nofollow\" />\n\
         <link rel=\"stylesheet\" id=\"cf_styles-css\" href=\"/cdn-cgi/styles/main.css\" />\n\
         </head>\n<body>\n<div id=\"cf-wrapper\">\n<div id=\"cf-error-details\" class=\"p-0\">\n\
         <header class=\"mx-auto\">\n<h1 class=\"inline-block\">\n\
         <span class=\"inline-block\">{title}</span>\n\
         <span class=\"code-label\">Error code {code}</span>\n</h1>\n\
         <div>Visit <a href=\"{landing}\" target=\"_blank\" rel=\"noopener noreferrer\">cloudflare.com\
         </a> for more.</div>\n<div class=\"mt-3\">{at}</div>\n</header>\n\
         <div class=\"my-8 bg-gradient-gray\">\n{columns}</div>\n\
         <h2>What happened?</h2>\n<p>{what}</p>\n<h2>What can I do?</h2>\n\
         <p>Come back in some minutes.</p>\n\
         <div class=\"cf-error-footer cf-wrapper\"><p class=\"text-13\">\n\
         <span class=\"cf-footer-item\">Cloudflare Ray ID: <strong class=\"font-semibold\">{ray}\
         </strong></span>\n<span id=\"cf-footer-item-ip\">Your IP: <span class=\"hidden\" \
         id=\"cf-footer-ip\">{visitor}</span></span>\n</p></div>\n</div>\n</div>\n</body>\n</html>\n",
        host = facts.host,
        code = kind.code,
        title = kind.title,
        at = time(facts),
        columns = [
            column("cf-browser-status", false, "You", "Browser"),
            column("cf-cloudflare-status", edge_failed, "Amsterdam", "Cloudflare"),
            column("cf-host-status", !edge_failed, &facts.host, "Host"),
        ]
        .concat(),
        what = kind.what,
        ray = facts.ray,
        visitor = facts.visitor,
    )
}

fn numbered(kind: &ErrorKind, facts: &Facts) -> String {
    format!(
        "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\">\n<head>\n\
         <title>{title} | {host} | Cloudflare</title>\n<meta charset=\"UTF-8\" />\n\
         <meta name=\"robots\" content=\"noindex, nofollow\" />\n\
         <link rel=\"stylesheet\" id=\"cf_styles-css\" href=\"/cdn-cgi/styles/cf.errors.css\" />\n\
         </head>\n<body>\n<div id=\"cf-wrapper\">\n\
         <div id=\"cf-error-details\" class=\"cf-error-details-wrapper\">\n\
         <div class=\"cf-wrapper cf-header cf-error-overview\">\n<h1>\n\
         <span class=\"cf-error-type\" data-translate=\"error\">Error</span>\n\
         <span class=\"cf-error-code\">{code}</span>\n\
         <small class=\"heading-ray-id\">Ray ID: {ray} &bull; {at}</small>\n</h1>\n\
         <h2 class=\"cf-subheadline\" data-translate=\"error_desc\">{title}</h2>\n</div>\n\
         <div class=\"cf-section cf-wrapper\">\n<h2 data-translate=\"what_happened\">What happened?\
         </h2>\n<p>{what}</p>\n</div>\n\
         <div class=\"cf-error-footer cf-wrapper\"><p>Cloudflare Ray ID: <strong>{ray}</strong> \
         &bull; Your IP: <span id=\"cf-footer-ip\">{visitor}</span></p></div>\n\
         </div>\n</div>\n</body>\n</html>\n",
        title = kind.title,
        host = facts.host,
        code = kind.code,
        ray = facts.ray,
        at = time(facts),
        what = kind.what,
        visitor = facts.visitor,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_follows_what_the_visitor_accepts() {
        for (accept, form) in [
            (None, Form::Html),
            (Some("*/*"), Form::Html),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Form::Html),
            (Some("application/problem+json"), Form::Problem),
            (Some("application/json, text/html"), Form::Json),
            (Some("text/html;q=0.5, text/markdown"), Form::Markdown),
            (Some("text/*"), Form::PlainMarkdown),
            (Some("image/png"), Form::Html),
        ] {
            assert_eq!(Form::accepted(accept), form, "{accept:?}");
        }
    }
}
