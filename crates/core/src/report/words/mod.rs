//! Words for readings: each as one plain sentence in which a peer does something.
//!
//! A sentence stands alone (who, asked what, did what), since it is cited far from its
//! neighbours. What was received stands in it as a quotation (`guard`), so a sentence can be shown
//! anywhere. It has no capital letter first and no final stop: it follows "because" or a number.
//! This file does not judge: "refused" is what happened, whose fault it is stands elsewhere.

pub(crate) mod account;
pub(crate) mod host;
pub(crate) mod http;
pub(crate) mod tls;
pub(crate) mod units;
mod visit;

use std::net::SocketAddr;

use self::units::{duration, list, list_of, names};
use self::visit::{Sitting, visit};
use crate::evidence::{
    Answer, DnsAnswer, Evidence, Offer, Question, Reading, ReadingId, Record, Seen, TcpAnswer,
    Trace, WhyNot,
};
use crate::hop::Hop;
use crate::report::guard::quote;
use crate::report::numbers::{errno, rcode};
use crate::target::Scheme;

/// What a reading says, as one sentence.
#[must_use]
pub fn sentence(reading: &Reading) -> String {
    let question = &reading.question;
    match &reading.answer {
        Answer::Got(Seen::Visit(answer)) => {
            visit(question, answer, &Sitting::of(reading, answer)).0
        }
        Answer::Got(Seen::Dns(answer)) => lookup(question, &reading.peer, answer),
        Answer::Got(Seen::Trace(answer)) => trace(&subject(question), answer),
        Answer::Got(Seen::Tcp(answer)) => {
            format!("{} {}", subject(question), connection(answer, reading.took_ms))
        }
        Answer::Got(Seen::Tls(answer)) => {
            format!("{} {}", subject(question), tls::handshake(answer))
        }
        Answer::Got(Seen::Http(answer)) => {
            format!("{} {}", subject(question), http::reply(answer))
        }
        Answer::Got(Seen::Account(answer)) => account::sentence(question, answer),
        Answer::Got(Seen::Host(answer)) => host::sentence(reading, answer),
        Answer::Unreached { at } => {
            format!("{}: the way there ended at {}", undone(question), station(*at))
        }
        Answer::NotAsked { why } => format!("{}: {}", undone(question), reason(*why, question)),
    }
}

/// The station in a sentence, with its article.
#[must_use]
pub fn station(hop: Hop) -> &'static str {
    match hop {
        Hop::Dns => "the name",
        Hop::Edge => "Cloudflare's edge",
        Hop::Tunnel => "the tunnel",
        Hop::Net => "the network to the origin",
        Hop::Tls => "the handshake with the origin",
        Hop::Http => "the origin's reply",
        Hop::Proxy => "the proxy in front of the app",
        Hop::App => "the app",
        Hop::Host => "the origin's machine",
    }
}

/// What cannot be known of a station while something before it breaks.
pub(crate) fn unknown(hop: Hop) -> &'static str {
    match hop {
        Hop::Dns => "where the name leads",
        Hop::Edge => "how the edge answers",
        Hop::Tunnel => "whether the tunnel stands",
        Hop::Net => "whether the origin accepts connections",
        Hop::Tls => "whether the origin's handshake and certificate hold",
        Hop::Http => "how the origin replies",
        Hop::Proxy => "whether the proxy reaches the app",
        Hop::App => "whether the app answers",
        Hop::Host => "how the origin's machine is",
    }
}

