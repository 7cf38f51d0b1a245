//! One question to the account, from its beginning to the reading.

use std::sync::Arc;

use rayfix_core::evidence::account::RefusalKind;
use rayfix_core::evidence::{AccountAnswer, AccountQuestion, Answer, Question, Seen, WhyNot};
use tokio::time::timeout_at;

use super::put::put;
use crate::sitting::Sitting;

/// Asks, once it is known where, and notes the reading. The answer where the API gave one; none also where
/// there is no account to ask.
pub(crate) async fn ask(
    sitting: &Arc<Sitting>,
    probe: &'static str,
    question: AccountQuestion,
) -> Option<AccountAnswer> {
    let account = sitting.account.clone()?;
    let not_asked = |why| {
        sitting.not_asked(probe, Question::Account(question.clone()), why);
        account.end(question.clone(), None);
        None
    };
    let place = match account.place().await {
        Ok(place) => place,
        Err(why) => return not_asked(why),
    };
    if account.told.borrow().stopped {
        return not_asked(WhyNot::AccountRefused);
    }
    let Some(asked) = sitting.begin(probe, Question::Account(question.clone())) else {
        account.end(question, None);
        return None;
    };
    let by = sitting.by(sitting.limits.account);
    let answer = tokio::select! {
        biased;
        answer = timeout_at(by, put(&account, &place, &question)) => answer,
        () = account.stopped() => {
            asked.end(Answer::NotAsked { why: WhyNot::AccountRefused });
            account.end(question, None);
            return None;
        }
    };
    let told = match answer {
        Ok(Ok(told)) => Some(told),
        Ok(Err(refusal)) => {
            // Queries have a limit of their own, which says nothing about the other questions.
            let limits_all = refusal.kind == RefusalKind::Limited
                && !matches!(question, AccountQuestion::Counts { .. });
            let is_first = !limits_all || account.stop();
            is_first.then_some(AccountAnswer::Refused { refusal })
        }
        Err(_) => {
            // Dropped, it reports silence.
            drop(asked);
            account.end(question, None);
            return None;
        }
    };
    match &told {
        Some(answer) => asked.end(Answer::Got(Seen::Account(answer.clone()))),
        None => asked.end(Answer::NotAsked { why: WhyNot::AccountRefused }),
    }
    let told = told.filter(|answer| !matches!(answer, AccountAnswer::Refused { .. }));
    account.end(question, told.clone());
    told
}
