//! The rewrite phase: `set`, `if`, `return`, `rewrite`, `break`, and the variables they read.
//!
//! Run for the one request in question, as `ngx_http_rewrite_module` of nginx 1.22.1 runs it. A
//! condition that only the request or the disk can decide splits the way; each half says what it
//! takes for granted. Conditions and values that may hold a secret (headers, cookies, arguments)
//! are not repeated.

use std::collections::BTreeMap;

use super::pattern::{self, Captures, Truth};
use super::request::Ask;
use super::served::{Block, Given, LeadsTo};
use super::tree::Directive;
use crate::proxy::At;

/// Ways out of one block that are followed.
const WAYS: usize = 24;
/// Things taken for granted on one way.
const GIVENS: usize = 4;
/// Maps that read each other.
const MAP_DEPTH: u32 = 5;
/// Characters that are kept of a `return` text.
const KEPT_TEXT: usize = 200;

/// The surroundings of a request, which do not change on its way.
pub(super) struct Scene<'t> {
    /// The blocks of `http` that are no servers: `upstream`, `map` …
    pub(super) blocks: Vec<Directive<'t>>,
    pub(super) server: Directive<'t>,
    pub(super) ask: &'t Ask,
    /// Bare.
    pub(super) host: String,
    pub(super) tls: bool,
    pub(super) server_name: String,
}

/// What changes on the way.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) uri: String,
    pub(super) query: String,
    vars: BTreeMap<String, Option<String>>,
    /// Absent if they are not known.
    captures: Option<Vec<String>>,
    pub(super) given: Vec<Given>,
    /// The path was rewritten: another search for a location follows.
    pub(super) changed: bool,
    /// The path is still the one that the location was found by.
    pub(super) located: bool,
    /// The path is still the one that was sent.
    pub(super) as_sent: bool,
    /// Redirected by nginx itself: `internal` locations are open.
    pub(super) internal: bool,
    pub(super) turns: u32,
    pub(super) through: Vec<Block>,
    /// Files and folders that are taken to be there or not to be there.
    files: BTreeMap<String, bool>,
}

impl State {
    pub(super) fn new(uri: String, query: String) -> Self {
        State {
            uri,
            query,
            vars: BTreeMap::new(),
            captures: Some(Vec::new()),
            given: Vec::new(),
            changed: false,
            located: true,
            as_sent: true,
            internal: false,
            turns: 0,
            through: Vec::new(),
            files: BTreeMap::new(),
        }
    }

    pub(super) fn capture(&mut self, captures: Option<Captures>) {
        let Some(captures) = captures else { return };
        self.captures = Some(captures.numbered);
        for (name, value) in captures.named {
            self.vars.insert(name, Some(value));
        }
    }

    pub(super) fn lose_captures(&mut self) {
        self.captures = None;
    }

    /// Whether a file, or with a final slash a folder, is taken to be there.
    pub(super) fn knows(&self, file: &str) -> Option<bool> {
        let as_file = file.strip_suffix('/').and_then(|file| self.files.get(file));
        // What is a file is no folder.
        if as_file == Some(&true) { Some(false) } else { self.files.get(file).copied() }
    }

    pub(super) fn know(&mut self, file: &str, there: bool) {
        self.files.insert(file.to_owned(), there);
    }

    pub(super) fn give(&mut self, text: String, at: At) {
        self.given.push(Given { text, at });
    }
}

/// How a block's script ends.
#[derive(Debug)]
pub(super) enum Flow<'t> {
    /// On to the next phase, with the directives of the last `if` that held.
    On(Option<Directive<'t>>),
    /// Here.
    Ends(LeadsTo),
}

impl<'t> Scene<'t> {
    /// Runs what stands directly in a server or location.
    pub(super) fn run(&self, block: Directive<'t>, mut state: State) -> Vec<(State, Flow<'t>)> {
        state.changed = false;
        let steps: Vec<Directive<'t>> = steps(block).collect();
        let mut ends = Vec::new();
        self.steps(&steps, state, None, &mut ends);
        ends
    }

