//! What a connector tells, against captures of release 2026.8.2 (2026-11-22).

use super::*;
use crate::proxy::nginx::Speaks;

const SHOP: &str = "shop.example.test";

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn rules(yaml: &str) -> Config {
    read_config("/etc/cloudflared/config.yml", yaml)
}

fn file() -> IngressFrom {
    IngressFrom::File { path: "/etc/cloudflared/config.yml".to_owned(), told: false }
}

/// The rule that answers: its number, whether it is the last resort, and what is near.
fn answers(yaml: &str, host: &str, path: &str) -> String {
    let told = look_up(&rules(yaml), file(), host, path);
    let rule = told.rule.map_or("none".to_owned(), |rule| {
        let last = if rule.is_last_resort { " as the last resort" } else { "" };
        format!("{}{last}", rule.number)
    });
    let near = told.near.map_or(String::new(), |near| format!(", near {:?}", near.why));
    format!("{rule}{near}")
}

const GOOD: &str = "tunnel: 00000000-0000-4000-8000-0000000000aa\n\
    credentials-file: /etc/cloudflared/t.json\n\
    originRequest:\n  connectTimeout: 10s\n\
    ingress:\n\
    - hostname: shop.example.test\n  path: ^/api/.*\n  service: http://127.0.0.1:8001\n\
    - hostname: shop.example.test\n  service: https://localhost:8443\n  originRequest:\n    \
      originServerName: inner.example.test\n    noTLSVerify: true\n\
    - hostname: \"*.wild.example.test\"\n  service: unix:/run/shop.sock\n\
    - service: http_status:404\n";

#[test]
fn finding_1_ha_connections_is_not_how_many_are_up() {
    // One is ready, and the metric says 4; the colo of a lost one stays.
    let counters = read_metrics(include_bytes!("samples/metrics-doubled-http2.txt")).unwrap();
    assert_eq!((counters.registered, counters.doubled, counters.refused), (1, 3, 0));
    let diag = read_diag(include_bytes!("samples/diag-one.json")).unwrap();
    let local = Local {
        address: "127.0.0.1:20241".parse().unwrap(),
        from: LocalFrom::Listens,
        ready: Heard::Silent,
        metrics: Heard::Said(counters),
        diag: Heard::Said(diag),
    };
    let connector = ConnectorAnswer { local: Some(local), ..ConnectorAnswer::default() };
    assert_eq!(connector.ready_connections(), Some(1));
    assert!(connector.over_http2());
    let gone = read_metrics(include_bytes!("samples/metrics-edge-gone.txt")).unwrap();
    assert_eq!((gone.registered, gone.refused, gone.calls_failed), (5, 0, 0));
}

#[test]
fn finding_2_a_refusal_that_quic_hides_is_counted() {
    let counters = read_metrics(include_bytes!("samples/metrics-refused-quic.txt")).unwrap();
    assert_eq!((counters.registered, counters.refused, counters.calls_failed), (0, 4, 4));
    assert_eq!(counters.version.as_deref(), Some("2026.8.2"));
    assert_eq!((counters.open_files, counters.most_files), (Some(11), Some(20_000)));
}

#[test]
fn finding_3_the_stock_unit_waits_fifteen_seconds_for_a_sign_of_readiness() {
    let text = "[Unit]\nDescription=Cloudflare Tunnel client\n[Service]\nTimeoutStartSec=15\n\
        Type=notify\nExecStart=/usr/bin/cloudflared --no-autoupdate tunnel run --token-file \
        /etc/cloudflared/token\nRestart=on-failure\nRestartSec=5s\n[Install]\nType=odd\n";
    let unit = read_unit_file("/etc/systemd/system/cloudflared.service", &[text]);
    assert_eq!(unit.kind.as_deref(), Some("notify"));
    assert_eq!(unit.start_timeout_s, Some(15));
    assert!(is_connector(&unit.words));
    let told = setup(&unit.words, &unit.env, None);
    assert_eq!(told.token, Some(TokenFrom::File { path: "/etc/cloudflared/token".to_owned() }));
    assert_eq!(told.protocol, None);
    assert!(!told.updates_itself);
    let drop_in = "[Service]\nEnvironment=\"TUNNEL_TRANSPORT_PROTOCOL=http2\" A=b\n\
        TimeoutStartSec=2min\n";
    let unit = read_unit_file("x", &[text, drop_in]);
    assert_eq!(unit.start_timeout_s, Some(120));
    assert_eq!(setup(&unit.words, &unit.env, None).protocol.as_deref(), Some("http2"));
}

