//! From a request to what nginx does with it: the socket, the server, the locations, the end.
//!
//! The phases are walked as nginx walks them: the server's rewrites, the search for a location, its
//! rewrites, `try_files`, and what answers. Files are not looked at, so `try_files` and `index` go
//! both ways, the one that leads to an app first. Whether what is on disk is what runs is another
//! question.

use std::collections::VecDeque;

use super::layout::Layout;
use super::listen::{Listener, Socket, Sockets};
use super::load::{self, Files, Limits, absolute};
use super::locate::{self, Way};
use super::names::{self, Chosen, ChosenBy};
use super::pass::pass;
use super::request::{Ask, Door, bare_host, normal};
use super::script::{Flow, Scene, State};
use super::served::{Block, LeadsTo, Rival, Route, Served};
use super::settings::{Access, Client, ErrorPage, Levels, Logs, Process, ServerTls, inside};
use super::tree::{Directive, Tree};
use crate::proxy::{At, Note, Stated};

/// Routes that are told.
const ROUTES: usize = 24;
/// Redirects within nginx; it gives up after ten as well (`NGX_HTTP_MAX_URI_CHANGES`).
const TURNS: u32 = 10;
/// Steps that are taken for one request.
const STEPS: usize = 2000;

/// Directives whose module answers by itself, and which are not looked into.
const ANSWERS: [&str; 18] = [
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
    "srcache_fetch",
    "push_stream_subscriber",
    "rtmp_stat",
    "vhost_traffic_status_display",
    "status",
];

/// A configuration, ready for questions.
#[derive(Debug)]
pub struct Config {
    /// All directives.
    pub tree: Tree,
    /// What could not be read, and what nginx would refuse.
    pub notes: Vec<Note>,
    /// Whether nginx could start with these files, as far as reading goes.
    pub whole: bool,
    /// Where things are unless the configuration says else.
    pub layout: Layout,
    sockets: Sockets,
    /// The servers of `http`, in order, by the number of their directive.
    servers: Vec<u32>,
}

/// Why nginx serves nobody at a door.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unserved {
    /// Nothing listens there.
    NobodyListens {
        /// Sockets on the same port whose address only the host can tell.
        perhaps: Vec<Listener>,
    },
    /// A server of `stream` takes the connection and hands its bytes on.
    Stream {
        /// Its `listen`.
        at: At,
        /// Where it hands them, as written.
        proxy_pass: Option<Stated<String>>,
    },
    /// The path is none that nginx takes: 400.
    PathRefused,
}

impl Config {
    /// Reads the main file of the layout and all that it includes.
    pub fn read(files: &mut dyn Files, layout: Layout, limits: &Limits) -> Config {
        let loaded = load::load(files, &layout, limits);
        let mut config = Config {
            tree: loaded.tree,
            notes: loaded.notes,
            whole: loaded.whole,
            layout,
            sockets: Sockets::default(),
            servers: Vec::new(),
        };
        let mut sockets = Sockets::default();
        let mut servers = Vec::new();
        for server in config.http().into_iter().flat_map(Directive::children).filter(is_server) {
            let number = u32::try_from(servers.len()).unwrap_or(u32::MAX);
            sockets.take_server(server, number, config.layout.root);
            servers.push(server.id());
        }
        config.notes.append(&mut sockets.notes);
        config.sockets = sockets;
        config.servers = servers;
        config
    }

    /// Every socket that nginx listens on for HTTP, in the order in which they are asked for.
    pub fn listeners(&self) -> impl Iterator<Item = &Listener> {
        self.sockets.all.iter().map(|socket| &socket.listener)
    }

    /// What holds for nginx as a whole.
    #[must_use]
    pub fn process(&self) -> Process {
        let events = self.tree.top().find(|block| block.name() == "events");
        let events = Levels::new(&self.layout, events.map(inside));
        let main =
            Levels::new(&self.layout, [Box::new(self.tree.top()) as Box<dyn Iterator<Item = _>>]);
        Process::of(&main, &events)
    }

