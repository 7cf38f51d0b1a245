//! Pages of the edge and pages that are not. All samples are made up; those of the edge after the
//! structure of captures, whose years stand beside them.

use proptest::prelude::*;

use super::*;

const EDGE: (&str, &str) = ("server", "cloudflare");
const RAY: &str = "8a1b2c3d4e5f6071";

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn html(status: u16, body: &str) -> Option<EdgePage> {
    page(status, &headers(&[EDGE, ("content-type", "text/html; charset=UTF-8")]), body.as_bytes())
}

fn typed(status: u16, kind: &str, body: &str) -> Option<EdgePage> {
    page(status, &headers(&[EDGE, ("content-type", kind)]), body.as_bytes())
}

/// After captures of 502, 520, 521, 522 and 525 from 2024 to 2026, and of a 500 from 2025.
fn branded(code: u16, words: &str, failing: &str) -> String {
    let column = |id: &str| {
        let (mark, icon) = if id == failing { ("cf-error-source", "error") } else { ("", "ok") };
        format!(
            "<div id=\"cf-{id}-status\" class=\"{mark} relative w-1/3\">\
             <span class=\"cf-icon-{icon} w-12\"></span></div>"
        )
    };
    format!(
        "<!DOCTYPE html>\n<head>\n<title>shop.example.com | {code}: {words}</title>\n\
         <link rel=\"stylesheet\" id=\"cf_styles-css\" href=\"/cdn-cgi/styles/main.css\" />\n\
         </head>\n<body>\n<div id=\"cf-wrapper\">\n<div id=\"cf-error-details\" class=\"p-0\">\n\
         <h1><span>{words}</span>\n<span class=\"code-label\">Error code {code}</span></h1>\n\
         <a href=\"https://www.cloudflare.com/5xx-error-landing?utm_source=errorcode_{code}&utm_campaign=x\">\
         x</a>{}{}{}<span>Cloudflare Ray ID: <strong class=\"font-semibold\">{RAY}</strong></span>\
         </div></div></body></html>",
        column("browser"),
        column("cloudflare"),
        column("host"),
    )
}

/// After captures of 1101 and 1015 from 2022 to 2026; `heading` is where the designs differ.
fn numbered(heading: &str) -> String {
    format!(
        "<html><head><title>Cloudflare Tunnel error | shop.example.com | Cloudflare</title></head>\
         <body><div id=\"cf-wrapper\"><div id=\"cf-error-details\" class=\"cf-error-details-wrapper\">\
         <h1>{heading} <small class=\"heading-ray-id\">Ray ID: {RAY} &bull; 2026-01-02</small></h1>\
         </div></div></body></html>"
    )
}

#[test]
fn the_branded_page_tells_its_number_and_the_column_that_fails() {
    for (code, words, failing, column) in [
        (502, "Bad gateway", "host", Column::Host),
        (522, "Connection timed out", "host", Column::Host),
        (500, "Internal server error", "cloudflare", Column::Cloudflare),
        (520, "Web server is returning an unknown error", "browser", Column::Browser),
    ] {
        let page = html(code, &branded(code, words, failing)).unwrap();
        assert_eq!(
            (page.form, page.code, page.column),
            (PageForm::Branded, Some(code), Some(column))
        );
        assert_eq!(page.ray.as_deref(), Some(RAY));
    }
}

#[test]
fn the_number_is_found_wherever_the_page_says_it() {
    let whole = branded(521, "Web server is down", "host");
    let no_label = whole.replace("code-label", "x");
    let no_link = no_label.replace("utm_source", "x");
    let no_title = whole.replace("<title>", "<x>").replace("code-label", "x");
    for sample in [no_label, no_link.clone(), no_title] {
        assert_eq!(html(521, &sample).and_then(|page| page.code), Some(521));
    }
    assert_eq!(html(521, &no_link.replace("521:", "down:")), None, "no number is left");
}

