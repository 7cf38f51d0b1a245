//! Error pages that Cloudflare wrote, in every form it tells them in.
//!
//! Forms and fields: Cloudflare docs, pages error-responses, cloudflare-error-headers and
//! error-502-504, read 2026-07; the HTML forms have no documentation and are recognised by their
//! structure (ids, classes, the numbers in links), checked against captures of 2014 to 2026.
//!
//! Everything that passes the edge carries the edge's headers, so headers prove little; and anybody
//! may write "error code: 502" in a page of their own. A page therefore counts only if its form is
//! whole and its number fits the reply's status. A page that an origin copied from Cloudflare, ids
//! and all, cannot be told from the real one.

use serde_json::Value;

use super::html;
use super::marks::{header, is_cloudflare, is_ray};
use super::{EdgePage, PageForm};

/// Bytes of a body that are looked at: as many as the reader keeps.
const LOOKED_AT: usize = 64 * 1024;
/// Bytes of an error's stable name.
const LONGEST_NAME: usize = 64;

/// What an error page of Cloudflare's says; `None` where the reply is no such page. `headers` with
/// names in any case; `body` decoded, its first 64 KiB are looked at.
#[must_use]
pub fn page(status: u16, headers: &[(String, String)], body: &[u8]) -> Option<EdgePage> {
    if !is_cloudflare(headers) && header(headers, "cf-ray").is_none() {
        return None;
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]);
    let told = header(headers, "cf-error-type").and_then(|value| number(value, status));
    if header(headers, "cf-mitigated").is_some_and(|value| value.eq_ignore_ascii_case("challenge"))
    {
        return Some(EdgePage { ray: html::ray(&text), ..bare(PageForm::Challenge, None) });
    }
    let kind = header(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let seen = match kind {
        "application/problem+json" | "application/json" => problem(status, &text),
        "text/markdown" => markdown(status, &text),
        "text/plain" => plain(status, &text),
        "text/html" | "" => html::page(status, &text),
        _ => None,
    };
    // The header stands only on pages that the edge made, also where the owner wrote the page.
    seen.or_else(|| {
        let form = if told? < 1000 { PageForm::Branded } else { PageForm::Numbered };
        Some(bare(form, told))
    })
}

/// A page of which only form and number are known.
pub(super) fn bare(form: PageForm, code: Option<u16>) -> EdgePage {
    EdgePage { form, code, name: None, ray: None, column: None }
}

/// An error's number, where it can be one under this status: the status itself, or a 1xxx.
pub(super) fn number(digits: &str, status: u16) -> Option<u16> {
    let code: u16 = digits.trim().parse().ok()?;
    ((code == status && code >= 500) || (1000..2000).contains(&code)).then_some(code)
}

fn problem(status: u16, text: &str) -> Option<EdgePage> {
    let fields: Value = serde_json::from_str(text).ok()?;
    if fields.get("cloudflare_error") != Some(&Value::Bool(true)) {
        return None;
    }
    let word = |key: &str| fields.get(key).and_then(Value::as_str);
    let code = match fields.get("error_code") {
        Some(code) => number(&code.to_string(), status)?,
        // "Error 502: Bad gateway"; some captures of 2026 have no error_code.
        None => number(word("title")?.strip_prefix("Error ")?.split(':').next()?, status)?,
    };
    let ray = word("ray_id").or_else(|| word("instance")).filter(|ray| is_ray(ray));
    Some(EdgePage {
        name: word("error_name").and_then(name),
        ray: ray.map(str::to_owned),
        ..bare(PageForm::Problem, Some(code))
    })
}

fn markdown(status: u16, text: &str) -> Option<EdgePage> {
    let mut lines = text.lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let mut page = bare(PageForm::Markdown, None);
    let mut theirs = false;
    for line in lines.take(64) {
        if line.trim_end() == "---" {
            return (theirs && page.code.is_some()).then_some(page);
        }
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']);
        match key.trim() {
            "cloudflare_error" => theirs = value == "true",
            "error_code" => page.code = number(value, status),
            "error_name" => page.name = name(value),
            "ray_id" => page.ray = is_ray(value).then(|| value.to_owned()),
            _ => {}
        }
    }
    None
}

fn plain(status: u16, text: &str) -> Option<EdgePage> {
    let digits = text.trim().strip_prefix("error code: ")?;
    let code = number(digits, status)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| bare(PageForm::Text, Some(code)))
}

/// A stable name: `origin_bad_gateway`.
fn name(text: &str) -> Option<String> {
    let fits = (1..=LONGEST_NAME).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    fits.then(|| text.to_owned())
}
