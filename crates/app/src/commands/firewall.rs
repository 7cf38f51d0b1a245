//! `rayfix firewall`: what this host's packet filter does with each range, and which rule decides.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayfix_core::firewall::manager::{self, Manager};
use rayfix_core::firewall::tell::{self, Report, Seen, Source, Verdict};
use rayfix_core::firewall::{Asked, Decider, Family, Firewall, Snapshot, propose};
use rayfix_core::ranges::Ranges;
use rayfix_core::report::Style;
use rayfix_world::firewall;

use crate::asking;
use crate::exit::Exit;
use crate::output::Place;
use crate::refusal::{Refusal, either};
use crate::telling::Format;
use crate::voice::Voice;

/// Say which firewall rule keeps Cloudflare out, for every address of every range
///
/// Reads this host's rules (nftables, iptables of both kinds, ipset), routes and listeners, and works out
/// what becomes of a connection from each of Cloudflare's ranges: let in, dropped, rejected, limited, or
/// not to be told, and by which rule. No packet is sent and nothing is changed. Only root may list the
/// rules; saved outputs can be looked at by anybody, anywhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    sudo rayfix firewall\n  \
    sudo rayfix firewall --propose\n  \
    sudo rayfix firewall --from 172.64.0.77 --port 443\n  \
    sudo rayfix firewall --save rules    (to take it elsewhere)\n  \
    rayfix firewall --ruleset rules --format html -o firewall.html\n\n\
    Exit codes: 0 all of it is let in, 1 some of it is kept out, 2 usage, 3 could not tell.")]
pub(crate) struct Args {
    /// Rule on outputs saved in a folder (by --save, or by hand) instead of on this host
    #[arg(long, value_name = "DIR")]
    ruleset: Option<PathBuf>,

    /// Keep what this host's tools say in a new folder, for --ruleset
    #[arg(long, value_name = "DIR", conflicts_with = "ruleset")]
    save: Option<PathBuf>,

    /// Follow one connection from this address through the chains, step by step
    #[arg(long, value_name = "ADDR", value_parser = address, conflicts_with = "ranges")]
    from: Option<IpAddr>,

    /// Ask about this port (repeatable) [default: 80 and 443]
    #[arg(long = "port", value_name = "N", value_parser = port)]
    ports: Vec<u16>,

    /// The address of this host that connections go to, where it has several
    #[arg(long, value_name = "ADDR", value_parser = address)]
    to: Option<IpAddr>,

    /// The interface that connections arrive on, where it is not that of the default route
    #[arg(long, value_name = "NAME")]
    interface: Option<String>,

    /// Cloudflare's ranges, one prefix a line, instead of the built-in list
    #[arg(long, value_name = "FILE")]
    ranges: Option<PathBuf>,

    /// Work out the smallest change that lets everything in, with the commands to make it and to undo it
    #[arg(long)]
    propose: bool,

    /// Text for a terminal, JSON for programs, Markdown for a ticket, HTML to pass round
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = false,
        help_heading = "How to tell it"
    )]
    format: Format,

    /// Write it to a file instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "How to tell it")]
    output: Option<PathBuf>,

    /// Tell every range by itself, and everything that was assumed (text)
    #[arg(short, long, help_heading = "How to tell it")]
    verbose: bool,
}

/// Of so many different rules, the file and line that made them is looked up.
const LOOKED_UP: usize = 500;

/// How long the host's tools may take: a set of half a million elements is listed in twenty seconds.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn run(args: &Args, voice: &Voice) -> Result<Exit, Refusal> {
    let dash = |path: &&PathBuf| path.as_path() == Path::new("-");
    let output = args.output.as_ref().filter(|path| !dash(path));
    let output = output.map(|path| Place::check("--output", path)).transpose()?;
    let asked = args.asked()?;
    let mut snapshot = args.snapshot(voice)?;
    let host = Firewall::read(&snapshot);
    if !args.propose {
        snapshot.forget_rules();
    }
    knows_interface(&host, &asked)?;
    args.tell(&host, &snapshot, &asked, output.as_ref(), voice).map(Exit::from)
}

impl Args {
    fn asked(&self) -> Result<Asked, Refusal> {
        let ranges = match (&self.from, &self.ranges) {
            (Some(from), _) => vec![(*from).into()],
            (None, Some(path)) => asking::ranges(path)?.prefixes().to_vec(),
            (None, None) => Ranges::built_in().prefixes().to_vec(),
        };
        if let (Some(from), Some(to)) = (self.from, self.to)
            && Family::of(from) != Family::of(to)
        {
            let why = "it is of another family than --from; both belong to IPv4, or both to IPv6";
            return Err(Refusal::Value { option: "--to", why: why.to_owned() });
        }
        let mut ports = Vec::new();
        for port in if self.ports.is_empty() { &[80, 443][..] } else { &self.ports } {
            if !ports.contains(port) {
                ports.push(*port);
            }
        }
        Ok(Asked { ranges, ports, to: self.to, interface: self.interface.clone() })
    }

