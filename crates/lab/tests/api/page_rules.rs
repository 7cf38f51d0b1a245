//! Page rules: listed by priority, made, changed, refused.

use serde_json::json;

use crate::ask::{Api, zone};

fn at(rest: &str) -> String {
    zone("example.test", &format!("/pagerules{rest}"))
}

#[tokio::test]
async fn a_page_rule_is_made_changed_and_deleted() {
    let api = Api::sample().await;
    let sent = json!({
        "targets": [{"target": "url", "constraint": {"operator": "matches", "value": "*example.test/new/*"}}],
        "actions": [{"id": "host_header_override", "value": "inner.example.test"}],
        "priority": 7, "status": "active",
    });
    let made = api.send("all", "POST", &at(""), sent).await.result();
    let listed = api.get("all", &at("")).await.result();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]), (2, &made), "the higher first");
    let one = at(&format!("/{}", made["id"].as_str().unwrap()));
    let got = api.send("all", "PATCH", &one, json!({"status": "disabled"})).await.result();
    assert_eq!((&got["status"], &got["priority"]), (&json!("disabled"), &json!(7)));
    assert_eq!(api.get("all", &at("?status=active")).await.result().as_array().unwrap().len(), 1);
    assert_eq!(api.delete("all", &one).await.result()["id"], made["id"]);
    assert_eq!(api.get("all", &one).await.refusal().0, 404);
}

#[tokio::test]
async fn what_is_no_page_rule_is_refused() {
    let api = Api::sample().await;
    let target = json!([{"target": "url", "constraint": {"operator": "matches", "value": "*"}}]);
    let bad = [
        json!({"targets": target, "actions": []}),
        json!({"targets": [], "actions": [{"id": "ssl", "value": "full"}]}),
        json!({"targets": [{"target": "url"}], "actions": [{"id": "ssl", "value": "full"}]}),
        json!({"targets": target, "actions": [{"id": "ssl", "value": "full"}], "status": "on"}),
    ];
    for sent in bad {
        let got = api.send("all", "POST", &at(""), sent.clone()).await;
        assert_eq!(got.refusal(), (400, 1004), "{sent}");
    }
}
