//! What nginx's own command line says: another prefix, another main file, directives of its own.
//!
//! A running master has written its title over its arguments (`nginx: master process nginx -c …`),
//! so that only blanks stand between them; what they were before is guessed from there.

use super::layout::Layout;
use super::load::absolute;

/// The arguments that matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// `-p`: the prefix.
    pub prefix: Option<String>,
    /// `-c`: the main file.
    pub main: Option<String>,
    /// `-g`: directives that come before those of the main file; empty if there are none.
    pub directives: String,
}

impl Options {
    /// Reads a command line as `/proc/PID/cmdline` has it, or with blanks between its words.
    #[must_use]
    pub fn read(line: &[u8]) -> Self {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches('\0');
        let words: Vec<&str> = match line.strip_prefix("nginx: master process ") {
            Some(rest) => rest.split([' ', '\0']).collect(),
            None if line.contains('\0') => line.split('\0').collect(),
            None => line.split(' ').collect(),
        };
        let mut options = Options::default();
        let mut words = words.into_iter().skip(1).peekable();
        while let Some(word) = words.next() {
            let Some(letter) = word.strip_prefix('-').and_then(|word| word.chars().next()) else {
                continue;
            };
            let attached = &word[1 + letter.len_utf8()..];
            if !"pcgse".contains(letter) {
                continue;
            }
            let mut value = match attached {
                "" => words.next().unwrap_or_default().to_owned(),
                _ => attached.to_owned(),
            };
            // Directives have blanks in them; they end with a `;`, or with the next option.
            while letter == 'g'
                && let Some(more) = words.next_if(|next| !is_option(next))
            {
                value.push(' ');
                value.push_str(more);
            }
            match letter {
                'p' => options.prefix = Some(value),
                'c' => options.main = Some(value),
                'g' => options.directives = unquoted(&value),
                _ => {}
            }
        }
        options
    }

    /// A layout with these arguments.
    #[must_use]
    pub fn onto(&self, mut layout: Layout) -> Layout {
        if let Some(prefix) = self.prefix.as_deref().filter(|prefix| prefix.starts_with('/')) {
            layout = layout.with_prefix(prefix);
        }
        if let Some(main) = self.main.as_deref().filter(|main| !main.is_empty()) {
            layout.conf_path = absolute(&layout.prefix, main);
        }
        layout
    }
}

fn is_option(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next() == Some('-')
        && letters.next().is_some_and(|letter| "pcgsetTvVqh?".contains(letter))
}

/// A unit's command line has the quotes of its file.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let bare = |quote| text.strip_prefix(quote).and_then(|text: &str| text.strip_suffix(quote));
    let text = bare('\'').or_else(|| bare('"')).unwrap_or(text).trim();
    // Without its end nginx would not have started; then something was cut off.
    if text.ends_with(';') && !text.contains('\n') { text.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, prefix: Option<&str>, main: Option<&str>, directives: &str) {
        let read = Options::read(line.as_bytes());
        let told = (read.prefix.as_deref(), read.main.as_deref(), read.directives.as_str());
        assert_eq!(told, (prefix, main, directives), "{line}");
    }

    #[test]
    fn the_masters_command_line_is_read_from_its_title_or_its_arguments() {
        check("nginx: master process nginx", None, None, "");
        check(
            "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;\0\0",
            None,
            None,
            "daemon on; master_process on;",
        );
        check(
            "nginx: master process /usr/sbin/nginx -g pid /run/b.pid; -c /etc/nginx/b.conf",
            None,
            Some("/etc/nginx/b.conf"),
            "pid /run/b.pid;",
        );
        check(
            "nginx\0-p\0/srv/n\0-cconf/n.conf\0-g\0daemon off;\0",
            Some("/srv/n"),
            Some("conf/n.conf"),
            "daemon off;",
        );
        check(
            "/usr/sbin/nginx -g 'daemon on; master_process on;'",
            None,
            None,
            "daemon on; master_process on;",
        );
        check("nginx -g daemon", None, None, "");
        check("nginx -c", None, Some(""), "");
        check("", None, None, "");
    }

    #[test]
    fn its_arguments_move_the_files() {
        let layout = Options::read(b"nginx -p /srv/n -c other.conf").onto(Layout::default());
        assert_eq!(layout.conf_path, "/srv/n/other.conf");
        assert_eq!(layout.pid, "/srv/n/logs/nginx.pid");
    }
}
