//! The edge's HTML pages, recognised by their structure: ids, classes, and the numbers in them.
//!
//! Not a reader of HTML: the pages are written by a machine, and what is looked for stands in them
//! letter by letter. Ids and classes as in captures: branded pages of 2020 to 2026, numbered pages
//! of 2022 to 2026, the list of details that stood in pages since 2014, block pages of 2019 to 2026.

use super::marks::is_ray;
use super::page::{bare, number};
use super::{Column, EdgePage, PageForm};

/// The bare page is about 150 bytes long.
const LONGEST_BARE: usize = 2048;

/// What an HTML page of the edge's says.
pub(super) fn page(status: u16, text: &str) -> Option<EdgePage> {
    let seen = branded(status, text)
        .or_else(|| numbered(status, text))
        .or_else(|| listed(status, text))
        .or_else(|| challenge(status, text));
    match seen {
        Some(page) => Some(EdgePage { ray: ray(text), ..page }),
        None => unbranded(status, text),
    }
}

/// The ray that a page prints: `Ray ID: <strong>…</strong>`.
pub(super) fn ray(text: &str) -> Option<String> {
    text.match_indices("Ray ID:").find_map(|(at, label)| {
        let mut rest = &text[at + label.len()..];
        loop {
            rest = rest.trim_start().trim_start_matches("&nbsp;");
            match rest.strip_prefix('<') {
                Some(tag) => rest = tag.split_once('>')?.1,
                None => break,
            }
        }
        let digits = rest.get(..16)?;
        is_ray(digits).then(|| digits.to_owned())
    })
}

/// Three columns, of which one is marked; the number stands in the label, the title and the links.
fn branded(status: u16, text: &str) -> Option<EdgePage> {
    element(text, "cf-error-details")?;
    let columns = [
        ("cf-browser-status", Column::Browser),
        ("cf-cloudflare-status", Column::Cloudflare),
        ("cf-host-status", Column::Host),
    ];
    let mut failing = None;
    for (id, column) in columns {
        let (tag, _) = element(text, id)?;
        if tag.contains("cf-error-source") {
            failing = Some(column);
        }
    }
    let code = [
        between(text, "class=\"code-label\">Error code ", '<'),
        between(text, "utm_source=errorcode_", '&'),
        between(text, "<title>", '<')
            .and_then(|title| title.rsplit_once('|')?.1.split_once(':').map(|(code, _)| code)),
    ]
    .into_iter()
    .flatten()
    .find_map(|digits| number(digits, status).filter(|code| *code < 1000))?;
    Some(EdgePage { column: failing, ..bare(PageForm::Branded, Some(code)) })
}

/// A page of a 1xxx error: the number in a span of its own below the wrapper.
fn numbered(status: u16, text: &str) -> Option<EdgePage> {
    let (_, details) = element(text, "cf-error-details")?;
    let code = between(details, "class=\"cf-error-code\">", '<').or_else(|| {
        // Since about 2022 on some pages: the word, then the number in a bare span.
        let after = details.split_once("data-translate=\"error\">Error</span>")?.1;
        between(after.get(..after.len().min(200)).unwrap_or(after), "<span>", '<')
    });
    let code = code.or_else(|| between(details, "class=\"code-label\">Error code ", '<'))?;
    let code = number(code, status).filter(|code| *code >= 1000)?;
    Some(bare(PageForm::Numbered, Some(code)))
}

/// The list of details that Cloudflare puts into pages that the owner wrote.
fn listed(status: u16, text: &str) -> Option<EdgePage> {
    let list = text.split_once("<ul class=\"cferror_details\">")?.1;
    let list = list.split_once("</ul>").map_or(list, |(list, _)| list);
    let code = number(between(list, "Error reference number: ", '<')?, status)?;
    let form = if code < 1000 { PageForm::Branded } else { PageForm::Numbered };
    Some(bare(form, Some(code)))
}

/// A page that stops a visitor: no outage. The titles alone prove nothing, and neither does the
/// script of `/cdn-cgi/challenge-platform/`, which the edge adds to pages of the origin's too.
fn challenge(status: u16, text: &str) -> Option<EdgePage> {
    if !matches!(status, 403 | 429 | 503) {
        return None;
    }
    let title = between(text, "<title>", '<')?.trim();
    let stops = match title {
        "Attention Required! | Cloudflare" => {
            element(text, "cf-error-details").is_some() || element(text, "cf-wrapper").is_some()
        }
        "Just a moment..." => ["_cf_chl_opt", "cf-browser-verification", "id=\"challenge-form\""]
            .iter()
            .any(|mark| text.contains(mark)),
        _ => false,
    };
    stops.then(|| bare(PageForm::Challenge, None))
}

/// `<center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center>`, blanks aside.
fn unbranded(status: u16, text: &str) -> Option<EdgePage> {
    if text.len() > LONGEST_BARE || status < 500 {
        return None;
    }
    let dense: String =
        text.chars().filter(|c| !c.is_ascii_whitespace()).collect::<String>().to_ascii_lowercase();
    let signed = ["<hr><center>cloudflare</center>", "<hr><center>cloudflare-nginx</center>"];
    if !signed.iter().any(|sign| dense.contains(sign)) {
        return None;
    }
    let heading = between(&dense, "<center><h1>", '<')?;
    let code = number(heading.get(..3)?, status)?;
    Some(bare(PageForm::Unbranded, Some(code)))
}

/// The tag of the element with this id, and what follows the tag.
fn element<'t>(text: &'t str, id: &str) -> Option<(&'t str, &'t str)> {
    let at = text.find(&format!("id=\"{id}\""))?;
    let start = text[..at].rfind('<')?;
    let end = at + text[at..].find('>')?;
    Some((&text[start..end], &text[end + 1..]))
}

/// What stands between the first `before` and the next `after`.
fn between<'t>(text: &'t str, before: &str, after: char) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(inside, _)| inside)
}
