//! Reads a log: which dialect it is, once, and then every line, tracebacks put together.
//!
//! A file is recognised by its first readable lines and then read by one dialect. A journal, a
//! syslog or a container's log holds many programs: there each line goes to the dialects of the
//! program that its envelope names, or, where it names none, to the one that knows the line for its
//! own. Lines may be fed in either direction; a file is never held in memory.

use std::collections::VecDeque;

use super::envelope::{self, Carrier, Peeled};
use super::event::{LogEvent, Part};
use super::timestamp::Moment;
use super::{ALL, Dialect, Fit};
use crate::registry::UnitDoc;

/// How many readable lines decide about the dialect.
const READABLE: usize = 50;

/// How many lines without a time may stand between the parts of a traceback.
const GAP: u32 = 2000;

/// How many tracebacks of different programs may be open at once.
const OPEN: usize = 16;

/// A reader of one log.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    backward: bool,
    open: VecDeque<Open>,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    One(&'static UnitDoc, &'static Dialect),
    Mixed(Carrier),
}

/// A traceback that is not whole yet, by who writes it.
#[derive(Debug)]
struct Open {
    whose: (Option<String>, Option<u32>),
    event: LogEvent,
    age: u32,
}

impl Reader {
    /// Finds the dialect from the first lines of a log, or from any of its lines; fifty that are not
    /// empty are enough. `None` where no dialect knows them.
    #[must_use]
    pub fn recognise<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Reader> {
        let mut fits = vec![(0_u32, 0_u32); ALL.len()];
        let mut carriers = [(Carrier::Journal, 0), (Carrier::Syslog, 0), (Carrier::Container, 0)];
        let mut lines_seen = 0_u32;
        for line in lines.into_iter().filter(|line| !line.trim_ascii().is_empty()).take(READABLE) {
            let peeled = envelope::peel(line);
            lines_seen += 1;
            for (carrier, count) in &mut carriers {
                *count += u32::from(*carrier == peeled.carrier);
            }
            for ((_, dialect), (own, maybe)) in ALL.iter().zip(&mut fits) {
                match (dialect.recognises)(&peeled.message) {
                    Fit::Own => *own += 1,
                    Fit::Maybe => *maybe += 1,
                    Fit::Not => {}
                }
            }
        }
        let (carrier, count) = carriers.into_iter().max_by_key(|(_, count)| *count)?;
        if count * 2 > lines_seen {
            return Some(Reader::of(Source::Mixed(carrier)));
        }
        let (best, fit) = fits.iter().enumerate().rev().max_by_key(|(_, fit)| **fit)?;
        let (doc, dialect) = ALL.get(best).filter(|_| *fit != (0, 0))?;
        Some(Reader::of(Source::One(doc, dialect)))
    }

