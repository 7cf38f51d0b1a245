//! Which addresses and which mode an account's answers come to.

use serde_json::{Value, json};

use super::*;
use crate::target::Target;

type Answers = Vec<(AccountQuestion, AccountAnswer)>;

fn target() -> Target {
    Target::new(Site::parse("https://shop.example.com/cart").unwrap())
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn records(name: &str, records: Value) -> (AccountQuestion, AccountAnswer) {
    let question = AccountQuestion::Records { name: name.to_owned() };
    (question, AccountAnswer::Records { records: read(records) })
}

fn ssl(mode: &str) -> (AccountQuestion, AccountAnswer) {
    let setting = read(json!({"id": "ssl", "value": mode, "editable": true, "modified_on": null}));
    (AccountQuestion::Setting { name: "ssl".to_owned() }, AccountAnswer::Setting { setting })
}

fn rules(phase: RulesPhase, rules: Value) -> (AccountQuestion, AccountAnswer) {
    (AccountQuestion::Rules { phase }, AccountAnswer::Rules { rules: read(rules) })
}

fn config(expression: &str, ssl: &str) -> Value {
    json!({"action": "set_config", "expression": expression, "enabled": true,
        "action_parameters": {"ssl": ssl}, "description": null})
}

fn route(expression: &str, origin: &Value) -> Value {
    json!({"action": "route", "expression": expression, "enabled": true,
        "action_parameters": {"origin": origin}})
}

fn page_rules(rules: Value) -> (AccountQuestion, AccountAnswer) {
    (AccountQuestion::PageRules, AccountAnswer::PageRules { rules: read(rules) })
}

fn page(priority: i64, pattern: &str, action: &str, value: &str) -> Value {
    json!({"id": "a", "status": "active", "priority": priority,
        "targets": [{"target": "url", "constraint": {"operator": "matches", "value": pattern}}],
        "actions": [{"id": action, "value": value}]})
}

fn origins(answers: &Answers) -> Vec<String> {
    Way::of(&target(), answers).origins(|_| false).iter().map(ToString::to_string).collect()
}

fn mode(answers: &Answers) -> Option<&'static str> {
    Way::of(&target(), answers).mode().map(SslMode::word)
}

const HERE: &str = "http.host eq \"shop.example.com\"";

#[test]
fn proxied_records_are_what_the_edge_dials() {
    let answers = vec![records(
        "shop.example.com",
        json!([
            {"type": "A", "name": "shop.example.com", "content": "203.0.113.7", "proxied": true},
            {"type": "A", "name": "shop.example.com", "content": "203.0.113.8", "proxied": false},
            {"type": "AAAA", "name": "shop.example.com", "content": "2001:db8::7", "proxied": true},
            {"type": "TXT", "name": "shop.example.com", "content": "203.0.113.9", "proxied": false},
        ]),
    )];
    assert_eq!(origins(&answers), ["203.0.113.7", "2001:db8::7"]);
}

#[test]
fn addresses_that_the_edge_cannot_dial_are_not_asked() {
    for address in [
        "104.16.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
    ] {
        let record = json!([{"type": "A", "content": address, "proxied": true}]);
        assert!(origins(&vec![records("shop.example.com", record)]).is_empty(), "{address}");
    }
    for address in ["::1", "fd00::1", "fe80::1", "100::", "2606:4700::1", "::ffff:10.0.0.1"] {
        let record = json!([{"type": "AAAA", "content": address, "proxied": true}]);
        assert!(origins(&vec![records("shop.example.com", record)]).is_empty(), "{address}");
    }
}

