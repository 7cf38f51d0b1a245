//! Numbers as people say them: durations, sizes, counts, moments, lists.
//!
//! No locale has a say: the same case gives the same bytes of report on any machine.

use jiff::Timestamp;

use crate::report::guard::quote;

/// `340 ms`, `8 s`, `19.2 s`, `2 min 5 s`.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0 => "less than 1 ms".to_owned(),
        1..1_000 => format!("{ms} ms"),
        1_000..100_000 if ((ms + 50) / 100).is_multiple_of(10) => {
            format!("{} s", (ms + 50) / 1_000)
        }
        1_000..100_000 => format!("{}.{} s", (ms + 50) / 1_000, (ms + 50) / 100 % 10),
        _ => match (ms / 60_000, ms / 1_000 % 60) {
            (minutes, 0) => format!("{} min", count(minutes)),
            (minutes, seconds) => format!("{} min {seconds} s", count(minutes)),
        },
    }
}

/// `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 byte`, `312 bytes`, `176 KiB`.
pub(crate) fn bytes(number: u64) -> String {
    match number {
        1 => "1 byte".to_owned(),
        0..10_240 => format!("{} bytes", count(number)),
        _ => format!("{} KiB", count(number / 1_024)),
    }
}

/// `2026-11-12 09:00 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    // RFC 3339 in UTC: 2026-11-12T09:00:00Z; a year before 0 has a sign and six more characters.
    match text.split_once('T') {
        Some((day, time)) => format!("{day} {} UTC", time.get(..5).unwrap_or(time)),
        None => text,
    }
}

/// `just now`, `8 s ago`, `12 min ago`, `3 h ago`, `2 days ago`; a moment to come is just now.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second() - then.as_second()).unwrap_or(0);
    match seconds {
        0 => "just now".to_owned(),
        1..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", count(seconds / 86_400)),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The same, of which at most `most` are named: `a, b and 4 more`.
pub(crate) fn list_of(items: &[String], most: usize) -> String {
    if items.len() <= most + 1 {
        return list(items);
    }
    format!("{} and {} more", items[..most].join(", "), items.len() - most)
}

/// Received names, quoted; at most three are named.
pub(crate) fn names<S: AsRef<str>>(names: &[S]) -> String {
    list_of(&names.iter().map(|name| quote(name.as_ref())).collect::<Vec<_>>(), 3)
}

/// `1 visit`, `5 visits`.
pub(crate) fn several(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {one}s", count(number as u64)) }
}

/// The same text with a capital letter first.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_people_say_them() {
        for (said, wanted) in [
            (duration(0), "less than 1 ms"),
            (duration(340), "340 ms"),
            (duration(8_000), "8 s"),
            (duration(19_151), "19.2 s"),
            (duration(1_960), "2 s"),
            (duration(125_000), "2 min 5 s"),
            (duration(u64::MAX), "307,445,734,561,825 min 51 s"),
            (count(1_234_567), "1,234,567"),
            (bytes(1), "1 byte"),
            (bytes(9_999), "9,999 bytes"),
            (bytes(180_224), "176 KiB"),
            (moment("2026-11-12T09:00:00.123Z".parse().unwrap()), "2026-11-12 09:00 UTC"),
            (ago(Timestamp::from_second(719).unwrap(), Timestamp::UNIX_EPOCH), "11 min ago"),
            (ago(Timestamp::UNIX_EPOCH, Timestamp::from_second(9).unwrap()), "just now"),
            (ago(Timestamp::from_second(119).unwrap(), Timestamp::UNIX_EPOCH), "119 s ago"),
            (ago(Timestamp::from_second(7_300).unwrap(), Timestamp::UNIX_EPOCH), "2 h ago"),
            (ago(Timestamp::from_second(200_000).unwrap(), Timestamp::UNIX_EPOCH), "2 days ago"),
            (list_of(&["a", "b", "c", "d"].map(str::to_owned), 3), "a, b, c and d"),
            (list_of(&["a", "b", "c", "d", "e"].map(str::to_owned), 3), "a, b, c and 2 more"),
            (several(1, "visit"), "1 visit"),
            (several(5, "visit"), "5 visits"),
            (capital("über"), "Über"),
        ] {
            assert_eq!(said, wanted);
        }
    }
}
