//! The guard between what came from the network and what a person looks at.
//!
//! A header, a certificate or a page can hold anything: escape sequences that recolour a terminal,
//! characters that turn the reading direction round, markup. Whatever was received is shown, since
//! it may be the proof, but as text that does nothing: each such character appears as a visible
//! escape (`\x1b`, `\u{202e}`). Received text stands in a sentence only between two backticks
//! ([`quote`]); nothing else puts backticks into a sentence, so that each medium can set received
//! text apart. This file does not decide what is secret: `redact` does, where things are seen.

use unicode_width::UnicodeWidthChar;

/// The most characters of received text that one quotation shows.
pub const LIMIT: usize = 160;

/// Received text without anything that acts on a terminal, on one line, at most [`LIMIT`]
/// characters long; what was left out is counted.
#[must_use]
pub fn harmless(text: &str) -> String {
    within(text, LIMIT)
}

/// The same with a limit of its own. Applied to its own result it changes nothing more, unless the
/// limit is smaller.
#[must_use]
pub fn within(text: &str, limit: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(limit.saturating_add(32)));
    let (mut length, mut marks) = (0, 0);
    for (at, c) in text.chars().enumerate() {
        if length >= limit {
            let rest = text.chars().count() - at;
            shown.push_str(&format!("… ({rest} more characters)"));
            break;
        }
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if acts(c) || marks > MARKS {
            let escape = escape(c);
            length += escape.len();
            shown.push_str(&escape);
        } else {
            length += 1;
            shown.push(c);
        }
    }
    shown
}

/// Received text as it stands in a sentence: between backticks, and without any of its own.
#[must_use]
pub fn quote(text: &str) -> String {
    if text.is_empty() {
        return "(nothing)".to_owned();
    }
    format!("`{}`", harmless(text).replace('`', "'"))
}

/// A sentence cut at its quotations: what we say, and what is quoted, in turns.
pub(crate) fn pieces(sentence: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((quoted, after)) = after.split_once('`') else { break };
        if !before.is_empty() {
            pieces.push(Piece::Said(before));
        }
        pieces.push(Piece::Quoted(quoted));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Said(rest));
    }
    pieces
}

