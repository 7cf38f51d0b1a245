//! What `rayfix explain` knows: causes, fixes, Cloudflare's statuses and 1xxx codes, and log phrases.
//!
//! A word is looked up in all of them; what is found becomes one page of light Markdown (headings,
//! paragraphs, lists, `code`) that a terminal or a web page renders. The rows refer to causes by
//! unit, so one that is gone does not compile. A pasted line is recognised by its best known phrase,
//! and read by its log dialect; counting the lines of a log is not done here.

mod codes;
mod lines;
mod near;
mod numbered;
mod phrases;
mod statuses;

use std::fmt::Write as _;

pub use self::near::near;
pub use self::phrases::Phrase;
use crate::causes::{self, Cause};
use crate::fixes::{self, Fix};
use crate::hop::Hop;
use crate::logs::LogEvent;
use crate::registry::UnitDoc;

/// A status, or a 1xxx code: one row of the tables. All texts are sentences for the user.
#[derive(Debug)]
pub struct Entry {
    /// The numbers that share this row, rising; never empty.
    pub numbers: &'static [u16],
    /// HTTP statuses that it comes with; empty where neither docs nor a real reply tell.
    pub http: &'static [u16],
    /// As Cloudflare's page has it, or shorter; no final stop.
    pub title: &'static str,
    /// Who chooses it; a fragment.
    pub by: &'static str,
    /// What it says about the way from the visitor to the app.
    pub means: &'static str,
    /// The causes that lead to it, the likeliest first; empty where none of ours does.
    pub causes: &'static [&'static Cause],
    /// What to do first.
    pub first: &'static str,
    /// Where this was read, with the date.
    pub source: &'static str,
}

/// What a word or a line was found to be.
#[derive(Debug, Clone)]
pub enum Found {
    /// A root cause.
    Cause(&'static UnitDoc, &'static Cause),
    /// What mends some.
    Fix(&'static UnitDoc, &'static Fix),
    /// A status or a 1xxx code.
    Entry(&'static Entry),
    /// A pasted text with known phrases or codes in it.
    Line {
        /// In the order in which they stand in the text; each once.
        phrases: Vec<&'static Phrase>,
        /// What the log dialects read in it, in the order in which it stands; each once.
        events: Vec<LogEvent>,
        /// Rows whose number stands in the text in a place where a code stands; each once.
        entries: Vec<&'static Entry>,
        /// Causes that the text names by code or name; each once.
        causes: Vec<(&'static UnitDoc, &'static Cause)>,
    },
}

/// Every cause, in the order of the way.
#[must_use]
pub fn all_causes() -> &'static [(UnitDoc, &'static Cause)] {
    causes::ALL
}

/// Every status, then every 1xxx code, in the order of the numbers.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    statuses::ALL.iter().chain(numbered::ALL)
}

/// How many bytes of a pasted text are looked at.
const LOOKED_AT: usize = 64 * 1024;

/// Looks up a cause's name or code, a fix, a status, a 1xxx code, or a pasted text. Case does not matter.
///
/// # Errors
/// When nothing is known of it: names and numbers that look alike, best first, at most five.
pub fn find(text: &str) -> Result<Found, Vec<String>> {
    let text = text.trim().trim_matches(['"', '\'', '`']).trim();
    if let Some(found) = one_word(text) {
        return Ok(found);
    }
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let lower = text[..end].to_lowercase();
    let phrases = phrases::in_text(&lower);
    let entries: Vec<_> = codes::codes_in(&lower).into_iter().filter_map(entry).collect();
    let causes = causes_in(&lower);
    let events = lines::read(&text[..end]);
    if phrases.is_empty() && events.is_empty() && entries.is_empty() && causes.is_empty() {
        return bare_number(&lower).map(Found::Entry).ok_or_else(|| near(text, &vocabulary()));
    }
    let told = !phrases.is_empty() || !events.is_empty();
    if let (false, [entry], true) = (told, &entries[..], causes.is_empty()) {
        return Ok(Found::Entry(entry));
    }
    Ok(Found::Line { phrases, events, entries, causes })
}

/// The one code among a few words that say nothing else: `cf 1016`.
fn bare_number(lower: &str) -> Option<&'static Entry> {
    let words: Vec<&str> = lower.split_whitespace().take(5).collect();
    if words.len() > 4 {
        return None;
    }
    let mut known = words.iter().filter_map(|word| entry(word.parse().ok()?));
    known.next().filter(|_| known.next().is_none())
}

