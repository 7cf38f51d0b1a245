//! Who listens: every TCP and Unix listener with its queue and its program.
//!
//! The kernel is asked over netlink, which alone knows how long a queue may grow; where it refuses
//! (some sandboxes do), `/proc/net` is read. Which program has a socket stands in the program's
//! own folder, so that those of other users can be seen by root only.

mod table;
mod wire;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::time::Duration;

use rayfix_core::evidence::host::{Listener, Listeners, ListensAt};
use tokio::time::Instant;

use super::files;
use super::netlink::{self, Part};
use super::programs::Processes;
use crate::clock;

/// A listening socket before its program is known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bare {
    at: ListensAt,
    inode: u32,
    waiting: u32,
    queue: u32,
}

/// More listeners are not kept.
const MOST: usize = 2_000;
/// More open files are not looked at.
const MOST_FILES: usize = 500_000;
/// What is read of a table of the kernel: some 100,000 sockets.
const MOST_BYTES: u64 = 16 << 20;
/// How long may be spent on finding the programs.
const PATIENCE: Duration = Duration::from_millis(600);

/// Looks.
///
/// # Errors
/// Where neither the kernel nor its files tell.
pub(super) fn look(processes: &Processes) -> io::Result<Listeners> {
    let mut bare = tcp()?;
    bare.extend(unix()?);
    bare.sort_by(|one, other| one.at.cmp(&other.at));
    bare.truncate(MOST);
    let (owners, seen_all) = owners(&bare, processes);
    let sockets: Vec<Listener> = bare
        .into_iter()
        .filter_map(|socket| {
            let program =
                owners.get(&socket.inode).and_then(|pids| processes.master(pids)).cloned();
            let at = whole(socket.at, program.as_ref().map(|program| program.pid))?;
            Some(Listener { at, program, waiting: socket.waiting, queue: socket.queue })
        })
        .collect();
    Ok(Listeners {
        owners_seen: seen_all && sockets.iter().all(|socket| socket.program.is_some()),
        sockets,
        overflows_before: None,
        overflows_after: None,
    })
}

/// A path that a program gave from its own folder, from the root; a path that cannot be told is
/// nothing that a proxy could ask.
fn whole(at: ListensAt, pid: Option<u32>) -> Option<ListensAt> {
    match at {
        ListensAt::Unix { path } if !path.starts_with(['/', '@']) => {
            let folder = fs::read_link(format!("/proc/{}/cwd", pid?)).ok()?;
            Some(ListensAt::Unix { path: folder.join(path).to_str()?.to_owned() })
        }
        at => Some(at),
    }
}

fn tcp() -> io::Result<Vec<Bare>> {
    let mut found = Vec::new();
    for request in [wire::TCP4, wire::TCP6] {
        let asked = netlink::dump(Part::Sockets, wire::BY_FAMILY, &wire::tcp(request), |body| {
            if found.len() < MOST * 4 {
                found.extend(wire::tcp_listener(body));
            }
        });
        if asked.is_err() {
            return tcp_from_files();
        }
    }
    Ok(found)
}

fn tcp_from_files() -> io::Result<Vec<Bare>> {
    let number = |path| files::read(path, 64)?.trim().parse().ok();
    let only_v6 = number("/proc/sys/net/ipv6/bindv6only") == Some(1);
    // How long a queue may grow is not told; it is never longer than this.
    let queue = number("/proc/sys/net/core/somaxconn").unwrap_or(4_096);
    let four = files::read("/proc/net/tcp", MOST_BYTES).ok_or(io::ErrorKind::NotFound)?;
    let mut found = table::tcp(&four, queue, false);
    // Without IPv6 there is no such file.
    let six = files::read("/proc/net/tcp6", MOST_BYTES).unwrap_or_default();
    found.extend(table::tcp(&six, queue, only_v6));
    Ok(found)
}

fn unix() -> io::Result<Vec<Bare>> {
    let mut found = Vec::new();
    let asked = netlink::dump(Part::Sockets, wire::BY_FAMILY, &wire::unix(), |body| {
        if found.len() < MOST * 4 {
            found.extend(wire::unix_listener(body));
        }
    });
    if asked.is_ok() {
        return Ok(found);
    }
    let text = files::read("/proc/net/unix", MOST_BYTES).ok_or(io::ErrorKind::NotFound)?;
    Ok(table::unix(&text))
}