    /// The servers that have a name for this host, on whatever socket; regular expressions that
    /// only PCRE can match count as not. At most 100.
    #[must_use]
    pub fn named(&self, host: &str) -> Vec<Block> {
        let host = bare_host(host);
        let servers = self.servers.iter().filter_map(|&id| self.tree.get(id));
        let has = |server: &Directive<'_>| {
            names::choose(std::iter::once((0, *server)), &host).found.is_some() && !host.is_empty()
        };
        servers.filter(has).map(server_block).take(100).collect()
    }

    /// What nginx does with a request.
    ///
    /// # Errors
    /// Why no server of `http` gets to see it.
    pub fn serve(&self, ask: &Ask) -> Result<Served, Unserved> {
        let socket = match &ask.door {
            Door::Ip(address) => self.sockets.of_ip(*address),
            Door::Unix(path) => self.sockets.of_unix(path),
        };
        let Some((http, socket)) = self.http().zip(socket) else {
            return Err(self.unserved(&ask.door));
        };
        let host = bare_host(&ask.host);
        let chosen = names::choose(self.on(socket), &host);
        let number = chosen.found.as_ref().map_or(socket.default, |found| found.server);
        let Some(server) = self.server(number) else { return Err(self.unserved(&ask.door)) };
        let main = || Box::new(self.tree.top()) as Box<dyn Iterator<Item = _>>;
        let of = |server| Levels::new(&self.layout, [main(), inside(http), inside(server)]);
        let levels = of(server);
        // The path is read before the host; only a name in a TLS hello comes earlier.
        let first = if socket.listener.tls {
            server
        } else {
            self.server(socket.default).unwrap_or(server)
        };
        let merge = of(first).switch("merge_slashes", true).value;
        let (uri, query) = normal(&ask.path, merge).ok_or(Unserved::PathRefused)?;
        let scene = Scene {
            http,
            server,
            ask,
            host,
            tls: socket.listener.tls,
            server_name: first_name(server).to_owned(),
        };
        let mut state = State::new(uri, query);
        state.capture(chosen.found.as_ref().and_then(|found| found.captures.clone()));
        let routes = Walk { config: self, scene: &scene, main: &main }.walk(state);
        let (by, name_at) = match &chosen.found {
            Some(found) => (found.by.clone(), found.directive.map(Directive::at)),
            None if socket.default_stated => (ChosenBy::StatedDefault, None),
            None => (ChosenBy::FirstServer, None),
        };
        Ok(Served {
            listener: socket.listener.clone(),
            server: server_block(server),
            by,
            name_at,
            rivals: self.rivals(&chosen),
            tls: socket.listener.tls.then(|| ServerTls::of(&levels)),
            routes,
            notes: self.ignored(&chosen),
        })
    }

    fn http(&self) -> Option<Directive<'_>> {
        self.tree.top().find(|block| block.name() == "http" && block.is_block())
    }

    fn server(&self, number: u32) -> Option<Directive<'_>> {
        self.tree.get(*self.servers.get(number as usize)?)
    }

    fn on<'t>(&'t self, socket: &'t Socket) -> impl Iterator<Item = (u32, Directive<'t>)> {
        socket.servers.iter().filter_map(|&number| Some((number, self.server(number)?)))
    }

    fn rivals(&self, chosen: &Chosen<'_>) -> Vec<Rival> {
        let rival = |found: &names::Found<'_>| {
            let ChosenBy::Pattern(name) = &found.by else { return None };
            Some(Rival {
                server: server_block(self.server(found.server)?),
                name: name.clone(),
                at: found.directive?.at(),
            })
        };
        chosen.rivals.iter().filter_map(rival).take(100).collect()
    }

    fn ignored(&self, chosen: &Chosen<'_>) -> Vec<Note> {
        let note = |(directive, name, holder): &(Directive<'_>, String, u32)| {
            let holder = self.server(*holder)?.at();
            let text =
                format!("nginx ignores the name `{name}` here: the server at {holder} has it");
            Some(Note { at: Some(directive.at()), text })
        };
        chosen.ignored.iter().filter_map(note).take(100).collect()
    }

    fn unserved(&self, door: &Door) -> Unserved {
        let Door::Ip(address) = door else {
            return Unserved::NobodyListens { perhaps: Vec::new() };
        };
        let stream = self.tree.top().find(|block| block.name() == "stream" && block.is_block());
        let mut sockets = Sockets::default();
        let servers: Vec<_> =
            stream.into_iter().flat_map(Directive::children).filter(is_server).collect();
        for (number, server) in servers.iter().enumerate() {
            sockets.take_server(*server, u32::try_from(number).unwrap_or(u32::MAX), true);
        }
        if let Some(socket) = sockets.of_ip(*address)
            && let Some(at) = socket.listener.at.clone()
            && let Some(server) = servers.get(socket.default as usize)
        {
            let proxy_pass = server
                .child("proxy_pass")
                .map(|pass| Stated { value: pass.arg(0).to_owned(), at: Some(pass.at()) });
            return Unserved::Stream { at, proxy_pass };
        }
        let perhaps = self.sockets.of_names(address.port());
        Unserved::NobodyListens { perhaps: perhaps.map(|s| s.listener.clone()).take(100).collect() }
    }
}

