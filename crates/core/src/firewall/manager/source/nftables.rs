//! What is loaded at boot for `nft`: `/etc/nftables.conf` and the files that it takes in.
//!
//! Only plain rules are found again: one that uses a `define` is listed in other words.

use super::super::super::model::Backend;
use super::super::super::ruling::{ChainAt, RuleAt};
use super::super::super::snapshot::Snapshot;
use super::{Line, lines};

/// The line of a rule.
pub(super) fn rule(snapshot: &Snapshot, rule: &RuleAt) -> Option<Line> {
    let wanted = plain(&rule.text);
    if wanted.is_empty() {
        return None;
    }
    in_chain(snapshot, &rule.at).find(|(_, statement)| plain(statement) == wanted).map(|it| it.0)
}

/// Whether a line holds this rule and nothing else.
pub(super) fn is_alone(line: &str, rule: &str) -> bool {
    plain(uncommented(line).trim().trim_end_matches(';')) == plain(rule)
}

/// The line of a policy.
pub(super) fn policy(snapshot: &Snapshot, at: &ChainAt) -> Option<Line> {
    in_chain(snapshot, at).find(|(_, statement)| plain(statement) == "policy drop").map(|it| it.0)
}

/// The statements of a chain, with the lines that they begin on.
fn in_chain<'a>(
    snapshot: &'a Snapshot,
    at: &'a ChainAt,
) -> impl Iterator<Item = (Line, String)> + 'a {
    // A file that is taken in may have any name.
    let others = [
        "/etc/ufw/",
        "/etc/default/",
        "/etc/csf/",
        "/etc/fail2ban/",
        "/etc/iptables/",
        "firewalld/",
    ];
    let ours = move |path: &&String| !others.iter().any(|other| path.contains(other));
    let files = snapshot.files.keys().filter(ours);
    files.flat_map(move |path| of_file(lines(snapshot, path), at))
}

fn of_file(lines: Vec<Line>, at: &ChainAt) -> Vec<(Line, String)> {
    if at.backend != Backend::Nft {
        return Vec::new();
    }
    let family = at.family.word();
    let mut table = vec![format!("table {family} {}", at.table)];
    let mut added = vec![format!("{family} {} {} ", at.table, at.chain)];
    if family == "ip" {
        // What no family is named for.
        table.push(format!("table {}", at.table));
        added.push(format!("{} {} ", at.table, at.chain));
    }
    let chain = format!("chain {}", at.chain);
    let mut found = Vec::new();
    // What stands before each brace that is open.
    let mut open: Vec<String> = Vec::new();
    let mut statement = String::new();
    let mut begins: Option<Line> = None;
    for line in lines {
        for character in uncommented(&line.text).chars().chain(['\n']) {
            let inside = open.len() == 2 && table.contains(&open[0]) && open[1] == chain;
            let in_block = open.last().is_none_or(|head| is_block(head));
            match character {
                '{' if in_block && is_block(&plain(&statement)) => {
                    open.push(plain(&statement));
                    statement.clear();
                    begins = None;
                }
                '{' => {
                    open.push(String::new());
                    statement.push(character);
                }
                '}' if in_block => {
                    open.pop();
                    statement.clear();
                    begins = None;
                }
                '}' => {
                    open.pop();
                    statement.push(character);
                }
                '\n' | ';' if in_block => {
                    let text = plain(&statement);
                    let rest = ["add rule ", "insert rule "]
                        .iter()
                        .find_map(|verb| text.strip_prefix(verb))
                        .and_then(|rest| added.iter().find_map(|it| rest.strip_prefix(it)));
                    if let Some(begins) = begins.take() {
                        if let Some(rest) = rest {
                            found.push((begins, rest.to_owned()));
                        } else if inside {
                            found.push((begins, text));
                        }
                    }
                    statement.clear();
                }
                _ => {
                    if begins.is_none() && !character.is_whitespace() {
                        begins = Some(line.clone());
                    }
                    statement.push(if character == '\n' { ' ' } else { character });
                }
            }
        }
    }
    found
}

/// Whether a table, a chain or the like begins.
fn is_block(head: &str) -> bool {
    let mut words: Vec<&str> = head.split(' ').collect();
    if words[0] == "add" {
        words.remove(0);
    }
    matches!(
        words[..],
        ["table", _]
            | ["table", _, _]
            | ["chain" | "set" | "map" | "flowtable" | "limit" | "quota", _]
    )
}

fn uncommented(line: &str) -> &str {
    let mut quoted = false;
    let end = line.find(|character| {
        quoted ^= character == '"';
        character == '#' && !quoted
    });
    &line[..end.unwrap_or(line.len())]
}

/// Without counters, handles and blanks that do not matter.
fn plain(text: &str) -> String {
    let text = text.split(" # handle ").next().unwrap_or(text);
    let text = text.replace(['{', '}', ','], " ");
    let mut words = text.split_whitespace().peekable();
    let mut kept: Vec<&str> = Vec::new();
    while let Some(word) = words.next() {
        if word != "counter" {
            kept.push(word);
            continue;
        }
        while words.next_if(|next| matches!(*next, "packets" | "bytes")).is_some() {
            words.next();
        }
    }
    kept.join(" ")
}
