//! The client against a server that says what it is told to: every refusal, every retry, every bound.
//!
//! The server speaks bytes, so that it can also break off, drip and stay silent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rayfix_core::evidence::account::{ApiRefusal, RefusalKind, TokenKind};
use rayfix_world::cloudflare::{Api, Call, Client, Method, Token};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// No token has this form; the client takes it for one.
const TOKEN: &str = "made-up-for-this-test";

/// What the server does with a request.
#[derive(Clone)]
enum Act {
    /// Status, headers (each ended by CR LF), body.
    Say(u16, &'static str, String),
    /// Bytes as they are, then the end.
    Raw(Vec<u8>),
    /// Reads the request and resets the connection.
    Break,
    /// Never answers.
    Silence,
    /// A head, and then a byte now and then, for ever.
    Drip,
}

/// A server that plays its acts in order, the last for ever, and keeps what it was asked.
struct Server {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn playing(acts: Vec<Act>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, acts.clone(), Arc::clone(&kept)));
            }
        });
        Server { at, asked }
    }

    async fn saying(status: u16, body: impl ToString) -> Server {
        Server::playing(vec![Act::Say(status, "", body.to_string())]).await
    }

    fn client(&self) -> Client {
        self.client_within(Duration::from_secs(8))
    }

    fn client_within(&self, timeout: Duration) -> Client {
        client(&format!("http://{}/client/v4", self.at), timeout)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn lines(&self) -> Vec<String> {
        self.asked().iter().map(|head| head.lines().next().unwrap().to_owned()).collect()
    }
}

async fn serve(mut stream: TcpStream, acts: Vec<Act>, asked: Arc<Mutex<Vec<String>>>) {
    let mut came = Vec::new();
    loop {
        let Some(request) = request(&mut stream, &mut came).await else { return };
        let act = {
            let mut asked = asked.lock().unwrap();
            asked.push(request);
            acts[(asked.len() - 1).min(acts.len() - 1)].clone()
        };
        match act {
            Act::Say(status, headers, body) => {
                let head = format!(
                    "HTTP/1.1 {status} Said\r\n{headers}content-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
            Act::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Act::Break => {
                let _ = stream.set_zero_linger();
                return;
            }
            Act::Silence => {
                let _ = stream.read_to_end(&mut Vec::new()).await;
                return;
            }
            Act::Drip => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n").await;
                let mut tick = tokio::time::interval(Duration::from_millis(50));
                while stream.write_all(b" ").await.is_ok() {
                    tick.tick().await;
                }
                return;
            }
        }
    }
}

/// One request, head and body, as text.
async fn request(stream: &mut TcpStream, came: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = came.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&came[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length: ")?.trim().parse().ok()
            });
            let whole = end + 4 + length.unwrap_or(0);
            if came.len() >= whole {
                let rest = came.split_off(whole);
                let request = String::from_utf8_lossy(&std::mem::replace(came, rest)).into_owned();
                return Some(request);
            }
        }
        if stream.read_buf(came).await.ok()? == 0 {
            return None;
        }
    }
}

fn client(base: &str, timeout: Duration) -> Client {
    let token = Token::new(TOKEN).ok();
    let api = Api { base: base.parse().unwrap(), token, roots: vec![], detour: None, timeout };
    Client::new(api).unwrap_or_else(|error| panic!("{error}"))
}

fn read() -> Call {
    Call::new(Method::Get, "/zones/z/settings/ssl".to_owned(), Some("Zone Settings Read"))
}

fn write() -> Call {
    let call =
        Call::new(Method::Patch, "/zones/z/settings/ssl".to_owned(), Some("Zone Settings Write"));
    call.sending(json!({"value": "full"}))
}

fn good(result: Value) -> String {
    json!({"success": true, "errors": [], "messages": [], "result": result}).to_string()
}

fn bad(code: i64, message: &str) -> String {
    let errors = json!([{"code": code, "message": message}]);
    json!({"success": false, "errors": errors, "messages": [], "result": null}).to_string()
}

async fn refused(server: &Server, call: &Call) -> ApiRefusal {
    server.client().call::<Value>(call).await.unwrap_err()
}

