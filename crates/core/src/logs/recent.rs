//! The last while of a log: its lines, newest or eldest first, become what a reading keeps of it.
//!
//! Whoever has the lines hands them over one by one until [`Recent::line`] has seen enough: lines
//! that are older than the time asked for. A single old line proves nothing, since workers write out
//! of turn and a traceback may hold a date of its own; a run of them does. Everything is counted,
//! little is kept, and what is kept has lost its secrets. Lines are also searched for the mark that
//! the visits of this sitting bear, whatever else they mean.
//!
//! Nothing here opens a file or reads a clock, and nothing is judged: an event that is told has a
//! time, and judges decide what is too old to matter.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use memchr::memmem::{Finder, find};

use super::{Class, Clock, LogEvent, LogFormat, Reader, Role, Tally, envelope, scan};
use crate::evidence::host::log::{Counted, Kept, LogSeen};
use crate::redact;

/// How many events are kept.
const EVENTS: usize = 60;

/// How many of the last lines are kept as they stand.
const TAIL: usize = 6;

/// How many bytes of each.
const TAIL_BYTES: usize = 200;

/// How many lines decide about the dialect.
const HELD: usize = 50;

/// How much older than the time asked for a line must be to count as old, in seconds: access logs
/// are written when a request ends, and some bear the time of its beginning.
const SLACK: i64 = 60;

/// How many old lines in a row end the reading.
const OLD: u32 = 20;

/// Of how many lines one is asked for its time, while all are young.
const EACH: u64 = 8;

/// How many events may wait for a line with a time.
const WAITING: usize = 1_000;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Look {
    /// What places the times of the lines.
    pub clock: Clock,
    /// From when on.
    pub from: Timestamp,
    /// What the visits of this sitting bear in their User-Agent; empty: none does.
    pub mark: String,
    /// How the lines are read.
    pub by: By,
    /// Only lines of this program, or about this unit; for logs that hold those of many.
    pub only: Option<Whose>,
}

/// How lines are read.
#[derive(Debug, Clone)]
pub enum By {
    /// As what they look like.
    Looks,
    /// By the dialect of this name, as in the list of dialects.
    Name(&'static str),
    /// By the layout of an access log.
    Layout(LogFormat),
    /// As objects of `journalctl -o json`.
    Journal,
}

/// Whose lines are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// The names that syslog may know its programs by.
    pub programs: Vec<String>,
    /// Its unit, as systemd writes of it.
    pub unit: String,
}

/// What was seen so far.
#[derive(Debug)]
pub struct Recent {
    look: Look,
    is_backward: bool,
    mark: Option<Finder<'static>>,
    source: Source,
    lines: u64,
    arrived: u32,
    tail: VecDeque<String>,
    tally: Tally,
    why: VecDeque<Numbered>,
    newest: BTreeMap<Class, Numbered>,
    waiting: Vec<LogEvent>,
    events: Vec<LogEvent>,
    last: Option<Timestamp>,
    old: u32,
    taken: u64,
}

#[derive(Debug)]
enum Source {
    /// Not known yet; the lines so far.
    Held(Vec<Vec<u8>>),
    Dialect(Reader, Option<String>),
    Layout(LogFormat),
}

/// An event with its place in the order of the lines.
#[derive(Debug, Clone)]
struct Numbered {
    number: u64,
    kept: Kept,
}

impl Recent {
    /// For lines that come last to first.
    #[must_use]
    pub fn backward(look: Look) -> Recent {
        Recent::new(look, true)
    }

    /// For lines that come in the order in which they were written.
    #[must_use]
    pub fn forward(look: Look) -> Recent {
        Recent::new(look, false)
    }

    fn new(look: Look, is_backward: bool) -> Recent {
        let turned = |reader: Reader| if is_backward { reader.backward() } else { reader };
        let named =
            |name: &str| Reader::named(name).map(|reader| (turned(reader), name.to_owned()));
        let source = match &look.by {
            By::Layout(layout) => Source::Layout(layout.clone()),
            By::Journal => Source::Dialect(turned(Reader::journal()), Some("journal".to_owned())),
            By::Name(name) => named(name).map_or(Source::Held(Vec::new()), |(reader, name)| {
                Source::Dialect(reader, Some(name))
            }),
            By::Looks => Source::Held(Vec::new()),
        };
        let mark = (!look.mark.is_empty())
            .then(|| Finder::new(&format!("(visit {})", look.mark)).into_owned());
        Recent {
            look,
            is_backward,
            mark,
            source,
            lines: 0,
            arrived: 0,
            tail: VecDeque::new(),
            tally: Tally::new(),
            why: VecDeque::new(),
            newest: BTreeMap::new(),
            waiting: Vec::new(),
            events: Vec::new(),
            last: None,
            old: 0,
            taken: 0,
        }
    }