    /// A reader of this dialect: `nginx-error`, as in the list of dialects. `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Reader> {
        let (doc, dialect) = ALL.iter().find(|(doc, _)| doc.name() == name)?;
        Some(Reader::of(Source::One(doc, dialect)))
    }

    /// A reader of objects of `journalctl -o json`.
    #[must_use]
    pub fn journal() -> Reader {
        Reader::of(Source::Mixed(Carrier::Journal))
    }

    fn of(source: Source) -> Reader {
        Reader { source, backward: false, open: VecDeque::new() }
    }

    /// The same for lines that are fed last to first.
    #[must_use]
    pub fn backward(self) -> Reader {
        Reader { backward: true, ..self }
    }

    /// The dialect's name, or what holds several: `journal`, `syslog`, `container`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.source {
            Source::One(doc, _) => doc.name(),
            Source::Mixed(Carrier::Journal) => "journal".to_owned(),
            Source::Mixed(Carrier::Container) => "container".to_owned(),
            Source::Mixed(Carrier::Syslog | Carrier::File) => "syslog".to_owned(),
        }
    }

    /// When the line was written, if it says so; works for every line with a time, also for those
    /// that mean nothing.
    #[must_use]
    pub fn at(line: &[u8]) -> Option<Moment> {
        let peeled = envelope::peel(line);
        peeled.at.or_else(|| moment(&peeled.message))
    }

    /// Reads one line; what is whole is put at the end of `events`.
    pub fn feed(&mut self, line: &[u8], events: &mut Vec<LogEvent>) {
        let peeled = envelope::peel(line);
        let read = match self.source {
            Source::One(_, dialect) if peeled.program.is_none() => (dialect.read)(&peeled.message),
            Source::One(..) | Source::Mixed(_) => mixed(&peeled).map(|(_, event)| event),
        };
        let event = read.map(|event| wrapped(event, &peeled));
        if self.open.is_empty() && event.as_ref().is_none_or(|event| event.part == Part::Whole) {
            events.extend(event);
            return;
        }
        let whose = (peeled.unit.or(peeled.program), peeled.pid);
        self.join(whose, event, events);
    }

    /// Hands out what is still open; to be called after the last line.
    pub fn finish(&mut self, events: &mut Vec<LogEvent>) {
        for open in std::mem::take(&mut self.open) {
            close(open.event, events);
        }
    }

    fn join(
        &mut self,
        whose: (Option<String>, Option<u32>),
        event: Option<LogEvent>,
        events: &mut Vec<LogEvent>,
    ) {
        let at = self.open.iter().position(|open| open.whose == whose);
        let Some(event) = event else {
            if let Some(open) = at.and_then(|at| self.open.get_mut(at)) {
                open.age += 1;
                if open.age > GAP
                    && let Some(open) = at.and_then(|at| self.open.remove(at))
                {
                    close(open.event, events);
                }
            }
            return;
        };
        let open = at.and_then(|at| self.open.remove(at)).map(|open| open.event);
        let (done, still) =
            if self.backward { backward(open, event) } else { forward(open, event) };
        for event in done {
            close(event, events);
        }
        if let Some(event) = still {
            if self.open.len() >= OPEN
                && let Some(oldest) = self.open.pop_front()
            {
                close(oldest.event, events);
            }
            self.open.push_back(Open { whose, event, age: 0 });
        }
    }
}

/// What is whole now, in the order in which it was fed, and what stays open.
type Joined = (Vec<LogEvent>, Option<LogEvent>);

/// The head comes first, then its traceback.
fn forward(open: Option<LogEvent>, event: LogEvent) -> Joined {
    match (open, event.part) {
        (open, Part::Whole) => (open.into_iter().chain([event]).collect(), None),
        (open, Part::Opens) => (open.into_iter().collect(), Some(event)),
        // A traceback belongs to the head before it, and so does a second one.
        (Some(open), Part::Frames) => (vec![], Some(open)),
        (Some(mut open), Part::Adds) => {
            open.add(event);
            (vec![], Some(open))
        }
        (None, Part::Frames | Part::Adds) => (vec![], Some(event)),
    }
}

/// The last line of a traceback comes first, its head last.
fn backward(open: Option<LogEvent>, mut event: LogEvent) -> Joined {
    match (open, event.part) {
        (Some(open), Part::Opens) => {
            if open.part == Part::Opens {
                return (vec![open, event], None);
            }
            event.add(open);
            (vec![event], None)
        }
        (None, Part::Opens) => (vec![event], None),
        (Some(open), Part::Whole) => (vec![open, event], None),
        (None, Part::Whole) => (vec![event], None),
        (Some(mut open), Part::Frames) => {
            // Now it is known that what was held is an exception.
            open.part = Part::Frames;
            (vec![], Some(open))
        }
        (None, Part::Frames) => (vec![], Some(event)),
        // The line nearest to the end names the reason.
        (Some(open), Part::Adds) => (vec![], Some(open)),
        (None, Part::Adds) => (vec![], Some(event)),
    }
}

/// What only looked like the end of a traceback is dropped.
fn close(event: LogEvent, events: &mut Vec<LogEvent>) {
    if event.part != Part::Adds {
        events.push(LogEvent { part: Part::Whole, ..event });
    }
}

