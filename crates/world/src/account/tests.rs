//! The questions to an account, put to a pretend API that counts rounds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rayfix_core::evidence::account::{RefusalKind, TokenKind};
use rayfix_core::evidence::{
    AccountAnswer, AccountQuestion, Answer, Evidence, Question, Seen, WhyNot,
};
use rayfix_core::target::{ModeFrom, Site, SslMode, Target};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::cloudflare::{Api, Client, Token};
use crate::setup::{Detours, Setup};
use crate::sitting::sit;

const ZONE: &str = "023e105f4ecef8ad9ca31a8372d0c353";
const ACCOUNT: &str = "01a7362d577a6c3019a474fd6f485823";
const TUNNEL: &str = "f70ff985-a4ef-4643-bbbc-4a0ed4fc8415";
const POOL: &str = "17b5962d775c646f3f9725cbc7a53df4";

/// What the pretend API tells; a call is `PATH?QUERY` below the base, without what is escaped.
type Tells = dyn Fn(&str) -> (u16, Value) + Send + Sync;

/// A pretend API. Nobody of a round is answered before all of it have come, so that questions that could be
/// side by side and are not would wait for ever.
struct Pretend {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Pretend {
    /// With rounds of these sizes; none: everybody is answered at once.
    async fn raise(
        rounds: &[usize],
        tells: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let (came, _) = watch::channel(0_usize);
        let (came, tells): (_, Arc<Tells>) = (Arc::new(came), Arc::new(tells));
        let ends: Arc<[usize]> = rounds
            .iter()
            .scan(0, |sum, size| {
                *sum += size;
                Some(*sum)
            })
            .collect();
        let log = Arc::clone(&calls);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, came) = (Arc::clone(&log), Arc::clone(&came));
                tokio::spawn(serve(stream, log, came, Arc::clone(&ends), Arc::clone(&tells)));
            }
        });
        Pretend { address, calls }
    }

    fn client(&self) -> Arc<Client> {
        let base = format!("http://{}/client/v4", self.address).parse().unwrap();
        let token = Some(Token::new("a-made-up-token").unwrap());
        let timeout = Duration::from_secs(8);
        Arc::new(
            Client::new(Api { base, token, roots: Vec::new(), detour: None, timeout }).unwrap(),
        )
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    log: Arc<Mutex<Vec<String>>>,
    came: Arc<watch::Sender<usize>>,
    ends: Arc<[usize]>,
    tells: Arc<Tells>,
) {
    while let Some(call) = request(&mut stream).await {
        log.lock().unwrap().push(call.clone());
        let mut mine = 0;
        came.send_modify(|count| {
            *count += 1;
            mine = *count;
        });
        if let Some(end) = ends.iter().find(|end| mine <= **end) {
            let mut all = came.subscribe();
            let _ = all.wait_for(|count| count >= end).await;
        }
        let (status, body) = tells(&call);
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The next request on a connection, as `PATH?QUERY`.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap().to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    stream.read_exact(&mut vec![0; length.unwrap_or(0)]).await.ok()?;
    let path = head.split(' ').nth(1).unwrap().trim_start_matches("/client/v4").to_owned();
    Some(path.replace("%2a", "*"))
}

fn good(result: impl Into<Value>) -> (u16, Value) {
    let result: Value = result.into();
    (200, json!({"success": true, "errors": [], "messages": [], "result": result}))
}

fn bad(status: u16, code: u32, message: &str) -> (u16, Value) {
    let errors = json!([{"code": code, "message": message}]);
    (status, json!({"success": false, "errors": errors, "messages": [], "result": null}))
}

fn zone() -> Value {
    json!([{"id": ZONE, "name": "example.test", "status": "active", "paused": false, "type": "full",
        "account": {"id": ACCOUNT, "name": "Shop"}, "plan": {"legacy_id": "pro"}}])
}

fn record(kind: &str, name: &str, content: &str) -> Value {
    json!({"id": "a", "type": kind, "name": name, "content": content, "proxied": true})
}

/// An account with a tunnel, a balancer, and nothing wrong.
fn tells(call: &str) -> (u16, Value) {
    let (path, query) = call.split_once('?').unwrap_or((call, ""));
    let below = |root: &str| path.strip_prefix(root).map(str::to_owned);
    if path == "/user/tokens/verify" {
        return good(json!({"id": "ed17574386854bf78a67040be0a770b0", "status": "active"}));
    }
    if path == "/zones" {
        return good(if query == "name=example.test" { zone() } else { json!([]) });
    }
    if path == "/graphql" {
        return (200, json!({"data": {"viewer": {"zones": [{}]}}, "errors": null}));
    }
    if let Some(path) = below(&format!("/zones/{ZONE}/")) {
        let named = |name: &str| query.contains(&format!("name={name}"));
        return match path.as_str() {
            "settings/ssl" => good(json!({"id": "ssl", "value": "strict", "editable": true})),
            "settings/ssl_automatic_mode" => {
                good(json!({"id": "ssl_automatic_mode", "value": "custom"}))
            }
            "dns_records" if named("shop.example.test") => {
                let to = format!("{TUNNEL}.cfargotunnel.com");
                good(json!([record("CNAME", "shop.example.test", &to)]))
            }
            "dns_records" => good(json!([])),
            "load_balancers" => {
                good(json!([{"id": "b", "name": "shop.example.test", "enabled": true,
                "proxied": true, "default_pools": [POOL], "fallback_pool": POOL}]))
            }
            path if path.ends_with("entrypoint") => {
                bad(404, 10003, "could not find entrypoint ruleset")
            }
            path if path.starts_with("origin_tls_client_auth") => good(json!({"enabled": false})),
            _ => good(json!([])),
        };
    }
    let path = below(&format!("/accounts/{ACCOUNT}/")).unwrap_or_default();
    match path.as_str() {
        "cfd_tunnel" => good(json!([{"id": TUNNEL, "name": "shop", "status": "healthy"},
            {"id": "00000000-0000-4000-8000-000000000000", "name": "another site's"}])),
        "load_balancers/pools" => good(json!([
            {"id": POOL, "name": "shop", "origins": [{"address": "203.0.113.7"}]},
            {"id": "p", "name": "another site's", "origins": []}])),
        path if path.ends_with("/health") => good(json!({"pool_id": POOL, "pop_health": {}})),
        path if path.ends_with("/configurations") => {
            good(json!({"tunnel_id": TUNNEL, "version": 1, "config": null}))
        }
        _ => good(json!([])),
    }
}

async fn sat(pretend: &Pretend, change: impl FnOnce(&mut Target)) -> Evidence {
    let mut target = Target::new(Site::parse("https://shop.example.test/").unwrap());
    change(&mut target);
    // Everything else is refused at once, at a port where nobody is.
    let nobody = crate::pretend::closed_port().await;
    let mut detours = Detours::default();
    for (host, port) in [("shop.example.test", 443), ("shop.example.test", 80)] {
        detours.add(host, port, nobody);
    }
    for address in ["203.0.113.7", "203.0.113.9", "203.0.113.20"] {
        detours.add(address, 443, nobody);
        detours.add(address, 80, nobody);
    }
    detours.add("shop.hosting.test", 443, nobody);
    let setup = Setup {
        detours,
        account: Some(pretend.client()),
        timeout: Duration::from_secs(9),
        samples: 1,
        resolver: Some(nobody),
        ..Setup::default()
    };
    sit(&target, &setup).await
}

fn answers(evidence: &Evidence) -> BTreeMap<AccountQuestion, Answer<Seen>> {
    let of_account = evidence.readings.iter().filter_map(|reading| match &reading.question {
        Question::Account(question) => Some((question.clone(), reading.answer.clone())),
        _ => None,
    });
    of_account.collect()
}

fn refused(evidence: &Evidence) -> Vec<RefusalKind> {
    let refusal = |answer: Answer<Seen>| match answer {
        Answer::Got(Seen::Account(AccountAnswer::Refused { refusal })) => Some(refusal.kind),
        _ => None,
    };
    answers(evidence).into_values().filter_map(refusal).collect()
}

fn not_asked(evidence: &Evidence, because: WhyNot) -> usize {
    let same = |answer: &Answer<Seen>| *answer == Answer::NotAsked { why: because };
    answers(evidence).values().filter(|answer| same(answer)).count()
}

/// Verification and the name's two suffixes; then all that needs no more than the zone; then the pool's
/// health, and the tunnel's connectors and configuration.
const ROUNDS: [usize; 3] = [3, 16, 3];

#[tokio::test]
async fn an_account_is_asked_everything_in_three_rounds() {
    let pretend = Pretend::raise(&ROUNDS, tells).await;
    let evidence = sat(&pretend, |_| {}).await;
    let calls = pretend.calls();
    assert_eq!(calls.len(), ROUNDS.iter().sum::<usize>(), "{calls:#?}");
    assert_eq!(refused(&evidence), []);
    let answers = answers(&evidence);
    assert_eq!(answers.len(), 20, "{answers:#?}");
    assert!(answers.values().all(|answer| matches!(answer, Answer::Got(_))));
    // Neither others' tunnels nor others' pools are kept.
    assert!(!format!("{answers:?}").contains("another site's"));
}

#[tokio::test]
async fn without_ids_that_only_an_answer_tells_there_are_two_rounds() {
    let pretend = Pretend::raise(&ROUNDS[..2], |call| {
        match call.contains("load_balancers") || call.contains("dns_records") {
            true => good(json!([])),
            false => tells(call),
        }
    })
    .await;
    let evidence = sat(&pretend, |_| {}).await;
    assert_eq!(pretend.calls().len(), ROUNDS[..2].iter().sum::<usize>());
    assert_eq!(refused(&evidence), []);
}

#[tokio::test]
async fn without_a_token_the_account_has_no_readings() {
    let target = Target::new(Site::parse("shop.example.test").unwrap());
    let resolver = Some(crate::pretend::closed_port().await);
    let setup = Setup { resolver, timeout: Duration::from_secs(2), ..Setup::default() };
    assert_eq!(answers(&sit(&target, &setup).await), BTreeMap::new());
}

#[tokio::test]
async fn a_token_that_opens_nothing_is_told_once() {
    for (status, code, message, kind) in [
        (401, 1000, "Invalid API Token", RefusalKind::UnknownToken),
        (400, 6003, "Invalid request headers", RefusalKind::MalformedToken),
        (429, 971, "Please wait and consider throttling your request speed", RefusalKind::Limited),
    ] {
        let pretend = Pretend::raise(&[], move |call| match call {
            "/user/tokens/verify" => bad(status, code, message),
            _ if code == 1000 => bad(403, 9109, "Invalid access token"),
            _ => bad(status, code, message),
        })
        .await;
        let evidence = sat(&pretend, |_| {}).await;
        assert_eq!(refused(&evidence), [kind], "one reading tells why");
        assert_eq!(not_asked(&evidence, WhyNot::AccountRefused), answers(&evidence).len() - 1);
        let calls = pretend.calls();
        assert!(
            calls.iter().all(|call| call.contains("verify") || call.starts_with("/zones?")),
            "{calls:?}"
        );
    }
}

#[tokio::test]
async fn a_limit_that_is_met_on_the_way_is_told_once() {
    let pretend =
        Pretend::raise(&[], |call| match call.starts_with("/zones?") || call.contains("verify") {
            true => tells(call),
            false => bad(429, 971, "Please wait and consider throttling your request speed"),
        })
        .await;
    let evidence = sat(&pretend, |_| {}).await;
    let told = refused(&evidence);
    // Counts have a limit of their own.
    assert!(told.iter().all(|kind| *kind == RefusalKind::Limited) && told.len() <= 2, "{told:?}");
    // Of 15 questions of the second round, the first that was refused and the counts aside.
    assert!(not_asked(&evidence, WhyNot::AccountRefused) >= 13);
}

#[tokio::test]
async fn a_token_of_the_account_itself_is_verified_where_it_is_known() {
    let pretend = Pretend::raise(&[], |call| match call {
        "/user/tokens/verify" => bad(401, 1000, "Invalid API Token"),
        call if call.ends_with("/tokens/verify") => good(json!({"id": "a", "status": "active"})),
        call => tells(call),
    })
    .await;
    let evidence = sat(&pretend, |_| {}).await;
    assert_eq!(refused(&evidence), []);
    let token = answers(&evidence).remove(&AccountQuestion::Token);
    let Some(Answer::Got(Seen::Account(AccountAnswer::Token { token }))) = token else {
        panic!("{token:?}")
    };
    assert_eq!((token.kind, token.status.as_str()), (TokenKind::Account, "active"));
}

#[tokio::test]
async fn a_name_in_no_zone_is_told_and_nothing_else_is_asked() {
    let pretend = Pretend::raise(&[], |call| match call.starts_with("/zones?") {
        true => good(json!([])),
        false => tells(call),
    })
    .await;
    let evidence = sat(&pretend, |_| {}).await;
    assert_eq!(refused(&evidence), []);
    assert_eq!(not_asked(&evidence, WhyNot::NoZone), answers(&evidence).len() - 2);
    assert_eq!(pretend.calls().len(), 3);
}

#[tokio::test]
async fn a_permission_that_lacks_takes_away_one_answer_only() {
    let pretend = Pretend::raise(&[], |call| match call.contains("pagerules") {
        true => bad(403, 10000, "Authentication error"),
        false => tells(call),
    })
    .await;
    let evidence = sat(&pretend, |_| {}).await;
    assert_eq!(refused(&evidence), [RefusalKind::OutOfScope]);
    assert_eq!(answers(&evidence).len(), 20);
}

/// The account with these records of the site, and no balancer.
fn with_records(records: Value) -> impl Fn(&str) -> (u16, Value) + Send + Sync + 'static {
    move |call| match call {
        call if call.contains("/load_balancers?") || call.ends_with("/load_balancers") => {
            good(json!([]))
        }
        call if call.contains("name=shop.example.test") && call.contains("dns_records") => {
            good(records.clone())
        }
        call => tells(call),
    }
}

