//! Cloudflare's rule language, as far as it can be decided for one request: whether a rule is for it.
//!
//! What a request does not tell (the visitor's country, a header, a list) and what nobody here knows
//! (functions, operators) is neither true nor false; `and` and `or` carry that on. So an answer of yes or no
//! holds whatever the unknown parts are.

use crate::target::{Scheme, Site};

/// Deeper expressions are not decided.
const DEEPEST: usize = 64;
/// Longer ones neither; Cloudflare takes 4096 characters.
const LONGEST: usize = 8192;

/// Whether a rule with this expression is for a GET of the site; `None`: cannot be decided.
#[must_use]
pub fn decides(expression: &str, site: &Site) -> Option<bool> {
    if expression.len() > LONGEST {
        return None;
    }
    let words = words(expression)?;
    let mut reader = Reader { words: &words, site, depth: 0 };
    let truth = reader.any()?;
    if reader.words.is_empty() { truth } else { None }
}

/// Whether a text fits a pattern in which `*` stands for any text. Both as they are.
#[must_use]
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the last star stood, and how far it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == text.get(t) {
            p += 1;
            t += 1;
        } else if let Some((at, eaten)) = star {
            star = Some((at, eaten + 1));
            p = at + 1;
            t = eaten + 1;
        } else {
            return false;
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// A field, a keyword, a function, a number.
    Name(String),
    /// What stood between quotes.
    Text(String),
    /// A sign: `(`, `==`, `&&`.
    Sign(&'static str),
}

/// What can be compared; `None` inside: the request does not tell it.
enum Value {
    Text(Option<String>),
    Truth(Option<bool>),
}

/// The longest first.
const SIGNS: [&str; 18] = [
    "==", "!=", "<=", ">=", "&&", "||", "^^", "(", ")", "{", "}", ",", "!", "<", ">", "~", "[", "]",
];

/// The words of an expression; `None` where it is not one.
fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let hashes = rest.strip_prefix('r').map(|raw| {
            let after = raw.trim_start_matches('#');
            (raw.len() - after.len(), after)
        });
        if first == '"' {
            let (said, after) = quoted(&rest[1..])?;
            words.push(Word::Text(said));
            rest = after;
        } else if let Some((hashes, raw)) = hashes.filter(|(_, raw)| raw.starts_with('"')) {
            let end = format!("\"{}", "#".repeat(hashes));
            let (said, after) = raw[1..].split_once(&end)?;
            words.push(Word::Text(said.to_owned()));
            rest = after;
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            words.push(Word::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let fits = |c: char| c.is_ascii_alphanumeric() || "._$-/:*".contains(c);
            let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            words.push(Word::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Some(words)
}

/// A text up to its closing quote, and what follows; `\"` and `\\` stand for themselves.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut said = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((said, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                escaped @ ('"' | '\\') => said.push(escaped),
                // Bytes by number: nobody writes names so.
                _ => return None,
            },
            other => said.push(other),
        }
    }
    None
}

/// Reads from the front. `None` of a method: the form is not known, so nothing can be said of the whole;
/// `Some(None)`: this part cannot be decided.
struct Reader<'a> {
    words: &'a [Word],
    site: &'a Site,
    depth: usize,
}

type Truth = Option<bool>;