/// Reads one line that stands alone; the name of its dialect and its meaning. Of a traceback that
/// is what the line itself says.
#[must_use]
pub fn read_line(line: &[u8]) -> Option<(String, LogEvent)> {
    let peeled = envelope::peel(line);
    let (doc, event) = mixed(&peeled)?;
    (event.part != Part::Adds)
        .then(|| (doc.name(), LogEvent { part: Part::Whole, ..wrapped(event, &peeled) }))
}

/// The reading of the dialect whose program the envelope names. Where the name is not one of ours
/// it is an app of some kind, or a proxy under a name of its own; either cannot speak for systemd
/// or for the kernel.
fn mixed(peeled: &Peeled<'_>) -> Option<(&'static UnitDoc, LogEvent)> {
    let message = &*peeled.message;
    let Some(program) = peeled.program.as_deref() else {
        return ALL.iter().find_map(|(doc, dialect)| {
            let fits = (dialect.recognises)(message) != Fit::Not
                || doc.file == "runtime"
                || doc.file == "cloudflared";
            if fits { (dialect.read)(message).map(|event| (doc, event)) } else { None }
        });
    };
    let mut known = false;
    for (doc, dialect) in ALL {
        if dialect.programs.iter().any(|name| is_program(name, program)) {
            known = true;
            if let Some(event) = (dialect.read)(message) {
                return Some((doc, event));
            }
        }
    }
    if known {
        return None;
    }
    let apps = ["gunicorn", "uwsgi", "php_fpm", "runtime"];
    let host = ["systemd", "kernel"];
    let may = |doc: &UnitDoc, dialect: &Dialect| {
        apps.contains(&doc.file)
            || (!host.contains(&doc.file) && (dialect.recognises)(message) == Fit::Own)
    };
    ALL.iter()
        .filter(|(doc, dialect)| may(doc, dialect))
        .find_map(|(doc, dialect)| (dialect.read)(message).map(|event| (doc, event)))
}

/// `php-fpm*` is every name that begins so; `php*-fpm` begins and ends so.
fn is_program(pattern: &str, program: &str) -> bool {
    match pattern.split_once('*') {
        None => program == pattern,
        Some((lead, tail)) => {
            program.len() >= lead.len() + tail.len()
                && program.starts_with(lead)
                && program.ends_with(tail)
        }
    }
}

/// Fills in what the envelope tells and the line does not.
fn wrapped(mut event: LogEvent, peeled: &Peeled<'_>) -> LogEvent {
    event.at = match (event.at, peeled.at) {
        (Some(Moment::Known(inner)), _) => Some(Moment::Known(inner)),
        (_, Some(Moment::Known(outer))) => Some(Moment::Known(outer)),
        (inner, outer) => inner.or(outer),
    };
    // systemd itself is nobody of interest.
    event.pid = event.pid.or(peeled.pid.filter(|pid| *pid != 1));
    if event.unit.is_none() {
        event.unit.clone_from(&peeled.unit);
    }
    event
}

/// The time of a line without envelope.
fn moment(line: &[u8]) -> Option<Moment> {
    use super::{json, timestamp};
    if line.first() == Some(&b'{') {
        return json::fields(line).find_map(|(key, value)| match key {
            b"ts" | b"time" | b"time_iso8601" | b"@timestamp" | b"timestamp" | b"msec" => {
                let word = value.word()?;
                timestamp::epoch(&word).or_else(|| timestamp::dashed(&word).map(|(at, _)| at))
            }
            b"time_local" => timestamp::access(&value.word()?).map(|(at, _)| at),
            _ => None,
        });
    }
    timestamp::leading(line).or_else(|| {
        // In access logs and HAProxy's it stands in the first brackets, in uWSGI's in the second.
        let head = &line[..line.len().min(512)];
        memchr::memchr_iter(b'[', head).take(3).find_map(|open| {
            let inner = &line[open + 1..];
            let read = timestamp::access(inner).or_else(|| timestamp::asctime(inner));
            read.map(|(at, _)| at)
        })
    })
}
