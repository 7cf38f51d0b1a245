//! What changed on a machine, out of what its programs write about it.
//!
//! systemd's own entries of the journal bear numbers that say what happened to which unit, whatever
//! the language (systemd, catalog/systemd.catalog); dpkg and dnf write a line a package; files tell
//! when they were written to. Whoever reads them hands them over in any order, and [`History::end`]
//! puts them together: what belongs to one act becomes one line, and what every machine does all day
//! (timers, logins) is left out unless it failed. What a change has to do with a fault is not said.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::json::{self, Value};
use super::timestamp::{self, Clock};
use super::{envelope, scan};
use crate::evidence::host::Change;

/// How many changes are told.
const TOLD: usize = 60;

/// How many are kept until they are put together.
const KEPT: usize = 5_000;

/// A stop and a start within so many seconds are a restart.
const RESTART: i64 = 10;

/// The end of a process and the failure of its unit lie so close, in seconds.
const BESIDE: i64 = 5;

/// Packages of one act follow each other within so many seconds.
const ACT: i64 = 120;

/// More packages than this are told together.
const PACKAGES: usize = 3;

/// While a machine starts everything does, for so many seconds before it is up.
const STARTING: i64 = 300;

// What systemd's entries are about, by the number that they bear.
const UP: &str = "b07a249cd024414a82dd00cd181378ff";
const UP_IN_CONTAINER: &str = "eed00a68ffd84e31882105fd973abdd1";
const STARTED: &str = "39f53479d3a045ac8e11786248231fbf";
const STOPPED: &str = "9d1aaa27d60140bd96365438aad20286";
const RELOADED: &str = "7b05ebc668384222baa8881179cfda54";
const UNSTARTED: &str = "be02cf6855d2428ba40df7e9d022f03d";
const RESULT: &str = "d9b373ed55a64feb8242e02dbe79a49c";
const PROCESS_ENDED: &str = "98e322203f7a4ed290d09fe03c09fe15";

/// The numbers of the entries that [`History::entry`] reads; any other tells it nothing.
pub const ENTRIES: [&str; 8] =
    [UP, UP_IN_CONTAINER, STARTED, STOPPED, RELOADED, UNSTARTED, RESULT, PROCESS_ENDED];

/// Units that keep a firewall.
const FIREWALLS: [&str; 10] = [
    "ufw",
    "firewalld",
    "nftables",
    "iptables",
    "ip6tables",
    "netfilter-persistent",
    "shorewall",
    "fail2ban",
    "crowdsec",
    "crowdsec-firewall-bouncer",
];

/// Beginnings of units that come and go on every machine.
const HOUSEHOLD: [&str; 33] = [
    "anacron",
    "apport",
    "apt-",
    "blk-availability",
    "dbus",
    "dm-event",
    "dpkg-",
    "e2scrub",
    "emergency",
    "esm-cache",
    "fstrim",
    "fwupd",
    "getty",
    "initrd",
    "logrotate",
    "man-db",
    "mdcheck",
    "mdmonitor",
    "modprobe@",
    "motd-news",
    "packagekit",
    "phpsessionclean",
    "plocate",
    "polkit",
    "run-",
    "serial-getty",
    "session-",
    "snap.",
    "sysstat",
    "ua-timer",
    "update-notifier",
    "user-runtime-dir@",
    "user@",
];

/// Of systemd's own units those that a site may hang on.
const OF_SYSTEMD: [&str; 4] =
    ["systemd-networkd", "systemd-resolved", "systemd-timesyncd", "systemd-oomd"];

/// Beginnings of names of packages that are told first.
const TELLING: [&str; 14] = [
    "nginx", "apache2", "httpd", "haproxy", "caddy", "php", "gunicorn", "uwsgi", "openssl",
    "libssl", "certbot", "python3", "nodejs", "systemd",
];

