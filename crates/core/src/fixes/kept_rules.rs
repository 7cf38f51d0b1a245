//! The same change once more, in the files that the rules are loaded from at the next start.
//!
//! nft and iptables keep nothing themselves. Where the files that the machine loads hold the very rule before which
//! ours comes, the new lines are put there; nothing is saved wholesale, since that would keep what others put into the
//! rules for the moment. Where a place cannot be found exactly, no file is changed, and the plan says what to add.

use std::collections::BTreeMap;

use crate::firewall::manager::{written, written_policy};
use crate::firewall::model::{Backend, Hook, TableFamily};
use crate::firewall::propose::Proposal;
use crate::firewall::propose::edit::{Edit, SetName, TableName};
use crate::firewall::ruling::{ChainAt, RuleAt};
use crate::firewall::{Firewall, Snapshot};
use crate::plan::{Action, FilePath, Safety, Step, Tool, diff, digest};

use super::{Materials, edit};

/// What nft's unit loads.
const NFT: &str = "/etc/nftables.conf";
/// What netfilter-persistent loads.
const V4: &str = "/etc/iptables/rules.v4";
const V6: &str = "/etc/iptables/rules.v6";

/// A link of each that says that systemd starts what loads the file.
const LOADED: [(&str, &[&str]); 2] = [
    (
        "nftables",
        &[
            "/etc/systemd/system/sysinit.target.wants/nftables.service",
            "/etc/systemd/system/multi-user.target.wants/nftables.service",
        ],
    ),
    (
        "iptables",
        &[
            "/etc/systemd/system/multi-user.target.wants/netfilter-persistent.service",
            "/etc/systemd/system/sysinit.target.wants/netfilter-persistent.service",
        ],
    ),
];

/// What must be seen for it.
pub(super) fn wants() -> Vec<FilePath> {
    let links = LOADED.iter().flat_map(|(_, links)| links.iter().copied());
    let all = [NFT, V4, V6].into_iter().chain(links);
    all.filter_map(|path| FilePath::new(path).ok()).collect()
}

/// The steps that keep these changes over a restart; `None`: at least one of them has no exact place in a file that is
/// loaded at the start.
pub(super) fn steps(
    proposals: &[Proposal],
    firewall: &Firewall,
    snapshot: &Snapshot,
    seen: &Materials,
) -> Option<Vec<Step>> {
    let mut files = Files { snapshot: snapshot.clone(), before: BTreeMap::new(), seen };
    let mut chains: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for edit in proposals.iter().filter(|one| !one.kept.by_itself).flat_map(|one| &one.edits) {
        match edit {
            Edit::Insert { table, chain, before, rule } => {
                let places = chains
                    .entry(format!("{table:?} {chain}"))
                    .or_insert_with(|| original(firewall, table, chain));
                let at = ChainAt {
                    backend: table.backend,
                    family: table.family,
                    table: table.name.clone(),
                    chain: chain.clone(),
                    hook: Hook::Input,
                };
                files.insert(firewall, &at, places, *before, &rule.text)?;
            }
            Edit::Add { set: SetName::Of(table, set), prefixes }
            | Edit::Remove { set: SetName::Of(table, set), prefixes }
                if table.backend == Backend::Nft =>
            {
                let add = matches!(edit, Edit::Add { .. });
                let words: Vec<String> = prefixes.iter().map(short).collect();
                files.change_set(table, set, &words, add)?;
            }
            _ => return None,
        }
    }
    Some(files.steps())
}

/// A rule of a chain: one that was there, by its number from 1, or a new one.
enum Place {
    Was(usize),
    New(String),
}

fn original(firewall: &Firewall, table: &TableName, chain: &str) -> Vec<Place> {
    let table = table.find(&firewall.ruleset);
    let found = table.and_then(|table| table.chains.iter().find(|one| one.name == chain));
    (1..=found.map_or(0, |chain| chain.rules.len())).map(Place::Was).collect()
}

struct Files<'a> {
    /// With the files as they become.
    snapshot: Snapshot,
    /// Those that change, as they were.
    before: BTreeMap<FilePath, String>,
    seen: &'a Materials,
}