#[tokio::test]
async fn where_nobody_gave_an_origin_the_accounts_is_asked_in_the_accounts_mode() {
    let records = json!([
        record("A", "shop.example.test", "203.0.113.9"),
        record("A", "shop.example.test", "104.16.0.1"),
        record("A", "shop.example.test", "10.0.0.1")
    ]);
    let pretend = Pretend::raise(&[], with_records(records)).await;
    let evidence = sat(&pretend, |_| {}).await;
    let target = &evidence.target;
    assert_eq!(target.origins.iter().map(ToString::to_string).collect::<Vec<_>>(), ["203.0.113.9"]);
    assert!(target.origins_of_account && !target.origins_assumed);
    assert_eq!((target.ssl_mode, target.ssl_mode_from), (Some(SslMode::Strict), ModeFrom::Account));
    let connected = evidence.readings.iter().filter(|reading| {
        matches!(reading.question, Question::Connect { to } if to.ip().to_string() == "203.0.113.9")
    });
    assert_eq!(connected.count(), 2, "port 443, and 80 for visitors without TLS");
}

#[tokio::test]
async fn what_the_user_gave_stands() {
    let records = json!([record("A", "shop.example.test", "203.0.113.9")]);
    let pretend = Pretend::raise(&[], with_records(records)).await;
    let evidence = sat(&pretend, |target| {
        target.origins = vec!["203.0.113.7".parse().unwrap()];
        target.ssl_mode = Some(SslMode::Full);
        target.ssl_mode_from = ModeFrom::Option;
    })
    .await;
    let target = &evidence.target;
    assert_eq!(target.origins.len(), 1);
    assert_eq!(target.origins[0].to_string(), "203.0.113.7");
    assert!(!target.origins_of_account);
    assert_eq!((target.ssl_mode, target.ssl_mode_from), (Some(SslMode::Full), ModeFrom::Option));
}

