//! What `rayfix firewall --propose` proposes, done: on a staged host whose packet filter keeps Cloudflare out,
//! the commands are run as they are, real connections are tried from Cloudflare's addresses and from others,
//! and the undo is run. Where this machine cannot do it, every test is counted as ignored, with the reason;
//! with `LAB_ALL=1` it fails.
//!
//! A broken host is a script in `real/filter/broken/`, as those of `real/filter/cases/`. Its first comments say
//! what is wrong, then:
//!
//! * `owner:` in whose language something must be proposed; a line for each.
//! * `says:` what one of the commands must hold; a line for each.
//! * `besides:` what else becomes accepted, and cannot be helped: ports.
//! * `needs:` programs without which the case is skipped.
//! * `stays:` nothing can be mended: a part of the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use ipnet::IpNet;
use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_core::firewall::propose::{Proposals, Within, propose};
use rayfix_core::firewall::{Asked, Family, Firewall, Input, Outcome, Snapshot};
use rayfix_core::ranges::Ranges;
use rayfix_lab::filter::{self, Chance, Fate, Probe, Stage, choice, needs};
use rayfix_world::firewall;
use serde_json::Value;

/// The ports that Cloudflare is to be let in on, and two more that must stay as they are.
const ASKED: [u16; 2] = [80, 443];
const TRIED: [u16; 4] = [80, 443, 22, 8080];

/// A host to be mended.
struct Broken {
    name: String,
    script: String,
    told: BTreeMap<String, Vec<String>>,
}

