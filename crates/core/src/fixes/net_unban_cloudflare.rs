//! Takes Cloudflare's addresses off the lists of whoever bans them, and has them left alone from then on.
//!
//! # What it changes
//! The bans of Cloudflare's addresses are lifted in the tool that made them. fail2ban's jail then ignores Cloudflare's
//! ranges, besides what it ignores already, by a file of our own in `/etc/fail2ban/jail.d/`; CrowdSec gets a whitelist
//! of them in `/etc/crowdsec/parsers/s02-enrich/`.
//!
//! # What could go wrong
//! As long as the web server logs Cloudflare's addresses in the place of visitors', nobody who comes through
//! Cloudflare is banned any more. `set_real_ip_from` and `real_ip_header` mend that.
//!
//! # How we check
//! Every address of every range is accepted by the rules; then three visits in a row through the edge and one
//! straight to the origin are served.
//!
//! # By hand
//! `fail2ban-client unban ADDRESS`, and `ignoreip` in `/etc/fail2ban/jail.local` with Cloudflare's ranges.
use std::collections::BTreeSet;

use super::{Fix, Materials, Wants, edit, net_allow_cloudflare_ranges};
use crate::diagnosis::Finding;
use crate::plan::{Action, Call, FilePath, Plan, Safety, Step, Tool, UnitName, Verb, diff, digest};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["net-ban-hits-cloudflare"],
    wants: |_, _| {
        let paths =
            |paths: &[&str]| paths.iter().filter_map(|path| FilePath::new(path).ok()).collect();
        Wants {
            files: paths(&[
                IGNORED,
                WHITELIST,
                "/etc/fail2ban/jail.conf",
                "/etc/fail2ban/jail.local",
            ]),
            folders: paths(&["/etc/fail2ban/jail.d"]),
            firewall: true,
            ..Wants::default()
        }
    },
    plan,
};

/// Read by fail2ban behind all else.
const IGNORED: &str = "/etc/fail2ban/jail.d/zz-rayfix.local";
const WHITELIST: &str = "/etc/crowdsec/parsers/s02-enrich/zz-rayfix-cloudflare.yaml";

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let mut plan =
        net_allow_cloudflare_ranges::planned("net-unban-cloudflare", finding, scene, seen)?;
    plan.summary = "Lift the bans on Cloudflare's addresses.".to_owned();
    plan.steps = together(std::mem::take(&mut plan.steps));
    let ranges: Vec<String> =
        scene.target.ranges.prefixes().iter().map(ToString::to_string).collect();
    let jails = jails(&plan);
    if !jails.is_empty() {
        let before = held(seen, IGNORED)?;
        let known = |jail: &str| ignores(seen, jail);
        let after = ignoring(before.as_deref().unwrap_or_default(), &jails, &known, &ranges);
        let jails: Vec<&str> = jails.iter().map(String::as_str).collect();
        let why =
            format!("So that it does not come back: {} leaves Cloudflare alone.", jails.join(", "));
        keep(&mut plan, IGNORED, ("fail2ban.service", Verb::Reload), (before, after), why)?;
    }
    if calls(&plan).any(|(tool, _)| tool == Tool::Cscli) {
        let before = held(seen, WHITELIST)?;
        let after = whitelist(&ranges);
        let why = "So that it does not come back: CrowdSec leaves Cloudflare alone.".to_owned();
        // A reload of CrowdSec's returns at once and has it deaf some time later; a restart ends when it hears again.
        let read_by = ("crowdsec.service", Verb::Restart);
        keep(&mut plan, WHITELIST, read_by, (before, after), why)?;
    }
    plan.cautions.retain(|caution| !caution.starts_with("The ban comes back as long as"));
    plan.cautions.retain(|caution| !caution.starts_with("So that it does not come back"));
    plan.cautions.push(
        "Let the web server log visitors' own addresses (`set_real_ip_from`, `real_ip_header CF-Connecting-IP`): \
         until then nobody who comes through Cloudflare is banned."
            .to_owned(),
    );
    Ok(plan)
}

/// Neighbours that only tell CrowdSec something made one: its bouncer follows ten seconds later, and need be waited
/// for once.
fn together(steps: Vec<Step>) -> Vec<Step> {
    let told = |step: &Step| match &step.action {
        Action::Filter { does, .. } => {
            does.iter().all(|call| matches!(call, Call::Tool { tool: Tool::Cscli, .. }))
        }
        _ => false,
    };
    let mut made: Vec<Step> = Vec::new();
    for step in steps {
        match made.last_mut() {
            Some(last) if told(last) && told(&step) => join(last, step),
            _ => made.push(step),
        }
    }
    made
}