#[tokio::test]
async fn a_call_brings_its_result() {
    let server = Server::saying(200, good(json!({"id": "ssl", "value": "full"}))).await;
    let result: Value = server.client().call(&write()).await.unwrap();
    assert_eq!(result["value"], "full");
    let asked = &server.asked()[0];
    assert!(asked.starts_with("PATCH /client/v4/zones/z/settings/ssl HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("authorization: Bearer {TOKEN}\r\n")), "{asked}");
    assert!(asked.contains("content-type: application/json\r\n"), "{asked}");
    assert!(asked.ends_with("{\"value\":\"full\"}"), "{asked}");
}

mod refusals {
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
        for status in [200, 400, 502] {
            for body in [
                bad(1, &format!("you sent Bearer {TOKEN}")),
                format!("<html><title>{TOKEN}</title>"),
                TOKEN.to_owned(),
                good(json!([TOKEN])),
            ] {
                let server = Server::saying(status, &body).await;
                let client = server.client();
                let told = client.call::<Value>(&write()).await;
                assert!(!format!("{told:?}").contains(TOKEN), "{body}");
                // The error of a reader, too, may tell what it read.
                let told = client.call::<Vec<u32>>(&write()).await;
                assert!(!format!("{told:?}").contains(TOKEN), "{body}");
                let told = client.graphql("{ viewer }", &json!({})).await;
                assert!(!format!("{told:?}").contains(TOKEN), "{body}");
            }
        }
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
}

mod tries {
    use super::*;

    fn down() -> Act {
        Act::Say(
            502,
            "content-type: text/html\r\n",
            "<html><title>502 Bad Gateway</title>".to_owned(),
        )
    }

    fn fine() -> Act {
        Act::Say(200, "", good(json!("well")))
    }

    #[tokio::test]
    async fn a_read_is_tried_three_times_and_a_write_once_when_the_api_fails() {
        for status in [408, 409, 500, 502, 503, 504, 520] {
            let server = Server::saying(status, bad(1, "no")).await;
            refused(&server, &read()).await;
            assert_eq!(server.asked().len(), 3, "{status}");
            let server = Server::saying(status, bad(1, "no")).await;
            refused(&server, &write()).await;
            assert_eq!(server.asked().len(), 1, "{status}");
        }
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
        for act in
            [Act::Break, Act::Raw(vec![]), Act::Raw(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec())]
        {
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
        let begun = Instant::now();
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
            let begun = Instant::now();
            let timeout = Duration::from_millis(1500);
            let refusal = server.client_within(timeout).call::<Value>(&read()).await.unwrap_err();
            assert!(begun.elapsed() < timeout + Duration::from_millis(500));
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
}

mod limits {
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
            let begun = Instant::now();
            assert_eq!(server.client().call::<String>(&call).await.unwrap(), "well");
            assert!(begun.elapsed() >= Duration::from_secs(1));
            assert_eq!(server.asked().len(), 2);
        }
    }

    #[tokio::test]
    async fn a_wait_past_the_deadline_is_refused_at_once_and_nothing_else_is_asked() {
        let server = Server::playing(vec![limited(LATE)]).await;
        let client = server.client();
        let begun = Instant::now();
        let first = client.call::<Value>(&read()).await.unwrap_err();
        assert_eq!(
            (first.kind, first.status, first.retry_after_s),
            (RefusalKind::Limited, Some(429), Some(90))
        );
        let second = client.call::<Value>(&write()).await.unwrap_err();
        assert_eq!((second.kind, second.status), (RefusalKind::Limited, None));
        assert!(matches!(second.retry_after_s, Some(85..=90)), "{second:?}");
        assert!(begun.elapsed() < Duration::from_secs(1));
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
            let begun = Instant::now();
            client.call::<String>(&read()).await.unwrap();
            assert!(begun.elapsed() < Duration::from_millis(900));
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
}

mod lists {
    use super::*;

    fn page(number: u64, ids: std::ops::Range<u64>, total: u64) -> Act {
        let info = json!({"page": number, "per_page": 2, "count": 2, "total_count": total, "total_pages": total.div_ceil(2)});
        let body = json!({"success": true, "errors": [], "messages": [],
            "result": ids.collect::<Vec<_>>(), "result_info": info});
        Act::Say(200, "", body.to_string())
    }

    fn zones() -> Call {
        Call::new(Method::Get, "/zones".to_owned(), Some("Zone Read")).with("name", "shop.example")
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end() {
        let server =
            Server::playing(vec![page(1, 0..2, 5), page(2, 2..4, 5), page(3, 4..5, 5)]).await;
        assert_eq!(server.client().list::<u64>(&zones(), 100).await.unwrap(), [0, 1, 2, 3, 4]);
        let paths: Vec<_> =
            server.lines().iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        assert_eq!(
            paths,
            [
                "/client/v4/zones?name=shop.example",
                "/client/v4/zones?name=shop.example&page=2",
                "/client/v4/zones?name=shop.example&page=3",
            ]
        );
    }

    #[tokio::test]
    async fn a_list_is_read_up_to_what_is_wanted() {
        let server =
            Server::playing(vec![page(1, 0..2, 5), page(2, 2..4, 5), page(3, 4..5, 5)]).await;
        assert_eq!(server.client().list::<u64>(&zones(), 3).await.unwrap(), [0, 1, 2]);
        assert_eq!(server.asked().len(), 2);
    }

    #[tokio::test]
    async fn a_list_ends_with_an_empty_page_or_one_that_came_before() {
        let server = Server::playing(vec![page(1, 0..2, 900), page(2, 2..2, 900)]).await;
        assert_eq!(server.client().list::<u64>(&zones(), 1000).await.unwrap(), [0, 1]);
        assert_eq!(server.asked().len(), 2);
        let server = Server::playing(vec![page(1, 0..2, 900)]).await;
        assert_eq!(server.client().list::<u64>(&zones(), 1000).await.unwrap(), [0, 1]);
        assert_eq!(server.asked().len(), 2);
    }

    #[tokio::test]
    async fn half_a_list_is_none() {
        let server = Server::playing(vec![
            page(1, 0..2, 5),
            Act::Say(403, "", bad(10000, "Authentication error")),
        ])
        .await;
        let refusal = server.client().list::<u64>(&zones(), 100).await.unwrap_err();
        assert_eq!(
            (refusal.kind, refusal.permission.as_deref()),
            (RefusalKind::OutOfScope, Some("Zone Read"))
        );
    }

    #[tokio::test]
    async fn a_list_of_null_is_empty() {
        let server = Server::saying(200, good(json!(null))).await;
        assert!(server.client().list::<u64>(&zones(), 100).await.unwrap().is_empty());
    }
}

mod counts {
    use super::*;

    #[tokio::test]
    async fn a_query_brings_its_data() {
        let server =
            Server::saying(200, json!({"data": {"viewer": {"zones": []}}, "errors": null})).await;
        let data = server.client().graphql("query ($z: string)", &json!({"z": "a"})).await.unwrap();
        assert_eq!(data, json!({"viewer": {"zones": []}}));
        let asked = &server.asked()[0];
        assert!(asked.starts_with("POST /client/v4/graphql HTTP/1.1\r\n"), "{asked}");
        assert!(
            asked.ends_with(r#"{"query":"query ($z: string)","variables":{"z":"a"}}"#),
            "{asked}"
        );
    }

    #[tokio::test]
    async fn both_forms_of_refusal_are_read_and_name_the_permission() {
        let own = json!({"data": null, "errors": [{"message": "zones [\"z\"] are not authorized", "path": ["viewer"]}]});
        for (status, body) in [
            (200, own.to_string()),
            (403, own.to_string()),
            (403, bad(10000, "Authentication error")),
        ] {
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
}

mod tokens {
    use super::*;

    fn token(status: &str) -> String {
        good(
            json!({"id": "372e67954025e0ba6aaa6d586b9e0b59", "status": status, "expires_on": "2026-11-01T00:00:00Z"}),
        )
    }

    #[tokio::test]
    async fn a_users_token_is_good() {
        let server = Server::saying(200, token("active")).await;
        let seen = server.client().verify(Some("a")).await.unwrap();
        assert_eq!((seen.kind, seen.status.as_str()), (TokenKind::User, "active"));
        assert_eq!(server.lines(), ["GET /client/v4/user/tokens/verify HTTP/1.1"]);
    }

    #[tokio::test]
    async fn an_accounts_token_is_good_once_the_account_is_known() {
        let acts = vec![
            Act::Say(401, "", bad(1000, "Invalid API Token")),
            Act::Say(200, "", token("active")),
        ];
        let server = Server::playing(acts).await;
        let refusal = server.client().verify(None).await.unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::UnknownToken);
        let acts = vec![
            Act::Say(401, "", bad(1000, "Invalid API Token")),
            Act::Say(200, "", token("active")),
        ];
        let server = Server::playing(acts).await;
        let seen = server.client().verify(Some("0a")).await.unwrap();
        assert_eq!(seen.kind, TokenKind::Account);
        assert_eq!(server.lines()[1], "GET /client/v4/accounts/0a/tokens/verify HTTP/1.1");
    }

    #[tokio::test]
    async fn a_token_that_neither_knows_is_unknown() {
        let acts = vec![
            Act::Say(401, "", bad(1000, "Invalid API Token")),
            Act::Say(403, "", bad(10000, "Authentication error")),
        ];
        let server = Server::playing(acts).await;
        let refusal = server.client().verify(Some("0a")).await.unwrap_err();
        assert_eq!((refusal.kind, refusal.errors[0].code), (RefusalKind::UnknownToken, Some(1000)));
    }

    #[tokio::test]
    async fn a_token_whose_time_is_over_or_that_was_disabled_has_ended() {
        for (status, why) in
            [("expired", "it expired at 2026-11-01T00:00:00Z"), ("disabled", "it was disabled")]
        {
            let server = Server::saying(200, token(status)).await;
            let refusal = server.client().verify(None).await.unwrap_err();
            assert_eq!((refusal.kind, refusal.why.as_str()), (RefusalKind::EndedToken, why));
        }
    }

    #[tokio::test]
    async fn a_state_that_nobody_here_knows_is_kept() {
        let server = Server::saying(200, token("resting")).await;
        assert_eq!(server.client().verify(None).await.unwrap().status, "resting");
    }
}