fn main() -> ExitCode {
    if std::env::var_os(filter::LOOK).is_some() {
        return look();
    }
    filter::look_by(std::env::current_exe().expect("a program knows where it lies"));
    let broken = all();
    let number = broken.len();
    let mut trials: Vec<Trial> = broken.into_iter().map(trial).collect();
    let cases = filter::Case::all().expect("every case can be read");
    let known = cases.into_iter().filter(|case| case.unknown_allowed.is_none());
    trials.extend(known.map(|case| {
        let needs = case.needs.clone();
        on_stage(format!("does_no_harm_to_{}", case.name), &needs, move || harmless(&case))
    }));
    trials.push(Trial::test("there_are_at_least_a_dozen_broken_hosts", move || {
        if number < 12 { Err(format!("only {number}").into()) } else { Ok(()) }
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Looks at the host that this process was put into, as rayfix does.
fn look() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let snapshot = runtime.block_on(firewall::look(Duration::from_secs(30)));
    let told = writeln!(std::io::stdout(), "{}", filter::packed(&snapshot));
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all() -> Vec<Broken> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/real/filter/broken"));
    let files = fs::read_dir(folder).expect("the folder of broken hosts is there");
    let mut found: Vec<Broken> = files
        .map(|file| {
            let path = file.expect("a file").path();
            let script = fs::read_to_string(&path).expect("a script");
            let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for line in script.lines().map_while(|line| line.strip_prefix('#')) {
                if let Some((key, value)) = line.trim().split_once(": ") {
                    told.entry(key.to_owned()).or_default().push(value.to_owned());
                }
            }
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            Broken { name, script, told }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn trial(broken: Broken) -> Trial {
    let programs: Vec<String> =
        broken.lines("needs").flat_map(str::split_whitespace).map(str::to_owned).collect();
    on_stage(format!("mends_{}", broken.name), &programs, move || broken.mend())
}

/// A test that cannot run here says so.
fn on_stage(
    name: String,
    needs: &[String],
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let Some((reason, fails)) = needs::skipped(needs) else {
        return Trial::test(name, test);
    };
    let said = Failed::from(&reason);
    Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
}

/// On a host of any kind: what is proposed lets in whom it says, nobody else, and can be taken back.
fn harmless(case: &filter::Case) -> Result<(), Failed> {
    let mut stage = Stage::raise()?;
    let listen: Vec<&str> = case.listen.iter().map(String::as_str).collect();
    stage.listen(&listen)?;
    stage.load(&case.script)?;
    let probes = probes(&mut Chance::named(&case.name));
    let fates_before = stage.probe(&probes)?;
    let before = stage.snapshot()?;
    let proposals = propose(&Firewall::read(&before), &before, &asked());
    let mut commands = proposals.list.iter().flat_map(|proposal| &proposal.commands);
    // Neither can be installed for a test: what they are told is not tried.
    let foreign = |text: &str| text.starts_with("cscli ") || text.ends_with("csf -r");
    if proposals.list.is_empty() || commands.any(|command| foreign(&command.text)) {
        return Ok(());
    }
    for proposal in &proposals.list {
        run(&stage, &proposal.checks)?;
        run(&stage, &proposal.commands)?;
    }
    let fates_after = stage.probe(&probes)?;
    compare(&probes, &fates_before, &fates_after, &proposals)?;
    if proposals.mends_all() {
        says_the_same(&stage.snapshot()?)?;
    }
    for proposal in proposals.list.iter().rev() {
        run(&stage, &proposal.undo)?;
    }
    same(&before, &stage.snapshot()?, "after the undo")
        .map_err(|failed| format!("{failed:?}\n{}", Told(&proposals)).into())
}

impl Broken {
    fn lines(&self, key: &str) -> impl Iterator<Item = &str> {
        self.told.get(key).into_iter().flatten().map(String::as_str)
    }

    fn mend(&self) -> Result<(), Failed> {
        let mut stage = Stage::raise()?;
        stage.load(&self.script)?;
        let probes = probes(&mut Chance::named(&self.name));
        let fates_before = stage.probe(&probes)?;
        let before = stage.snapshot()?;
        let proposals = propose(&Firewall::read(&before), &before, &asked());
        self.is_as_expected(&proposals)?;

        for proposal in &proposals.list {
            run(&stage, &proposal.checks)?;
            if proposal.id == proposals.list[0].id {
                same(&before, &stage.snapshot()?, "after the checks")?;
            }
            run(&stage, &proposal.commands)?;
        }
        let fates_after = stage.probe(&probes)?;
        compare(&probes, &fates_before, &fates_after, &proposals)?;
        let after = stage.snapshot()?;
        if proposals.mends_all() {
            says_the_same(&after)?;
        }
        for proposal in proposals.list.iter().rev() {
            run(&stage, &proposal.undo)?;
        }
        same(&before, &stage.snapshot()?, "after the undo")
    }

    fn is_as_expected(&self, proposals: &Proposals) -> Result<(), Failed> {
        let told = || format!("{}", Told(proposals));
        for stays in self.lines("stays") {
            if !proposals.left.iter().any(|left| left.why.contains(stays)) {
                return Err(format!("nothing stays because of \"{stays}\":\n{}", told()).into());
            }
        }
        if self.lines("stays").next().is_none() && !proposals.mends_all() {
            return Err(format!("not all is mended:\n{}", told()).into());
        }
        let besides = self.lines("besides").next().is_some();
        if besides == proposals.newly_accepted.is_empty() {
            return Err(
                format!("newly accepted: {:?}\n{}", proposals.newly_accepted, told()).into()
            );
        }
        for owner in self.lines("owner") {
            if !proposals.list.iter().any(|proposal| proposal.owner.word() == owner) {
                return Err(format!("nothing is proposed for {owner}:\n{}", told()).into());
            }
        }
        for says in self.lines("says") {
            let mut commands = proposals.list.iter().flat_map(|proposal| &proposal.commands);
            if !commands.any(|command| command.text.contains(says)) {
                return Err(format!("no command says \"{says}\":\n{}", told()).into());
            }
        }
        Ok(())
    }
}

/// Cloudflare gets in on the ports asked about; nothing else is as it was not before.
fn compare(
    probes: &[Probe],
    before: &[Fate],
    after: &[Fate],
    proposals: &Proposals,
) -> Result<(), Failed> {
    let ranges = Ranges::built_in();
    let mut wrong = Vec::new();
    // Where nobody listens, what gets in is reset.
    let listens = proposals.before.listens.iter();
    let nobody = listens.filter(|(_, _, told)| *told == Some(false));
    let nobody: Vec<(Family, u16)> = nobody.map(|(family, port, _)| (*family, *port)).collect();
    for ((probe, before), after) in probes.iter().zip(before).zip(after) {
        let cloudflares = ranges.prefixes().iter().any(|range| range.contains(&probe.from));
        let wanted = cloudflares && ASKED.contains(&probe.port);
        let newly = proposals.newly_accepted.iter().any(|newly| {
            newly.port == probe.port
                && newly.prefixes.iter().any(|prefix| prefix.contains(&probe.from))
        });
        let stays = proposals.left.iter().any(|left| {
            left.ports.contains(&probe.port)
                && left.ranges.iter().any(|range| range.contains(&probe.from))
        });
        let right = match (wanted, newly) {
            (true, _) => {
                *after == Fate::Accepted
                    || stays
                    || nobody.contains(&(Family::of(probe.from), probe.port))
            }
            (false, true) => *after == Fate::Accepted,
            // One that cannot be found, or is only half answered, is as silent.
            (false, false) => after.word() == before.word(),
        };
        if !right {
            wrong.push(format!("{probe}: {before:?} before, {after:?} after"));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let number = wrong.len();
    wrong.truncate(12);
    Err(format!("{number} are wrong:\n{}\n{}", wrong.join("\n"), Told(proposals)).into())
}

fn asked() -> Asked {
    Asked {
        ranges: Ranges::built_in().prefixes().to_vec(),
        ports: ASKED.to_vec(),
        to: None,
        interface: None,
    }
}

/// Of every range the ends and some within, fifty others, and what is often banned, at every port.
fn probes(chance: &mut Chance) -> Vec<Probe> {
    let mut from: BTreeSet<IpAddr> = choice::usual(chance, 2);
    from.extend(
        ["172.64.0.7", "172.70.1.9", "2606:4700::77"]
            .map(|text| text.parse::<IpAddr>().expect("an address")),
    );
    let of_port = |port: u16| {
        let probe = move |from: &IpAddr| Probe { from: *from, to: Stage::address(*from), port };
        from.iter().map(probe).collect::<Vec<_>>()
    };
    TRIED.into_iter().flat_map(of_port).collect()
}

fn run(stage: &Stage, commands: &[rayfix_core::firewall::propose::Command]) -> Result<(), Failed> {
    for command in commands {
        if command.within != Within::Shell {
            continue;
        }
        let told = stage.run(&["sh", "-c", &command.text], b"")?;
        if told.code != Some(0) {
            return Err(format!("{}: {}{}", command.text, told.out, told.err).into());
        }
    }
    Ok(())
}

/// Evaluating the host as it is now says that every range gets in.
fn says_the_same(after: &Snapshot) -> Result<(), Failed> {
    let rulings = Firewall::read(after).rule(&asked());
    for ruling in &rulings.rulings {
        let bad = ruling
            .pieces
            .iter()
            .find(|piece| !matches!(piece.outcome, Outcome::Accepted | Outcome::Limited));
        if let Some(bad) = bad {
            let range: IpNet = ruling.range;
            return Err(format!("{range} port {}: {bad:?} is said afterwards", ruling.port).into());
        }
    }
    Ok(())
}

/// Whether the tools list the same.
fn same(old: &Snapshot, new: &Snapshot, when: &str) -> Result<(), Failed> {
    let (old, new) = (listing(old), listing(new));
    for (input, old) in &old {
        let (old, new): (Vec<&str>, Vec<&str>) =
            (old.lines().collect(), new[input].lines().collect());
        if old != new {
            let gone: Vec<_> = old.iter().filter(|line| !new.contains(line)).take(9).collect();
            let come: Vec<_> = new.iter().filter(|line| !old.contains(line)).take(9).collect();
            return Err(format!("{when} {input} differs: {gone:#?} became {come:#?}").into());
        }
    }
    Ok(())
}

/// What the tools list, without what changes by itself: counters, handles, times.
fn listing(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for input in Input::ALL {
        let text = snapshot.text(input).unwrap_or_default();
        let plain = match input {
            // These say the same again, with counters and handles.
            Input::NftText | Input::NftProgram | Input::Listeners | Input::Queues => continue,
            Input::Addresses | Input::Links => continue,
            Input::NftJson | Input::Routes4 | Input::Routes6 | Input::Rules4 | Input::Rules6 => {
                let value = serde_json::from_str(text).unwrap_or(Value::Null);
                format!("{:#}", nft_bans_sorted(still(value)))
            }
            Input::Sysctl => {
                lines(text, |line| line.contains("rp_filter").then(|| line.to_owned()))
            }
            Input::Ipset => {
                lines(text, |line| Some(line.split(" timeout ").next().unwrap_or(line).to_owned()))
            }
            // fail2ban writes a ban before the others; each is of its own address.
            _ => bans_sorted(text)
                .iter()
                .filter(|line| !line.starts_with('#'))
                .map(|line| line.split(" [").next().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("\n"),
        };
        found.insert(input.file().to_owned(), plain);
    }
    for (path, text) in &snapshot.files {
        found.insert(path.clone(), text.clone());
    }
    found
}

/// The lines of iptables, with those of each of fail2ban's chains in the order of their text.
fn bans_sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    let is_ban = |line: &&str| line.starts_with("-A f2b-") && !line.ends_with("-j RETURN");
    for group in lines.chunk_by_mut(|one, other| is_ban(one) == is_ban(other)) {
        if is_ban(&group[0]) {
            group.sort_unstable();
        }
    }
    lines
}

/// The same of nft's listing.
fn nft_bans_sorted(mut value: Value) -> Value {
    let is_ban = |object: &Value| {
        object["rule"]["chain"].as_str().is_some_and(|chain| chain.starts_with("f2b-"))
            && !object.to_string().contains("\"return\"")
    };
    let all = value.get_mut("nftables").and_then(Value::as_array_mut);
    for group in all.into_iter().flat_map(|all| all.chunk_by_mut(|a, b| is_ban(a) == is_ban(b))) {
        if is_ban(&group[0]) {
            group.sort_by_key(Value::to_string);
        }
    }
    value
}

fn lines(text: &str, keep: impl Fn(&str) -> Option<String>) -> String {
    let mut lines: Vec<String> = text.lines().filter_map(keep).collect();
    lines.sort();
    lines.join("\n")
}

fn still(value: Value) -> Value {
    const MOVES: [&str; 8] =
        ["handle", "packets", "bytes", "metainfo", "expires", "expires_in", "age", "used"];
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(still).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(key, _)| !MOVES.contains(&key.as_str()));
            Value::Object(fields.map(|(key, value)| (key, still(value))).collect())
        }
        value => value,
    }
}

/// For whoever reads why a test failed.
struct Told<'a>(&'a Proposals);

impl std::fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for proposal in &self.0.list {
            writeln!(f, "{}: {}", proposal.owner.word(), proposal.why)?;
            for command in &proposal.commands {
                writeln!(f, "  {}", command.text)?;
            }
            for command in &proposal.undo {
                writeln!(f, "  undo {}", command.text)?;
            }
        }
        for left in &self.0.left {
            writeln!(f, "left: {:?} {:?} {:?}: {}", left.ranges, left.ports, left.by, left.why)?;
        }
        Ok(())
    }
}
