//! What this machine lacks for trying rulesets against its kernel.

use std::path::Path;
use std::sync::OnceLock;

use super::stage::Stage;

/// Each program, and the package of Debian that has it.
const PROGRAMS: &[(&str, &str)] = &[
    ("ip", "iproute2"),
    ("ip6tables-legacy", "iptables"),
    ("ip6tables-nft", "iptables"),
    ("ipset", "ipset"),
    ("iptables-legacy", "iptables"),
    ("iptables-nft", "iptables"),
    ("nft", "nftables"),
    ("nsenter", "util-linux"),
    ("python3", "python3"),
    ("sysctl", "procps"),
    ("timeout", "coreutils"),
    ("unshare", "util-linux"),
];

/// As whole sentence why nothing can be tried here, with whether that is a failure: with `LAB_ALL=1`,
/// as CI sets it, nothing may be skipped. `besides`: programs that one case needs.
#[must_use]
pub fn skipped(besides: &[String]) -> Option<(String, bool)> {
    static MISSING: OnceLock<Option<String>> = OnceLock::new();
    let missing = MISSING.get_or_init(look).clone();
    let missing = missing.or_else(|| besides.iter().find(|program| !has(program)).cloned());
    let all = std::env::var_os("LAB_ALL").is_some_and(|value| value == "1");
    missing.map(|what| (format!("skipped: needs {what}"), all))
}

fn has(program: &str) -> bool {
    let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    folders.iter().any(|folder| Path::new(folder).join(program).exists())
}

fn look() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("root".to_owned());
    }
    if let Some((program, package)) = PROGRAMS.iter().find(|(program, _)| !has(program)) {
        return Some(format!("{program} (package {package})"));
    }
    if !Path::new("/proc/sys/net/ipv6").exists() {
        return Some("IPv6 in the kernel".to_owned());
    }
    let stage = match Stage::raise() {
        Ok(stage) => stage,
        Err(trouble) => return Some(format!("network and mount namespaces: {trouble}")),
    };
    let table = "nft add table inet t && iptables-nft -L -n && iptables-legacy -L -n && ipset list";
    stage.load(table).err().map(|trouble| format!("a packet filter in the kernel: {trouble}"))
}
