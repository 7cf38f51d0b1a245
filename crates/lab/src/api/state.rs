//! What the emulated service knows: accounts, zones, tokens, and how it behaves; plain data.
//!
//! Things are kept as the JSON that the API tells of them. An area with a place of its own has a field;
//! all else lies on a shelf under its area's name (`zone.shelf("healthchecks")`).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::asked::{Asked, time};
use super::envelope::Reply;
use super::grant::Grant;
use super::ids;
use super::limits::Limits;
use super::operations::{records, settings};
use super::trouble::Trouble;

/// What hears of a zone's new SSL mode: the zone's name, `strict`.
pub type OnSsl = Arc<dyn Fn(&str, &str) + Send + Sync>;
/// What hears of a zone's new records: the zone's name, all its records as the API tells them.
pub type OnRecords = Arc<dyn Fn(&str, &[Value]) + Send + Sync>;

/// Since when everything stands that nobody changed.
pub(super) const LONG_AGO: &str = "2025-03-01T09:00:00.000000Z";

/// The service.
#[derive(Clone, Default)]
pub struct State {
    /// Tokens by their text.
    pub grants: BTreeMap<String, Grant>,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Zones, of all accounts.
    pub zones: Vec<Zone>,
    /// What `/ips` tells.
    pub ips: Ips,
    /// How often it may be asked.
    pub limits: Limits,
    /// How long it thinks before each answer.
    pub latency: Duration,
    /// What is wrong with it; the first that fits a call happens.
    pub trouble: Vec<Trouble>,
    /// The time that it takes for now; none: the clock's.
    pub now: Option<Timestamp>,
    /// Hear of a new SSL mode before the answer to its change is sent.
    pub on_ssl: Vec<OnSsl>,
    /// Hear of changed records before the answer to their change is sent.
    pub on_records: Vec<OnRecords>,
    /// What changed and has not been told to those who want to hear of it.
    pub(super) changed: Vec<Changed>,
    /// For ids of what is made.
    made: u64,
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What else it has, by area: `cfd_tunnel`, `pools`.
    pub shelves: BTreeMap<String, Vec<Value>>,
}

/// A zone.
#[derive(Debug, Clone)]
pub struct Zone {
    /// 32 hexadecimal digits.
    pub id: String,
    /// `example.test`.
    pub name: String,
    /// Its account's id.
    pub account: String,
    /// `active`, `pending`, `initializing`, `moved`.
    pub status: String,
    /// Nothing of it is proxied.
    pub paused: bool,
    /// `full`, `partial`, `secondary`, `internal`.
    pub kind: String,
    /// `free`, `pro`, `business`, `enterprise`.
    pub plan: String,
    /// Settings by name, each as the API tells it.
    pub settings: BTreeMap<String, Value>,
    /// DNS records.
    pub records: Vec<Value>,
    /// Rulesets, with their rules.
    pub rulesets: Vec<Value>,
    /// Page rules.
    pub page_rules: Vec<Value>,
    /// What else it has, by area: `healthchecks`, `load_balancers`.
    pub shelves: BTreeMap<String, Vec<Value>>,
}

/// What `/ips` tells.
#[derive(Debug, Clone)]
pub struct Ips {
    /// Prefixes of IPv4.
    pub v4: Vec<String>,
    /// Prefixes of IPv6.
    pub v6: Vec<String>,
}

impl Default for Ips {
    /// Those of the pretend world.
    fn default() -> Ips {
        Ips { v4: vec!["127.0.64.0/24".to_owned()], v6: vec!["2001:db8:64::/48".to_owned()] }
    }
}

/// A change that somebody may want to hear of.
#[derive(Debug, Clone, PartialEq)]
pub enum Changed {
    /// A zone's SSL mode.
    Ssl {
        /// The zone's name.
        zone: String,
        /// The mode.
        mode: String,
    },
    /// A zone's records.
    Records {
        /// The zone's name.
        zone: String,
    },
}

