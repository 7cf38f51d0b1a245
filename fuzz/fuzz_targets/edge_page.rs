//! Error pages: any body of any type under any status is read without harm, and what is found fits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::evidence::edge;

const KINDS: [&str; 6] = [
    "text/html",
    "application/json",
    "application/problem+json",
    "text/markdown",
    "text/plain",
    "",
];
const STATUSES: [u16; 8] = [200, 403, 429, 500, 502, 503, 522, 530];

// Two bytes say status, type and headers; the rest is the body.
fuzz_target!(|data: &[u8]| {
    let [status, kind, body @ ..] = data else {
        return;
    };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let line = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
    let mut headers = vec![
        ("server".to_owned(), "cloudflare".to_owned()),
        ("content-type".to_owned(), KINDS[usize::from(kind % 6)].to_owned()),
    ];
    if kind & 0x80 != 0 {
        headers.push(("cf-ray".to_owned(), line.clone()));
        headers.push(("cf-error-type".to_owned(), line));
    }
    let _ = edge::through_cloudflare(&headers);
    if let Some(ray) = edge::ray(&headers) {
        assert!(ray.len() <= 20 && ray.is_ascii());
    }
    if let Some(page) = edge::page(status, &headers, body) {
        if let Some(code) = page.code {
            assert!(code == status || (1000..2000).contains(&code));
        }
        assert!(page.ray.is_none_or(|ray| ray.len() == 16));
        assert!(page.name.is_none_or(|name| name.len() <= 64));
    }
});
