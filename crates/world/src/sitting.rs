//! A sitting: every probe at once, under one deadline, and what they saw.
//!
//! Probes report each question as it ends, so that a deadline takes away only what is still under
//! way, and even that leaves its reading: silence for as long as was waited. The whole sitting takes
//! as long as its slowest chain of questions. It does not look at any answer.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayfix_core::evidence::account::{ApiRefusal, RefusalKind};
use rayfix_core::evidence::{
    AccountAnswer, Answer, DnsAnswer, Evidence, HostAnswer, HttpAnswer, Question, Seeing, Seen,
    TcpAnswer, TlsAnswer, Trace, VisitAnswer, WhyNot,
};
use rayfix_core::target::{Site, Target};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::account::{self, Account};
use crate::clock;
use crate::host::Host;
use crate::probes::{self, Turn, site_dns};
use crate::setup::{OnOrigin, Progress, Setup};

/// Asks everything that can be asked from outside and returns what was seen.
///
/// It never fails, and ends within `setup.timeout` (and at most 100 ms). Dropping it drops every
/// connection.
pub async fn sit(target: &Target, setup: &Setup) -> Evidence {
    let opening = Arc::new(Sitting::new(target.clone(), setup.clone()));
    let begun = opening.begun;
    let mut first = JoinSet::new();
    turn(&mut first, &opening, Turn::First);
    // What the origin is must not take the time of all that is asked then.
    let (host, target) = found(&opening, begun + setup.timeout.mul_f64(FIND)).await;
    let sitting = Arc::new(opening.with(target, host));
    turn(&mut first, &sitting, Turn::Found);
    // The last turn must not wait for a visit that hangs.
    let late = begun + setup.timeout.mul_f64(LATE);
    let _ = timeout_at(late, ended(&mut first)).await;
    let mut last = JoinSet::new();
    turn(&mut last, &sitting, Turn::Last);
    let all = async {
        ended(&mut first).await;
        ended(&mut last).await;
    };
    if timeout_at(sitting.ends + GRACE, all).await.is_err() {
        // Questions that are dropped here report themselves as silent.
        first.shutdown().await;
        last.shutdown().await;
    }
    let target = sitting.told_mode();
    Evidence::new(target, sitting.take_seen(), clock::ms_since(begun))
}

/// This machine, if it is the origin, and the target with what is known of the origin by then.
async fn found(sitting: &Arc<Sitting>, by: Instant) -> (Option<Arc<Host>>, Target) {
    let (target, setup) = (&sitting.target, &sitting.setup);
    let account = sitting.account.as_deref();
    let finding = async {
        let host = timeout_at(by, Host::find(target, setup.on_origin)).await.ok().flatten();
        if let Some(account) = account {
            account.tell_host(host.clone());
        }
        host
    };
    let settling = async {
        let Some(account) = account else { return };
        let _ = match waits(target) {
            true => timeout_at(by, account::settle(account, &target.site.host)).await,
            false => timeout_at(by, account::settle_roots(account)).await,
        };
    };
    let (mut host, ()) = tokio::join!(finding, settling);
    let outside = account.and_then(|account| account::outside(target, account));
    let outside = match outside.filter(|_| target.origins.is_empty() || target.origins_assumed) {
        Some(name) => {
            let found = timeout_at(by, site_dns::addresses_of(sitting, &name)).await;
            Some((name, found.unwrap_or_default()))
        }
        None => None,
    };
    let outside = outside.as_ref().map(|(name, found)| (name.as_str(), found.as_slice()));
    let mut settled = match account {
        Some(account) => account::settled(target, account, &setup.detours, outside),
        None => target.clone(),
    };
    if settled.origins_of_account && setup.on_origin == OnOrigin::Auto {
        host = match host {
            // One that looked like the origin is it, if the edge dials its address.
            Some(host) => Some(host.known_by(&settled.origins)),
            None => timeout_at(by, Host::find(&settled, OnOrigin::Auto)).await.ok().flatten(),
        };
    }
    let nobody_told = settled.origins.is_empty() && !is_tunnel(&settled, account);
    if let Some(host) = host.as_ref().filter(|_| nobody_told) {
        settled.origins = host.doors().await;
        settled.origins_assumed = !settled.origins.is_empty();
    }
    (host, settled)
}

fn is_tunnel(target: &Target, account: Option<&Account>) -> bool {
    account.is_some_and(|account| account::is_tunnel(target, account))
}

/// Whether questions to the origin depend on what the account tells: where it is, or what is spoken at
/// a port that was given.
fn waits(target: &Target) -> bool {
    let unknown = target.origins.is_empty() || target.origins_assumed;
    let with_port = target.origins.iter().any(|origin| origin.port.is_some());
    unknown || (with_port && target.ssl_mode.is_none())
}

