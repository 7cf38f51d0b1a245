//! What an answer must not tell: the token that asked for it, and whatever is shaped like one.
//!
//! An API that echoes its question would bring the token into evidence, and from there into reports.

use std::borrow::Cow;

use serde_json::Value;

use crate::redact::REDACTED;

/// How tokens and keys begin (Cloudflare docs, API token formats, 2026).
const SHAPES: [&str; 3] = ["cfut_", "cfat_", "cfk_"];

/// Takes a secret out of every text of a value, names included. Empty: there is none.
pub(super) fn conceal(value: &mut Value, secret: &str) {
    if secret.is_empty() {
        return;
    }
    match value {
        Value::String(text) => {
            if let Cow::Owned(clean) = without(text, secret) {
                *text = clean;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| conceal(value, secret)),
        Value::Object(object) => {
            object.values_mut().for_each(|value| conceal(value, secret));
            if object.keys().any(|name| name.contains(secret)) {
                *object = std::mem::take(object)
                    .into_iter()
                    .map(|(name, value)| (without(&name, secret).into_owned(), value))
                    .collect();
            }
        }
        _ => {}
    }
}

/// A text as one line of at most so many characters, without the secret and what is shaped like one.
#[must_use]
pub(super) fn line(text: &str, secret: &str, most: usize) -> String {
    let text = without(text, secret);
    let text = without_shapes(&text);
    let mut kept = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty())
    {
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
        if kept.len() > most * 4 {
            break;
        }
    }
    if kept.chars().count() > most {
        kept = kept.chars().take(most.saturating_sub(1)).chain(['…']).collect();
    }
    kept
}

fn without<'a>(text: &'a str, secret: &str) -> Cow<'a, str> {
    if secret.is_empty() || !text.contains(secret) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(secret, REDACTED))
}

fn without_shapes(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = SHAPES.iter().filter_map(|shape| rest.find(shape)).min() {
        kept.push_str(&rest[..at]);
        kept.push_str(REDACTED);
        let of_a_token = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=".contains(c);
        rest = rest[at..].trim_start_matches(of_a_token);
    }
    kept.push_str(rest);
    kept
}
