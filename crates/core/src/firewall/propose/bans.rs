//! Bans are lifted by who made them: fail2ban, CrowdSec, csf.
//!
//! What is done behind their back to the rules comes back, and they would not know of it.

use ipnet::IpNet;

use super::candidate::Candidate;
use super::edit::{Edit, SetName};
use super::insertion::name;
use super::proposal::Command;
use super::rule::{NewRule, Simple, Sort};
use super::sets::{Listed, guilty, set_of};
use super::want::Want;
use super::words::{is_plain, of_family, short, some};
use crate::firewall::Firewall;
use crate::firewall::manager::{Manager, marks};
use crate::firewall::model::{Table, Verdict};
use crate::firewall::ruling::{Decider, RuleAt};
use crate::firewall::snapshot::Snapshot;

/// Bans as they stand in the rules, with what takes them away.
struct Bans {
    texts: Vec<String>,
    prefixes: Vec<IpNet>,
    edits: Vec<Edit>,
}

/// All bans of the chain or set that decides, of addresses asked about.
fn bans(
    want: &Want,
    rule: &RuleAt,
    asked: &[IpNet],
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Option<Bans> {
    if let Some(set) = named(want, rule, firewall) {
        let found: Vec<Listed> = guilty(&set, want, snapshot);
        let texts = found.iter().map(|element| element.text.clone()).collect();
        let prefixes: Vec<IpNet> = found.into_iter().flat_map(|element| element.prefixes).collect();
        let edits = vec![Edit::Remove { set, prefixes: prefixes.clone() }];
        return (!prefixes.is_empty()).then_some(Bans { texts, prefixes, edits });
    }
    let table = name(&rule.at).find(&firewall.ruleset)?;
    rules_of(table, rule, &[&rule.at.chain], asked)
}

fn named(want: &Want, rule: &RuleAt, firewall: &Firewall) -> Option<SetName> {
    set_of(want, firewall).or_else(|| {
        let set = marks::set_of(&rule.text)?;
        firewall.ruleset.ipsets.contains_key(set).then(|| SetName::Ipset(set.to_owned()))
    })
}

/// The rules of some chains that refuse nothing but addresses asked about, the last first.
fn rules_of(table: &Table, rule: &RuleAt, chains: &[&str], asked: &[IpNet]) -> Option<Bans> {
    let mut found = Bans { texts: Vec::new(), prefixes: Vec::new(), edits: Vec::new() };
    for chain in chains {
        let Some(at) = table.chain(chain) else { continue };
        for (at, ban) in table.chains[at].rules.iter().enumerate().rev() {
            let leads_away = |says: &Simple| matches!(&says.verdict, Verdict::Goto(to) | Verdict::Jump(to) if to.starts_with("LOGDROP"));
            let Some(mut says) = Simple::of(ban) else { continue };
            if leads_away(&says) {
                says.verdict = Verdict::Drop;
            }
            let Some(prefix) = says.prefix().filter(|_| says.refuses_within(asked)) else {
                continue;
            };
            if !found.prefixes.contains(&prefix) {
                found.texts.push(short(&prefix));
                found.prefixes.push(prefix);
            }
            found.edits.push(Edit::Delete {
                table: name(&rule.at),
                chain: (*chain).to_owned(),
                at,
            });
        }
    }
    (!found.edits.is_empty()).then_some(found)
}

fn besides(made: &mut Candidate, prefixes: &[IpNet]) {
    made.besides = Some((
        prefixes.to_vec(),
        "The ban is on every port, and lifting it lets these addresses in wherever the other rules do."
            .to_owned(),
    ));
}

/// fail2ban: the jail's name is in the chain's or the set's.
#[must_use]
pub(super) fn fail2ban(
    want: &Want,
    id: &str,
    asked: &[IpNet],
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Option<Candidate> {
    let Decider::Rule(rule) = &want.by else { return None };
    let found = bans(want, rule, asked, firewall, snapshot)?;
    let jail = jail(rule, named(want, rule, firewall).as_ref())?;
    if !is_plain(&jail) {
        return None;
    }
    let mut made = Candidate::new(
        Manager::Fail2ban,
        id,
        format!("so the ban is lifted in fail2ban's jail {jail}"),
    );
    let list = found.texts.join(" ");
    made.run(
        format!("fail2ban-client set {jail} unbanip {list}"),
        format!("fail2ban-client set {jail} banip {list}"),
    );
    made.removes.push(format!("the ban on {} in jail {jail}", some(&found.texts)));
    made.kept.by_itself = true;
    made.kept.how = vec![
        "fail2ban forgets the ban in its own database too.".to_owned(),
        format!(
            "So that it does not come back: let the web server log visitors' own addresses, and put \
             Cloudflare's ranges into `ignoreip` of jail {jail} in /etc/fail2ban/jail.local."
        ),
    ];
    made.kept.commands = vec![Command::line(
        "/etc/fail2ban/jail.local",
        format!("ignoreip = 127.0.0.1/8 ::1 {}", spaced(asked)),
    )];
    made.cautions.push(
        "The ban comes back as long as the log shows Cloudflare's addresses in the place of visitors'."
            .to_owned(),
    );
    besides(&mut made, &found.prefixes);
    made.edits = found.edits;
    Some(made)
}

fn spaced(ranges: &[IpNet]) -> String {
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn jail(rule: &RuleAt, set: Option<&SetName>) -> Option<String> {
    let from_set = |name: &str| {
        let ends = ["addr6-set-", "addr-set-", "f2b-", "fail2ban-"];
        let jail = ends.iter().find_map(|begin| name.strip_prefix(begin))?;
        // The set of IPv6 addresses bears a 6 at the end.
        let six = rule.at.family == crate::firewall::model::TableFamily::Ip6;
        Some(jail.strip_suffix('6').filter(|_| six).unwrap_or(jail).to_owned())
    };
    match set {
        Some(SetName::Of(_, name) | SetName::Ipset(name)) => from_set(name),
        None => {
            let chain = &rule.at.chain;
            chain.strip_prefix("f2b-").or(chain.strip_prefix("fail2ban-")).map(str::to_owned)
        }
    }
}

/// CrowdSec: the decision is deleted, not the set's element, which the bouncer would put back.
#[must_use]
pub(super) fn crowdsec(
    want: &Want,
    id: &str,
    asked: &[IpNet],
    firewall: &Firewall,
    snapshot: &Snapshot,
) -> Option<Candidate> {
    let Decider::Rule(rule) = &want.by else { return None };
    let found = bans(want, rule, asked, firewall, snapshot)?;
    let mut made =
        Candidate::new(Manager::Crowdsec, id, "so CrowdSec's decisions on them are deleted");
    for (text, prefix) in found.texts.iter().zip(&found.prefixes) {
        let what = if prefix.prefix_len() == prefix.max_prefix_len() { "--ip" } else { "--range" };
        made.run(
            format!("cscli decisions delete {what} {text}"),
            format!(
                "cscli decisions add {what} {text} --duration 4h --reason 'taken back by rayfix'"
            ),
        );
    }
    made.removes.push(format!("CrowdSec's decisions on {}", some(&found.texts)));
    made.kept.by_itself = true;
    made.kept.how = vec![
        "CrowdSec keeps its decisions itself. So that they do not come back: let the web server log \
         visitors' own addresses, and put Cloudflare's ranges on a whitelist (a parser in \
         /etc/crowdsec/parsers/s02-enrich/)."
            .to_owned(),
    ];
    made.cautions = vec![
        "The bouncer takes some seconds to follow.".to_owned(),
        "In nft mode a bouncer writes the first address of a range in its place: where `cscli decisions \
         list` does not know an address, look for the range that begins with it."
            .to_owned(),
        "What comes from a subscribed blocklist comes back unless it is whitelisted.".to_owned(),
    ];
    besides(&mut made, &found.prefixes);
    made.edits = found.edits;
    Some(made)
}

/// csf: from its deny list, with what the deny does to answers.
#[must_use]
pub(super) fn csf_deny(
    want: &Want,
    id: &str,
    asked: &[IpNet],
    firewall: &Firewall,
) -> Option<Candidate> {
    let Decider::Rule(rule) = &want.by else { return None };
    let table = name(&rule.at).find(&firewall.ruleset)?;
    if !["DENYIN", "DENYOUT"].contains(&rule.at.chain.as_str()) {
        return None;
    }
    let found = rules_of(table, rule, &["DENYIN", "DENYOUT"], asked)?;
    let mut made = Candidate::new(Manager::Csf, id, "so they are taken from csf's deny list");
    for text in &found.texts {
        made.run(format!("csf -dr {text}"), format!("csf -d {text}"));
    }
    made.removes.push(format!("{} from /etc/csf/csf.deny", some(&found.texts)));
    made.kept.by_itself = true;
    made.kept.how = vec!["csf takes them from /etc/csf/csf.deny at once.".to_owned()];
    made.cautions.push(
        "lfd denies them again as long as the logs show Cloudflare's addresses: put the ranges into \
         /etc/csf/csf.ignore."
            .to_owned(),
    );
    besides(&mut made, &found.prefixes);
    made.edits = found.edits;
    Some(made)
}

/// csf: into its allow list, limited to the ports.
#[must_use]
pub(super) fn csf_allow(want: &Want, id: &str, firewall: &Firewall) -> Option<Candidate> {
    let at = super::words::chain_of(&want.by)?;
    let table = name(at).find(&firewall.ruleset)?;
    let family = super::insertion::family_of(at.family)?;
    let chain = "ALLOWIN";
    table.chain(chain)?;
    let ranges = of_family(family, &want.by_chain);
    let ports = super::words::commas(&want.by_chain_ports);
    let lines: Vec<String> =
        ranges.iter().map(|range| format!("tcp|in|d={ports}|s={range} # {id}")).collect();
    let mut made = Candidate::new(Manager::Csf, id, "so they come into csf's allow list");
    let quoted: Vec<String> = lines.iter().map(|line| format!("'{line}'")).collect();
    made.run(
        format!("printf '%s\\n' {} >> /etc/csf/csf.allow && csf -r", quoted.join(" ")),
        format!("sed -i '/# {id}$/d' /etc/csf/csf.allow && csf -r"),
    );
    made.adds.push(format!("{} to /etc/csf/csf.allow, for TCP {ports}", some(&ranges)));
    made.kept.by_itself = true;
    made.kept.how = vec!["csf loads /etc/csf/csf.allow at each start.".to_owned()];
    made.cautions.push("`csf -r` loads all of csf's rules anew.".to_owned());
    for range in &ranges {
        let rule = NewRule {
            sort: Sort::Plain,
            ranges: vec![*range],
            ports: want.by_chain_ports.clone(),
            verdict: Verdict::Accept,
            id: id.to_owned(),
        };
        let text = format!("-A {chain} {}", rule.iptables(&[*range]).remove(0).0);
        made.edits.push(Edit::Insert {
            table: name(at),
            chain: chain.to_owned(),
            before: 0,
            rule: rule.model(family, &[*range], text),
        });
    }
    (!made.edits.is_empty()).then_some(made)
}
