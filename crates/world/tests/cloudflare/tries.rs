//! What is asked again, and what must not be; and that everything ends.

use super::*;

fn down() -> Act {
    Act::Say(502, "content-type: text/html\r\n", "<html><title>502 Bad Gateway</title>".to_owned())
}

fn fine() -> Act {
    Act::Say(200, "", good(json!("well")))
}

#[tokio::test]
async fn a_read_is_tried_three_times_and_a_write_once_when_the_api_fails() {
    let tried = |status: u16, call: Call, times: usize| async move {
        let server = Server::saying(status, bad(1, "no")).await;
        refused(&server, &call).await;
        assert_eq!(server.asked().len(), times, "{status}");
    };
    let mut tasks = tokio::task::JoinSet::new();
    for status in [408, 409, 500, 502, 503, 504, 520] {
        tasks.spawn(tried(status, read(), 3));
        tasks.spawn(tried(status, write(), 1));
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn a_read_that_goes_well_the_third_time_goes_well() {
    let server = Server::playing(vec![down(), Act::Break, fine()]).await;
    assert_eq!(server.client().call::<String>(&read()).await.unwrap(), "well");
}

#[tokio::test]
async fn a_page_of_the_edge_is_told_as_one() {
    let server = Server::playing(vec![down()]).await;
    let refusal = refused(&server, &read()).await;
    assert_eq!((refusal.kind, refusal.status), (RefusalKind::Down, Some(502)));
    assert_eq!(refusal.why, "it is a page, \"502 Bad Gateway\"");
}

#[tokio::test]
async fn a_write_that_may_have_been_heard_is_not_repeated() {
    for act in [Act::Break, Act::Raw(vec![]), Act::Raw(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec())] {
        let server = Server::playing(vec![act, fine()]).await;
        let refusal = refused(&server, &write()).await;
        assert_eq!(refusal.kind, RefusalKind::Unreached);
        assert!(
            refusal.why.ends_with("whether the change was made is not known"),
            "{}",
            refusal.why
        );
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_write_over_a_connection_that_was_used_before_is_not_repeated_either() {
    let server = Server::playing(vec![fine(), Act::Break, fine()]).await;
    let client = server.client();
    client.call::<String>(&read()).await.unwrap();
    assert_eq!(client.call::<String>(&write()).await.unwrap_err().kind, RefusalKind::Unreached);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_write_that_could_not_be_sent_says_nothing_of_a_change() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = client(&format!("http://{gone}"), Duration::from_secs(8));
    let begun = clock::instant();
    let refusal = client.call::<Value>(&write()).await.unwrap_err();
    assert_eq!((refusal.kind, refusal.status), (RefusalKind::Unreached, None));
    assert_eq!(refusal.why, "the connection was refused");
    assert!(begun.elapsed() > Duration::from_millis(900), "it was tried three times");
}

#[tokio::test]
async fn the_server_has_a_say_in_it() {
    let server =
        Server::playing(vec![Act::Say(503, "x-should-retry: false\r\n", bad(1, "no"))]).await;
    refused(&server, &read()).await;
    assert_eq!(server.asked().len(), 1);
    let server =
        Server::playing(vec![Act::Say(400, "x-should-retry: true\r\n", bad(1, "no")), fine()])
            .await;
    assert_eq!(server.client().call::<String>(&read()).await.unwrap(), "well");
    let server =
        Server::playing(vec![Act::Say(500, "x-should-retry: true\r\n", bad(1, "no")), fine()])
            .await;
    assert_eq!(refused(&server, &write()).await.kind, RefusalKind::Down);
}

#[tokio::test]
async fn what_is_silent_drips_or_breaks_off_ends_by_the_deadline() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"success\":true".to_vec();
    for (act, status, why) in [
        (Act::Silence, None, "no answer came in time"),
        (Act::Drip, Some(200), "its answer did not end in time"),
        (Act::Raw(cut), Some(200), "its answer broke off"),
    ] {
        let server = Server::playing(vec![act]).await;
        let begun = clock::instant();
        let timeout = Duration::from_millis(1500);
        let refusal = server.client_within(timeout).call::<Value>(&read()).await.unwrap_err();
        // On a busy machine too; without a deadline it would never end.
        assert!(begun.elapsed() < timeout * 6);
        assert_eq!((refusal.kind, refusal.status), (RefusalKind::Unreached, status));
        assert_eq!(refusal.why, why);
    }
}

#[tokio::test]
async fn what_does_not_speak_http_is_told_so() {
    let server = Server::playing(vec![Act::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())]).await;
    let refusal = refused(&server, &read()).await;
    assert_eq!(
        (refusal.kind, refusal.why.as_str()),
        (RefusalKind::Unreadable, "it does not speak HTTP")
    );
}

#[tokio::test]
async fn an_answer_is_read_up_to_8_mib() {
    let large = good(json!("x".repeat(7 * 1024 * 1024)));
    let server = Server::saying(200, large).await;
    assert!(server.client().call::<String>(&read()).await.is_ok());
    let server = Server::saying(200, good(json!("x".repeat(9 * 1024 * 1024)))).await;
    let refusal = refused(&server, &read()).await;
    assert_eq!(
        (refusal.kind, refusal.why.as_str()),
        (RefusalKind::Unreadable, "its answer is larger than 8 MiB")
    );
    assert_eq!(server.asked().len(), 1, "the next would be no smaller");
}
