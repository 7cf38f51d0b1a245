//! Which location of a server answers for a path.
//!
//! As `ngx_http_core_find_location` of nginx 1.22.1 searches: `=`, then the longest prefix and what
//! is nested in it, then the regular expressions in order unless that prefix says `^~`. Two things
//! are easily missed: a nested match ends the search before the outer expressions are tried, and a
//! `location /x/` that passes on answers `/x` with a redirect. Where a regular expression is
//! unclear, both ways are told.

use super::pattern::{self, Captures, Truth};
use super::tree::{Children, Directive};

/// Directives that hand a request to an upstream.
pub(super) const PASSES: [&str; 6] =
    ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"];

/// Ways that are told at most.
const WAYS: usize = 12;
/// Regular expressions of one level that are tried at most.
const PATTERNS: usize = 2000;

/// How a location names its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Exact,
    /// Whether `^~` keeps the regular expressions out.
    Prefix(bool),
    /// Whether in any case.
    Pattern(bool),
    Named,
}

/// Reads the arguments of a location.
pub(super) fn form(location: Directive<'_>) -> Option<(Form, &str)> {
    let first = location.arg(0);
    if location.args().len() >= 2 {
        let form = match first {
            "=" => Form::Exact,
            "^~" => Form::Prefix(true),
            "~" => Form::Pattern(false),
            "~*" => Form::Pattern(true),
            _ => return None,
        };
        return Some((form, location.arg(1)));
    }
    // Without a space the modifier is read just the same.
    for (start, form) in [
        ("=", Form::Exact),
        ("^~", Form::Prefix(true)),
        ("~*", Form::Pattern(true)),
        ("~", Form::Pattern(false)),
    ] {
        if let Some(name) = first.strip_prefix(start) {
            return Some((form, name));
        }
    }
    Some((if first.starts_with('@') { Form::Named } else { Form::Prefix(false) }, first))
}

/// Something that must hold for a way to be taken; the location whose expression is unclear.
#[derive(Debug, Clone, Copy)]
pub(super) struct If<'t> {
    pub(super) location: Directive<'t>,
    pub(super) matches: bool,
}

/// Where a search ends.
#[derive(Debug, Clone)]
pub(super) struct Way<'t> {
    /// The locations, outermost first; empty if none answers.
    pub(super) path: Vec<Directive<'t>>,
    /// The path lacks the final slash of the last location, and is redirected.
    pub(super) redirects: bool,
    pub(super) ifs: Vec<If<'t>>,
    pub(super) captures: Option<Captures>,
    /// No more expressions are tried.
    done: bool,
}

/// All ways that the search may end, the certain one or the likelier ones first; never empty.
pub(super) fn find<'t>(level: &Children<'t>, uri: &str) -> Vec<Way<'t>> {
    let (prefix, patterns) = prefixes(level.clone(), uri);
    let mut open = Vec::new();
    let mut keep_patterns_out = false;
    match prefix {
        Best::Exact(location) => return vec![Way::to(location, true)],
        Best::Redirects(location) => {
            return vec![Way { redirects: true, ..Way::to(location, true) }];
        }
        Best::Prefix(location, out) => {
            keep_patterns_out = out;
            for mut way in find(&location.children(), uri) {
                way.path.insert(0, location);
                open.push(way);
            }
        }
        Best::Nothing => open.push(Way::nowhere()),
    }
    let mut ended = Vec::new();
    for mut way in open {
        if !way.done && !keep_patterns_out {
            try_patterns(&patterns, uri, &mut way, &mut ended);
        } else {
            ended.push(way);
        }
    }
    ended.truncate(WAYS);
    ended
}

/// Tries the expressions in order; `way` is where the search ends if none matches.
fn try_patterns<'t>(
    patterns: &[(Directive<'t>, &'t str, bool)],
    uri: &str,
    way: &mut Way<'t>,
    ended: &mut Vec<Way<'t>>,
) {
    let mut unclear = Vec::new();
    let mut last = None;
    for &(location, text, caseless) in patterns {
        let (truth, captures) = pattern::matches(text, caseless, uri);
        if truth == Truth::No {
            continue;
        }
        let ifs = |matches| way.ifs.iter().copied().chain([If { location, matches }]);
        for mut inner in find(&location.children(), uri) {
            inner.path.insert(0, location);
            inner.captures = inner.captures.or_else(|| captures.clone());
            inner.done = true;
            if truth == Truth::Unclear {
                inner.ifs = ifs(true).chain(inner.ifs).collect();
                unclear.push(inner);
            } else {
                inner.ifs = way.ifs.iter().copied().chain(inner.ifs).collect();
                last.get_or_insert_with(Vec::new).push(inner);
            }
        }
        if truth == Truth::Yes || unclear.len() >= WAYS {
            break;
        }
        way.ifs = ifs(false).collect();
    }
    ended.append(&mut last.unwrap_or_else(|| vec![way.clone()]));
    ended.append(&mut unclear);
}

enum Best<'t> {
    Exact(Directive<'t>),
    Redirects(Directive<'t>),
    Prefix(Directive<'t>, bool),
    Nothing,
}

type Patterns<'t> = Vec<(Directive<'t>, &'t str, bool)>;

/// The best of the locations without regular expression, and those with one.
fn prefixes<'t>(level: Children<'t>, uri: &str) -> (Best<'t>, Patterns<'t>) {
    let (mut exact, mut redirects, mut longest) = (None, None, None::<(Directive<'_>, &str, bool)>);
    let mut patterns = Vec::new();
    for location in level.filter(|child| child.name() == "location") {
        let Some((form, name)) = form(location) else { continue };
        let slashless = name.strip_suffix('/').is_some_and(|rest| rest == uri);
        match form {
            Form::Exact if name == uri => exact = exact.or(Some(location)),
            Form::Pattern(caseless) if patterns.len() < PATTERNS => {
                patterns.push((location, name, caseless));
            }
            Form::Prefix(out) if uri.starts_with(name) => {
                if longest.is_none_or(|(_, best, _)| name.len() > best.len()) {
                    longest = Some((location, name, out));
                }
            }
            Form::Exact | Form::Prefix(_) if slashless && passes(location).is_some() => {
                redirects = redirects.or(Some(location));
            }
            Form::Exact | Form::Prefix(_) | Form::Pattern(_) | Form::Named => {}
        }
    }
    let best = match (exact, redirects, longest) {
        (Some(location), _, _) => Best::Exact(location),
        // A prefix that is the whole path is found before the redirect.
        (_, _, Some((location, name, out))) if name == uri => Best::Prefix(location, out),
        (_, Some(location), _) => Best::Redirects(location),
        (_, _, Some((location, _, out))) => Best::Prefix(location, out),
        _ => Best::Nothing,
    };
    (best, patterns)
}

/// The directive of a location that hands requests to an upstream.
pub(super) fn passes(location: Directive<'_>) -> Option<Directive<'_>> {
    location.children().find(|child| PASSES.contains(&child.name()))
}

/// The location of this name, with its `@`.
pub(super) fn named<'t>(server: Directive<'t>, name: &str) -> Option<Directive<'t>> {
    server.children().find(|child| child.name() == "location" && child.arg(0) == name)
}

impl<'t> Way<'t> {
    fn to(location: Directive<'t>, done: bool) -> Self {
        Way { path: vec![location], done, ..Way::nowhere() }
    }

    fn nowhere() -> Self {
        Way { path: Vec::new(), redirects: false, ifs: Vec::new(), captures: None, done: false }
    }
}