fn is_server(block: &Directive<'_>) -> bool {
    block.name() == "server" && block.is_block()
}

fn first_name(server: Directive<'_>) -> &str {
    server.child("server_name").map_or("", |names| names.arg(0))
}

fn server_block(server: Directive<'_>) -> Block {
    Block { label: first_name(server).to_owned(), at: server.at() }
}

fn location_block(location: Directive<'_>) -> Block {
    let words: Vec<&str> = location.args().collect();
    Block { label: words.join(" "), at: location.at() }
}

/// Where a walk goes on.
enum Go<'t> {
    /// With the server's rewrites.
    Begin,
    /// With the search for a location.
    Find,
    /// In these locations, outermost first.
    Enter(Vec<Directive<'t>>),
}

struct Walk<'a, 't> {
    config: &'t Config,
    scene: &'a Scene<'t>,
    main: &'a dyn Fn() -> Box<dyn Iterator<Item = Directive<'t>> + 't>,
}

impl<'t> Walk<'_, 't> {
    /// Takes every way to its end.
    fn walk(&self, state: State) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        let mut open = VecDeque::from([(state, Go::Begin)]);
        for _ in 0..STEPS {
            let Some((state, go)) = open.pop_front() else { break };
            let mut next = Vec::new();
            match go {
                _ if state.turns > TURNS => {
                    let why = "nginx redirects within itself more than 10 times and answers 500";
                    let at = self.scene.server.at();
                    let leads_to = LeadsTo::Stuck { why: why.to_owned(), at };
                    routes.push(self.route(&[], None, state, leads_to));
                }
                Go::Begin => {
                    for (state, flow) in self.scene.run(self.scene.server, state) {
                        match flow {
                            Flow::Ends(end) => routes.push(self.route(&[], None, state, end)),
                            Flow::On(_) => next.push((state, Go::Find)),
                        }
                    }
                }
                Go::Find => {
                    let ways = locate::find(&self.scene.server.children(), &state.uri);
                    for way in ways {
                        self.found(way, &state, &mut next, &mut routes);
                    }
                }
                Go::Enter(path) => self.enter(&path, state, &mut next, &mut routes),
            }
            // What follows from this way comes before the ways that were open already.
            for step in next.into_iter().rev() {
                open.push_front(step);
            }
            if routes.len() > ROUTES * 2 {
                break;
            }
        }
        distinct(routes)
    }

    fn found(
        &self,
        way: Way<'t>,
        state: &State,
        next: &mut Vec<(State, Go<'t>)>,
        routes: &mut Vec<Route>,
    ) {
        let mut state = state.clone();
        for condition in &way.ifs {
            let (so, label) = (condition.matches, location_block(condition.location).label);
            let says = if so { "matches" } else { "does not match" };
            state.give(format!("`{label}` {says} the path"), condition.location.at());
        }
        if way.ifs.iter().any(|condition| condition.matches) {
            state.lose_captures();
        }
        state.capture(way.captures);
        (state.changed, state.located) = (false, true);
        if let (true, Some(last)) = (way.redirects, way.path.last()) {
            let mark = if state.query.is_empty() { "" } else { "?" };
            let text = Some(format!("{}/{mark}{}", state.uri, state.query));
            let end = LeadsTo::Returns { status: 301, text, at: last.at() };
            routes.push(self.route(&way.path, None, state, end));
        } else {
            next.push((state, Go::Enter(way.path)));
        }
    }

    fn enter(
        &self,
        path: &[Directive<'t>],
        state: State,
        next: &mut Vec<(State, Go<'t>)>,
        routes: &mut Vec<Route>,
    ) {
        let internal = path.iter().rev().find_map(|location| location.child("internal"));
        if let Some(internal) = internal.filter(|_| !state.internal) {
            let why = "the location is `internal`, and nginx answers visitors 404".to_owned();
            let end = LeadsTo::Stuck { why, at: internal.at() };
            return routes.push(self.route(path, None, state, end));
        }
        let Some(&location) = path.last() else {
            return self.content(path, None, state, next, routes);
        };
        for (mut state, flow) in self.scene.run(location, state) {
            match flow {
                Flow::Ends(end) => routes.push(self.route(path, None, state, end)),
                Flow::On(_) if state.changed => {
                    state.turns += 1;
                    state.through.push(location_block(location));
                    next.push((state, Go::Find));
                }
                Flow::On(within) => self.content(path, within, state, next, routes),
            }
        }
    }

    /// What answers in a location; `within` is the last `if` that held.
    fn content(
        &self,
        path: &[Directive<'t>],
        within: Option<Directive<'t>>,
        state: State,
        next: &mut Vec<(State, Go<'t>)>,
        routes: &mut Vec<Route>,
    ) {
        let place = path.last().copied().unwrap_or(self.scene.server);
        let handler = within.and_then(locate::passes).or_else(|| locate::passes(place));
        // An `if` that holds has no try_files, whatever its location says.
        let Some(tries) = place.child("try_files").filter(|_| within.is_none()) else {
            return self.answer(path, within, handler, state, next, routes);
        };
        let mut rest = state.clone();
        let last = tries.args().len().saturating_sub(1);
        let names: Vec<&str> = tries.args().take(last).collect();
        let fallback = tries.arg(last);
        rest.give(format!("none of `{}` is there", names.join(" ")), tries.at());
        let mut found = Vec::new();
        // A path that ends with a slash is a folder, and only a name that ends so is one.
        let folder = state.uri.ends_with('/');
        for name in names {
            let Some(mut uri) = self.scene.expand(name, &state) else {
                let mut state = state.clone();
                state.give(format!("`{name}` is there"), tries.at());
                found.push(state);
                continue;
            };
            if name == "$uri" && folder {
                continue;
            }
            while uri.contains("//") {
                uri = uri.replace("//", "/");
            }
            let mut state = state.clone();
            let kind = if uri.ends_with('/') { "folder" } else { "file" };
            state.give(format!("the {kind} of `{name}` is there"), tries.at());
            state.uri = uri;
            found.push(state);
        }
        let end = fallback.strip_prefix('=').and_then(|status| status.parse::<u16>().ok());
        // What leads to an app comes first.
        let app_first = handler.is_none() && end.is_none();
        if app_first {
            self.fall_back(path, fallback, tries, rest.clone(), next, routes);
        }
        for state in found {
            self.answer(path, within, handler, state, next, routes);
        }
        match end {
            Some(status) => {
                let end = LeadsTo::Returns { status, text: None, at: tries.at() };
                routes.push(self.route(path, within, rest, end));
            }
            None if !app_first => self.fall_back(path, fallback, tries, rest, next, routes),
            None => {}
        }
    }

    /// The last argument of `try_files`: a named location, or another path.
    fn fall_back(
        &self,
        path: &[Directive<'t>],
        fallback: &str,
        tries: Directive<'t>,
        mut state: State,
        next: &mut Vec<(State, Go<'t>)>,
        routes: &mut Vec<Route>,
    ) {
        let place =
            path.last().map_or_else(|| server_block(self.scene.server), |l| location_block(*l));
        if fallback.starts_with('@') {
            let Some(named) = locate::named(self.scene.server, fallback) else {
                let why = format!("there is no location `{fallback}`, and nginx answers 500");
                let end = LeadsTo::Stuck { why, at: tries.at() };
                return routes.push(self.route(path, None, state, end));
            };
            state.through.push(place);
            state.internal = true;
            state.turns += 1;
            return next.push((state, Go::Enter(vec![named])));
        }
        let (uri, query) = fallback.split_once('?').unwrap_or((fallback, ""));
        match self.scene.expand(uri, &state).zip(self.scene.expand(query, &state)) {
            Some((uri, query)) => {
                state.through.push(place);
                self.redirect(uri, query, state, next);
            }
            None => {
                let what = format!("the path of `try_files … {fallback}`");
                let end = LeadsTo::Unknown { what, at: tries.at() };
                routes.push(self.route(path, None, state, end));
            }
        }
    }

    /// A redirect within nginx begins anew with the server's rewrites.
    fn redirect(
        &self,
        uri: String,
        query: String,
        mut state: State,
        next: &mut Vec<(State, Go<'t>)>,
    ) {
        (state.uri, state.query) = (uri, query);
        (state.internal, state.as_sent) = (true, false);
        state.turns += 1;
        next.push((state, Go::Begin));
    }

    fn answer(
        &self,
        path: &[Directive<'t>],
        within: Option<Directive<'t>>,
        handler: Option<Directive<'t>>,
        state: State,
        next: &mut Vec<(State, Go<'t>)>,
        routes: &mut Vec<Route>,
    ) {
        let place = path.last().copied().unwrap_or(self.scene.server);
        if let Some(handler) = handler {
            let levels = self.levels(path, within);
            let mut notes = Vec::new();
            let location = path.last().copied();
            let end = pass(self.scene, &state, handler, location, &levels, &mut notes);
            let mut route = self.route(path, within, state, end);
            route.notes = notes;
            return routes.push(route);
        }
        if let Some(other) = place.children().find(|child| ANSWERS.contains(&child.name())) {
            let end = LeadsTo::Unknown { what: other.name().to_owned(), at: other.at() };
            return routes.push(self.route(path, within, state, end));
        }
        let folder = self.folder(path, within, &state);
        if state.uri.ends_with('/') {
            let levels = self.levels(path, within);
            let index = levels
                .words("index")
                .unwrap_or_else(|| Stated::default_of(vec!["index.html".to_owned()]));
            let at = index.at.clone().unwrap_or_else(|| place.at());
            let mut none = state.clone();
            for name in &index.value {
                let Some(name) = self.scene.expand(name, &state) else { continue };
                let uri = if name.starts_with('/') {
                    name.clone()
                } else {
                    format!("{}{name}", state.uri)
                };
                let mut there = none.clone();
                there.give(format!("`{name}` is there"), at.clone());
                if !path.is_empty() {
                    there.through.push(location_block(place));
                }
                let query = there.query.clone();
                self.redirect(uri, query, there, next);
                none.give(format!("`{name}` is not there"), at.clone());
            }
            return routes.push(self.route(path, within, none, LeadsTo::Files { folder }));
        }
        routes.push(self.route(path, within, state, LeadsTo::Files { folder }));
    }

    fn folder(
        &self,
        path: &[Directive<'t>],
        within: Option<Directive<'t>>,
        state: &State,
    ) -> Stated<String> {
        let levels = self.levels(path, within);
        let alias = path.last().and_then(|location| location.child("alias"));
        let Some(stated) = alias.or_else(|| levels.one("root")) else {
            return Stated::default_of(absolute(&self.config.layout.prefix, "html"));
        };
        let text = stated.arg(0);
        let value = self.scene.expand(text, state).unwrap_or_else(|| text.to_owned());
        let value = if value.starts_with('$') {
            value
        } else {
            absolute(&self.config.layout.prefix, &value)
        };
        Stated { value, at: Some(stated.at()) }
    }

    fn levels(&self, path: &[Directive<'t>], within: Option<Directive<'t>>) -> Levels<'t> {
        let outer = [(self.main)(), inside(self.scene.http), inside(self.scene.server)];
        let inner = path.iter().copied().chain(within).map(inside);
        Levels::new(&self.config.layout, outer.into_iter().chain(inner))
    }

    fn route(
        &self,
        path: &[Directive<'t>],
        within: Option<Directive<'t>>,
        state: State,
        leads_to: LeadsTo,
    ) -> Route {
        let levels = self.levels(path, within);
        Route {
            given: state.given,
            through: state.through,
            location: path.last().map(|location| location_block(*location)),
            path: state.uri,
            leads_to,
            access: Access::of(&levels),
            client: Client::of(&levels),
            logs: Logs::of(&levels),
            error_pages: ErrorPage::of(&levels),
            notes: Vec::new(),
        }
    }
}

/// Ways with the same end are one: the first, with the fewest things taken for granted.
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
