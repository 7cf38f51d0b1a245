//! An account with something of everything, for clients that want to be tried.

use serde_json::json;

use super::grant::{Grant, GrantStatus};
use super::ids;
use super::state::{State, Zone};

/// An account with the zones `example.test` (of the pro plan, in mode strict) and `other.test`, and tokens
/// named `all`, `reads`, `nothing`, `account`, `disabled`, `expired`, `other` (which reaches only the other
/// zone). Each token's text is [`ids::token`] of its name.
#[must_use]
pub fn sample() -> State {
    let other = ids::hex("zone other.test");
    let example = Zone::new("example.test")
        .on_plan("pro")
        .record("A", "example.test", "192.0.2.10", true)
        .record("AAAA", "example.test", "2001:db8::10", true)
        .record("A", "shop.example.test", "192.0.2.11", true)
        .record("CNAME", "www.example.test", "example.test", true)
        .record("A", "mail.example.test", "192.0.2.12", false)
        .record("MX", "example.test", "mail.example.test", false)
        .record("TXT", "example.test", "\"v=spf1 mx -all\"", false)
        .rules(
            "http_request_origin",
            vec![json!({
                "action": "route", "expression": "(http.host eq \"shop.example.test\")",
                "action_parameters": {"origin": {"port": 8443}},
                "description": "the shop listens elsewhere",
            })],
        )
        .rules(
            "http_config_settings",
            vec![json!({
                "action": "set_config", "expression": "(http.host eq \"www.example.test\")",
                "action_parameters": {"ssl": "full"},
                "description": "www has a certificate of its own making",
            })],
        )
        .page_rule("*example.test/old/*", [("ssl", "flexible")]);
    State::account()
        .with(example)
        .with(Zone::new("other.test").record("A", "other.test", "192.0.2.20", true))
        .granting(Grant::all("all"))
        .granting(Grant::reads("reads"))
        .granting(Grant::only("nothing", []))
        .granting(Grant::all("account").of_the_account())
        .granting(Grant::all("disabled").that_is(GrantStatus::Disabled))
        .granting(Grant::all("expired").that_is(GrantStatus::Expired))
        .granting(Grant::all("other").for_zones([other.as_str()]))
}
