//! Words for what changed.

use crate::evidence::host::Changes;
use crate::report::guard::quote;
use crate::report::words::units::{moment, several};

/// `3 changes were seen on the origin since 2026-11-22 09:30 UTC, the last of them: …`.
pub(super) fn sentence(changes: &Changes) -> String {
    let since = changes.from.map(|from| format!(" since {}", moment(from))).unwrap_or_default();
    let unseen: Vec<String> = changes.unseen.iter().map(|what| quote(what)).collect();
    let unseen = match unseen.len() {
        0 => String::new(),
        _ => format!("; not looked at: {}", unseen.join(", ")),
    };
    match changes.all.last() {
        None if changes.unseen.is_empty() => format!("nothing changed on the origin{since}"),
        None => format!("no change was seen on the origin{since}{unseen}"),
        Some(last) => format!(
            "{} seen on the origin{since}, the last at {}: {}{unseen}",
            match changes.all.len() {
                1 => "1 change was".to_owned(),
                number => format!("{} were", several(number, "change")),
            },
            super::log::clock(last.at),
            quote(&last.text)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::host::Change;

    #[test]
    fn what_changed_is_one_sentence() {
        let at = |time: &str| format!("2026-11-22T{time}Z").parse().unwrap();
        let change = |time: &str, text: &str| Change {
            at: at(time),
            kind: "unit".to_owned(),
            text: text.to_owned(),
        };
        let changes = |all: Vec<Change>, unseen: &[&str]| Changes {
            from: Some(at("09:30:00")),
            all,
            unseen: unseen.iter().map(|what| (*what).to_owned()).collect(),
        };
        assert_eq!(
            sentence(&changes(
                vec![change("11:58:30", "shop.service failed (exit status 3)")],
                &[]
            )),
            "1 change was seen on the origin since 2026-11-22 09:30 UTC, the last at 11:58:30 UTC: \
             `shop.service failed (exit status 3)`"
        );
        assert_eq!(
            sentence(&changes(vec![], &[])),
            "nothing changed on the origin since 2026-11-22 09:30 UTC"
        );
        assert_eq!(
            sentence(&changes(vec![], &["the journal (root may read it)"])),
            "no change was seen on the origin since 2026-11-22 09:30 UTC; not looked at: `the \
             journal (root may read it)`"
        );
    }
}
