//! What to tell, free of any medium: headline, because, while, hidden, fix, more.
//!
//! A [`Report`] is made of one diagnosis and told in four voices that say the same: [`text()`] for a
//! terminal, [`markdown()`] for a ticket, [`html()`] to pass round, and [`json()`] (straight from the
//! diagnosis) for programs. Every passage cites its readings. The same diagnosis gives the same
//! bytes in every voice: no clock, no locale, no order that hangs on a hash.
//!
//! It does not judge, rank or choose: it finds the words. Received text reaches a voice only as a
//! quotation that [`guard`] has made harmless.

mod chain;
mod from_above;
pub mod guard;
pub mod html;
pub mod json;
pub mod markdown;
mod numbers;
mod open;
mod symptom;
pub mod text;
mod timeline;
pub mod words;

use std::net::{IpAddr, SocketAddr};

pub use self::html::html;
pub use self::json::json;
pub use self::markdown::markdown;
pub use self::text::{Style, text};
pub use self::timeline::{Timeline, When};
use self::words::units::{capital, duration, moment};
use crate::causes::{ALL, Confidence};
use crate::diagnosis::{Diagnosis, Finding, Outcome, State};
use crate::evidence::{Answer, Evidence, Question, Reading, ReadingId};
use crate::hop::Hop;
use crate::target::Scheme;

/// Everything that a person is told about one diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The URL in question, harmless.
    pub site: String,
    /// Its host name.
    pub host: String,
    /// What the diagnosis comes to.
    pub outcome: Outcome,
    /// One sentence that stands alone, with a final stop.
    pub headline: String,
    /// What visitors get, how many of them, who chose it.
    pub symptom: Passage,
    /// The SSL mode and where it is known from.
    pub ssl_mode: String,
    /// The stations that are drawn, in the order of the way.
    pub way: Vec<Stop>,
    /// The same as the drawing, to be read aloud.
    pub way_aloud: String,
    /// Best first; empty where nothing is blamed. What one explains is told within it.
    pub findings: Vec<Told>,
    /// What changed on the origin before it failed.
    pub timeline: Option<Timeline>,
    /// What would tell more, the most telling first.
    pub needs: Vec<Needed>,
    /// What was ruled out; `None`: nothing was.
    pub cleared: Option<Passage>,
    /// What was not asked, and why not.
    pub unasked: Vec<Passage>,
    /// Warnings that are no findings.
    pub notes: Vec<Passage>,
    /// The one question or step worth taking next, where no cause was found.
    pub next: Option<String>,
    /// What is cited and told by no finding: readings that ended alike in one sentence.
    pub proof: Vec<Passage>,
    /// All readings, in the order of their numbers.
    pub readings: Vec<Line>,
    /// When the first question was asked, for people.
    pub asked: Option<String>,
    /// How long the sitting took, for people.
    pub took: String,
}

/// A sentence or a fragment, with the readings that it rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// No capital letter first, no final stop; received text between backticks.
    pub text: String,
    /// In the order of their numbers.
    pub cites: Vec<ReadingId>,
}

/// A station as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Which.
    pub hop: Hop,
    /// How it looks.
    pub state: State,
}

/// A finding in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// `C502`.
    pub code: &'static str,
    /// `tls-certificate-expired`.
    pub cause: String,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence that stands alone, with a final stop.
    pub headline: String,
    /// From what visitors get down to this cause, a step each; empty where it explains no other.
    pub chain: Vec<Passage>,
    /// What shows it; never empty.
    pub because: Vec<Passage>,
    /// The controls.
    pub contrast: Vec<Passage>,
    /// The causes that this one explains: title, code and confidence, citing what shows them.
    pub explains: Vec<Passage>,
    /// What cannot be known before this is mended.
    pub hidden: Option<String>,
    /// What to do, in the manual's words.
    pub fix: Option<String>,
    /// The commands that mend it, best first.
    pub commands: Vec<String>,
    /// The command that tells more.
    pub more: String,
}