#[test]
fn finding_6_an_error_of_cloudflared_s_own_is_not_among_those_of_the_service() {
    let counters = read_metrics(include_bytes!("samples/metrics-connected-quic.txt")).unwrap();
    let told = (counters.requests, counters.request_errors, counters.service_errors);
    assert_eq!(told, (45, 30, 2));
}

#[test]
fn finding_7_keep_alive_is_longer_than_that_of_many_apps_unless_it_is_stated() {
    let config = rules(GOOD);
    assert_eq!(config.rules[0].request.keep_alive_s, None);
    let stated = GOOD.replace("connectTimeout: 10s", "keepAliveTimeout: 1m30s");
    assert_eq!(rules(&stated).rules[0].request.keep_alive_s, Some(90));
    let told = read_remote(include_bytes!("samples/config-remote.json")).unwrap();
    assert_eq!(told.rules[0].request.keep_alive_s, Some(90));
}

#[test]
fn finding_8_only_connecting_has_a_limit() {
    assert_eq!(rules(GOOD).rules[0].request.connect_timeout_s, Some(10));
}

#[test]
fn finding_10_a_configuration_that_validates_may_fail_all_the_same() {
    let table = [
        // (yaml, what is wrong, refused at the start, told by `ingress validate`)
        ("ingress:\n- service: http://127.0.0.1:99999\n", "has no such port", false, false),
        ("ingress:\n- service: ftp://127.0.0.1:21\n", "ftp:// is taken for raw TCP", false, false),
        (
            "ingress:\n- service: http://127.0.0.1:80\n  originrequest:\n    noTLSVerify: true\n",
            "the key originrequest of a rule is passed over",
            false,
            true,
        ),
        ("Ingress:\n- service: http://127.0.0.1:80\n", "it is written ingress", false, false),
        (
            "ingress:\n- hostname: a.test\n  service: http://127.0.0.1:80\n",
            "the last rule is not for all requests",
            true,
            true,
        ),
        (
            "ingress:\n- service: http://127.0.0.1\n- service: http_status:404\n",
            "stands before others",
            true,
            true,
        ),
        ("ingress:\n- service: http://127.0.0.1:80/\n", "has a path", true, true),
        ("ingress:\n- service: localhost:8000\n", "has no scheme and host", true, true),
        ("ingress:\n- hostname: x\n", "has no scheme and host", true, true),
        ("ingress:\n- service: http_status:9999\n", "9999 is no HTTP status", true, true),
        ("ingress:\n- service: http://127.0.0.1:80a\n", "is no number", true, true),
        ("ingress:\n- service: http://a b\n", "is no URL", true, true),
        (
            "ingress:\n- hostname: a.*.x\n  service: http://a\n- service: http_status:404\n",
            "has a * elsewhere",
            true,
            true,
        ),
        (
            "ingress:\n- hostname: a.x:443\n  service: http://a\n- service: http_status:404\n",
            "has a port",
            true,
            true,
        ),
        (
            "ingress:\n- path: '['\n  service: http://a\n- service: http_status:404\n",
            "no regular expression",
            true,
            true,
        ),
        (
            "originRequest:\n  connectTimeout: 30\ningress:\n- service: http://a\n",
            "connectTimeout has no unit",
            true,
            true,
        ),
        ("ingress:\n\t- service: http://a\n", "no YAML", true, true),
        ("ingress:\n- service: [http://a\n", "no YAML", true, true),
    ];
    for (yaml, says, fatal, told) in table {
        let config = rules(yaml);
        let problem = config.problems.iter().find(|problem| problem.says.contains(says));
        let problem = problem.unwrap_or_else(|| panic!("{yaml}: {:?}", config.problems));
        assert_eq!((problem.fatal, problem.told), (fatal, told), "{yaml}");
        assert!(problem.at.is_some() || yaml.contains('['), "{yaml}: {problem:?}");
    }
    for fine in [
        GOOD,
        "ingress:\n- service: unix:/run/shop.sock\n",
        "ingress:\n- service: ssh://127.0.0.1:22\n",
        "ingress:\n- service: tcp://127.0.0.1:9\n",
        "tunnel: x\nwarp-routing:\n  enabled: true\n",
        "",
    ] {
        assert_eq!(rules(fine).problems, [], "{fine}");
    }
    // Case counts.
    let shouted = GOOD.replace("hostname: shop", "hostname: Shop");
    assert_eq!(answers(&shouted, SHOP, "/"), "3 as the last resort, near Case");
}

