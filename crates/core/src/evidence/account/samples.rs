//! Answers of the API as it gives them, read as they come. Made up after the official schema and SDKs.

use serde::de::DeserializeOwned;

use super::*;

fn read<T: DeserializeOwned>(bytes: &str) -> T {
    serde_json::from_str(bytes).unwrap()
}

#[test]
fn a_zone_is_read_without_the_address_that_its_account_is_named_after() {
    let zone: ZoneSeen = read(
        r#"{"id":"023e105f4ecef8ad9ca31a8372d0c353","name":"example.com","status":"active","paused":false,
        "type":"full","development_mode":0,"name_servers":["bob.ns.cloudflare.com"],"original_name_servers":null,
        "modified_on":"2026-01-01T00:00:00.000000Z","owner":{"id":null,"type":"user","email":null},
        "account":{"id":"01a7362d577a6c3019a474fd6f485823","name":"Jane@example.com's Account"},
        "plan":{"id":"0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee","name":"Free Website","legacy_id":"free","price":0}}"#,
    );
    assert_eq!((zone.plan.legacy_id.as_str(), zone.kind.as_str()), ("free", "full"));
    assert_eq!((zone.account.id.len(), zone.account.name.as_str()), (32, ""));
}

#[test]
fn settings_of_every_kind_are_read() {
    let ssl: Setting = read(
        r#"{"id":"ssl","value":"full","modified_on":"2026-11-22T09:58:00.123456Z","certificate_status":"active",
        "validation_errors":[],"editable":true}"#,
    );
    assert_eq!(ssl.word(), Some("full"));
    assert!(ssl.modified_on.is_some() && ssl.editable);
    let automatic: Setting = read(
        r#"{"id":"ssl_automatic_mode","value":"auto","modified_on":null,"editable":true,"next_scheduled_scan":""}"#,
    );
    assert_eq!((automatic.modified_on, automatic.next_scheduled_scan), (None, None));
}

#[test]
fn nulls_where_values_are_expected_are_as_if_left_out() {
    let record: DnsRecord = read(
        r#"{"id":"372e67954025e0ba6aaa6d586b9e0b59","type":"CNAME","name":"shop.example.com",
        "content":"F70ff985-a4ef-4643-bbbc-4a0ed4fc8415.cfargotunnel.com","proxied":null,"ttl":1,"comment":null,
        "tags":[],"settings":{},"meta":null,"modified_on":"2026-02-30T00:00:00Z"}"#,
    );
    assert_eq!((record.proxied, record.modified_on), (false, None));
    let rule: Rule = read(
        r#"{"id":"a","action":"route","action_parameters":null,"expression":"true","description":null,
        "enabled":true,"last_updated":"2026-01-01T00:00:00Z","ref":"a","version":"1"}"#,
    );
    assert!(rule.enabled && rule.description.is_empty());
    let page: PageRule =
        read(r#"{"id":null,"status":"active","priority":null,"targets":null,"actions":null}"#);
    assert_eq!(page.priority, 0);
    let check: HealthCheck = read(
        r#"{"id":"a","name":"shop","address":"203.0.113.7","type":"HTTPS","status":"unhealthy","suspended":null,
        "failure_reason":"TCP connection failed","check_regions":null,"http_config":{"header":null}}"#,
    );
    assert_eq!((check.kind.as_str(), check.suspended), ("HTTPS", false));
    let healthy: HealthCheck = read(r#"{"status":"healthy","failure_reason":null}"#);
    assert_eq!(healthy.failure_reason, "");
    let token: TokenSeen =
        read(r#"{"id":"ed17574386854bf78a67040be0a770b0","status":"active","expires_on":null}"#);
    assert_eq!((token.kind, token.expires_on), (TokenKind::User, None));
    let pulls: OriginPulls =
        read(r#"{"hostname":"shop.example.com","cert_id":"a","enabled":null,"expires_on":""}"#);
    assert_eq!((pulls.enabled, pulls.expires_on), (None, None));
    let root: TrustStoreCertificate = read(
        r#"{"id":"a","certificate":"-----BEGIN CERTIFICATE-----","status":"active","expires_on":null}"#,
    );
    assert_eq!(root.expires_on, None);
}

#[test]
fn balancers_pools_and_their_health_are_read() {
    let balancer: LoadBalancer = read(
        r#"{"id":"699d98642c564d2e855e9661899b7252","name":"shop.example.com","enabled":true,"proxied":true,
        "default_pools":["17b5962d775c646f3f9725cbc7a53df4"],"fallback_pool":null,"region_pools":null,"ttl":null}"#,
    );
    assert_eq!((balancer.default_pools.len(), balancer.fallback_pool.as_str()), (1, ""));
    let pool: Pool = read(
        r#"{"id":"17b5962d775c646f3f9725cbc7a53df4","name":"shop","enabled":true,"healthy":false,
        "minimum_origins":1,"monitor":null,"check_regions":null,"origins":[{"name":"one","address":"203.0.113.7",
        "enabled":true,"weight":0.5,"port":0,"virtual_network_id":null,
        "header":{"Host":["shop.example.com"],"X-Secret":["hush"]}}]}"#,
    );
    assert_eq!((pool.origins[0].port, pool.healthy), (Some(0), Some(false)));
    assert_eq!(
        pool.origins[0].header.keys().collect::<Vec<_>>(),
        ["Host"],
        "others may be secrets"
    );
    let health: PoolHealth = read(
        r#"{"pool_id":"17b5962d775c646f3f9725cbc7a53df4","pop_health":{"Amsterdam, NL":{"healthy":false,
        "origins":[{"203.0.113.7":{"healthy":false,"failure_reason":"TCP connection failed","response_code":null,
        "rtt":"12.1ms"}}]}}}"#,
    );
    let seen = &health.pop_health["Amsterdam, NL"].origins[0]["203.0.113.7"];
    assert_eq!(seen.failure_reason.as_deref(), Some("TCP connection failed"));
    let nowhere: PoolHealth = read(r#"{"pool_id":"a","pop_health":null}"#);
    assert!(nowhere.pop_health.is_empty());
}