    /// What the host's tools say: of this host, or saved.
    fn snapshot(&self, voice: &Voice) -> Result<Snapshot, Refusal> {
        let could_not = |option, error: &dyn std::fmt::Display| Refusal::Value {
            option,
            why: format!("could not {error}"),
        };
        if let Some(folder) = &self.ruleset {
            return firewall::load(folder).map_err(|error| could_not("--ruleset", &error));
        }
        if let Some(folder) = &self.save
            && fs::read_dir(folder).is_ok_and(|mut names| names.next().is_some())
        {
            let why = "the folder is not empty; a new one belongs there".to_owned();
            return Err(Refusal::File { option: "--save", path: folder.clone(), why });
        }
        let snapshot = asking::runtime()?.block_on(firewall::look(LIMIT));
        if let Some(folder) = &self.save {
            firewall::save(folder, &snapshot).map_err(|error| could_not("--save", &error))?;
            voice.note(&format!("Saved. Anywhere: rayfix firewall --ruleset {}", folder.display()));
        }
        Ok(snapshot)
    }

    fn tell(
        &self,
        host: &Firewall,
        snapshot: &Snapshot,
        asked: &Asked,
        output: Option<&Place>,
        voice: &Voice,
    ) -> Result<Verdict, Refusal> {
        let rulings = host.rule(asked);
        let walk = |from: IpAddr, port: u16| host.walk(from, port, asked);
        let walks: Vec<_> = self
            .from
            .iter()
            .flat_map(|from| asked.ports.iter().map(|port| walk(*from, *port)))
            .collect();
        let proposals = self.propose.then(|| propose::propose(host, snapshot, asked));
        let managers = managers(host);
        // The same rule stands in many trails.
        let known = RefCell::new(HashMap::new());
        let source = |decider: &Decider| {
            let mut known = known.borrow_mut();
            if !known.contains_key(decider) && known.len() < LOOKED_UP {
                let found = manager::source(snapshot, host, decider)
                    .map(|found| Source { file: found.path, line: Some(found.line) });
                known.insert(decider.clone(), found);
            }
            known.get(decider).cloned().flatten()
        };
        let seen = Seen {
            rulings: &rulings,
            ruleset: &host.ruleset,
            snapshot,
            saved: self.ruleset.is_some(),
            ports: &asked.ports,
            walks: &walks,
            proposals: proposals.as_ref(),
            managers: &managers,
            owner: &|decider| manager::owner(host, decider),
            source: &source,
            walk: &walk,
        };
        let report = Report::of(&seen);
        let (width, colour) = match output {
            Some(_) => (voice.widest(), false),
            None => (voice.width(), voice.colour()),
        };
        let style = Style { colour, verbose: self.verbose };
        let write = |out: &mut dyn Write| match self.format {
            Format::Text => out.write_all(tell::text(&report, width, style).as_bytes()),
            Format::Json => tell::json_into(&seen, &report, out),
            Format::Markdown => out.write_all(tell::markdown(&report).as_bytes()),
            Format::Html => out.write_all(tell::html(&report).as_bytes()),
        };
        match output {
            Some(place) => place.write_by(&write)?,
            None => voice.result_by(&write)?,
        }
        Ok(report.verdict)
    }
}

/// Everybody who manages rules there, the main one first.
fn managers(host: &Firewall) -> Vec<Manager> {
    let main = manager::main(host);
    let others = manager::all(host).into_iter().filter(|other| Some(*other) != main);
    main.into_iter().chain(others).collect()
}

fn knows_interface(host: &Firewall, asked: &Asked) -> Result<(), Refusal> {
    let Some(wanted) = &asked.interface else { return Ok(()) };
    let known: Vec<String> =
        host.surroundings.interfaces.iter().map(|interface| interface.name.clone()).collect();
    if known.is_empty() || known.contains(wanted) {
        return Ok(());
    }
    let why = format!("there is no `{wanted}`; {} belongs there", either(&known));
    Err(Refusal::Value { option: "--interface", why })
}

fn address(text: &str) -> Result<IpAddr, String> {
    let wanted = || "one address such as 172.64.0.77 or 2606:4700::1 belongs there".to_owned();
    text.parse::<IpAddr>().map(|address| address.to_canonical()).map_err(|_| wanted())
}

fn port(text: &str) -> Result<u16, String> {
    let port = text.parse::<u16>().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "a port from 1 to 65535 belongs there".to_owned())
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Exit {
        match verdict {
            Verdict::LetIn => Exit::Fine,
            Verdict::KeptOut => Exit::Blamed,
            Verdict::CannotTell => Exit::CannotTell,
        }
    }
}
