//! The ways of one request through a server, each to its end.
//!
//! The phases are walked as nginx walks them: the server's rewrites, the search for a location, its
//! rewrites, `try_files`, and what answers. Files are not looked at, so `try_files` and `index` go
//! both ways, the one that leads to an app first; what was taken for granted once on a way holds on
//! the rest of it.

use std::collections::VecDeque;

use super::layout::Layout;
use super::load::absolute;
use super::locate::{self, Way};
use super::pass::pass;
use super::script::{Flow, Scene, State};
use super::serve::server_block;
use super::served::{Block, LeadsTo, Route};
use super::settings::{Access, Client, ErrorPage, Levels, Logs};
use super::tree::Directive;
use crate::proxy::{Note, Stated};

/// Routes that are told.
const ROUTES: usize = 24;
/// Redirects within nginx; it gives up after ten as well (`NGX_HTTP_MAX_URI_CHANGES`).
const TURNS: u32 = 10;
/// Steps that are taken for one request.
const STEPS: usize = 500;

/// Directives whose module answers by itself, and which are not looked into.
const ANSWERS: [&str; 16] = [
    "content_by_lua_block",
    "content_by_lua_file",
    "content_by_lua",
    "js_content",
    "perl",
    "stub_status",
    "empty_gif",
    "echo",
    "passenger_enabled",
    "drizzle_pass",
    "postgres_pass",
    "redis_pass",
    "redis2_pass",
    "push_stream_subscriber",
    "rtmp_stat",
    "vhost_traffic_status_display",
];

fn location_block(location: Directive<'_>) -> Block {
    let words: Vec<&str> = location.args().collect();
    Block { label: words.join(" "), at: location.at() }
}

/// How a way goes on.
enum Step<'t> {
    /// With the server's rewrites.
    Begin(State),
    /// With the search for a location.
    Find(State),
    /// In these locations, outermost first.
    Enter(State, Vec<Directive<'t>>),
    /// Not at all.
    Done(Box<Route>),
}

/// Where in the configuration a way is.
struct Place<'p, 't> {
    /// The locations, outermost first.
    path: &'p [Directive<'t>],
    /// The last `if` that held.
    within: Option<Directive<'t>>,
}

pub(super) struct Walk<'a, 't> {
    pub(super) scene: &'a Scene<'t>,
    pub(super) layout: &'t Layout,
    /// Those outside all locations.
    pub(super) levels: &'a Levels<'t>,
}

