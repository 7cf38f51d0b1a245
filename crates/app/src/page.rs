//! A page of light Markdown, as lines for a terminal.
//!
//! Headings, paragraphs, lists, `code` and blocks of code are all that manual pages use; anything
//! else is printed as it stands. Lines are wrapped before they are coloured, so escape codes never
//! count as width. Colour only repeats what signs and positions say.

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};

const TITLE: Style = Style::new().bold().underline();
const SECTION: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();

/// How far the text of a page is set in.
const INDENT: &str = "  ";

/// The page as lines of at most `width` columns, where words are not longer, ending in a line break.
pub(crate) fn page(markdown: &str, width: usize) -> String {
    let mut page = String::new();
    let mut block = Block::default();
    let (mut fenced, mut headed) = (false, false);
    for line in markdown.lines() {
        if line.starts_with("```") {
            block.end(&mut page, width);
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            block.end(&mut page, width);
            let code = if fenced { line } else { &line[4..] };
            page.push_str(&format!("{INDENT}{INDENT}{CODE}{code}{CODE:#}\n"));
        } else if let Some(heading) = line.strip_prefix("# ") {
            block.end(&mut page, width);
            heading_line(&mut page, heading, TITLE, width);
            headed = true;
            continue;
        } else if let Some(heading) = line.strip_prefix("## ") {
            block.end(&mut page, width);
            heading_line(&mut page, heading, SECTION, width);
            headed = true;
            continue;
        } else if line.trim().is_empty() {
            block.end(&mut page, width);
            if !headed {
                blank(&mut page);
            }
            continue;
        } else if let Some(mark) = list_mark(line) {
            block.end(&mut page, width);
            block.mark = mark.to_owned();
            block.words = line[mark.len()..].trim().to_owned();
        } else {
            block.add(line.trim());
        }
        headed = false;
    }
    block.end(&mut page, width);
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// A paragraph or an item of a list, until it ends.
#[derive(Default)]
struct Block {
    mark: String,
    words: String,
}

impl Block {
    fn add(&mut self, words: &str) {
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(words);
    }

    fn end(&mut self, page: &mut String, width: usize) {
        let Block { mark, words } = std::mem::take(self);
        if words.is_empty() {
            return;
        }
        let first = format!("{INDENT}{mark}");
        let rest = format!("{INDENT}{}", " ".repeat(mark.chars().count()));
        let options = options(width).initial_indent(&first).subsequent_indent(&rest);
        let mut code = false;
        for line in textwrap::wrap(&words, options) {
            page.push_str(&coloured(&line, &mut code));
            page.push('\n');
        }
    }
}

fn heading_line(page: &mut String, heading: &str, style: Style, width: usize) {
    blank(page);
    for line in textwrap::wrap(heading, options(width)) {
        page.push_str(&format!("{style}{line}{style:#}\n"));
    }
}

fn options<'a>(width: usize) -> Options<'a> {
    Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
}

/// At most one empty line, and none at the top.
fn blank(page: &mut String) {
    if !page.is_empty() && !page.ends_with("\n\n") {
        page.push('\n');
    }
}

/// `- ` or `1. ` with what stands before it.
fn list_mark(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let lead = line.len() - text.len();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match text.as_bytes() {
        [b'-' | b'*', b' ', ..] => 2,
        _ if digits > 0 && text[digits..].starts_with(". ") => digits + 2,
        _ => return None,
    };
    Some(&line[..lead + mark])
}

/// A line whose quoted code is coloured, the signs included; code may go on in the next line.
fn coloured(line: &str, code: &mut bool) -> String {
    let mut page = String::with_capacity(line.len());
    if *code {
        page.push_str(&CODE.render().to_string());
    }
    for c in line.chars() {
        if c == '`' && !*code {
            page.push_str(&CODE.render().to_string());
        }
        page.push(c);
        if c == '`' && *code {
            page.push_str(&CODE.render_reset().to_string());
        }
        *code ^= c == '`';
    }
    if *code {
        page.push_str(&CODE.render_reset().to_string());
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markdown: &str, width: usize, lines: &[&str]) {
        let coloured = page(markdown, width);
        let plain = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(plain.lines().collect::<Vec<_>>(), lines, "{markdown}");
    }

    #[test]
    fn paragraphs_and_lists_are_wrapped_with_their_indent() {
        check(
            "# Title\nFirst words of\na paragraph.\n## Next\n- one item that is long\n- two\n\n1. x",
            20,
            &[
                "Title",
                "  First words of a",
                "  paragraph.",
                "",
                "Next",
                "  - one item that is",
                "    long",
                "  - two",
                "",
                "  1. x",
            ],
        );
    }

    #[test]
    fn code_is_not_wrapped_and_words_are_not_broken() {
        check("    a long line of code stays\n", 10, &["    a long line of code stays"]);
        check("```\n# no heading\n```\nend", 40, &["    # no heading", "  end"]);
        check(
            "https://developers.cloudflare.com/x-y",
            10,
            &["  https://developers.cloudflare.com/x-y"],
        );
    }

    #[test]
    fn colour_starts_and_ends_on_each_line() {
        let text = page("say `one two` now", 9);
        for line in text.lines() {
            let (on, off) = (line.matches("\u{1b}[36m").count(), line.matches("\u{1b}[0m").count());
            assert_eq!(on, off, "{line:?}");
        }
    }
}
