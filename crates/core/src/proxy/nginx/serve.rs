//! A configuration that has been read, and the questions that it answers.
//!
//! Whether what stands in the files is what runs is another question: a reload may have failed, or
//! never come.

use super::layout::Layout;
use super::listen::{Listener, Socket, Sockets};
use super::load::{self, Files, Limits};
use super::names::{self, Chosen, ChosenBy};
use super::request::{Ask, Door, bare_host, normal};
use super::script::{Scene, State};
use super::served::{Block, Rival, Served};
use super::settings::{Levels, Process, ServerTls};
use super::tree::{Directive, Tree};
use super::walk::Walk;
use crate::proxy::{At, Note, Stated};

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
        let main = Levels::new(&self.layout, self.tree.top(), None);
        let events = main.with(events);
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
        let outer = Levels::new(&self.layout, self.tree.top(), [http]);
        let levels = outer.with([server]);
        // The path is read before the host; only a name in a TLS hello comes earlier.
        let first = if socket.listener.tls { None } else { self.server(socket.default) };
        let merge = outer.with([first.unwrap_or(server)]).switch("merge_slashes", true).value;
        let (uri, query) = normal(&ask.path, merge).ok_or(Unserved::PathRefused)?;
        let scene = Scene {
            blocks: http.children().filter(|child| child.is_block() && !is_server(child)).collect(),
            server,
            ask,
            host,
            tls: socket.listener.tls,
            server_name: first_name(server).to_owned(),
        };
        let mut state = State::new(uri, query);
        state.capture(chosen.found.as_ref().and_then(|found| found.captures.clone()));
        let routes = Walk { scene: &scene, layout: &self.layout, levels: &levels }.walk(state);
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

pub(super) fn server_block(server: Directive<'_>) -> Block {
    Block { label: first_name(server).to_owned(), at: server.at() }
}