/// What changed, as far as it was handed over.
#[derive(Debug)]
pub struct History {
    clock: Clock,
    from: Timestamp,
    units: Vec<UnitTold>,
    ended: Vec<(Timestamp, String, String)>,
    packages: Vec<Package>,
    boots: Vec<Timestamp>,
    other: Vec<Change>,
}

#[derive(Debug, Clone)]
struct UnitTold {
    at: Timestamp,
    unit: String,
    what: What,
}

/// What happened to a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Started,
    Ran,
    Stopped,
    Restarted,
    Reloaded,
    Failed(String),
    Unstarted,
}

#[derive(Debug, Clone)]
struct Package {
    at: Timestamp,
    name: String,
    act: &'static str,
    text: String,
}

impl History {
    /// Nothing yet; what is elder than `from` is left out.
    #[must_use]
    pub fn since(from: Timestamp, clock: Clock) -> History {
        History {
            clock,
            from,
            units: Vec::new(),
            ended: Vec::new(),
            packages: Vec::new(),
            boots: Vec::new(),
            other: Vec::new(),
        }
    }

    /// Takes an entry that systemd wrote, as `journalctl -o json` tells it.
    pub fn entry(&mut self, line: &[u8]) {
        if self.units.len() + self.ended.len() >= KEPT {
            return;
        }
        let peeled = envelope::peel(line);
        let Some(at) = peeled.at.and_then(|at| self.clock.place(&at)).filter(|at| *at >= self.from)
        else {
            return;
        };
        let mut fields: BTreeMap<&[u8], String> = BTreeMap::new();
        for (key, value) in json::fields(line) {
            if let (
                b"MESSAGE_ID" | b"UNIT" | b"UNIT_RESULT" | b"EXIT_CODE" | b"EXIT_STATUS",
                Value::Text(text),
            ) = (key, value)
            {
                fields.insert(key, scan::text(text));
            }
        }
        let field =
            |name: &str| fields.get(name.as_bytes()).map(String::as_str).unwrap_or_default();
        let id = field("MESSAGE_ID");
        // The machine, or the container, is up.
        if matches!(id, UP | UP_IN_CONTAINER) {
            self.boots.push(at);
            return;
        }
        let unit = field("UNIT");
        if !is_name(unit) {
            return;
        }
        let said = |lead: &str| peeled.message.starts_with(lead.as_bytes());
        let what = match id {
            STARTED if said("Finished ") => What::Ran,
            // The same number is borne by units that were skipped.
            STARTED if said("Started ") || said("Listening on ") => What::Started,
            STOPPED => What::Stopped,
            RELOADED => What::Reloaded,
            UNSTARTED => What::Unstarted,
            RESULT => What::Failed(field("UNIT_RESULT").to_owned()),
            PROCESS_ENDED => {
                let how = match (field("EXIT_CODE"), field("EXIT_STATUS")) {
                    (_, "") => return,
                    ("exited", status) => format!("exit status {status}"),
                    (_, signal) => format!("signal {signal}"),
                };
                self.ended.push((at, unit.to_owned(), how));
                return;
            }
            _ => return,
        };
        self.units.push(UnitTold { at, unit: unit.to_owned(), what });
    }

    /// Takes a line of `dpkg.log` or `dnf.rpm.log`.
    pub fn package(&mut self, line: &[u8]) {
        if self.packages.len() < KEPT
            && let Some(package) = self.read_package(line)
        {
            self.packages.push(package);
        }
    }

    /// Takes a change that whoever saw it has put into words.
    pub fn other(&mut self, at: Timestamp, kind: &str, text: String) {
        if at >= self.from && self.other.len() < KEPT {
            self.other.push(Change { at, kind: kind.to_owned(), text });
        }
    }

    /// The machine was started then.
    pub fn boot(&mut self, at: Timestamp) {
        if at >= self.from {
            self.boots.push(at);
        }
    }

    /// All changes, the eldest first: the newest sixty.
    #[must_use]
    pub fn end(mut self) -> Vec<Change> {
        let mut all = std::mem::take(&mut self.other);
        all.extend(self.boots_told());
        all.extend(self.units_told());
        all.extend(packages_told(std::mem::take(&mut self.packages)));
        all.sort_by(|a, b| (a.at, &a.text).cmp(&(b.at, &b.text)));
        let more = all.len().saturating_sub(TOLD);
        all.drain(..more);
        all
    }