impl Files<'_> {
    /// The text of a file that is loaded at the start, and that reads as the packet filter's look at it did.
    fn open(&mut self, path: &str) -> Option<String> {
        let file = FilePath::new(path).ok()?;
        if self.before.contains_key(&file) {
            return self.snapshot.files.get(path).cloned();
        }
        let of = usize::from(path != NFT);
        let there = |link: &&&str| {
            let link = FilePath::new(link).ok();
            link.is_some_and(|link| self.seen.files.get(&link).is_some_and(Option::is_some))
        };
        LOADED[of].1.iter().find(there)?;
        let text = edit::text(self.seen.files.get(&file)?.as_ref(), &file).ok()?;
        if self.snapshot.files.get(path) != Some(&text) {
            return None;
        }
        self.before.insert(file, text.clone());
        Some(text)
    }

    fn insert(
        &mut self,
        firewall: &Firewall,
        at: &ChainAt,
        places: &mut Vec<Place>,
        before: usize,
        text: &str,
    ) -> Option<()> {
        let path = match (at.backend, at.family) {
            (Backend::Nft, _) => NFT,
            // That the file holds a rule of this back end's tells which one loads it.
            (_, TableFamily::Ip) => V4,
            (_, TableFamily::Ip6) => V6,
            _ => return None,
        };
        let whole = self.open(path)?;
        // Behind the last one where there is none to stand before.
        let (anchor, after) = match places.get(before) {
            Some(place) => (Some(place), false),
            None => (before.checked_sub(1).and_then(|last| places.get(last)), true),
        };
        let line = match anchor {
            Some(Place::New(text)) => {
                let at = whole.lines().position(|line| line.trim() == text.as_str())?;
                at + 1
            }
            Some(Place::Was(number)) => self.line_of(firewall, at, *number, path)?,
            // An empty chain: behind its policy.
            None => {
                let line = written_policy(&self.snapshot, at).filter(|line| line.path == path)?;
                if at.backend != Backend::Nft {
                    return None;
                }
                line.line
            }
        };
        let mut lines: Vec<String> = whole.split('\n').map(str::to_owned).collect();
        let own = lines.get(line.checked_sub(1)?)?;
        let blanks: String = own.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
        lines.insert(if after { line } else { line - 1 }, format!("{blanks}{text}"));
        places.insert(before.min(places.len()), Place::New(text.to_owned()));
        self.snapshot.files.insert(path.to_owned(), lines.join("\n"));
        Some(())
    }

    /// The line of a rule that was there, where it stands on one of its own.
    fn line_of(
        &self,
        firewall: &Firewall,
        at: &ChainAt,
        number: usize,
        path: &str,
    ) -> Option<usize> {
        let name = TableName { backend: at.backend, family: at.family, name: at.table.clone() };
        let table = name.find(&firewall.ruleset)?;
        let chain = table.chains.iter().find(|one| one.name == at.chain)?;
        let rule = chain.rules.get(number.checked_sub(1)?)?;
        let rule = RuleAt {
            at: at.clone(),
            number,
            handle: rule.handle,
            text: rule.text.clone(),
            set: None,
        };
        let line = written(&self.snapshot, firewall, &rule)?;
        (line.path == path).then_some(line.line)
    }

    /// Adds elements to a set of nft's whose elements stand on one line, or takes them away.
    fn change_set(
        &mut self,
        table: &TableName,
        set: &str,
        words: &[String],
        add: bool,
    ) -> Option<()> {
        let whole = self.open(NFT)?;
        let mut lines: Vec<String> = whole.split('\n').map(str::to_owned).collect();
        let head = format!("table {} {} {{", table.family.word(), table.name);
        let from = lines.iter().position(|line| line.trim() == head)?;
        let begins = format!("set {set} {{");
        let own = |(_, line): &(usize, &String)| line.trim() == begins;
        let mut sets = lines.iter().enumerate().filter(own);
        let (at, _) = sets.next().filter(|(at, _)| *at > from)?;
        if sets.next().is_some() {
            return None;
        }
        let inside =
            lines.iter().enumerate().skip(at + 1).take_while(|(_, line)| line.trim() != "}");
        let mut held = inside.filter(|(_, line)| line.trim().starts_with("elements = {"));
        let (line, text) = held.next()?;
        let (before, rest) = text.split_once('{')?;
        let (inner, end) = rest.rsplit_once('}')?;
        let mut elements: Vec<String> = inner
            .split(',')
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        for word in words {
            if add {
                elements.push(word.clone());
            } else {
                let held = elements.iter().position(|element| element == word)?;
                elements.remove(held);
            }
        }
        if elements.is_empty() {
            return None;
        }
        let changed = format!("{before}{{ {} }}{end}", elements.join(", "));
        *lines.get_mut(line)? = changed;
        self.snapshot.files.insert(NFT.to_owned(), lines.join("\n"));
        Some(())
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (path, before) in &self.before {
            let after = self.snapshot.files.get(path.as_str()).map_or("", String::as_str);
            steps.push(Step {
                action: Action::WriteFile {
                    path: path.clone(),
                    before: Some(digest(before.as_bytes())),
                    after: after.as_bytes().to_vec(),
                    mode: 0o644,
                    secret: false,
                },
                why: format!("The rules are loaded from {path} at the next start."),
                safety: Safety::Unattended,
                blast: "Nothing changes now.".to_owned(),
                by_hand: diff::lines(path.as_str(), before.as_bytes(), after.as_bytes()),
            });
            if path.as_str() == NFT {
                let arguments = ["-c", "-f", NFT].map(str::to_owned).to_vec();
                steps.push(Step {
                    action: Action::Run { tool: Tool::Nft, arguments },
                    why: "nft must take the file as it is then.".to_owned(),
                    safety: Safety::Unattended,
                    blast: String::new(),
                    by_hand: Vec::new(),
                });
            }
        }
        steps
    }
}