impl Reader<'_> {
    fn takes(&mut self, names: &[&str]) -> bool {
        let fits = match self.words.first() {
            Some(Word::Name(name)) => names.contains(&name.as_str()),
            Some(Word::Sign(sign)) => names.contains(sign),
            _ => false,
        };
        if fits {
            self.words = &self.words[1..];
        }
        fits
    }

    /// `or`, which binds the least.
    fn any(&mut self) -> Option<Truth> {
        let mut truth = self.either()?;
        while self.takes(&["or", "||"]) {
            truth = or(truth, self.either()?);
        }
        Some(truth)
    }

    /// `xor`.
    fn either(&mut self) -> Option<Truth> {
        let mut truth = self.all()?;
        while self.takes(&["xor", "^^"]) {
            let other = self.all()?;
            truth = truth.zip(other).map(|(one, other)| one != other);
        }
        Some(truth)
    }

    /// `and`.
    fn all(&mut self) -> Option<Truth> {
        let mut truth = self.one()?;
        while self.takes(&["and", "&&"]) {
            truth = not(or(not(truth), not(self.one()?)));
        }
        Some(truth)
    }

    fn one(&mut self) -> Option<Truth> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let truth = if self.takes(&["not", "!"]) {
            not(self.one()?)
        } else if self.takes(&["("]) {
            let truth = self.any()?;
            self.takes(&[")"]).then_some(truth)?
        } else {
            let left = self.value()?;
            self.compared(left)?
        };
        self.depth -= 1;
        Some(truth)
    }

    /// A field, a literal, or a call.
    fn value(&mut self) -> Option<Value> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        let name = match first {
            Word::Text(text) => return Some(Value::Text(Some(text.clone()))),
            Word::Name(name) => name.as_str(),
            Word::Sign(_) => return None,
        };
        if self.takes(&["("]) {
            return self.call(name);
        }
        // A part of a map or list: `http.request.headers["host"][0]`.
        let mut part = false;
        while self.takes(&["["]) {
            self.value()?;
            part = self.takes(&["]"]).then_some(true)?;
        }
        if part {
            return Some(Value::Text(None));
        }
        Some(self.field(name))
    }

    fn field(&self, name: &str) -> Value {
        let site = self.site;
        let (path, query) = site.path.split_once('?').unwrap_or((&site.path, ""));
        let text = |text: &str| Value::Text(Some(text.to_owned()));
        match name {
            "true" => Value::Truth(Some(true)),
            "false" => Value::Truth(Some(false)),
            "ssl" => Value::Truth(Some(site.scheme == Scheme::Https)),
            "http.host" => text(&site.host),
            "http.request.method" => text("GET"),
            "http.request.uri" | "raw.http.request.uri" => text(&site.path),
            "http.request.uri.path" | "raw.http.request.uri.path" => text(path),
            "http.request.uri.query" | "raw.http.request.uri.query" => text(query),
            "http.request.full_uri" | "raw.http.request.full_uri" => text(&site.to_string()),
            _ => Value::Text(None),
        }
    }

    /// A function, after its bracket.
    fn call(&mut self, name: &str) -> Option<Value> {
        let mut given = Vec::new();
        while !self.takes(&[")"]) {
            given.push(self.value()?);
            if !self.takes(&[","]) && self.words.first() != Some(&Word::Sign(")")) {
                return None;
            }
        }
        let texts: Option<Vec<String>> = given
            .into_iter()
            .map(|value| match value {
                Value::Text(text) => text,
                Value::Truth(_) => None,
            })
            .collect();
        let texts = texts.as_deref();
        Some(match (name, texts) {
            ("lower", Some([text])) => Value::Text(Some(text.to_ascii_lowercase())),
            ("upper", Some([text])) => Value::Text(Some(text.to_ascii_uppercase())),
            ("starts_with", Some([text, part])) => {
                Value::Truth(Some(text.starts_with(part.as_str())))
            }
            ("ends_with", Some([text, part])) => Value::Truth(Some(text.ends_with(part.as_str()))),
            ("starts_with" | "ends_with", _) => Value::Truth(None),
            _ => Value::Text(None),
        })
    }

    /// What follows a value: an operator and what it is compared with, or nothing.
    fn compared(&mut self, left: Value) -> Option<Truth> {
        let Value::Text(left) = left else {
            let Value::Truth(truth) = left else { return None };
            return self.truth_compared(truth);
        };
        let strict = self.takes(&["strict"]);
        if self.takes(&["in"]) {
            return self.within(left.as_deref());
        }
        let told = |right: Value| match right {
            Value::Text(text) => left.clone().zip(text),
            Value::Truth(_) => None,
        };
        if self.takes(&["wildcard"]) {
            let case = |text: &str| if strict { text.to_owned() } else { text.to_lowercase() };
            let both = told(self.value()?);
            // A backslash makes a star a star; rare enough not to be decided.
            let both = both.filter(|(_, pattern)| !pattern.contains('\\'));
            return Some(both.map(|(text, pattern)| wildcard(&case(&pattern), &case(&text))));
        }
        if self.takes(&["eq", "=="]) {
            return Some(told(self.value()?).map(|(one, other)| one == other));
        }
        if self.takes(&["ne", "!="]) {
            return Some(told(self.value()?).map(|(one, other)| one != other));
        }
        if self.takes(&["contains"]) {
            return Some(told(self.value()?).map(|(text, part)| text.contains(&part)));
        }
        if self.takes(&["matches", "~", "lt", "le", "gt", "ge", "<", "<=", ">", ">="]) {
            self.value()?;
            return Some(None);
        }
        // A field that is true or false by itself, which nobody here knows.
        left.is_none().then_some(None)
    }

    fn truth_compared(&mut self, truth: Truth) -> Option<Truth> {
        let same = if self.takes(&["eq", "=="]) {
            true
        } else if self.takes(&["ne", "!="]) {
            false
        } else {
            return Some(truth);
        };
        let Value::Truth(other) = self.value()? else { return Some(None) };
        Some(truth.zip(other).map(|(one, other)| (one == other) == same))
    }

    /// `{"a" "b"}` or a named list.
    fn within(&mut self, text: Option<&str>) -> Option<Truth> {
        if !self.takes(&["{"]) {
            // `$list`: its members lie elsewhere.
            self.value()?;
            return Some(None);
        }
        let (mut found, mut only_texts) = (false, true);
        while !self.takes(&["}"]) {
            match self.words.split_first()? {
                (Word::Text(one), rest) => {
                    found |= text == Some(one.as_str());
                    self.words = rest;
                }
                (_, rest) => {
                    only_texts = false;
                    self.words = rest;
                }
            }
        }
        Some(text.filter(|_| found || only_texts).map(|_| found))
    }
}

