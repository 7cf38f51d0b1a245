//! A rule's words put in order: the packet's own header, each match with its options, the target.
//!
//! How many words an option takes is told by its match; an option that is not known takes what follows
//! it up to the next one, so that the rest of the rule is still read rightly.

use super::super::addresses::Family;
use super::words::Word;

/// An option with what was said of it.
#[derive(Debug, Clone)]
pub(super) struct Opt<'w> {
    /// With its dashes.
    pub(super) name: &'w str,
    /// Turned round.
    pub(super) negated: bool,
    /// Its words.
    pub(super) args: &'w [Word<'w>],
}

impl<'w> Opt<'w> {
    /// Its first word; empty where there is none.
    pub(super) fn arg(&self) -> &'w str {
        self.args.first().map_or("", |word| word.text.as_ref())
    }

    /// Its second word; empty where there is none.
    pub(super) fn second(&self) -> &'w str {
        self.args.get(1).map_or("", |word| word.text.as_ref())
    }
}

/// A match, or the target, with its options.
#[derive(Debug, Clone)]
pub(super) struct Block<'w> {
    /// `conntrack`, `DNAT`
    pub(super) name: &'w str,
    /// In their order; what is understood is taken out.
    pub(super) options: Vec<Opt<'w>>,
}

impl<'w> Block<'w> {
    /// Takes out the first option of a name.
    pub(super) fn take(&mut self, name: &str) -> Option<Opt<'w>> {
        let at = self.options.iter().position(|option| option.name == name)?;
        Some(self.options.remove(at))
    }

    /// Takes out the first option of any of these names.
    pub(super) fn take_any(&mut self, names: &[&str]) -> Option<Opt<'w>> {
        let at = self.options.iter().position(|option| names.contains(&option.name))?;
        Some(self.options.remove(at))
    }

    /// Takes out an option without words, not turned round; whether it was there.
    pub(super) fn has(&mut self, name: &str) -> bool {
        let at = self.options.iter().position(|option| option.name == name && !option.negated);
        at.is_some_and(|at| {
            self.options.remove(at);
            true
        })
    }
}

/// A rule's parts, not yet understood.
#[derive(Debug, Default)]
pub(super) struct Parts<'w> {
    /// `-s`, `-i` and the like, by their short names.
    pub(super) header: Vec<Opt<'w>>,
    /// The matches, in order.
    pub(super) matches: Vec<Block<'w>>,
    /// The target; `true`: by `-g`.
    pub(super) target: Option<(Block<'w>, bool)>,
    /// Words that belong to nothing.
    pub(super) stray: Vec<&'w str>,
}

