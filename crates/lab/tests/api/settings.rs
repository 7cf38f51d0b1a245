//! Settings: what they take, that they are remembered, and that the edge hears of the mode.

use std::sync::{Arc, Mutex};

use rayfix_lab::api::sample;
use serde_json::json;

use crate::ask::{Api, zone};

#[tokio::test]
async fn a_new_mode_is_remembered_and_the_edge_hears_of_it_before_the_answer() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut state = sample();
    let ears = Arc::clone(&heard);
    state.on_ssl.push(Arc::new(move |zone, mode| {
        ears.lock().unwrap().push((zone.to_owned(), mode.to_owned()));
    }));
    let api = Api::of(state).await;
    let path = zone("example.test", "/settings/ssl");
    let before = api.get("all", &path).await.result();
    let after = api.send("all", "PATCH", &path, json!({"value": "full"})).await.result();
    assert_eq!(*heard.lock().unwrap(), [("example.test".to_owned(), "full".to_owned())]);
    assert_eq!((&before["value"], &after["value"]), (&json!("strict"), &json!("full")));
    assert!(after["modified_on"].as_str() > before["modified_on"].as_str(), "{before} {after}");
    assert_eq!(api.get("all", &path).await.result(), after);
    let other = api.get("all", &zone("other.test", "/settings/ssl")).await.result();
    assert_eq!(other["value"], "strict");

    api.send("all", "PATCH", &path, json!({"value": "full"})).await.result();
    api.send("all", "PATCH", &zone("example.test", "/settings/http2"), json!({"value": "off"}))
        .await;
    assert_eq!(heard.lock().unwrap().len(), 1, "what did not change is not told");
    api.emulated.change(|state| state.set_ssl("example.test", "flexible"));
    assert_eq!(
        heard.lock().unwrap().last().unwrap().1,
        "flexible",
        "nor is another hand's change missed"
    );
}

#[tokio::test]
async fn who_hears_of_a_change_may_look_at_the_state() {
    let api = Arc::new(Api::sample().await);
    let seen = Arc::new(Mutex::new(None));
    let (within, out) = (Arc::downgrade(&api), Arc::clone(&seen));
    api.emulated.state().on_ssl.push(Arc::new(move |zone, _| {
        let api = within.upgrade().unwrap();
        *out.lock().unwrap() = api.emulated.state().zone(zone).map(|zone| zone.plan.clone());
    }));
    let path = zone("example.test", "/settings/ssl");
    api.send("all", "PATCH", &path, json!({"value": "off"})).await.result();
    assert_eq!(seen.lock().unwrap().as_deref(), Some("pro"));
}

#[tokio::test]
async fn unknown_settings_and_values_are_refused() {
    let api = Api::sample().await;
    let at = |name: &str| zone("example.test", &format!("/settings/{name}"));
    assert_eq!(api.get("all", &at("no_such_setting")).await.refusal(), (400, 1003));
    let got = api.send("all", "PATCH", &at("no_such_setting"), json!({"value": 1})).await;
    assert_eq!(got.refusal(), (400, 1003));
    let bad = [
        ("ssl", json!("sideways")),
        ("ssl", json!(true)),
        ("ssl", json!("origin_pull")),
        ("ssl_automatic_mode", json!("on")),
        ("origin_max_http_version", json!(2)),
        ("proxy_read_timeout", json!(200)),
    ];
    for (name, value) in bad {
        let got = api.send("all", "PATCH", &at(name), json!({"value": value})).await;
        assert_eq!(got.refusal(), (400, 1007), "{name} {value}");
        assert_eq!(got.says(), format!("Invalid value for zone setting {name}"));
    }
    assert_eq!(api.send("all", "PATCH", &at("ssl"), json!({})).await.refusal(), (400, 1007));
    assert_eq!(api.get("all", &at("ssl")).await.result()["value"], "strict");
}

#[tokio::test]
async fn what_the_plan_forbids_is_told_as_not_editable() {
    let api = Api::sample().await;
    let at = |name: &str| zone("example.test", &format!("/settings/{name}"));
    assert_eq!(api.get("all", &at("proxy_read_timeout")).await.result()["editable"], false);
    assert_eq!(api.get("all", &at("ssl")).await.result()["editable"], true);
    api.emulated.state().zone_mut("example.test").unwrap().plan = "enterprise".to_owned();
    let got = api.send("all", "PATCH", &at("proxy_read_timeout"), json!({"value": 200})).await;
    assert_eq!(got.result()["value"], 200);
    let got = api.send("all", "PATCH", &at("ssl"), json!({"value": "origin_pull"})).await;
    assert_eq!(got.result()["value"], "origin_pull");
}

#[tokio::test]
async fn automatic_mode_is_switched_and_a_zone_paused() {
    let api = Api::sample().await;
    let automatic = zone("example.test", "/settings/ssl_automatic_mode");
    let got = api.send("all", "PATCH", &automatic, json!({"value": "auto"})).await.result();
    assert_eq!(got["value"], "auto");
    let whole = zone("example.test", "");
    assert_eq!(api.get("all", &whole).await.result()["paused"], false);
    api.send("all", "PATCH", &whole, json!({"paused": true})).await.result();
    assert_eq!(api.get("all", &whole).await.result()["paused"], true);
    assert_eq!(api.get("all", &whole).await.result()["plan"]["legacy_id"], "pro");
}
