//! Words for what was seen on this machine: one file per family of answers.
//!
//! As all words for readings: a plain sentence that stands alone, without capital letter or final
//! stop, in which received text is a quotation.

mod certificate;
mod change;
pub(crate) mod firewall;
mod listener;
mod log;
mod machine;
mod owner;
mod place;
mod proxy;
mod tunnel;
mod unit;
mod upstream;

use crate::evidence::host::{HostAnswer, HostQuestion, LogSource};
use crate::evidence::{Question, Reading};
use crate::report::guard::quote;

/// What a reading of this machine says.
pub(super) fn sentence(reading: &Reading, answer: &HostAnswer) -> String {
    let Question::Host(question) = &reading.question else {
        return format!("{} answered", quote(&reading.peer));
    };
    match answer {
        HostAnswer::Place(place) => place::sentence(place),
        HostAnswer::Listeners(listeners) => listener::sentence(listeners),
        HostAnswer::Proxy(proxy) => proxy::sentence(proxy),
        HostAnswer::Rehearsal(rehearsal) => proxy::rehearsal(question, rehearsal),
        HostAnswer::Upstream(answer) => upstream::sentence(question, answer, reading.took_ms),
        HostAnswer::Owner(owner) => owner::sentence(question, owner),
        HostAnswer::Unit(unit) => unit::sentence(question, unit, reading.at),
        HostAnswer::Log(log) => log::sentence(question, log, reading.at),
        HostAnswer::Certificate(answer) => certificate::sentence(question, answer),
        HostAnswer::Renewal(renewal) => certificate::renewal(question, renewal),
        HostAnswer::Connector(connector) => tunnel::sentence(question, connector),
        HostAnswer::Disk(disk) => machine::disk(question, disk),
        HostAnswer::Memory(memory) => machine::memory(memory),
        HostAnswer::Files(files) => machine::files(question, files),
        HostAnswer::Conntrack(conntrack) => machine::conntrack(conntrack),
        HostAnswer::Firewall(firewall) => firewall::sentence(firewall),
        HostAnswer::Load(load) => machine::load(load),
        HostAnswer::Changes(changes) => change::sentence(changes),
        HostAnswer::Failed { why } => {
            format!("{} could not be looked at: {}", subject(question), quote(why))
        }
    }
}

/// What was asked about, as the beginning of a sentence.
pub(super) fn subject(question: &HostQuestion) -> String {
    match question {
        HostQuestion::Place
        | HostQuestion::Listeners
        | HostQuestion::Memory
        | HostQuestion::Conntrack
        | HostQuestion::Firewall
        | HostQuestion::Load
        | HostQuestion::Changes => question.peer(),
        HostQuestion::Proxy { kind } => format!("{}'s configuration", kind.word()),
        HostQuestion::Rehearsal { kind } => {
            format!("whether {} takes its configuration", kind.word())
        }
        HostQuestion::Log { source, .. } => match source {
            LogSource::File { path } => quote(path),
            LogSource::Journal { unit } => format!("the journal of {}", quote(unit)),
            LogSource::Kernel => source.to_string(),
        },
        HostQuestion::Files { program, .. } => {
            format!("how many files {} has open", quote(program))
        }
        _ => quote(&question.peer()),
    }
}
