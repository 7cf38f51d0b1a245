//! The files that made the rules: those of ufw, firewalld, nft, iptables, csf and fail2ban.

use std::collections::BTreeMap;
use std::path::Path;

use rayfix_core::redact;

use crate::host::files;

/// Which files are kept; a `*` stands for the rest of a name.
pub const FILES: &[&str] = &[
    "/etc/ufw/ufw.conf",
    "/etc/ufw/user.rules",
    "/etc/ufw/user6.rules",
    "/etc/ufw/before.rules",
    "/etc/ufw/before6.rules",
    "/etc/ufw/after.rules",
    "/etc/ufw/after6.rules",
    "/etc/default/ufw",
    "/etc/firewalld/firewalld.conf",
    "/etc/firewalld/zones/*.xml",
    "/etc/firewalld/ipsets/*.xml",
    "/etc/firewalld/policies/*.xml",
    "/etc/firewalld/services/*.xml",
    "/etc/firewalld/direct.xml",
    "/usr/lib/firewalld/zones/*.xml",
    "/etc/nftables.conf",
    "/etc/sysconfig/nftables.conf",
    "/etc/nftables.d/*",
    "/etc/nftables/*",
    "/etc/iptables/rules.v4",
    "/etc/iptables/rules.v6",
    "/etc/sysconfig/iptables",
    "/etc/sysconfig/ip6tables",
    "/etc/csf/csf.conf",
    "/etc/csf/csf.allow",
    "/etc/csf/csf.deny",
    "/etc/fail2ban/jail.local",
    "/etc/fail2ban/jail.d/*.conf",
];

/// Those that name others, one of which may be the one that is loaded.
const INCLUDING: [&str; 2] = ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf"];
/// Those that may hold passwords.
const SECRETIVE: [&str; 3] =
    ["/etc/csf/csf.conf", "/etc/fail2ban/jail.local", "/etc/fail2ban/jail.d/"];
/// What is kept of one file.
const MOST: u64 = 1 << 20;
/// More files are not kept.
const MOST_FILES: usize = 500;

/// Reads all that are there, by their path.
pub(super) fn look() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for pattern in FILES {
        keep(pattern, &mut found);
    }
    let included: Vec<String> = INCLUDING
        .iter()
        .filter_map(|path| found.get(*path))
        .flat_map(|text| text.lines().filter_map(included))
        .collect();
    for pattern in included {
        keep(&pattern, &mut found);
    }
    found
}

/// `include "./sets.nft"`: where it leads.
fn included(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("include")?.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let path = rest[1..].split(quote).next()?;
    Some(if path.starts_with('/') {
        path.to_owned()
    } else {
        // Where `nft` looks for what has no folder.
        format!("/etc/{}", path.trim_start_matches("./"))
    })
}

/// Keeps the files that a pattern names.
fn keep(pattern: &str, found: &mut BTreeMap<String, String>) {
    let Some((folder, name)) = pattern.rsplit_once('/') else { return };
    let names = match name.split_once('*') {
        None => vec![name.to_owned()],
        Some((begin, end)) => {
            let mut names = files::names(folder, MOST_FILES);
            names.retain(|name| {
                name.len() >= begin.len() + end.len()
                    && name.starts_with(begin)
                    && name.ends_with(end)
            });
            names
        }
    };
    for name in names {
        let path = format!("{folder}/{name}");
        if found.len() < MOST_FILES
            && !found.contains_key(&path)
            && let Some(text) = files::read(Path::new(&path), MOST)
        {
            let secretive = SECRETIVE.iter().any(|begin| path.starts_with(begin));
            found.insert(path, if secretive { redact::text(&text) } else { text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_include_leads_to_a_file() {
        assert_eq!(
            included("include \"/etc/nftables.d/*.nft\""),
            Some("/etc/nftables.d/*.nft".into())
        );
        assert_eq!(included("  include './sets.nft'"), Some("/etc/sets.nft".into()));
        assert_eq!(included("# include \"x\""), None);
        assert_eq!(included("table inet filter {"), None);
    }

    #[test]
    fn a_pattern_keeps_what_it_names() {
        let mut found = BTreeMap::new();
        keep("/etc/host*", &mut found);
        assert!(found.contains_key("/etc/hostname") || found.contains_key("/etc/hosts"));
        keep("/etc/no-such-file", &mut found);
        assert!(!found.contains_key("/etc/no-such-file"));
    }

    #[test]
    fn a_password_is_not_kept_and_an_address_is() {
        let told =
            redact::text("ignoreip = 127.0.0.1/8 104.16.0.0/13\npassword = hunter2hunter2\n");
        assert!(told.contains("104.16.0.0/13"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