#[test]
fn a_file_that_is_no_yaml_still_names_its_tunnel() {
    let id = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
    let broken = "ingress:\n\t- service: http://a\n";
    for (head, named) in [
        (format!("tunnel: {id}\n"), Some(id)),
        (format!("tunnel: \"{id}\" # the shop\n"), Some(id)),
        (format!("tunnel: {id}\ntunnel: {}\n", id.replace('6', "7")), None),
        (format!("#tunnel: {id}\n"), None),
        (format!("  tunnel: {id}\n"), None),
        ("tunnel: shop\n".to_owned(), None),
    ] {
        let config = rules(&format!("{head}{broken}"));
        assert_eq!(config.key("tunnel").as_deref(), named, "{head}");
        assert_eq!(config.rules, []);
    }
}

#[test]
fn finding_11_a_token_s_file_is_there_or_not_and_never_kept() {
    let token = |json: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(json)
    };
    let uuid = "00000000-0000-4000-8000-0000000000aa";
    let good = token(&format!(r#"{{"a":"acc","s":"c2VjcmV0","t":"{uuid}"}}"#));
    assert_eq!(read_token(format!(" {good}\n").as_bytes()), Held::Good);
    assert_eq!(read_token(b"\n"), Held::Empty);
    for (bad, why) in [
        (good.trim_end_matches('=')[..good.len() - 3].to_owned(), "not base64"),
        (format!("\"{good}\""), "not base64"),
        (format!("cloudflared service install {good}"), "not base64"),
        (token("not json"), "no JSON object"),
        (token(r#"{"a":"acc","s":"x"}"#), "names no tunnel"),
        (token(r#"{"a":"acc","s":"x","t":"nope"}"#), "id is none"),
    ] {
        let Held::Malformed { why: told } = read_token(bad.as_bytes()) else { panic!("{bad}") };
        assert!(told.contains(why), "{bad}: {told}");
        assert!(read_token(bad.as_bytes()).is_useless());
    }
    let credentials = format!(r#"{{"AccountTag":"a","TunnelSecret":"s","TunnelID":"{uuid}"}}"#);
    assert_eq!(read_credentials(credentials.as_bytes()), Held::Good);
    assert_eq!(read_credentials(b""), Held::Empty);
    for bad in ["{nope", "-----BEGIN ARGO TUNNEL TOKEN-----", "{}", "[]"] {
        assert!(read_credentials(bad.as_bytes()).is_useless(), "{bad}");
    }
}

#[test]
fn command_lines_are_understood_wherever_their_flags_stand() {
    let line = "/usr/bin/cloudflared --no-autoupdate tunnel --metrics=127.0.0.1:9 --protocol http2 \
        run --token s3cret-t0ken-of-this-very-tunnel";
    let told = setup(&words(line), &[], None);
    assert_eq!(told.token, Some(TokenFrom::CommandLine));
    assert_eq!(told.metrics.as_deref(), Some("127.0.0.1:9"));
    assert_eq!(told.protocol.as_deref(), Some("http2"));
    assert!(!format!("{told:?}").contains("s3cret"));
    let env = [("TUNNEL_TOKEN", "s3cret"), ("HTTP_PROXY", "http://u:s3cret@proxy.internal:3128")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let told = setup(&words("cloudflared tunnel run"), &env, None);
    assert_eq!(told.token, Some(TokenFrom::Environment));
    assert_eq!(told.proxy.as_deref(), Some("http://proxy.internal:3128"));
    assert!(told.updates_itself && !format!("{told:?}").contains("s3cret"));
    // The command line wins over the file, and the file over nothing.
    let config = rules("protocol: http2\nmetrics: 127.0.0.1:7\ntunnel: mine\n");
    let told = setup(&words("cloudflared tunnel --protocol quic run"), &[], Some(&config));
    assert_eq!(told.protocol.as_deref(), Some("quic"));
    assert_eq!(told.metrics.as_deref(), Some("127.0.0.1:7"));
    assert!(told.tunnel);
    for (line, connects) in [
        ("cloudflared tunnel run shop", true),
        ("/opt/cloudflared-linux-amd64 tunnel --url http://localhost:1", true),
        ("cloudflared --config /etc/x.yml tunnel run", true),
        ("cloudflared tunnel --metrics 127.0.0.1:20241 ready", false),
        ("cloudflared tunnel info shop", false),
        ("cloudflared update", false),
        ("cloudflared access ssh --hostname a.test", false),
        ("/bin/bash -c cloudflared tunnel run", false),
        ("", false),
    ] {
        assert_eq!(is_connector(&words(line)), connects, "{line}");
    }
}

#[test]
fn rules_are_tried_from_the_top_as_cloudflared_tries_them() {
    for (host, path, rule) in [
        (SHOP, "/api/cart", "0"),
        (SHOP, "/cart?next=/api/", "1"),
        ("a.wild.example.test", "/", "2"),
        ("a.b.wild.example.test", "/", "2"),
        ("wild.example.test", "/", "3 as the last resort, near Apex"),
        ("www.shop.example.test", "/", "3 as the last resort, near Www"),
        ("other.example.test", "/", "3 as the last resort"),
    ] {
        assert_eq!(answers(GOOD, host, path), rule, "{host}{path}");
    }
    let odd = "ingress:\n- hostname: b\u{fc}cher.example\n  path: api\n  service: http://a\n\
        - service: hello_world\n";
    assert_eq!(answers(odd, "xn--bcher-kva.example", "/v1/api/x"), "0");
    assert_eq!(answers(odd, "xn--bcher-kva.example", "/v1"), "1 as the last resort, near Path");
    assert_eq!(answers("tunnel: x\n", SHOP, "/"), "none");
    let rule = look_up(&rules(GOOD), file(), SHOP, "/").rule.unwrap();
    assert_eq!(rule.at.unwrap().to_string(), "/etc/cloudflared/config.yml:9");
}

#[test]
fn a_service_is_asked_as_cloudflared_asks_it() {
    let asked = |service: &str, request: &OriginRequest| {
        let told = Service::read(service).unwrap().asked(request, SHOP, "/cart?id=7");
        told.map_or("not asked".to_owned(), |asked| {
            let tls = asked.speaks == Speaks::Https;
            let sni = asked.sni.unwrap_or("-".to_owned());
            let host = asked.host.unwrap();
            assert_eq!(asked.path, "/cart?id=\u{2026}");
            format!("{} {tls} {host} {sni} {}", asked.to, asked.verifies)
        })
    };
    let plain = OriginRequest::default();
    for (service, told) in [
        ("http://127.0.0.1:8000", "127.0.0.1:8000 false shop.example.test - false"),
        ("https://localhost:8443", "localhost:8443 true shop.example.test localhost true"),
        ("http://[::1]:8000", "[::1]:8000 false shop.example.test - false"),
        ("http://app_1", "app_1:80 false shop.example.test - false"),
        ("unix:/run/shop.sock", "unix:/run/shop.sock false shop.example.test - false"),
        ("tcp://127.0.0.1:9", "not asked"),
        ("http_status:404", "not asked"),
        ("hello_world", "not asked"),
        ("http://127.0.0.1:99999", "not asked"),
    ] {
        assert_eq!(asked(service, &plain), told);
    }
    let request = OriginRequest {
        host_header: Some("inner.test".to_owned()),
        match_sni: true,
        no_tls_verify: true,
        ..plain.clone()
    };
    assert_eq!(
        asked("https://127.0.0.1", &request),
        "127.0.0.1:443 true inner.test shop.example.test false"
    );
    let request = OriginRequest { server_name: Some("cert.test".to_owned()), ..request };
    assert_eq!(
        asked("https://127.0.0.1", &request),
        "127.0.0.1:443 true inner.test cert.test false"
    );
}

#[test]
fn what_the_connector_tells_of_its_rules_is_local_or_kept_at_cloudflare() {
    let local = read_remote(include_bytes!("samples/config-local.json")).unwrap();
    assert_eq!(local.version, None);
    let told = look_up(&local, file(), "tls-match-sni.example.test", "/");
    assert!(told.names_site && told.rule.unwrap().request.match_sni);
    let remote = read_remote(include_bytes!("samples/config-remote.json")).unwrap();
    assert_eq!((remote.version, remote.rules.len()), (Some(1), 2));
    let told = look_up(&remote, IngressFrom::Remote { version: 1 }, "app.example.test", "/");
    assert!(told.names_site && told.rule.is_some_and(|rule| rule.at.is_none()));
    for odd in ["", "{}", "[1]", "{\"version\":1}", "<html>"] {
        assert!(read_remote(odd.as_bytes()).is_none(), "{odd}");
    }
}

#[test]
fn absent_fields_of_the_diagnosis_are_go_s_zeros() {
    let quic = read_diag(include_bytes!("samples/diag-quic.json")).unwrap();
    assert_eq!(quic.connections.len(), 4);
    assert!(quic.connections.iter().all(|one| one.quic));
    let http2 = read_diag(include_bytes!("samples/diag-http2.json")).unwrap();
    let indexes: Vec<u32> = http2.connections.iter().map(|one| one.index).collect();
    assert_eq!(indexes, [0, 1, 2, 3]);
    assert!(!http2.connections.iter().any(|one| one.quic));
    assert_eq!(read_diag(include_bytes!("samples/diag-none.json")).unwrap().connections, []);
    let ready = read_ready(include_bytes!("samples/ready-up.json")).unwrap();
    assert_eq!((ready.status, ready.connections), (200, 4));
    let ready = read_ready(include_bytes!("samples/ready-none.json")).unwrap();
    assert_eq!((ready.status, ready.connections), (503, 0));
    for odd in ["", "OK\n", "{}", "{\"readyConnections\":-1}", "[[[["] {
        assert!(read_ready(odd.as_bytes()).is_none() && read_diag(odd.as_bytes()).is_none());
        assert!(read_metrics(odd.as_bytes()).is_none());
    }
}

#[test]
fn hostile_files_and_replies_are_read_in_bounds() {
    let deep = "[".repeat(100_000);
    let many = format!("ingress:\n{}", "- service: http://a\n".repeat(20_000));
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n\
        c: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n\
        e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\n\
        g: [*f,*f,*f,*f,*f,*f,*f,*f]\n";
    for text in [deep.as_str(), &many, bomb, "- - - \u{1b}[31m", "? x\n: y", "a: !!binary x"] {
        let config = rules(text);
        assert!(config.rules.len() <= 5_000 && config.problems.len() <= 20);
    }
    let metrics = "cloudflared_x{a=\"\n} NaN\ncloudflared_tunnel_request_errors 1e999\n";
    assert_eq!(read_metrics(metrics.as_bytes()), Some(Counters::default()));
    assert_eq!(read_token(&[0xff; 100_000]), read_token(b"\xff"));
}

#[test]
fn the_answer_survives_being_kept() {
    let ingress = look_up(&rules(GOOD), file(), SHOP, "/");
    let local = Local {
        address: "127.0.0.1:20241".parse().unwrap(),
        from: LocalFrom::Usual,
        ready: Heard::Said(Ready { status: 503, connections: 0 }),
        metrics: Heard::Odd { status: Some(404) },
        diag: Heard::Said(Diag::default()),
    };
    let answer = ConnectorAnswer {
        ingress: Some(ingress),
        local: Some(local),
        token: Some(SecretFile { path: "/t".to_owned(), held: Held::Missing }),
        ..ConnectorAnswer::default()
    };
    let kept = serde_json::to_string(&answer).unwrap();
    assert_eq!(serde_json::from_str::<ConnectorAnswer>(&kept).unwrap(), answer);
    let old: ConnectorAnswer = serde_json::from_str(r#"{"running":null}"#).unwrap();
    assert_eq!(old, ConnectorAnswer::default());
}