    fn steps(
        &self,
        steps: &[Directive<'t>],
        mut state: State,
        within: Option<Directive<'t>>,
        ends: &mut Vec<(State, Flow<'t>)>,
    ) {
        for (number, &step) in steps.iter().enumerate() {
            let rest = &steps[number + 1..];
            match step.name() {
                "set" => {
                    let value = self.expand(step.arg(1), &state);
                    state.vars.insert(step.arg(0).trim_start_matches('$').to_owned(), value);
                }
                "break" => {
                    state.changed = false;
                    break;
                }
                "return" => {
                    let leads_to = self.answer(step, &state);
                    return ends.push((state, Flow::Ends(leads_to)));
                }
                "if" => {
                    let (truth, captures) = self.holds(step, &state);
                    if truth == Truth::No {
                        continue;
                    }
                    let inner: Vec<_> = self::steps(step).chain(rest.iter().copied()).collect();
                    if truth == Truth::Yes {
                        state.capture(captures);
                        return self.steps(&inner, state, Some(step), ends);
                    }
                    let says = (condition(step), "holds", "does not hold");
                    let Some(mut taken) = split(&mut state, ends, &says, step) else {
                        continue;
                    };
                    if step.args().any(|word| word.contains('~')) {
                        taken.lose_captures();
                    }
                    self.steps(rest, state, within, ends);
                    return self.steps(&inner, taken, Some(step), ends);
                }
                "rewrite" => {
                    let (truth, captures) = pattern::matches(step.arg(0), false, &state.uri);
                    if truth == Truth::No {
                        continue;
                    }
                    let mut taken = if truth == Truth::Yes {
                        state.capture(captures);
                        state.clone()
                    } else {
                        let text = format!("`{}`", step.arg(0));
                        let says = (text, "matches the path", "does not match the path");
                        let Some(mut taken) = split(&mut state, ends, &says, step) else {
                            continue;
                        };
                        taken.lose_captures();
                        taken
                    };
                    if truth == Truth::Unclear {
                        self.steps(rest, state, within, ends);
                    }
                    match self.rewrite(step, &mut taken) {
                        Rewritten::Ends(leads_to) => {
                            return ends.push((taken, Flow::Ends(leads_to)));
                        }
                        Rewritten::Stops => return ends.push((taken, Flow::On(within))),
                        Rewritten::GoesOn => return self.steps(rest, taken, within, ends),
                    }
                }
                _ => {}
            }
        }
        ends.push((state, Flow::On(within)));
    }

    fn answer(&self, step: Directive<'t>, state: &State) -> LeadsTo {
        let at = step.at();
        let first = step.arg(0);
        let text = |text: &str| {
            let text = self.expand(text, state)?;
            Some(text.chars().take(KEPT_TEXT).collect())
        };
        match first.parse::<u16>() {
            Ok(444) => LeadsTo::Closes { at },
            Ok(status) => {
                let text = (step.args().len() > 1).then(|| text(step.arg(1))).flatten();
                LeadsTo::Returns { status, text, at }
            }
            Err(_) => LeadsTo::Returns { status: 302, text: text(first), at },
        }
    }

    fn rewrite(&self, step: Directive<'t>, state: &mut State) -> Rewritten {
        let replacement = step.arg(1);
        let flag = step.arg(2);
        let outward = ["http://", "https://", "$scheme"].iter().any(|p| replacement.starts_with(p));
        let (replacement, keeps_query) = match replacement.strip_suffix('?') {
            Some(short) => (short, false),
            None => (replacement, true),
        };
        let (path, query) = replacement.split_once('?').unwrap_or((replacement, ""));
        let (path, query) = (self.expand(path, state), self.expand(query, state));
        let query = query.map(|query| match (query.is_empty(), keeps_query) {
            (_, false) => query,
            (true, true) => state.query.clone(),
            (false, true) if state.query.is_empty() => query,
            (false, true) => format!("{query}&{}", state.query),
        });
        if outward || matches!(flag, "redirect" | "permanent") {
            let status = if flag == "permanent" { 301 } else { 302 };
            let text = path.zip(query).map(|(path, query)| {
                let mark = if query.is_empty() { "" } else { "?" };
                format!("{path}{mark}{query}").chars().take(KEPT_TEXT).collect()
            });
            return Rewritten::Ends(LeadsTo::Returns { status, text, at: step.at() });
        }
        let (Some(path), Some(query)) = (path, query) else {
            let what = format!("the path after `rewrite … {}`", step.arg(1));
            return Rewritten::Ends(LeadsTo::Unknown { what, at: step.at() });
        };
        if path.is_empty() {
            let why = "the path is rewritten to nothing, and nginx answers 500".to_owned();
            return Rewritten::Ends(LeadsTo::Stuck { why, at: step.at() });
        }
        (state.uri, state.query) = (path, query);
        (state.internal, state.as_sent) = (true, false);
        if flag == "break" {
            (state.located, state.changed) = (false, false);
            return Rewritten::Stops;
        }
        state.changed = true;
        if flag == "last" { Rewritten::Stops } else { Rewritten::GoesOn }
    }

    /// Whether the condition of an `if` holds.
    fn holds(&self, step: Directive<'t>, state: &State) -> (Truth, Option<Captures>) {
        let words = condition_words(step);
        let value = |text: &str| self.expand(text, state);
        match words.as_slice() {
            [test, _] if test.starts_with('-') || test.starts_with("!-") => (Truth::Unclear, None),
            [only] => {
                let truth =
                    value(only).map_or(Truth::Unclear, |v| (!v.is_empty() && v != "0").into());
                (truth, None)
            }
            [left, operator, right] => {
                let Some(left) = value(left) else { return (Truth::Unclear, None) };
                match operator.as_str() {
                    "=" | "!=" => {
                        let Some(right) = value(right) else { return (Truth::Unclear, None) };
                        (
                            (left == right && operator == "=" || left != right && operator == "!=")
                                .into(),
                            None,
                        )
                    }
                    "~" | "~*" | "!~" | "!~*" => {
                        let caseless = operator.ends_with('*');
                        let (truth, captures) = pattern::matches(right, caseless, &left);
                        if operator.starts_with('!') {
                            (truth.not(), None)
                        } else {
                            (truth, captures)
                        }
                    }
                    _ => (Truth::Unclear, None),
                }
            }
            _ => (Truth::Unclear, None),
        }
    }

    /// Fills in the variables, if all are known.
    pub(super) fn expand(&self, text: &str, state: &State) -> Option<String> {
        self.expand_with(text, state, &[])
    }

    /// The same, with further variables.
    pub(super) fn expand_with(
        &self,
        text: &str,
        state: &State,
        more: &[(&str, Option<&str>)],
    ) -> Option<String> {
        self.fill(text, state, more, 0)
    }

    fn fill(
        &self,
        text: &str,
        state: &State,
        more: &[(&str, Option<&str>)],
        depth: u32,
    ) -> Option<String> {
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Variable(name) => match more.iter().find(|(known, _)| *known == name) {
                    Some((_, value)) => filled.push_str((*value)?),
                    None => filled.push_str(&self.variable(name, state, depth)?),
                },
            }
        }
        Some(filled)
    }

