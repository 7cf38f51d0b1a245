//! Values as nginx writes them: times, sizes, switches.

use std::time::Duration;

/// Reads a time: `60s`, `1m30s`, `500ms`, `10`; a bare number is seconds (`ngx_parse_time`). Units
/// come from large to small, each once; `y` and `M` count 365 and 30 days.
#[must_use]
pub fn time(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 8] = [
        ("y", 365 * 86_400_000),
        ("M", 30 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    let mut total = 0u64;
    let mut units = &UNITS[..];
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = if letters == 0 { "s" } else { &rest[..letters] };
        let found = units.iter().position(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(units[found].1)?)?;
        units = &units[found + 1..];
        rest = rest[letters..].trim_start_matches(' ');
    }
    Some(Duration::from_millis(total))
}

/// Reads a size in bytes: `8k`, `1m`, `1g`, `1024` (`ngx_parse_size`, `ngx_parse_offset`).
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 10),
        b'm' | b'M' => (&text[..text.len() - 1], 20),
        b'g' | b'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>())?;
    number.ok()?.checked_mul(1 << shift)
}

/// Reads `on` and `off`, in any case.
#[must_use]
pub fn switch(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("on") => Some(true),
        _ if text.eq_ignore_ascii_case("off") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_nginx_reads_them() {
        for (text, wanted) in [
            ("60s", Some(60_000)),
            ("60", Some(60_000)),
            ("500ms", Some(500)),
            ("1m30s", Some(90_000)),
            ("1h 30m", Some(5_400_000)),
            ("1d", Some(86_400_000)),
            ("0", Some(0)),
            ("30s1m", None),
            ("1x", None),
            ("s", None),
            ("", None),
            ("99999999999999999999", None),
            ("99999999999999y", None),
        ] {
            let read = time(text).map(|time| time.as_millis());
            assert_eq!(read, wanted, "{text}");
        }
    }

    #[test]
    fn sizes_and_switches_are_read_as_nginx_reads_them() {
        for (text, wanted) in [
            ("8k", Some(8192)),
            ("1M", Some(1 << 20)),
            ("2g", Some(2 << 30)),
            ("100", Some(100)),
            ("0", Some(0)),
            ("k", None),
            ("-1", None),
            ("1.5m", None),
            ("", None),
            ("18446744073709551615k", None),
        ] {
            assert_eq!(size(text), wanted, "{text}");
        }
        assert_eq!((switch("On"), switch("off"), switch("1")), (Some(true), Some(false), None));
    }
}
