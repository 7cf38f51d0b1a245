//! `units!`: one line per unit, in the one list of its room.
//!
//! A unit is a file with a `//!` head (its manual page) and a `pub static UNIT`. The macro turns a
//! list of file names into modules, into `ALL` (in the order written), and into the manual pages:
//! each file is included at compile time and only its head is kept, so the program carries the
//! text of the docs, not the source.

/// The name and the manual page of a unit.
#[derive(Debug, Clone, Copy)]
pub struct UnitDoc {
    /// The file's name without ending: `tls_name_rejected`.
    pub file: &'static str,
    /// The `//!` head as it stands in the file, with the comment marks.
    pub head: &'static str,
}

impl UnitDoc {
    /// The name as users write it: `tls-name-rejected`.
    #[must_use]
    pub fn name(&self) -> String {
        self.file.replace('_', "-")
    }

    /// The manual page as Markdown: the head without its comment marks.
    #[must_use]
    pub fn manual(&self) -> String {
        let mut page = String::with_capacity(self.head.len());
        for line in self.head.lines() {
            let line = line.strip_prefix("//!").unwrap_or(line);
            page.push_str(line.strip_prefix(' ').unwrap_or(line));
            page.push('\n');
        }
        page
    }

    /// The text of one section (`# What you see`), trimmed; `None` where there is no such heading.
    #[must_use]
    pub fn section(&self, heading: &str) -> Option<String> {
        let manual = self.manual();
        let mut lines = manual.lines().skip_while(|line| line.strip_prefix("# ") != Some(heading));
        lines.next()?;
        let text: Vec<&str> = lines.take_while(|line| !line.starts_with("# ")).collect();
        Some(text.join("\n").trim().to_owned())
    }
}

/// How many bytes of a source file belong to its leading `//!` lines.
#[must_use]
pub const fn head_len(source: &[u8]) -> usize {
    let mut at = 0;
    while at + 2 < source.len()
        && source[at] == b'/'
        && source[at + 1] == b'/'
        && source[at + 2] == b'!'
    {
        while at < source.len() && source[at] != b'\n' {
            at += 1;
        }
        at += 1;
    }
    if at > source.len() { source.len() } else { at }
}

/// The first `N` bytes of a source file, copied so that the rest does not reach the binary.
#[must_use]
pub const fn head<const N: usize>(source: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    let mut at = 0;
    while at < N {
        bytes[at] = source[at];
        at += 1;
    }
    bytes
}

/// A list of units: `units! { Cause; tls_name_rejected, … }` declares the modules and `ALL`.
#[macro_export]
macro_rules! units {
    ($kind:ty; $($(#[$attribute:meta])* $name:ident),* $(,)?) => {
        $($(#[$attribute])* pub mod $name;)*

        /// Every unit with its manual page, in the order of the list.
        pub static ALL: &[($crate::registry::UnitDoc, &$kind)] = &[$((
            {
                const SOURCE: &str = include_str!(concat!(stringify!($name), ".rs"));
                const LEN: usize = $crate::registry::head_len(SOURCE.as_bytes());
                static HEAD: [u8; LEN] = $crate::registry::head::<LEN>(SOURCE.as_bytes());
                $crate::registry::UnitDoc {
                    file: stringify!($name),
                    head: match std::str::from_utf8(&HEAD) {
                        Ok(text) => text,
                        Err(_) => panic!("a head ends at a line's end"),
                    },
                }
            },
            &$name::UNIT,
        )),*];
    };
}