fn turn(asking: &mut JoinSet<()>, sitting: &Arc<Sitting>, turn: Turn) {
    for (_, probe) in probes::ALL.iter().filter(|(_, probe)| probe.turn == turn) {
        asking.spawn((probe.ask)(Arc::clone(sitting)));
    }
}

async fn ended(asking: &mut JoinSet<()>) {
    while asking.join_next().await.is_some() {}
}

/// The part of the sitting that finding out what the origin is may take.
const FIND: f64 = 0.4;

/// The part of the sitting after which the last turn begins at the latest.
const LATE: f64 = 0.85;

/// How long questions that end by themselves at the deadline may take to say so.
const GRACE: Duration = Duration::from_millis(40);

/// What all probes of one sitting share.
pub(crate) struct Sitting {
    pub(crate) target: Target,
    pub(crate) setup: Setup,
    pub(crate) limits: Limits,
    /// This machine, where it is the origin.
    pub(crate) host: Option<Arc<Host>>,
    /// What visits bear in their User-Agent, so that they are known again in a log of the origin.
    pub(crate) mark: String,
    /// The Cloudflare account, where there is a token.
    pub(crate) account: Option<Arc<Account>>,
    begun: Instant,
    ends: Instant,
    notes: Arc<Mutex<Notes>>,
    addresses: Arc<watch::Sender<Option<Addresses>>>,
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
    /// A body that flows, from its first byte on: a long download is no reason to wait.
    pub(crate) flow: Duration,
    /// A question to the account, with what it waits for.
    pub(crate) account: Duration,
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
            flow: at_most(5, 1.0 / 6.0),
            account: at_most(12, 1.0 / 2.0),
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
            host: None,
            mark: mark(),
            ends: begun + setup.timeout,
            account: setup.account.clone().map(|client| Arc::new(Account::new(client))),
            begun,
            target,
            setup,
            notes: Arc::default(),
            addresses: Arc::new(watch::Sender::new(None)),
        }
    }

    /// The same sitting, when more is known of the origin.
    fn with(&self, target: Target, host: Option<Arc<Host>>) -> Self {
        Sitting {
            target,
            host,
            setup: self.setup.clone(),
            limits: self.limits,
            mark: self.mark.clone(),
            account: self.account.clone(),
            begun: self.begun,
            ends: self.ends,
            notes: Arc::clone(&self.notes),
            addresses: Arc::clone(&self.addresses),
        }
    }

    /// The roots that the edge trusts at the origin instead of the public ones, where chains are judged by
    /// them.
    pub(crate) fn own_roots(&self) -> Option<Vec<Vec<u8>>> {
        let account = self.account.as_deref().filter(|_| self.target.by_own_roots)?;
        account::own_roots(account)
    }

    /// The target, with the SSL mode that the account told by now, unless roads were chosen without it.
    fn told_mode(&self) -> Target {
        let mut target = self.target.clone();
        let with_port = target.origins.iter().any(|origin| origin.port.is_some());
        if let Some(account) = self.account.as_deref().filter(|_| !with_port) {
            let told = account::settled(&target, account, &self.setup.detours, None);
            target.ssl_mode = told.ssl_mode;
            target.ssl_mode_from = told.ssl_mode_from;
        }
        target
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take_seen(&self) -> Vec<Seeing> {
        std::mem::take(&mut self.notes().seen)
    }

    /// What was seen so far: for probes of the last turn.
    pub(crate) fn seen_so_far<T>(&self, pick: impl FnMut(&Seeing) -> Option<T>) -> Vec<T> {
        self.notes().seen.iter().filter_map(pick).collect()
    }

    /// Begins a question; `None` where the time is over, which is then its answer.
    pub(crate) fn begin(
        self: &Arc<Self>,
        probe: &'static str,
        question: Question,
    ) -> Option<Asked> {
        let last = match question {
            Question::Visit { .. } | Question::Trace { .. } => self.visits_end(),
            _ => self.ends,
        };
        if clock::instant() >= last {
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

    /// How much of `limit` is left of the sitting.
    pub(crate) fn left(&self, limit: Duration) -> Duration {
        self.by(limit).saturating_duration_since(clock::instant())
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

/// A mark that no other sitting has: eight hexadecimal digits.
fn mark() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    format!("{:08x}", RandomState::new().hash_one(0) & 0xffff_ffff)
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
        Question::Account(_) => {
            let why = format!("it took longer than {after_ms} ms");
            let refusal = ApiRefusal { why, ..ApiRefusal::of(RefusalKind::Unreached) };
            Seen::Account(AccountAnswer::Refused { refusal })
        }
        Question::Host(_) => {
            let why = format!("it took longer than {after_ms} ms");
            Seen::Host(HostAnswer::Failed { why })
        }
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
        Question::Account(_) => "account",
        Question::Host(_) => "look",
    }
}

#[cfg(test)]
mod tests;
