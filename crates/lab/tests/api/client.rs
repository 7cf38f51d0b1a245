//! The program's own client against the emulated API: refusals told apart, lists whole, and every call
//! allowed by the permission that it names and by nothing less.

use std::time::Duration;

use rayfix_core::evidence::account::{ApiRefusal, DnsRecord, RefusalKind, TokenKind};
use rayfix_lab::api::{Emulated, Grant, State, Trouble, TroubleKind, Zone, ids, sample};
use rayfix_world::cloudflare::{Api, Call, Client, Token, calls};
use serde_json::{Value, json};

const ZONE: &str = "023e105f4ecef8ad9ca31a8372d0c353";
const ACCOUNT: &str = "01a7362d577a6c3019a474fd6f485823";
const ID: &str = "372e67954025e0ba6aaa6d586b9e0b59";

fn client(api: &Emulated, token: Option<&str>) -> Client {
    Client::new(Api {
        base: api.base.parse().expect("a base is a URL"),
        token: token.map(|text| Token::new(text).expect("a token")),
        roots: Vec::new(),
        detour: None,
        timeout: Duration::from_secs(5),
    })
    .expect("the loopback may be asked")
}

async fn refused(api: &Emulated, token: Option<&str>, call: &Call) -> ApiRefusal {
    client(api, token).call::<Value>(call).await.expect_err("it is refused")
}

#[tokio::test]
async fn each_refusal_is_told_apart() {
    let api = Emulated::raise(sample()).await.unwrap();
    let zone = ids::hex("zone example.test");
    let (verify, ssl) = (calls::verify_user_token(), calls::setting(&zone, "ssl"));
    let (all, nothing) = (ids::token("all"), ids::token("nothing"));
    let (unknown, other) = (ids::token("nobody's"), ids::token("other"));
    let no_id = calls::setting("example.test", "ssl");
    let unknown_setting = calls::setting(&zone, "no_such_setting");
    let no_rules = calls::rules(&zone, "http_custom_errors");
    let twice =
        json!({"type": "A", "name": "example.test", "content": "192.0.2.10", "proxied": true});
    let cases = [
        (None, &verify, RefusalKind::NoToken),
        (Some("short"), &verify, RefusalKind::MalformedToken),
        (Some(unknown.as_str()), &verify, RefusalKind::UnknownToken),
        (Some(unknown.as_str()), &ssl, RefusalKind::UnknownToken),
        (Some(nothing.as_str()), &ssl, RefusalKind::OutOfScope),
        (Some(other.as_str()), &ssl, RefusalKind::OutOfScope),
        (Some(all.as_str()), &no_id, RefusalKind::WrongId),
        (Some(all.as_str()), &unknown_setting, RefusalKind::Invalid),
        (Some(all.as_str()), &no_rules, RefusalKind::NotFound),
        (Some(all.as_str()), &calls::create_record(&zone, twice), RefusalKind::Conflict),
    ];
    for (token, call, kind) in cases {
        let refusal = refused(&api, token, call).await;
        assert_eq!(refusal.kind, kind, "{} {refusal:?}", call.path);
        assert!(refusal.ray.is_some() && !refusal.errors.is_empty(), "{refusal:?}");
    }
    let refusal = refused(&api, Some(&nothing), &ssl).await;
    assert_eq!(refusal.permission.as_deref(), Some("Zone Settings Read"));
    for ended in ["disabled", "expired"] {
        let told = client(&api, Some(&ids::token(ended))).verify(None).await;
        assert_eq!(told.expect_err("it ended").kind, RefusalKind::EndedToken);
    }
}

#[tokio::test]
async fn an_accounts_token_is_known_once_the_account_is() {
    let api = Emulated::raise(sample()).await.unwrap();
    let client = client(&api, Some(&ids::token("account")));
    let refusal = client.verify(None).await.expect_err("no user's token");
    assert_eq!(refusal.kind, RefusalKind::UnknownToken);
    let told = client.verify(Some(&ids::hex("account Shop"))).await.unwrap();
    assert_eq!((told.kind, told.status.as_str()), (TokenKind::Account, "active"));
}

