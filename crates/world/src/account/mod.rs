//! The Cloudflare account: what all questions of one sitting to it share.
//!
//! Three rounds at most, each all at once: whether the token is good and which zone the site is in; all that
//! needs no more than the zone's and the account's id; what needs an id that only the second round told (a
//! tunnel, a pool, the name that the site's is an alias of). Each answer is told here when it is there,
//! so that no question is put twice. A refusal that holds for everything (a token that opens nothing, too
//! many questions) is told once; what was not asked for its sake says so.

mod asking;
mod opening;
mod put;
mod settling;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use rayfix_core::evidence::account::{RefusalKind, ZoneSeen};
use rayfix_core::evidence::{AccountAnswer, AccountQuestion, WhyNot};
use tokio::sync::watch;

pub(crate) use self::asking::ask;
pub(crate) use self::opening::{find_zone, verify};
pub(crate) use self::put::pools_used;
pub(crate) use self::settling::{
    is_tunnel, next, outside, own_roots, settle, settle_roots, settled, tunnels_of_records,
};
use crate::cloudflare::Client;
use crate::host::Host;

/// An account that may be asked.
pub(crate) struct Account {
    client: Arc<Client>,
    told: watch::Sender<Told>,
    host: watch::Sender<Option<Option<Arc<Host>>>>,
}

/// What was learnt so far.
#[derive(Default)]
struct Told {
    /// Questions that have ended; none: without an answer of the API.
    answers: BTreeMap<AccountQuestion, Option<AccountAnswer>>,
    /// What the API said of a user's token, before it is known whether it is an account's.
    verified: Option<Result<(), RefusalKind>>,
    /// Where the questions of the second round go, or why there are none.
    place: Option<Result<Arc<Place>, WhyNot>>,
    /// Whether the search for the zone was refused for want of a permission only: somebody knows the token.
    accepted: bool,
    /// No more questions are taken.
    stopped: bool,
}

/// Where questions go.
#[derive(Debug)]
pub(crate) struct Place {
    /// The zone that the site is in.
    pub(crate) zone: ZoneSeen,
    /// The site's name.
    pub(crate) host: String,
}

impl Account {
    pub(crate) fn new(client: Arc<Client>) -> Account {
        Account { client, told: watch::Sender::default(), host: watch::Sender::default() }
    }

    /// Where questions go, when that is known; or why none are put.
    pub(crate) async fn place(&self) -> Result<Arc<Place>, WhyNot> {
        self.wait(|told| told.place.clone()).await.unwrap_or(Err(WhyNot::OutOfTime))
    }

    /// The answer to a question that some probe puts, when it is there; none: the API gave none.
    pub(crate) async fn answer(&self, question: &AccountQuestion) -> Option<AccountAnswer> {
        self.wait(|told| told.answers.get(question).cloned()).await.flatten()
    }

    /// All answers so far.
    pub(crate) fn answers(&self) -> Vec<(AccountQuestion, AccountAnswer)> {
        let told = self.told.borrow();
        let answers = told.answers.iter();
        answers.filter_map(|(question, answer)| Some((question.clone(), answer.clone()?))).collect()
    }

    /// This machine, when it is known whether it is the origin.
    pub(crate) async fn host(&self) -> Option<Arc<Host>> {
        let mut told = self.host.subscribe();
        told.wait_for(Option::is_some).await.ok()?.clone().flatten()
    }

    /// Tells whether this machine is the origin.
    pub(crate) fn tell_host(&self, host: Option<Arc<Host>>) {
        self.host.send_replace(Some(host));
    }

    async fn wait<T>(&self, pick: impl Fn(&Told) -> Option<T>) -> Option<T> {
        let mut told = self.told.subscribe();
        let there = told.wait_for(|told| pick(told).is_some()).await.ok()?;
        pick(&there)
    }

    fn tell(&self, change: impl FnOnce(&mut Told)) {
        self.told.send_modify(change);
    }

    /// Notes that a question has ended.
    fn end(&self, question: AccountQuestion, answer: Option<AccountAnswer>) {
        self.tell(|told| {
            told.answers.insert(question, answer);
        });
    }

    /// Takes no more questions; whether this is the first that says so.
    fn stop(&self) -> bool {
        self.told.send_if_modified(|told| !std::mem::replace(&mut told.stopped, true))
    }

    async fn stopped(&self) {
        if self.wait(|told| told.stopped.then_some(())).await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