#[tokio::test]
async fn addresses_that_were_only_assumed_give_way_to_the_accounts() {
    let records = json!([record("A", "shop.example.test", "203.0.113.9")]);
    let pretend = Pretend::raise(&[], with_records(records)).await;
    let evidence = sat(&pretend, |target| {
        target.origins = vec!["203.0.113.7".parse().unwrap()];
        target.origins_assumed = true;
    })
    .await;
    assert_eq!(evidence.target.origins[0].to_string(), "203.0.113.9");
    assert!(!evidence.target.origins_assumed);
}

#[tokio::test]
async fn names_of_the_same_zone_are_followed() {
    let records = json!([record("CNAME", "shop.example.test", "www.example.test")]);
    let of_site = with_records(records);
    let pretend = Pretend::raise(&[], move |call| {
        match call.contains("name=www.example.test") && call.contains("dns_records") {
            true => good(json!([record("A", "www.example.test", "203.0.113.20")])),
            false => of_site(call),
        }
    })
    .await;
    let evidence = sat(&pretend, |_| {}).await;
    assert_eq!(evidence.target.origins[0].to_string(), "203.0.113.20");
}

#[tokio::test]
async fn an_api_that_is_silent_holds_nobody_up() {
    let (silent, _held) = crate::pretend::silent_port().await;
    let pretend = Pretend { address: silent, calls: Arc::default() };
    let begun = crate::clock::instant();
    let mut target = Target::new(Site::parse("shop.example.test").unwrap());
    target.origins = vec!["203.0.113.7".parse().unwrap()];
    let nobody = crate::pretend::closed_port().await;
    let mut detours = Detours::default();
    for (host, port) in [
        ("shop.example.test", 443),
        ("shop.example.test", 80),
        ("203.0.113.7", 443),
        ("203.0.113.7", 80),
    ] {
        detours.add(host, port, nobody);
    }
    let setup = Setup {
        detours,
        account: Some(pretend.client()),
        timeout: Duration::from_millis(1_500),
        resolver: Some(nobody),
        ..Setup::default()
    };
    let evidence = sit(&target, &setup).await;
    assert!(crate::clock::ms_since(begun) < 1_700);
    let first = |at: &dyn Fn(&Question) -> bool| {
        evidence.readings.iter().find(|reading| at(&reading.question)).map(|reading| reading.at)
    };
    let token = first(&|question| matches!(question, Question::Account(AccountQuestion::Token)));
    let origin = first(&|question| matches!(question, Question::Connect { .. }));
    assert!(token.is_some() && origin.is_some());
    assert_eq!(refused(&evidence), [RefusalKind::Unreached]);
    assert!(not_asked(&evidence, WhyNot::AccountRefused) > 10);
}

