//! The targets of iptables-extensions(8), and user chains.
//!
//! What changes neither the verdict nor anything that a later rule here asks for adds no part.

use super::super::addresses::{Family, Numbers};
use super::super::model::{
    End, Field, Hook, How, Nat, NatTo, Op, Part, SetMark, Term, Value, Verdict,
};
use super::matches::term_lists;
use super::options::Block;
use super::rule::Around;
use super::words::{MARK, address_span, mark, masked, number, prefix, span};

/// Reads a target; `goto`: by `-g`.
pub(super) fn read(
    block: &mut Block<'_>,
    goto: bool,
    around: &Around<'_>,
    parts: &mut Vec<Part>,
) -> Option<()> {
    if goto {
        if !around.chains.contains_key(block.name) {
            return None;
        }
        parts.push(Part::Verdict(Verdict::Goto(block.name.to_owned())));
        return Some(());
    }
    let part = match block.name {
        "ACCEPT" => Part::Verdict(Verdict::Accept),
        "DROP" => Part::Verdict(Verdict::Drop),
        "RETURN" => Part::Verdict(Verdict::Return),
        name if around.chains.contains_key(name) => Part::Verdict(Verdict::Jump(name.to_owned())),
        "REJECT" => Part::Verdict(Verdict::Reject(reject(block)?)),
        "QUEUE" => Part::Verdict(Verdict::Queue { numbers: Numbers::one(0), bypass: false }),
        "NFQUEUE" => queue(block)?,
        "MARK" => Part::Mark(set_mark(block)?),
        "CONNMARK" => Part::Mark(connection_mark(block)?),
        "HMARK" => {
            block.options.clear();
            Part::Mark(SetMark { of_connection: false, to: Value::Unknown("HMARK".to_owned()) })
        }
        "NOTRACK" => Part::NoTrack,
        "CT" => {
            let not_tracked = block.has("--notrack");
            block.options.clear();
            if !not_tracked {
                return Some(());
            }
            Part::NoTrack
        }
        "DNAT" => destination(block, around)?,
        "REDIRECT" => {
            block.has("--random");
            let port = match block.take("--to-ports") {
                Some(option) => Some(NatTo::OneOf(span(option.arg(), '-', 65535)?)),
                None => None,
            };
            Part::Nat(Nat::Redirect { port })
        }
        "NETMAP" => netmap(block, around)?,
        "SNAT" | "MASQUERADE" => {
            block.options.clear();
            Part::Nat(Nat::Source)
        }
        "SET" => return set(block, around, parts),
        "SYNPROXY" => {
            block.options.clear();
            Part::Verdict(Verdict::SynProxy)
        }
        "LOG" | "NFLOG" | "ULOG" | "TRACE" | "AUDIT" | "CHECKSUM" | "CLASSIFY" | "DSCP" | "ECN"
        | "TOS" | "TTL" | "HL" | "TCPMSS" | "TCPOPTSTRIP" | "SECMARK" | "CONNSECMARK"
        | "IDLETIMER" | "LED" | "RATEEST" | "TEE" => {
            block.options.clear();
            return Some(());
        }
        _ => return None,
    };
    parts.push(part);
    Some(())
}

fn reject(block: &mut Block<'_>) -> Option<How> {
    let Some(option) = block.take("--reject-with") else { return Some(How::PortUnreachable) };
    Some(match option.arg() {
        "tcp-reset" | "tcp-rst" => How::Reset,
        "icmp-port-unreachable" | "port-unreach" | "icmp6-port-unreachable" => How::PortUnreachable,
        "icmp-net-unreachable"
        | "icmp-host-unreachable"
        | "icmp-proto-unreachable"
        | "icmp-net-prohibited"
        | "icmp-host-prohibited"
        | "icmp-admin-prohibited"
        | "net-unreach"
        | "host-unreach"
        | "proto-unreach"
        | "net-prohib"
        | "host-prohib"
        | "admin-prohib"
        | "icmp6-no-route"
        | "no-route"
        | "icmp6-adm-prohibited"
        | "adm-prohibited"
        | "icmp6-addr-unreachable"
        | "addr-unreach"
        | "icmp6-policy-fail"
        | "policy-fail"
        | "icmp6-reject-route"
        | "reject-route" => How::Unreachable,
        _ => return None,
    })
}

fn queue(block: &mut Block<'_>) -> Option<Part> {
    let mut numbers = Numbers::one(0);
    if let Some(option) = block.take("--queue-num") {
        numbers = Numbers::one(number(option.arg()).filter(|number| *number <= 65535)?);
    }
    if let Some(option) = block.take("--queue-balance") {
        numbers = span(option.arg(), ':', 65535)?;
    }
    let bypass = block.has("--queue-bypass");
    block.has("--queue-cpu-fanout");
    Some(Part::Verdict(Verdict::Queue { numbers, bypass }))
}

/// `(field & !clear) ^ turn`
fn changed(field: Field, clear: u128, turn: u128) -> Value {
    if clear == MARK {
        return Value::Number(turn);
    }
    let mut ops = Vec::new();
    if clear != 0 {
        ops.push(Op::And(MARK & !clear));
    }
    if turn != 0 {
        ops.push(Op::Xor(turn));
    }
    Value::Of(Term { field, ops })
}

