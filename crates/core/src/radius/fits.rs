//! Whether an expression of Cloudflare's rules language fits a host: the few forms that dashboards write.

use crate::target::Scheme;

/// Whether an expression fits a request for the first page of a host; none: that is not known.
pub(super) fn fits(expression: &str, host: &str, _scheme: Scheme) -> Option<bool> {
    let mut text = expression.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        if inner.contains(['(', ')']) {
            break;
        }
        text = inner.trim();
    }
    if text == "true" {
        return Some(true);
    }
    let value = text.strip_prefix("http.host eq ")?.trim();
    let name = value.strip_prefix('"')?.strip_suffix('"')?;
    (!name.contains('"')).then(|| name.eq_ignore_ascii_case(host))
}
