//! Each way in which a token or a path is refused.

use rayfix_lab::api::{Grant, ids, sample};
use serde_json::json;

use crate::ask::{Api, bearer, zone};

const VERIFY: &str = "/user/tokens/verify";

fn account(rest: &str) -> String {
    format!("/accounts/{}{rest}", ids::hex("account Shop"))
}

#[tokio::test]
async fn without_a_token_there_is_an_answer_only_where_none_is_needed() {
    let api = Api::sample().await;
    assert_eq!(api.call("GET", VERIFY, &[], None).await.refusal(), (400, 9106));
    let nothing = api.call("GET", "/zones", &["Authorization: Bearer "], None).await;
    assert_eq!(nothing.refusal(), (400, 9106));
    let ips = api.call("GET", "/ips", &[], None).await.result();
    assert_eq!(ips["ipv4_cidrs"], json!(["127.0.64.0/24"]));
}

#[tokio::test]
async fn a_text_of_another_shape_is_a_malformed_header() {
    let api = Api::sample().await;
    let quoted = format!("Authorization: Bearer \"{}\"", ids::token("all"));
    let blank = format!("Authorization: Bearer  {}", ids::token("all"));
    for header in ["Authorization: Bearer short", "Authorization: Basic YTpi", &quoted, &blank] {
        let got = api.call("GET", VERIFY, &[header], None).await;
        assert_eq!(got.refusal(), (400, 6003), "{header}");
        assert_eq!(got.json()["errors"][0]["error_chain"][0]["code"], 6111);
    }
    let key = format!("X-Auth-Key: {}", ids::token("all"));
    let got = api.call("GET", VERIFY, &["X-Auth-Email: a@example.test", &key], None).await;
    assert_eq!(got.json()["errors"][0]["error_chain"][0]["code"], 6103);
}

#[tokio::test]
async fn an_unknown_token_is_told_so_by_verify_and_refused_elsewhere() {
    let api = Api::sample().await;
    assert_eq!(api.get("nobody's", VERIFY).await.refusal(), (401, 1000));
    let got = api.get("nobody's", "/zones").await;
    assert_eq!((got.refusal(), got.says()), ((403, 9109), "Invalid access token".to_owned()));
}

#[tokio::test]
async fn a_good_token_is_told_its_status() {
    let api = Api::sample().await;
    let got = api.get("all", VERIFY).await;
    assert_eq!(got.result()["status"], "active");
    assert_eq!(got.json()["messages"][0]["code"], 10000);
    for ended in ["disabled", "expired"] {
        assert_eq!(api.get(ended, VERIFY).await.result()["status"], ended);
        assert_eq!(api.get(ended, "/zones").await.refusal(), (403, 9109));
    }
}

#[tokio::test]
async fn an_accounts_token_is_unknown_to_the_users_verify_and_may_not_list_accounts() {
    let api = Api::sample().await;
    assert_eq!(api.get("account", VERIFY).await.refusal(), (401, 1000));
    assert_eq!(api.get("account", &account("/tokens/verify")).await.result()["status"], "active");
    assert_eq!(api.get("all", &account("/tokens/verify")).await.refusal(), (401, 1000));
    assert_eq!(api.get("account", "/accounts").await.refusal(), (400, 1001));
    assert_eq!(api.get("all", "/accounts").await.result()[0]["name"], "Shop");
    assert_eq!(api.get("account", "/zones").await.result()[0]["name"], "example.test");
}

#[tokio::test]
async fn a_zone_out_of_reach_is_refused_and_not_listed() {
    let api = Api::sample().await;
    let got = api.get("other", &zone("example.test", "")).await;
    assert_eq!(got.refusal(), (403, 9109));
    assert_eq!(got.says(), "Unauthorized to access requested resource");
    assert_eq!(api.get("other", "/zones?name=example.test").await.result(), json!([]));
    assert_eq!(api.get("other", &zone("other.test", "")).await.result()["name"], "other.test");
    let nowhere = api.get("all", &zone("nowhere.test", "/settings/ssl")).await;
    assert_eq!(nowhere.refusal(), (403, 9109));
}

#[tokio::test]
async fn a_missing_permission_is_an_authentication_error() {
    let api = Api::of(sample().granting(Grant::only("dns", ["DNS Write"]))).await;
    let (records, ssl) =
        (zone("example.test", "/dns_records"), zone("example.test", "/settings/ssl"));
    assert_eq!(api.get("nothing", &records).await.refusal(), (403, 10000));
    assert_eq!(api.get("nothing", "/zones").await.refusal(), (403, 10000));
    assert_eq!(api.get("nothing", "/accounts").await.refusal(), (403, 10000));
    assert!(!api.get("dns", &records).await.result().as_array().unwrap().is_empty());
    assert_eq!(api.get("dns", &ssl).await.refusal(), (403, 10000));
    assert_eq!(api.get("dns", &zone("example.test", "")).await.result()["name"], "example.test");
    assert_eq!(api.get("reads", &ssl).await.result()["value"], "strict");
    let got = api.send("reads", "PATCH", &ssl, json!({"value": "full"})).await;
    assert_eq!(got.refusal(), (403, 10000));
    assert_eq!(api.get("reads", &ssl).await.result()["value"], "strict", "and nothing changed");
}

#[tokio::test]
async fn what_is_no_id_and_what_is_no_path_are_not_routed() {
    let api = Api::sample().await;
    assert_eq!(api.get("all", "/zones/example.test/settings/ssl").await.refusal(), (400, 7003));
    let record = api.get("all", &zone("example.test", "/dns_records/first")).await;
    assert_eq!(record.refusal(), (400, 7003));
    let got = api.get("all", "/zoness").await;
    assert_eq!(got.refusal(), (404, 7003));
    assert_eq!(got.json()["errors"][1]["code"], 7000);
    assert_eq!(api.delete("all", "/zones").await.refusal(), (405, 7001));
}

#[tokio::test]
async fn a_body_has_to_be_json_and_to_say_so() {
    let api = Api::sample().await;
    let path = zone("example.test", "/settings/ssl");
    let own = bearer("all");
    let got = api.call("PATCH", &path, &[&own, "Content-Type: text/plain"], Some("{}")).await;
    assert_eq!(got.json()["errors"][0]["error_chain"][0]["code"], 6105);
    let json = "Content-Type: application/json; charset=utf-8";
    let got = api.call("PATCH", &path, &[&own, json], Some("{\"value\":")).await;
    assert_eq!(got.refusal(), (400, 6007));
}

#[tokio::test]
async fn the_log_names_tokens_and_never_has_them() {
    let api = Api::sample().await;
    api.get("reads", "/zones?name=example.test").await;
    api.get("nobody's", "/zones").await;
    api.call("GET", "/ips", &[], None).await;
    let seen = api.emulated.requests();
    let names: Vec<_> = seen.iter().map(|call| call.token.as_deref()).collect();
    assert_eq!(names, [Some("reads"), None, None]);
    assert_eq!((seen[0].path.as_str(), seen[0].query.as_str()), ("/zones", "name=example.test"));
    assert_eq!(
        seen.iter().map(|call| call.status).collect::<Vec<_>>(),
        [Some(200), Some(403), Some(200)]
    );
    let all = format!("{seen:?} {:?}", api.emulated);
    assert!(!all.contains(&ids::token("reads")) && !all.contains(&ids::token("nobody's")));
}
