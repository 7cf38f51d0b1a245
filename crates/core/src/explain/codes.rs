//! The numbers in a pasted text that are statuses or codes.
//!
//! A number counts only where such a number stands: at the beginning of a line, after a word like
//! `error code`, in a status line, in a field of JSON. A port, a size or a date is not one. Whether
//! anything is known of a number is not looked at here.

/// What stands before a number that is a status or a code; also the beginning of a line does.
const LEADS: [&str; 20] = [
    "error ",
    "error: ",
    "errorcode_",
    "error_code=",
    "error-type: ",
    "code ",
    "code: ",
    "code=",
    "code\": ",
    "code\":",
    "status ",
    "status: ",
    "status=",
    "status\": ",
    "status\":",
    "http/1.1 ",
    "http/2 ",
    "<title>",
    "<h1>",
    // `HOST | 502: Bad gateway`, and `"GET / HTTP/1.1" 502 157` of an access log.
    "| ",
];

/// The numbers of a text in lower case that stand where a status or a code stands, in the order
/// of the text; each once.
pub(super) fn codes_in(lower: &str) -> Vec<u16> {
    let mut places: Vec<usize> = LEADS
        .iter()
        .flat_map(|lead| lower.match_indices(lead).map(|(at, _)| at + lead.len()))
        .chain(lower.match_indices("\" ").map(|(at, _)| at + 2))
        .chain(lower.lines().map(|line| line.as_ptr() as usize - lower.as_ptr() as usize))
        .collect();
    places.sort_unstable();
    let mut found = Vec::new();
    for place in places {
        let rest = &lower[place..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let after = rest[digits..].chars().next();
        let Ok(number) = rest[..digits].parse::<u16>() else { continue };
        let ends = !after.is_some_and(|c| c.is_alphanumeric() || "./-".contains(c));
        if ends && !found.contains(&number) {
            found.push(number);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_only_where_a_code_stands() {
        for (text, codes) in [
            ("error code: 1033", vec![1033]),
            ("a.example | 502: bad gateway", vec![502]),
            ("\"get / http/1.1\" 504 167 \"-\"", vec![504]),
            ("client: 10.0.0.1, 522 bytes", vec![]),
            ("error 520x, error 521, error 521", vec![521]),
            ("error 99999999999", vec![]),
            ("502 bad gateway", vec![502]),
            ("<html>\n522: connection timed out", vec![522]),
            ("http/1.1 503 service unavailable", vec![503]),
            ("http/2 524", vec![524]),
            ("cf-error-type: 1016", vec![1016]),
            ("\"edgeresponsestatus\":520,\"originresponsestatus\":0", vec![520, 0]),
            ("2026-11-22 error 5.20", vec![]),
            ("<title>502 bad gateway</title>", vec![502]),
        ] {
            assert_eq!(codes_in(text), codes, "{text}");
        }
    }
}
