//! The first round: whether the token is good, and which zone the site is in.
//!
//! A user's token is verified at another place than an account's own, for which the account's id must be
//! known; that comes with the zone. So a token that the first place does not know is not bad yet, as long
//! as the search for the zone is not refused for its sake. Zones are searched for at every suffix of the name at
//! once; the longest one is the site's.

use std::sync::Arc;

use rayfix_core::evidence::account::{ApiRefusal, RefusalKind, TokenKind, TokenSeen, ZoneSeen};
use rayfix_core::evidence::{AccountAnswer, AccountQuestion, Answer, Question, Seen, WhyNot};
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use super::{Account, Place};
use crate::cloudflare::calls;
use crate::sitting::Sitting;

/// Names of zones have at most so many labels here; deeper ones are not searched for.
const DEEPEST: usize = 7;

/// Asks whether the token is good.
pub(crate) async fn verify(sitting: &Arc<Sitting>, probe: &'static str) {
    let Some(account) = sitting.account.clone() else { return };
    let Some(asked) = sitting.begin(probe, Question::Account(AccountQuestion::Token)) else {
        account.tell(|told| told.verified = Some(Ok(())));
        return;
    };
    let by = sitting.by(sitting.limits.account);
    let answer = match timeout_at(by, account.client.verify(None)).await {
        Ok(answer) => answer,
        Err(_) => {
            account.tell(|told| told.verified = Some(Err(RefusalKind::Unreached)));
            return drop(asked);
        }
    };
    let verified = answer.as_ref().map(|_| ()).map_err(|refusal| refusal.kind);
    account.tell(|told| told.verified = Some(verified));
    let answer = match answer {
        Err(refusal) if refusal.kind == RefusalKind::UnknownToken => {
            of_account(&account, refusal).await
        }
        answer => answer,
    };
    let answer = match answer {
        Ok(token) => AccountAnswer::Token { token },
        Err(refusal) => AccountAnswer::Refused { refusal },
    };
    asked.end(Answer::Got(Seen::Account(answer)));
}

/// The same of a token that is no user's.
async fn of_account(account: &Account, unknown: ApiRefusal) -> Result<TokenSeen, ApiRefusal> {
    let of_account = TokenSeen { kind: TokenKind::Account, ..TokenSeen::default() };
    match account.place().await {
        Ok(place) => {
            let call = calls::verify_account_token(&place.zone.account.id);
            match account.client.call::<TokenSeen>(&call).await {
                Ok(token) => Ok(TokenSeen { kind: TokenKind::Account, ..token }),
                Err(second) if is_of_the_token(second.kind) => Err(unknown),
                // What it is good for was just seen; only its state is not known.
                Err(_) => Ok(of_account),
            }
        }
        // The search was answered, so somebody knows the token.
        Err(WhyNot::NoZone) => Ok(of_account),
        Err(_) if account.told.borrow().accepted => Ok(of_account),
        Err(_) => Err(unknown),
    }
}

/// Asks which zone the site is in.
pub(crate) async fn find_zone(sitting: &Arc<Sitting>, probe: &'static str) {
    let Some(account) = sitting.account.clone() else { return };
    let host = sitting.target.site.host.clone();
    let question = AccountQuestion::Zone { name: host.clone() };
    let end = |answer: Option<AccountAnswer>, place: Result<Arc<Place>, WhyNot>| {
        account.end(question.clone(), answer);
        account.tell(|told| told.place = Some(place));
    };
    let Some(asked) = sitting.begin(probe, Question::Account(question.clone())) else {
        return end(None, Err(WhyNot::OutOfTime));
    };
    let by = sitting.by(sitting.limits.account);
    let Ok(found) = timeout_at(by, search(&account, &host)).await else {
        if is_told_by_token(&account).await {
            asked.end(Answer::NotAsked { why: WhyNot::AccountRefused });
        } else {
            drop(asked);
        }
        return end(None, Err(WhyNot::AccountRefused));
    };
    match found {
        Ok(zone) => {
            let place = match &zone {
                Some(zone) => {
                    Ok(Arc::new(Place { zone: ZoneSeen::clone(zone), host: host.clone() }))
                }
                None => Err(WhyNot::NoZone),
            };
            let answer = AccountAnswer::Zone { zone };
            asked.end(Answer::Got(Seen::Account(answer.clone())));
            end(Some(answer), place);
        }
        Err(refusal) => {
            let told_by_token =
                refusal.kind != RefusalKind::OutOfScope && is_told_by_token(&account).await;
            if refusal.kind == RefusalKind::OutOfScope {
                account.tell(|told| told.accepted = true);
            }
            asked.end(if told_by_token {
                Answer::NotAsked { why: WhyNot::AccountRefused }
            } else {
                Answer::Got(Seen::Account(AccountAnswer::Refused { refusal }))
            });
            end(None, Err(WhyNot::AccountRefused));
        }
    }
}

/// Whether the reading of the token tells already why nothing comes of the account.
async fn is_told_by_token(account: &Account) -> bool {
    let verified = account.wait(|told| told.verified).await;
    matches!(verified, Some(Err(kind)) if holds_for_all(kind))
}

/// The zone of the longest suffix that has one.
async fn search(account: &Account, host: &str) -> Result<Option<Box<ZoneSeen>>, ApiRefusal> {
    let mut searching = JoinSet::new();
    for name in suffixes(host) {
        let client = Arc::clone(&account.client);
        searching
            .spawn(async move { client.call::<Vec<ZoneSeen>>(&calls::zones_named(&name)).await });
    }
    let (mut found, mut refused): (Vec<ZoneSeen>, Option<ApiRefusal>) = (Vec::new(), None);
    while let Some(answer) = searching.join_next().await {
        match answer {
            Ok(Ok(zones)) => {
                found.extend(zones.into_iter().filter(|zone| covers(&zone.name, host)));
            }
            Ok(Err(refusal)) => refused = refused.or(Some(refusal)),
            Err(_) => {}
        }
    }
    // Of zones of one name (an old one that moved away is kept) the active one.
    found.sort_by_key(|zone| (zone.name.len(), zone.status == "active"));
    match (found.pop(), refused) {
        (Some(zone), _) => Ok(Some(Box::new(zone))),
        (None, Some(refusal)) => Err(refusal),
        (None, None) => Ok(None),
    }
}

/// The names that a host's zone may have: `shop.example.com`, `example.com`.
fn suffixes(host: &str) -> Vec<String> {
    let labels: Vec<&str> = host.split('.').collect();
    let deepest = labels.len().min(DEEPEST);
    (2..=deepest).map(|count| labels[labels.len() - count..].join(".")).collect()
}

/// Whether a name lies in a zone.
pub(super) fn covers(zone: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let zone = zone.to_ascii_lowercase();
    name == zone || name.strip_suffix(&zone).is_some_and(|rest| rest.ends_with('.'))
}

fn is_of_the_token(kind: RefusalKind) -> bool {
    use RefusalKind as K;
    matches!(kind, K::NoToken | K::MalformedToken | K::UnknownToken | K::EndedToken)
}

/// Whether what refused one question refuses every other.
fn holds_for_all(kind: RefusalKind) -> bool {
    use RefusalKind as K;
    is_of_the_token(kind) || matches!(kind, K::Limited | K::Down | K::Unreached | K::Unreadable)
}
