//! Words that look like another word: what "did you mean" offers.
//!
//! A word that contains what was typed counts as near, since people remember the end of a name
//! (`expired`) rather than its beginning, or its words in another order; else the number of letters to change decides.

/// The nearest of `words`, best first, at most five; empty where none is near. Case does not matter.
#[must_use]
pub fn near<S: AsRef<str>>(typed: &str, words: &[S]) -> Vec<String> {
    let typed = typed.trim().to_lowercase().replace(['_', ' '], "-");
    if typed.is_empty() || typed.chars().count() > 60 {
        return Vec::new();
    }
    let allowed = (typed.chars().count() / 3).clamp(1, 4);
    let mut ranked: Vec<(usize, &str)> = words
        .iter()
        .map(AsRef::as_ref)
        .filter_map(|word| {
            let lower = word.to_lowercase();
            if typed.chars().count() >= 3 && lower.contains(&typed) {
                return Some((0, word));
            }
            let mut parts = typed.split('-');
            if typed.contains('-') && parts.all(|part| part.len() > 2 && lower.contains(part)) {
                return Some((1, word));
            }
            let steps = steps(&typed, &lower);
            (steps <= allowed).then_some((steps, word))
        })
        .collect();
    ranked.sort_by_key(|(steps, _)| *steps);
    ranked.into_iter().take(5).map(|(_, word)| word.to_owned()).collect()
}

/// How many letters must be put in, taken out or changed to make one word of the other.
fn steps(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_or_a_part_is_near_and_a_stranger_is_not() {
        let words = ["net-port-closed", "tls-certificate-expired", "C401", "522"];
        for (typed, nearest) in [
            ("net_port_close", Some("net-port-closed")),
            ("Expired", Some("tls-certificate-expired")),
            ("c411", Some("C401")),
            ("52", Some("522")),
            ("kubernetes", None),
            ("", None),
        ] {
            assert_eq!(near(typed, &words).first().map(String::as_str), nearest, "{typed}");
        }
    }

    #[test]
    fn steps_are_counted_both_ways() {
        for (from, to, count) in
            [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("é", "e", 1)]
        {
            assert_eq!((steps(from, to), steps(to, from)), (count, count), "{from} {to}");
        }
    }
}
