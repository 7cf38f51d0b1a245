//! A sitting: every probe at once, under one deadline, and what they saw.
//!
//! Probes report each question as it ends, so that a deadline takes away only what is still under
//! way, and even that leaves its reading: silence for as long as was waited. The whole sitting takes
//! as long as its slowest chain of questions. It does not look at any answer.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayfix_core::evidence::{
    Answer, DnsAnswer, Evidence, HttpAnswer, Question, Seeing, Seen, TcpAnswer, TlsAnswer, Trace,
    VisitAnswer, WhyNot,
};
use rayfix_core::target::{Site, Target};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::probes;
use crate::setup::{Progress, Setup};

/// Asks everything that can be asked from outside and returns what was seen.
///
/// It never fails, and ends within `setup.timeout` (and at most 100 ms). Dropping it drops every
/// connection.
pub async fn sit(target: &Target, setup: &Setup) -> Evidence {
    let sitting = Arc::new(Sitting::new(target.clone(), setup.clone()));
    let mut asking = JoinSet::new();
    for (_, probe) in probes::ALL {
        asking.spawn((probe.ask)(Arc::clone(&sitting)));
    }
    let all = async { while asking.join_next().await.is_some() {} };
    if timeout_at(sitting.ends + GRACE, all).await.is_err() {
        // Questions that are dropped here report themselves as silent.
        asking.shutdown().await;
    }
    let seen = std::mem::take(&mut sitting.notes().seen);
    Evidence::new(target.clone(), seen, clock::ms_since(sitting.begun))
}

/// How long questions that end by themselves at the deadline may take to say so.
const GRACE: Duration = Duration::from_millis(40);

/// What all probes of one sitting share.
pub(crate) struct Sitting {
    pub(crate) target: Target,
    pub(crate) setup: Setup,
    pub(crate) limits: Limits,
    begun: Instant,
    ends: Instant,
    notes: Mutex<Notes>,
    addresses: watch::Sender<Option<Addresses>>,
}

#[derive(Default)]
struct Notes {
    seen: Vec<Seeing>,
    asked: usize,
    answered: usize,
}

/// How long each kind of question may take, out of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// A name lookup.
    pub(crate) dns: Duration,
    /// A connection.
    pub(crate) connect: Duration,
    /// A handshake on a connection that stands.
    pub(crate) handshake: Duration,
    /// The origin's reply, from the request on.
    pub(crate) reply: Duration,
    /// A visit, from the beginning of the sitting: the edge says 522 only after 19 s.
    pub(crate) visit: Duration,
}

impl Limits {
    pub(crate) fn of(whole: Duration) -> Self {
        let at_most = |seconds, part| whole.mul_f64(part).min(Duration::from_secs(seconds));
        Limits {
            dns: at_most(5, 1.0 / 4.0),
            connect: at_most(8, 1.0 / 3.0),
            handshake: at_most(8, 1.0 / 3.0),
            reply: at_most(20, 2.0 / 3.0),
            visit: whole.saturating_sub(Duration::from_millis(500)).max(whole.mul_f64(0.9)),
        }
    }
}

/// What the site's name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Addresses {
    /// The user gave it.
    Given(SocketAddr),
    /// The resolver told them; may be empty.
    Found(Vec<IpAddr>),
}