    /// Boots that lie close together are one: the kernel's start, and that everything is up.
    fn boots_told(&mut self) -> Vec<Change> {
        self.boots.sort_unstable();
        let mut told: Vec<Change> = Vec::new();
        for at in &self.boots {
            if told.last().is_none_or(|last| seconds(last.at, *at) > STARTING) {
                let text = "the machine was started".to_owned();
                told.push(Change { at: *at, kind: "boot".to_owned(), text });
            }
        }
        told
    }

    fn units_told(&mut self) -> Vec<Change> {
        self.units.sort_by(|a, b| (a.at, &a.unit).cmp(&(b.at, &b.unit)));
        let mut told: Vec<UnitTold> = Vec::new();
        for one in std::mem::take(&mut self.units) {
            let is_failure = matches!(one.what, What::Failed(_) | What::Unstarted);
            let is_of_boot =
                self.boots.iter().any(|up| (0..=STARTING).contains(&seconds(one.at, *up)));
            if !is_failure && (is_household(&one.unit) || is_of_boot) {
                continue;
            }
            let before = told.iter_mut().rev().find(|before| before.unit == one.unit);
            match (before, &one.what) {
                (Some(before), What::Started | What::Ran)
                    if before.what == What::Stopped && seconds(before.at, one.at) <= RESTART =>
                {
                    *before = UnitTold { what: What::Restarted, ..one };
                }
                // The unit failed, and so did the order to start it.
                (Some(before), What::Unstarted)
                    if matches!(before.what, What::Failed(_))
                        && seconds(before.at, one.at) <= BESIDE => {}
                _ => told.push(one),
            }
        }
        told.sort_by_key(|one| one.at);
        let worded = told.into_iter().map(|one| {
            let kind = kind_of(&one.unit);
            (one.at, kind, self.words(&one))
        });
        repeated(worded.collect())
    }

    fn words(&self, told: &UnitTold) -> String {
        let unit = &told.unit;
        match &told.what {
            What::Started => format!("{unit} started"),
            What::Ran => format!("{unit} ran"),
            What::Stopped => format!("{unit} stopped"),
            What::Restarted => format!("{unit} restarted"),
            What::Reloaded => format!("{unit} reloaded"),
            What::Unstarted => format!("{unit} could not be started"),
            What::Failed(result) => {
                let how = self.ended.iter().rev().find(|(at, ended, _)| {
                    ended == unit && (-BESIDE..=BESIDE).contains(&seconds(*at, told.at))
                });
                match (result.as_str(), how) {
                    ("start-limit-hit", _) => {
                        format!("{unit} failed too often and is left as it is")
                    }
                    ("oom-kill", _) => format!("{unit} failed (out of memory)"),
                    ("exit-code" | "signal" | "core-dump", Some((_, _, how))) => {
                        format!("{unit} failed ({how})")
                    }
                    ("", _) => format!("{unit} failed"),
                    (result, _) => format!("{unit} failed ({})", result.replace('-', " ")),
                }
            }
        }
    }

