//! Every call that this program makes to Cloudflare's API, held against Cloudflare's own schema: Prism serves
//! it, and says of each request whether the schema allows it. Where Prism is not installed (`make setup`)
//! every test is counted as ignored, with the reason; with `LAB_ALL=1` it fails.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_core::evidence::account::RefusalKind;
use rayfix_world::cloudflare::calls::{self, Example};
use rayfix_world::cloudflare::{Api, Call, Client, Token};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (mut prism, at) = match Prism::started(arguments.list) {
        Ok(started) => started,
        Err(reason) => {
            let fails = std::env::var_os("LAB_ALL").is_some_and(|all| all == "1");
            return run(&arguments, skipped(&reason, fails));
        }
    };
    let runtime = Arc::new(Runtime::new().expect("a runtime starts"));
    let trials = named().into_iter().map(|(name, test)| {
        let runtime = Arc::clone(&runtime);
        Trial::test(name, move || test.run(&runtime, at))
    });
    let exit = run(&arguments, trials.collect());
    prism.end();
    exit
}

fn run(arguments: &Arguments, trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(arguments, trials).exit_code()
}

fn skipped(reason: &str, fails: bool) -> Vec<Trial> {
    let trials = named().into_iter().map(|(name, _)| {
        let said = Failed::from(reason);
        Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
    });
    trials.collect()
}

/// What is tried.
enum Test {
    /// The schema allows a call.
    Accepted(Box<Call>),
    /// It would notice one that is not allowed.
    Noticed,
    /// A server whose pages are all alike is not asked for ever.
    Paged,
}

fn named() -> Vec<(String, Test)> {
    let mut named = vec![
        ("a_value_that_no_setting_has_is_noticed".to_owned(), Test::Noticed),
        ("a_list_whose_pages_are_all_alike_ends".to_owned(), Test::Paged),
    ];
    for (at, Example { name, call, in_schema }) in calls::examples().into_iter().enumerate() {
        if in_schema {
            named.push((format!("{at:02}_{name}_is_accepted"), Test::Accepted(Box::new(call))));
        }
    }
    named
}

impl Test {
    fn run(&self, runtime: &Runtime, prism: SocketAddr) -> Result<(), Failed> {
        runtime.block_on(async {
            let relay = Relay::to(prism).await;
            let client = relay.client();
            match self {
                Test::Accepted(call) => {
                    let told = client.call::<Value>(call).await;
                    told.map_err(|refusal| format!("{refusal:?}\n{}", relay.heard()))?;
                }
                Test::Noticed => {
                    let call = calls::set_setting(
                        "023e105f4ecef8ad9ca31a8372d0c353",
                        "ssl",
                        &json!("sideways"),
                    );
                    let kind = client.call::<Value>(&call).await.map_err(|refusal| refusal.kind);
                    let violated = relay.heard().contains("sl-violations");
                    if kind != Err(RefusalKind::Invalid) || !violated {
                        return Err(format!("{kind:?}\n{}", relay.heard()).into());
                    }
                    return Ok(());
                }
                Test::Paged => {
                    let call = calls::zones_named("example.com");
                    let zones = client.list::<Value>(&call, 1000).await;
                    let zones = zones.map_err(|refusal| format!("{refusal:?}"))?;
                    if zones.is_empty() || zones.len() > 3 {
                        return Err(format!("{} zones", zones.len()).into());
                    }
                }
            }
            let heard = relay.heard().to_ascii_lowercase();
            let good = heard.starts_with("http/1.1 2") && !heard.contains("sl-violations");
            if good { Ok(()) } else { Err(heard.into()) }
        })
    }
}

/// Prism, serving the schema.
struct Prism(Child);

impl Prism {
    /// Starts it, unless its tests are only listed; else why it cannot be.
    fn started(only_listed: bool) -> Result<(Prism, SocketAddr), String> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let program = root.join("target/tools/node_modules/.bin/prism");
        if !program.exists() {
            return Err("Prism is not installed: make setup".to_owned());
        }
        if only_listed {
            return Err("only listed".to_owned());
        }
        // Prism takes no socket that is open already.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let at = free.map_err(|error| format!("no port is free: {error}"))?;
        let child = Command::new(&program)
            .args(["mock", "-h", "127.0.0.1", "-p", &at.port().to_string()])
            .arg(root.join("crates/lab/api/cloudflare-trimmed-v4.json"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut prism = Prism(child.map_err(|error| format!("Prism does not start: {error}"))?);
        let said = BufReader::new(prism.0.stdout.take().expect("its output is piped"));
        let (tell, told) = mpsc::channel();
        // It goes on talking; someone must listen, or it blocks.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                if line.contains("listening on") {
                    let _ = tell.send(());
                }
            }
        });
        match told.recv_timeout(Duration::from_secs(60)) {
            Ok(()) => Ok((prism, at)),
            Err(_) => {
                prism.end();
                Err("Prism does not come up".to_owned())
            }
        }
    }

    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Stands before Prism and keeps what it answers, headers included.
struct Relay {
    at: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    async fn to(prism: SocketAddr) -> Relay {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(relay(near, prism, Arc::clone(&kept)));
            }
        });
        Relay { at, heard }
    }

    fn client(&self) -> Client {
        let api = Api {
            base: format!("http://{}/client/v4", self.at).parse().unwrap(),
            token: Token::new("made-up-for-this-test").ok(),
            roots: vec![],
            detour: None,
            timeout: Duration::from_secs(60),
        };
        Client::new(api).unwrap_or_else(|error| panic!("{error}"))
    }

    fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }
}

async fn relay(near: tokio::net::TcpStream, prism: SocketAddr, kept: Arc<Mutex<Vec<u8>>>) {
    #[expect(clippy::disallowed_methods, reason = "a test's own way to what it started")]
    let Ok(far) = tokio::net::TcpStream::connect(prism).await else { return };
    let (mut from_near, mut to_near) = near.into_split();
    let (mut from_far, mut to_far) = far.into_split();
    tokio::spawn(async move {
        let _ = tokio::io::copy(&mut from_near, &mut to_far).await;
        let _ = to_far.shutdown().await;
    });
    let mut bytes = [0; 16 * 1024];
    while let Ok(number @ 1..) = from_far.read(&mut bytes).await {
        kept.lock().unwrap().extend_from_slice(&bytes[..number]);
        if to_near.write_all(&bytes[..number]).await.is_err() {
            return;
        }
    }
}
