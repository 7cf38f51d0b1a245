//! The lines of a file from its end, out of blocks that somebody else reads.
//!
//! The last block is fed first, then the one before it, and so on; lines come out last to first.
//! Memory is bounded: of a line that spans blocks only its beginning is kept, up to
//! [`LINE`](super::LINE) bytes, however long the line is, since no more of it is ever looked at. Who
//! has seen enough stops feeding. Whether a block was really the one before is the caller's affair.

use super::envelope::LINE;

/// A reader of lines from the end.
#[derive(Debug, Default)]
pub struct Backward {
    /// What is known of the line of which the blocks before may hold more.
    held: Vec<u8>,
    /// Whether there is such a line; it may be empty.
    holds: bool,
}

impl Backward {
    /// A reader that has seen nothing.
    #[must_use]
    pub fn new() -> Backward {
        Backward::default()
    }

    /// Takes the block that precedes those fed before, and calls `line` with each line that is whole,
    /// last to first, without its line feed and cut to `LINE` bytes. A file that ends with a line
    /// feed has no empty line after it. When `line` answers `false` no more lines are called for,
    /// and the reader is spent.
    ///
    /// Answers whether to go on.
    pub fn feed(&mut self, block: &[u8], mut line: impl FnMut(&[u8]) -> bool) -> bool {
        let mut rest = block;
        while let Some(at) = memchr::memrchr(b'\n', rest) {
            let tail = &rest[at + 1..];
            rest = &rest[..at];
            let go_on = if !self.held.is_empty() {
                self.prepend(tail);
                line(&self.held)
            } else if tail.is_empty() && !self.holds {
                // The file's last line feed.
                true
            } else {
                line(&tail[..tail.len().min(LINE)])
            };
            self.held.clear();
            self.holds = true;
            if !go_on {
                return false;
            }
        }
        if !rest.is_empty() {
            self.prepend(rest);
            self.holds = true;
        }
        true
    }

    /// The first line of the file, after its first block was fed.
    pub fn finish(self, mut line: impl FnMut(&[u8]) -> bool) {
        if self.holds {
            line(&self.held);
        }
    }

    /// Puts bytes before the held ones, and drops what lies beyond the limit.
    fn prepend(&mut self, before: &[u8]) {
        let before = &before[..before.len().min(LINE)];
        self.held.truncate(LINE - before.len());
        self.held.splice(0..0, before.iter().copied());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of `file`, fed in blocks of `size` bytes from its end.
    fn lines(file: &[u8], size: usize) -> Vec<Vec<u8>> {
        let mut seen = Vec::new();
        let mut reader = Backward::new();
        for block in file.rchunks(size) {
            assert!(reader.held.len() <= LINE);
            reader.feed(block, |line| {
                seen.push(line.to_vec());
                true
            });
        }
        reader.finish(|line| {
            seen.push(line.to_vec());
            true
        });
        seen
    }

    #[test]
    fn lines_come_last_to_first_and_empty_ones_too() {
        for (file, expected) in [
            ("", vec![]),
            ("\n", vec![""]),
            ("a", vec!["a"]),
            ("a\n", vec!["a"]),
            ("a\n\nbc\nd", vec!["d", "bc", "", "a"]),
            ("\n\n", vec!["", ""]),
        ] {
            for size in 1..5 {
                assert_eq!(
                    lines(file.as_bytes(), size),
                    expected.iter().map(|l| l.as_bytes().to_vec()).collect::<Vec<_>>(),
                    "{file:?} by {size}"
                );
            }
        }
    }

    #[test]
    fn of_a_giant_line_the_beginning_is_kept() {
        let mut file = b"first\nbegin".to_vec();
        file.extend(vec![b'x'; 5 * 1024 * 1024]);
        file.extend(b"end\nlast\n");
        let seen = lines(&file, 64 * 1024);
        assert_eq!((seen.len(), &seen[0][..], &seen[2][..]), (3, &b"last"[..], &b"first"[..]));
        assert!(seen[1].len() == LINE && seen[1].starts_with(b"beginx"));
    }

    #[test]
    fn it_stops_when_told() {
        let mut seen = 0;
        let go_on = Backward::new().feed(b"a\nb\nc\n", |_| {
            seen += 1;
            seen < 2
        });
        assert!(!go_on && seen == 2);
    }

    proptest! {
        #[test]
        fn they_are_the_forward_lines_reversed(file in "[ab\n]{0,200}", size in 1_usize..50) {
            let mut forward: Vec<_> =
                file.lines().map(|line| line.as_bytes().to_vec()).collect();
            forward.reverse();
            prop_assert_eq!(lines(file.as_bytes(), size), forward);
        }
    }
}
