//! Limits that the API tells are heeded.

use super::*;

const SOON: &str = "retry-after: 1\r\n";
const LATE: &str = "retry-after: 90\r\n";

fn limited(headers: &'static str) -> Act {
    Act::Say(429, headers, bad(971, "Please wait and consider throttling your request speed"))
}

fn fine(headers: &'static str) -> Act {
    Act::Say(200, headers, good(json!("well")))
}

#[tokio::test]
async fn who_is_asked_to_wait_waits_writes_included() {
    for call in [read(), write()] {
        let server = Server::playing(vec![limited(SOON), fine("")]).await;
        let begun = clock::instant();
        assert_eq!(server.client().call::<String>(&call).await.unwrap(), "well");
        assert!(begun.elapsed() >= Duration::from_secs(1));
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_wait_past_the_deadline_is_refused_at_once_and_nothing_else_is_asked() {
    let server = Server::playing(vec![limited(LATE)]).await;
    let client = server.client();
    let begun = clock::instant();
    let first = client.call::<Value>(&read()).await.unwrap_err();
    assert_eq!(
        (first.kind, first.status, first.retry_after_s),
        (RefusalKind::Limited, Some(429), Some(90))
    );
    let second = client.call::<Value>(&write()).await.unwrap_err();
    assert_eq!((second.kind, second.status), (RefusalKind::Limited, None));
    assert!(matches!(second.retry_after_s, Some(85..=90)), "{second:?}");
    // It was asked to wait for 90.
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn when_nothing_remains_the_next_call_waits_for_the_reset() {
    for headers in [
        "Ratelimit: \"default\";r=0;t=1\r\nRatelimit-Policy: \"default\";q=1200;w=300\r\n",
        "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n",
    ] {
        let server = Server::playing(vec![fine(headers), fine("")]).await;
        let client = server.client();
        let begun = clock::instant();
        client.call::<String>(&read()).await.unwrap();
        client.call::<String>(&read()).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(1), "{headers}");
    }
}

#[tokio::test]
async fn when_nothing_remains_for_long_nothing_is_asked() {
    let server = Server::playing(vec![fine("Ratelimit: \"default\";r=0;t=200\r\n")]).await;
    let client = server.client();
    client.call::<String>(&read()).await.unwrap();
    let refusal = client.call::<String>(&read()).await.unwrap_err();
    assert_eq!((refusal.kind, refusal.status), (RefusalKind::Limited, None));
    assert!(matches!(refusal.retry_after_s, Some(195..=200)), "{refusal:?}");
    assert_eq!(server.asked().len(), 1);
    // Counts have a budget of their own.
    client.graphql("{ viewer }", &json!({})).await.unwrap_err();
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_failing_api_that_names_a_time_is_heeded_too() {
    let server = Server::playing(vec![Act::Say(503, LATE, bad(1, "no"))]).await;
    let refusal = refused(&server, &read()).await;
    assert_eq!((refusal.kind, refusal.retry_after_s), (RefusalKind::Down, Some(90)));
    assert_eq!(server.asked().len(), 1);
}