/// Adds a step of the packet filter's to another; what was done last is taken back first.
fn join(to: &mut Step, step: Step) {
    if let (Action::Filter { does, undo }, Action::Filter { does: more, undo: first }) =
        (&mut to.action, step.action)
    {
        does.extend(more);
        undo.splice(..0, first);
        to.why = format!("{} {}", to.why, step.why);
        to.blast = format!("{} {}", to.blast, step.blast);
        to.by_hand.extend(step.by_hand);
    }
}

/// The calls of the plan's tools.
fn calls(plan: &Plan) -> impl Iterator<Item = (Tool, &[String])> {
    let does = plan.steps.iter().flat_map(|step| match &step.action {
        Action::Filter { does, .. } => does.as_slice(),
        _ => &[],
    });
    does.filter_map(|call| {
        let Call::Tool { tool, arguments } = call else { return None };
        Some((*tool, arguments.as_slice()))
    })
}

/// The jails that bans are lifted in.
fn jails(plan: &Plan) -> BTreeSet<String> {
    let lifted = calls(plan).filter(|(tool, _)| *tool == Tool::Fail2ban);
    let named = lifted.filter_map(|(_, words)| match words {
        [set, jail, verb, ..] if set == "set" && verb == "unbanip" => Some(jail.clone()),
        _ => None,
    });
    // What is put into a file that is parsed has a plain name.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    named.filter(|jail| jail.chars().all(plain)).collect()
}

fn held(seen: &Materials, path: &str) -> Result<Option<String>, String> {
    let file = FilePath::new(path).map_err(|error| error.to_string())?;
    match seen.files.get(&file).and_then(Option::as_ref) {
        None => Ok(None),
        image => edit::text(image, &file).map(Some),
    }
}

/// The file with a section of each jail that has none yet.
fn ignoring(
    before: &str,
    jails: &BTreeSet<String>,
    known: &dyn Fn(&str) -> bool,
    ranges: &[String],
) -> String {
    let mut text = before.to_owned();
    if text.is_empty() {
        text.push_str("# Cloudflare's addresses are never banned: all visitors come from them.\n");
    }
    for jail in jails {
        let head = format!("[{jail}]");
        if !text.lines().any(|line| line.trim() == head) {
            // What the jail ignores already stays; to name it where nothing is said is a mistake to fail2ban.
            let mut all = if known(jail) { vec!["%(known/ignoreip)s"] } else { Vec::new() };
            all.extend(ranges.iter().map(String::as_str));
            let all = all.join("\n           ");
            text.push_str(&format!("\n{head}\nignoreip = {all}\n"));
        }
    }
    text
}

/// Whether fail2ban's own files say what a jail ignores, or what all do.
fn ignores(seen: &Materials, jail: &str) -> bool {
    let own =
        |path: &FilePath| path.as_str().starts_with("/etc/fail2ban/") && path.as_str() != IGNORED;
    let files = seen.files.iter().filter(|(path, _)| own(path));
    files.filter_map(|(_, image)| image.as_ref()).any(|image| {
        let text = String::from_utf8_lossy(&image.bytes);
        let mut section = "";
        text.lines().any(|line| {
            if let Some(head) = line.trim().strip_prefix('[') {
                section = head.split(']').next().unwrap_or_default();
            }
            let key = line.split(['=', ':']).next().unwrap_or_default();
            key.trim_end() == "ignoreip" && (section == "DEFAULT" || section == jail)
        })
    })
}

fn whitelist(ranges: &[String]) -> String {
    let each: String = ranges.iter().map(|range| format!("    - \"{range}\"\n")).collect();
    format!(
        "name: rayfix/cloudflare\ndescription: \"Cloudflare's addresses are never banned\"\nwhitelist:\n  \
         reason: \"all visitors come from them\"\n  cidr:\n{each}"
    )
}