    /// `2026-11-22 05:06:07 upgrade nginx:amd64 1.22.1-9 1.22.1-9+deb12u1`, and
    /// `2026-11-22T05:06:07+0000 SUBDEBUG Upgrade: nginx-1:1.22.1-9.el9.x86_64`.
    fn read_package(&self, line: &[u8]) -> Option<Package> {
        let (at, rest) = timestamp::dashed(&line[..line.len().min(envelope::LINE)])?;
        let at = self.clock.place(&at).filter(|at| *at >= self.from)?;
        let rest = String::from_utf8_lossy(rest.trim_ascii_start());
        let mut words = rest.split_ascii_whitespace();
        let (first, second) = (words.next()?, words.next()?);
        if first == "SUBDEBUG" {
            let act = match second {
                "Installed:" => "installed",
                "Upgrade:" => "upgraded",
                "Erase:" => "removed",
                _ => return None,
            };
            let name = words.next().filter(|name| is_name(name))?.to_owned();
            return Some(Package { at, text: format!("{name} was {act}"), name, act });
        }
        let name = second.split(':').next().filter(|name| is_name(name))?.to_owned();
        let (old, new) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (act, text) = match first {
            "install" if is_name(new) => ("installed", format!("{name} was installed ({new})")),
            "upgrade" if is_name(old) && is_name(new) => {
                ("upgraded", format!("{name} was upgraded from {old} to {new}"))
            }
            "remove" => ("removed", format!("{name} was removed")),
            _ => return None,
        };
        Some(Package { at, name, act, text })
    }
}

/// Packages of one act are told together where they are many; cloudflared always by itself.
fn packages_told(mut packages: Vec<Package>) -> Vec<Change> {
    packages.sort_by(|a, b| (a.act, a.at).cmp(&(b.act, b.at)));
    let change = |at, kind: &str, text| Change { at, kind: kind.to_owned(), text };
    let mut told = Vec::new();
    let (tunnel, rest): (Vec<_>, Vec<_>) =
        packages.into_iter().partition(|one| one.name.starts_with("cloudflared"));
    told.extend(tunnel.into_iter().map(|one| change(one.at, "cloudflared", one.text)));
    let acts = rest.chunk_by(|a, b| a.act == b.act && seconds(a.at, b.at) <= ACT);
    for act in acts {
        if act.len() <= PACKAGES {
            told.extend(act.iter().map(|one| change(one.at, "package", one.text.clone())));
            continue;
        }
        let rank = |name: &str| {
            TELLING.iter().position(|lead| name.starts_with(lead)).unwrap_or(TELLING.len())
        };
        let mut names: Vec<&str> = act.iter().map(|one| one.name.as_str()).collect();
        names.sort_by_key(|name| rank(name));
        names.truncate(PACKAGES);
        let text =
            format!("{} packages were {}, {} among them", act.len(), act[0].act, names.join(", "));
        told.push(change(act[0].at, "package", text));
    }
    told
}

/// The same words again are one change, with how often and until when.
fn repeated(told: Vec<(Timestamp, &'static str, String)>) -> Vec<Change> {
    let mut all: Vec<(Change, u32, Timestamp)> = Vec::new();
    for (at, kind, text) in told {
        match all.iter_mut().find(|(known, _, _)| known.text == text) {
            Some((_, count, last)) => {
                *count += 1;
                *last = at;
            }
            None => all.push((Change { at, kind: kind.to_owned(), text }, 1, at)),
        }
    }
    let finished = all.into_iter().map(|(change, count, last)| match count {
        1 => change,
        _ => {
            let until = last.to_string();
            let until = until.split(['T', '.', 'Z']).nth(1).unwrap_or_default().to_owned();
            Change { text: format!("{}, {count} times until {until} UTC", change.text), ..change }
        }
    });
    finished.collect()
}

fn kind_of(unit: &str) -> &'static str {
    let stem = unit.rsplit_once('.').map_or(unit, |(stem, _)| stem);
    match stem {
        _ if FIREWALLS.contains(&stem) => "firewall",
        _ if stem.starts_with("cloudflared") => "cloudflared",
        _ => "unit",
    }
}

/// Whether a unit comes and goes on every machine.
fn is_household(unit: &str) -> bool {
    let tells = unit.ends_with(".service") || unit.ends_with(".socket");
    let of_systemd =
        unit.starts_with("systemd-") && !OF_SYSTEMD.iter().any(|own| unit.starts_with(own));
    !tells || of_systemd || HOUSEHOLD.iter().any(|lead| unit.starts_with(lead))
}

/// Names of units and packages, and versions.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b":-_.\\@+~^%".contains(&b))
}

/// From one time to another.
fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

#[cfg(test)]
mod tests;