/// What would decide causes that stay open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// What is needed.
    pub what: String,
    /// Names of the causes that it would decide, in the order of the way; never empty.
    pub causes: Vec<String>,
}

/// A reading in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What passages cite.
    pub id: ReadingId,
    /// The station that was asked.
    pub hop: Hop,
    /// What it says.
    pub sentence: String,
    /// When it was asked, for people.
    pub at: String,
    /// How long the answer took, for people; empty where there was none.
    pub took: String,
    /// Whether a passage of the report cites it.
    pub cited: bool,
}

impl Report {
    /// Puts a diagnosis into words.
    #[must_use]
    pub fn of(diagnosis: &Diagnosis<'_>) -> Report {
        let evidence = diagnosis.evidence;
        let outcome = diagnosis.outcome();
        let way = drawn(diagnosis);
        let symptom = symptom::symptom(diagnosis);
        let findings = told_in_full(diagnosis)
            .into_iter()
            .enumerate()
            .map(|(at, finding)| told(finding, at == 0, &symptom, diagnosis))
            .collect();
        let needs = open::needs(diagnosis);
        let mut report = Report {
            site: guard::harmless(&evidence.target.site.to_string()),
            host: guard::harmless(&evidence.target.site.authority()),
            outcome,
            headline: headline(diagnosis),
            symptom,
            ssl_mode: symptom::ssl_mode(diagnosis),
            way_aloud: aloud(&way, follows_from(diagnosis)),
            way,
            findings,
            timeline: timeline::timeline(diagnosis),
            cleared: open::cleared(diagnosis),
            unasked: open::unasked(diagnosis),
            notes: diagnosis
                .notes
                .iter()
                .map(|note| Passage::new(guard::within(&note.text, 600), &note.because))
                .collect(),
            next: open::next(diagnosis, &needs),
            needs,
            proof: Vec::new(),
            readings: Vec::new(),
            asked: evidence.readings.iter().map(|reading| reading.at).min().map(moment),
            took: duration(evidence.took_ms),
        };
        report.proof = report.untold_proof(evidence);
        let cited = report.cited();
        report.readings =
            evidence.readings.iter().map(|reading| Line::of(reading, &cited)).collect();
        report
    }

    /// The needs that are told: all where no cause was found; the first beside a cause that is not
    /// certain; none otherwise.
    pub(crate) fn told_needs(&self) -> &[Needed] {
        let certain =
            self.findings.first().is_some_and(|told| told.confidence == Confidence::Certain);
        match self.outcome {
            Outcome::CannotTell => &self.needs,
            Outcome::Blamed if !certain => &self.needs[..self.needs.len().min(1)],
            Outcome::Blamed | Outcome::Healthy => &[],
        }
    }

    /// Whether the next step is told on its own, not as the first of the needs.
    pub(crate) fn shows_next(&self) -> bool {
        self.outcome != Outcome::CannotTell || self.needs.is_empty()
    }

    /// The sentences of what only the symptom and the notes rest on: what a finding cites, it tells.
    fn untold_proof(&self, evidence: &Evidence) -> Vec<Passage> {
        let told: Vec<ReadingId> = self
            .findings
            .iter()
            .flat_map(|told| told.because.iter().chain(&told.contrast))
            .chain(self.findings.iter().flat_map(|told| &told.chain))
            .flat_map(|passage| passage.cites.iter().copied())
            .collect();
        let mut ids: Vec<ReadingId> = [&self.symptom]
            .into_iter()
            .chain(&self.notes)
            .filter(|passage| !passage.cites.iter().any(|id| told.contains(id)))
            .flat_map(|passage| passage.cites.iter().copied())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let sentences = words::together(evidence, &ids);
        sentences.into_iter().map(|(text, cites)| Passage::new(text, &cites)).collect()
    }

    /// The numbers that the findings, the notes and the symptom rest on.
    fn cited(&self) -> Vec<ReadingId> {
        let told = self.findings.iter().flat_map(|told| {
            [&told.because, &told.contrast, &told.chain, &told.explains].into_iter().flatten()
        });
        told.chain([&self.symptom])
            .chain(&self.notes)
            .flat_map(|passage| passage.cites.iter().copied())
            .collect()
    }
}

