//! Each fault, look-alike and mixture of the real stage, diagnosed within and from outside.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use rayfix_core::registry::UnitDoc;
use rayfix_lab::real::faults::Fault;
use rayfix_lab::real::lookalikes::Lookalike;
use rayfix_lab::real::{self, Raised, RealStage, Told};
use serde_json::Value;

use crate::page::{self, Row};
use crate::shown::shown;

pub(crate) const SITE: &str = "https://shop.example.test/";
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_rayfix");
const ORIGIN: [&str; 4] = ["--origin", real::ORIGIN_V4, "--origin", real::ORIGIN_V6];

type Named<T> = &'static (UnitDoc, &'static T);

/// Faults that are not found within today, and why. One that is found is to be taken from the list.
/// With how many of the ways to ask within, counted from the untold one, and the note that tells of it
/// all the same, by its measure.
const GAPS: &[(&str, usize, &str, Option<&str>)] = &[
    (
        "net_firewall_blocks_cloudflare_partly",
        2,
        "a note names the range and the rule, since every visit was served: none came from there",
        Some("firewall-follows-cloudflare-ranges"),
    ),
    ("net_one_family_closed", 1, "nobody told that Cloudflare uses the IPv6 address as well", None),
];

/// A shop whose origin the edge dials.
pub(crate) fn plain() -> RealStage {
    RealStage::healthy()
}

/// A shop behind a tunnel.
pub(crate) fn tunnelled() -> RealStage {
    RealStage::behind_a_tunnel()
}

/// What one run of the binary told.
pub(crate) struct Seen {
    /// The cause, the confidence and what it leads to of each finding, the first first.
    findings: Vec<(String, String, Vec<String>)>,
    /// The measures of the notes.
    notes: Vec<String>,
    code: Option<i32>,
    pub(crate) took_ms: u64,
}

/// Raises a stage that has the binary and the authority in its origin.
pub(crate) fn furnished(stage: RealStage) -> Result<Raised, Failed> {
    let stage = stage.raise()?;
    stage.install_program(Path::new(BINARY))?;
    stage.write("/root/ca.pem", "644", &fs::read(stage.ca_file())?)?;
    Ok(stage)
}

/// Diagnoses in the origin, as root; with the origin's address told or not.
pub(crate) fn within(stage: &Raised, told: bool) -> Result<Seen, Failed> {
    let mut command = vec!["rayfix", "diagnose", SITE, "--ca-file", "/root/ca.pem"];
    command.extend(["--format", "json"]);
    if told {
        command.extend(ORIGIN);
    }
    read(&stage.exec_in_origin(&command)?)
}

/// Diagnoses in the origin, as root, with a token for the account, which is asked.
fn with_a_token(stage: &Raised) -> Result<Seen, Failed> {
    let account = stage.account()?;
    let mut command = vec!["rayfix", "diagnose", SITE, "--ca-file", "/root/ca.pem"];
    command.extend(["--format", "json", "--api-url", &account.api.base]);
    let seen = read(&stage.exec_with_token(&account, &command)?)?;
    if account.api.requests().is_empty() {
        return Err("the account was not asked".into());
    }
    Ok(seen)
}

/// Diagnoses where the visitor is; `told`: with the origin's address, which a tunnel has not.
fn from_outside(stage: &Raised, told: bool) -> Result<Seen, Failed> {
    let ca_file = stage.ca_file().to_string_lossy();
    let mut command = vec![BINARY, "diagnose", SITE, "--ca-file", &ca_file, "--format", "json"];
    if told {
        command.extend(ORIGIN);
    }
    read(&stage.exec_at_visitor(&command)?)
}

fn read(told: &Told) -> Result<Seen, Failed> {
    if !matches!(told.code, Some(0 | 1 | 3)) {
        return Err(format!("{told:?}").into());
    }
    let diagnosis: Value = serde_json::from_str(&told.out)?;
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = diagnosis["findings"].as_array().into_iter().flatten().map(|finding| {
        let leads_to = finding["leads_to"].as_array().into_iter().flatten();
        (word(&finding["cause"]), word(&finding["confidence"]), leads_to.map(word).collect())
    });
    let notes = diagnosis["notes"].as_array().into_iter().flatten();
    Ok(Seen {
        findings: findings.collect(),
        notes: notes.map(|note| word(&note["measure"])).collect(),
        code: told.code,
        took_ms: diagnosis["took_ms"].as_u64().unwrap_or_default(),
    })
}

