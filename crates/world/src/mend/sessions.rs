//! Who is logged in from afar: connections that stand to the ports of a server for shells.
//!
//! Read from the kernel's list of connections (`/proc/net/tcp`, `tcp6`): established ones, from another machine, to
//! a port on which this host listens and which is not the web's. That is more than SSH, and means no harm: a plan
//! that would cut off any of them is refused. Where the list cannot be read, nobody knows whom a plan cuts off.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use rayfix_core::fixes::Session;

/// Ports whose visitors come and go.
const OF_THE_WEB: [u16; 4] = [80, 443, 8080, 8443];

/// Sessions at most, those of the lowest ports.
const MOST: usize = 200;

/// Where the kernel keeps its lists.
pub(super) const LISTS: &str = "/proc/net";

/// Who is logged in.
///
/// # Errors
/// A sentence: why that cannot be told.
pub(super) fn sessions(lists: &Path) -> Result<Vec<Session>, String> {
    let read = |name: &str| match std::fs::read_to_string(lists.join(name)) {
        // A kernel without IPv6 has no list of it.
        Err(error) if error.kind() == io::ErrorKind::NotFound && name == "tcp6" => {
            Ok(String::new())
        }
        read => read.map_err(|error| {
            format!(
                "It could not be told who is logged in and would be cut off: {}: {error}.",
                lists.join(name).display()
            )
        }),
    };
    Ok(of(&[read("tcp")?, read("tcp6")?]))
}

fn of(tables: &[String]) -> Vec<Session> {
    let rows: Vec<Row> = tables.iter().flat_map(|table| table.lines().filter_map(row)).collect();
    let listens = |port: u16| rows.iter().any(|row| row.state == LISTEN && row.local.1 == port);
    let mut found: Vec<Session> = Vec::new();
    for row in rows.iter().filter(|row| row.state == ESTABLISHED) {
        let (to, port) = row.local;
        let from = row.remote.0;
        if from.is_loopback() || from == to || OF_THE_WEB.contains(&port) || !listens(port) {
            continue;
        }
        let session = Session { from, to, port };
        if !found.contains(&session) {
            found.push(session);
        }
    }
    // The port of SSH is among the lowest: a busy database must not crowd it out.
    found.sort_by_key(|session| session.port);
    found.truncate(MOST);
    found
}

struct Row {
    local: (IpAddr, u16),
    remote: (IpAddr, u16),
    state: u8,
}

/// include/net/tcp_states.h
const ESTABLISHED: u8 = 1;
const LISTEN: u8 = 10;

fn row(line: &str) -> Option<Row> {
    let mut words = line.split_whitespace().skip(1);
    let local = end(words.next()?)?;
    let remote = end(words.next()?)?;
    let state = u8::from_str_radix(words.next()?, 16).ok()?;
    Some(Row { local, remote, state })
}

/// `0A0071CB:0016`: words of four bytes as this machine orders them.
fn end(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| -> Option<[u8; 4]> {
        let digits = address.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    let address: IpAddr = match address.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        32 => {
            let mut bytes = [0; 16];
            for at in 0..4 {
                bytes[at * 4..at * 4 + 4].copy_from_slice(&word(at)?);
            }
            Ipv6Addr::from(bytes).to_canonical()
        }
        _ => return None,
    };
    Some((address, port))
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn who_is_logged_in_is_told_from_who_visits() {
        // Rows as Linux 6.1 writes them.
        let four = "  sl  local_address rem_address   st\n\
            0: 00000000:0016 00000000:0000 0A 00000000:00000000\n\
            1: 0A0071CB:0016 076433C6:D431 01 00000000:00000000\n\
            2: 0A0071CB:01BB 076433C6:D432 01 00000000:00000000\n\
            3: 0A0071CB:C001 076433C6:0050 01 00000000:00000000\n";
        let six = "  sl  local_address rem_address   st\n\
            0: 0000000000000000FFFF00000A0071CB:0016 0000000000000000FFFF0000086433C6:D433 01 0:0\n";
        let found = of(&[four.to_owned(), six.to_owned()]);
        let told: Vec<String> =
            found.iter().map(|one| format!("{}>{}", one.from, one.port)).collect();
        assert_eq!(told, ["198.51.100.7>22", "198.51.100.8>22"]);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_not_nobody() {
        assert!(sessions(Path::new(LISTS)).is_ok());
        let lists = std::env::temp_dir().join(format!("rayfix-lists-{}", std::process::id()));
        std::fs::create_dir(&lists).unwrap();
        assert!(sessions(&lists).unwrap_err().contains("who is logged in"));
        std::fs::write(lists.join("tcp"), "").unwrap();
        assert_eq!(sessions(&lists), Ok(Vec::new()));
        std::fs::remove_dir_all(lists).unwrap();
    }
}