impl fmt::Debug for State {
    /// Without the tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("accounts", &self.accounts)
            .field("zones", &self.zones)
            .field("trouble", &self.trouble)
            .finish_non_exhaustive()
    }
}

impl State {
    /// One account, named `Shop`, without zones and tokens.
    #[must_use]
    pub fn account() -> State {
        State { accounts: vec![Account::new("Shop")], ..State::default() }
    }

    /// The same with a token, whose text is made from the grant's name: [`ids::token`].
    #[must_use]
    pub fn granting(mut self, grant: Grant) -> State {
        self.grants.insert(ids::token(&grant.name), grant);
        self
    }

    /// The same with a zone of the first account.
    #[must_use]
    pub fn with(mut self, mut zone: Zone) -> State {
        if let Some(account) = self.accounts.first() {
            zone.account.clone_from(&account.id);
        }
        self.zones.push(zone);
        self
    }

    /// The zone of this name.
    #[must_use]
    pub fn zone(&self, name: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.name == name)
    }

    /// The same, to be changed.
    #[must_use]
    pub fn zone_mut(&mut self, name: &str) -> Option<&mut Zone> {
        self.zones.iter_mut().find(|zone| zone.name == name)
    }

    /// The zone that a request is about.
    ///
    /// # Errors
    /// When the path has none; the gate has refused unknown ones before.
    pub fn zone_of(&mut self, asked: &Asked) -> Result<&mut Zone, Reply> {
        let id = asked.param("zone");
        self.zones.iter_mut().find(|zone| zone.id == id).ok_or_else(Reply::out_of_scope)
    }

    /// The account that a request is about.
    ///
    /// # Errors
    /// As [`State::zone_of`].
    pub fn account_of(&mut self, asked: &Asked) -> Result<&mut Account, Reply> {
        let id = asked.param("account");
        self.accounts.iter_mut().find(|account| account.id == id).ok_or_else(Reply::out_of_scope)
    }

    /// A new id of 32 hexadecimal digits, the next in a row that is the same in every run.
    pub fn new_id(&mut self, of: &str) -> String {
        self.made += 1;
        ids::hex(&format!("{of} {}", self.made))
    }

    /// A new UUID, likewise.
    pub fn new_uuid(&mut self, of: &str) -> String {
        self.made += 1;
        ids::uuid(&format!("{of} {}", self.made))
    }

    /// Says that something changed; it is told to those who want to hear of it after the call.
    pub fn tell(&mut self, changed: Changed) {
        if !self.changed.contains(&changed) {
            self.changed.push(changed);
        }
    }

    /// Sets a zone's SSL mode, as if somebody had done it by hand just now. Who wants to hear of it does so after
    /// the next call, or at once where it is done by [`Emulated::change`](super::Emulated::change).
    pub fn set_ssl(&mut self, zone: &str, mode: &str) {
        let now = time(self.time());
        if let Some(found) = self.zone_mut(zone) {
            found
                .settings
                .insert("ssl".to_owned(), json!({"id": "ssl", "value": mode, "modified_on": now}));
            self.tell(Changed::Ssl { zone: zone.to_owned(), mode: mode.to_owned() });
        }
    }

    /// What is the time.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }
}

impl Account {
    /// One without anything in it.
    #[must_use]
    pub fn new(name: &str) -> Account {
        Account {
            id: ids::hex(&format!("account {name}")),
            name: name.to_owned(),
            shelves: BTreeMap::new(),
        }
    }

    /// What it has of an area; empty at first.
    pub fn shelf(&mut self, area: &str) -> &mut Vec<Value> {
        self.shelves.entry(area.to_owned()).or_default()
    }
}

impl Zone {
    /// An active zone of the free plan, in mode strict, without records.
    #[must_use]
    pub fn new(name: &str) -> Zone {
        let mut zone = Zone {
            id: ids::hex(&format!("zone {name}")),
            name: name.to_owned(),
            account: String::new(),
            status: "active".to_owned(),
            paused: false,
            kind: "full".to_owned(),
            plan: "free".to_owned(),
            settings: BTreeMap::new(),
            records: Vec::new(),
            rulesets: Vec::new(),
            page_rules: Vec::new(),
            shelves: BTreeMap::new(),
        };
        settings::set_up(&mut zone);
        zone
    }

