//! DNS records: found, made, changed, refused.

use std::sync::{Arc, Mutex};

use rayfix_lab::api::sample;
use serde_json::{Value, json};

use crate::ask::{Api, zone};

fn at(rest: &str) -> String {
    zone("example.test", &format!("/dns_records{rest}"))
}

async fn names(api: &Api, query: &str) -> Vec<String> {
    let found = api.get("all", &at(query)).await.result();
    let text = |of: &Value| of.as_str().unwrap_or("nothing").to_owned();
    let told = |record: &Value| format!("{} {}", text(&record["type"]), text(&record["name"]));
    found.as_array().expect("a list").iter().map(told).collect()
}

#[tokio::test]
async fn records_are_found_by_name_type_and_content() {
    let api = Api::sample().await;
    assert_eq!(names(&api, "?name=shop.example.test").await, ["A shop.example.test"]);
    assert_eq!(names(&api, "?name.exact=WWW.example.test").await, ["CNAME www.example.test"]);
    assert_eq!(names(&api, "?type=CNAME&proxied=true").await, ["CNAME www.example.test"]);
    assert_eq!(names(&api, "?content=192.0.2.12").await, ["A mail.example.test"]);
    assert_eq!(names(&api, "?name.startswith=m").await, ["A mail.example.test"]);
    assert_eq!(
        names(&api, "?match=any&type=MX&name=shop.example.test").await,
        ["MX example.test", "A shop.example.test"]
    );
    assert_eq!(names(&api, "?name=contains:shop").await, [""; 0], "no longer understood");
    assert_eq!(names(&api, "?name=nothing.example.test").await, [""; 0]);
    let order = names(&api, "?order=type&direction=desc&per_page=2").await;
    assert_eq!(order, ["TXT example.test", "MX example.test"]);
}

#[tokio::test]
async fn a_record_is_made_changed_replaced_and_deleted() {
    let api = Api::sample().await;
    let sent =
        json!({"type": "A", "name": "new", "content": "192.0.2.50", "ttl": 300, "comment": "try"});
    let made = api.send("all", "POST", &at(""), sent).await.result();
    assert_eq!((&made["name"], &made["ttl"]), (&json!("new.example.test"), &json!(300)));
    assert_eq!((&made["proxied"], &made["proxiable"]), (&json!(false), &json!(true)));
    let one = at(&format!("/{}", made["id"].as_str().unwrap()));
    assert_eq!(api.get("reads", &one).await.result(), made);

    let changed = api.send("all", "PATCH", &one, json!({"content": "192.0.2.51"})).await.result();
    assert_eq!((&changed["content"], &changed["comment"]), (&json!("192.0.2.51"), &json!("try")));
    assert_eq!(changed["created_on"], made["created_on"]);
    assert!(changed["modified_on"].as_str() > made["modified_on"].as_str());

    let whole = json!({"type": "A", "name": "new.example.test", "content": "192.0.2.52", "ttl": 1, "proxied": true});
    let replaced = api.send("all", "PUT", &one, whole).await.result();
    assert_eq!((&replaced["id"], &replaced["proxied"]), (&made["id"], &json!(true)));
    assert!(replaced.get("comment").is_none(), "what is not sent is gone");

    assert_eq!(api.delete("all", &one).await.result(), json!({"id": made["id"]}));
    assert_eq!(api.get("all", &one).await.refusal(), (404, 81044));
    assert_eq!(api.delete("all", &one).await.refusal(), (404, 81044));
    assert_eq!(api.send("all", "PATCH", &one, json!({"ttl": 1})).await.refusal(), (404, 81044));
}

#[tokio::test]
async fn records_that_cannot_stand_beside_each_other_are_refused() {
    let api = Api::sample().await;
    let refused = [
        (json!({"type": "CNAME", "name": "shop", "content": "elsewhere.example"}), 81053),
        (json!({"type": "CNAME", "name": "www", "content": "elsewhere.example"}), 81053),
        (json!({"type": "A", "name": "www", "content": "192.0.2.1"}), 81054),
        (json!({"type": "A", "name": "shop", "content": "192.0.2.11", "proxied": false}), 81057),
        (json!({"type": "A", "name": "shop", "content": "192.0.2.11", "proxied": true}), 81058),
        (json!({"type": "A", "name": "x", "content": "2001:db8::1"}), 9005),
        (json!({"type": "AAAA", "name": "x", "content": "192.0.2.1"}), 9006),
        (json!({"type": "CNAME", "name": "x", "content": "not a name"}), 9007),
        (json!({"type": "A", "name": "a b", "content": "192.0.2.1"}), 9000),
        (json!({"type": "A", "name": "x", "content": "192.0.2.1", "ttl": 5}), 9021),
        (json!({"type": "TXT", "name": "x", "content": "hi", "proxied": true}), 9004),
        (json!({"type": "A", "name": "x"}), 9002),
    ];
    let before = names(&api, "").await;
    for (sent, code) in refused {
        let got = api.send("all", "POST", &at(""), sent.clone()).await;
        assert_eq!(got.refusal(), (400, code), "{sent}");
    }
    assert_eq!(names(&api, "").await, before);
    let second = json!({"type": "A", "name": "shop", "content": "192.0.2.99", "proxied": true});
    api.send("all", "POST", &at(""), second).await.result();
    assert_eq!(names(&api, "?name=shop.example.test").await.len(), 2, "a second address may");
}

#[tokio::test]
async fn a_type_may_not_change() {
    let api = Api::sample().await;
    let found = api.get("all", &at("?name=shop.example.test")).await.result();
    let one = at(&format!("/{}", found[0]["id"].as_str().unwrap()));
    let sent = json!({"type": "CNAME", "name": "shop", "content": "a.example", "ttl": 1});
    for method in ["PATCH", "PUT"] {
        assert_eq!(api.send("all", method, &one, sent.clone()).await.refusal().0, 400);
    }
    assert_eq!(api.get("all", &one).await.result()["type"], "A");
}

#[tokio::test]
async fn a_batch_is_done_whole_or_not_at_all() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut state = sample();
    let ears = Arc::clone(&heard);
    state.on_records.push(Arc::new(move |zone, records| {
        ears.lock().unwrap().push((zone.to_owned(), records.len()));
    }));
    let api = Api::of(state).await;
    let shop = api.get("all", &at("?name=shop.example.test")).await.result()[0]["id"].clone();
    let batch = at("/batch");

    let fails = json!({
        "deletes": [{"id": shop}],
        "posts": [{"type": "A", "name": "www", "content": "192.0.2.1"}],
    });
    assert_eq!(api.send("all", "POST", &batch, fails).await.refusal(), (400, 81054));
    assert_eq!(names(&api, "?name=shop.example.test").await, ["A shop.example.test"]);
    assert!(heard.lock().unwrap().is_empty());

    // Deleting goes first, so a record may become another type in one go.
    let works = json!({
        "posts": [{"type": "CNAME", "name": "shop", "content": "a.example", "proxied": true}],
        "deletes": [{"id": shop}],
    });
    let got = api.send("all", "POST", &batch, works).await.result();
    assert_eq!((&got["posts"][0]["type"], &got["deletes"][0]["id"]), (&json!("CNAME"), &shop));
    assert_eq!((&got["puts"], &got["patches"]), (&json!(null), &json!(null)));
    assert_eq!(names(&api, "?name=shop.example.test").await, ["CNAME shop.example.test"]);
    assert_eq!(*heard.lock().unwrap(), [("example.test".to_owned(), 7)]);
}
