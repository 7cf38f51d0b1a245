//! The three network namespaces of a stage and the wires between them.
//!
//! The one in the middle is the edge and the rest of the internet: it owns every address of
//! Cloudflare's and passes on what visitors send to the origin directly. It knows no way to the
//! machine that the stage stands on, so nothing that is staged gets out.

use std::fmt::Write as _;
use std::fs;
use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::thread;

use rayfix_core::ranges::Ranges;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::{AUTHORITY, ORIGIN_V4, ORIGIN_V6, RESOLVER, Trouble, command};

const VISITOR_V4: &str = "198.51.100.7";
const VISITOR_V6: &str = "2001:db8:51::7";

pub(super) fn visitor(stage: &str) -> String {
    format!("{stage}-visitor")
}

pub(super) fn edge(stage: &str) -> String {
    format!("{stage}-edge")
}

pub(super) fn origin(stage: &str) -> String {
    format!("{stage}-origin")
}

/// The files that `ip netns exec` shows to the visitor in place of this machine's.
fn files(stage: &str) -> PathBuf {
    Path::new("/etc/netns").join(visitor(stage))
}

/// Puts up the namespaces of a stage, with their addresses and routes.
pub(super) fn raise(stage: &str) -> Result<(), Trouble> {
    let (visitor, edge, origin) = (visitor(stage), edge(stage), origin(stage));
    batch(None, &format!("netns add {visitor}\nnetns add {edge}\nnetns add {origin}\n"))?;
    // Nobody else is there, and while addresses are in doubt (RFC 4862, 5.4) neighbours stay unknown.
    let certain = ["ipv6/conf/all/accept_dad", "ipv6/conf/default/accept_dad"];
    for space in [&visitor, &edge, &origin] {
        switch(space, &certain, "0")?;
    }
    let forwarding = ["ipv4/ip_forward", "ipv6/conf/all/forwarding", "ipv6/ip_nonlocal_bind"];
    switch(&edge, &forwarding, "1")?;
    batch(
        None,
        &format!(
            "link add visitor netns {edge} type veth peer name eth0 netns {visitor}\n\
             link add origin netns {edge} type veth peer name eth0 netns {origin}\n"
        ),
    )?;
    let mut middle = format!(
        "link set lo up\nlink set visitor up\nlink set origin up\n\
         addr add 198.51.100.1/24 dev visitor\naddr add 2001:db8:51::1/64 dev visitor\n\
         addr add 203.0.113.1/24 dev origin\naddr add 2001:db8:10::1/64 dev origin\n\
         addr add {RESOLVER}/32 dev lo\naddr add {AUTHORITY}/32 dev lo\n"
    );
    for prefix in Ranges::built_in().prefixes() {
        let _ = writeln!(middle, "route add local {prefix} dev lo");
    }
    batch(Some(&edge), &middle)?;
    for (space, v4, v6) in [(visitor, VISITOR_V4, VISITOR_V6), (origin, ORIGIN_V4, ORIGIN_V6)] {
        let (near_v4, _) = v4.rsplit_once('.').expect("an address has dots");
        let (near_v6, _) = v6.rsplit_once("::").expect("the address has a gap");
        let outer = format!(
            "link set lo up\nlink set eth0 up\n\
             addr add {v4}/24 dev eth0\naddr add {v6}/64 dev eth0\n\
             route add default via {near_v4}.1\nroute add default via {near_v6}::1\n"
        );
        batch(Some(&space), &outer)?;
    }
    let failed = || Trouble::system("tell the visitor their resolver");
    let files = files(stage);
    fs::create_dir_all(&files).map_err(failed())?;
    fs::write(files.join("resolv.conf"), format!("nameserver {RESOLVER}\n")).map_err(failed())?;
    // Without the machine's own name services, which would ask its own resolver.
    fs::write(files.join("nsswitch.conf"), "hosts: files dns\n").map_err(failed())
}

fn batch(space: Option<&str>, lines: &str) -> Result<(), Trouble> {
    let within: &[&str] = match space {
        Some(space) => &["ip", "-n", space, "-batch", "-"],
        None => &["ip", "-batch", "-"],
    };
    command::run(within, lines.as_bytes())?.succeeded().map(|_| ())
}

/// Sets switches below `/proc/sys/net`, which shows those of whoever looks.
fn switch(space: &str, switches: &[&str], value: &str) -> Result<(), Trouble> {
    let set = || -> Result<(), Trouble> {
        enter(space)?;
        for switch in switches {
            fs::write(Path::new("/proc/sys/net").join(switch), value)
                .map_err(Trouble::system("set up a network namespace"))?;
        }
        Ok(())
    };
    thread::scope(|scope| scope.spawn(set).join())
        .map_err(|_| Trouble::Boot("a thread ended".to_owned()))?
}

/// Moves this thread, and no other, into a namespace, for good.
pub(super) fn enter(space: &str) -> Result<(), Trouble> {
    let failed = || Trouble::system("enter a network namespace");
    let file = File::open(Path::new("/run/netns").join(space)).map_err(failed())?;
    move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(|error| failed()(error.into()))
}

/// Takes down what is there of a stage's namespaces.
pub(super) fn sweep(stage: &str) {
    for space in [visitor(stage), edge(stage), origin(stage)] {
        if Path::new("/run/netns").join(&space).exists() {
            let _ = command::run(&["ip", "netns", "delete", &space], b"");
        }
    }
    let _ = fs::remove_dir_all(files(stage));
    // Stays where others use it.
    let _ = fs::remove_dir("/etc/netns");
}
