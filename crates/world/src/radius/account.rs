//! What the account tells of a zone: mode, records, rules. All at once, after the zone's id is known.

use rayfix_core::evidence::account::{
    ApiRefusal, DnsRecord, LoadBalancer, OriginPulls, PageRule, RefusalKind, Rule, RulesPhase,
    Setting, TrustStoreCertificate, ZoneSeen,
};
use rayfix_core::radius::{Habits, Overrides};
use rayfix_core::target::SslMode;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;

use super::SurveyError;
use crate::cloudflare::calls::part;
use crate::cloudflare::{Call, Client, Method};

/// The most records of a zone that are read; no plan allows more.
const MOST_RECORDS: usize = 200_000;

/// What is known of a zone.
pub(super) struct Account {
    pub(super) zone: ZoneSeen,
    pub(super) mode: Option<SslMode>,
    pub(super) automatic: Option<bool>,
    pub(super) habits: Habits,
    pub(super) overrides: Overrides,
    pub(super) records: Vec<DnsRecord>,
    /// Names that a load balancer answers for, lower case.
    pub(super) balanced: Vec<String>,
    /// DER of the roots that the zone trusts instead of the public ones; empty: it has none.
    pub(super) trusted: Vec<Vec<u8>>,
    pub(super) unread: Vec<String>,
}

/// A ruleset, of which only the rules matter.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Ruleset {
    rules: Vec<Rule>,
}

/// Reads it all.
pub(super) async fn read(client: &Client, name: &str) -> Result<Account, SurveyError> {
    let zones = get("/zones".to_owned(), "Zone Read").with("name", name);
    let refused = |what| move |refusal| SurveyError::Refused(what, refusal);
    let zones: Vec<ZoneSeen> = client.list(&zones, 50).await.map_err(refused("the zone"))?;
    let Some(zone) = zones.into_iter().find(|zone| zone.name.eq_ignore_ascii_case(name)) else {
        return Err(SurveyError::NoZone);
    };
    let at = |rest: &str| format!("/zones/{}/{rest}", part(&zone.id));
    let setting = |name: &str| get(at(&format!("settings/{name}")), "Zone Settings Read");
    let rules = |phase: RulesPhase| {
        get(at(&format!("rulesets/phases/{}/entrypoint", phase.word())), phase.permission())
    };
    let ssl = "SSL and Certificates Read";
    let calls = [
        setting("ssl"),
        setting("ssl_automatic_mode"),
        setting("always_use_https"),
        setting("tls_client_auth"),
        get(at("dns_records"), "DNS Read").with("per_page", "1000"),
        rules(RulesPhase::HttpConfigSettings),
        rules(RulesPhase::HttpRequestOrigin),
        get(at("pagerules"), "Page Rules Read"),
        get(at("load_balancers"), "Load Balancers Read"),
        get(at("origin_tls_client_auth/settings"), ssl),
        get(at("acm/custom_trust_store"), ssl),
    ];
    let [mode, auto, https, global, dns, config, origin, pages, balancers, pulls, store] = &calls;
    let (mode, auto, https, global, records, config, origin, pages, balancers, pulls, store) = tokio::join!(
        client.call::<Setting>(mode),
        client.call::<Setting>(auto),
        client.call::<Setting>(https),
        client.call::<Setting>(global),
        client.list::<DnsRecord>(dns, MOST_RECORDS),
        client.call::<Ruleset>(config),
        client.call::<Ruleset>(origin),
        client.call::<Vec<PageRule>>(pages),
        client.list::<LoadBalancer>(balancers, 1000),
        client.call::<OriginPulls>(pulls),
        client.list::<TrustStoreCertificate>(store, 1000),
    );
    let mode = mode.map_err(refused("its SSL mode"))?;
    let records = records.map_err(refused("its DNS records"))?;

    let mut unread = Unread::default();
    let config = unread.take(
        config,
        "configuration rules",
        "A mode of its own that they give a host is not known.",
    );
    let origin = unread.take(
        origin,
        "origin rules",
        "Hosts that they lead elsewhere were asked where their records point.",
    );
    let pages =
        unread.take(pages, "page rules", "A mode of its own that they give a host is not known.");
    let balancers = unread.take(
        balancers,
        "load balancers",
        "Hosts that they answer for were asked where their records point.",
    );
    let https = unread.take(https.map(Some), "the setting Always Use HTTPS", "It is taken as off.");
    let store = unread.take(store, "the zone's own trusted roots", "The public ones are taken.");
    let word = |setting: Option<Setting>| setting.and_then(|one| one.word().map(str::to_owned));
    let global = word(global.ok()).map(|word| word == "on");
    let pulls = pulls.ok().and_then(|pulls| pulls.enabled);
    let habits = Habits {
        always_https: word(https).map(|word| word == "on"),
        // Either of the two shows one; that none does is known where both say so, or where one says so
        // and the other is not for this token to see and nothing speaks of it.
        shows_certificate: match (global, pulls) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
    };
    let active = |one: &&TrustStoreCertificate| one.status == "active";
    let trusted = store
        .iter()
        .filter(active)
        .flat_map(|one| {
            CertificateDer::pem_slice_iter(one.certificate.as_bytes()).flatten().collect::<Vec<_>>()
        })
        .map(|der| der.to_vec())
        .collect();
    Ok(Account {
        mode: mode.word().and_then(|word| word.parse().ok()),
        automatic: word(auto.ok()).map(|word| word == "auto"),
        habits,
        overrides: Overrides { config: config.rules, origin: origin.rules, pages },
        records,
        balanced: balancers
            .into_iter()
            .filter(|balancer| balancer.proxied && balancer.enabled != Some(false))
            .map(|balancer| balancer.name.trim_end_matches('.').to_ascii_lowercase())
            .collect(),
        trusted,
        unread: unread.0,
        zone,
    })
}

fn get(path: String, permission: &'static str) -> Call {
    Call::new(Method::Get, path, Some(permission))
}

/// Sentences about what could not be read.
#[derive(Default)]
struct Unread(Vec<String>);

impl Unread {
    /// The answer, or an empty one and a sentence. What does not exist is empty.
    fn take<T: Default>(&mut self, answer: Result<T, ApiRefusal>, what: &str, so: &str) -> T {
        let refusal = match answer {
            Ok(answer) => return answer,
            Err(refusal) => refusal,
        };
        let why = match refusal.kind {
            RefusalKind::NotFound | RefusalKind::WrongId => return T::default(),
            RefusalKind::OutOfScope => match &refusal.permission {
                Some(permission) => format!("the token lacks {permission}"),
                None => "the token may not".to_owned(),
            },
            _ => match refusal.status {
                Some(status) => format!("the API answered {status}"),
                None => "the API did not answer".to_owned(),
            },
        };
        self.0.push(format!(
            "The {what} could not be read ({why}). {so}",
            what = what.trim_start_matches("the ")
        ));
        T::default()
    }
}