/// A part of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Our own words.
    Said(&'a str),
    /// What stood between two backticks.
    Quoted(&'a str),
}

/// A sentence as HTML: no markup of its own survives; quotations become `<code>`.
#[must_use]
pub fn html(sentence: &str) -> String {
    pieces(sentence)
        .into_iter()
        .map(|piece| match piece {
            Piece::Said(text) => escaped(text),
            // A ray or a name stays on one line; what is longer may break anywhere.
            Piece::Quoted(text) if text.len() <= 24 => {
                format!("<code class=\"one\">{}</code>", escaped(text))
            }
            Piece::Quoted(text) => format!("<code>{}</code>", escaped(text)),
        })
        .collect()
}

/// Text as it may stand in HTML, in an element or in a quoted attribute.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in within(text, usize::MAX).chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

/// A sentence as Markdown: no markup, link, mention or table of its own survives; quotations
/// become code spans.
#[must_use]
pub fn markdown(sentence: &str) -> String {
    let mut markdown = String::with_capacity(sentence.len());
    for piece in pieces(sentence) {
        match piece {
            Piece::Quoted("") => {}
            Piece::Quoted(text) => {
                let text = within(text, usize::MAX);
                // A span that is all blanks, or begins and ends with one, would lose them.
                let pad = if text.starts_with(' ') || text.ends_with(' ') { " " } else { "" };
                markdown.push_str(&format!("`{pad}{text}{pad}`"));
            }
            Piece::Said(text) => {
                // A colon before slashes would make a link of a bare URL.
                for c in within(text, usize::MAX).replace("://", "\u{1}").chars() {
                    if c == '\u{1}' {
                        markdown.push_str("\\://");
                        continue;
                    }
                    if r"\`*_{}[]<>#|~&@".contains(c) {
                        markdown.push('\\');
                    }
                    markdown.push(c);
                }
            }
        }
    }
    markdown
}

/// JSON text, in which every character that acts on a terminal is written as `\uXXXX`. It says the
/// same to whoever parses it.
#[must_use]
pub fn json(text: String) -> String {
    // Nearly always there is nothing to escape, and a text may be a hundred megabytes.
    if text.is_ascii() && !text.bytes().any(|c| c != b'\n' && c.is_ascii_control()) {
        return text;
    }
    let mut json = String::with_capacity(text.len());
    for c in text.chars() {
        // JSON's own layout is line breaks; all other control characters are escaped already.
        if c != '\n' && acts(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                json.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            json.push(c);
        }
    }
    json
}

/// Marks that may follow one letter: more of them climb over the neighbouring lines.
const MARKS: usize = 3;

/// Whether a character does something other than to be seen: control characters (C0, C1), line and
/// paragraph separators, direction marks, joiners, fillers, variation selectors, tags
/// (Unicode 16.0: categories Cc, Cf, Zl, Zp, and the default-ignorable code points).
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn escape(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if u32::from(c) <= 0xff => format!("\\x{:02x}", u32::from(c)),
        c => format!("\\u{{{:x}}}", u32::from(c)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_is_shown_as_an_escape_and_the_rest_as_it_is() {
        for (received, shown) in [
            ("shop.example.test", "shop.example.test"),
            ("Füße 日本 ✓", "Füße 日本 ✓"),
            ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
            ("a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"),
            ("\u{9b}2J\u{7f}", "\\x9b2J\\x7f"),
            ("\u{202e}moc.elpmaxe", "\\u{202e}moc.elpmaxe"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("e\u{301}", "e\u{301}"),
            ("z\u{301}\u{301}\u{301}\u{301}\u{301}", "z\u{301}\u{301}\u{301}\\u{301}\\u{301}"),
        ] {
            assert_eq!(harmless(received), shown, "{received:?}");
        }
    }

    #[test]
    fn long_text_is_cut_and_the_rest_is_counted() {
        assert_eq!(within("abcdef", 4), "abcd… (2 more characters)");
        assert_eq!(within("abcd", 4), "abcd");
        assert!(harmless(&"\x1b".repeat(10_000)).len() < 200);
    }

    #[test]
    fn a_quotation_cannot_end_itself() {
        assert_eq!(quote("a`b"), "`a'b`");
        assert_eq!(pieces(&quote("a`b")), [Piece::Quoted("a'b")]);
        assert_eq!(
            pieces("one `two` three"),
            [Piece::Said("one "), Piece::Quoted("two"), Piece::Said(" three")]
        );
        assert_eq!(pieces("a lone ` stays"), [Piece::Said("a lone ` stays")]);
    }

    #[test]
    fn markup_is_text_in_every_medium() {
        let sentence = format!("it began {}", quote("<script>alert(1)</script> & \"'"));
        assert_eq!(
            html(&sentence),
            "it began <code>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&#39;</code>"
        );
        assert_eq!(
            markdown("see [x](y) at https://a.example | @me `b|c https://b.example`"),
            "see \\[x\\](y) at https\\://a.example \\| \\@me `b|c https://b.example`"
        );
        assert_eq!(
            json("{\"a\": \"\u{9b}\u{e0041}\"}".to_owned()),
            "{\"a\": \"\\u009b\\udb40\\udc41\"}"
        );
    }

    proptest! {
        #[test]
        fn nothing_that_acts_survives(text in any::<String>()) {
            for shown in [harmless(&text), quote(&text), html(&text), markdown(&text)] {
                prop_assert!(!shown.chars().any(acts), "{shown:?}");
            }
            prop_assert_eq!(within(&harmless(&text), 1_000), harmless(&text));
            prop_assert!(!escaped(&text).contains(['<', '>', '"', '\'']));
        }

        #[test]
        fn guarded_json_says_the_same(text in any::<String>()) {
            let plain = serde_json::to_string_pretty(&[&text]).unwrap();
            let back: Vec<String> = serde_json::from_str(&json(plain.clone())).unwrap();
            prop_assert_eq!(&back[0], &text);
        }
    }
}
