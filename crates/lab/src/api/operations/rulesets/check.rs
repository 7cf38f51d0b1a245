//! What a ruleset and a rule have to look like when they are sent, and where a rule is put.

use serde_json::{Map, Value};

use super::PHASES;
use crate::api::Reply;

/// What may be sent of a ruleset.
const RULESET: &[&str] = &["description", "name", "rules"];
/// What may be sent of a rule.
const RULE: &[&str] = &[
    "action",
    "action_parameters",
    "description",
    "enabled",
    "exposed_credential_check",
    "expression",
    "id",
    "logging",
    "ratelimit",
    "ref",
];
/// What the service writes itself; sent back, it counts for nothing.
const OWN: &[&str] = &["categories", "last_updated", "version"];

/// A ruleset that was sent.
pub(super) fn ruleset(body: &Map<String, Value>) -> Result<&Map<String, Value>, Reply> {
    if let Some(unknown) = body.keys().find(|key| !RULESET.contains(&key.as_str())) {
        return Err(unknown_field(unknown));
    }
    if body.get("rules").is_some_and(|rules| !rules.is_array()) {
        return Err(invalid("rules has to be a list"));
    }
    Ok(body)
}

/// A rule that was sent, without what the service writes itself.
pub(super) fn rule(sent: &Value, phase: &str) -> Result<Map<String, Value>, Reply> {
    let mut rule =
        sent.as_object().cloned().ok_or_else(|| invalid("a rule has to be an object"))?;
    rule.retain(|key, value| !OWN.contains(&key.as_str()) && !value.is_null());
    if let Some(unknown) = rule.keys().find(|key| !RULE.contains(&key.as_str())) {
        return Err(unknown_field(unknown));
    }
    let action = rule.get("action").and_then(Value::as_str).unwrap_or_default();
    let known = PHASES.iter().find(|(name, ..)| *name == phase).map_or(&[][..], |(.., all)| *all);
    if !known.contains(&action) {
        let message = format!("the action \"{action}\" is not allowed in the phase \"{phase}\"");
        return Err(Reply::fail(400, 20016, &message));
    }
    let expression = rule.get("expression").and_then(Value::as_str).unwrap_or_default();
    if !reads(expression) {
        let message = format!("\"{expression}\" is not a valid value for expression");
        return Err(Reply::fail(400, 10020, &message));
    }
    let flag = rule.get("enabled").is_none_or(Value::is_boolean);
    let parameters = rule.get("action_parameters").is_none_or(Value::is_object);
    if !flag || !parameters {
        return Err(invalid("enabled is a boolean, action_parameters an object"));
    }
    Ok(rule)
}

/// Whether an expression can be read as far as its quotes and parentheses go.
fn reads(expression: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for letter in expression.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && !quoted && !expression.trim().is_empty()
}

/// Where a rule is put.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// At the end.
    Last,
    /// Before a rule; no id: at the top.
    Before(String),
    /// After a rule; no id: at the end.
    After(String),
    /// At a place, from 1.
    Index(usize),
}

impl Position {
    /// Reads `position` of a body.
    pub(super) fn read(sent: Option<&Value>) -> Result<Position, Reply> {
        let Some(sent) = sent.filter(|sent| !sent.is_null()) else { return Ok(Position::Last) };
        if let Some(id) = sent["before"].as_str() {
            return Ok(Position::Before(id.to_owned()));
        }
        if let Some(id) = sent["after"].as_str() {
            return Ok(Position::After(id.to_owned()));
        }
        match sent["index"].as_u64().and_then(|index| usize::try_from(index).ok()) {
            Some(index) if index > 0 => Ok(Position::Index(index)),
            _ => Err(invalid("position is one of before, after, index")),
        }
    }

    /// Puts a rule there.
    pub(super) fn place(&self, rules: &mut Vec<Value>, rule: Value) -> Result<(), Reply> {
        let at = match self {
            Position::Last => rules.len(),
            Position::Before(id) if id.is_empty() => 0,
            Position::After(id) if id.is_empty() => rules.len(),
            Position::Before(id) => super::place_of(rules, id)?,
            Position::After(id) => super::place_of(rules, id)? + 1,
            Position::Index(index) => index - 1,
        };
        if at > rules.len() {
            return Err(invalid("position is beyond the end"));
        }
        rules.insert(at, rule);
        Ok(())
    }
}

fn unknown_field(name: &str) -> Reply {
    invalid(&format!("unknown field \"{name}\""))
}

fn invalid(what: &str) -> Reply {
    Reply::fail(400, 10014, &format!("invalid JSON: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_has_to_close_what_it_opens() {
        assert!(reads("(http.host eq \"a) b\")"));
        assert!(reads("true"));
        assert!(!reads("(http.host eq \"a\""));
        assert!(!reads("http.host eq \"a"));
        assert!(!reads(") ("));
        assert!(!reads(" "));
    }
}