/// The options that MARK and CONNMARK share.
fn new_mark(block: &mut Block<'_>, field: Field) -> Option<Value> {
    let option = block.options.pop()?;
    Some(match option.name {
        "--set-mark" => {
            let (value, mask) = masked(option.arg())?;
            changed(field, value | mask, value)
        }
        "--set-xmark" => {
            let (value, mask) = masked(option.arg())?;
            changed(field, mask, value)
        }
        "--and-mark" => changed(field, MARK & !mark(option.arg())?, 0),
        "--or-mark" => {
            let bits = mark(option.arg())?;
            changed(field, bits, bits)
        }
        "--xor-mark" => changed(field, 0, mark(option.arg())?),
        _ => return None,
    })
}

fn set_mark(block: &mut Block<'_>) -> Option<SetMark> {
    Some(SetMark { of_connection: false, to: new_mark(block, Field::Mark)? })
}

fn connection_mark(block: &mut Block<'_>) -> Option<SetMark> {
    let save = block.has("--save-mark");
    let restore = block.has("--restore-mark");
    if !save && !restore {
        let to = new_mark(block, Field::ConnectionMark)?;
        return Some(SetMark { of_connection: true, to });
    }
    let mut of = |name: &str| match block.take(name) {
        Some(option) => mark(option.arg()),
        None => Some(MARK),
    };
    let both = of("--mask")?;
    let (packet, connection) = (of("--nfmask")? & both, of("--ctmask")? & both);
    // What is cleared in the one, and what is taken from the other.
    let (from, taken, into, cleared) = if save {
        (Field::Mark, packet, Field::ConnectionMark, connection)
    } else {
        (Field::ConnectionMark, connection, Field::Mark, packet)
    };
    let masked = |field: Field, mask: u128| Term {
        field,
        ops: if mask == MARK { Vec::new() } else { vec![Op::And(mask)] },
    };
    let to = if cleared == MARK {
        Value::Of(masked(from, taken))
    } else {
        Value::Both(masked(into, MARK & !cleared), masked(from, taken))
    };
    Some(SetMark { of_connection: save, to })
}

/// `ADDRESS[-ADDRESS][:PORT[-PORT]]`, IPv6 addresses in brackets before a port.
fn destination(block: &mut Block<'_>, around: &Around<'_>) -> Option<Part> {
    block.has("--random");
    block.has("--persistent");
    let option = block.take("--to-destination")?;
    let text = option.arg();
    let (addresses, port) = match around.family {
        Family::V4 => match text.split_once(':') {
            Some((addresses, port)) => (addresses.to_owned(), Some(port)),
            None => (text.to_owned(), None),
        },
        Family::V6 => match text.rsplit_once("]:") {
            Some((addresses, port)) => (addresses.replace(['[', ']'], ""), Some(port)),
            None => (text.replace(['[', ']'], ""), None),
        },
    };
    let address = match addresses.as_str() {
        "" => None,
        some => Some(NatTo::OneOf(address_span(around.family, some)?)),
    };
    let port = match port {
        // `80-90/100`: shifted by a base, within the span.
        Some(port) => Some(NatTo::OneOf(span(port.split('/').next().unwrap_or(port), '-', 65535)?)),
        None => None,
    };
    Some(Part::Nat(Nat::Destination { address, port }))
}

/// Maps a whole net onto another: where it goes before the route is chosen, else where it comes from. In
/// a chain of the user's it is not told which.
fn netmap(block: &mut Block<'_>, around: &Around<'_>) -> Option<Part> {
    let option = block.take("--to")?;
    let (net, mask) = prefix(around.family, option.arg())?;
    let rest = around.family.highest() & !mask;
    match around.hook? {
        Hook::Prerouting | Hook::Output => {
            let field = Field::Address(around.of(), End::Destination);
            let ops = vec![Op::And(rest), Op::Or(net)];
            Some(Part::Nat(Nat::Destination {
                address: Some(NatTo::Value(Value::Of(Term { field, ops }))),
                port: None,
            }))
        }
        Hook::Postrouting | Hook::Input => Some(Part::Nat(Nat::Source)),
        Hook::Ingress | Hook::Forward | Hook::Egress => None,
    }
}

/// `-j SET`: what takes an address out again could change any later look into the set.
fn set(block: &mut Block<'_>, around: &Around<'_>, parts: &mut Vec<Part>) -> Option<()> {
    if block.take("--del-set").is_some() {
        return None;
    }
    if block.take("--map-set").is_some() {
        block.has("--map-prio");
        block.has("--map-queue");
        if block.has("--map-mark") {
            let to = Value::Unknown("the set's mark".to_owned());
            parts.push(Part::Mark(SetMark { of_connection: false, to }));
        }
    }
    if let Some(option) = block.take("--add-set") {
        let name = option.arg();
        // A list takes in by its members; a set that holds nothing of this kind takes nothing in.
        match term_lists(name, option.second(), around) {
            Some(sets) => parts.extend(
                sets.iter().map(|(set, _)| Part::Adds { set: (*set).to_owned(), ipset: true }),
            ),
            None => parts.push(Part::Adds { set: name.to_owned(), ipset: true }),
        }
        block.has("--exist");
        block.take("--timeout");
    }
    Some(())
}