impl<'t> Walk<'_, 't> {
    /// Takes every way to its end.
    pub(super) fn walk(&self, state: State) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        let mut open = VecDeque::from([Step::Begin(state)]);
        for _ in 0..STEPS {
            let next = match open.pop_front() {
                None => break,
                Some(Step::Done(route)) => {
                    routes.push(*route);
                    if routes.len() > ROUTES * 2 {
                        break;
                    }
                    continue;
                }
                Some(Step::Begin(state)) if state.turns > TURNS => vec![self.gives_up(state)],
                Some(Step::Find(state)) if state.turns > TURNS => vec![self.gives_up(state)],
                Some(Step::Begin(state)) => self.begin(state),
                Some(Step::Find(state)) => self.find(&state),
                Some(Step::Enter(state, path)) => self.enter(&path, state),
            };
            // What follows from this way comes before the ways that were open already.
            for step in next.into_iter().rev() {
                open.push_front(step);
            }
        }
        distinct(routes)
    }

    fn gives_up(&self, state: State) -> Step<'t> {
        let why = "nginx redirects within itself more than 10 times and answers 500".to_owned();
        let end = LeadsTo::Stuck { why, at: self.scene.server.at() };
        self.done(&Place { path: &[], within: None }, state, end)
    }

    fn begin(&self, state: State) -> Vec<Step<'t>> {
        let ends = self.scene.run(self.scene.server, state).into_iter();
        let next = ends.map(|(state, flow)| match flow {
            Flow::Ends(end) => self.done(&Place { path: &[], within: None }, state, end),
            Flow::On(_) => Step::Find(state),
        });
        next.collect()
    }

    fn find(&self, state: &State) -> Vec<Step<'t>> {
        let ways = locate::find(&self.scene.server.children(), &state.uri);
        ways.into_iter().map(|way| self.found(way, state.clone())).collect()
    }

    fn found(&self, way: Way<'t>, mut state: State) -> Step<'t> {
        for condition in &way.ifs {
            let label = location_block(condition.location).label;
            let says = if condition.matches { "matches" } else { "does not match" };
            state.give(format!("`{label}` {says} the path"), condition.location.at());
        }
        if way.ifs.iter().any(|condition| condition.matches) {
            state.lose_captures();
        }
        state.capture(way.captures);
        (state.changed, state.located) = (false, true);
        let (true, Some(last)) = (way.redirects, way.path.last()) else {
            return Step::Enter(state, way.path);
        };
        let mark = if state.query.is_empty() { "" } else { "?" };
        let text = Some(format!("{}/{mark}{}", state.uri, state.query));
        let end = LeadsTo::Returns { status: 301, text, at: last.at() };
        self.done(&Place { path: &way.path, within: None }, state, end)
    }

    fn enter(&self, path: &[Directive<'t>], state: State) -> Vec<Step<'t>> {
        let place = Place { path, within: None };
        let internal = path.iter().rev().find_map(|location| location.child("internal"));
        if let Some(internal) = internal.filter(|_| !state.internal) {
            let why = "the location is `internal`, and nginx answers visitors 404".to_owned();
            return vec![self.done(&place, state, LeadsTo::Stuck { why, at: internal.at() })];
        }
        let Some(&location) = path.last() else {
            return self.content(&place, state);
        };
        let mut next = Vec::new();
        for (mut state, flow) in self.scene.run(location, state) {
            match flow {
                Flow::Ends(end) => next.push(self.done(&place, state, end)),
                Flow::On(_) if state.changed => {
                    state.turns += 1;
                    state.through.push(location_block(location));
                    next.push(Step::Find(state));
                }
                Flow::On(within) => next.append(&mut self.content(&Place { path, within }, state)),
            }
        }
        next
    }

    /// The block that is looked into.
    fn block(&self, place: &Place<'_, 't>) -> Directive<'t> {
        place.path.last().copied().unwrap_or(self.scene.server)
    }

    fn handler(&self, place: &Place<'_, 't>) -> Option<Directive<'t>> {
        let own = || place.path.last().copied().and_then(locate::passes);
        place.within.and_then(locate::passes).or_else(own)
    }

    /// What answers in a place: `try_files` first.
    fn content(&self, place: &Place<'_, 't>, state: State) -> Vec<Step<'t>> {
        // An `if` that holds has no try_files, whatever its location says.
        let Some(tries) = self.block(place).child("try_files").filter(|_| place.within.is_none())
        else {
            return self.answer(place, state);
        };
        let last = tries.args().len().saturating_sub(1);
        let names: Vec<&str> = tries.args().take(last).collect();
        let fallback = tries.arg(last);
        let folder = self.folder(place, &state).value;
        let mut rest = Some(state.clone());
        let mut found = Vec::new();
        for name in &names {
            let mut there = state.clone();
            let kind = if name.ends_with('/') { "folder" } else { "file" };
            let given = format!("the {kind} of `{name}` is there");
            let Some(uri) = self.scene.expand(name, &state) else {
                there.give(given, tries.at());
                found.push(there);
                continue;
            };
            let uri = single_slashes(&uri);
            // A path that ends with a slash is a folder, and only a name that ends so is one.
            if uri.ends_with('/') && kind == "file" {
                continue;
            }
            let file = file_of(&folder, &uri);
            match state.knows(&file) {
                Some(false) => continue,
                Some(true) => {}
                None => {
                    there.give(given, tries.at());
                    there.know(&file, true);
                    if let Some(rest) = &mut rest {
                        rest.know(&file, false);
                    }
                }
            }
            there.uri = uri;
            found.push(there);
            if state.knows(&file) == Some(true) {
                rest = None;
                break;
            }
        }
        let mut next: Vec<Step<'t>> =
            found.into_iter().flat_map(|state| self.answer(place, state)).collect();
        if let Some(mut rest) = rest {
            if !next.is_empty() {
                rest.give(format!("none of `{}` is there", names.join(" ")), tries.at());
            }
            let end = self.fall_back(place, fallback, tries, rest);
            // What leads to an app comes first.
            let app_first = self.handler(place).is_none() && !fallback.starts_with('=');
            next.insert(if app_first { 0 } else { next.len() }, end);
        }
        next
    }

    /// The last argument of `try_files`: a status, a named location, or another path.
    fn fall_back(
        &self,
        place: &Place<'_, 't>,
        fallback: &str,
        tries: Directive<'t>,
        mut state: State,
    ) -> Step<'t> {
        if let Some(status) = fallback.strip_prefix('=').and_then(|status| status.parse().ok()) {
            return self.done(
                place,
                state,
                LeadsTo::Returns { status, text: None, at: tries.at() },
            );
        }
        if fallback.starts_with('@') {
            let Some(named) = locate::named(self.scene.server, fallback) else {
                let why = format!("there is no location `{fallback}`, and nginx answers 500");
                return self.done(place, state, LeadsTo::Stuck { why, at: tries.at() });
            };
            self.leave(place, &mut state);
            state.internal = true;
            return if state.turns > TURNS {
                self.gives_up(state)
            } else {
                Step::Enter(state, vec![named])
            };
        }
        let (uri, query) = fallback.split_once('?').unwrap_or((fallback, ""));
        match self.scene.expand(uri, &state).zip(self.scene.expand(query, &state)) {
            Some((uri, query)) => {
                self.leave(place, &mut state);
                redirect(uri, query, state)
            }
            None => {
                let what = format!("the path of `try_files … {fallback}`");
                self.done(place, state, LeadsTo::Unknown { what, at: tries.at() })
            }
        }
    }

    /// Notes that a way was here.
    fn leave(&self, place: &Place<'_, 't>, state: &mut State) {
        state.turns += 1;
        state.through.push(match place.path.last() {
            Some(location) => location_block(*location),
            None => server_block(self.scene.server),
        });
    }

    fn answer(&self, place: &Place<'_, 't>, state: State) -> Vec<Step<'t>> {
        if let Some(handler) = self.handler(place) {
            let levels = self.levels(place);
            let mut notes = Vec::new();
            let location = place.path.last().copied();
            let folder = self.folder(place, &state).value;
            let end = pass(self.scene, &state, handler, location, &levels, &folder, &mut notes);
            return vec![self.noted(place, state, end, notes)];
        }
        let block = self.block(place);
        if let Some(other) = block.children().find(|child| ANSWERS.contains(&child.name())) {
            let end = LeadsTo::Unknown { what: other.name().to_owned(), at: other.at() };
            return vec![self.done(place, state, end)];
        }
        let folder = self.folder(place, &state);
        if !state.uri.ends_with('/') {
            return vec![self.done(place, state, LeadsTo::Files { folder })];
        }
        self.index(place, folder, state)
    }

    /// A folder: the first file of `index` that is there answers, in whatever location it belongs to.
    fn index(
        &self,
        place: &Place<'_, 't>,
        folder: Stated<String>,
        mut state: State,
    ) -> Vec<Step<'t>> {
        let default = || Stated::default_of(vec!["index.html".to_owned()]);
        let index = self.levels(place).words("index").unwrap_or_else(default);
        let at = index.at.clone().unwrap_or_else(|| self.block(place).at());
        let mut next = Vec::new();
        for name in &index.value {
            let Some(name) = self.scene.expand(name, &state) else { continue };
            let uri =
                if name.starts_with('/') { name.clone() } else { format!("{}{name}", state.uri) };
            let file = file_of(&folder.value, &uri);
            let known = state.knows(&file);
            if known == Some(false) {
                continue;
            }
            let mut there = state.clone();
            if known.is_none() {
                there.give(format!("`{name}` is there"), at.clone());
                there.know(&file, true);
                state.give(format!("`{name}` is not there"), at.clone());
                state.know(&file, false);
            }
            self.leave(place, &mut there);
            let query = there.query.clone();
            next.push(redirect(uri, query, there));
            if known == Some(true) {
                return next;
            }
        }
        next.push(self.done(place, state, LeadsTo::Files { folder }));
        next
    }

    /// `root` or `alias`.
    fn folder(&self, place: &Place<'_, 't>, state: &State) -> Stated<String> {
        let alias = place.path.last().and_then(|location| location.child("alias"));
        let Some(stated) = alias.or_else(|| self.levels(place).one("root")) else {
            return Stated::default_of(absolute(&self.layout.prefix, "html"));
        };
        let text = stated.arg(0);
        let value = self.scene.expand(text, state).unwrap_or_else(|| text.to_owned());
        let relative = !value.starts_with('$');
        let value = if relative { absolute(&self.layout.prefix, &value) } else { value };
        Stated { value, at: Some(stated.at()) }
    }

    fn levels(&self, place: &Place<'_, 't>) -> Levels<'t> {
        self.levels.with(place.path.iter().copied().chain(place.within))
    }

    fn done(&self, place: &Place<'_, 't>, state: State, leads_to: LeadsTo) -> Step<'t> {
        self.noted(place, state, leads_to, Vec::new())
    }

    fn noted(
        &self,
        place: &Place<'_, 't>,
        state: State,
        leads_to: LeadsTo,
        notes: Vec<Note>,
    ) -> Step<'t> {
        let levels = self.levels(place);
        Step::Done(Box::new(Route {
            given: state.given,
            through: state.through,
            location: place.path.last().map(|location| location_block(*location)),
            path: state.uri,
            leads_to,
            access: Access::of(&levels),
            client: Client::of(&levels),
            logs: Logs::of(&levels),
            error_pages: ErrorPage::of(&levels),
            notes,
        }))
    }
}

/// A redirect within nginx begins anew with the server's rewrites.
fn redirect<'t>(uri: String, query: String, mut state: State) -> Step<'t> {
    (state.uri, state.query) = (uri, query);
    (state.internal, state.as_sent) = (true, false);
    Step::Begin(state)
}

fn single_slashes(path: &str) -> String {
    let mut single = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !single.ends_with('/') {
            single.push(letter);
        }
    }
    single
}

/// What is known to be there or not: the file, or with its slash the folder.
fn file_of(folder: &str, uri: &str) -> String {
    format!("{}{uri}", folder.trim_end_matches('/'))
}

/// Ways with the same end are one: where the first of them stands, with the fewest things given.
fn distinct(routes: Vec<Route>) -> Vec<Route> {
    let mut kept: Vec<Route> = Vec::new();
    for route in routes {
        let same = |known: &&mut Route| {
            known.location == route.location
                && known.leads_to == route.leads_to
                && known.path == route.path
        };
        match kept.iter_mut().find(same) {
            Some(known) if route.given.len() < known.given.len() => *known = route,
            Some(_) => {}
            None => kept.push(route),
        }
    }
    kept.truncate(ROUTES);
    kept
}