impl Passage {
    fn new(text: impl Into<String>, cites: &[ReadingId]) -> Passage {
        let mut cites = cites.to_vec();
        cites.sort_unstable();
        cites.dedup();
        Passage { text: text.into(), cites }
    }

    /// The numbers as they stand behind a sentence: `[7]`, `[3, 5-8]`; empty where none is cited.
    #[must_use]
    pub fn citation(&self) -> String {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for &ReadingId(number) in &self.cites {
            match runs.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
                _ => runs.push((number, number)),
            }
        }
        let runs: Vec<String> = runs
            .into_iter()
            .map(|(first, last)| match last - first {
                0 => first.to_string(),
                1 => format!("{first}, {last}"),
                _ => format!("{first}-{last}"),
            })
            .collect();
        if runs.is_empty() { String::new() } else { format!("[{}]", runs.join(", ")) }
    }
}

impl Line {
    fn of(reading: &Reading, cited: &[ReadingId]) -> Line {
        Line {
            id: reading.id,
            hop: reading.hop,
            sentence: words::sentence(reading),
            at: reading.at.to_string(),
            took: match reading.answer {
                Answer::Got(_) => duration(reading.took_ms),
                Answer::Unreached { .. } | Answer::NotAsked { .. } => String::new(),
            },
            cited: cited.contains(&reading.id),
        }
    }
}

fn headline(diagnosis: &Diagnosis<'_>) -> String {
    match (diagnosis.outcome(), diagnosis.findings.first()) {
        (Outcome::Blamed, Some(finding)) => format!("{}.", capital(finding.title)),
        (Outcome::Healthy, _) if symptom::challenged(diagnosis) => {
            "Nothing was found to blame: Cloudflare asked these visits for a proof that they are \
             human."
                .to_owned()
        }
        (Outcome::Healthy, _) => match diagnosis.symptom.status {
            Some(status @ 400..) => {
                format!("Nothing on the way is to blame: the site itself answers {status}.")
            }
            _ => "Nothing is to blame: the site works.".to_owned(),
        },
        _ if diagnosis.symptom.visits == 0 && !symptom::unanswered(diagnosis).is_empty() => {
            "The resolver did not tell where the name leads, so nothing can be told yet.".to_owned()
        }
        _ if diagnosis.symptom.visits == 0 => {
            "The site could not be visited from here, so nothing can be told yet.".to_owned()
        }
        _ => "The site fails, and what was seen does not tell why.".to_owned(),
    }
}

/// The stations worth drawing: all that were asked or hidden, and those that every way has.
fn drawn(diagnosis: &Diagnosis<'_>) -> Vec<Stop> {
    let optional = |hop| matches!(hop, Hop::Tunnel | Hop::Proxy | Hop::Host);
    // A tunnel leads around the origin's own doors, and nothing of the site waits behind them.
    let tunnelled = diagnosis
        .path
        .iter()
        .any(|station| station.hop == Hop::Tunnel && station.state == State::Breaks);
    let door = |hop| tunnelled && matches!(hop, Hop::Net | Hop::Tls | Hop::Http);
    diagnosis
        .path
        .iter()
        .filter(|station| match station.state {
            State::NotAsked => !optional(station.hop) && !door(station.hop),
            State::Hidden => !matches!(station.hop, Hop::Tunnel | Hop::Host) && !door(station.hop),
            State::Works | State::Breaks => true,
        })
        .map(|station| Stop { hop: station.hop, state: station.state })
        .collect()
}

/// The nearest station at which the first finding explains what is seen: what lies from there to it
/// fails with it.
fn follows_from(diagnosis: &Diagnosis<'_>) -> Option<Hop> {
    let first = diagnosis.findings.first()?;
    chain::explained(first, diagnosis).into_iter().map(|finding| finding.hop).min()
}

