//! Words for what the Cloudflare account told: one file per family of answers.
//!
//! As all words for readings: a plain sentence that stands alone, without capital letter or final stop, in
//! which received text is a quotation. An answer is told as the account's word, a refusal with its status,
//! its code and the permission that would lift it.

mod counted;
pub(crate) mod refusal;
mod way;
mod zone;

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
            format!("the account did not tell {}: {}", subject(question), refusal::words(refusal))
        }
        AccountAnswer::Token { token } => zone::token(token),
        AccountAnswer::Zone { zone: told } => zone::zone(question, told.as_deref()),
        AccountAnswer::Setting { setting } => zone::setting(setting),
        AccountAnswer::Records { records } => zone::records(question, records),
        AccountAnswer::Rules { rules } => zone::rules(question, rules),
        AccountAnswer::PageRules { rules } => zone::page_rules(rules),
        AccountAnswer::OriginPulls { pulls } => zone::pulls(question, pulls),
        AccountAnswer::TrustStore { certificates } => zone::trust_store(certificates),
        AccountAnswer::LoadBalancers { balancers } => way::balancers(balancers),
        AccountAnswer::Pools { pools } => way::pools(pools),
        AccountAnswer::PoolHealth { health } => way::pool_health(health),
        AccountAnswer::Tunnels { tunnels } => way::tunnels(tunnels),
        AccountAnswer::Connectors { connectors } => way::connectors(question, connectors),
        AccountAnswer::TunnelConfiguration { configuration } => way::configuration(configuration),
        AccountAnswer::HealthChecks { checks } => counted::checks(checks),
        AccountAnswer::Counts { counts } => counted::counts(question, counts),
        AccountAnswer::Changes { changes } => counted::changes(changes),
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
        AccountQuestion::TrustStore => "the roots of the zone's own".to_owned(),
        AccountQuestion::HealthChecks => "the health checks".to_owned(),
        AccountQuestion::Counts { .. } => "what the edge counted".to_owned(),
        AccountQuestion::Changes => "what was changed of late".to_owned(),
    }
}

#[cfg(test)]
mod tests;