/// An address alone without its length, as people and tools write it.
fn short(prefix: &ipnet::IpNet) -> String {
    match prefix.prefix_len() == prefix.max_prefix_len() {
        true => prefix.addr().to_string(),
        false => prefix.to_string(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::firewall::propose::propose;
    use crate::firewall::{Asked, Got, Input};
    use crate::fixes::tests::with_files;
    use crate::plan::tell;

    pub(in crate::fixes) fn host() -> Snapshot {
        let mut snapshot = Snapshot::default();
        for input in Input::ALL {
            snapshot.inputs.insert(input, Got::Absent);
        }
        snapshot
            .with(
                Input::Addresses,
                r#"[{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","UP","LOWER_UP"],"operstate":"UP","addr_info":[
                    {"family":"inet","local":"203.0.113.10","prefixlen":24,"scope":"global"}]}]"#,
            )
            .with(Input::Links, r#"[{"ifindex":2,"ifname":"eth0","flags":["UP"],"operstate":"UP"}]"#)
            .with(
                Input::Routes4,
                r#"[{"dst":"default","gateway":"203.0.113.1","dev":"eth0","flags":[]},
                    {"type":"local","dst":"203.0.113.10","dev":"eth0","table":"local","protocol":"kernel","scope":"host","flags":[]},
                    {"dst":"203.0.113.0/24","dev":"eth0","protocol":"kernel","scope":"link","flags":[]}]"#,
            )
            .with(
                Input::Rules4,
                r#"[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"}]"#,
            )
            .with(Input::Sysctl, "net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.eth0.rp_filter = 0\n")
            .with(Input::NftJson, r#"{"nftables": []}"#)
    }

    fn kept(snapshot: &Snapshot, path: &str, text: &str, links: &[&str]) -> Option<Vec<String>> {
        let mut snapshot = snapshot.clone();
        snapshot.files.insert(path.to_owned(), text.to_owned());
        let firewall = Firewall::read(&snapshot);
        let ranges = vec!["172.64.0.0/13".parse().unwrap()];
        let asked = Asked { ranges, ports: vec![443], to: None, interface: None };
        let proposals = propose(&firewall, &snapshot, &asked);
        assert!(!proposals.list.is_empty(), "{:#?}", proposals.left);
        let mut files = vec![(path, text)];
        files.extend(links.iter().map(|link| (*link, "")));
        let steps = steps(&proposals.list, &firewall, &snapshot, &with_files(&files))?;
        Some(steps.iter().flat_map(tell::by_hand).collect())
    }

    const PERSISTENT: &str = LOADED[1].1[0];

    fn by_iptables() -> Snapshot {
        host().with(
            Input::IptablesLegacy,
            "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n\
             -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n",
        )
    }

    const RULES: &str = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n\
                         [3:180] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP\nCOMMIT\n";

    #[test]
    fn a_rule_comes_before_the_same_rule_in_the_file() {
        let lines = kept(&by_iptables(), V4, RULES, &[PERSISTENT]).unwrap();
        assert_eq!(lines[0], "--- /etc/iptables/rules.v4:6");
        assert!(lines[1].starts_with("+-A INPUT -s 172.64.0.0/13 -p tcp "), "{lines:?}");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_file_that_nothing_loads_and_one_that_lacks_the_rule_are_left_alone() {
        assert_eq!(kept(&by_iptables(), V4, RULES, &[]), None);
        let other = RULES.replace("-A INPUT -j DROP\n", "-A INPUT -j REJECT\n");
        assert_eq!(kept(&by_iptables(), V4, &other, &[PERSISTENT]), None);
    }

    #[test]
    fn elements_of_a_set_that_stand_on_one_line_are_taken_out_of_it() {
        let seen = with_files(&[(NFT, SET), (LOADED[0].1[0], "")]);
        let mut snapshot = Snapshot::default();
        snapshot.files.insert(NFT.to_owned(), SET.to_owned());
        let table =
            TableName { backend: Backend::Nft, family: TableFamily::Inet, name: "f".to_owned() };
        let mut files = Files { snapshot, before: BTreeMap::new(), seen: &seen };
        files.change_set(&table, "bad", &["172.64.0.0/13".to_owned()], false).unwrap();
        let lines: Vec<String> = files.steps().iter().flat_map(tell::by_hand).collect();
        assert_eq!(
            lines,
            [
                "--- /etc/nftables.conf:4",
                "-    elements = { 172.64.0.0/13, 192.0.2.0/24 }",
                "+    elements = { 192.0.2.0/24 }",
                "nft -c -f /etc/nftables.conf"
            ]
        );
        assert!(files.change_set(&table, "other", &["172.64.0.0/13".to_owned()], true).is_none());
    }

    const SET: &str = "table inet f {\n  set bad {\n    type ipv4_addr; flags interval;\n    \
                       elements = { 172.64.0.0/13, 192.0.2.0/24 }\n  }\n}\n";
}
