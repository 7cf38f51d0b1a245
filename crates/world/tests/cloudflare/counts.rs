//! GraphQL, which answers and refuses in its own form.

use super::*;

#[tokio::test]
async fn a_query_brings_its_data() {
    let server =
        Server::saying(200, json!({"data": {"viewer": {"zones": []}}, "errors": null})).await;
    let data = server.client().graphql("query ($z: string)", &json!({"z": "a"})).await.unwrap();
    assert_eq!(data, json!({"viewer": {"zones": []}}));
    let asked = &server.asked()[0];
    assert!(asked.starts_with("POST /client/v4/graphql HTTP/1.1\r\n"), "{asked}");
    assert!(asked.ends_with(r#"{"query":"query ($z: string)","variables":{"z":"a"}}"#), "{asked}");
}

#[tokio::test]
async fn both_forms_of_refusal_are_read_and_name_the_permission() {
    let own = json!({"data": null, "errors": [{"message": "zones [\"z\"] are not authorized", "path": ["viewer"]}]});
    for (status, body) in
        [(200, own.to_string()), (403, own.to_string()), (403, bad(10000, "Authentication error"))]
    {
        let server = Server::saying(status, body).await;
        let refusal = server.client().graphql("{ viewer }", &json!({})).await.unwrap_err();
        assert_eq!((refusal.kind, refusal.status), (RefusalKind::OutOfScope, Some(status)));
        assert_eq!(refusal.permission.as_deref(), Some("Analytics Read"));
    }
}

#[tokio::test]
async fn a_query_is_repeated_while_the_api_fails_but_not_once_the_budget_is_spent() {
    let spent = json!({"data": null, "errors": [{"message": "rate limiter budget depleted, try again after 5 minutes"}]});
    let server = Server::saying(429, spent).await;
    let refusal = server.client().graphql("{ viewer }", &json!({})).await.unwrap_err();
    assert_eq!((refusal.kind, server.asked().len()), (RefusalKind::Limited, 1));
    let server = Server::saying(500, "").await;
    let refusal = server.client().graphql("{ viewer }", &json!({})).await.unwrap_err();
    assert_eq!((refusal.kind, server.asked().len()), (RefusalKind::Down, 3));
}
