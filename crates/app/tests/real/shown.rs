//! That a fault breaks what the visitor gets through the edge, in the way that it says; and that the pretend
//! cloudflared speaks as the real one does.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use rayfix_lab::real::Raised;
use rayfix_lab::real::faults::Fault;

use crate::diagnosing::SITE;

/// So many visits that each of Cloudflare's ranges has been used: its 15 and 7 prefixes have their
/// turn on every second visit.
const EVERY_RANGE: usize = 30;

/// The visitor gets the status that the fault says.
pub(crate) fn shown(stage: &Raised, fault: &Fault) -> Result<(), Failed> {
    let mut seen = Vec::new();
    while seen.len() < EVERY_RANGE && !seen.contains(&fault.shows) {
        seen.push(stage.visit(SITE)?);
    }
    if !seen.contains(&fault.shows) {
        return Err(format!("visits: {} not in {seen:?}", fault.shows).into());
    }
    if stage.exec_in_origin(&["test", "-e", "/usr/bin/cloudflared"])?.code == Some(0) {
        says_what_the_real_one_says(stage)?;
    }
    Ok(())
}

/// Every line that the pretend cloudflared wrote is one that the real one was seen to write.
fn says_what_the_real_one_says(stage: &Raised) -> Result<(), Failed> {
    let recorded: BTreeSet<&str> =
        include_str!("../../../lab/real/tunnel/recorded.txt").lines().collect();
    let journal = ["journalctl", "--output=cat", "--no-pager", "_COMM=cloudflared"];
    let said = stage.order(&journal)?;
    let unknown: BTreeSet<String> = said
        .lines()
        .map(masked)
        .filter(|line| !line.is_empty() && !recorded.contains(line.as_str()))
        .collect();
    match said.trim().is_empty() || !unknown.is_empty() {
        true => {
            Err(format!("the pretend cloudflared wrote what the real one does not: {unknown:#?}")
                .into())
        }
        false => Ok(()),
    }
}

/// A line without what changes from run to run.
fn masked(line: &str) -> String {
    let masks = [
        (r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[^ ]+Z ", ""),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,}", "U"),
        (r"(originService|dest|location|ip|tunnelID|connection)=[^ ]+", "${1}=_"),
        (r"lookup [^ ]+ on [^ ]+", "lookup _ on _"),
        (r"(dial|read) (tcp|unix) [^ ]+: ", "${1} ${2} _: "),
        (r"server on [^ ]+", "server on _"),
        (r"in config file at [^ ]+: yaml: .*", "in config file at _: yaml: _"),
        (r"open [^ ]+: (no such|permission)", "open _: ${1}"),
        (r#"certificate is valid for [^"]+"#, "certificate is valid for _"),
        (r#" \(possibly because of .*?\)""#, "\""),
        (r"[0-9]+", "N"),
        (r"Checksum [^ ]+", "Checksum _)"),
    ];
    masks.iter().fold(line.trim_end().to_owned(), |line, (pattern, with)| {
        regex::Regex::new(pattern).expect("a pattern").replace_all(&line, *with).into_owned()
    })
}
