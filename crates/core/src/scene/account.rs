//! The Cloudflare account, laid out: what it says of the way from the edge to the origin.
//!
//! Judges ask here which records the edge goes by, which SSL mode holds and since when, which tunnel the
//! name leads to and who is connected to it, and what was refused. An answer of the account is
//! Cloudflare's own word, newer than any cache; a refusal is no word at all, and neither clears nor
//! blames. Nothing here names a cause.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::causes::Need;
use crate::evidence::account::rule::{PageAction, PageTarget};
use crate::evidence::account::{
    AccountAnswer, AccountChange, AccountQuestion, ApiRefusal, Connector, Counts, DnsRecord,
    HealthCheck, LoadBalancer, OriginPulls, Pool, PoolHealth, RefusalKind, Rule, RulesPhase,
    TrustStoreCertificate, TunnelConfiguration, TunnelSeen, ZoneSeen, expression, pattern,
};
use crate::evidence::host::tunnel::{Config, read_remote};
use crate::evidence::{Evidence, Question, Reading, ReadingId, Seen};
use crate::hop::Hop;
use crate::target::Site;

/// The account, as far as it was asked.
#[derive(Debug, Default)]
pub struct Account<'a> {
    site: Option<&'a Site>,
    host: &'a str,
    told: Vec<(&'a Reading, &'a AccountQuestion, &'a AccountAnswer)>,
}