impl Seen {
    /// The names of what was found, the first first.
    pub(crate) fn causes(&self) -> Vec<&str> {
        self.findings.iter().map(|(cause, _, _)| cause.as_str()).collect()
    }

    /// The cell of the page: the confidence where it is right.
    fn cell(&self, wanted: Option<&str>) -> String {
        match (self.findings.first(), wanted) {
            (None, None) if self.code == Some(0) => "nothing".to_owned(),
            (None, _) => "**cannot tell**".to_owned(),
            (Some((cause, confidence, _)), Some(wanted)) if cause == wanted => confidence.clone(),
            (Some((cause, confidence, _)), _) => format!("**{cause}**, {confidence}"),
        }
    }

    /// The same for several causes, in the order of the findings.
    fn cells(&self, wanted: &[&str]) -> String {
        if self.amiss(wanted).is_some() {
            let first = self.findings.first();
            return first
                .map_or("**cannot tell**".to_owned(), |(cause, _, _)| format!("**{cause}**"));
        }
        let mut found =
            self.findings.iter().filter(|(cause, _, _)| wanted.contains(&cause.as_str()));
        let first = found.next().into_iter().map(|(cause, sure, _)| match wanted.len() {
            1 => sure.clone(),
            _ => format!("{cause} {sure}"),
        });
        let rest: Vec<String> = found.map(|(cause, sure, _)| format!("{cause} {sure}")).collect();
        first.chain(rest).collect::<Vec<String>>().join(", ")
    }

    /// What is wrong with it, where this cause is to be found first, and this sure.
    fn not_this(&self, wanted: &str, sure: &str) -> Option<String> {
        let found = self.cell(Some(wanted)) == sure;
        self.amiss(&[wanted]).or_else(|| (!found).then(|| format!("{:?}", self.findings)))
    }

    /// What is wrong with it, where these causes are to be found, one of them first.
    fn amiss(&self, wanted: &[&str]) -> Option<String> {
        let first = self.findings.first().map(|(cause, _, _)| cause.as_str());
        let mut allowed: BTreeSet<&str> = wanted.iter().copied().collect();
        for (cause, _, leads_to) in &self.findings {
            if wanted.contains(&cause.as_str()) {
                allowed.extend(leads_to.iter().map(String::as_str));
            }
        }
        let found = |cause: &&str| self.findings.iter().any(|(name, _, _)| name == cause);
        let surely_wrong = self
            .findings
            .iter()
            .any(|(cause, sure, _)| sure == "certain" && !allowed.contains(cause.as_str()));
        let right = (first.is_none() || first.is_some_and(|first| wanted.contains(&first)))
            && wanted.iter().all(found)
            && !surely_wrong
            && (!wanted.is_empty() || self.code == Some(0));
        (!right).then(|| format!("{:?}, exit {:?}", self.findings, self.code))
    }
}

/// One fault alone.
pub(crate) fn of_fault(
    doc: &'static UnitDoc,
    fault: &'static Fault,
    stage: fn() -> RealStage,
) -> Result<(), Failed> {
    let stage = furnished(stage())?;
    (fault.break_it)(&stage)?;
    let tunnel = fault.breeds.starts_with("tunnel-");
    let alone = within(&stage, false)?;
    let mut trouble = vec![told("within", alone.amiss(&[fault.breeds]))];
    let mut cells = vec![alone.cell(Some(fault.breeds))];
    let mut took = vec![alone.took_ms];
    let mut noted = vec![alone.notes];
    // Behind a tunnel there is no address that could be told; the account can be asked instead.
    if tunnel {
        let seen = with_a_token(&stage)?;
        trouble.push(told("within, with a token", seen.not_this(fault.breeds, "certain")));
        cells.push(seen.cell(Some(fault.breeds)));
        took.push(seen.took_ms);
        noted.push(seen.notes);
    } else {
        let seen = within(&stage, true)?;
        trouble.push(told("within, its address told", seen.amiss(&[fault.breeds])));
        cells.push(seen.cell(Some(fault.breeds)));
        took.push(seen.took_ms);
        noted.push(seen.notes);
    }
    let outside = from_outside(&stage, !tunnel)?;
    let first = outside.findings.first().map(|(cause, _, _)| cause.as_str());
    // Where it depends on the visit, it is not the page's to say.
    if fault.from_outside.is_some() && first != fault.from_outside {
        trouble.push(Some(format!("from outside: {first:?} instead of {:?}", fault.from_outside)));
    }
    cells.push(fault.from_outside.unwrap_or("depends").to_owned());
    if let Some((_, ways, why, note)) = GAPS.iter().find(|(gap, ..)| *gap == doc.file) {
        for way in 0..*ways {
            let found = trouble[way].is_none();
            let untold = note.filter(|note| !noted[way].iter().any(|had| had == note));
            trouble[way] = match untold {
                _ if found => Some("is found; take it from GAPS".to_owned()),
                Some(note) => Some(format!("no note on {note}: {:?}", noted[way])),
                None => None,
            };
            cells[way] = if way == 0 { (*why).to_owned() } else { "the same".to_owned() };
        }
    }
    page::note(Row { name: doc.name(), cause: fault.breeds.to_owned(), cells, took });
    settle(trouble)?;
    shown(&stage, fault)
}

