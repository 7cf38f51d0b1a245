//! Which of the servers on a socket answers for a host.
//!
//! As `ngx_hash_find_combined` and `ngx_http_find_virtual_server` of nginx 1.22.1 decide: the exact
//! name, the longest `*.x`, the longest `x.*`, the first regular expression, the default. A name
//! that an earlier server has on the same socket is ignored, with nginx's own notion of "the same":
//! `.x` and `*.x` are, and `.x` and `x` are, whichever comes first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::{Deserialize, Serialize};

use super::pattern::{self, Captures, Truth};
use super::tree::Directive;

/// Why it is this server that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChosenBy {
    /// A `server_name` that is the host; `.x` is also that for `x`.
    Name(String),
    /// `*.x` or `.x`.
    LeadingWildcard(String),
    /// `x.*`.
    TrailingWildcard(String),
    /// A regular expression, with its `~`.
    Pattern(String),
    /// No name on this socket is the host's, and the `listen` says `default_server`.
    StatedDefault,
    /// No name on this socket is the host's, and this server is the first on it.
    FirstServer,
}

/// A name that was found, and whose it is.
#[derive(Debug, Clone)]
pub(super) struct Found<'t> {
    /// The server's place in the list.
    pub(super) server: u32,
    pub(super) by: ChosenBy,
    /// The `server_name` directive.
    pub(super) directive: Option<Directive<'t>>,
    pub(super) captures: Option<Captures>,
}

/// What the names of a socket say about a host.
#[derive(Debug, Default)]
pub(super) struct Chosen<'t> {
    /// Certain, unless a rival's pattern matches.
    pub(super) found: Option<Found<'t>>,
    /// Servers whose regular expressions come first, and may match.
    pub(super) rivals: Vec<Found<'t>>,
    /// Names that are the host's and are ignored: the directive, and the server that has the name.
    pub(super) ignored: Vec<(Directive<'t>, String, u32)>,
}

