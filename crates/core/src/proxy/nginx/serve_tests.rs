//! What is told of a whole configuration: settings with their lines, upstreams, certificates, doors.

use proptest::prelude::*;

use super::tests::{Folder, layout};
use super::*;
use crate::proxy::Stated;

fn config(text: &str) -> Config {
    let mut files = Folder::of(&[("/etc/nginx/nginx.conf", text)]);
    Config::read(&mut files, layout(), &Limits::default())
}

fn serve(text: &str, door: &str, host: &str, path: &str) -> Result<Served, Unserved> {
    let door = Door::Ip(door.parse().unwrap());
    config(text).serve(&Ask { door, host: host.to_owned(), path: path.to_owned() })
}

/// `value@line`, or `value` if it is a default.
fn stated<T: std::fmt::Debug>(stated: &Stated<T>) -> String {
    let line = stated.at.as_ref().map_or(String::new(), |at| format!("@{}", at.line));
    format!("{:?}{line}", stated.value)
}

fn the_pass(served: &Served) -> &Pass {
    served.passes().next().unwrap().1
}

const SHOP: &str = r#"user www-data;
worker_processes auto;
worker_rlimit_nofile 4096;
error_log /var/log/nginx/error.log warn;
events { worker_connections 1024; }
http {
    log_format own escape=json '$remote_addr '
        '"$request"';
    access_log /var/log/nginx/access.log own if=$loggable;
    client_max_body_size 8m;
    proxy_read_timeout 5m;
    proxy_set_header Host $host;
    ssl_certificate outer.pem;
    upstream shop {
        least_conn;
        server 10.0.0.1:8000 weight=5 max_fails=3 fail_timeout=30s;
        server app.internal backup;
        server unix:/run/shop/shop.sock down;
        keepalive 16;
    }
    server {
        listen 443 ssl http2;
        listen [::]:443 ssl;
        server_name shop.example.com;
        ssl_certificate /etc/ssl/shop.pem;
        ssl_certificate /etc/ssl/shop-ec.pem;
        ssl_certificate_key /etc/ssl/shop.key;
        ssl_certificate_key shop-ec.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_verify_client on;
        set_real_ip_from 173.245.48.0/20;
        real_ip_header CF-Connecting-IP;
        allow 173.245.48.0/20;
        deny all;
        error_page 502 504 =503 /sorry.html;
        location / {
            proxy_pass https://shop;
            proxy_connect_timeout 3s;
            proxy_buffer_size 16k;
            proxy_buffers 4 32k;
            proxy_ssl_server_name on;
            proxy_ssl_name $host;
            proxy_ssl_verify on;
            error_log logs/shop.log;
            error_log syslog:server=127.0.0.1 info;
        }
        location /api/ {
            access_log off;
            proxy_set_header X-Api yes;
            proxy_pass http://127.0.0.1:3000;
            allow all;
        }
        location ~ \.php$ { fastcgi_pass unix:/run/php/fpm.sock; fastcgi_read_timeout 300; }
        location /old { proxy_pass http://$http_x_backend; }
        location /lua { content_by_lua_block { ngx.say("}") } }
        location /dyn { set $b app.internal:80; proxy_pass http://$b; }
    }
}
"#;

#[test]
fn settings_come_from_the_innermost_level_with_their_lines() {
    let served = serve(SHOP, "127.0.0.1:443", "shop.example.com", "/").unwrap();
    assert!(served.is_certain());
    assert_eq!(served.server.at.line, 21);
    assert_eq!(served.name_at.as_ref().unwrap().line, 24);
    assert!(served.listener.tls && served.listener.http2 && !served.listener.proxy_protocol);
    let route = served.route().unwrap();
    assert_eq!(route.location.as_ref().unwrap().label, "/");
    assert_eq!(stated(&route.client.max_body_size), "8388608@10");
    assert_eq!(stated(&route.client.keepalive_timeout), "75s");
    let errors: Vec<_> = route
        .logs
        .errors
        .iter()
        .map(|log| format!("{} {}", stated(&log.path), log.level))
        .collect();
    assert_eq!(
        errors,
        ["\"/usr/local/nginx/logs/shop.log\"@44 error", "\"syslog:server=127.0.0.1\"@45 info"]
    );
    let access = &route.logs.accesses[0];
    assert_eq!(stated(access.form.as_ref().unwrap()), r#""$remote_addr \"$request\""@7"#);
    assert_eq!(access.only_if.as_deref(), Some("$loggable"));
    assert_eq!(stated(route.access.address_header.as_ref().unwrap()), "\"CF-Connecting-IP\"@32");
    assert_eq!(route.error_pages[0].statuses, [502, 504]);
    assert_eq!(route.error_pages[0].tells, Some(503));
    let api = serve(SHOP, "127.0.0.1:443", "shop.example.com", "/api/x").unwrap();
    assert!(api.route().unwrap().logs.accesses.is_empty());
    assert_eq!(stated(&api.route().unwrap().logs.errors[0].path), "\"/var/log/nginx/error.log\"@4");
}

#[test]
fn rules_on_addresses_are_those_of_one_level_and_the_first_decides() {
    let served = serve(SHOP, "127.0.0.1:443", "shop.example.com", "/").unwrap();
    let access = &served.route().unwrap().access;
    let edge = "173.245.48.9".parse().unwrap();
    assert!(matches!(access.rules_on(edge), Ruling::Allowed(Some(rule)) if rule.at.line == 33));
    let other = "198.51.100.9".parse().unwrap();
    assert!(matches!(access.rules_on(other), Ruling::Denied(rule) if rule.at.line == 34));
    let api = serve(SHOP, "127.0.0.1:443", "shop.example.com", "/api/x").unwrap();
    let rules = &api.route().unwrap().access.rules;
    assert_eq!(rules.len(), 1);
}

#[test]
fn certificates_stand_with_their_keys() {
    let served = serve(SHOP, "[::1]:443", "shop.example.com", "/").unwrap();
    let tls = served.tls.unwrap();
    let pairs: Vec<_> = tls
        .certificates
        .iter()
        .map(|pair| format!("{} {}", stated(&pair.certificate), stated(pair.key.as_ref().unwrap())))
        .collect();
    assert_eq!(
        pairs,
        [
            "\"/etc/ssl/shop.pem\"@25 \"/etc/ssl/shop.key\"@27",
            "\"/etc/ssl/shop-ec.pem\"@26 \"/etc/nginx/shop-ec.key\"@28"
        ]
    );
    assert_eq!(stated(&tls.protocols.unwrap()), "[\"TLSv1.2\", \"TLSv1.3\"]@29");
    assert_eq!(stated(&tls.verify_client), "\"on\"@30");
    assert_eq!(stated(&tls.reject_handshake), "false");
}

#[test]
fn an_upstream_is_told_with_its_members_and_how_it_is_asked() {
    let served = serve(SHOP, "127.0.0.1:443", "Shop.example.com", "/a?b").unwrap();
    let pass = the_pass(&served);
    assert_eq!((pass.speaks, pass.at.line), (Speaks::Https, 37));
    assert_eq!(pass.path.as_deref(), Some("/a?b"));
    assert_eq!(stated(pass.host.as_ref().unwrap()), "\"shop.example.com\"@12");
    let Peers::Group(group) = &pass.peers else { panic!("{pass:?}") };
    let members: Vec<_> = group
        .members
        .iter()
        .map(|m| format!("{} {} {} {} {}", m.address, m.weight, m.max_fails, m.down, m.backup))
        .collect();
    // 80, although TLS is spoken: what nginx does.
    assert_eq!(
        members,
        [
            "10.0.0.1:8000 5 3 false false",
            "app.internal:80 1 1 false true",
            "unix:/run/shop/shop.sock 1 1 true false"
        ]
    );
    assert_eq!(group.members[0].fail_timeout.as_secs(), 30);
    assert_eq!(stated(group.keepalive.as_ref().unwrap()), "16@19");
    assert_eq!(stated(group.balance.as_ref().unwrap()), "\"least_conn\"@15");
    let tls = pass.tls.as_ref().unwrap();
    assert_eq!(tls.sni.as_deref(), Some("shop.example.com"));
    assert_eq!(stated(&tls.verifies), "true@43");
    assert_eq!(stated(&pass.limits.connect_timeout), "3s@38");
    assert_eq!(stated(&pass.limits.read_timeout), "300s@11");
    assert_eq!(stated(&pass.limits.send_timeout), "60s");
    assert_eq!(stated(&pass.limits.buffer_size), "16384@39");
    assert_eq!(stated(pass.limits.buffers.as_ref().unwrap()), "(4, 32768)@40");
}

#[test]
fn headers_replace_those_of_outer_levels_all_at_once() {
    let served = serve(SHOP, "127.0.0.1:443", "shop.example.com", "/api/").unwrap();
    let pass = the_pass(&served);
    assert_eq!(stated(pass.host.as_ref().unwrap()), "\"127.0.0.1:3000\"");
    assert!(pass.tls.is_none());
}

#[test]
fn what_only_the_request_tells_is_not_guessed() {
    let at = |path| serve(SHOP, "127.0.0.1:443", "shop.example.com", path).unwrap();
    let old = at("/old");
    let unknown = Peers::Unknown { variables: vec!["$http_x_backend".to_owned()] };
    assert_eq!(the_pass(&old).peers, unknown);
    assert_eq!(the_pass(&old).path, None);
    let lua = at("/lua");
    let LeadsTo::Unknown { what, at: place } = &lua.route().unwrap().leads_to else {
        panic!("{lua:?}")
    };
    assert_eq!((what.as_str(), place.line), ("content_by_lua_block", 55));
    let php = at("/x.php");
    assert_eq!(the_pass(&php).speaks, Speaks::Fastcgi);
    assert_eq!(the_pass(&php).peers.addresses()[0].to_string(), "unix:/run/php/fpm.sock");
    assert_eq!(stated(&the_pass(&php).limits.read_timeout), "300s@53");
    let dynamic = at("/dyn");
    assert_eq!(the_pass(&dynamic).peers.addresses()[0].to_string(), "app.internal:80");
    assert!(dynamic.route().unwrap().notes[0].text.contains("no `resolver`"));
}

#[test]
fn what_holds_for_nginx_as_a_whole() {
    let process = config(SHOP).process();
    assert_eq!(stated(&process.user), "\"www-data\"@1");
    assert_eq!(stated(&process.workers), "\"auto\"@2");
    assert_eq!(stated(&process.worker_connections), "1024@5");
    assert_eq!(stated(&process.worker_files.unwrap()), "4096@3");
    assert_eq!(stated(&process.pid), "\"/usr/local/nginx/logs/nginx.pid\"");
    assert_eq!(process.errors[0].level, "warn");
}

#[test]
fn a_php_site_leads_to_its_app_first() {
    let text = r"http { server { root /var/www; index index.php index.html;
        location / { try_files $uri $uri/ /index.php?$args; }
        location ~ \.php$ { try_files $uri =404; fastcgi_pass 127.0.0.1:9000; } } }";
    for path in ["/", "/2024/post"] {
        let served = serve(text, "127.0.0.1:80", "x.example", path).unwrap();
        assert!(!served.is_certain());
        assert_eq!(the_pass(&served).written, "127.0.0.1:9000");
        assert!(matches!(served.routes[0].leads_to, LeadsTo::Pass(_)), "{:#?}", served.routes);
        assert!(served.routes.len() <= 6, "{}", served.routes.len());
    }
}

#[test]
fn secrets_in_conditions_are_not_repeated() {
    let text = r#"http { server {
        if ($http_x_key != "hunter2") { return 403; }
        location / { if ($cookie_sid ~ "s3cret") { return 404; } proxy_pass http://127.0.0.1:1; } } }"#;
    let served = serve(text, "127.0.0.1:80", "x.example", "/").unwrap();
    let told = serde_json::to_string(&served).unwrap();
    assert!(!told.contains("hunter2") && !told.contains("s3cret"), "{told}");
    assert!(told.contains("`$http_x_key != …` holds"), "{told}");
}

#[test]
fn doors_without_a_server_say_what_is_known() {
    let text = "stream { server { listen 443; proxy_pass 127.0.0.1:8443; } }
        http { server { listen name.internal:8080; } server { listen 127.0.0.1:80; } }";
    let Err(Unserved::Stream { proxy_pass, .. }) = serve(text, "127.0.0.1:443", "x", "/") else {
        panic!()
    };
    assert_eq!(stated(&proxy_pass.unwrap()), "\"127.0.0.1:8443\"@1");
    let Err(Unserved::NobodyListens { perhaps }) = serve(text, "127.0.0.1:8080", "x", "/") else {
        panic!()
    };
    assert_eq!(perhaps[0].address.to_string(), "name.internal:8080");
    let elsewhere = serve(text, "203.0.113.7:80", "x", "/");
    assert_eq!(elsewhere, Err(Unserved::NobodyListens { perhaps: vec![] }));
    assert_eq!(serve(text, "127.0.0.1:80", "x", "/%zz"), Err(Unserved::PathRefused));
}

#[test]
fn a_name_that_another_server_has_is_told() {
    let text = "http { server { listen 80; server_name a.test; }
        server { listen 80; server_name b.test a.test; } server { server_name .test; } }";
    let config = config(text);
    let ask = |host: &str| {
        let door = Door::Ip("127.0.0.1:80".parse().unwrap());
        config.serve(&Ask { door, host: host.to_owned(), path: "/".to_owned() }).unwrap()
    };
    assert!(ask("b.test").notes.is_empty());
    let served = ask("a.test");
    assert_eq!(served.server.at.line, 1);
    assert!(served.notes[0].text.contains("`a.test`"), "{:?}", served.notes);
    assert_eq!(served.notes[0].at.as_ref().unwrap().line, 2);
    let named: Vec<_> = config.named("A.test:80").iter().map(|block| block.at.line).collect();
    assert_eq!(named, [1, 2, 2]);
}

#[test]
fn fifty_thousand_servers_are_read_and_asked() {
    let mut text = String::from("http {\n");
    for number in 0..50_000 {
        text.push_str(&format!(
            "server {{ listen 80; server_name s{number}.example; location / {{ proxy_pass http://127.0.0.1:80; }} }}\n"
        ));
    }
    text.push('}');
    let served = serve(&text, "127.0.0.1:80", "s49999.example", "/").unwrap();
    assert_eq!((served.server.at.line, served.listener.servers), (50_001, 50_000));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_configuration_is_asked_without_panic(
        words in proptest::collection::vec(
            prop::sample::select(vec![
                "server {", "location", "~", "^~", "=", "/", "/a/", "@n {", "{", "}", ";", "; }",
                "listen", "80", "[::]:80", "unix:/x", "server_name", "*.a", ".a", "a.*", "~^(.)$",
                "try_files", "$uri", "$uri/", "=404", "@n", "/a", "rewrite", "^/(.*)$", "$1", "last",
                "break", "if", "($host", "a)", "return", "444", "set", "$x", "${x}", "proxy_pass",
                "http://$x", "https://u/", "http://unix:/x:/y", "upstream u {", "map $x $y {", "$",
                "default", "index", "internal;", "fastcgi_pass", "\"", "'", "\\", "é", "root", "alias",
            ]),
            0..60,
        ),
        host in "[a.:\\[\\]é]{0,6}",
        path in "/?[a/.%?#é0-9]{0,8}",
    ) {
        let text = format!("http {{ server {{ {} ", words.join(" "));
        let config = config(&text);
        for door in ["127.0.0.1:80", "[::1]:80"] {
            let door = Door::Ip(door.parse().unwrap());
            let served = config.serve(&Ask { door, host: host.clone(), path: path.clone() });
            if let Ok(served) = served {
                prop_assert!(!served.routes.is_empty() && served.routes.len() <= 24);
            }
        }
        let _ = (config.process(), config.named(&host));
    }
}