/// The tunnel is down elsewhere, and the unit here was written anew since it served the site, for a token
/// that never came: nothing shows that it is meant for the site.
pub(crate) fn of_a_unit_written_anew() -> Result<(), Failed> {
    let stage = furnished(tunnelled())?;
    let unit = "/etc/systemd/system/cloudflared.service";
    let old = "--config /etc/cloudflared/config.yml tunnel run";
    stage.replace(unit, old, "tunnel run --token-file /etc/cloudflared/another")?;
    stage.order(&["rm", "/etc/cloudflared/config.yml"])?;
    stage.order(&["systemctl", "daemon-reload"])?;
    stage.order(&["systemctl", "restart", "--no-block", "cloudflared"])?;
    let state = ["systemctl", "show", "cloudflared", "--property=NRestarts"];
    stage.until(&state, |said| !said.contains("NRestarts=0"))?;
    let seen = with_a_token(&stage)?;
    match seen.findings.iter().find(|(cause, ..)| cause == "tunnel-connector-stopped") {
        Some((_, sure, _)) if sure == "certain" => Err(format!("{:?}", seen.findings).into()),
        _ if seen.code == Some(1) => Ok(()),
        _ => Err(format!("{:?}, exit {:?}", seen.findings, seen.code).into()),
    }
}

/// A host that only looks broken.
pub(crate) fn of_lookalike(
    doc: &'static UnitDoc,
    lookalike: &'static Lookalike,
) -> Result<(), Failed> {
    let stage = furnished(plain())?;
    (lookalike.set)(&stage)?;
    let (alone, with) = (within(&stage, false)?, within(&stage, true)?);
    page::note(Row {
        name: doc.name(),
        cause: "nothing".to_owned(),
        cells: vec![alone.cell(None), with.cell(None), "nothing".to_owned()],
        took: vec![alone.took_ms, with.took_ms],
    });
    settle(vec![told("within", alone.amiss(&[])), told("its address told", with.amiss(&[]))])
}

/// Two faults at once: both are named.
pub(crate) fn of_pair(first: Named<Fault>, second: Named<Fault>) -> Result<(), Failed> {
    let stage = furnished(plain())?;
    (first.1.break_it)(&stage)?;
    (second.1.break_it)(&stage)?;
    let name = format!("{} and {}", first.0.name(), second.0.name());
    mixed(&stage, name, &[first.1.breeds, second.1.breeds])
}

/// A fault beside something that only looks broken.
pub(crate) fn beside(distraction: Named<Lookalike>, fault: Named<Fault>) -> Result<(), Failed> {
    let stage = furnished(plain())?;
    (distraction.1.set)(&stage)?;
    (fault.1.break_it)(&stage)?;
    let name = format!("{} beside {}", fault.0.name(), distraction.0.name());
    mixed(&stage, name, &[fault.1.breeds])
}

fn mixed(stage: &Raised, name: String, causes: &[&str]) -> Result<(), Failed> {
    let (alone, with) = (within(stage, false)?, within(stage, true)?);
    page::note(Row {
        name,
        cause: causes.join(", "),
        cells: vec![alone.cells(causes), with.cells(causes), "–".to_owned()],
        took: vec![alone.took_ms, with.took_ms],
    });
    settle(vec![told("within", alone.amiss(causes)), told("its address told", with.amiss(causes))])
}

fn told(place: &str, amiss: Option<String>) -> Option<String> {
    amiss.map(|what| format!("{place}: {what}"))
}

fn settle(trouble: Vec<Option<String>>) -> Result<(), Failed> {
    let trouble: Vec<String> = trouble.into_iter().flatten().collect();
    if trouble.is_empty() { Ok(()) } else { Err(trouble.join("\n").into()) }
}
