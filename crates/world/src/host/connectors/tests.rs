//! Connectors that are found, read and asked: made-up folders, pretend HTTP servers.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rayfix_core::evidence::host::Listener;
use rayfix_core::evidence::host::tunnel::{Heard, NearWhy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::clock;
use crate::pretend::{self, Then};

const SHOP: &str = "shop.example.test";

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../core/src/evidence/host/tunnel/samples/", $name))
    };
}

/// A made-up file system.
struct Disk(PathBuf);

impl Disk {
    fn new(name: &str, files: &[(&str, &str)]) -> Disk {
        let root = std::env::temp_dir().join(format!("connectors-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Disk(root)
    }

    /// The one connector that it has.
    fn only(&self) -> (ConnectorAnswer, Option<Config>) {
        let files = Files::below(&self.0);
        let mut found = find(Vec::new(), &files);
        assert_eq!(found.len(), 1, "{found:?}");
        read(found.remove(0), &files)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const TOKEN_UNIT: (&str, &str) = (
    "/etc/systemd/system/cloudflared.service",
    "[Service]\nTimeoutStartSec=15\nType=notify\nExecStart=/usr/bin/cloudflared --no-autoupdate \
     tunnel run --token-file /etc/cloudflared/token\n",
);
const UPDATE_UNIT: (&str, &str) = (
    "/etc/systemd/system/cloudflared-update.service",
    "[Service]\nExecStart=/bin/bash -c '/usr/bin/cloudflared update; code=$?'\n",
);
const CONFIG_UNIT: (&str, &str) = (
    "/etc/systemd/system/cloudflared.service",
    "[Service]\nExecStart=/usr/bin/cloudflared --no-autoupdate --config \
     /etc/cloudflared/config.yml tunnel run\n",
);
const CONFIG: &str = "tunnel: 00000000-0000-4000-8000-0000000000aa\nprotocol: http2\n\
    credentials-file: /etc/cloudflared/t.json\ningress:\n- hostname: shop.example.test\n  \
    service: http://127.0.0.1:8000\n- service: http_status:404\n";

fn rules(disk: &Disk) -> Option<Ingress> {
    let (answer, config) = disk.only();
    ingress(&answer, config.as_ref(), None, SHOP, "/")
}

#[test]
fn finding_11_a_unit_whose_token_is_gone_is_found_without_its_process() {
    let disk = Disk::new("gone", &[TOKEN_UNIT, UPDATE_UNIT]);
    let (answer, _) = disk.only();
    assert_eq!(answer.unit.as_deref(), Some("cloudflared.service"));
    assert_eq!(answer.token.as_ref().unwrap().held, Held::Missing);
    assert!(answer.running.is_none() && rules(&disk).is_none());
    let disk = Disk::new("there", &[TOKEN_UNIT, ("/etc/cloudflared/token", "not a token")]);
    let (answer, _) = disk.only();
    assert!(answer.token.unwrap().held.is_useless());
}

#[test]
fn the_rules_of_a_file_are_known_although_nothing_runs() {
    let disk = Disk::new("rules", &[CONFIG_UNIT, ("/etc/cloudflared/config.yml", CONFIG)]);
    let ingress = rules(&disk).unwrap();
    assert!(ingress.names_site);
    assert_eq!(ingress.rule.unwrap().at.unwrap().to_string(), "/etc/cloudflared/config.yml:5");
    let (answer, _) = disk.only();
    assert_eq!(answer.setup.protocol.as_deref(), Some("http2"));
    assert_eq!(answer.credentials.unwrap().held, Held::Missing);
    // Without the file cloudflared ends at once.
    let disk = Disk::new("bare", &[CONFIG_UNIT]);
    let (answer, _) = disk.only();
    assert_eq!(answer.config.unwrap().state, ConfigState::Missing);
}

#[test]
fn configurations_are_found_where_cloudflared_looks() {
    let unit = (
        "/usr/lib/systemd/system/cloudflared.service",
        "[Service]\nUser=web\nExecStart=cloudflared tunnel run\n",
    );
    let passwd = ("/etc/passwd", "root:x:0:0::/root:/bin/sh\nweb:x:9:9::/home/web:/bin/sh\n");
    let shouted = CONFIG.replace("shop.example", "Shop.example");
    let files = [
        unit,
        passwd,
        ("/home/web/.cloudflared/config.yaml", shouted.as_str()),
        ("/etc/cloudflared/config.yml", CONFIG),
    ];
    let disk = Disk::new("home", &files);
    let (answer, _) = disk.only();
    let config = answer.config.unwrap();
    assert_eq!((config.path.as_str(), config.named), ("/home/web/.cloudflared/config.yaml", false));
    assert_eq!(rules(&disk).unwrap().near.unwrap().why, NearWhy::Case);
    // A unit that names no user has no home directory.
    let unit = (unit.0, "[Service]\nExecStart=cloudflared tunnel run\n");
    let disk = Disk::new("etc", &[unit, files[2], files[3]]);
    assert_eq!(disk.only().0.config.unwrap().path, "/etc/cloudflared/config.yml");
}

#[test]
fn drop_ins_and_environment_files_count_and_secrets_do_not_stay() {
    let files = [
        TOKEN_UNIT,
        (
            "/etc/systemd/system/cloudflared.service.d/10-proto.conf",
            "[Service]\nEnvironment=TUNNEL_TRANSPORT_PROTOCOL=http2\nEnvironmentFile=-/etc/default/cloudflared\n",
        ),
        ("/etc/default/cloudflared", "# x\nTUNNEL_TOKEN='s3cret-of-ours'\nOTHER=s3cret-too\n"),
    ];
    let disk = Disk::new("drop", &files);
    let (answer, _) = disk.only();
    assert_eq!(answer.setup.protocol.as_deref(), Some("http2"));
    assert_eq!(answer.setup.token, Some(TokenFrom::Environment));
    assert!(!serde_json::to_string(&answer).unwrap().contains("s3cret"));
}

#[test]
fn a_pool_that_is_not_there_keeps_a_connector_from_starting() {
    let config = CONFIG.replace("8000\n", "8000\n  originRequest:\n    caPool: /etc/no-such.pem\n");
    let disk = Disk::new("pool", &[CONFIG_UNIT, ("/etc/cloudflared/config.yml", &config)]);
    let (answer, _) = disk.only();
    let problem = answer.problems().find(|problem| problem.says.contains("caPool")).unwrap();
    assert!(problem.fatal && !problem.told);
}

#[test]
fn a_unit_s_name_may_hold_anything() {
    let odd = "/etc/systemd/system/cloudflared$(touch x); rm -rf.service";
    let disk = Disk::new("odd", &[(odd, CONFIG_UNIT.1)]);
    assert_eq!(disk.only().0.unit.as_deref(), Some("cloudflared$(touch x); rm -rf.service"));
    assert!(Files::below(&disk.0).unit("../../../etc/passwd").is_none());
}

/// A pretend connector: answers by path.
async fn server(ready: &'static str, status: &'static str) -> SocketAddr {
    let listener = pretend::listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    if stream.read_buf(&mut asked).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let path = String::from_utf8_lossy(&asked).split(' ').nth(1).unwrap().to_owned();
                let (status, body) = match path.as_str() {
                    "/ready" => (status, ready),
                    "/metrics" => ("200 OK", sample!("metrics-connected-quic.txt")),
                    "/config" => ("200 OK", sample!("config-remote.json")),
                    _ => ("404 Not Found", "404 page not found\n"),
                };
                let head = format!("HTTP/1.0 {status}\r\nContent-Type: text/plain\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(body.as_bytes()).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_connector_tells_of_itself() {
    let address = server(sample!("ready-none.json"), "503 Service Unavailable").await;
    let (local, rules) = local::ask(&[(address, LocalFrom::Listens)]).await.unwrap();
    assert_eq!(local.ready.said().unwrap().connections, 0);
    assert_eq!(local.metrics.said().unwrap().registered, 4);
    assert_eq!(local.diag, Heard::Odd { status: Some(404) });
    let told = rules.said().unwrap();
    let answer = ConnectorAnswer::default();
    let seen = ingress(&answer, None, Some(told), "app.example.test", "/").unwrap();
    assert_eq!(seen.from, IngressFrom::Remote { version: 1 });
    assert!(seen.names_site);
}

#[tokio::test]
async fn the_address_that_answers_as_a_connector_is_taken() {
    let other = pretend::origin(b"HTTP/1.1 200 OK\r\n\r\n<html>", Then::Close).await;
    let closed = pretend::closed_port().await;
    let address = server(sample!("ready-up.json"), "200 OK").await;
    let doors = [closed, other, address].map(|door| (door, LocalFrom::Usual));
    let (local, _) = local::ask(&doors).await.unwrap();
    assert_eq!(local.address, address);
    let (local, _) = local::ask(&doors[..1]).await.unwrap();
    assert_eq!(local.ready, Heard::Refused);
    assert!(local::ask(&[]).await.is_none());
}

#[tokio::test]
async fn a_server_that_never_answers_or_answers_without_end_is_given_up_in_time() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n";
    let (silent, _held) = pretend::silent_port().await;
    for door in [
        silent,
        pretend::origin(b"", Then::Stall).await,
        pretend::origin(head, Then::Drip(b"x")).await,
        pretend::origin(head, Then::Flood(b"cloudflared_tunnel_request_errors 1\n")).await,
    ] {
        let begun = clock::instant();
        let (local, rules) = local::ask(&[(door, LocalFrom::Setting)]).await.unwrap();
        // Well past its 700 ms on a busy machine, and far from never.
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert_eq!((local.ready, local.diag), (Heard::Silent, Heard::Silent));
        assert!(local.metrics.said().is_none() && rules.said().is_none());
    }
}

#[test]
fn the_door_of_a_connector_is_its_own_socket_else_its_setting_else_a_usual_port() {
    let program = |pid| Program {
        pid,
        name: "cloudflared".to_owned(),
        command: "cloudflared tunnel run".to_owned(),
        user: "root".to_owned(),
        unit: None,
        container: None,
        since: None,
    };
    let socket = |at: &str, pid: Option<u32>| Listener {
        at: ListensAt::Tcp { address: at.parse().unwrap(), only_v6: false },
        program: pid.map(program),
        waiting: 0,
        queue: 128,
    };
    let sockets = |sockets: Vec<Listener>| Listeners { sockets, ..Listeners::default() };
    let mut answer = ConnectorAnswer { running: Some(program(7)), ..ConnectorAnswer::default() };
    let at = |doors: Vec<(SocketAddr, LocalFrom)>| {
        doors.iter().map(|(at, from)| format!("{at} {from:?}")).collect::<Vec<_>>().join(", ")
    };
    let own = sockets(vec![socket("0.0.0.0:38387", Some(7)), socket("127.0.0.1:20241", Some(8))]);
    assert_eq!(at(doors(&answer, &own, true)), "127.0.0.1:38387 Listens");
    let hidden = sockets(vec![socket("127.0.0.1:20242", None), socket("127.0.0.1:80", None)]);
    assert_eq!(at(doors(&answer, &hidden, true)), "127.0.0.1:20242 Usual");
    assert_eq!(at(doors(&answer, &hidden, false)), "");
    for (metrics, door) in [
        ("localhost:9000", "127.0.0.1:9000 Setting"),
        (":9000", "127.0.0.1:9000 Setting"),
        ("0.0.0.0:9000", "127.0.0.1:9000 Setting"),
        ("localhost:0", "127.0.0.1:20242 Usual"),
        ("rubbish", "127.0.0.1:20242 Usual"),
    ] {
        answer.setup.metrics = Some(metrics.to_owned());
        assert_eq!(at(doors(&answer, &hidden, true)), door, "{metrics}");
    }
    answer.running = None;
    assert_eq!(at(doors(&answer, &own, true)), "");
}

#[test]
fn the_lines_of_the_file_go_with_what_the_connector_tells_as_long_as_they_agree() {
    let file = tunnel::read_config("/etc/cloudflared/config.yml", CONFIG);
    let mut told = file.clone();
    told.rules.iter_mut().for_each(|rule| rule.at = None);
    let answer = ConnectorAnswer::default();
    let seen = ingress(&answer, Some(&file), Some(&told), SHOP, "/").unwrap();
    assert!(seen.rule.unwrap().at.is_some());
    told.rules[0].service = "http://127.0.0.1:8001".to_owned();
    let seen = ingress(&answer, Some(&file), Some(&told), SHOP, "/").unwrap();
    assert!(seen.rule.unwrap().at.is_none());
}