/// The tunnel that the site's record leads to.
#[derive(Debug, Clone)]
pub struct TunnelTold<'a> {
    /// Its id, as the record has it.
    pub id: &'a str,
    /// The record.
    pub record: (ReadingId, &'a DnsRecord),
    /// The tunnel in the account's list; `None`: the list was not told, or does not hold it.
    pub seen: Option<(ReadingId, &'a TunnelSeen)>,
    /// The list without it: the account has no such tunnel.
    pub missing: Option<ReadingId>,
    /// The connectors that are connected; `None`: not told.
    pub connectors: Option<(ReadingId, &'a [Connector])>,
    /// What its connectors are told from afar.
    pub configuration: Option<(ReadingId, &'a TunnelConfiguration)>,
}

impl TunnelTold<'_> {
    /// The reading in which the account says that nobody is connected: no connectors, or, where those
    /// were not told, the tunnel's state.
    #[must_use]
    pub fn unconnected(&self) -> Option<ReadingId> {
        match (self.connectors, self.seen) {
            (Some((id, all)), _) => all.iter().all(|one| one.conns.is_empty()).then_some(id),
            (None, Some((id, seen))) => {
                matches!(seen.status.as_str(), "inactive" | "down").then_some(id)
            }
            (None, None) => None,
        }
    }

    /// The reading in which the account says that somebody is connected: a connector with a connection,
    /// or, where those were not told, the tunnel's state.
    #[must_use]
    pub fn connected(&self) -> Option<ReadingId> {
        match (self.connectors, self.seen) {
            (Some((id, all)), _) => all.iter().any(|one| !one.conns.is_empty()).then_some(id),
            (None, Some((id, seen))) => {
                matches!(seen.status.as_str(), "healthy" | "degraded").then_some(id)
            }
            (None, None) => None,
        }
    }

    /// The reading that shows that there is no such tunnel: the account's list without it, or with the
    /// day on which it was deleted.
    #[must_use]
    pub fn gone(&self) -> Option<ReadingId> {
        let deleted = self.seen.filter(|(_, seen)| seen.deleted_at.is_some()).map(|(id, _)| id);
        self.missing.or(deleted)
    }
}

impl<'a> Account<'a> {
    /// Lays out what the account told and refused.
    #[must_use]
    pub fn of(evidence: &'a Evidence) -> Account<'a> {
        let told = evidence.readings.iter().filter_map(|reading| {
            match (&reading.question, reading.seen()) {
                (Question::Account(question), Some(Seen::Account(answer)))
                    if question.fits(answer) =>
                {
                    Some((reading, question, answer))
                }
                _ => None,
            }
        });
        let site = &evidence.target.site;
        Account { site: Some(site), host: &site.host, told: told.collect() }
    }

    /// Whether the account was asked anything.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !self.told.is_empty()
    }

    fn find<T>(
        &self,
        pick: impl Fn(&'a AccountQuestion, &'a AccountAnswer) -> Option<T>,
    ) -> Option<(ReadingId, T)> {
        self.told
            .iter()
            .find_map(|(reading, question, answer)| Some((reading.id, pick(question, answer)?)))
    }

    /// The zone.
    #[must_use]
    pub fn zone(&self) -> Option<(ReadingId, &'a ZoneSeen)> {
        self.find(|_, answer| match answer {
            AccountAnswer::Zone { zone } => zone.as_deref(),
            _ => None,
        })
    }

    /// The reading that says that the zone is paused: nothing of it goes through the edge.
    #[must_use]
    pub fn paused(&self) -> Option<ReadingId> {
        self.zone().filter(|(_, zone)| zone.paused).map(|(id, _)| id)
    }

    /// The records that answer for the site's name: those of the very name, else those of the nearest
    /// wildcard. A name that has a record of any kind is not covered by a wildcard (RFC 4592). `None`:
    /// not told.
    #[must_use]
    pub fn records(&self) -> Option<(ReadingId, Vec<&'a DnsRecord>)> {
        let (id, all) = self.find(|question, answer| match (question, answer) {
            (AccountQuestion::Records { name }, AccountAnswer::Records { records })
                if same_name(name, self.host) =>
            {
                Some(records)
            }
            _ => None,
        })?;
        let of = |fits: &dyn Fn(&str) -> bool| -> Vec<&'a DnsRecord> {
            all.iter().filter(|record| fits(&record.name)).collect()
        };
        let mut own = of(&|name| same_name(name, self.host));
        if own.is_empty() {
            let covers =
                |name: &str| name.strip_prefix('*').is_some_and(|rest| ends(self.host, rest));
            let nearest =
                all.iter().filter(|one| covers(&one.name)).map(|one| one.name.len()).max();
            own = of(&|name| covers(name) && Some(name.len()) == nearest);
        }
        own.retain(|record| matches!(record.kind.as_str(), "A" | "AAAA" | "CNAME"));
        Some((id, own))
    }

    /// The proxied ones among them: what the edge goes by. Empty while the zone is paused.
    #[must_use]
    pub fn proxied(&self) -> Option<(ReadingId, Vec<&'a DnsRecord>)> {
        let (id, mut records) = self.records()?;
        records.retain(|record| record.proxied && self.paused().is_none());
        Some((id, records))
    }

    /// The addresses that the edge dials by proxied A and AAAA records; `None`: not told, or a name
    /// or a balancer is among what it goes by.
    #[must_use]
    pub fn dialled(&self) -> Option<(ReadingId, Vec<IpAddr>)> {
        let (id, records) = self.proxied()?;
        let addresses: Option<Vec<IpAddr>> =
            records.iter().map(|record| record.content.parse().ok()).collect();
        let passed_by = self.balancer().is_some() || self.rerouted().is_some();
        Some((id, addresses.filter(|all| !all.is_empty() && !passed_by)?))
    }

    /// A rule that is, or may be, for the site and lets the edge ask another host than the records say.
    #[must_use]
    pub fn rerouted(&self) -> Option<ReadingId> {
        let by_rule = self.origin_rules().find(|(_, rule, _)| {
            rule.action_parameters.get("origin").is_some_and(|origin| origin.get("host").is_some())
        });
        let site = self.site?;
        let by_page = || {
            self.find(|_, answer| match answer {
                AccountAnswer::PageRules { rules } => rules.iter().find(|rule| {
                    let reroutes = |action: &PageAction| action.id == "resolve_override";
                    let fits = |target: &PageTarget| {
                        pattern::fits(&target.constraint.value, site) != Some(false)
                    };
                    rule.status == "active"
                        && rule.actions.iter().any(reroutes)
                        && rule.targets.iter().any(fits)
                }),
                _ => None,
            })
        };
        by_rule.map(|(id, ..)| id).or_else(|| by_page().map(|(id, _)| id))
    }

    /// The origin rules that are, or may be, for the site, and whether they surely are.
    pub fn origin_rules(&self) -> impl Iterator<Item = (ReadingId, &'a Rule, bool)> {
        let told = self.find(|question, answer| match (question, answer) {
            (
                AccountQuestion::Rules { phase: RulesPhase::HttpRequestOrigin },
                AccountAnswer::Rules { rules },
            ) => Some(rules.as_slice()),
            _ => None,
        });
        let site = self.site;
        told.into_iter()
            .flat_map(|(id, rules)| rules.iter().map(move |rule| (id, rule)))
            .filter_map(move |(id, rule)| {
                let fits = site.and_then(|site| expression::decides(&rule.expression, site));
                (rule.enabled && fits != Some(false)).then_some((id, rule, fits == Some(true)))
            })
    }

    /// Whether something that may pass the records by was refused: rules or balancers.
    #[must_use]
    pub fn may_be_rerouted(&self) -> bool {
        let passes_by = |question: &AccountQuestion| {
            matches!(
                question,
                AccountQuestion::Rules { phase: RulesPhase::HttpRequestOrigin }
                    | AccountQuestion::PageRules
                    | AccountQuestion::LoadBalancers
            )
        };
        self.refusals()
            .any(|(_, question, one)| passes_by(question) && one.kind != RefusalKind::NotFound)
    }

    /// The name that the site's record is an alias of, where that is no tunnel.
    #[must_use]
    pub fn alias(&self) -> Option<(ReadingId, &'a DnsRecord)> {
        let (id, records) = self.records()?;
        let alias = records.into_iter().find(|one| one.kind == "CNAME" && one.tunnel().is_none());
        alias.map(|record| (id, record))
    }

    /// The tunnel that the site's record leads to.
    #[must_use]
    pub fn tunnel(&self) -> Option<TunnelTold<'a>> {
        let (record_in, records) = self.records()?;
        let (record, id) = records.iter().find_map(|one| Some((*one, one.tunnel()?)))?;
        let list = self.find(|_, answer| match answer {
            AccountAnswer::Tunnels { tunnels } => Some(tunnels.as_slice()),
            _ => None,
        });
        let seen = list.and_then(|(at, all)| {
            all.iter().find(|one| same_name(&one.id, id)).map(|one| (at, one))
        });
        Some(TunnelTold {
            id,
            record: (record_in, record),
            seen,
            missing: list.filter(|_| seen.is_none()).map(|(at, _)| at),
            connectors: self.find(|question, answer| match (question, answer) {
                (
                    AccountQuestion::Connectors { tunnel },
                    AccountAnswer::Connectors { connectors },
                ) if same_name(tunnel, id) => Some(connectors.as_slice()),
                _ => None,
            }),
            configuration: self.find(|question, answer| match (question, answer) {
                (
                    AccountQuestion::TunnelConfiguration { tunnel },
                    AccountAnswer::TunnelConfiguration { configuration },
                ) if same_name(tunnel, id) => Some(configuration),
                _ => None,
            }),
        })
    }

    /// The load balancer that answers for the site's name, if it is at work.
    #[must_use]
    pub fn balancer(&self) -> Option<(ReadingId, &'a LoadBalancer)> {
        self.find(|_, answer| match answer {
            AccountAnswer::LoadBalancers { balancers } => balancers
                .iter()
                .find(|one| same_name(&one.name, self.host) && one.enabled != Some(false)),
            _ => None,
        })
    }

    /// A pool by its id.
    #[must_use]
    pub fn pool(&self, id: &str) -> Option<(ReadingId, &'a Pool)> {
        self.find(|_, answer| match answer {
            AccountAnswer::Pools { pools } => pools.iter().find(|pool| pool.id == id),
            _ => None,
        })
    }

    /// How a pool's origins are.
    #[must_use]
    pub fn pool_health(&self, id: &str) -> Option<(ReadingId, &'a PoolHealth)> {
        self.find(|question, answer| match (question, answer) {
            (AccountQuestion::PoolHealth { pool }, AccountAnswer::PoolHealth { health })
                if pool == id =>
            {
                Some(health)
            }
            _ => None,
        })
    }

    /// Whether the edge shows the origin a certificate; the host's own setting goes before the
    /// zone's.
    #[must_use]
    pub fn pulls(&self) -> Option<(ReadingId, &'a OriginPulls)> {
        let of = |own: bool| {
            self.find(|question, answer| match (question, answer) {
                (AccountQuestion::OriginPulls { host }, AccountAnswer::OriginPulls { pulls })
                    if host.is_some() == own && pulls.enabled.is_some() =>
                {
                    Some(pulls)
                }
                _ => None,
            })
        };
        of(true).or_else(|| of(false))
    }

    /// The zone's own roots, where it has any.
    #[must_use]
    pub fn own_roots(&self) -> Option<(ReadingId, &'a [TrustStoreCertificate])> {
        self.find(|_, answer| match answer {
            AccountAnswer::TrustStore { certificates } => {
                Some(certificates.as_slice()).filter(|all| !all.is_empty())
            }
            _ => None,
        })
    }

    /// Health checks that fail, of an address or a name that the site's records hold.
    #[must_use]
    pub fn failing_checks(&self) -> Vec<(ReadingId, &'a HealthCheck)> {
        let records = self.records().map(|(_, records)| records).unwrap_or_default();
        let about = |check: &HealthCheck| {
            same_name(&check.address, self.host)
                || records.iter().any(|record| same_name(&record.content, &check.address))
        };
        let all = self.find(|_, answer| match answer {
            AccountAnswer::HealthChecks { checks } => Some(checks.as_slice()),
            _ => None,
        });
        let Some((id, checks)) = all else { return Vec::new() };
        let fails =
            |check: &&HealthCheck| !check.suspended && check.status == "unhealthy" && about(check);
        checks.iter().filter(fails).map(|check| (id, check)).collect()
    }

    /// What the edge counted for the site.
    #[must_use]
    pub fn counts(&self) -> Option<(ReadingId, &'a Counts)> {
        self.find(|question, answer| match (question, answer) {
            (AccountQuestion::Counts { host }, AccountAnswer::Counts { counts })
                if same_name(host, self.host) =>
            {
                Some(counts)
            }
            _ => None,
        })
    }

    /// What was changed in the account, newest first.
    #[must_use]
    pub fn changes(&self) -> Option<(ReadingId, &'a [AccountChange])> {
        self.find(|_, answer| match answer {
            AccountAnswer::Changes { changes } => Some(changes.as_slice()),
            _ => None,
        })
    }

    /// The value of a setting of the zone, and when it was changed.
    #[must_use]
    pub fn setting(&self, wanted: &str) -> Option<(ReadingId, &'a str, Option<Timestamp>)> {
        let (id, setting) = self.find(|question, answer| match (question, answer) {
            (AccountQuestion::Setting { name }, AccountAnswer::Setting { setting })
                if name == wanted =>
            {
                Some(setting)
            }
            _ => None,
        })?;
        Some((id, setting.word()?, setting.modified_on))
    }

    /// The reading in which something was asked, and everything told.
    pub fn all(
        &self,
    ) -> impl Iterator<Item = (&'a Reading, &'a AccountQuestion, &'a AccountAnswer)> {
        self.told.iter().copied()
    }

    /// What was refused, and how.
    pub fn refusals(
        &self,
    ) -> impl Iterator<Item = (ReadingId, &'a AccountQuestion, &'a ApiRefusal)> {
        self.told.iter().filter_map(|(reading, question, answer)| match answer {
            AccountAnswer::Refused { refusal } => Some((reading.id, *question, refusal)),
            _ => None,
        })
    }

    /// What would tell more of a station where a judge wants the account: nobody asked it, or this is
    /// what keeps it from telling. Where it told everything, only the origin can tell more.
    #[must_use]
    pub fn need_at(&self, hop: Hop) -> Need {
        let of_use = |refusal: &ApiRefusal| !matches!(refusal.kind, RefusalKind::NotFound);
        let all: Vec<_> = self.refusals().filter(|(_, _, refusal)| of_use(refusal)).collect();
        let there = all.iter().find(|(_, question, _)| question.hop() == hop);
        match there.or(all.first()) {
            _ if !self.is_asked() => Need::Account,
            Some((_, question, refusal)) => needed(question, refusal),
            None => Need::OnOrigin,
        }
    }

    /// What would tell more of this kind of question: the account where nobody asked it, a permission
    /// where it refused for want of one, a better token, or the same again. `None`: it was answered.
    #[must_use]
    pub fn need(&self, about: impl Fn(&AccountQuestion) -> bool) -> Option<Need> {
        if !self.is_asked() {
            return Some(Need::Account);
        }
        let asked = || self.told.iter().filter(|(_, question, _)| about(question));
        let refused = |answer: &&AccountAnswer| matches!(answer, AccountAnswer::Refused { .. });
        if asked().any(|(_, _, answer)| !refused(answer)) {
            return None;
        }
        // What was not even asked fell with an earlier question: the token, or the zone.
        let refusal = asked().map(|(_, question, answer)| (question, answer)).next();
        let first = || self.refusals().next().map(|(_, question, refusal)| (question, refusal));
        let (question, refusal) = match refusal {
            Some((question, AccountAnswer::Refused { refusal })) => (*question, refusal),
            _ => first()?,
        };
        Some(needed(question, refusal))
    }
}

/// What would turn a refusal into an answer.
fn needed(question: &AccountQuestion, refusal: &ApiRefusal) -> Need {
    match refusal.kind {
        RefusalKind::OutOfScope => question.permission().map_or(Need::Token, Need::Permission),
        RefusalKind::NoToken
        | RefusalKind::MalformedToken
        | RefusalKind::UnknownToken
        | RefusalKind::EndedToken => Need::Token,
        _ => Need::AccountLater,
    }
}

/// The rules of a tunnel as its connectors read them; `None`: they are kept on its machine.
#[must_use]
pub fn remote_rules(configuration: &TunnelConfiguration) -> Option<Config> {
    let rules = configuration.config.as_ref()?;
    let told = serde_json::json!({
        "version": configuration.version.unwrap_or_default(),
        "config": { "ingress": rules.ingress },
    });
    read_remote(told.to_string().as_bytes())
}

fn same_name(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

fn ends(host: &str, suffix: &str) -> bool {
    let at = host.len().checked_sub(suffix.len());
    at.is_some_and(|at| {
        at > 0 && host.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    })
}
