//! What an ordinary user does not get to see on this machine, and root would.

use super::OnHost;
use crate::evidence::host::{CertificateAnswer, HostQuestion, LogAnswer, LogSource, UnitAnswer};
use crate::evidence::{Answer, Evidence, HostAnswer, Question, WhyNot};
use crate::report::guard::quote;

/// Things that stayed unseen, as nouns for a sentence, in the order of the readings; empty where it
/// was looked into as root.
#[must_use]
pub fn unseen(host: &OnHost<'_>, evidence: &Evidence) -> Vec<String> {
    if host.place.root {
        return Vec::new();
    }
    let mut all: Vec<String> = Vec::new();
    for reading in &evidence.readings {
        let Question::Host(question) = &reading.question else { continue };
        let what = match (&reading.answer, reading.host().map(|(_, answer)| answer)) {
            (Answer::NotAsked { why: WhyNot::NeedsRoot }, _) => Some(noun(question)),
            (_, Some(HostAnswer::Log(LogAnswer::Forbidden)))
            | (_, Some(HostAnswer::Certificate(CertificateAnswer::Forbidden)))
            | (_, Some(HostAnswer::Unit(UnitAnswer::Denied { .. }))) => Some(noun(question)),
            (_, Some(HostAnswer::Listeners(listeners))) if !listeners.owners_seen => {
                Some("the programs behind its sockets".to_owned())
            }
            (_, Some(HostAnswer::Proxy(proxy))) if !proxy.is_whole => {
                Some(format!("some files of {}", proxy.kind.word()))
            }
            _ => None,
        };
        all.extend(what.filter(|what| !all.contains(what)));
    }
    all
}

fn noun(question: &HostQuestion) -> String {
    match question {
        HostQuestion::Log { source: LogSource::Journal { unit }, .. } => {
            format!("the journal of {}", quote(unit))
        }
        HostQuestion::Log { source: LogSource::Kernel, .. } => "the kernel's log".to_owned(),
        HostQuestion::Rehearsal { kind } => format!("whether {} takes its files", kind.word()),
        HostQuestion::Proxy { kind } => format!("the files of {}", kind.word()),
        HostQuestion::Files { program, .. } => format!("the open files of {}", quote(program)),
        HostQuestion::Place
        | HostQuestion::Listeners
        | HostQuestion::Memory
        | HostQuestion::Load
        | HostQuestion::Conntrack
        | HostQuestion::Firewall
        | HostQuestion::Changes => question.peer(),
        _ => quote(&question.peer()),
    }
}