    /// The same on another plan.
    #[must_use]
    pub fn on_plan(self, plan: &str) -> Zone {
        Zone { plan: plan.to_owned(), ..self }
    }

    /// The same with a record: `("A", "shop.example.test", "192.0.2.1", true)`.
    #[must_use]
    pub fn record(mut self, kind: &str, name: &str, content: &str, proxied: bool) -> Zone {
        let id = ids::hex(&format!("record {kind} {name} {content}"));
        let proxiable = records::PROXIABLE.contains(&kind);
        let mut record = json!({
            "id": id, "type": kind, "name": name, "content": content, "ttl": 1,
            "proxied": proxied && proxiable, "proxiable": proxiable, "settings": {}, "meta": {},
            "tags": [], "created_on": LONG_AGO, "modified_on": LONG_AGO,
        });
        if kind == "MX" {
            record["priority"] = json!(10);
        }
        self.records.push(record);
        self
    }

    /// The same with a setting's value, as if it had been changed at a time; none: long ago.
    #[must_use]
    pub fn setting(mut self, name: &str, value: impl Into<Value>, at: Option<Timestamp>) -> Zone {
        let value: Value = value.into();
        let setting = self
            .settings
            .entry(name.to_owned())
            .or_insert_with(|| json!({"id": name, "value": null, "editable": true}));
        setting["value"] = value;
        setting["modified_on"] = json!(at.map_or(LONG_AGO.to_owned(), time));
        self
    }

    /// The same with the rules of a phase, each with what its owner writes (action, expression …).
    #[must_use]
    pub fn rules(mut self, phase: &str, rules: Vec<Value>) -> Zone {
        let id = ids::hex(&format!("ruleset {phase} of {}", self.name));
        let rules: Vec<Value> = rules
            .into_iter()
            .enumerate()
            .map(|(at, rule)| {
                let own = ids::hex(&format!("rule {at} of {phase} of {}", self.name));
                let mut all = Map::new();
                all.insert("enabled".to_owned(), json!(true));
                all.insert("description".to_owned(), json!(""));
                all.extend(rule.as_object().cloned().unwrap_or_default());
                all.insert("id".to_owned(), json!(own));
                all.insert("ref".to_owned(), json!(own));
                all.insert("version".to_owned(), json!("1"));
                all.insert("last_updated".to_owned(), json!(LONG_AGO));
                Value::Object(all)
            })
            .collect();
        self.rulesets.retain(|ruleset| ruleset["phase"] != phase);
        self.rulesets.push(json!({
            "id": id, "name": "default", "description": "", "kind": "zone", "phase": phase,
            "version": "1", "last_updated": LONG_AGO, "rules": rules,
        }));
        self
    }

    /// The same with an active page rule: `("*shop.example.test/*", [("ssl", "flexible")])`.
    #[must_use]
    pub fn page_rule<'a>(
        mut self,
        pattern: &str,
        actions: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Zone {
        let actions: Vec<Value> =
            actions.into_iter().map(|(id, value)| json!({"id": id, "value": value})).collect();
        let priority = self.page_rules.len() + 1;
        self.page_rules.push(json!({
            "id": ids::hex(&format!("page rule {priority} of {}", self.name)),
            "targets": [{
                "target": "url", "constraint": {"operator": "matches", "value": pattern},
            }],
            "actions": actions, "priority": priority, "status": "active",
            "created_on": LONG_AGO, "modified_on": LONG_AGO,
        }));
        self
    }

    /// What it has of an area; empty at first.
    pub fn shelf(&mut self, area: &str) -> &mut Vec<Value> {
        self.shelves.entry(area.to_owned()).or_default()
    }
}