/// A file of ours that a tool reads.
fn keep(
    plan: &mut Plan,
    path: &str,
    (unit, verb): (&str, Verb),
    (before, after): (Option<String>, String),
    why: String,
) -> Result<(), String> {
    let file = FilePath::new(path).map_err(|error| error.to_string())?;
    let unit = UnitName::new(unit).map_err(|error| error.to_string())?;
    if before.as_deref() == Some(after.as_str()) {
        return Ok(());
    }
    let old = before.as_deref().unwrap_or_default();
    let mut by_hand = diff::lines(path, old.as_bytes(), after.as_bytes());
    by_hand.push(format!("systemctl {} {unit}", verb.word()));
    plan.steps.push(Step {
        action: Action::Configure {
            path: file,
            before: before.as_deref().map(|text| digest(text.as_bytes())),
            after: after.into_bytes(),
            tried_by: None,
            unit,
            verb,
        },
        why,
        safety: Safety::Unattended,
        blast: "Bans of others stay.".to_owned(),
        by_hand,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixes::tests::with_files;

    #[test]
    fn what_crowdsec_is_told_about_both_families_is_one_step_and_taken_back_backwards() {
        let told = |tool: Tool, word: &str| {
            let call = |verb: &str| Call::Tool { tool, arguments: vec![verb.into(), word.into()] };
            Step {
                action: Action::Filter { does: vec![call("delete")], undo: vec![call("add")] },
                why: format!("{word} is dropped."),
                safety: Safety::Unattended,
                blast: format!("What changes: {word}."),
                by_hand: Vec::new(),
            }
        };
        let steps = vec![
            told(Tool::Cscli, "192.0.2.1"),
            told(Tool::Cscli, "2001:db8::1"),
            told(Tool::Nft, "192.0.2.2"),
            told(Tool::Cscli, "192.0.2.3"),
        ];
        let steps = together(steps);
        assert_eq!(steps.len(), 3);
        assert_eq!(steps[0].why, "192.0.2.1 is dropped. 2001:db8::1 is dropped.");
        let Action::Filter { does, undo } = &steps[0].action else { panic!("{steps:?}") };
        let named = |calls: &[Call]| -> Vec<String> {
            let words = calls.iter().map(|call| match call {
                Call::Tool { arguments, .. } => arguments.join(" "),
                other => format!("{other:?}"),
            });
            words.collect()
        };
        assert_eq!(named(does), ["delete 192.0.2.1", "delete 2001:db8::1"]);
        assert_eq!(named(undo), ["add 2001:db8::1", "add 192.0.2.1"]);
    }

    #[test]
    fn a_jail_keeps_what_it_ignores_and_is_named_once() {
        let jails: BTreeSet<String> = ["web".to_owned()].into();
        let ranges = ["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()];
        let (yes, no) = (|_: &str| true, |_: &str| false);
        let text = ignoring("", &jails, &yes, &ranges);
        let end = "[web]\nignoreip = %(known/ignoreip)s\n           192.0.2.0/24\n           2001:db8::/32\n";
        assert!(text.ends_with(end), "{text}");
        assert_eq!(ignoring(&text, &jails, &yes, &ranges), text);
        let more: BTreeSet<String> = ["api".to_owned(), "web".to_owned()].into();
        assert_eq!(ignoring(&text, &more, &yes, &ranges).matches("ignoreip =").count(), 2);
        let text = ignoring("", &jails, &no, &ranges);
        assert!(
            text.ends_with("[web]\nignoreip = 192.0.2.0/24\n           2001:db8::/32\n"),
            "{text}"
        );
    }

    #[test]
    fn what_a_jail_ignores_is_looked_for_in_its_section_and_in_that_of_all() {
        let of = |text: &str| ignores(&with_files(&[("/etc/fail2ban/jail.d/a.conf", text)]), "web");
        assert!(of("[DEFAULT]\nignoreip = 127.0.0.1/8\n"));
        assert!(of("[sshd]\nenabled = true\n[web]\nignoreip: ::1\n"));
        assert!(!of(
            "[DEFAULT]\n#ignoreip = 127.0.0.1/8\nignoreip_x = 1\n[sshd]\nignoreip = ::1\n"
        ));
        let ours = with_files(&[(IGNORED, "[web]\nignoreip = ::1\n")]);
        assert!(!ignores(&ours, "web"));
    }

    #[test]
    fn a_whitelist_is_as_crowdsec_reads_it() {
        let text = whitelist(&["192.0.2.0/24".to_owned()]);
        let end = "whitelist:\n  reason: \"all visitors come from them\"\n  cidr:\n    - \"192.0.2.0/24\"\n";
        assert!(text.ends_with(end), "{text}");
    }
}