    /// Takes a line, without its line feed; answers whether the next one is wanted.
    pub fn line(&mut self, line: &[u8]) -> bool {
        if self.is_done() {
            return false;
        }
        let line = &line[..line.len().min(envelope::LINE)];
        if self.look.only.as_ref().is_some_and(|whose| !whose.wrote(line)) {
            return true;
        }
        let wants_time = self.old > 0
            || !self.waiting.is_empty()
            || self.lines < EACH
            || self.lines.is_multiple_of(EACH)
            || !self.is_backward;
        if wants_time && let Some(at) = self.time(line) {
            if at.as_second() < self.look.from.as_second().saturating_sub(SLACK) {
                self.old += 1;
            } else {
                self.old = 0;
            }
            self.last = Some(at);
            for event in std::mem::take(&mut self.waiting) {
                self.keep(event, Some(at));
            }
            if at < self.look.from {
                // What is open may be the rest of a traceback that began here.
                self.feed(line);
                return !self.is_done();
            }
        }
        self.lines += 1;
        if self.mark.as_ref().is_some_and(|mark| mark.find(line).is_some()) {
            self.arrived = self.arrived.saturating_add(1);
        }
        self.note(line);
        self.feed(line);
        true
    }

    /// Whether lines older than those asked for were reached.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.old >= OLD && self.is_backward
    }

    /// What was seen; `all` says whether there are no more lines.
    #[must_use]
    pub fn end(mut self, all: bool) -> LogSeen {
        let is_whole = all || self.is_done();
        self.recognise();
        if let Source::Dialect(reader, _) = &mut self.source {
            reader.finish(&mut self.events);
        }
        self.take_events();
        for event in std::mem::take(&mut self.waiting) {
            self.keep(event, None);
        }
        let events = self.chosen();
        let dialect = match self.source {
            Source::Dialect(_, name) => {
                name.or_else(|| (!events.is_empty()).then(|| "mixed".to_owned()))
            }
            Source::Layout(_) => Some("access".to_owned()),
            Source::Held(_) => None,
        };
        // An access log's lines hold who visited, and nothing that is not counted.
        if dialect.as_deref() == Some("access") {
            self.tail.clear();
        }
        let counted = self.tally.classes().into_iter().map(|row| Counted {
            class: row.class,
            role: row.role,
            count: row.count,
            first: row.first,
            last: row.last,
        });
        LogSeen {
            dialect,
            from: self.look.from,
            is_whole,
            lines: self.lines,
            classes: counted.collect(),
            events,
            tail: self.tail.iter().map(|line| shown(line)).collect(),
            visits_arrived: self.arrived,
        }
    }

    fn time(&self, line: &[u8]) -> Option<Timestamp> {
        self.look.clock.place(&Reader::at(line)?)
    }

    /// Keeps a line for the tail; of a journal, if the unit itself wrote it.
    fn note(&mut self, line: &[u8]) {
        if self.is_backward && self.tail.len() >= TAIL {
            return;
        }
        let peeled = envelope::peel(line);
        let text = match peeled.carrier {
            envelope::Carrier::Journal if peeled.program.as_deref() == Some("systemd") => return,
            envelope::Carrier::Journal | envelope::Carrier::Container => {
                scan::text(&peeled.message)
            }
            envelope::Carrier::File | envelope::Carrier::Syslog => scan::text(line),
        };
        if text.is_empty() {
            return;
        }
        if self.is_backward {
            self.tail.push_front(text);
        } else {
            self.tail.push_back(text);
            if self.tail.len() > TAIL {
                self.tail.pop_front();
            }
        }
    }

    fn feed(&mut self, line: &[u8]) {
        match &mut self.source {
            Source::Held(held) => {
                held.push(line.to_vec());
                if held.len() >= HELD {
                    self.recognise();
                }
            }
            Source::Dialect(reader, _) => reader.feed(line, &mut self.events),
            Source::Layout(layout) => self.events.extend(layout.read(line)),
        }
        self.take_events();
    }

    /// Decides about the dialect by the lines that are held, and reads them. Where none knows them
    /// each line goes to whichever dialect knows it for its own: an app's log may hold tracebacks
    /// between lines of a layout that nobody else has.
    fn recognise(&mut self) {
        let Source::Held(held) = &mut self.source else { return };
        let held = std::mem::take(held);
        if held.is_empty() {
            return;
        }
        let known = Reader::recognise(held.iter().map(Vec::as_slice));
        let name = known.as_ref().map(Reader::name);
        let mut reader = known.unwrap_or_else(Reader::journal);
        if self.is_backward {
            reader = reader.backward();
        }
        for line in &held {
            // These lines had their times looked at when they came; their events need it again.
            let at = self.time(line);
            if let Some(at) = at.filter(|_| self.is_backward) {
                for event in std::mem::take(&mut self.waiting) {
                    self.keep(event, Some(at));
                }
            }
            self.last = at.or(self.last);
            reader.feed(line, &mut self.events);
            self.take_events();
        }
        self.source = Source::Dialect(reader, name);
    }

    fn take_events(&mut self) {
        for event in std::mem::take(&mut self.events) {
            let at = event.at.and_then(|at| self.look.clock.place(&at));
            match at {
                None if self.is_backward => {
                    if self.waiting.len() < WAITING {
                        self.waiting.push(event);
                    }
                }
                None => self.keep(event, self.last),
                Some(_) => self.keep(event, at),
            }
        }
    }

    fn keep(&mut self, mut event: LogEvent, at: Option<Timestamp>) {
        if at.is_some_and(|at| at < self.look.from) {
            return;
        }
        // Whether another try answered a request is told by two logs together, never by one; so its
        // path need not be remembered, of which a flood may hold any number.
        let path = event.path.take();
        self.tally.add(&event, at, 0, 0);
        event.path = path;
        self.taken += 1;
        let class = event.class;
        let tells = matches!(event.role, Role::Cause | Role::Consequence);
        let numbered = Numbered { number: self.taken, kept: Kept { at, event } };
        if self.is_backward {
            if tells && self.why.len() < EVENTS {
                self.why.push_back(numbered.clone());
            }
            self.newest.entry(class).or_insert(numbered);
        } else {
            if tells {
                self.why.push_back(numbered.clone());
                if self.why.len() > EVENTS {
                    self.why.pop_front();
                }
            }
            self.newest.insert(class, numbered);
        }
    }

    /// The newest of each class, and the newest of those that tell why, the eldest first.
    fn chosen(&mut self) -> Vec<Kept> {
        let newest = std::mem::take(&mut self.newest);
        let mut chosen: Vec<Numbered> = newest.into_values().take(EVENTS).collect();
        let why = std::mem::take(&mut self.why);
        let newest_first: Vec<Numbered> =
            if self.is_backward { why.into() } else { why.into_iter().rev().collect() };
        for numbered in newest_first {
            if chosen.len() < EVENTS && chosen.iter().all(|one| one.number != numbered.number) {
                chosen.push(numbered);
            }
        }
        chosen.sort_by_key(|one| one.number);
        if self.is_backward {
            chosen.reverse();
        }
        chosen.into_iter().map(|one| without_secrets(one.kept)).collect()
    }
}

impl Whose {
    /// Whether the program wrote the line, or systemd wrote it about the unit.
    fn wrote(&self, line: &[u8]) -> bool {
        let peeled = envelope::peel(line);
        match peeled.program.as_deref() {
            Some("systemd") => find(&peeled.message, self.unit.as_bytes()).is_some(),
            Some(program) => self.programs.iter().any(|known| known == program),
            None => false,
        }
    }
}

fn without_secrets(mut kept: Kept) -> Kept {
    kept.event.text = redact::text(&kept.event.text);
    kept
}

fn shown(line: &str) -> String {
    let mut text = redact::text(line);
    if text.len() > TAIL_BYTES {
        text.truncate(text.floor_char_boundary(TAIL_BYTES - '…'.len_utf8()));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
