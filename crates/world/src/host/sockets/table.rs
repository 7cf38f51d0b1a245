//! Listeners and counters as `/proc/net` tells them (proc(5)).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rayfix_core::evidence::host::ListensAt;

use super::Bare;

/// Reads `/proc/net/tcp` or `tcp6`; `queue` and `only_v6` are not told there.
pub(super) fn tcp(text: &str, queue: u32, only_v6: bool) -> Vec<Bare> {
    text.lines().filter_map(|line| tcp_line(line, queue, only_v6)).collect()
}

fn tcp_line(line: &str, queue: u32, only_v6: bool) -> Option<Bare> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    // `sl local remote state tx:rx timer retransmits uid timeout inode …`; 0A is listening.
    if *fields.get(3)? != "0A" {
        return None;
    }
    let (ip, port) = fields.get(1)?.split_once(':')?;
    let address = SocketAddr::new(ip_of(ip)?, u16::from_str_radix(port, 16).ok()?);
    let (_, waiting) = fields.get(4)?.split_once(':')?;
    Some(Bare {
        at: ListensAt::Tcp { address, only_v6: only_v6 && address.is_ipv6() },
        waiting: u32::from_str_radix(waiting, 16).ok()?,
        queue,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// An address as words of 32 bits, each in this processor's own order.
fn ip_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let bytes = <[u8; 16]>::try_from(words.as_flattened()).ok()?;
            Some(IpAddr::from(Ipv6Addr::from(bytes)).to_canonical())
        }
        _ => None,
    }
}

/// Reads `/proc/net/unix`. How many wait is not told there.
pub(super) fn unix(text: &str) -> Vec<Bare> {
    text.lines().filter_map(unix_line).collect()
}

fn unix_line(line: &str) -> Option<Bare> {
    // `Num RefCount Protocol Flags Type St Inode Path`; the path may hold blanks.
    let mut rest = line;
    let mut fields = [""; 7];
    for field in &mut fields {
        rest = rest.trim_start();
        let end = rest.find(' ')?;
        (*field, rest) = rest.split_at(end);
    }
    // `__SO_ACCEPTCON`, and a stream.
    if (fields[3], fields[4]) != ("00010000", "0001") {
        return None;
    }
    let path = rest.strip_prefix(' ').filter(|path| !path.is_empty())?.to_owned();
    let at = ListensAt::Unix { path };
    Some(Bare { at, inode: fields[6].parse().ok()?, waiting: 0, queue: 1 })
}

/// `ListenOverflows` of `/proc/net/netstat`, in which a line of names precedes each line of numbers.
pub(super) fn overflows(text: &str) -> Option<u64> {
    let mut of_tcp = text.lines().filter_map(|line| line.strip_prefix("TcpExt:"));
    let (names, numbers) = (of_tcp.next()?, of_tcp.next()?);
    let at = names.split_ascii_whitespace().position(|name| name == "ListenOverflows")?;
    numbers.split_ascii_whitespace().nth(at)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn listeners_are_read_from_the_tables() {
        // captured: Linux 6.1; the last line is an open connection
        let four = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:1F40 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 18344 1 0000000000000000 100 0 0 10 0\n   \
            1: 0100007F:1F40 0100007F:A2C4 01 00000000:00000000 00:00000000 00000000     0        0 18999 1 0000000000000000 20 4 30 10 -1\n";
        let seen = tcp(four, 4_096, true);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].at.to_string(), "127.0.0.1:8000");
        assert_eq!((seen[0].waiting, seen[0].queue, seen[0].inode), (3, 4_096, 18_344));
        let six = "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A \
            00000000:00000000 00:00000000 00000000     0        0 7 1 0 100 0 0 10 0\n";
        assert_eq!(tcp(six, 1, false)[0].at.to_string(), "[::1]:80");
        let unix_text = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 20011 /run/my shop.sock\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 20012 @hidden\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 20013 /run/connected\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 20014\n";
        let seen: Vec<String> = unix(unix_text)
            .iter()
            .map(|socket| format!("{} {}", socket.at, socket.inode))
            .collect();
        assert_eq!(seen, ["unix:/run/my shop.sock 20011", "unix:@hidden 20012"]);
        for odd in ["", "0: 01:02 03 0A", "0: ü:0 0 0A 0:0 0 0 0 0 1", "0 0 0 00010000 0001 01 x y"]
        {
            assert!(tcp(odd, 1, false).is_empty() && unix(odd).is_empty(), "{odd}");
        }
    }

    #[test]
    fn the_counter_is_found_by_its_name() {
        let text = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 23\nIpExt: A\nIpExt: 9\n";
        assert_eq!(overflows(text), Some(22));
        assert_eq!(overflows("TcpExt: ListenOverflows\n"), None);
        assert_eq!(overflows(""), None);
    }
}
