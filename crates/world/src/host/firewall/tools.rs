//! Asking one of this machine's tools, and what its refusal means.

use std::path::{Path, PathBuf};

use rayfix_core::firewall::{Got, Input};
use tokio::time::Instant;

use crate::clock;
use crate::host::run::{self, Unheard};

/// Where tools are, in the order in which root finds them.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// What is taken from one tool: a set of a million elements is some 60 MiB.
const MOST: u64 = 512 << 20;
/// What all say who lack the right to ask.
pub(super) const ONLY_ROOT: &str = "only root may list the rules";

/// A tool that is installed.
pub(super) struct Tool {
    name: &'static str,
    /// Where it really is.
    pub(super) at: PathBuf,
}

/// Finds a tool that nobody but root can have put there.
pub(super) fn find(name: &'static str) -> Option<Tool> {
    let at = FOLDERS.iter().find_map(|folder| run::trusted(&Path::new(folder).join(name)))?;
    Some(Tool { name, at })
}

impl Tool {
    /// Asks it until then.
    pub(super) async fn ask(&self, args: &[&str], ends: Instant) -> Got {
        let limit = ends.saturating_duration_since(clock::instant());
        let asked = || format!("`{} {}`", self.name, args.join(" "));
        match run::hear(&self.at, self.name, args, MOST, limit).await {
            Ok(heard) if heard.status == Some(0) => Got::Text(heard.text),
            Ok(heard) => Got::Missing(refusal(&asked(), &heard.complaint)),
            Err(Unheard::NotStarted) => Got::Missing(format!("{} could not be started", asked())),
            Err(Unheard::Late) => Got::Missing(format!("{} did not end in time", asked())),
            Err(Unheard::TooMuch) => Got::Missing(format!("{} says more than 512 MiB", asked())),
        }
    }
}

/// Asks for an input by its own command.
pub(super) async fn ask(input: Input, ends: Instant) -> Got {
    let mut words = input.command().split(' ');
    let name = words.next().unwrap_or_default();
    match find(name) {
        Some(tool) => tool.ask(&words.collect::<Vec<_>>(), ends).await,
        None => not_installed(name),
    }
}

/// Nobody is there to ask.
pub(super) fn not_installed(name: &str) -> Got {
    Got::Missing(format!("{name} is not installed"))
}

/// A tool's complaint in a sentence without its end.
pub(super) fn refusal(asked: &str, complaint: &str) -> String {
    let lower = complaint.to_ascii_lowercase();
    if ["not permitted", "permission denied", "must be root"].iter().any(|one| lower.contains(one))
    {
        return ONLY_ROOT.to_owned();
    }
    let first = complaint.lines().map(str::trim).find(|line| !line.is_empty());
    match first {
        Some(first) => format!("{asked} failed: {}", first.chars().take(200).collect::<String>()),
        None => format!("{asked} failed and did not say why"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lacks_the_right_is_told_so_whichever_tool_says_it() {
        for complaint in [
            "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: \
             Operation not permitted\n",
            "iptables-nft-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission \
             denied (you must be root)\n",
            "ipset v7.17: Kernel error received: Operation not permitted\n",
        ] {
            assert_eq!(refusal("`nft`", complaint), ONLY_ROOT);
        }
        let other = refusal("`ip -j addr`", "\nOption \"-j\" is unknown, try \"ip -help\".\n");
        assert_eq!(other, "`ip -j addr` failed: Option \"-j\" is unknown, try \"ip -help\".");
    }
}
