//! The language of queries: fields with aliases, arguments and fields of their own. Variables are put in at once.

use serde_json::{Map, Number, Value};

/// A field that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// What the answer calls it: its alias, else its name.
    pub(super) key: String,
    /// Its name.
    pub(super) name: String,
    /// Its arguments; a bare word is a text.
    pub(super) args: Map<String, Value>,
    /// What of it is asked for.
    pub(super) fields: Vec<Field>,
}

/// How deep fields and values may lie in each other.
const DEEPEST: usize = 16;

struct Reader<'a> {
    tokens: Vec<&'a str>,
    at: usize,
    variables: &'a Map<String, Value>,
    depth: usize,
}

/// Reads a query; the `Err` is what the service would say.
pub(super) fn parse(text: &str, variables: &Map<String, Value>) -> Result<Vec<Field>, String> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, variables, depth: 0 };
    if reader.next_is("query") {
        // A name, and variables with their types, which are not checked.
        while reader.peek().is_some_and(|token| token != "{") {
            reader.at += 1;
        }
    }
    let fields = reader.fields()?;
    match reader.peek() {
        None => Ok(fields),
        Some(token) => Err(format!("error parsing query: unexpected {token}")),
    }
}

/// Words, numbers, texts and punctuation; commas are blanks.
fn tokens(text: &str) -> Result<Vec<&str>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(blank);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => {
                rest =
                    rest.split_once('\n').map_or("", |(_, after)| after).trim_start_matches(blank);
                continue;
            }
            '"' => quoted(rest).ok_or("error parsing query: unterminated string")?,
            '{' | '}' | '(' | ')' | '[' | ']' | ':' | '!' | '=' | '$' => 1,
            _ => {
                let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+');
                match rest.find(|c| !word(c)).unwrap_or(rest.len()) {
                    0 => return Err(format!("error parsing query: unexpected {first}")),
                    length => length,
                }
            }
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start_matches(blank);
    }
    Ok(tokens)
}

fn blank(c: char) -> bool {
    c.is_whitespace() || c == ','
}

/// The length of the quoted text that it begins with.
fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Result<&'a str, String> {
        let token = self.peek().ok_or("error parsing query: it ends too early")?;
        self.at += 1;
        Ok(token)
    }

    fn next_is(&mut self, token: &str) -> bool {
        let is = self.peek() == Some(token);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        let found = self.next()?;
        if found == token {
            Ok(())
        } else {
            Err(format!("error parsing query: {found} instead of {token}"))
        }
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST { Err("error parsing query: too deep".to_owned()) } else { Ok(()) }
    }

    fn fields(&mut self) -> Result<Vec<Field>, String> {
        self.deeper()?;
        self.expect("{")?;
        let mut fields = Vec::new();
        while !self.next_is("}") {
            let first = self.next()?.to_owned();
            let name = if self.next_is(":") { self.next()?.to_owned() } else { first.clone() };
            let args = if self.next_is("(") { self.members(")")? } else { Map::new() };
            let below = if self.peek() == Some("{") { self.fields()? } else { Vec::new() };
            fields.push(Field { key: first, name, args, fields: below });
        }
        self.depth -= 1;
        Ok(fields)
    }

    /// Names and values up to the end.
    fn members(&mut self, end: &str) -> Result<Map<String, Value>, String> {
        let mut members = Map::new();
        while !self.next_is(end) {
            let name = self.next()?.to_owned();
            self.expect(":")?;
            let value = self.value()?;
            members.insert(name, value);
        }
        Ok(members)
    }

    fn value(&mut self) -> Result<Value, String> {
        self.deeper()?;
        let token = self.next()?;
        let value = match token {
            "$" => {
                let name = self.next()?;
                self.variables.get(name).cloned().unwrap_or(Value::Null)
            }
            "{" => Value::Object(self.members("}")?),
            "[" => {
                let mut items = Vec::new();
                while !self.next_is("]") {
                    items.push(self.value()?);
                }
                Value::Array(items)
            }
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ if token.starts_with('"') => {
                serde_json::from_str(token).map_err(|_| "error parsing query: bad string")?
            }
            _ => match token.parse::<i64>() {
                Ok(number) => Value::Number(Number::from(number)),
                Err(_) if token.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                    Value::String(token.to_owned())
                }
                Err(_) => return Err(format!("error parsing query: unexpected {token}")),
            },
        };
        self.depth -= 1;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Vec<Field>, String> {
        let variables = json!({"zoneTag": "abc"});
        parse(text, variables.as_object().unwrap())
    }

    #[test]
    fn aliases_arguments_and_variables_are_read() {
        let text =
            "query Q($zoneTag: string!) { viewer { zones(filter: {zoneTag: $zoneTag, n: [1, -2]}) {
            # what a comment says does not matter }
            errors: groups(limit: 10, orderBy: [count_DESC]) { count dimensions { colo } } } } }";
        let fields = read(text).unwrap();
        let zones = &fields[0].fields[0];
        assert_eq!(zones.args["filter"], json!({"zoneTag": "abc", "n": [1, -2]}));
        let groups = &zones.fields[0];
        assert_eq!((groups.key.as_str(), groups.name.as_str()), ("errors", "groups"));
        assert_eq!(groups.args["orderBy"], json!(["count_DESC"]));
        assert_eq!(groups.fields[1].fields[0].name, "colo");
    }

    #[test]
    fn what_is_no_query_is_an_error_and_no_panic() {
        let deep = format!("{{{}", "a{".repeat(100));
        for text in ["", "{", "{ a(", "{ a(b: \"", "{ a(b: %) }", "}", "{ a } b", &deep] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