/// One sentence for several readings, with the numbers of those that it stands for.
///
/// Visits that ended alike are told together, and so is what would be the same sentence twice; all
/// else one by one, in the order given.
pub(crate) fn together(evidence: &Evidence, ids: &[ReadingId]) -> Vec<(String, Vec<ReadingId>)> {
    let mut told: Vec<(Option<String>, Vec<&Reading>)> = Vec::new();
    for reading in ids.iter().filter_map(|id| evidence.reading(*id)) {
        let alike = match &reading.answer {
            Answer::Got(Seen::Visit(answer)) => {
                let (mut gist, grouped) = visit(&reading.question, answer, &Sitting::default());
                if !grouped {
                    gist = sentence(reading);
                }
                Some(gist)
            }
            _ => Some(sentence(reading)),
        };
        match told.iter_mut().find(|(gist, _)| gist.is_some() && *gist == alike) {
            Some((_, readings)) => readings.push(reading),
            None => told.push((alike, vec![reading])),
        }
    }
    told.into_iter()
        .map(|(_, readings)| {
            let cited = readings.iter().map(|reading| reading.id).collect();
            match (&readings[..], readings[0].seen()) {
                ([_, _, ..], Some(Seen::Visit(answer))) => {
                    let sitting = Sitting::of_all(&readings);
                    (visit(&readings[0].question, answer, &sitting).0, cited)
                }
                _ => (sentence(readings[0]), cited),
            }
        })
        .collect()
}

fn lookup(question: &Question, peer: &str, answer: &DnsAnswer) -> String {
    let (name, family) = match question {
        Question::Resolve { name, record } => (quote(name), family(*record)),
        _ => (quote(peer), "address"),
    };
    // The alias itself stands first in the sentence, what it leads to last.
    let by = |aliases: &[String]| match aliases {
        [] => name.clone(),
        some => format!("{name}, an alias of {},", names(some)),
    };
    match answer {
        DnsAnswer::Resolved { addresses, aliases } => {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let at = list_of(&addresses, 6);
            format!("the resolver says that {} is at {at}", by(aliases))
        }
        DnsAnswer::NoRecord { aliases } => {
            format!("the resolver says that {} has no {family}", by(aliases))
        }
        DnsAnswer::NoName => format!("the resolver says that {name} does not exist"),
        DnsAnswer::Failed { rcode: number } => {
            format!("the resolver could not find out about {name} ({})", rcode(*number))
        }
        DnsAnswer::Silent => {
            format!("the resolver did not answer when it was asked for the {family} of {name}")
        }
    }
}

fn trace(subject: &str, answer: &Trace) -> String {
    match answer {
        Trace::Answered { lines } => {
            let colo =
                lines.get("colo").map(|colo| format!(", in the data centre {}", quote(colo)));
            format!("{subject} answered as Cloudflare's edge does{}", colo.unwrap_or_default())
        }
        Trace::NotAnswered { status: Some(status) } => {
            format!("{subject} replied {status}, which Cloudflare's edge does not")
        }
        Trace::NotAnswered { status: None } => format!("{subject} did not answer"),
    }
}

/// What a peer did with a connection; `took_ms` 0: the time is not told.
fn connection(answer: &TcpAnswer, took_ms: u64) -> String {
    match answer {
        TcpAnswer::Accepted if took_ms > 0 => {
            format!("accepted the connection in {}", duration(took_ms))
        }
        TcpAnswer::Accepted => "accepted the connection".to_owned(),
        TcpAnswer::Refused => "refused the connection".to_owned(),
        TcpAnswer::Silent { after_ms } => format!("did not answer within {}", duration(*after_ms)),
        TcpAnswer::Unreachable { errno: number } => {
            format!(
                "could not be reached: a router, or this machine, knows no way there ({})",
                errno(*number)
            )
        }
        TcpAnswer::Failed { errno: 0 } => {
            "could not be connected to, and this machine did not say why".to_owned()
        }
        TcpAnswer::Failed { errno: number } => {
            format!("could not be connected to: this machine says {}", errno(*number))
        }
    }
}