#[test]
fn numbered_pages_are_known_in_each_of_their_designs() {
    for (heading, status, code) in [
        (
            "<span class=\"cf-error-type\" data-translate=\"error\">Error</span>\n<span class=\"cf-error-code\">1033</span>",
            530,
            1033,
        ),
        ("<span data-translate=\"error\">Error</span>\n<span>1015</span>", 429, 1015),
        ("<span class=\"cf-error-code\">1020</span>", 403, 1020),
        ("<span class=\"code-label\">Error code 1016</span>", 530, 1016),
    ] {
        let page = html(status, &numbered(heading)).unwrap();
        assert_eq!((page.form, page.code), (PageForm::Numbered, Some(code)));
        assert_eq!((page.ray.as_deref(), page.column), (Some(RAY), None));
    }
}

#[test]
fn the_list_of_details_is_known_within_pages_of_the_owner() {
    // After a capture of 2014 and code that reads it today.
    let list = |code| {
        format!(
            "<h2>Our shop is closed</h2><div class=\"cf-error-details cf-error-{code}\"><h1>x</h1>\
             <ul class=\"cferror_details\"><li>Ray ID: {RAY}</li>\
             <li>Error reference number: {code}</li><li>Cloudflare Location: Paris</li></ul></div>"
        )
    };
    let page = html(521, &list(521)).unwrap();
    assert_eq!(
        (page.form, page.code, page.ray.as_deref()),
        (PageForm::Branded, Some(521), Some(RAY))
    );
    assert_eq!(html(530, &list(1016)).unwrap().form, PageForm::Numbered);
    assert_eq!(html(200, &list(521)), None);
}

#[test]
fn the_bare_page_is_the_edges_only_if_it_is_signed() {
    let bare = |sign: &str| {
        format!(
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body bgcolor=\"white\">\r\n\
             <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>{sign}</center>\r\n</body>\r\n</html>"
        )
    };
    for (sign, theirs) in [
        ("cloudflare", true),
        ("cloudflare-nginx", true),
        ("nginx/1.22.1", false),
        ("openresty", false),
    ] {
        let page = html(502, &bare(sign));
        assert_eq!(
            page.map(|page| (page.form, page.code)),
            theirs.then_some((PageForm::Unbranded, Some(502))),
            "{sign}"
        );
    }
    assert_eq!(html(504, &bare("cloudflare")), None, "the number is another's");
    assert_eq!(html(502, &(bare("cloudflare") + &" ".repeat(3000))), None, "a long page quotes it");
}

#[test]
fn machine_readable_errors_tell_name_and_ray() {
    // After the fields that Cloudflare documents (2026-04-27).
    let json = format!(
        "{{\"type\":\"https://developers.cloudflare.com/x\",\"title\":\"Error 502: Bad gateway\",\
         \"status\":502,\"error_code\":502,\"error_name\":\"origin_bad_gateway\",\
         \"cloudflare_error\":true,\"ray_id\":\"{RAY}\"}}"
    );
    let whole = EdgePage {
        form: PageForm::Problem,
        code: Some(502),
        name: Some("origin_bad_gateway".into()),
        ray: Some(RAY.into()),
        column: None,
    };
    assert_eq!(typed(502, "application/problem+json; charset=utf-8", &json), Some(whole.clone()));
    assert_eq!(typed(502, "application/json", &json), Some(whole));
    let titled = r#"{"title":"Error 1033: Cloudflare Tunnel error","cloudflare_error":true}"#;
    assert_eq!(typed(530, "application/json", titled).and_then(|page| page.code), Some(1033));
    let markdown = format!(
        "---\nerror_code: 1033\nerror_name: \"tunnel_error\"\nray_id: {RAY}\n\
         cloudflare_error: true\nretryable: true\n---\n\n# Error 1033\n"
    );
    let page = typed(530, "text/markdown; charset=utf-8", &markdown).unwrap();
    assert_eq!((page.form, page.code), (PageForm::Markdown, Some(1033)));
    assert_eq!((page.name.as_deref(), page.ray.as_deref()), (Some("tunnel_error"), Some(RAY)));
}

#[test]
fn short_texts_tell_only_their_number() {
    // After captures of 2024: `error code: 502` with `text/plain; charset=UTF-8`.
    for (status, body, code) in [
        (502, "error code: 502", Some(502)),
        (530, "error code: 1016\n", Some(1016)),
        (502, "error code: 504", None),
        (404, "error code: 404", None),
        (502, "error code: 502 in module x", None),
        (502, "error code: +502", None),
        (502, "our error code: 502", None),
    ] {
        let seen = typed(status, "text/plain; charset=UTF-8", body);
        assert_eq!(seen.and_then(|page| page.code), code, "{body}");
    }
}

