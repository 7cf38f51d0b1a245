//! Words for who listens.

use crate::evidence::host::{Listener, Listeners, ListensAt};
use crate::report::guard::quote;
use crate::report::words::units::{count, list, list_of, several};

/// The web server's ports, then queues that are full, then the rest in numbers.
pub(super) fn sentence(listeners: &Listeners) -> String {
    let is_web = |socket: &&Listener| matches!(socket.at.port(), Some(80 | 443));
    let web: Vec<&Listener> = listeners.sockets.iter().filter(is_web).collect();
    let mut parts = if web.is_empty() {
        vec!["nobody listens on port 80 or 443".to_owned()]
    } else {
        by_program(&web)
    };
    let rest = listeners.sockets.len() - web.len();
    if rest > 0 {
        let verb = if rest == 1 { "listens" } else { "listen" };
        parts.push(format!(
            "{} {verb}",
            several(rest, if web.is_empty() { "socket" } else { "other socket" })
        ));
    }
    let full = listeners.sockets.iter().filter(|socket| socket.waiting > socket.queue);
    for socket in full.take(3) {
        parts.push(format!(
            "the queue of {} is full: {} wait, and {} may",
            place(&socket.at),
            count(u64::from(socket.waiting)),
            count(u64::from(socket.queue)),
        ));
    }
    if let (Some(before), Some(after)) = (listeners.overflows_before, listeners.overflows_after)
        && after > before
    {
        let lost = usize::try_from(after - before).unwrap_or(usize::MAX);
        parts.push(format!(
            "the kernel dropped {} at a full queue meanwhile",
            several(lost, "connection")
        ));
    }
    if !listeners.owners_seen {
        parts.push("not all of their programs could be seen".to_owned());
    }
    parts.join("; ")
}

/// `` `nginx` listens on 0.0.0.0:443 and [::]:443 ``, one for each program.
fn by_program(sockets: &[&Listener]) -> Vec<String> {
    let name = |socket: &Listener| match &socket.program {
        Some(program) => quote(&program.name),
        None => "a program that could not be seen".to_owned(),
    };
    let mut names: Vec<String> = Vec::new();
    for socket in sockets {
        let name = name(socket);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let own =
        |who: &String| sockets.iter().filter(|socket| name(socket) == *who).copied().collect();
    let phrase = |who: &String| {
        let own: Vec<&Listener> = own(who);
        let at: Vec<ListensAt> = own.iter().map(|socket| socket.at.clone()).collect();
        let only = if at.iter().all(ListensAt::is_local) {
            ", which only the origin itself reaches"
        } else {
            ""
        };
        format!("{who} listens on {}{only}", places(&at))
    };
    names.iter().map(phrase).collect()
}

/// `127.0.0.1:8000 and [::1]:8000`; at most six are named.
pub(super) fn places(all: &[ListensAt]) -> String {
    let all: Vec<String> = all.iter().map(place).collect();
    if all.len() > 6 { list_of(&all, 6) } else { list(&all) }
}

/// An address is ours to say; a path is quoted.
fn place(at: &ListensAt) -> String {
    match at {
        ListensAt::Tcp { address, .. } => address.to_string(),
        ListensAt::Unix { .. } => quote(&at.to_string()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::evidence::host::Program;

    pub(in crate::report::words::host) fn program(name: &str, unit: Option<&str>) -> Program {
        Program {
            pid: 7,
            name: name.to_owned(),
            command: name.to_owned(),
            user: "www-data".to_owned(),
            unit: unit.map(str::to_owned),
            container: None,
            since: None,
        }
    }

    fn socket(at: &str, program_name: &str) -> Listener {
        let at = match at.parse() {
            Ok(address) => ListensAt::Tcp { address, only_v6: false },
            Err(_) => ListensAt::Unix { path: at.to_owned() },
        };
        let program = (!program_name.is_empty()).then(|| program(program_name, None));
        Listener { at, program, waiting: 0, queue: 511 }
    }

    fn said(sockets: Vec<Listener>) -> String {
        sentence(&Listeners { sockets, owners_seen: true, ..Listeners::default() })
    }

    #[test]
    fn the_web_ports_are_told_with_their_programs() {
        for (sockets, wanted) in [
            (
                vec![
                    socket("0.0.0.0:443", "nginx"),
                    socket("[::]:443", "nginx"),
                    socket("/run/a.sock", "a"),
                ],
                "`nginx` listens on 0.0.0.0:443 and [::]:443; 1 other socket listens",
            ),
            (
                vec![socket("127.0.0.1:443", "nginx")],
                "`nginx` listens on 127.0.0.1:443, which only the origin itself reaches",
            ),
            (
                vec![socket("0.0.0.0:80", "nginx"), socket("0.0.0.0:443", "")],
                "`nginx` listens on 0.0.0.0:80; a program that could not be seen listens on 0.0.0.0:443",
            ),
            (
                vec![socket("0.0.0.0:22", "sshd"), socket("127.0.0.1:25", "exim4")],
                "nobody listens on port 80 or 443; 2 sockets listen",
            ),
            (vec![], "nobody listens on port 80 or 443"),
        ] {
            assert_eq!(said(sockets), wanted);
        }
    }

    #[test]
    fn full_queues_and_what_cannot_be_seen_are_told() {
        let full = Listener { waiting: 6, queue: 5, ..socket("127.0.0.1:8000", "gunicorn") };
        let listeners = Listeners {
            sockets: vec![full],
            owners_seen: false,
            overflows_before: Some(10),
            overflows_after: Some(13),
        };
        assert_eq!(
            sentence(&listeners),
            "nobody listens on port 80 or 443; 1 socket listens; the queue of 127.0.0.1:8000 is full: \
             6 wait, and 5 may; the kernel dropped 3 connections at a full queue meanwhile; not all of \
             their programs could be seen"
        );
    }
}