fn aloud(way: &[Stop], follows_from: Option<Hop>) -> String {
    let of = |state: State| -> Vec<Hop> {
        way.iter().filter(|stop| stop.state == state).map(|stop| stop.hop).collect()
    };
    let (behind, open): (Vec<Hop>, Vec<Hop>) =
        of(State::Hidden).into_iter().partition(|hop| is_behind(way, *hop));
    let (follows, open): (Vec<Hop>, Vec<Hop>) =
        open.into_iter().partition(|hop| follows_from.is_some_and(|from| *hop >= from));
    let mut said = Vec::new();
    for (hops, one, many) in [
        (of(State::Works), "works", "work"),
        (of(State::Breaks), "breaks", "break"),
        (follows, "fails with it", "fail with it"),
        (behind, "is hidden behind that", "are hidden behind that"),
        (open, "was asked and stays unclear", "were asked and stay unclear"),
        (of(State::NotAsked), "was not asked", "were not asked"),
    ] {
        if !hops.is_empty() {
            said.push(format!(
                "{} {}",
                words::stations(&hops),
                if hops.len() == 1 { one } else { many }
            ));
        }
    }
    said.join("; ")
}

/// Whether a station lies behind the one that breaks.
fn is_behind(way: &[Stop], hop: Hop) -> bool {
    way.iter().any(|stop| stop.state == State::Breaks && stop.hop < hop)
}

/// The most sentences under one label; what goes beyond is counted and cited.
const MOST: usize = 6;

/// The findings that no earlier one explains.
fn told_in_full<'d>(diagnosis: &'d Diagnosis<'_>) -> Vec<&'d Finding> {
    let mut within: Vec<&str> = Vec::new();
    let mut full = Vec::new();
    for finding in &diagnosis.findings {
        if !within.contains(&finding.cause.as_str()) {
            full.push(finding);
            let explained = chain::explained(finding, diagnosis);
            within.extend(explained.into_iter().map(|other| other.cause.as_str()));
        }
    }
    full
}

fn told(finding: &Finding, first: bool, symptom: &Passage, diagnosis: &Diagnosis<'_>) -> Told {
    let passages = |ids: &[ReadingId]| -> Vec<Passage> {
        let mut all = words::together(diagnosis.evidence, ids);
        if all.len() > MOST + 1 {
            let more: Vec<ReadingId> = all.drain(MOST..).flat_map(|(_, cites)| cites).collect();
            all.push((format!("{} more readings", more.len()), more));
        }
        all.into_iter().map(|(text, cites)| Passage::new(text, &cites)).collect()
    };
    let host = &diagnosis.evidence.target.site.host;
    Told {
        code: finding.code,
        cause: finding.cause.clone(),
        confidence: finding.confidence,
        headline: format!("{}.", capital(finding.title)),
        because: passages(&finding.because),
        contrast: passages(&finding.contrast),
        chain: chain::chain(finding, symptom, diagnosis),
        explains: chain::explained(finding, diagnosis)
            .into_iter()
            .map(|other| {
                let sure = other.confidence.word();
                let text = format!("that {} ({}, {sure})", other.title, other.code);
                Passage::new(text, &other.because)
            })
            .collect(),
        hidden: if first { hidden(diagnosis) } else { None },
        // What was read on the origin says more than the manual can.
        fix: mend(finding)
            .or_else(|| manual(&finding.cause).map(|fix| filled(&fix, finding, diagnosis))),
        commands: if finding.fixes.is_empty() {
            Vec::new()
        } else {
            vec![format!("rayfix fix {host}")]
        },
        more: format!("rayfix explain {}", finding.code),
    }
}

/// What lies behind the break: `whether the app answers`.
fn hidden(diagnosis: &Diagnosis<'_>) -> Option<String> {
    let way = drawn(diagnosis);
    let hidden: Vec<String> = way
        .iter()
        .filter(|stop| stop.state == State::Hidden && is_behind(&way, stop.hop))
        .map(|stop| words::unknown(stop.hop).to_owned())
        .collect();
    if hidden.is_empty() {
        None
    } else {
        Some(format!("{}: mend this first", words::units::list(&hidden)))
    }
}