#[derive(Default)]
struct Table<'t> {
    /// Names whose exact form is taken, by whom.
    taken: HashMap<String, u32>,
    exact: HashMap<String, (u32, Option<Directive<'t>>)>,
    /// By what follows `*.`; whether the name itself is meant as well.
    heads: HashMap<String, (u32, Directive<'t>, bool)>,
    tails: HashMap<String, (u32, Directive<'t>)>,
    patterns: Vec<(u32, Directive<'t>, &'t str)>,
}

/// Chooses among servers, given by their place in the list and their block, in order. The host is
/// in lower case, without port and final dot.
pub(super) fn choose<'t>(
    servers: impl Iterator<Item = (u32, Directive<'t>)>,
    host: &str,
) -> Chosen<'t> {
    let mut table = Table::default();
    let mut chosen = Chosen::default();
    for (number, server) in servers {
        let mut any = false;
        for directive in server.children().filter(|child| child.name() == "server_name") {
            for name in directive.args() {
                any = true;
                // Names that are not the host's cannot be in its way; most are not.
                if may_matter(name, host)
                    && let Err(holder) = table.take(name, number, directive)
                    && holder != number
                    && is_for(&name.to_ascii_lowercase(), host)
                {
                    chosen.ignored.push((directive, name.to_owned(), holder));
                }
            }
        }
        if !any {
            // A server without names has the name "".
            let _ = table.take_exact(String::new(), number, None);
        }
    }
    chosen.found = table.by_name(host);
    if chosen.found.is_none() && !host.is_empty() {
        table.by_pattern(host, &mut chosen);
    }
    chosen
}

/// Whether a name, or what it is a wildcard for, has to do with the host; without allocating.
fn may_matter(name: &str, host: &str) -> bool {
    let base = name.strip_prefix('*').unwrap_or(name);
    let base = base.strip_prefix('.').unwrap_or(base);
    let base = base.strip_suffix(".*").unwrap_or(base);
    let (base, host) = (base.as_bytes(), host.as_bytes());
    let Some(longer) = host.len().checked_sub(base.len()) else { return name.starts_with('~') };
    name.starts_with('~')
        || host[longer..].eq_ignore_ascii_case(base)
        || host[..base.len()].eq_ignore_ascii_case(base)
}

/// Whether a name without regular expression is the host's.
fn is_for(name: &str, host: &str) -> bool {
    if let Some(base) = name.strip_prefix("*.") {
        return host.strip_suffix(base).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'));
    }
    if let Some(base) = name.strip_prefix('.') {
        return host == base || host.ends_with(name);
    }
    if let Some(base) = name.strip_suffix(".*") {
        return host.strip_prefix(base).is_some_and(|rest| rest.len() > 1 && rest.starts_with('.'));
    }
    name == host
}

impl<'t> Table<'t> {
    /// Takes a name; the error is the server that has it already.
    fn take(&mut self, name: &'t str, server: u32, directive: Directive<'t>) -> Result<(), u32> {
        if let Some(pattern) = name.strip_prefix('~') {
            self.patterns.push((server, directive, pattern));
            return Ok(());
        }
        let name = name.to_ascii_lowercase();
        if let Some(base) = name.strip_prefix("*.") {
            return self.take_head(base, server, directive, false);
        }
        if let Some(base) = name.strip_prefix('.') {
            match self.taken.entry(base.to_owned()) {
                Entry::Occupied(holder) => return Err(*holder.get()),
                // Taken even if the wildcard turns out to be taken: nginx does the same.
                Entry::Vacant(free) => free.insert(server),
            };
            return self.take_head(base, server, directive, true);
        }
        if let Some(base) = name.strip_suffix(".*") {
            return match self.tails.entry(base.to_owned()) {
                Entry::Occupied(holder) => Err(holder.get().0),
                Entry::Vacant(free) => {
                    free.insert((server, directive));
                    Ok(())
                }
            };
        }
        self.take_exact(name, server, Some(directive))
    }

    fn take_exact(
        &mut self,
        name: String,
        server: u32,
        directive: Option<Directive<'t>>,
    ) -> Result<(), u32> {
        match self.taken.entry(name.clone()) {
            Entry::Occupied(holder) => return Err(*holder.get()),
            Entry::Vacant(free) => free.insert(server),
        };
        self.exact.insert(name, (server, directive));
        Ok(())
    }

    fn take_head(
        &mut self,
        base: &str,
        server: u32,
        directive: Directive<'t>,
        itself: bool,
    ) -> Result<(), u32> {
        match self.heads.entry(base.to_owned()) {
            Entry::Occupied(holder) => Err(holder.get().0),
            Entry::Vacant(free) => {
                free.insert((server, directive, itself));
                Ok(())
            }
        }
    }

    fn by_name(&self, host: &str) -> Option<Found<'t>> {
        let found = |server, directive, by| Some(Found { server, by, directive, captures: None });
        if let Some(&(server, directive)) = self.exact.get(host) {
            return found(server, directive, ChosenBy::Name(host.to_owned()));
        }
        if host.is_empty() {
            return None;
        }
        if let Some(&(server, directive, true)) = self.heads.get(host) {
            return found(server, Some(directive), ChosenBy::Name(format!(".{host}")));
        }
        let dots = || host.match_indices('.').map(|(at, _)| at);
        for base in dots().filter(|&at| at > 0).map(|at| &host[at + 1..]) {
            if let Some(&(server, directive, itself)) = self.heads.get(base) {
                let name = if itself { format!(".{base}") } else { format!("*.{base}") };
                return found(server, Some(directive), ChosenBy::LeadingWildcard(name));
            }
        }
        for base in dots().collect::<Vec<_>>().into_iter().rev().map(|at| &host[..at]) {
            if let Some(&(server, directive)) = self.tails.get(base) {
                let name = format!("{base}.*");
                return found(server, Some(directive), ChosenBy::TrailingWildcard(name));
            }
        }
        None
    }

    fn by_pattern(&self, host: &str, chosen: &mut Chosen<'t>) {
        for &(server, directive, text) in &self.patterns {
            // nginx matches in any case if the pattern has a capital letter.
            let caseless = text.bytes().any(|byte| byte.is_ascii_uppercase());
            let (truth, captures) = pattern::matches(text, caseless, host);
            let by = ChosenBy::Pattern(format!("~{text}"));
            let found = Found { server, by, directive: Some(directive), captures };
            match truth {
                Truth::No => {}
                Truth::Unclear => chosen.rivals.push(found),
                Truth::Yes => {
                    chosen.found = Some(found);
                    return;
                }
            }
        }
    }
}