fn one_word(text: &str) -> Option<Found> {
    let word = text.to_lowercase().replace('_', "-");
    if let Some((doc, cause)) = cause(&word) {
        return Some(Found::Cause(doc, cause));
    }
    if let Some((doc, fix)) = fixes::ALL.iter().find(|(doc, _)| doc.name() == word) {
        return Some(Found::Fix(doc, fix));
    }
    let number = ["error code", "error", "http", "status", "code"]
        .iter()
        .find_map(|lead| word.strip_prefix(lead))
        .unwrap_or(&word);
    entry(number.trim_matches([' ', ':', '-', '#']).parse().ok()?).map(Found::Entry)
}

fn cause(word: &str) -> Option<(&'static UnitDoc, &'static Cause)> {
    causes::ALL
        .iter()
        .find(|(doc, cause)| doc.name() == word || cause.code.eq_ignore_ascii_case(word))
        .map(|(doc, cause)| (doc, *cause))
}

fn entry(number: u16) -> Option<&'static Entry> {
    entries().find(|entry| entry.numbers.contains(&number))
}

fn causes_in(lower: &str) -> Vec<(&'static UnitDoc, &'static Cause)> {
    let mut found: Vec<(&'static UnitDoc, &'static Cause)> = Vec::new();
    for word in lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_') {
        if let Some((doc, unit)) = cause(&word.replace('_', "-"))
            && !found.iter().any(|(_, known)| std::ptr::eq(*known, unit))
        {
            found.push((doc, unit));
        }
    }
    found
}

/// Every word that can be asked for: names, codes, numbers.
fn vocabulary() -> Vec<String> {
    causes::ALL
        .iter()
        .flat_map(|(doc, cause)| [doc.name(), cause.code.to_owned()])
        .chain(fixes::ALL.iter().map(|(doc, _)| doc.name()))
        .chain(entries().flat_map(|entry| entry.numbers).map(u16::to_string))
        .collect()
}

/// The name of a cause that is on the list; the code where it is not.
fn name_of(cause: &Cause) -> String {
    causes::ALL
        .iter()
        .find(|(_, unit)| std::ptr::eq(*unit, cause))
        .map_or_else(|| cause.code.to_owned(), |(doc, _)| doc.name())
}

impl Found {
    /// The page, as light Markdown: `#` and `##` headings, paragraphs, `- ` lists, `code`. Headings,
    /// paragraphs and list items of tables stand on one line each; manual pages keep their lines.
    #[must_use]
    pub fn page(&self) -> String {
        match self {
            Found::Cause(doc, cause) => cause_page(doc, cause),
            Found::Fix(doc, fix) => fix_page(doc, fix),
            Found::Entry(entry) => entry_page(entry),
            Found::Line { phrases, events, entries, causes } => {
                line_page(phrases, events, entries, causes)
            }
        }
    }
}

fn cause_page(doc: &UnitDoc, cause: &Cause) -> String {
    let mut page = format!("# {} {}\n\n", cause.code, doc.name());
    manual(&mut page, doc);
    if !cause.fixes.is_empty() {
        page.push_str("\n## What `rayfix fix` can do\n\n");
        for (doc, _) in fixes::ALL.iter().filter(|(doc, _)| cause.fixes.contains(&&*doc.name())) {
            fix_bullet(&mut page, doc);
        }
    }
    let seen: Vec<&Entry> = entries()
        .filter(|entry| entry.causes.iter().any(|known| std::ptr::eq(*known, cause)))
        .collect();
    if !seen.is_empty() {
        page.push_str("\n## Shows as\n\n");
        for entry in seen {
            bullet(&mut page, &format!("{}: {}", numbers(entry), entry.title));
        }
    }
    page
}

/// A head as it stands, its headings one deeper.
fn manual(page: &mut String, doc: &UnitDoc) {
    for line in doc.manual().trim_end().lines() {
        if line.starts_with('#') {
            page.push('#');
        }
        page.push_str(line);
        page.push('\n');
    }
}

fn fix_page(doc: &UnitDoc, fix: &Fix) -> String {
    let mut page = format!("# {}\n\n", doc.name());
    manual(&mut page, doc);
    page.push_str("\n## Mends\n\n");
    for (_, cause) in causes::ALL.iter().filter(|(doc, _)| fix.cures.contains(&&*doc.name())) {
        cause_bullet(&mut page, cause);
    }
    page
}

fn fix_bullet(page: &mut String, doc: &UnitDoc) {
    let manual = doc.manual();
    let first: Vec<&str> = manual.lines().take_while(|line| !line.is_empty()).collect();
    bullet(page, &format!("{}: {}", doc.name(), first.join(" ").trim_end_matches('.')));
}

