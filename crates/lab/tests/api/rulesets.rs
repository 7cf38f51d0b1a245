//! Rulesets: entrypoints, versions, single rules, permissions by phase.

use rayfix_lab::api::{Grant, sample};
use serde_json::{Value, json};

use crate::ask::{Api, zone};

const CACHE: &str = "/phases/http_request_cache_settings/entrypoint";
const ORIGIN: &str = "/phases/http_request_origin/entrypoint";

fn at(rest: &str) -> String {
    zone("example.test", &format!("/rulesets{rest}"))
}

fn cache_rule(words: &str) -> Value {
    json!({
        "action": "set_cache_settings", "expression": "true", "description": words,
        "action_parameters": {"cache": false},
    })
}

fn words(ruleset: &Value) -> Vec<&str> {
    let rules = ruleset["rules"].as_array().expect("a list");
    rules.iter().map(|rule| rule["description"].as_str().unwrap_or("nothing")).collect()
}

#[tokio::test]
async fn a_phase_without_rules_has_no_entrypoint_until_it_is_put() {
    let api = Api::sample().await;
    let got = api.get("all", &at(CACHE)).await;
    assert_eq!(got.refusal(), (404, 10003));
    assert!(got.says().contains("http_request_cache_settings"), "{}", got.says());
    let sent = json!({"rules": [cache_rule("one"), cache_rule("two")]});
    let put = api.send("all", "PUT", &at(CACHE), sent).await.result();
    assert_eq!((&put["version"], &put["kind"]), (&json!("1"), &json!("zone")));
    assert_eq!(words(&put), ["one", "two"]);
    assert_ne!(put["rules"][0]["id"], put["rules"][1]["id"]);
    assert_eq!(api.get("all", &at(CACHE)).await.result(), put);
}

#[tokio::test]
async fn a_put_replaces_the_list_and_a_rule_with_its_id_stays_itself() {
    let api = Api::sample().await;
    let sent = json!({"rules": [cache_rule("one"), cache_rule("two")]});
    let first = api.send("all", "PUT", &at(CACHE), sent).await.result();
    let mut kept = first["rules"][1].clone();
    let sent = json!({"rules": [cache_rule("new"), kept]});
    let second = api.send("all", "PUT", &at(CACHE), sent).await.result();
    assert_eq!((&second["id"], &second["version"]), (&first["id"], &json!("2")));
    assert_eq!(words(&second), ["new", "two"]);
    assert_eq!(second["rules"][1], first["rules"][1], "untouched");
    kept["enabled"] = json!(false);
    let third = api.send("all", "PUT", &at(CACHE), json!({"rules": [kept]})).await.result();
    assert_eq!(third["rules"][0]["id"], first["rules"][1]["id"]);
    assert_eq!(third["rules"][0]["version"], "2");
    assert_eq!(api.send("all", "PUT", &at(CACHE), json!({})).await.result()["rules"], json!([]));
}

#[tokio::test]
async fn what_is_no_ruleset_is_refused() {
    let api = Api::sample().await;
    let whole = api.get("all", &at(ORIGIN)).await.result();
    let got = api.send("all", "PUT", &at(ORIGIN), whole).await;
    assert_eq!(got.refusal().0, 400);
    assert!(got.says().starts_with("invalid JSON: unknown field"), "{}", got.says());
    let bad = [
        json!({"rules": [cache_rule("of another phase")]}),
        json!({"rules": [{"action": "route", "expression": "(open"}]}),
        json!({"rules": [{"action": "route", "expression": "true", "colour": "red"}]}),
        json!({"rules": [{"action": "route"}]}),
        json!({"rules": "none"}),
    ];
    for sent in bad {
        let got = api.send("all", "PUT", &at(ORIGIN), sent.clone()).await;
        assert_eq!(got.refusal().0, 400, "{sent}");
    }
    let unknown = api.get("all", &at("/phases/no_such_phase/entrypoint")).await;
    assert_eq!(unknown.refusal().0, 400);
    assert_eq!(api.get("all", &at(ORIGIN)).await.result()["version"], "1", "nothing changed");
}

#[tokio::test]
async fn rules_are_added_moved_changed_and_deleted_one_by_one() {
    let api = Api::sample().await;
    let put =
        api.send("all", "PUT", &at(CACHE), json!({"rules": [cache_rule("b")]})).await.result();
    let one = at(&format!("/{}", put["id"].as_str().unwrap()));
    let rules = format!("{one}/rules");
    let mut first = cache_rule("a");
    first["position"] = json!({"before": put["rules"][0]["id"]});
    let got = api.send("all", "POST", &rules, first).await.result();
    assert_eq!((words(&got), &got["version"]), (vec!["a", "b"], &json!("2")));
    let got = api.send("all", "POST", &rules, cache_rule("c")).await.result();
    assert_eq!(words(&got), ["a", "b", "c"]);

    let last = format!("{rules}/{}", got["rules"][2]["id"].as_str().unwrap());
    let moved = json!({"position": {"index": 1}, "enabled": false});
    let got = api.send("all", "PATCH", &last, moved).await.result();
    assert_eq!(words(&got), ["c", "a", "b"]);
    assert_eq!(
        (&got["rules"][0]["enabled"], &got["rules"][0]["version"]),
        (&json!(false), &json!("2"))
    );
    assert!(got["rules"][0].get("position").is_none());

    let got = api.delete("all", &last).await.result();
    assert_eq!((words(&got), &got["version"]), (vec!["a", "b"], &json!("5")));
    assert_eq!(api.delete("all", &last).await.refusal(), (404, 10003));

    let gone = api.delete("all", &one).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(api.get("all", &one).await.refusal(), (404, 10003));
    assert_eq!(api.get("all", &at(CACHE)).await.refusal(), (404, 10003));
}

#[tokio::test]
async fn the_list_comes_by_cursor_and_without_rules() {
    let api = Api::sample().await;
    let got = api.get("all", &at("?per_page=1")).await;
    assert_eq!(got.result()[0]["phase"], "http_request_origin");
    assert!(got.result()[0].get("rules").is_none());
    let after = got.json()["result_info"]["cursors"]["after"].as_str().unwrap().to_owned();
    let got = api.get("all", &at(&format!("?per_page=1&cursor={after}"))).await;
    assert_eq!(got.result()[0]["phase"], "http_config_settings");
    assert!(got.json()["result_info"]["cursors"]["after"].is_null(), "the last page");
}

#[tokio::test]
async fn a_permission_is_for_a_phase() {
    let state = sample().granting(Grant::only("origin", ["Origin Rules Read"]));
    let api = Api::of(state).await;
    assert_eq!(api.get("origin", &at(ORIGIN)).await.result()["version"], "1");
    let config = at("/phases/http_config_settings/entrypoint");
    assert_eq!(api.get("origin", &config).await.refusal(), (403, 10000));
    let got = api.send("origin", "PUT", &at(ORIGIN), json!({"rules": []})).await;
    assert_eq!(got.refusal(), (403, 10000));
    assert_eq!(api.get("origin", &at("")).await.result().as_array().unwrap().len(), 1);
    assert_eq!(api.get("nothing", &at("")).await.refusal(), (403, 10000));
}
