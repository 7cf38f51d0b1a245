//! Words for what the Cloudflare account told: one file per family of answers.
//!
//! As all words for readings: a plain sentence that stands alone, without capital letter or final stop, in
//! which received text is a quotation.

use crate::evidence::Question;
use crate::evidence::account::{AccountAnswer, AccountQuestion};
use crate::report::guard::quote;

/// What the account told.
pub(super) fn sentence(question: &Question, answer: &AccountAnswer) -> String {
    let Question::Account(question) = question else {
        return "the account answered".to_owned();
    };
    match answer {
        AccountAnswer::Refused { refusal } => {
            format!("the account did not tell {}: {}", subject(question), quote(&refusal.why))
        }
        _ => format!("the account told {}", subject(question)),
    }
}

/// What was asked for: follows "asked for" and "told".
pub(super) fn subject(question: &AccountQuestion) -> String {
    match question {
        AccountQuestion::Token => "whether the token is good".to_owned(),
        AccountQuestion::Zone { name } => format!("the zone of {}", quote(name)),
        AccountQuestion::Setting { name } => format!("the setting {}", quote(name)),
        AccountQuestion::Records { name } => format!("the DNS records of {}", quote(name)),
        AccountQuestion::Rules { phase } => format!("the rules of {}", quote(phase.word())),
        AccountQuestion::PageRules => "the page rules".to_owned(),
        AccountQuestion::LoadBalancers => "the load balancers".to_owned(),
        AccountQuestion::Pools => "the pools".to_owned(),
        AccountQuestion::PoolHealth { pool } => format!("the health of pool {}", quote(pool)),
        AccountQuestion::Tunnels => "the tunnels".to_owned(),
        AccountQuestion::Connectors { tunnel } => {
            format!("the connectors of tunnel {}", quote(tunnel))
        }
        AccountQuestion::TunnelConfiguration { tunnel } => {
            format!("the configuration of tunnel {}", quote(tunnel))
        }
        AccountQuestion::OriginPulls { .. } => "authenticated origin pulls".to_owned(),
        AccountQuestion::TrustStore => "roots of the zone's own".to_owned(),
        AccountQuestion::HealthChecks => "the health checks".to_owned(),
        AccountQuestion::Counts { .. } => "what the edge counted".to_owned(),
        AccountQuestion::Changes => "what was changed of late".to_owned(),
    }
}