/// An account whose site is an alias of this name, without a balancer.
fn alias_of(to: &'static str) -> impl Fn(&str) -> (u16, Value) + Send + Sync {
    move |call| match call {
        call if call.contains("/load_balancers") => good(json!([])),
        call if call.contains("dns_records") && call.contains("name=shop.example.test") => {
            good(json!([record("CNAME", "shop.example.test", to)]))
        }
        call if call.contains("dns_records") => good(json!([])),
        call => tells(call),
    }
}

#[tokio::test]
async fn a_name_outside_of_the_zone_is_looked_up_and_what_it_leads_to_is_asked() {
    // Where the user says where the name leads, nobody is asked.
    let pretend = Pretend::raise(&[], alias_of("shop.hosting.test")).await;
    let evidence = sat(&pretend, |_| {}).await;
    assert_eq!(evidence.target.origins, ["127.0.0.1".parse().unwrap()]);
    let asked = |name: &str| {
        let of = |reading: &&rayfix_core::evidence::Reading| matches!(&reading.question, Question::Resolve { name: asked, .. } if asked == name);
        evidence.readings.iter().filter(of).count()
    };
    assert_eq!(asked("shop.hosting.test"), 0);
    let pretend = Pretend::raise(&[], alias_of("other.hosting.test")).await;
    let evidence = sat(&pretend, |_| {}).await;
    let of = |reading: &&rayfix_core::evidence::Reading| matches!(&reading.question, Question::Resolve { name, .. } if name == "other.hosting.test");
    assert_eq!(evidence.readings.iter().filter(of).count(), 2);
}
