//! Cases made by hand: the scripts of `real/filter/cases`, and what their first lines state.

use std::fs;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;
use rayfix_core::ranges::Ranges;

use super::fate::Probe;
use super::stage::{LISTENERS, data};

/// A case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of its file.
    pub name: String,
    /// The script.
    pub script: String,
    /// What the kernel does.
    pub kernel: Vec<Stated>,
    /// Who decides.
    pub by: Vec<Stated>,
    /// Why rayfix may say that it cannot tell.
    pub unknown_allowed: Option<String>,
    /// Where programs listen.
    pub listen: Vec<String>,
    /// Which ports are tried.
    pub ports: Vec<u16>,
    /// Programs that must be there besides.
    pub needs: Vec<String>,
}

/// A line about some addresses at some ports.
#[derive(Debug, Clone)]
pub struct Stated {
    /// Whose connections.
    pub who: Who,
    /// To which ports; empty: to all.
    pub ports: Vec<RangeInclusive<u16>>,
    /// What is stated of them.
    pub what: String,
    /// The line.
    pub line: String,
}

/// Some addresses.
#[derive(Debug, Clone)]
pub enum Who {
    /// Those of a prefix.
    Prefix(IpNet),
    /// Cloudflare's or (`false`) all others', of one family or of both.
    Cloudflare(bool, Option<Version>),
    /// All.
    All,
}

/// A family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// IPv4.
    Four,
    /// IPv6.
    Six,
}

impl Case {
    /// All of them, by name.
    ///
    /// # Errors
    /// Of a script that cannot be read: its name, and why.
    pub fn all() -> Result<Vec<Case>, String> {
        let folder = data("cases");
        let files = fs::read_dir(&folder).map_err(|error| format!("{folder}: {error}"))?;
        let mut cases = Vec::new();
        for file in files.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let Some(name) = name.strip_suffix(".sh") else { continue };
            let script =
                fs::read_to_string(file.path()).map_err(|error| format!("{name}: {error}"))?;
            cases.push(Case::read(name, script)?);
        }
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(cases)
    }

    fn read(name: &str, script: String) -> Result<Case, String> {
        let mut case = Case {
            name: name.to_owned(),
            kernel: Vec::new(),
            by: Vec::new(),
            unknown_allowed: None,
            listen: LISTENERS.iter().copied().map(str::to_owned).collect(),
            ports: vec![80, 443, 22],
            needs: Vec::new(),
            script: String::new(),
        };
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for line in script.lines().map_while(|line| line.strip_prefix('#')) {
            let Some((key, value)) = line.trim().split_once(": ") else { continue };
            let wrong = || format!("{name}: cannot read the line `{line}`");
            match key {
                "kernel" => case.kernel.push(Stated::read(value).ok_or_else(wrong)?),
                "by" => case.by.push(Stated::read(value).ok_or_else(wrong)?),
                "unknown allowed" => case.unknown_allowed = Some(value.to_owned()),
                "listen" => case.listen = words(value),
                "needs" => case.needs = words(value),
                "ports" => {
                    let ports = value.split([',', ' ']).filter(|port| !port.is_empty());
                    case.ports =
                        ports.map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
                }
                _ => {}
            }
        }
        case.script = script;
        if case.kernel.is_empty() {
            return Err(format!("{name}: no line begins with `# kernel:`"));
        }
        Ok(case)
    }
}

impl Stated {
    fn read(line: &str) -> Option<Stated> {
        let mut words = line.splitn(3, ' ');
        let who = match words.next()? {
            "all" => Who::All,
            "cloudflare" => Who::Cloudflare(true, None),
            "cloudflare4" => Who::Cloudflare(true, Some(Version::Four)),
            "cloudflare6" => Who::Cloudflare(true, Some(Version::Six)),
            "others" => Who::Cloudflare(false, None),
            "others4" => Who::Cloudflare(false, Some(Version::Four)),
            "others6" => Who::Cloudflare(false, Some(Version::Six)),
            one => {
                Who::Prefix(one.parse().or_else(|_| one.parse().map(|ip: IpAddr| ip.into())).ok()?)
            }
        };
        let mut ports = Vec::new();
        for text in words.next()?.split(',').filter(|text| *text != "all") {
            let (low, high) = text.split_once('-').unwrap_or((text, text));
            ports.push(low.parse().ok()?..=high.parse().ok()?);
        }
        let what = words.next()?.trim().to_owned();
        Some(Stated { who, ports, what, line: line.to_owned() })
    }

    /// Whether it is about this connection.
    #[must_use]
    pub fn is_about(&self, probe: &Probe) -> bool {
        let port =
            self.ports.is_empty() || self.ports.iter().any(|ports| ports.contains(&probe.port));
        port && self.who.holds(probe.from)
    }
}

impl Who {
    fn holds(&self, address: IpAddr) -> bool {
        match self {
            Who::All => true,
            Who::Prefix(prefix) => prefix.contains(&address),
            Who::Cloudflare(theirs, version) => {
                let four =
                    version.is_none_or(|version| (version == Version::Four) == address.is_ipv4());
                four && Ranges::built_in().contains(address) == *theirs
            }
        }
    }
}