/// Puts the words behind `-A CHAIN` in order.
pub(super) fn sort<'w>(words: &'w [Word<'w>], family: Family) -> Parts<'w> {
    let mut parts = Parts::default();
    let mut at = 0;
    let mut negated = false;
    let mut in_target = false;
    while let Some(word) = words.get(at) {
        at += 1;
        if word.turns() {
            negated = true;
            continue;
        }
        let mut turned = std::mem::take(&mut negated);
        if !word.is_option() {
            parts.stray.push(word.text.as_ref());
            continue;
        }
        let text = word.text.as_ref();
        let mut args = |many: Option<usize>| {
            if many != Some(0) && words.get(at).is_some_and(Word::turns) {
                turned = !turned;
                at += 1;
            }
            let rest = &words[at..];
            let many = many.unwrap_or_else(|| {
                rest.iter().take_while(|word| !word.is_option() && !word.turns()).count()
            });
            let args = &rest[..many.min(rest.len())];
            at += args.len();
            args
        };
        match header(text) {
            Some("-c") => {
                args(Some(2));
            }
            Some("-m") => {
                let args = args(Some(1));
                let Some(name) = args.first() else { continue };
                parts.matches.push(Block { name: name.text.as_ref(), options: Vec::new() });
                in_target = false;
            }
            Some(jump @ ("-j" | "-g")) => {
                let args = args(Some(1));
                let Some(name) = args.first() else { continue };
                let block = Block { name: name.text.as_ref(), options: Vec::new() };
                parts.target = Some((block, jump == "-g"));
                in_target = true;
            }
            Some(name) => {
                let args = args(Some(usize::from(name != "-f")));
                parts.header.push(Opt { name, negated: turned, args });
            }
            None => {
                let place = parts.place(text, in_target, family);
                let args = args(place.takes);
                let option = Opt { name: text, negated: turned, args };
                match place.block {
                    Owner::Target => {
                        if let Some((block, _)) = &mut parts.target {
                            block.options.push(option);
                        }
                    }
                    Owner::Match(index) => parts.matches[index].options.push(option),
                    Owner::Nobody => parts.stray.push(text),
                }
            }
        }
    }
    parts
}

enum Owner {
    Match(usize),
    Target,
    Nobody,
}

struct Place {
    block: Owner,
    takes: Option<usize>,
}

impl<'w> Parts<'w> {
    /// To whom an option belongs: to the block that it stands in, to an earlier one that knows it, or to
    /// the protocol's own match, which needs no `-m`.
    fn place(&mut self, option: &str, in_target: bool, family: Family) -> Place {
        if in_target && let Some((block, _)) = &self.target {
            let takes = takes(target_options(block.name), option);
            if takes.is_some() {
                return Place { block: Owner::Target, takes };
            }
        }
        for (index, block) in self.matches.iter().enumerate().rev() {
            let takes = takes(match_options(block.name), option);
            if takes.is_some() {
                return Place { block: Owner::Match(index), takes };
            }
        }
        let implied = self.header.iter().find(|option| option.name == "-p").map(Opt::arg);
        if let Some(name) = implied.and_then(|name| implied_match(name, family)) {
            let takes = takes(match_options(name), option);
            if takes.is_some() {
                self.matches.push(Block { name, options: Vec::new() });
                return Place { block: Owner::Match(self.matches.len() - 1), takes };
            }
        }
        let block = match self.matches.len() {
            _ if in_target && self.target.is_some() => Owner::Target,
            0 => Owner::Nobody,
            many => Owner::Match(many - 1),
        };
        Place { block, takes: None }
    }
}

fn takes(options: &[(&str, usize)], option: &str) -> Option<usize> {
    options.iter().find(|(name, _)| *name == option).map(|(_, takes)| *takes)
}

/// The short name of an option of the packet's header, of the target, or of a match's name.
fn header(option: &str) -> Option<&'static str> {
    Some(match option {
        "-s" | "--source" | "--src" => "-s",
        "-d" | "--destination" | "--dst" => "-d",
        "-i" | "--in-interface" => "-i",
        "-o" | "--out-interface" => "-o",
        "-p" | "--protocol" => "-p",
        "-f" | "--fragment" => "-f",
        "-j" | "--jump" => "-j",
        "-g" | "--goto" => "-g",
        "-m" | "--match" => "-m",
        "-c" | "--set-counters" => "-c",
        _ => return None,
    })
}

/// The match that a protocol brings with it.
fn implied_match(protocol: &str, family: Family) -> Option<&'static str> {
    Some(match (protocol, family) {
        ("tcp" | "6", _) => "tcp",
        ("udp" | "17", _) => "udp",
        ("udplite" | "136", _) => "udplite",
        ("sctp" | "132", _) => "sctp",
        ("dccp" | "33", _) => "dccp",
        ("icmp" | "1", Family::V4) => "icmp",
        ("icmpv6" | "ipv6-icmp" | "58", Family::V6) => "icmp6",
        ("esp" | "50", _) => "esp",
        ("ah" | "51", _) => "ah",
        _ => return None,
    })
}

const PORTS: &[(&str, usize)] =
    &[("--dport", 1), ("--sport", 1), ("--destination-port", 1), ("--source-port", 1)];