impl Sitting {
    pub(crate) fn new(target: Target, setup: Setup) -> Self {
        let begun = clock::instant();
        Sitting {
            limits: Limits::of(setup.timeout),
            ends: begun + setup.timeout,
            begun,
            target,
            setup,
            notes: Mutex::default(),
            addresses: watch::Sender::new(None),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a question; `None` where the time is over, which is then its answer.
    pub(crate) fn begin(
        self: &Arc<Self>,
        probe: &'static str,
        question: Question,
    ) -> Option<Asked> {
        if clock::instant() >= self.ends {
            self.not_asked(probe, question, WhyNot::OutOfTime);
            return None;
        }
        self.tell(|notes| notes.asked += 1, &question);
        Some(Asked {
            sitting: Arc::clone(self),
            seeing: Some(Seeing {
                probe,
                at: clock::now(),
                took_ms: 0,
                question,
                answer: Answer::NotAsked { why: WhyNot::OutOfTime },
            }),
            begun: clock::instant(),
        })
    }

    /// Notes a question that is not asked, and why.
    pub(crate) fn not_asked(&self, probe: &'static str, question: Question, why: WhyNot) {
        let answer = Answer::NotAsked { why };
        let seeing = Seeing { probe, at: clock::now(), took_ms: 0, question, answer };
        self.notes().seen.push(seeing);
    }

    fn tell(&self, change: impl FnOnce(&mut Notes), question: &Question) {
        let progress = {
            let mut notes = self.notes();
            change(&mut notes);
            self.setup.progress.is_some().then(|| Progress {
                asked: notes.asked,
                answered: notes.answered,
                latest: format!("{} {}", question.peer(), word(question)),
            })
        };
        if let (Some(listen), Some(progress)) = (&self.setup.progress, progress) {
            listen(progress);
        }
    }

    /// The end of a question that begins now and may take `limit`.
    pub(crate) fn by(&self, limit: Duration) -> Instant {
        (clock::instant() + limit).min(self.ends)
    }

    /// The end of every visit.
    pub(crate) fn visits_end(&self) -> Instant {
        self.begun + self.limits.visit
    }

    /// Tells the probes that wait for it what the site's name leads to.
    pub(crate) fn tell_addresses(&self, addresses: Addresses) {
        self.addresses.send_replace(Some(addresses));
    }

    /// Waits until it is known what the site's name leads to.
    pub(crate) async fn addresses(&self) -> Addresses {
        let mut told = self.addresses.subscribe();
        match told.wait_for(Option::is_some).await {
            Ok(addresses) => addresses.clone().unwrap_or(Addresses::Found(Vec::new())),
            Err(_) => Addresses::Found(Vec::new()),
        }
    }

    /// Where to connect for the site on this scheme and port, IPv4 and IPv6 in turn, IPv4 first.
    /// Detours of single addresses are not taken yet.
    pub(crate) fn doors(&self, site: &Site, addresses: &Addresses) -> Vec<SocketAddr> {
        if let Some(given) = self.setup.detours.of(&site.host, site.port) {
            return vec![given];
        }
        match addresses {
            // An address that was given with another port says nothing about this one.
            Addresses::Given(to) if to.port() == self.target.site.port => {
                vec![SocketAddr::new(to.ip(), site.port)]
            }
            Addresses::Given(_) => Vec::new(),
            Addresses::Found(found) => {
                let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = found.iter().partition(|a| a.is_ipv4());
                let rounds = v4.len().max(v6.len());
                (0..rounds)
                    .flat_map(|turn| [v4.get(turn), v6.get(turn)])
                    .flatten()
                    .map(|&address| SocketAddr::new(address, site.port))
                    .collect()
            }
        }
    }
}

/// What stands for an address in a question that could not be asked for want of one.
pub(crate) fn nowhere(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)
}

/// Waits for all of them, side by side.
pub(crate) async fn all<F>(tasks: impl IntoIterator<Item = F>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut running: JoinSet<()> = tasks.into_iter().collect();
    while running.join_next().await.is_some() {}
}

/// A question under way. Dropped without an answer (the sitting ended), it reports silence.
pub(crate) struct Asked {
    sitting: Arc<Sitting>,
    seeing: Option<Seeing>,
    begun: Instant,
}

impl Asked {
    /// Notes how the question ended.
    pub(crate) fn end(mut self, answer: Answer<Seen>) {
        self.note(answer);
    }

    fn note(&mut self, answer: Answer<Seen>) {
        let Some(mut seeing) = self.seeing.take() else { return };
        seeing.took_ms = clock::ms_since(self.begun);
        seeing.answer = answer;
        let question = seeing.question.clone();
        self.sitting.tell(
            |notes| {
                notes.seen.push(seeing);
                notes.answered += 1;
            },
            &question,
        );
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(seeing) = &self.seeing {
            let silence = silence(&seeing.question, clock::ms_since(self.begun));
            self.note(Answer::Got(silence));
        }
    }
}

fn silence(question: &Question, after_ms: u64) -> Seen {
    match question {
        Question::Resolve { .. } => Seen::Dns(DnsAnswer::Silent),
        Question::Visit { .. } => {
            Seen::Visit(VisitAnswer::Nothing { tcp: TcpAnswer::Silent { after_ms } })
        }
        Question::Trace { .. } => Seen::Trace(Trace::NotAnswered { status: None }),
        Question::Connect { .. } => Seen::Tcp(TcpAnswer::Silent { after_ms }),
        Question::Greet { .. } => Seen::Tls(TlsAnswer::Silent { after_ms }),
        Question::Request { .. } => Seen::Http(HttpAnswer::Silent { after_ms }),
    }
}

fn word(question: &Question) -> &'static str {
    match question {
        Question::Resolve { .. } => "lookup",
        Question::Visit { .. } => "visit",
        Question::Trace { .. } => "trace",
        Question::Connect { .. } => "connection",
        Question::Greet { .. } => "handshake",
        Question::Request { .. } => "request",
    }
}