fn not(truth: Truth) -> Truth {
    truth.map(|truth| !truth)
}

fn or(one: Truth, other: Truth) -> Truth {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(url: &str) -> Site {
        Site::parse(url).unwrap()
    }

    fn decided(expression: &str) -> Option<bool> {
        decides(expression, &site("https://shop.example.com/cart/show?item=1"))
    }

    #[test]
    fn the_common_forms_are_decided() {
        for expression in [
            "true",
            "(true)",
            "http.host eq \"shop.example.com\"",
            "(http.host == \"shop.example.com\")",
            "http.host eq r\"shop.example.com\"",
            "http.host eq r#\"shop.example.com\"#",
            "http.host in {\"a.example.com\" \"shop.example.com\"}",
            "not http.host in {\"a.example.com\"}",
            "http.host ne \"a.example.com\" and ssl",
            "ends_with(http.host, \".example.com\")",
            "starts_with(http.request.uri.path, \"/cart\")",
            "starts_with(lower(http.host), \"shop\")",
            "http.host contains \"example\"",
            "http.host wildcard \"*.Example.com\"",
            "http.request.full_uri wildcard \"https://*.example.com/cart/*\"",
            "http.request.uri.path strict wildcard \"/cart/*\"",
            "http.request.uri.path eq \"/cart/show\"",
            "http.request.uri.query eq \"item=1\"",
            "(http.host eq \"x\") or (http.host eq \"shop.example.com\" && !(http.request.uri.path eq \"/\"))",
            "ssl == true",
        ] {
            assert_eq!(decided(expression), Some(true), "{expression}");
            assert_eq!(decided(&format!("not ({expression})")), Some(false), "{expression}");
        }
        for expression in [
            "false",
            "not ssl",
            "http.host eq \"Shop.example.com\"",
            "http.host wildcard \"*.example.org\"",
            "http.request.uri.path strict wildcard \"/Cart/*\"",
            "http.host eq \"shop.example.com\" xor ssl",
            "http.request.method eq \"POST\"",
        ] {
            assert_eq!(decided(expression), Some(false), "{expression}");
        }
    }

    #[test]
    fn what_the_request_does_not_tell_stays_open_unless_the_rest_decides() {
        for (expression, truth) in [
            ("ip.src.country eq \"DE\"", None),
            ("not ip.src.country eq \"DE\"", None),
            ("ip.src.country eq \"DE\" and http.host eq \"other\"", Some(false)),
            ("ip.src.country eq \"DE\" or http.host eq \"shop.example.com\"", Some(true)),
            ("ip.src.country eq \"DE\" or http.host eq \"other\"", None),
            ("ip.src in {192.0.2.0/24 2001:db8::/32}", None),
            ("ip.src in $office", None),
            ("http.host in $ours", None),
            ("cf.bot_management.verified_bot", None),
            ("any(http.request.headers[\"x\"][*] eq \"1\")", None),
            ("http.request.headers[\"x\"][0] eq \"1\"", None),
            ("http.host matches \"^shop\"", None),
            ("cf.threat_score gt 10 or ssl", Some(true)),
            ("len(http.host) > 3", None),
        ] {
            assert_eq!(decided(expression), truth, "{expression}");
        }
    }

    #[test]
    fn what_is_no_expression_is_not_decided() {
        let deep = format!("{}true{}", "(".repeat(500), ")".repeat(500));
        let nots = "not ".repeat(5000);
        for expression in [
            "",
            " ",
            "(",
            ")",
            "true)",
            "(true",
            "http.host eq",
            "eq \"x\"",
            "\"",
            "\"x\"",
            "true true",
            "http.host eq \"shop.example.com\" and",
            "http.host = \"x\"",
            "ü",
            "lower(",
            "in {",
            "http.host in {\"a\"",
            "r#\"",
            &deep,
            &nots,
            "{}",
            "true or ) ",
        ] {
            assert_eq!(decided(expression), None, "{expression}");
        }
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("*", "a/b", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*.example.com", "example.com", false),
            ("*example.com/*", "www.example.com/", true),
            ("a*b*c", "a-b-b-c", true),
            ("", "", true),
            ("", "a", false),
            ("ab", "a", false),
        ] {
            assert_eq!(wildcard(pattern, text), fits, "{pattern} {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,60}") {
            let _ = decided(&text);
        }

        #[test]
        fn any_row_of_words_is_answered(words in proptest::collection::vec(
            proptest::sample::select(vec!["(", ")", "not", "and", "or", "in", "{", "}", "\"a\"", "http.host",
                "eq", "ssl", "true", "lower(", ",", "[", "]", "wildcard", "!", "ip.src"]), 0..20)) {
            let _ = decided(&words.join(" "));
        }
    }
}