/// Each option of a match that is read here, with how many words it takes.
fn match_options(name: &str) -> &'static [(&'static str, usize)] {
    match name {
        "tcp" => &[
            ("--dport", 1),
            ("--sport", 1),
            ("--destination-port", 1),
            ("--source-port", 1),
            ("--tcp-flags", 2),
            ("--syn", 0),
            ("--tcp-option", 1),
        ],
        "udp" | "udplite" => PORTS,
        "sctp" => &[
            ("--dport", 1),
            ("--sport", 1),
            ("--destination-port", 1),
            ("--source-port", 1),
            ("--chunk-types", 2),
        ],
        "dccp" => &[
            ("--dport", 1),
            ("--sport", 1),
            ("--destination-port", 1),
            ("--source-port", 1),
            ("--dccp-types", 1),
            ("--dccp-option", 1),
        ],
        "icmp" => &[("--icmp-type", 1)],
        "icmp6" | "icmpv6" => &[("--icmpv6-type", 1), ("--icmp6-type", 1)],
        "multiport" => &[
            ("--dports", 1),
            ("--sports", 1),
            ("--ports", 1),
            ("--destination-ports", 1),
            ("--source-ports", 1),
            ("--port", 1),
        ],
        "conntrack" => &[
            ("--ctstate", 1),
            ("--ctproto", 1),
            ("--ctorigsrc", 1),
            ("--ctorigdst", 1),
            ("--ctreplsrc", 1),
            ("--ctrepldst", 1),
            ("--ctorigsrcport", 1),
            ("--ctorigdstport", 1),
            ("--ctreplsrcport", 1),
            ("--ctrepldstport", 1),
            ("--ctstatus", 1),
            ("--ctexpire", 1),
            ("--ctdir", 1),
        ],
        "state" => &[("--state", 1)],
        "mark" | "connmark" => &[("--mark", 1)],
        "comment" => &[("--comment", 1)],
        "iprange" => &[("--src-range", 1), ("--dst-range", 1)],
        "addrtype" => &[
            ("--src-type", 1),
            ("--dst-type", 1),
            ("--limit-iface-in", 0),
            ("--limit-iface-out", 0),
        ],
        "pkttype" => &[("--pkt-type", 1)],
        "set" => &[
            ("--match-set", 2),
            ("--set", 2),
            ("--return-nomatch", 0),
            ("--update-counters", 0),
            ("--update-subcounters", 0),
            ("--packets-eq", 1),
            ("--packets-lt", 1),
            ("--packets-gt", 1),
            ("--bytes-eq", 1),
            ("--bytes-lt", 1),
            ("--bytes-gt", 1),
        ],
        "limit" => &[("--limit", 1), ("--limit-burst", 1)],
        "hashlimit" => &[
            ("--hashlimit-upto", 1),
            ("--hashlimit-above", 1),
            ("--hashlimit", 1),
            ("--hashlimit-burst", 1),
            ("--hashlimit-mode", 1),
            ("--hashlimit-srcmask", 1),
            ("--hashlimit-dstmask", 1),
            ("--hashlimit-name", 1),
            ("--hashlimit-htable-size", 1),
            ("--hashlimit-htable-max", 1),
            ("--hashlimit-htable-expire", 1),
            ("--hashlimit-htable-gcinterval", 1),
            ("--hashlimit-rate-match", 0),
            ("--hashlimit-rate-interval", 1),
        ],
        "connlimit" => &[
            ("--connlimit-upto", 1),
            ("--connlimit-above", 1),
            ("--connlimit-mask", 1),
            ("--connlimit-saddr", 0),
            ("--connlimit-daddr", 0),
        ],
        "quota" => &[("--quota", 1)],
        "recent" => &[
            ("--set", 0),
            ("--rcheck", 0),
            ("--update", 0),
            ("--remove", 0),
            ("--seconds", 1),
            ("--reap", 0),
            ("--hitcount", 1),
            ("--rttl", 0),
            ("--name", 1),
            ("--rsource", 0),
            ("--rdest", 0),
            ("--mask", 1),
        ],
        "rpfilter" => &[("--loose", 0), ("--validmark", 0), ("--accept-local", 0), ("--invert", 0)],
        "ttl" => &[("--ttl-eq", 1), ("--ttl-gt", 1), ("--ttl-lt", 1), ("--ttl", 1)],
        "hl" => &[("--hl-eq", 1), ("--hl-gt", 1), ("--hl-lt", 1)],
        "length" => &[("--length", 1)],
        "dscp" => &[("--dscp", 1), ("--dscp-class", 1)],
        "policy" => &[
            ("--dir", 1),
            ("--pol", 1),
            ("--strict", 0),
            ("--reqid", 1),
            ("--spi", 1),
            ("--proto", 1),
            ("--mode", 1),
            ("--tunnel-src", 1),
            ("--tunnel-dst", 1),
            ("--next", 0),
        ],
        "frag" => &[
            ("--fragid", 1),
            ("--fraglen", 1),
            ("--fragres", 0),
            ("--fragfirst", 0),
            ("--fragmore", 0),
            ("--fraglast", 0),
        ],
        "hbh" => &[("--hbh-len", 1), ("--hbh-opts", 1)],
        "dst" => &[("--dst-len", 1), ("--dst-opts", 1)],
        "rt" => &[
            ("--rt-type", 1),
            ("--rt-segsleft", 1),
            ("--rt-len", 1),
            ("--rt-0-res", 0),
            ("--rt-0-addrs", 1),
            ("--rt-0-not-strict", 0),
        ],
        "ipv6header" => &[("--header", 1), ("--soft", 0)],
        "ah" => &[("--ahspi", 1), ("--ahlen", 1), ("--ahres", 0)],
        "string" => &[
            ("--string", 1),
            ("--hex-string", 1),
            ("--algo", 1),
            ("--from", 1),
            ("--to", 1),
            ("--icase", 0),
        ],
        "bpf" => &[("--bytecode", 1), ("--object-pinned", 1)],
        "u32" => &[("--u32", 1)],
        _ => &[],
    }
}

