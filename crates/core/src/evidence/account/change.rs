//! What was changed in the account, as its audit log has it; who did it is told by kind, not by name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient;

/// A change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountChange {
    /// When.
    pub at: Option<Timestamp>,
    /// `user`, `account`, `cloudflare_admin`, `system`.
    pub actor: String,
    /// `UI`, `API`; empty: not told.
    pub interface: String,
    /// What was done: `change_setting`, `rec_set`, `tunnel_delete`.
    pub action: String,
    /// What it was done to: `dns.record`, `zone.settings`.
    pub resource: String,
    /// The zone; empty: something of the account.
    pub zone: String,
    /// What it is about: a record's name, a setting's.
    pub subject: String,
    /// Before; empty: not told.
    pub before: String,
    /// After; empty: not told.
    pub after: String,
}

/// Longer values are cut.
const LONGEST: usize = 120;

/// What values may be told of, by words in the names of resources: settings and records are no secrets, whereas a
/// token, a script's variable or a login may be.
const OPEN: [&str; 8] =
    ["dns", "record", "zone.setting", "zone_setting", "setting", "tunnel", "pool", "balancer"];

impl AccountChange {
    /// Reads an entry of the audit log; `None`: it tells no change that was made.
    ///
    /// Who it was (name, e-mail address, network address) is not taken over.
    #[must_use]
    pub fn read(entry: &Value) -> Option<AccountChange> {
        let text = |path: &str| entry.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let first = |paths: &[&str]| -> String {
            let told = paths.iter().map(|path| text(path)).find(|told| !told.is_empty());
            told.map(short).unwrap_or_default()
        };
        if entry.pointer("/action/result").is_some_and(|result| result == &Value::Bool(false)) {
            return None;
        }
        let action = first(&["/action/type"]);
        if action.is_empty() {
            return None;
        }
        let resource = first(&["/resource/type"]);
        let lower = resource.to_ascii_lowercase();
        let is_open = OPEN.iter().any(|word| lower.contains(word)) || action == "change_setting";
        let value = |plain: &str, object: &str| {
            if !is_open {
                return String::new();
            }
            let told = match entry.pointer(object) {
                Some(Value::Object(all)) if !all.is_empty() => {
                    // Of a record: where it leads and whether it is proxied.
                    let part = |name: &str| all.get(name).and_then(Value::as_str);
                    let main = part("content").or_else(|| part("value")).or_else(|| part("name"));
                    let proxied = match all.get("proxied").and_then(Value::as_bool) {
                        Some(true) => ", proxied",
                        Some(false) => ", not proxied",
                        None => "",
                    };
                    main.map(|main| format!("{main}{proxied}"))
                }
                _ => None,
            };
            let plain = || match entry.pointer(plain) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Bool(truth)) => truth.to_string(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            };
            without_mail(&short(&told.unwrap_or_else(plain)))
        };
        Some(AccountChange {
            at: lenient::time(text("/when")),
            actor: first(&["/actor/type"]),
            interface: first(&["/interface"]),
            action,
            resource,
            zone: first(&["/zone/name", "/metadata/zone_name", "/metadata/zone"]).to_lowercase(),
            subject: without_mail(&first(&[
                "/metadata/name",
                "/newValueJson/name",
                "/oldValueJson/name",
                "/metadata/setting",
                "/resource/id",
            ])),
            before: value("/oldValue", "/oldValueJson"),
            after: value("/newValue", "/newValueJson"),
        })
    }
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

fn without_mail(text: &str) -> String {
    if text.contains('@') { String::new() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_changed_setting_and_a_changed_record_are_read_without_who_it_was() {
        // Made up after the documented form of an entry.
        let setting = json!({
            "action": {"info": "", "result": true, "type": "change_setting"},
            "actor": {"email": "jane@example.com", "id": "f6b5de0326bb5182b8a4840ee01ec774",
                "ip": "192.0.2.99", "type": "user"},
            "id": "d5b0f326-1232-4452-8858-1089bd7168ef", "interface": "UI",
            "metadata": {"name": "ssl", "value": "strict", "zone_name": "Example.com"},
            "newValue": "strict", "oldValue": "full", "owner": {"id": "023e105f4ecef8ad9ca31a8372d0c353"},
            "resource": {"id": "023e105f4ecef8ad9ca31a8372d0c353", "type": "zone.settings"},
            "when": "2026-11-22T09:58:00Z",
        });
        let read = AccountChange::read(&setting).unwrap();
        assert_eq!(read.at, "2026-11-22T09:58:00Z".parse().ok());
        assert_eq!(
            [
                &read.actor,
                &read.interface,
                &read.action,
                &read.zone,
                &read.subject,
                &read.before,
                &read.after
            ],
            ["user", "UI", "change_setting", "example.com", "ssl", "full", "strict"]
        );
        let kept = serde_json::to_string(&read).unwrap();
        assert!(!kept.contains("jane") && !kept.contains("192.0.2.99"), "{kept}");
        let record = json!({
            "action": {"result": true, "type": "rec_set"}, "actor": {"type": "user"}, "interface": null,
            "newValue": "", "oldValue": "", "metadata": {},
            "newValueJson": {"content": "192.0.2.2", "name": "shop.example.com", "proxied": true, "type": "A",
                "zone_name": "example.com"},
            "oldValueJson": {"content": "192.0.2.1", "name": "shop.example.com", "proxied": false},
            "resource": {"id": "x", "type": "DNS_record"}, "zone": {"id": "z", "name": "example.com"},
            "when": "yesterday",
        });
        let read = AccountChange::read(&record).unwrap();
        assert_eq!(
            (read.at, read.subject.as_str(), read.before.as_str(), read.after.as_str()),
            (None, "shop.example.com", "192.0.2.1, not proxied", "192.0.2.2, proxied")
        );
    }

    #[test]
    fn values_of_what_may_be_secret_are_left_out_and_what_failed_is_no_change() {
        let entry = |result: bool| {
            json!({"action": {"result": result, "type": "secret_put"}, "resource": {"type": "worker.secret"},
                "metadata": {"name": "jane@example.com"}, "newValue": "hush", "oldValueJson": {"value": "hush"}})
        };
        let read = AccountChange::read(&entry(true)).unwrap();
        assert!(!format!("{read:?}").contains("hush") && read.subject.is_empty(), "{read:?}");
        assert_eq!(AccountChange::read(&entry(false)), None);
        for strange in
            [json!(null), json!([]), json!({"action": null}), json!({"action": {"type": 7}})]
        {
            assert_eq!(AccountChange::read(&strange), None);
        }
    }
}
