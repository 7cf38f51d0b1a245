//! What a stage lays into an account or a zone without asking the API for it: tunnels that are connected or not,
//! pools whose origins are well or not, checks that fail, counts, earlier changes.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::asked::time;
use super::operations::{audit, healthchecks, origin_pulls, pools, trust_store, tunnels};
use super::state::{Account, LONG_AGO, State, Zone};
use super::{graphql, ids};

/// A tunnel, told from afar unless said otherwise, which never ran.
#[derive(Debug, Clone)]
pub struct Tunnel {
    thing: Value,
}

impl Tunnel {
    /// One of this name; its id and its secret are made from it.
    #[must_use]
    pub fn new(name: &str) -> Tunnel {
        // A secret of 32 bytes, in base64, of what is no secret.
        let secret = "bGFiLXNlY3JldC1sYWItc2VjcmV0LWxhYi1zZWNyZXQ=";
        Tunnel {
            thing: json!({
                "id": ids::uuid(&format!("tunnel {name}")), "name": name, "created_at": LONG_AGO,
                "deleted_at": null, "conns_active_at": null, "conns_inactive_at": null,
                "config_src": "cloudflare", "tun_type": "cfd_tunnel", "metadata": {},
                "lab_secret": secret, "lab_connectors": [], "lab_config": null, "lab_version": 0,
            }),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> String {
        self.thing["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The same, configured on its machine.
    #[must_use]
    pub fn local(mut self) -> Tunnel {
        self.thing["config_src"] = json!("local");
        self
    }

    /// The same with these rules, told from afar.
    #[must_use]
    pub fn leading(mut self, ingress: &Value) -> Tunnel {
        self.thing["lab_config"] = json!({"ingress": ingress, "originRequest": {}});
        self.thing["lab_version"] = json!(1);
        self
    }

    /// The same with one more connector of so many connections, since a time; four connections are healthy.
    #[must_use]
    pub fn connected(mut self, connections: usize, at: Timestamp) -> Tunnel {
        let number = self.thing["lab_connectors"].as_array().map_or(0, Vec::len);
        let id = ids::uuid(&format!("connector {number} of {}", self.id()));
        let conns: Vec<Value> = (0..connections)
            .map(|one| {
                let own = ids::uuid(&format!("connection {one} of {id}"));
                let colo = ["ams07", "fra03", "ams12", "fra08"][one % 4];
                json!({
                    "id": own, "uuid": own, "client_id": id, "client_version": "2026.11.0",
                    "colo_name": colo, "is_pending_reconnect": false, "opened_at": time(at),
                    "origin_ip": "203.0.113.9",
                })
            })
            .collect();
        let connector = json!({
            "id": id, "arch": "linux_amd64", "version": "2026.11.0", "run_at": time(at),
            "features": ["allow_remote_config", "serialized_headers", "ha-origin"],
            "config_version": self.thing["lab_version"], "conns": conns,
        });
        if let Some(connectors) = self.thing["lab_connectors"].as_array_mut() {
            connectors.push(connector);
        }
        self.thing["conns_active_at"] = json!(time(at));
        self.thing["conns_inactive_at"] = Value::Null;
        self
    }

    /// The same, without connections since a time.
    #[must_use]
    pub fn down(mut self, since: Timestamp) -> Tunnel {
        self.thing["lab_connectors"] = json!([]);
        self.thing["conns_inactive_at"] = json!(time(since));
        self
    }

    /// The same, deleted at a time.
    #[must_use]
    pub fn deleted(mut self, at: Timestamp) -> Tunnel {
        self.thing["lab_connectors"] = json!([]);
        self.thing["deleted_at"] = json!(time(at));
        self
    }

    /// The connectors' ids.
    #[must_use]
    pub fn connectors(&self) -> Vec<String> {
        let all = self.thing["lab_connectors"].as_array().into_iter().flatten();
        all.filter_map(|connector| connector["id"].as_str().map(str::to_owned)).collect()
    }
}

impl State {
    /// The same with a tunnel of the first account.
    #[must_use]
    pub fn with_tunnel(mut self, tunnel: Tunnel) -> State {
        if let Some(account) = self.accounts.first_mut() {
            account.lay_tunnel(tunnel);
        }
        self
    }
}

impl Account {
    /// Lays a tunnel, in place of one of the same id.
    pub fn lay_tunnel(&mut self, tunnel: Tunnel) {
        let shelf = self.shelf(tunnels::SHELF);
        shelf.retain(|other| other["id"] != tunnel.thing["id"]);
        shelf.push(tunnel.thing);
    }

    /// Lays a pool of origins (name and address), all of them failing for this reason or well: its id.
    pub fn lay_pool(
        &mut self,
        name: &str,
        origins: &[(&str, &str)],
        failure: Option<&str>,
    ) -> String {
        let id = ids::hex(&format!("pool {name}"));
        let origins: Vec<Value> = origins
            .iter()
            .map(|(name, address)| {
                json!({"name": name, "address": address, "enabled": true, "weight": 1, "header": {}})
            })
            .collect();
        let pool = json!({
            "id": id, "name": name, "description": "", "enabled": true, "minimum_origins": 1,
            "origins": origins, "check_regions": null, "notification_email": "",
            "networks": ["cloudflare"], "created_on": LONG_AGO, "modified_on": LONG_AGO,
        });
        let health =
            json!({"id": id, "pop_health": {"Amsterdam, NL": pools::place(&pool, failure)}});
        self.shelf(pools::POOLS).push(pool);
        self.shelf(pools::HEALTH).push(health);
        id
    }

    /// Lays an entry of the audit log: `change_setting`, the zone's name, what it is about, before and after.
    pub fn lay_change(
        &mut self,
        at: Timestamp,
        action: &str,
        (zone, subject): (&str, &str),
        (before, after): (&str, &str),
    ) {
        let owner = self.id.clone();
        let resource = match action {
            "change_setting" => "zone.settings",
            _ if action.starts_with("rec_") => "DNS_record",
            _ if action.starts_with("tunnel_") => "tunnel",
            _ => "zone",
        };
        let shelf = self.shelf(audit::SHELF);
        shelf.push(json!({
            "id": ids::uuid(&format!("change {}", shelf.len())),
            "action": {"type": action, "result": true, "info": ""},
            "actor": {"type": "user", "id": ids::hex("actor"), "email": "jane@example.test", "ip": "192.0.2.99"},
            "interface": "UI", "owner": {"id": owner}, "when": time(at),
            "resource": {"type": resource, "id": ids::hex(subject)},
            "oldValue": before, "newValue": after,
            "metadata": {"name": subject, "zone_name": zone},
            "zone": {"id": ids::hex(&format!("zone {zone}")), "name": zone},
        }));
    }
}

impl Zone {
    /// The same with a balancer for a name and these pools of its account, the last also the one of last resort.
    #[must_use]
    pub fn balanced(mut self, name: &str, pools: &[&str]) -> Zone {
        let balancer = json!({
            "id": ids::hex(&format!("load balancer {name}")), "name": name, "description": "",
            "enabled": true, "ttl": 30, "default_pools": pools, "fallback_pool": pools.last(),
            "region_pools": {}, "country_pools": {}, "pop_pools": {}, "proxied": true,
            "steering_policy": "off", "session_affinity": "none", "session_affinity_attributes": {},
            "rules": [], "adaptive_routing": {"failover_across_pools": false},
            "zone_name": self.name, "created_on": LONG_AGO, "modified_on": LONG_AGO,
        });
        self.shelf(pools::BALANCERS).push(balancer);
        self
    }

    /// The same with a health check of an address that fails for a reason, or is well.
    #[must_use]
    pub fn checked(mut self, name: &str, address: &str, failure: Option<&str>) -> Zone {
        let mut check = healthchecks::fresh();
        check["id"] = json!(ids::hex(&format!("health check {name}")));
        check["name"] = json!(name);
        check["address"] = json!(address);
        check["type"] = json!("HTTPS");
        check["status"] = json!(if failure.is_some() { "unhealthy" } else { "healthy" });
        check["failure_reason"] = json!(failure.unwrap_or_default());
        check["http_config"] = json!({
            "method": "GET", "path": "/", "port": 443, "expected_codes": ["200"], "expected_body": "",
            "follow_redirects": false, "allow_insecure": false, "header": null,
        });
        check["created_on"] = json!(LONG_AGO);
        check["modified_on"] = json!(LONG_AGO);
        self.shelf(healthchecks::SHELF).push(check);
        self
    }

    /// The same with authenticated origin pulls switched on.
    #[must_use]
    pub fn pulling(mut self) -> Zone {
        *self.shelf(origin_pulls::SETTINGS) = vec![json!({"id": "settings", "enabled": true})];
        self
    }

    /// The same with a root of its own for certificates of origins, in PEM, good until a time.
    #[must_use]
    pub fn trusting(mut self, certificate: &str, until: Timestamp) -> Zone {
        self.shelf(trust_store::SHELF).push(json!({
            "id": ids::hex(certificate), "certificate": certificate, "issuer": "CN=lab",
            "signature": "ECDSAWithSHA256", "status": "active", "expires_on": time(until),
            "uploaded_on": LONG_AGO, "updated_at": LONG_AGO,
        }));
        self
    }

    /// Counts so many requests of a host at a time and a place: what visitors got, what the origin answered
    /// (0: nothing).
    pub fn count(
        &mut self,
        at: Timestamp,
        host: &str,
        (edge, origin): (u16, u16),
        colo: &str,
        count: u64,
    ) {
        self.shelf(graphql::SHELF).push(json!({
            "at": at.to_string(), "host": host, "edge": edge, "origin": origin, "colo": colo, "count": count,
        }));
    }

    /// The same with so many requests counted; see [`Zone::count`].
    #[must_use]
    pub fn counted(
        mut self,
        at: Timestamp,
        host: &str,
        statuses: (u16, u16),
        colo: &str,
        count: u64,
    ) -> Zone {
        self.count(at, host, statuses, colo, count);
        self
    }
}