#[test]
fn names_of_the_zone_are_followed_and_loops_end() {
    let alias = |from: &str, to: &str| {
        records(
            from,
            json!([{"type": "CNAME", "content": to, "proxied": from == "shop.example.com"}]),
        )
    };
    let end = records(
        "b.example.com",
        json!([{"type": "A", "content": "203.0.113.7", "proxied": false}]),
    );
    let chain = vec![
        alias("shop.example.com", "A.example.com."),
        alias("a.example.com", "b.example.com"),
        end,
    ];
    assert_eq!(origins(&chain), ["203.0.113.7"]);
    let round = vec![
        alias("shop.example.com", "a.example.com"),
        alias("a.example.com", "shop.example.com"),
    ];
    assert!(origins(&round).is_empty());
    let tunnel =
        vec![alias("shop.example.com", "f70ff985-a4ef-4643-bbbc-4a0ed4fc8415.cfargotunnel.com")];
    assert!(origins(&tunnel).is_empty());
}

#[test]
fn a_load_balancer_answers_before_any_record() {
    let record = json!([{"type": "A", "content": "203.0.113.7", "proxied": true}]);
    let balancer = json!([{"id": "b", "name": "shop.example.com", "enabled": true, "proxied": true,
        "default_pools": ["p1", "gone"], "fallback_pool": "p2"}]);
    let pools = |enabled: bool| {
        json!([
            {"id": "p1", "enabled": enabled, "origins": [
                {"address": "203.0.113.20", "enabled": true, "port": 0},
                {"address": "203.0.113.21", "enabled": false},
                {"address": "pool.example.net"}, {"address": "203.0.113.22", "port": 8443}]},
            {"id": "p2", "origins": [{"address": "203.0.113.30"}]},
        ])
    };
    let answers = |enabled| {
        vec![
            records("shop.example.com", record.clone()),
            (
                AccountQuestion::LoadBalancers,
                AccountAnswer::LoadBalancers { balancers: read(balancer.clone()) },
            ),
            (AccountQuestion::Pools, AccountAnswer::Pools { pools: read(pools(enabled)) }),
        ]
    };
    assert_eq!(origins(&answers(true)), ["203.0.113.20", "203.0.113.22:8443"]);
    assert_eq!(origins(&answers(false)), ["203.0.113.30"]);
}

#[test]
fn rules_that_fit_lead_elsewhere_and_one_that_may_fit_leaves_it_open() {
    let record = || {
        records(
            "shop.example.com",
            json!([{"type": "A", "content": "203.0.113.7", "proxied": true}]),
        )
    };
    let origin_rules = |all: Value| vec![record(), rules(RulesPhase::HttpRequestOrigin, all)];
    assert_eq!(
        origins(&origin_rules(json!([route(HERE, &json!({"port": 8443}))]))),
        ["203.0.113.7:8443"]
    );
    assert_eq!(
        origins(&origin_rules(json!([route("true", &json!({"host": "203.0.113.9"}))]))),
        ["203.0.113.9"]
    );
    assert_eq!(
        origins(&origin_rules(json!([route("http.host eq \"x\"", &json!({"port": 8443}))]))),
        ["203.0.113.7"]
    );
    let unclear = json!([route("ip.src.country eq \"DE\"", &json!({"port": 8443}))]);
    assert!(origins(&origin_rules(unclear)).is_empty());
    let mut off = route("true", &json!({"port": 8443}));
    off["enabled"] = json!(false);
    assert_eq!(origins(&origin_rules(json!([off]))), ["203.0.113.7"]);
    let page = |value: &str| {
        vec![record(), page_rules(json!([page(1, "*example.com/*", "resolve_override", value)]))]
    };
    assert_eq!(origins(&page("203.0.113.10")), ["203.0.113.10"]);
    assert!(origins(&page("elsewhere.example.net")).is_empty());
}

#[test]
fn a_paused_zone_dials_nothing() {
    let zone = read(json!({"id": "z", "name": "example.com", "paused": true}));
    let answers = vec![
        (
            AccountQuestion::Zone { name: "shop.example.com".to_owned() },
            AccountAnswer::Zone { zone },
        ),
        records(
            "shop.example.com",
            json!([{"type": "A", "content": "203.0.113.7", "proxied": true}]),
        ),
    ];
    assert!(origins(&answers).is_empty());
}