fn entry_page(entry: &Entry) -> String {
    let mut page = format!("# {} {}\n\n", numbers(entry), entry.title);
    let _ = writeln!(page, "Made by {}.", entry.by);
    let code_in_body = entry.numbers != entry.http;
    match entry.http {
        [] => page.push_str("\nThe HTTP status that comes with it is not documented.\n"),
        [status] if code_in_body => {
            let _ = writeln!(page, "\nStands in the body; the HTTP status is {status}.");
        }
        _ => {}
    }
    let _ = write!(page, "\n## What it means\n\n{}\n", entry.means);
    let _ = write!(page, "\n## What to do first\n\n{}\n", entry.first);
    if !entry.causes.is_empty() {
        page.push_str("\n## Causes\n\n");
        for cause in entry.causes {
            cause_bullet(&mut page, cause);
        }
    }
    page.push_str("\n## Sources\n\n");
    bullet(&mut page, entry.source);
    page
}

fn line_page(
    phrases: &[&Phrase],
    events: &[LogEvent],
    entries: &[&Entry],
    causes: &[(&'static UnitDoc, &'static Cause)],
) -> String {
    let mut page = String::from("# What is known of this text\n");
    for phrase in phrases {
        let _ = write!(page, "\n## {}\n\n{}\n", phrase.title, phrase.means);
        if !phrase.causes.is_empty() || !phrase.numbers.is_empty() {
            page.push('\n');
        }
        for cause in phrase.causes {
            cause_bullet(&mut page, cause);
        }
        for known in phrase.numbers.iter().filter_map(|number| entry(*number)) {
            bullet(&mut page, &format!("{}: {}", numbers(known), known.title));
        }
        let _ = write!(page, "\nSource: {}.\n", phrase.source);
    }
    for event in events {
        page.push_str(&lines::section(event));
    }
    if !entries.is_empty() || !causes.is_empty() {
        page.push_str("\n## Codes in it\n\n");
        for entry in entries {
            bullet(&mut page, &format!("{}: {}", numbers(entry), entry.title));
        }
        for (_, cause) in causes {
            cause_bullet(&mut page, cause);
        }
    }
    page.push_str("\n`rayfix explain WORD` tells more of each code.\n");
    page
}

/// Everything that can be asked for, as a page.
#[must_use]
pub fn list() -> String {
    let mut page = String::from("# Causes\n");
    for hop in Hop::ALL {
        let mut units = causes::ALL.iter().filter(|(_, cause)| cause.hop == hop).peekable();
        if units.peek().is_none() {
            continue;
        }
        let _ = write!(page, "\n## {}\n\n", hop.word());
        for (_, cause) in units {
            cause_bullet(&mut page, cause);
        }
    }
    page.push_str("\n# Fixes\n\n");
    for (doc, _) in fixes::ALL {
        fix_bullet(&mut page, doc);
    }
    for (heading, rows) in [("Statuses", statuses::ALL), ("Codes in the body", numbered::ALL)] {
        let _ = write!(page, "\n# {heading}\n\n");
        for entry in rows {
            bullet(&mut page, &format!("{}: {}", numbers(entry), entry.title));
        }
    }
    page
}

fn cause_bullet(page: &mut String, cause: &Cause) {
    bullet(page, &format!("{} {}: {}", cause.code, name_of(cause), cause.title));
}

fn bullet(page: &mut String, text: &str) {
    let _ = writeln!(page, "- {text}");
}

