//! What the kernel tells without being asked by a tool: which parts it has, and which of its tables.

use std::fs;
use std::io;

use rayfix_core::firewall::Got;

use super::tools::ONLY_ROOT;
use crate::host::files;

/// This thread's view of the network: it may be in another namespace than the process.
const NET: &str = "/proc/thread-self/net";

/// Whether a part of the kernel is there now, built in or loaded; `None`: nobody tells. A part that is not
/// there holds no rule, and asking its tool would have it loaded.
pub(super) fn has(part: &str) -> Option<bool> {
    if fs::exists(format!("/sys/module/{part}")).unwrap_or(false) {
        return Some(true);
    }
    // A kernel without modules has no such list, and whatever is in it is built in.
    let loaded = files::read("/proc/modules", 1 << 20)?;
    if loaded.lines().any(|line| line.split(' ').next() == Some(part)) {
        return Some(true);
    }
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let builtin = files::read(format!("/lib/modules/{release}/modules.builtin"), 4 << 20)?;
    Some(builtin.lines().any(|line| line.ends_with(&format!("/{part}.ko"))))
}

/// The text of a file of this network; what is not there is absent.
pub(super) fn told(file: &str) -> Got {
    match fs::read_to_string(format!("{NET}/{file}")) {
        Ok(text) => Got::Text(text),
        Err(why) => match why.kind() {
            io::ErrorKind::NotFound => Got::Absent,
            io::ErrorKind::PermissionDenied => Got::Missing(ONLY_ROOT.to_owned()),
            _ => Got::Missing(format!("{file} cannot be read: {why}")),
        },
    }
}

/// Whether a file of this network is there.
pub(super) fn is_told(file: &str) -> bool {
    fs::exists(format!("{NET}/{file}")).unwrap_or(true)
}

/// The switches that a packet's way depends on, as `sysctl` writes them. It reads all, some thousand;
/// these are a handful for each interface.
pub(super) fn switches() -> String {
    let mut text = String::new();
    let mut add = |file: &str| {
        if let Ok(value) = fs::read_to_string(format!("/proc/sys/net/{file}")) {
            // A dot in a name stands as a slash there, since dots stand for slashes.
            let name: String = file
                .chars()
                .map(|c| {
                    if c == '/' {
                        '.'
                    } else if c == '.' {
                        '/'
                    } else {
                        c
                    }
                })
                .collect();
            text.push_str(&format!("net.{name} = {}\n", value.trim()));
        }
    };
    for file in [
        "ipv4/ip_forward",
        "ipv4/ip_nonlocal_bind",
        "ipv4/fwmark_reflect",
        "ipv6/bindv6only",
        "ipv6/fwmark_reflect",
        "bridge/bridge-nf-call-iptables",
        "bridge/bridge-nf-call-ip6tables",
        "netfilter/nf_conntrack_tcp_loose",
        "netfilter/nf_conntrack_tcp_be_liberal",
        "netfilter/nf_conntrack_max",
        "netfilter/nf_conntrack_count",
    ] {
        add(file);
    }
    for (family, names) in [
        (
            "ipv4",
            [
                "accept_local",
                "forwarding",
                "ignore_routes_with_linkdown",
                "route_localnet",
                "rp_filter",
                "src_valid_mark",
            ]
            .as_slice(),
        ),
        ("ipv6", &["disable_ipv6", "forwarding", "ignore_routes_with_linkdown"]),
    ] {
        for interface in files::names(format!("/proc/sys/net/{family}/conf"), 20_000) {
            for name in names {
                add(&format!("{family}/conf/{interface}/{name}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switches_are_written_as_sysctl_writes_them() {
        let text = switches();
        assert!(text.contains("net.ipv4.conf.all.rp_filter = "), "{text}");
        assert!(text.contains("net.ipv4.ip_forward = "), "{text}");
        assert!(text.contains("net.ipv4.conf.lo.forwarding = "), "{text}");
    }

    #[test]
    fn what_is_not_there_is_absent() {
        assert_eq!(told("no/such/file"), Got::Absent);
        assert!(!is_told("no/such/file"));
        assert!(matches!(told("dev"), Got::Text(_)));
        assert_ne!(has("no_such_part"), Some(true));
    }
}