    fn variable(&self, name: &str, state: &State, depth: u32) -> Option<String> {
        if let [digit @ b'0'..=b'9'] = name.as_bytes() {
            let captures = state.captures.as_ref()?;
            return Some(captures.get(usize::from(digit - b'0')).cloned().unwrap_or_default());
        }
        if let Some(value) = state.vars.get(name) {
            return value.clone();
        }
        let query = |args: &str| if args.is_empty() { String::new() } else { format!("?{args}") };
        let port = || match &self.ask.door {
            super::request::Door::Ip(address) => Some(address.port()),
            super::request::Door::Unix(_) => None,
        };
        Some(match name {
            "host" if self.host.is_empty() => self.server_name.clone(),
            "host" => self.host.clone(),
            "http_host" => self.ask.host.clone(),
            "server_name" => self.server_name.clone(),
            "scheme" => if self.tls { "https" } else { "http" }.to_owned(),
            "https" => if self.tls { "on" } else { "" }.to_owned(),
            "request_method" => "GET".to_owned(),
            "server_port" => port()?.to_string(),
            "request_uri" => self.ask.path.split('#').next()?.to_owned(),
            "uri" | "document_uri" => state.uri.clone(),
            "args" | "query_string" => state.query.clone(),
            "is_args" => query(&state.query).chars().take(1).collect(),
            _ if name.starts_with("arg_") => argument(&state.query, &name[4..]),
            _ if depth < MAP_DEPTH => self.mapped(name, state, depth)?,
            _ => return None,
        })
    }