#[test]
fn the_mode_is_the_settings_unless_a_rule_sets_another() {
    assert_eq!(mode(&vec![ssl("strict")]), Some("strict"));
    assert_eq!(mode(&vec![ssl("another")]), None);
    assert_eq!(mode(&Vec::new()), None);
    for (all, told) in [
        (json!([config(HERE, "full")]), Some("full")),
        (json!([config("http.host eq \"other\"", "full")]), Some("strict")),
        (json!([config(HERE, "full"), config("true", "flexible")]), Some("flexible")),
        (json!([config("ip.src.country eq \"DE\"", "full")]), None),
        (json!([config("ip.src.country eq \"DE\"", "strict")]), Some("strict")),
        (json!([config("ip.src.country eq \"DE\"", "full"), config(HERE, "off")]), Some("off")),
    ] {
        let answers = vec![ssl("strict"), rules(RulesPhase::HttpConfigSettings, all.clone())];
        assert_eq!(mode(&answers), told, "{all}");
    }
}

#[test]
fn of_page_rules_the_first_that_fits_holds_and_configuration_rules_come_before_them() {
    let by_page = |all: Value| mode(&vec![ssl("strict"), page_rules(all)]);
    let (here, other) = ("*example.com/*", "*example.org/*");
    for (all, told) in [
        (json!([page(1, here, "ssl", "full")]), Some("full")),
        (json!([page(1, other, "ssl", "full")]), Some("strict")),
        (json!([page(1, here, "ssl", "full"), page(2, here, "ssl", "flexible")]), Some("flexible")),
        // The first that fits ends the search even if it says nothing of the mode.
        (
            json!([page(1, here, "ssl", "full"), page(2, here, "cache_level", "bypass")]),
            Some("strict"),
        ),
    ] {
        assert_eq!(by_page(all.clone()), told, "{all}");
    }
    let both = vec![
        ssl("strict"),
        page_rules(json!([page(1, here, "ssl", "flexible")])),
        rules(RulesPhase::HttpConfigSettings, json!([config(HERE, "full")])),
    ];
    assert_eq!(mode(&both), Some("full"));
}

#[test]
fn the_rule_that_sets_the_mode_is_named() {
    let ssl = |word: &str| {
        let setting = read(json!({"id": "ssl", "value": word}));
        (AccountQuestion::Setting { name: "ssl".into() }, AccountAnswer::Setting { setting })
    };
    let config = |expression: &str| {
        let rule = json!({"id": "c1", "action": "set_config", "expression": expression,
            "action_parameters": {"ssl": "strict"}, "description": "shop", "enabled": true});
        rules(RulesPhase::HttpConfigSettings, json!([rule]))
    };
    let page = |pattern: &str| {
        let rule = json!({"id": "p1", "status": "active", "priority": 1,
            "targets": [{"constraint": {"operator": "matches", "value": pattern}}],
            "actions": [{"id": "ssl", "value": "flexible"}]});
        (AccountQuestion::PageRules, AccountAnswer::PageRules { rules: read(json!([rule])) })
    };
    let set = |answers: Vec<(AccountQuestion, AccountAnswer)>| {
        let target = target();
        let way = Way::of(&target, &answers);
        let told = way.mode_set_by().map(|(mode, by)| {
            let rule = by
                .rule()
                .map_or_else(String::new, |(kind, id, words)| format!(" by {kind} {id} {words}"));
            format!("{}{rule}", mode.word())
        });
        told.unwrap_or_default()
    };
    let here = "http.host eq \"shop.example.com\"";
    assert_eq!(set(vec![ssl("full")]), "full");
    assert_eq!(set(vec![ssl("full"), config(here)]), "strict by configuration rule c1 shop");
    assert_eq!(set(vec![ssl("full"), config("http.host eq \"x\"")]), "full");
    assert_eq!(
        set(vec![ssl("full"), page("shop.example.com/*")]),
        "flexible by page rule p1 shop.example.com/*"
    );
    let both = vec![ssl("full"), page("shop.example.com/*"), config(here)];
    assert_eq!(set(both), "strict by configuration rule c1 shop");
    assert_eq!(set(vec![ssl("full"), config("ip.src.country eq \"NL\"")]), "");
}