/// The processes that have each socket, and whether every process could be looked into.
fn owners(sockets: &[Bare], processes: &Processes) -> (HashMap<u32, Vec<u32>>, bool) {
    let mut owners: HashMap<u32, Vec<u32>> =
        sockets.iter().map(|socket| (socket.inode, Vec::new())).collect();
    let ends = clock::instant() + PATIENCE;
    let mut room = MOST_FILES;
    let mut seen_all = true;
    for program in processes.programs.iter() {
        if over(&mut seen_all, room, ends) {
            break;
        }
        let Ok(open) = fs::read_dir(format!("/proc/{}/fd", program.pid)) else {
            // Either it has ended, or it is somebody else's.
            seen_all &= !fs::exists(format!("/proc/{}", program.pid)).unwrap_or(true);
            continue;
        };
        for file in open.flatten() {
            room = room.saturating_sub(1);
            if room.is_multiple_of(1_024) && over(&mut seen_all, room, ends) {
                break;
            }
            let Ok(target) = fs::read_link(file.path()) else { continue };
            let Some(inode) = target.to_str().and_then(socket_inode) else { continue };
            if let Some(pids) = owners.get_mut(&inode)
                && pids.last() != Some(&program.pid)
            {
                pids.push(program.pid);
            }
        }
    }
    (owners, seen_all)
}

/// Whether enough was spent; then not everything was seen.
fn over(seen_all: &mut bool, room: usize, ends: Instant) -> bool {
    let over = room == 0 || clock::instant() >= ends;
    *seen_all &= !over;
    over
}

/// `socket:[12345]`.
fn socket_inode(target: &str) -> Option<u32> {
    target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// Connections that the kernel dropped since it was started because a queue was full.
pub(crate) fn overflows() -> Option<u64> {
    table::overflows(&files::read("/proc/net/netstat", 1 << 20)?)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixListener;

    use super::*;

    fn find(listeners: &Listeners, at: &str) -> Listener {
        let found = listeners.sockets.iter().find(|socket| socket.at.to_string() == at);
        found.cloned().unwrap_or_else(|| panic!("{at} in {:?}", listeners.sockets))
    }

    #[test]
    fn open_listeners_are_found_with_this_program_and_those_that_wait() {
        let four = TcpListener::bind("127.0.0.1:0").unwrap();
        let any = TcpListener::bind("[::]:0").unwrap();
        let folder = std::env::temp_dir().join(format!("rayfix-sockets-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.sock");
        let _ = fs::remove_file(&path);
        let unix = UnixListener::bind(&path).unwrap();
        let address = four.local_addr().unwrap();
        let waiting = [(); 3].map(|()| TcpStream::connect(address).unwrap());
        let queued = std::os::unix::net::UnixStream::connect(&path).unwrap();

        let listeners = look(&Processes::look()).unwrap();
        let seen = find(&listeners, &address.to_string());
        assert_eq!(seen.waiting, 3);
        assert!(seen.queue >= 128, "{seen:?}");
        assert_eq!(seen.program.unwrap().pid, std::process::id());
        let any_port = any.local_addr().unwrap().port();
        let seen = find(&listeners, &format!("[::]:{any_port}"));
        assert!(matches!(seen.at, ListensAt::Tcp { only_v6: false, .. }));
        let seen = find(&listeners, &format!("unix:{}", path.display()));
        assert_eq!((seen.waiting, seen.program.map(|one| one.pid)), (1, Some(std::process::id())));

        // The files of the kernel tell the same but for the length of the queue.
        let from_files = tcp_from_files().unwrap();
        let same = from_files.iter().find(|socket| socket.at.to_string() == address.to_string());
        assert_eq!(same.unwrap().waiting, 3);
        let tables = table::unix(&fs::read_to_string("/proc/net/unix").unwrap());
        let wanted = ListensAt::Unix { path: path.to_str().unwrap().to_owned() };
        assert!(tables.iter().any(|socket| socket.at == wanted));

        drop((waiting, queued, unix));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_kernel_counts_what_it_dropped() {
        assert!(overflows().is_some());
        assert_eq!(socket_inode("socket:[4026531840]"), Some(4_026_531_840));
        assert_eq!(socket_inode("pipe:[1]"), None);
    }
}