fn numbers(entry: &Entry) -> String {
    let words: Vec<String> = entry.numbers.iter().map(u16::to_string).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, heading: &str) {
        let page = match find(text) {
            Ok(found) => found.page(),
            Err(near) => format!("# nothing; near: {}", near.join(" ")),
        };
        assert_eq!(page.lines().next(), Some(format!("# {heading}").as_str()), "{text}");
    }

    #[test]
    fn a_name_a_code_and_a_number_are_found_however_they_are_written() {
        for (text, heading) in [
            ("C512", "C512 tls-name-rejected"),
            ("c512", "C512 tls-name-rejected"),
            ("tls-name-rejected", "C512 tls-name-rejected"),
            ("TLS_NAME_REJECTED", "C512 tls-name-rejected"),
            (" `tls-name-rejected` ", "C512 tls-name-rejected"),
            ("502", "502 Bad gateway"),
            ("error 522", "522 Connection timed out"),
            ("HTTP 522", "522 Connection timed out"),
            ("Error code: 1033", "1033 Cloudflare Tunnel error"),
            ("error code: 1016\n", "1016 Origin DNS error"),
            ("app-start", "app-start"),
            ("cf 1016", "1016 Origin DNS error"),
            ("1008", "1006, 1007, 1008, 1106 Access denied: the visitor's address is banned"),
        ] {
            check(text, heading);
        }
    }

    #[test]
    fn a_pasted_title_of_an_error_page_is_its_status() {
        for (text, heading) in [
            ("shop.example.com | 502: Bad gateway", "502 Bad gateway"),
            ("<title>a.example | 525: SSL handshake failed</title>", "525 SSL handshake failed"),
            ("Cloudflare Tunnel error | a.example | Cloudflare", "What is known of this text"),
            ("GET / HTTP/1.1\" 504 167", "504 Gateway time-out"),
            ("502 Bad Gateway", "502 Bad gateway"),
            ("HTTP/2 522", "522 Connection timed out"),
            ("Error 1101: Worker threw exception", "1101 Worker threw exception"),
            ("{\"status\": 522, \"error_code\": 522}", "522 Connection timed out"),
        ] {
            check(text, heading);
        }
    }

    #[test]
    fn what_is_unknown_gets_suggestions_that_exist() {
        for (text, first) in [
            ("tls-name-rejectd", "tls-name-rejected"),
            ("name-rejected", "tls-name-rejected"),
            ("C599", "C5"),
            ("5022", "502"),
            ("expired", "tls-certificate-expired"),
            ("expired certificate", "tls-certificate-expired"),
        ] {
            let Err(near) = find(text) else { panic!("{text} was found") };
            assert!(near.first().is_some_and(|word| word.starts_with(first)), "{text}: {near:?}");
            assert!(near.len() <= 5 && near.iter().all(|word| find(word).is_ok()), "{near:?}");
        }
        for text in
            ["", "   ", "zzzzzzzzzzzzzzzzzz", "\u{1b}[31m", "2026-11-22 12:00:00 all is well"]
        {
            assert!(find(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rows_are_whole_and_each_number_has_one() {
        let mut numbers: Vec<u16> = Vec::new();
        for entry in entries() {
            let named = format!("{:?}", entry.numbers);
            assert!(!entry.numbers.is_empty(), "{}: no number", entry.title);
            for (field, text) in [
                ("title", entry.title),
                ("by", entry.by),
                ("means", entry.means),
                ("first", entry.first),
                ("source", entry.source),
            ] {
                assert!(!text.trim().is_empty(), "{named}: {field} is empty");
                assert!(!text.contains("  "), "{named}: {field} has two spaces in a row");
            }
            assert!(!entry.title.ends_with('.'), "{named}: a title has no final stop");
            assert!(entry.means.ends_with(['.', ')']), "{named}: means is a sentence");
            assert!(entry.first.ends_with('.'), "{named}: first is a sentence");
            for text in [entry.by, entry.means, entry.first] {
                let lower = text.to_lowercase();
                let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '-');
                let banned = ["invalid", "unexpected", "wrong", "please", "server"];
                assert!(
                    !words.any(|word| banned.contains(&word)),
                    "{named}: a banned word: {text}"
                );
                assert!(!text.contains('!'), "{named}: `!` in {text}");
            }
            numbers.extend(entry.numbers);
        }
        assert!(
            entries().map(|entry| entry.numbers[0]).is_sorted(),
            "the rows stand in the order of their first numbers"
        );
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count, "a number has two rows");
    }

    #[test]
    fn a_cause_names_its_fixes_and_a_fix_its_causes() {
        let page = find("C801").unwrap().page();
        assert!(
            page.contains("## What `rayfix fix` can do\n\n- app-start: Starts the app's unit\n"),
            "{page}"
        );
        for (doc, _) in fixes::ALL {
            let page = find(&doc.name()).unwrap().page();
            let (_, mends) = page.split_once("\n## Mends\n\n").unwrap();
            assert!(page.contains("## By hand") && mends.starts_with("- C"), "{page}");
        }
    }

    #[test]
    fn every_cause_has_a_page_with_its_code_and_headline() {
        for (doc, cause) in causes::ALL {
            let page = find(cause.code).unwrap().page();
            assert!(page.starts_with(&format!("# {} {}\n", cause.code, doc.name())), "{page}");
            assert_eq!(page, find(&doc.name()).unwrap().page());
        }
    }

    #[test]
    fn statuses_that_the_edge_makes_of_an_origin_lead_to_causes() {
        for number in [502, 504, 520, 521, 522, 523, 524, 525, 526, 530, 1000, 1016, 1033, 1200] {
            assert!(!entry(number).unwrap().causes.is_empty(), "{number}");
        }
    }

    #[test]
    fn the_list_names_everything() {
        let list = list();
        for word in vocabulary() {
            assert!(list.contains(&word), "{word}");
        }
    }
}