#[test]
fn a_rule_is_told_with_its_names_and_whom_the_edge_would_dial_without_it() {
    let record = || {
        let told = json!([{"type": "A", "content": "203.0.113.7", "proxied": true}]);
        records("shop.example.com", told)
    };
    let ruled = |expression: &str, sets: Value| {
        let rule = json!({"id": "r1", "action": "route", "action_parameters": sets,
            "expression": expression, "enabled": true});
        let answers = [record(), rules(RulesPhase::HttpRequestOrigin, json!([rule]))];
        let target = target();
        let ruled = Way::of(&target, &answers).ruled(|_| false)?;
        let without: Vec<String> = ruled.without.iter().map(ToString::to_string).collect();
        let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
        Some(format!("{} {} {}", name(&ruled.host_header), name(&ruled.sni), without.join(" ")))
    };
    let here = "http.host eq \"shop.example.com\"";
    let told = |text: &str| Some(text.to_owned());
    assert_eq!(ruled(here, json!({"origin": {"port": 8443}})), told("- - 203.0.113.7"));
    assert_eq!(ruled("http.host eq \"x\"", json!({"origin": {"port": 8443}})), None);
    assert_eq!(ruled("cf.x", json!({"origin": {"port": 8443}})), told("- - 203.0.113.7"));
    assert_eq!(ruled(here, json!({"sni": {"value": "a.test"}})), told("- a.test 203.0.113.7"));
    // Another Host is the name in the hello too, unless that is set apart.
    assert_eq!(ruled(here, json!({"host_header": "B.test"})), told("b.test b.test 203.0.113.7"));
    assert_eq!(
        ruled(here, json!({"host_header": "b.test", "sni": {"value": "shop.example.com"}})),
        told("b.test - 203.0.113.7")
    );
    // What cannot stand in a request is not asked.
    assert_eq!(ruled(here, json!({"host_header": "b\r\nX: y"})), None);
    assert_eq!(ruled(here, json!({})), None);
}

#[test]
fn a_name_outside_of_the_zone_is_asked_for_and_its_addresses_are_dialled() {
    let zone = |paused: bool| {
        let zone = read(json!({"id": "z", "name": "example.com", "paused": paused}));
        let question = AccountQuestion::Zone { name: "shop.example.com".to_owned() };
        (question, AccountAnswer::Zone { zone: Some(Box::new(zone)) })
    };
    let alias = |to: &str, proxied: bool| {
        let told = json!([{"type": "CNAME", "content": to, "proxied": proxied}]);
        records("shop.example.com", told)
    };
    let outside = |answers: &Answers| Way::of(&target(), answers).outside();
    let there = vec![zone(false), alias("Shop.Hosting.test.", true)];
    assert_eq!(outside(&there).as_deref(), Some("shop.hosting.test"));
    let dialled = |name: &str| {
        let addresses = ["203.0.113.7".parse().unwrap(), "10.0.0.1".parse().unwrap()];
        let target = target();
        let way = Way::of(&target, &there);
        way.resolving(name, &addresses).origins(|_| false)
    };
    assert_eq!(dialled("shop.hosting.test"), ["203.0.113.7".parse().unwrap()]);
    assert!(dialled("other.hosting.test").is_empty());
    for other in [
        vec![zone(true), alias("shop.hosting.test", true)],
        vec![zone(false), alias("shop.hosting.test", false)],
        vec![zone(false), alias("a.example.com", true)],
        vec![zone(false), alias("0c6a8cd8.cfargotunnel.com", true)],
        vec![alias("shop.hosting.test", true)],
    ] {
        assert_eq!(outside(&other), None, "{other:?}");
    }
}
