//! Words for a web server and its configuration.

use super::subject;
use crate::evidence::host::{HostQuestion, ProxySeen, Rehearsal};
use crate::report::guard::quote;

pub(super) fn sentence(proxy: &ProxySeen) -> String {
    let runs = if proxy.running.is_some() { "runs" } else { "does not run" };
    let named = if proxy.names_site { "has" } else { "has no" };
    format!(
        "{} {runs}, and {} {named} server for the site",
        proxy.kind.word(),
        quote(&proxy.config)
    )
}

pub(super) fn rehearsal(question: &HostQuestion, rehearsal: &Rehearsal) -> String {
    let HostQuestion::Rehearsal { kind } = question else { return subject(question) };
    let name = kind.word();
    match rehearsal {
        Rehearsal::Passes { .. } => format!("{name} would start with its files as they are"),
        Rehearsal::Fails { says, .. } => format!("{name} refuses its files: {}", quote(says)),
        Rehearsal::Untried { why } => {
            format!("whether {name} takes its files could not be tried: {}", quote(why))
        }
    }
}
