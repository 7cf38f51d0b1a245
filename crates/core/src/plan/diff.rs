//! The lines of a file that a plan changes, before (`-`) and after (`+`), as a person reads a change.
//!
//! Plans change single lines, so what is alike at the beginning and at the end is left out, and the rest is shown
//! whole.

/// Lines of a change: `--- PATH:12`, then what goes and what comes; at most 40 of each. Empty: nothing changes.
#[must_use]
pub fn lines(path: &str, before: &[u8], after: &[u8]) -> Vec<String> {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let (was, is): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = was.iter().zip(&is).take_while(|(one, other)| one == other).count();
    let rest = was.len().min(is.len()) - head;
    let ends = was.iter().rev().zip(is.iter().rev());
    let tail = ends.take_while(|(one, other)| one == other).take(rest).count();
    let (goes, comes) = (&was[head..was.len() - tail], &is[head..is.len() - tail]);
    if goes.is_empty() && comes.is_empty() {
        return Vec::new();
    }
    let mut all = vec![format!("--- {path}:{}", head + 1)];
    for (at, line) in goes.iter().enumerate().take(MOST) {
        // A line between two that change stays.
        if comes.get(at) != Some(line) || goes.len() != comes.len() {
            all.push(format!("-{line}"));
        }
    }
    for (at, line) in comes.iter().enumerate().take(MOST) {
        if goes.get(at) != Some(line) || goes.len() != comes.len() {
            all.push(format!("+{line}"));
        }
    }
    all
}

/// Lines of each kind.
const MOST: usize = 40;

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn only_what_changes_is_shown_with_its_place() {
        let told = lines("/etc/x", b"a\nb\nc\n", b"a\nB\nc\n");
        assert_eq!(told, ["--- /etc/x:2", "-b", "+B"]);
        assert_eq!(lines("/etc/x", b"a\n", b"a\nb\n"), ["--- /etc/x:2", "+b"]);
        assert_eq!(lines("/etc/x", b"a\na\n", b"a\n"), ["--- /etc/x:2", "-a"]);
        let two = lines("/etc/x", b"a\nb\nc\nd\n", b"a\n1\nc\n2\n");
        assert_eq!(two, ["--- /etc/x:2", "-b", "-d", "+1", "+2"]);
    }

    #[test]
    fn nothing_is_shown_of_what_stays() {
        assert!(lines("/etc/x", b"a\n", b"a\n").is_empty());
    }
}
