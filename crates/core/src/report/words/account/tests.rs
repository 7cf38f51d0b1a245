//! Every answer of the account, as it is told. Read aloud before a row is changed.

use serde_json::json;

use super::sentence;
use crate::evidence::Question;
use crate::evidence::account::{AccountAnswer, AccountQuestion, ApiError, ApiRefusal, RefusalKind};

/// The answer as a case holds it, so that the words are held against what is kept.
fn told(question: AccountQuestion, answer: serde_json::Value) -> String {
    let answer: AccountAnswer = serde_json::from_value(answer).unwrap();
    assert!(question.fits(&answer));
    sentence(&Question::Account(question), &answer)
}

fn name() -> String {
    "shop.example.com".to_owned()
}

fn record(kind: &str, content: &str, proxied: bool) -> serde_json::Value {
    json!({"type": kind, "name": "shop.example.com", "content": content, "proxied": proxied,
        "modified_on": "2026-11-22T13:50:00Z"})
}

#[test]
fn records_are_told_with_where_they_lead_and_since_when() {
    let ask = || AccountQuestion::Records { name: name() };
    let one = json!({"told": "records", "records": [record("A", "203.0.113.9", true)]});
    assert_eq!(
        told(ask(), one),
        "the account's record of `shop.example.com` is `A` `203.0.113.9`, proxied, changed \
         2026-11-22 13:50 UTC"
    );
    let two = json!({"told": "records",
        "records": [record("A", "203.0.113.9", true), record("AAAA", "2001:db8::9", false)]});
    assert_eq!(
        told(ask(), two),
        "the account has 2 records for `shop.example.com`: `A` `203.0.113.9`, proxied, changed \
         2026-11-22 13:50 UTC; `AAAA` `2001:db8::9`, not proxied, changed 2026-11-22 13:50 UTC"
    );
    let none = json!({"told": "records", "records": []});
    assert_eq!(told(ask(), none), "the account has no DNS record for `shop.example.com`");
}

#[test]
fn the_zone_and_its_settings_are_told() {
    let ask = || AccountQuestion::Zone { name: name() };
    let zone = json!({"told": "zone", "zone": {"name": "example.com", "status": "active",
        "paused": true, "plan": {"legacy_id": "free"}}});
    assert_eq!(
        told(ask(), zone),
        "the account says that `shop.example.com` is in the zone `example.com`, which is `active`, \
         on the plan `free`, and paused: nothing of it goes through Cloudflare"
    );
    assert_eq!(
        told(ask(), json!({"told": "zone", "zone": null})),
        "the token sees no zone of `shop.example.com`: it is in another account, or out of the \
         token's reach"
    );
    let ask = |name: &str| AccountQuestion::Setting { name: name.to_owned() };
    let setting = |id: &str, value: &str| {
        json!({"told": "setting", "setting": {"id": id, "value": value,
            "modified_on": "2026-11-22T14:02:00Z"}})
    };
    assert_eq!(
        told(ask("ssl"), setting("ssl", "strict")),
        "the account says that the zone's SSL mode is `strict` since 2026-11-22 14:02 UTC"
    );
    assert_eq!(
        told(ask("ssl_automatic_mode"), setting("ssl_automatic_mode", "auto")),
        "the account says that Cloudflare may change the SSL mode by itself"
    );
}

#[test]
fn a_tunnel_is_told_with_its_state_its_connectors_and_its_rules() {
    let tunnels = json!({"told": "tunnels", "tunnels": [
        {"name": "shop", "status": "down", "conns_inactive_at": "2026-11-22T13:40:00Z"},
        {"name": "old", "status": "inactive"}]});
    assert_eq!(
        told(AccountQuestion::Tunnels, tunnels),
        "the account has 2 tunnels: `shop` is `down` since 2026-11-22 13:40 UTC and `old` is \
         `inactive`, which means that it never ran"
    );
    let ask = || AccountQuestion::Connectors { tunnel: "t1".to_owned() };
    assert_eq!(
        told(ask(), json!({"told": "connectors", "connectors": []})),
        "the account says that no connector is connected for the tunnel `t1`"
    );
    let one = json!({"told": "connectors", "connectors": [
        {"id": "c", "conns": [{"origin_ip": "203.0.113.7"}, {"origin_ip": "203.0.113.7"}]}]});
    assert_eq!(
        told(ask(), one),
        "the account says that 1 connector is connected for the tunnel `t1`: 2 connections from \
         `203.0.113.7`"
    );
    let ask = AccountQuestion::TunnelConfiguration { tunnel: "t1".to_owned() };
    let rules = json!({"told": "tunnel-configuration", "configuration": {"tunnel_id": "t1",
        "version": 7, "config": {"ingress": [
            {"hostname": "shop.example.com", "service": "http://localhost:8000"},
            {"service": "http_status:404"}]}}});
    assert_eq!(
        told(ask, rules),
        "the account's rules for the tunnel `t1` (version 7) lead `shop.example.com` to \
         `http://localhost:8000` and everything else to `http_status:404`"
    );
}

