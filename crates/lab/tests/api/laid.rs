//! What a stage lays into an account is told as the service would tell it.

use jiff::Timestamp;
use rayfix_lab::api::{Tunnel, ids, sample};
use serde_json::{Value, json};

use crate::ask::{Api, zone};

fn account(rest: &str) -> String {
    format!("/accounts/{}{rest}", ids::hex("account Shop"))
}

fn then() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().expect("a time")
}

#[tokio::test]
async fn a_tunnels_status_follows_from_its_connections() {
    let cases = [
        (Tunnel::new("never"), "inactive", 0),
        (Tunnel::new("whole").connected(4, then()), "healthy", 1),
        (Tunnel::new("partly").connected(2, then()), "degraded", 1),
        (Tunnel::new("twice").connected(4, then()).connected(4, then()), "healthy", 2),
        (Tunnel::new("gone").connected(4, then()).down(then()), "down", 0),
    ];
    let mut state = sample();
    for (tunnel, ..) in &cases {
        state = state.with_tunnel(tunnel.clone());
    }
    let api = Api::of(state).await;
    for (tunnel, status, connectors) in cases {
        let path = account(&format!("/cfd_tunnel/{}", tunnel.id()));
        let told = api.get("reads", &path).await.json()["result"].clone();
        assert_eq!(told["status"], status, "{told}");
        assert!(!told.to_string().contains("lab_"), "what only the lab knows is not told: {told}");
        let list = api.get("reads", &format!("{path}/connections")).await.json();
        assert_eq!(list["result"].as_array().map(Vec::len), Some(connectors));
    }
}

#[tokio::test]
async fn a_tunnels_rules_from_afar_are_told_and_a_local_one_has_none() {
    let rules = json!([{"hostname": "shop.example.test", "service": "http://localhost:8000"},
        {"service": "http_status:404"}]);
    let (afar, local) = (Tunnel::new("afar").leading(&rules), Tunnel::new("local").local());
    let (afar_id, local_id) = (afar.id(), local.id());
    let api = Api::of(sample().with_tunnel(afar).with_tunnel(local)).await;
    let told = |id: String| account(&format!("/cfd_tunnel/{id}/configurations"));
    let afar = api.get("reads", &told(afar_id)).await.json()["result"].clone();
    assert_eq!((&afar["config"]["ingress"], &afar["source"]), (&rules, &json!("cloudflare")));
    let local = api.get("reads", &told(local_id)).await.json()["result"].clone();
    assert_eq!((&local["config"], &local["source"]), (&Value::Null, &json!("local")));
}

#[tokio::test]
async fn a_pool_that_fails_says_why_by_place_and_address() {
    let mut state = sample();
    let why = Some("TCP connection failed");
    let pool =
        state.accounts[0].lay_pool("empty", &[("one", "192.0.2.1"), ("two", "192.0.2.2")], why);
    let site = state.zone_mut("example.test").expect("it is there");
    *site = site.clone().balanced("lb.example.test", &[&pool]).pulling();
    let api = Api::of(state).await;
    let path = account(&format!("/load_balancers/pools/{pool}/health"));
    let place =
        api.get("reads", &path).await.json()["result"]["pop_health"]["Amsterdam, NL"].clone();
    assert_eq!(place["healthy"], json!(false));
    assert_eq!(place["origins"][1]["192.0.2.2"]["failure_reason"], "TCP connection failed");
    let balancers = api.get("reads", &zone("example.test", "/load_balancers")).await.json();
    assert_eq!(balancers["result"][0]["default_pools"], json!([pool]));
    let pulls = zone("example.test", "/origin_tls_client_auth/settings");
    assert_eq!(api.get("reads", &pulls).await.json()["result"], json!({"enabled": true}));
}

#[tokio::test]
async fn a_webhook_beyond_the_loopback_is_sent_nothing_and_refused() {
    let api = Api::sample().await;
    let hooks = account("/alerting/v3/destinations/webhooks");
    for url in [
        "https://192.0.2.1/hook",
        "http://192.0.2.1:80/",
        "http://example.test/",
        "ftp://127.0.0.1/",
    ] {
        let got = api.send("all", "POST", &hooks, json!({"name": "far", "url": url})).await;
        assert_eq!(got.status, 400, "{url}");
    }
}