/// Each option of a target that is read here, with how many words it takes.
fn target_options(name: &str) -> &'static [(&'static str, usize)] {
    match name {
        "REJECT" => &[("--reject-with", 1)],
        "NFQUEUE" => &[
            ("--queue-num", 1),
            ("--queue-balance", 1),
            ("--queue-bypass", 0),
            ("--queue-cpu-fanout", 0),
        ],
        "MARK" => &[
            ("--set-mark", 1),
            ("--set-xmark", 1),
            ("--and-mark", 1),
            ("--or-mark", 1),
            ("--xor-mark", 1),
        ],
        "CONNMARK" => &[
            ("--set-mark", 1),
            ("--set-xmark", 1),
            ("--and-mark", 1),
            ("--or-mark", 1),
            ("--xor-mark", 1),
            ("--save-mark", 0),
            ("--restore-mark", 0),
            ("--nfmask", 1),
            ("--ctmask", 1),
            ("--mask", 1),
            ("--left-shift-mark", 1),
            ("--right-shift-mark", 1),
        ],
        "CT" => &[
            ("--notrack", 0),
            ("--helper", 1),
            ("--ctevents", 1),
            ("--expevents", 1),
            ("--zone", 1),
            ("--zone-orig", 1),
            ("--zone-reply", 1),
            ("--timeout", 1),
        ],
        "DNAT" => &[("--to-destination", 1), ("--random", 0), ("--persistent", 0)],
        "REDIRECT" => &[("--to-ports", 1), ("--random", 0)],
        "NETMAP" => &[("--to", 1)],
        "SET" => &[
            ("--add-set", 2),
            ("--del-set", 2),
            ("--map-set", 2),
            ("--exist", 0),
            ("--timeout", 1),
            ("--map-mark", 0),
            ("--map-prio", 0),
            ("--map-queue", 0),
        ],
        "LOG" => &[
            ("--log-prefix", 1),
            ("--log-level", 1),
            ("--log-tcp-sequence", 0),
            ("--log-tcp-options", 0),
            ("--log-ip-options", 0),
            ("--log-uid", 0),
            ("--log-macdecode", 0),
        ],
        "NFLOG" => &[
            ("--nflog-group", 1),
            ("--nflog-prefix", 1),
            ("--nflog-range", 1),
            ("--nflog-size", 1),
            ("--nflog-threshold", 1),
        ],
        "ULOG" => &[
            ("--ulog-nlgroup", 1),
            ("--ulog-prefix", 1),
            ("--ulog-cprange", 1),
            ("--ulog-qthreshold", 1),
        ],
        _ => &[],
    }
}