/// What a judge found that there is to do here, in our own words.
fn mend(finding: &Finding) -> Option<String> {
    let mend = finding.detail.get("mend").and_then(serde_json::Value::as_str);
    mend.map(|mend| guard::within(mend, 1_000))
}

/// The first paragraph of what a cause's manual says there is to do.
fn manual(name: &str) -> Option<String> {
    let (doc, _) = ALL.iter().find(|(doc, _)| doc.name() == name)?;
    let section = doc.section("What to do")?;
    let paragraph = section.split("\n\n").next()?.trim();
    let text = paragraph.trim_start_matches("- ").split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { None } else { Some(text) }
}

/// The manual's commands with the site's own name, the origin's own address, the app's own unit and the full
/// disk in them, so that they can be pasted as they are: `NAME`, `ORIGIN`, `APP` and `DIRECTORY` between backticks.
fn filled(fix: &str, finding: &Finding, diagnosis: &Diagnosis<'_>) -> String {
    let evidence = diagnosis.evidence;
    let site = &evidence.target.site;
    let cited = || finding.because.iter().chain(&finding.contrast);
    // The origin as the finding saw it; else as it was told.
    let seen = cited().filter_map(|id| evidence.reading(*id)).find_map(|reading| {
        match &reading.question {
            Question::Request { road, .. } => Some((road.to, road.scheme)),
            Question::Connect { to } if reading.hop == Hop::Net => {
                Some((*to, Scheme::of_port(to.port())))
            }
            Question::Greet { to, .. } => Some((*to, Scheme::Https)),
            _ => None,
        }
    });
    let told = evidence.target.origins.first().map(|origin| {
        let port = origin.port.unwrap_or(Scheme::Https.port());
        (SocketAddr::new(origin.address, port), Scheme::Https)
    });
    // Nothing that a shell would act on gets into a command.
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._~%-".contains(c);
    let unit = finding.detail.get("unit").and_then(serde_json::Value::as_str);
    let named = |c: char| c.is_ascii_alphanumeric() || "._:@-".contains(c);
    let unit = unit.filter(|unit| !unit.starts_with('-') && unit.chars().all(named));
    let mount = finding.detail.get("mount").and_then(serde_json::Value::as_str);
    let mount = mount.filter(|mount| mount.starts_with('/') && mount.chars().all(plain));
    let mut filled = String::with_capacity(fix.len());
    for (at, part) in fix.split('`').enumerate() {
        if at > 0 {
            filled.push('`');
        }
        if at % 2 == 0 {
            filled.push_str(part);
            continue;
        }
        let mut part = part.to_owned();
        if let Some((to, scheme)) = seen.or(told) {
            let host = match to.ip() {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            };
            let bare = to.ip().to_string();
            let at = if to.port() == scheme.port() { host } else { to.to_string() };
            part = part
                .replace("ORIGIN:443", &to.to_string())
                .replace("ORIGIN_IP", &bare)
                .replace("ORIGIN", &at);
            // Where another cause speaks of https, it is https that is to be tried.
            if finding.hop == Hop::Http && part.contains("connect-to") {
                part = part.replace("https://NAME", &format!("{}://NAME", scheme.word()));
            }
        }
        if let Some(unit) = unit {
            part = part.replace("APP", unit);
        }
        if let Some(mount) = mount {
            part = part.replace("DIRECTORY", mount);
        }
        let path = site.path.split('?').next().filter(|path| path.chars().all(plain));
        filled.push_str(
            &part
                .replace("NAME/PATH", &format!("NAME{}", path.unwrap_or("/")))
                .replace("NAME", &site.host),
        );
    }
    filled
}

/// The mark and the word of a state: the sign never stands without its word.
pub(crate) fn sign(state: State) -> (&'static str, &'static str) {
    match state {
        State::Works => ("✓", "works"),
        State::Breaks => ("✗", "breaks"),
        State::Hidden => ("?", "hidden"),
        State::NotAsked => ("–", "not asked"),
    }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
