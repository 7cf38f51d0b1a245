//! What the API refuses, as the client tells it; and that the token is in none of it.

use super::*;

#[tokio::test]
async fn each_is_told_apart_and_names_the_permission_where_that_is_what_lacks() {
    for (status, code, message, kind) in [
        (
            400,
            9106,
            "Missing X-Auth-Key, X-Auth-Email or Authorization headers",
            RefusalKind::NoToken,
        ),
        (400, 6003, "Invalid request headers", RefusalKind::MalformedToken),
        (403, 9109, "Invalid access token", RefusalKind::UnknownToken),
        (403, 9109, "Unauthorized to access requested resource", RefusalKind::OutOfScope),
        (403, 10000, "Authentication error", RefusalKind::OutOfScope),
        (404, 7003, "Could not route to /zones/z", RefusalKind::WrongId),
        (404, 10003, "could not find entrypoint ruleset", RefusalKind::NotFound),
        (400, 81058, "An identical record already exists.", RefusalKind::Conflict),
        (400, 1007, "Invalid value for zone setting ssl", RefusalKind::Invalid),
    ] {
        let server = Server::saying(status, bad(code, message)).await;
        let refusal = refused(&server, &read()).await;
        assert_eq!(refusal.kind, kind, "{status} {code}");
        assert_eq!((refusal.status, refusal.errors[0].code), (Some(status), Some(code)));
        let scope = (kind == RefusalKind::OutOfScope).then(|| "Zone Settings Read".to_owned());
        assert_eq!(refusal.permission, scope);
        assert_eq!(server.asked().len(), 1, "it will not get better");
    }
}

#[tokio::test]
async fn the_ray_of_an_answer_is_kept() {
    let said = bad(10000, "Authentication error");
    let act = Act::Say(403, "CF-Ray: 8f3c0de5ca1ab1e0-FRA\r\n", said);
    let server = Server::playing(vec![act]).await;
    assert_eq!(refused(&server, &read()).await.ray.as_deref(), Some("8f3c0de5ca1ab1e0-FRA"));
}

#[tokio::test]
async fn a_server_that_echoes_the_token_does_not_bring_it_in() {
    let asked = |status: u16, body: String| async move {
        let server = Server::saying(status, &body).await;
        let client = server.client();
        let told = client.call::<Value>(&write()).await;
        assert!(!format!("{told:?}").contains(TOKEN), "{body}");
        // The error of a reader, too, may tell what it read.
        let told = client.call::<Vec<u32>>(&write()).await;
        assert!(!format!("{told:?}").contains(TOKEN), "{body}");
        let told = client.graphql("{ viewer }", &json!({})).await;
        assert!(!format!("{told:?}").contains(TOKEN), "{body}");
    };
    let mut tasks = tokio::task::JoinSet::new();
    for status in [200, 400, 502] {
        for body in [
            bad(1, &format!("you sent Bearer {TOKEN}")),
            format!("<html><title>{TOKEN}</title>"),
            TOKEN.to_owned(),
            good(json!([TOKEN])),
        ] {
            tasks.spawn(asked(status, body));
        }
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn without_a_token_none_is_sent() {
    let server = Server::saying(200, good(json!({"etag": "x"}))).await;
    let base = format!("http://{}", server.at).parse().unwrap();
    let timeout = Duration::from_secs(8);
    let api = Api { base, token: None, roots: vec![], detour: None, timeout };
    let client = Client::new(api).ok().unwrap();
    let call = Call::new(Method::Get, "/ips".to_owned(), None);
    assert_eq!(client.call::<Value>(&call).await.unwrap()["etag"], "x");
    assert!(!server.asked()[0].to_ascii_lowercase().contains("authorization"));
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let elsewhere = Server::saying(200, good(json!({}))).await;
    let location = format!("location: http://{}/client/v4/zones\r\n", elsewhere.at);
    let head = format!("HTTP/1.1 302 Found\r\n{location}content-length: 0\r\n\r\n");
    let server = Server::playing(vec![Act::Raw(head.into_bytes())]).await;
    let refusal = refused(&server, &read()).await;
    assert_eq!((refusal.kind, refusal.status), (RefusalKind::Unreadable, Some(302)));
    assert_eq!(elsewhere.asked().len(), 0);
}

#[tokio::test]
async fn a_result_of_another_form_is_not_read() {
    let server = Server::saying(200, good(json!({"id": "ssl"}))).await;
    let refusal = server.client().call::<Vec<u32>>(&read()).await.unwrap_err();
    assert_eq!((refusal.kind, refusal.status), (RefusalKind::Unreadable, Some(200)));
    assert!(refusal.why.starts_with("its result has another form: "), "{}", refusal.why);
    let refusal = server.client().list::<Value>(&read(), 10).await.unwrap_err();
    assert_eq!(refusal.why, "its result is not a list");
}