    /// The value that a `map` gives to a variable, if one does and what it reads is known.
    fn mapped(&self, name: &str, state: &State, depth: u32) -> Option<String> {
        let is_it =
            |map: &Directive<'_>| map.name() == "map" && map.arg(1).strip_prefix('$') == Some(name);
        let map = *self.blocks.iter().find(|block| is_it(block))?;
        let source = self.fill(map.arg(0), state, &[], depth + 1)?;
        let lower = source.to_ascii_lowercase();
        let hostnames = map.child("hostnames").is_some();
        let (mut by_key, mut wildcard, mut by_pattern, mut otherwise) = (None, None, None, None);
        for row in map.children().filter(|row| row.args().len() == 1 && row.name() != "include") {
            let key = row.name();
            if key == "default" {
                otherwise = Some(row);
            } else if let Some(text) = key.strip_prefix('~') {
                let caseless = text.starts_with('*');
                let text = text.strip_prefix('*').unwrap_or(text);
                if by_pattern.is_none() {
                    match pattern::matches(text, caseless, &source).0 {
                        Truth::No => {}
                        Truth::Yes => by_pattern = Some(Some(row)),
                        Truth::Unclear => by_pattern = Some(None),
                    }
                }
            } else if key.strip_prefix('\\').unwrap_or(key).to_ascii_lowercase() == lower {
                by_key = by_key.or(Some(row));
            } else if hostnames && (key.starts_with("*.") || key.starts_with('.')) {
                let end = key.trim_start_matches('*');
                let fits = lower.ends_with(end) || key.strip_prefix('.') == Some(&lower);
                let longer = |best: Directive<'_>| key.len() > best.name().len();
                if fits && wildcard.is_none_or(longer) {
                    wildcard = Some(row);
                }
            } else if hostnames && key.ends_with(".*") {
                // Tails come after heads in nginx; both in one map are left unclear.
                if lower.starts_with(&key[..key.len() - 1]) && wildcard.is_none() {
                    return None;
                }
            }
        }
        let row = match by_key.or(wildcard) {
            Some(row) => Some(row),
            None => match by_pattern {
                Some(found) => Some(found?),
                None => otherwise,
            },
        };
        row.map_or(Some(String::new()), |row| self.fill(row.arg(0), state, &[], depth + 1))
    }
}

enum Rewritten {
    Ends(LeadsTo),
    Stops,
    GoesOn,
}

/// The directives of a block that the rewrite phase runs.
fn steps(block: Directive<'_>) -> impl Iterator<Item = Directive<'_>> {
    block
        .children()
        .filter(|child| matches!(child.name(), "set" | "if" | "return" | "rewrite" | "break"))
}

/// Splits a way: the state goes on with "not so", what is returned with "so". Nothing if there are
/// ways enough, and "not so" is taken for granted.
fn split<'t>(
    state: &mut State,
    ends: &[(State, Flow<'t>)],
    (what, so, not_so): &(String, &str, &str),
    step: Directive<'t>,
) -> Option<State> {
    let full = ends.len() >= WAYS || state.given.len() >= GIVENS;
    let mut taken = state.clone();
    state.give(format!("{what} {not_so}"), step.at());
    taken.give(format!("{what} {so}"), step.at());
    (!full).then_some(taken)
}

/// The words between the parentheses of an `if`.
fn condition_words(step: Directive<'_>) -> Vec<String> {
    let mut words: Vec<String> = step.args().map(str::to_owned).collect();
    if let Some(first) = words.first_mut() {
        *first = first.strip_prefix('(').unwrap_or(first).to_owned();
    }
    if let Some(last) = words.last_mut() {
        *last = last.strip_suffix(')').unwrap_or(last).to_owned();
    }
    let (first, last) = (0, words.len().saturating_sub(1));
    let kept = words.into_iter().enumerate();
    kept.filter(|(n, word)| !word.is_empty() || (*n != first && *n != last))
        .map(|(_, w)| w)
        .collect()
}

/// A condition as it may be repeated.
fn condition(step: Directive<'_>) -> String {
    let mut words = condition_words(step);
    let private =
        ["http_", "cookie_", "arg_", "args", "query_string", "request_uri", "remote_user"];
    let is_private = |word: &str| {
        pieces(word).any(|piece| match piece {
            Piece::Variable(name) => private.iter().any(|start| name.starts_with(start)),
            Piece::Text(_) => false,
        })
    };
    if words.len() == 3 && is_private(&words[0]) && words[0] != "$http_host" {
        "…".clone_into(&mut words[2]);
    }
    format!("`{}`", words.join(" "))
}

/// The value of an argument of a query; empty if there is none.
fn argument(query: &str, name: &str) -> String {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

/// A part of a text with variables.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// The parts of a text with variables.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let dollar = rest.find('$').unwrap_or(rest.len());
        if dollar > 0 {
            let (piece, after) = rest.split_at(dollar);
            rest = after;
            return Some(Piece::Text(piece));
        }
        let after = &rest[1..];
        if let Some(braced) = after.strip_prefix('{')
            && let Some(end) = braced.find('}')
        {
            rest = &braced[end + 1..];
            return Some(Piece::Variable(&braced[..end]));
        }
        let length = match after.as_bytes().first() {
            Some(b'0'..=b'9') => 1,
            _ => after.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count(),
        };
        if length == 0 {
            let (piece, after) = rest.split_at(1);
            rest = after;
            return Some(Piece::Text(piece));
        }
        rest = &after[length..];
        Some(Piece::Variable(&after[..length]))
    })
}

/// The variables in a text, each once, with their `$`.
pub(super) fn variables(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if let Piece::Variable(name) = piece {
            let name = format!("${name}");
            if !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}
