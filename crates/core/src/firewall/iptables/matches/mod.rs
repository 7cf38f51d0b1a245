//! The matches of iptables-extensions(8), by the name behind `-m`.
//!
//! Each takes the options that it understands out of its block and adds the parts; `None`, or an option
//! left over, makes the match one that may hold or not. A plain packet, as the evaluation takes it,
//! has no fragments, no extension headers and no protection: matches on these are decided.

mod addresses;
mod connection;
mod limits;
mod plain;
mod ports;
mod sets;

pub(super) use self::sets::term_lists;

use super::super::model::Part;
use super::options::Block;
use super::rule::Around;

/// Reads a match.
pub(super) fn read(
    block: &mut Block<'_>,
    around: &Around<'_>,
    parts: &mut Vec<Part>,
) -> Option<()> {
    match block.name {
        "tcp" => ports::tcp(block, parts),
        "udp" => ports::plain(block, 17, parts),
        "dccp" => ports::plain(block, 33, parts),
        "sctp" => ports::plain(block, 132, parts),
        "udplite" => ports::plain(block, 136, parts),
        "multiport" => ports::multiport(block, parts),
        "icmp" => ports::icmp(block, around, parts),
        "icmp6" | "icmpv6" => ports::icmp(block, around, parts),
        "conntrack" => connection::conntrack(block, around, parts),
        "state" => connection::state(block, parts),
        "mark" => connection::mark(block, parts),
        "connmark" => connection::connmark(block, parts),
        "iprange" => addresses::iprange(block, around, parts),
        "addrtype" => addresses::addrtype(block, around, parts),
        "pkttype" => addresses::pkttype(block, parts),
        "rpfilter" => addresses::rpfilter(block, parts),
        "set" => sets::set(block, around, parts),
        "limit" => limits::limit(block, parts),
        "hashlimit" => limits::hashlimit(block, parts),
        "connlimit" => limits::connlimit(block, parts),
        "quota" => limits::quota(block, parts),
        "recent" => limits::recent(block, parts),
        "ttl" | "hl" => plain::hops(block, parts),
        "length" => plain::length(block, parts),
        "dscp" => plain::dscp(block, parts),
        "policy" => plain::policy(block, parts),
        "frag" | "hbh" | "dst" | "rt" => plain::extension(block, parts),
        "ah" if around.family == super::super::addresses::Family::V6 => {
            plain::extension(block, parts)
        }
        "ipv6header" => plain::ipv6header(block, parts),
        _ => None,
    }
}
