//! What this machine lacks for a real stage.

use std::path::Path;
use std::sync::OnceLock;

use super::{command, machine};

/// Each program, and the package of Debian that has it.
const PROGRAMS: &[(&str, &str)] = &[
    ("apt-get", "apt"),
    ("chroot", "coreutils"),
    ("curl", "curl"),
    ("ip", "iproute2"),
    ("mmdebstrap", "mmdebstrap"),
    ("nsenter", "util-linux"),
    ("pebble", "pebble"),
    ("systemd-nspawn", "systemd-container"),
    ("timeout", "coreutils"),
    ("unshare", "util-linux"),
];

/// The first thing that is missing, as it stands after "needs"; `None`: a stage can be raised.
#[must_use]
pub fn missing() -> Option<String> {
    static MISSING: OnceLock<Option<String>> = OnceLock::new();
    MISSING.get_or_init(look).clone()
}

/// The same as a whole sentence for a list of tests, with whether it is a failure: with `LAB_ALL=1`,
/// as CI sets it, nothing may be skipped.
#[must_use]
pub fn skipped() -> Option<(String, bool)> {
    let all = std::env::var_os("LAB_ALL").is_some_and(|value| value == "1");
    missing().map(|what| (format!("skipped: needs {what}"), all))
}

fn look() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("root".to_owned());
    }
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    for (program, package) in PROGRAMS {
        if !folders.iter().any(|folder| Path::new(folder).join(program).exists()) {
            return Some(format!("{program} (package {package})"));
        }
    }
    if !Path::new("/proc/sys/net/ipv6").exists() {
        return Some("IPv6 in the kernel".to_owned());
    }
    let spaces = command::run(&["unshare", "--mount", "--net", "--pid", "--fork", "true"], b"");
    if !spaces.is_ok_and(|told| told.code == Some(0)) {
        return Some("mount, network and process namespaces".to_owned());
    }
    if machine::hierarchies().is_empty() {
        return Some("a cgroup2 hierarchy".to_owned());
    }
    None
}