#[tokio::test]
async fn an_api_in_trouble_is_told_as_such() {
    let api = Emulated::raise(sample()).await.unwrap();
    let all = ids::token("all");
    let kinds = [
        (TroubleKind::Fails(500), RefusalKind::Down),
        (TroubleKind::Page(502), RefusalKind::Down),
        (TroubleKind::Garbage, RefusalKind::Unreadable),
        (TroubleKind::Cut, RefusalKind::Unreadable),
        (TroubleKind::Closes, RefusalKind::Unreached),
        (TroubleKind::Limited(100), RefusalKind::Limited),
    ];
    for (trouble, kind) in kinds {
        api.state().trouble = vec![Trouble::always(trouble.clone())];
        let refusal = refused(&api, Some(&all), &calls::zones_named("example.test")).await;
        assert_eq!(refusal.kind, kind, "{trouble:?} {refusal:?}");
    }
}

#[tokio::test]
async fn a_long_list_is_read_to_its_end() {
    let mut zone = Zone::new("example.test");
    for number in 0..1234 {
        zone = zone.record("A", &format!("h{number}.example.test"), "192.0.2.1", true);
    }
    let id = zone.id.clone();
    let state = State::account().with(zone).granting(Grant::all("all"));
    let api = Emulated::raise(state).await.unwrap();
    let client = client(&api, Some(&ids::token("all")));
    let records: Vec<DnsRecord> = client.list(&calls::records(&id), 5000).await.unwrap();
    assert_eq!(records.len(), 1234);
    assert!(records.iter().all(|record| record.proxied && record.kind == "A"));
}

/// A zone and an account with the ids of the client's examples.
fn of_examples() -> State {
    let rule = json!({"action": "set_config", "expression": "true", "action_parameters": {}});
    let mut zone =
        Zone::new("example.com").on_plan("enterprise").rules("http_config_settings", vec![rule]);
    zone.id = ZONE.to_owned();
    zone.rulesets[0]["id"] = json!(ID);
    zone.rulesets[0]["rules"][0]["id"] = json!(ID);
    let mut state = State::account();
    state.accounts[0].id = ACCOUNT.to_owned();
    state.with(zone)
}

#[tokio::test]
async fn every_call_needs_the_permission_that_it_names_and_no_other() {
    let mut wrong = Vec::new();
    for example in calls::examples() {
        let (name, call) = (example.name, &example.call);
        let mut state = of_examples().granting(Grant::only("nothing", []));
        if let Some(permission) = call.permission {
            let less = permission.strip_suffix("Write").map(|area| format!("{area}Read"));
            state = state
                .granting(Grant::only("enough", [permission]))
                .granting(Grant::only("less", less.as_deref()));
        }
        let api = Emulated::raise(state).await.unwrap();
        let enough = if call.permission.is_some() { "enough" } else { "nothing" };
        if let Err(refusal) = client(&api, Some(&ids::token(enough))).call::<Value>(call).await {
            let codes: Vec<i64> = refusal.errors.iter().filter_map(|error| error.code).collect();
            let of_accounts = call.path.contains("/tokens/verify");
            let outside = refusal.kind == RefusalKind::OutOfScope && !of_accounts;
            if outside || codes.contains(&7000) || codes.contains(&7001) {
                wrong.push(format!("{name} with {:?}: {codes:?}", call.permission));
            }
        }
        if call.permission.is_some() {
            let less = client(&api, Some(&ids::token("less"))).call::<Value>(call).await;
            let kind = less.err().map(|refusal| refusal.kind);
            if kind != Some(RefusalKind::OutOfScope) {
                wrong.push(format!("{name} without {:?}: {kind:?}", call.permission));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