#[test]
fn pages_that_stop_a_visitor_are_no_outage() {
    let block = "<title>Attention Required! | Cloudflare</title><div id=\"cf-wrapper\">\
        <div id=\"cf-error-details\"><h1 data-translate=\"block_headline\">x</h1></div></div>";
    let wait = "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>";
    for (status, body) in [(403, block), (403, wait), (503, wait)] {
        assert_eq!(html(status, body).map(|page| page.form), Some(PageForm::Challenge), "{body}");
    }
    let marked = headers(&[EDGE, ("cf-mitigated", "challenge")]);
    assert_eq!(page(403, &marked, b"").map(|page| page.form), Some(PageForm::Challenge));
    assert_eq!(html(403, "<title>Just a moment...</title>please wait for your order"), None);
    assert_eq!(html(200, wait), None);
}

#[test]
fn a_header_of_the_edge_tells_what_the_owners_page_does_not() {
    let own = "<h1>We are painting the shop</h1>";
    for (kind, status, form, code) in
        [("522", 522, PageForm::Branded, 522), ("1016", 530, PageForm::Numbered, 1016)]
    {
        let seen =
            page(status, &headers(&[EDGE, ("cf-error-type", kind)]), own.as_bytes()).unwrap();
        assert_eq!((seen.form, seen.code), (form, Some(code)));
    }
    assert_eq!(page(502, &headers(&[EDGE, ("cf-error-type", "page")]), own.as_bytes()), None);
}

#[test]
fn an_origins_page_that_only_mentions_a_code_stays_the_origins() {
    for (status, kind, body) in [
        (
            502,
            "text/html",
            "<h1>Error code 502</h1><p>error code: 502, says Cloudflare Ray ID: x</p>",
        ),
        (200, "text/html", "<h1>What is 1033?</h1><span class=\"cf-error-code\">1033</span>"),
        (
            500,
            "text/html",
            "<title>blog | 502: what it means</title> cf-error-details cf-host-status",
        ),
        (
            503,
            "text/html",
            "<script src=\"/cdn-cgi/challenge-platform/scripts/jsd/main.js\"></script>",
        ),
        (503, "application/json", r#"{"error":"blocked","cloudflare_error":true}"#),
        (502, "application/json", r#"{"cloudflare_error":"true","error_code":502}"#),
        (502, "application/json", r#"{"cloudflare_error":true,"error_code":504}"#),
        (502, "application/json", r#"{"cloudflare_error":true,"error_co"#),
        (500, "text/markdown", "# error_code: 500\ncloudflare_error: true\n"),
        (500, "text/markdown", "---\nerror_code: 500\n---\ncloudflare_error: true\n"),
        (502, "application/octet-stream", "error code: 502"),
    ] {
        assert_eq!(typed(status, kind, body), None, "{body}");
    }
    let direct = headers(&[("server", "nginx"), ("content-type", "text/plain")]);
    assert_eq!(page(502, &direct, b"error code: 502"), None, "it did not pass the edge");
    assert_eq!(html(200, &branded(502, "Bad gateway", "host")), None, "a page about the page");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn cut_and_damaged_pages_are_read_without_harm(
        which in 0_usize..4, cut in 0_usize..1500, at in 0_usize..1500, byte in any::<u8>(),
    ) {
        let sample = [
            branded(502, "Bad gateway", "host"),
            numbered("<span class=\"cf-error-code\">1033</span>"),
            "---\nerror_code: 1033\ncloudflare_error: true\n---\n".into(),
            "<ul class=\"cferror_details\"><li>Ray ID: <b>".into(),
        ];
        let mut body = sample[which].clone().into_bytes();
        body.truncate(cut);
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        for kind in ["text/html", "text/markdown", "application/json", "text/plain"] {
            let _ = page(502, &headers(&[EDGE, ("content-type", kind)]), &body);
        }
        let _ = trace(200, &body);
    }
}