/// Who was asked, and what sets the question apart, up to the verb.
fn subject(question: &Question) -> String {
    match question {
        Question::Resolve { .. } => "the resolver".to_owned(),
        Question::Visit { to, sample, .. } => {
            format!("{}, asked on visit {sample},", whom(*to, "the edge"))
        }
        Question::Trace { to } => format!("{}, asked for `/cdn-cgi/trace`,", whom(*to, "the edge")),
        Question::Connect { to } => whom(*to, "the origin"),
        Question::Greet { to, name, offer } => {
            let greeted = match name {
                Some(name) => format!("greeted as {}", quote(name)),
                None => "greeted without a name".to_owned(),
            };
            let offered = match offer {
                Offer::Modern => "",
                Offer::EdgeLegacy => " and offered TLS 1.0 to 1.2 with the edge's ciphers",
                Offer::Anything => " and offered TLS 1.0 to 1.2 with every cipher in use",
            };
            format!("{}, {greeted}{offered},", whom(*to, "the origin"))
        }
        Question::Request { road, path, dressed, renamed } => {
            let like = if *dressed { " with the headers that the edge adds" } else { "" };
            let under = if *renamed { " under the names that the zone's rule sets" } else { "" };
            let asked =
                format!("asked over {} for {}{under}{like}", road.scheme.word(), quote(path));
            format!("{}, {asked},", whom(road.to, "the origin"))
        }
        Question::Account(question) => account::subject(question),
        Question::Host(question) => host::subject(question),
    }
}

/// A question that got no answer, as the beginning of a sentence.
fn undone(question: &Question) -> String {
    match question {
        Question::Resolve { name, record } => {
            format!("the resolver was not asked for the {} of {}", family(*record), quote(name))
        }
        Question::Visit { to, sample, site, .. } => {
            let over = if site.scheme == Scheme::Http { " over http" } else { "" };
            format!("visit {sample} at {}{over} was not made", whom(*to, "the edge"))
        }
        Question::Trace { to } => {
            format!("{} was not asked for `/cdn-cgi/trace`", whom(*to, "the edge"))
        }
        Question::Connect { to } => {
            format!("{} was not asked for a connection", whom(*to, "the origin"))
        }
        Question::Greet { to, name: Some(name), .. } => {
            format!("{} was not greeted as {}", whom(*to, "the origin"), quote(name))
        }
        Question::Greet { to, name: None, .. } => {
            format!("{} was not greeted without a name", whom(*to, "the origin"))
        }
        Question::Request { road, path, .. } => {
            let over = road.scheme.word();
            let asked = whom(road.to, "the origin");
            format!("{asked} was not asked over {over} for {}", quote(path))
        }
        Question::Account(question) => {
            format!("the account was not asked for {}", account::subject(question))
        }
        Question::Host(question) => format!("{} was not looked at", host::subject(question)),
    }
}

/// Why a question was not asked.
pub(crate) fn reason(why: WhyNot, question: &Question) -> String {
    match why {
        WhyNot::Given => "--connect gave the answer".to_owned(),
        WhyNot::NoOrigin => "no address of the origin is known".to_owned(),
        WhyNot::NoAddress => "no address of the name is known".to_owned(),
        WhyNot::NoRoadHere => {
            let kind = match question {
                Question::Resolve { record, .. } => family_name(*record == Record::Aaaa),
                Question::Visit { to, .. }
                | Question::Trace { to }
                | Question::Connect { to }
                | Question::Greet { to, .. } => family_name(to.is_ipv6()),
                Question::Request { road, .. } => family_name(road.to.is_ipv6()),
                Question::Account(_) | Question::Host(_) => "such thing",
            };
            format!("this machine has no {kind}")
        }
        WhyNot::OutOfTime => "the time for the whole diagnosis was over".to_owned(),
        WhyNot::NeedsRoot => "only root may look".to_owned(),
        WhyNot::AccountRefused => {
            "an earlier question to the account was refused for all of them".to_owned()
        }
        WhyNot::NoZone => "the account shows no zone for this name".to_owned(),
    }
}

/// A peer's address; where none was known, its name.
fn whom(to: SocketAddr, role: &str) -> String {
    if to.ip().is_unspecified() { role.to_owned() } else { to.to_string() }
}

fn family(record: Record) -> &'static str {
    match record {
        Record::A => "IPv4 address",
        Record::Aaaa => "IPv6 address",
    }
}

fn family_name(six: bool) -> &'static str {
    if six { "IPv6" } else { "IPv4" }
}

/// Stations as a list: `tunnel, proxy and app`.
pub(crate) fn stations(hops: &[Hop]) -> String {
    list(&hops.iter().map(|hop| hop.word().to_owned()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