#[test]
fn a_pool_is_told_with_the_reason_of_its_monitor() {
    let pools = json!({"told": "pools", "pools": [
        {"name": "main", "enabled": true, "healthy": false, "origins": [{"address": "a"}]}]});
    assert_eq!(
        told(AccountQuestion::Pools, pools),
        "the account says that the pool `main` is unhealthy, with 1 origin switched on"
    );
    let ask = AccountQuestion::PoolHealth { pool: "p1".to_owned() };
    let health = json!({"told": "pool-health", "health": {"pool_id": "p1", "pop_health": {
        "Amsterdam, NL": {"healthy": false, "origins": [
            {"203.0.113.7": {"healthy": false, "failure_reason": "TCP connection failed"}}]}}}});
    assert_eq!(
        told(ask, health),
        "the account says that the pool `p1` is healthy from 0 of 1 place; from `Amsterdam, NL` \
         the origin `203.0.113.7` fails: `TCP connection failed`"
    );
}

#[test]
fn counts_say_what_the_origin_answered_and_where() {
    let ask = AccountQuestion::Counts { host: name() };
    let counts = json!({"told": "counts", "counts": {"from": "2026-11-22T13:30:00Z",
        "to": "2026-11-22T14:00:00Z", "total": 12000, "sample_interval": 10, "errors": [
            {"edge_status": 502, "origin_status": 0, "colo": "AMS", "count": 1200}]}});
    assert_eq!(
        told(ask, counts),
        "the edge counted 12,000 requests for `shop.example.com` from 2026-11-22 13:30 UTC to \
         2026-11-22 14:00 UTC (of every 10 one was counted): 1,200 got 502 with no answer of the \
         origin's in `AMS`"
    );
}

#[test]
fn a_refusal_is_told_with_its_status_its_code_and_what_would_lift_it() {
    let refused = |refusal: ApiRefusal| {
        let answer = AccountAnswer::Refused { refusal };
        sentence(&Question::Account(AccountQuestion::Records { name: name() }), &answer)
    };
    let error =
        |code, message: &str| vec![ApiError { code: Some(code), message: message.to_owned() }];
    assert_eq!(
        refused(ApiRefusal {
            status: Some(403),
            errors: error(10000, "Authentication error"),
            permission: Some("DNS Read".to_owned()),
            ..ApiRefusal::of(RefusalKind::OutOfScope)
        }),
        "the account did not tell the DNS records of `shop.example.com`: the token may not; it \
         would need `DNS Read` (403, code 10000), in its words `Authentication error`"
    );
    assert_eq!(
        refused(ApiRefusal {
            status: Some(429),
            retry_after_s: Some(30),
            ..ApiRefusal::of(RefusalKind::Limited)
        }),
        "the account did not tell the DNS records of `shop.example.com`: too many questions were \
         asked of late (429); it may be asked again in 30 seconds"
    );
    assert_eq!(
        refused(ApiRefusal {
            why: "no answer within 8 s".to_owned(),
            ..ApiRefusal::of(RefusalKind::Unreached)
        }),
        "the account did not tell the DNS records of `shop.example.com`: Cloudflare's API did not \
         answer, `no answer within 8 s`"
    );
}

#[test]
fn nothing_that_the_account_tells_acts_on_a_terminal() {
    let harm = "\u{1b}[2J`<script>\u{202e}";
    let record = json!({"type": harm, "name": harm, "content": harm, "proxied": true});
    let zone = json!({"name": harm, "status": harm, "plan": {"legacy_id": harm}});
    let change = json!({"action": harm, "subject": harm, "before": harm, "after": harm});
    let check = json!({"name": harm, "address": harm, "status": harm, "failure_reason": harm});
    let rule = json!({"enabled": true, "expression": harm, "action": harm, "description": harm,
        "action_parameters": {harm: harm}});
    let tunnel = json!({"name": harm, "status": harm});
    let phase = crate::evidence::account::RulesPhase::HttpRequestOrigin;
    for (question, answer) in [
        (
            AccountQuestion::Records { name: name() },
            json!({"told": "records", "records": [record]}),
        ),
        (AccountQuestion::Zone { name: name() }, json!({"told": "zone", "zone": zone})),
        (AccountQuestion::Changes, json!({"told": "changes", "changes": [change]})),
        (AccountQuestion::HealthChecks, json!({"told": "health-checks", "checks": [check]})),
        (AccountQuestion::Rules { phase }, json!({"told": "rules", "rules": [rule]})),
        (AccountQuestion::Tunnels, json!({"told": "tunnels", "tunnels": [tunnel]})),
    ] {
        let said = told(question, answer);
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
        assert_eq!(said.matches('`').count() % 2, 0, "{said}");
    }
}
