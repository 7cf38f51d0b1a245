//! Every call that this program makes, one constructor each: path, query, what is sent, and permission.
//!
//! Ids are as the API gives them; what is put into a path cannot lead anywhere else. Bodies that have many
//! members are taken as the API wants them. [`examples`] has one of each, for the test that holds them
//! against the official schema.

mod account;
mod alerts;
mod balance;
mod dns;
mod examples;
mod rules;
mod tls;
mod tunnels;
mod zone;

pub use self::account::*;
pub use self::alerts::*;
pub use self::balance::*;
pub use self::dns::*;
pub use self::examples::{Example, examples};
pub use self::rules::*;
pub use self::tls::*;
pub use self::tunnels::*;
pub use self::zone::*;

use super::call::{Call, Method};

/// A text as one part of a path: it cannot lead anywhere else, whatever is in it.
pub(crate) fn part(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~*".contains(&byte) {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
    }
    // None of these is a name of anything, and a path would take them for a step.
    if matches!(part.as_str(), "" | "." | "..") { "-".to_owned() } else { part }
}

/// A path of a zone: `/zones/ZONE` and what follows.
fn of_zone(zone: &str, rest: &[&str]) -> String {
    below("/zones", zone, rest)
}

/// A path of an account.
fn of_account(account: &str, rest: &[&str]) -> String {
    below("/accounts", account, rest)
}

fn below(root: &str, owner: &str, rest: &[&str]) -> String {
    let mut path = format!("{root}/{}", part(owner));
    for each in rest {
        path.push('/');
        path.push_str(&part(each));
    }
    path
}

fn get(path: String, permission: &'static str) -> Call {
    Call::new(Method::Get, path, Some(permission))
}

fn delete(path: String, permission: &'static str) -> Call {
    Call::new(Method::Delete, path, Some(permission))
}

fn send(method: Method, path: String, permission: &'static str, body: serde_json::Value) -> Call {
    Call::new(method, path, Some(permission)).sending(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_a_path_leads_nowhere_else() {
        for (text, path) in [
            ("shop.example.com", "/zones/z/x/shop.example.com"),
            ("*.example.com", "/zones/z/x/*.example.com"),
            ("../../user", "/zones/z/x/..%2F..%2Fuser"),
            ("..", "/zones/z/x/-"),
            ("", "/zones/z/x/-"),
            ("a?b#c", "/zones/z/x/a%3Fb%23c"),
            ("%2e%2e", "/zones/z/x/%252e%252e"),
            ("bücher", "/zones/z/x/b%C3%BCcher"),
        ] {
            assert_eq!(of_zone("z", &["x", text]), path);
        }
    }

    /// The names of all constructors, from the files themselves.
    fn constructors() -> Vec<&'static str> {
        let files = [
            include_str!("account.rs"),
            include_str!("alerts.rs"),
            include_str!("balance.rs"),
            include_str!("dns.rs"),
            include_str!("rules.rs"),
            include_str!("tls.rs"),
            include_str!("tunnels.rs"),
            include_str!("zone.rs"),
        ];
        let heads = files.iter().flat_map(|file| file.split("\npub fn ").skip(1));
        heads.map(|head| head.split('(').next().unwrap()).collect()
    }

    #[test]
    fn every_call_has_an_example() {
        let examples = examples();
        for name in constructors() {
            assert!(examples.iter().any(|example| example.name == name), "{name} has no example");
        }
        assert!(constructors().len() > 40);
    }

    #[test]
    fn reads_need_no_more_than_a_permission_to_read() {
        for Example { name, call, .. } in examples() {
            let Some(permission) = call.permission else { continue };
            let may_write = permission.ends_with("Write") || permission == "Cache Purge";
            // A tunnel's token is as good as the tunnel.
            let writes = call.method != Method::Get || name == "tunnel_token";
            assert_eq!(may_write, writes, "{name}: {permission}");
        }
    }
}