#[test]
fn tunnels_their_connectors_and_their_rules_are_read() {
    let tunnel: TunnelSeen = read(
        r#"{"id":"f70ff985-a4ef-4643-bbbc-4a0ed4fc8415","account_tag":"a","name":"shop","status":"down",
        "created_at":"2026-01-01T00:00:00Z","deleted_at":null,"conns_active_at":null,
        "conns_inactive_at":"2026-11-22T09:58:00.12Z","connections":[],"remote_config":true,"tun_type":"cfd_tunnel",
        "metadata":{},"config_src":"cloudflare"}"#,
    );
    assert!(tunnel.conns_inactive_at.is_some() && tunnel.conns_active_at.is_none());
    let connector: Connector = read(
        r#"{"id":"1bedc50d-42b3-473c-b108-ff3d10c0d925","arch":"linux_amd64","version":"2026.8.2","features":null,
        "run_at":"2026-11-22T09:58:00Z","config_version":3,"conns":[{"id":"a","colo_name":"ams07",
        "opened_at":"2026-11-22T09:58:01Z","origin_ip":"203.0.113.7","is_pending_reconnect":false,"uuid":"b"}]}"#,
    );
    assert_eq!((connector.config_version, connector.conns.len()), (Some(3), 1));
    let idle: Connector =
        read(r#"{"id":"a","conns":null,"config_version":null,"run_at":"0001-01-01T00:00:00Z"}"#);
    assert!(idle.conns.is_empty());
    let remote: TunnelConfiguration = read(
        r#"{"tunnel_id":"f70ff985-a4ef-4643-bbbc-4a0ed4fc8415","version":3,"source":"cloudflare","created_at":"x",
        "config":{"ingress":[{"hostname":"shop.example.com","service":"http://localhost:8000","originRequest":null},
        {"service":"http_status:404"}],"warp-routing":{"enabled":false}}}"#,
    );
    assert_eq!(remote.config.unwrap().ingress.len(), 2);
    let local: TunnelConfiguration =
        read(r#"{"tunnel_id":"a","version":null,"source":"local","config":null}"#);
    assert_eq!(local.config, None);
}

#[test]
fn what_is_kept_is_read_again_as_it_was() {
    let seen: TunnelSeen =
        read(r#"{"id":"a","conns_inactive_at":"2026-11-22T09:58:00Z","name":null}"#);
    let answer = AccountAnswer::Tunnels { tunnels: vec![seen] };
    let kept = serde_json::to_string(&answer).unwrap();
    assert_eq!(read::<AccountAnswer>(&kept), answer);
}
