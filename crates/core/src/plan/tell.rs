//! A plan and a run, told: as text for a terminal, and as `rayfix/plan/1` and `rayfix/run/1` for programs.
//!
//! Each step is shown as a person would do it by hand: commands, changes of files, calls of the API. Received
//! text in it is made harmless; what is secret is not shown.

use serde::Serialize;

use super::secret::Source;
use super::{Action, Call, Journaled, Plan, Promise, RunState, Safety, Step, Tool};
use crate::report::guard;

/// A plan as text; ends in a line break.
#[must_use]
pub fn text(plan: &Plan, width: usize) -> String {
    let mut out = String::new();
    out.push_str(&filled(&plan.summary, width, ""));
    out.push_str(&format!("\n  fix     {}, for {}\n", plan.fix, plan.cause));
    out.push_str(&format!("  who     {}\n", who(plan.safety())));
    for (at, step) in plan.steps.iter().enumerate() {
        out.push_str(&format!("\n{}. ", at + 1));
        out.push_str(filled(&step.why, width.saturating_sub(3), "   ").trim_start());
        for line in by_hand(step) {
            out.push_str(&format!("     {}\n", guard::within(&line, 2000)));
        }
        if !step.blast.is_empty() {
            out.push_str(&filled(&step.blast, width.saturating_sub(3), "   "));
        }
    }
    out.push_str(match plan.safety() {
        Safety::ShowOnly => "\nIt is mended when:\n",
        Safety::Ask | Safety::Unattended => "\nIt is proven by:\n",
    });
    for promise in &plan.promises {
        out.push_str("  - ");
        out.push_str(filled(&promised(promise), width, "    ").trim_start());
    }
    for caution in &plan.cautions {
        out.push('\n');
        out.push_str(&filled(caution, width, ""));
    }
    out
}

fn filled(text: &str, width: usize, indent: &str) -> String {
    let options = textwrap::Options::new(width.max(30))
        .initial_indent(indent)
        .subsequent_indent(indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(&guard::within(text, 2000), options) + "\n"
}

/// Who may carry it out, in words.
#[must_use]
pub fn who(safety: Safety) -> &'static str {
    match safety {
        Safety::ShowOnly => "you: this program only shows how",
        Safety::Ask => "this program, once you said yes: --apply",
        Safety::Unattended => "this program, also unattended: --apply --yes",
    }
}

/// A step as a person would do it.
#[must_use]
pub fn by_hand(step: &Step) -> Vec<String> {
    if !step.by_hand.is_empty() {
        return step.by_hand.clone();
    }
    match &step.action {
        Action::Unit { unit, verb } => vec![format!("systemctl {} {unit}", verb.word())],
        Action::Run { tool, arguments } => vec![call(*tool, arguments)],
        Action::Filter { does, .. } => does.iter().map(called).collect(),
        Action::SetMode { path, mode, group, .. } => {
            let path = quoted(path.as_str());
            let to = group.iter().map(|group| format!("chgrp {} {path}", quoted(&group.name)));
            to.chain([format!("chmod {mode:o} {path}")]).collect()
        }
        Action::Configure { path, tried_by, unit, verb, .. } => {
            let tried = tried_by.iter().map(|tool| format!("{} -t", tool.program()));
            let read = format!("systemctl {} {unit}", verb.word());
            [format!("change {path}")].into_iter().chain(tried).chain([read]).collect()
        }
        Action::DropIn { unit, after, restart, .. } => {
            let head = format!("write {}:", super::drop_in(unit));
            let lines = after.lines().map(|line| format!("+{line}"));
            let then = restart.then(|| format!("systemctl restart {unit}"));
            let read = ["systemctl daemon-reload".to_owned()].into_iter().chain(then);
            [head].into_iter().chain(lines).chain(read).collect()
        }
        Action::WriteFile { path, .. } => vec![format!("write {path}")],
        Action::GiveSecret { path, source, form, tunnel, owner, mode, unit, .. } => {
            let target = quoted(path.as_str());
            let tunnel = tunnel.as_deref().unwrap_or("TUNNEL");
            let comes = match (source, form) {
                (Source::Itself, _) => None,
                (Source::File { path, .. }, _) => {
                    Some(format!("cp {} {target}  (as {})", quoted(path.as_str()), form.word()))
                }
                (Source::Account { account }, _) => Some(format!(
                    "GET /accounts/{account}/cfd_tunnel/{tunnel}/token, into {target} as {}",
                    form.word()
                )),
            };
            let then = [
                format!("chown {}: {target}", quoted(&owner.name)),
                format!("chmod {mode:o} {target}"),
                format!("systemctl reset-failed {unit}"),
                format!("systemctl restart {unit}"),
            ];
            comes.into_iter().chain(then).collect()
        }
        Action::SetZoneSetting { zone, name, from, to } => {
            vec![format!("PATCH /zones/{zone}/settings/{name} {{\"value\": {to}}} (now {from})")]
        }
        Action::SetTunnelConfiguration { account, tunnel, .. } => {
            vec![format!("PUT /accounts/{account}/cfd_tunnel/{tunnel}/configurations")]
        }
        Action::IssueOriginCertificate { hostnames, days, certificate, key, .. } => {
            let name = hostnames.first().map_or("", String::as_str);
            vec![
                format!(
                    "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {} -subj {} -out \
                     request.pem",
                    quoted(key.as_str()),
                    quoted(&format!("/CN={name}"))
                ),
                format!(
                    "POST /certificates {{\"csr\": the text of request.pem, \"hostnames\": {}, \"request_type\": \
                     \"origin-ecc\", \"requested_validity\": {days}}}",
                    serde_json::json!(hostnames)
                ),
                format!("write the certificate of the answer to {certificate}"),
            ]
        }
        Action::Certbot { gets, .. } => vec![call(Tool::Certbot, &gets.arguments())],
        Action::Tell { lines } => lines.clone(),
    }
}

fn called(call_of: &Call) -> String {
    match call_of {
        Call::Tool { tool, arguments } => call(*tool, arguments),
        Call::DeleteNftRule { chain, comment } => {
            format!("nft delete rule {}, the one with the comment {comment}", chain.join(" "))
        }
        Call::UfwList { v6, takes, puts } => {
            let path = super::ufw_list(*v6);
            format!("edit {path}: {} rules less, {} more", takes.len(), puts.len())
        }
    }
}

fn call(tool: Tool, arguments: &[String]) -> String {
    let words: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
    format!("{} {}", tool.program(), words.join(" "))
}

/// An argument as a shell takes it as one word.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// What is promised, as a clause.
#[must_use]
pub fn promised(promise: &Promise) -> String {
    match promise {
        Promise::VisitsServed { times } => {
            format!("{times} visits in a row through the edge are served")
        }
        Promise::OriginServes => "the origin serves when it is asked straight".to_owned(),
        Promise::NotBlamed { cause } => format!("{cause} is no longer blamed"),
        Promise::UnitActive { unit } => format!("{unit} is active"),
        Promise::ConnectorReady => {
            "the tunnel's connector runs and, where it can be asked, says that it is connected"
                .to_owned()
        }
        Promise::RangesAccepted { ports } => {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            format!("all of Cloudflare's ranges are let in on {}", ports.join(" and "))
        }
    }
}

#[derive(Serialize)]
struct PlanTold<'a> {
    schema: &'static str,
    state: &'static str,
    host: &'a str,
    cause: &'a str,
    fix: &'a str,
    summary: &'a str,
    safety: Safety,
    steps: Vec<StepTold<'a>>,
    promises: &'a [Promise],
    cautions: &'a [String],
}

/// An action without what is secret in it.
fn shown(action: &Action) -> Action {
    let mut shown = action.clone();
    if let Action::WriteFile { after, secret: true, .. } = &mut shown {
        after.clear();
    }
    shown
}

#[derive(Serialize)]
struct StepTold<'a> {
    why: &'a str,
    safety: Safety,
    blast: &'a str,
    by_hand: Vec<String>,
    action: Action,
}

/// A plan as `rayfix/plan/1`; ends in a line break.
#[must_use]
pub fn json(plan: &Plan) -> String {
    let told = PlanTold {
        schema: "rayfix/plan/1",
        state: "planned",
        host: &plan.host,
        cause: &plan.cause,
        fix: &plan.fix,
        summary: &plan.summary,
        safety: plan.safety(),
        steps: plan
            .steps
            .iter()
            .map(|step| StepTold {
                why: &step.why,
                safety: step.safety,
                blast: &step.blast,
                by_hand: by_hand(step),
                action: shown(&step.action),
            })
            .collect(),
        promises: &plan.promises,
        cautions: &plan.cautions,
    };
    guard::json(serde_json::to_string_pretty(&told).unwrap_or_default()) + "\n"
}

/// Why there is no plan, or no run of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Without {
    /// The site is served.
    NothingToMend,
    /// It could not be told what is to be mended, or no fix fits it.
    NoPlan,
    /// There is something to do, and it may not be done.
    Refused,
    /// Somebody was asked and did not want it.
    Declined,
    /// The plan is for a person to carry out.
    ForAPerson,
}

/// What is known where there is no plan, or no run of it.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// The site.
    pub host: &'a str,
    /// The cause that was to be mended.
    pub cause: Option<&'a str>,
    /// The plan, where there is one.
    pub plan: Option<&'a Plan>,
}

#[derive(Serialize)]
struct WithoutTold<'a> {
    schema: &'static str,
    state: Without,
    host: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    why: &'a str,
    steps: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<[&'a str; 0]>,
}

/// That there is no plan, as `rayfix/plan/1`; ends in a line break.
#[must_use]
pub fn no_plan(known: &Known<'_>, state: Without, why: &str) -> String {
    without("rayfix/plan/1", known, state, why, None)
}

/// That nothing was done, as `rayfix/run/1`; ends in a line break.
#[must_use]
pub fn no_run(known: &Known<'_>, state: Without, why: &str) -> String {
    without("rayfix/run/1", known, state, why, Some([]))
}

fn without(
    schema: &'static str,
    known: &Known<'_>,
    state: Without,
    why: &str,
    differs: Option<[&str; 0]>,
) -> String {
    let steps = known.plan.map(|plan| plan.steps.iter().flat_map(by_hand).collect());
    let told = WithoutTold {
        schema,
        state,
        host: known.host,
        cause: known.plan.map(|plan| plan.cause.as_str()).or(known.cause),
        fix: known.plan.map(|plan| plan.fix.as_str()),
        why,
        steps: steps.unwrap_or_default(),
        differs,
    };
    guard::json(serde_json::to_string_pretty(&told).unwrap_or_default()) + "\n"
}

#[derive(Serialize)]
struct RunTold<'a> {
    schema: &'static str,
    run: &'a str,
    state: RunState,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    steps: Vec<String>,
    differs: &'a [String],
}

/// What the last undo of a run could not take back, as its journal tells.
fn left(lines: &[Journaled]) -> Vec<String> {
    let mut left = Vec::new();
    for line in lines {
        match line {
            Journaled::Undoing { .. } => left.clear(),
            Journaled::Undid { step, differs, .. } => {
                left.extend(differs.iter().map(|what| format!("Step {}: {what}", step + 1)));
            }
            _ => {}
        }
    }
    left
}

/// A run as `rayfix/run/1`; ends in a line break. `differs`: what could not be taken back; where it is empty, the
/// journal tells.
#[must_use]
pub fn run(run: &str, lines: &[Journaled], differs: &[String]) -> String {
    let first = lines.first().and_then(|line| match line {
        Journaled::Planned { at, plan, .. } => Some((*at, plan)),
        _ => None,
    });
    let plan = first.map(|(_, plan)| plan);
    let left = left(lines);
    let told = RunTold {
        schema: "rayfix/run/1",
        run,
        state: RunState::of(lines).unwrap_or(RunState::Planned),
        at: first.map(|(at, _)| at),
        host: plan.map(|plan| plan.host.as_str()),
        cause: plan.map(|plan| plan.cause.as_str()),
        fix: plan.map(|plan| plan.fix.as_str()),
        why: lines.iter().rev().find_map(|line| match line {
            Journaled::Failed { why, .. } => Some(why.as_str()),
            _ => None,
        }),
        steps: plan.map(|plan| plan.steps.iter().flat_map(by_hand).collect()).unwrap_or_default(),
        differs: if differs.is_empty() { &left } else { differs },
    };
    guard::json(serde_json::to_string_pretty(&told).unwrap_or_default()) + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::plan::{FilePath, RunId, UnitName, Verb};

    fn plan() -> Plan {
        let step = |action| Step {
            action,
            why: "shop.service should answer for the app, and it is stopped.".to_owned(),
            safety: Safety::Unattended,
            blast: "The app starts; nothing else is touched, and no visitor waits.".to_owned(),
            by_hand: Vec::new(),
        };
        let unit = UnitName::new("shop.service").unwrap();
        let key = FilePath::new("/etc/ssl/private/shop.key").unwrap();
        Plan {
            fix: "app-start".to_owned(),
            cause: "app-stopped".to_owned(),
            host: "shop.example.test".to_owned(),
            summary: "Start shop.service.".to_owned(),
            steps: vec![
                step(Action::Unit { unit, verb: Verb::Start }),
                step(Action::WriteFile {
                    path: key,
                    before: None,
                    after: b"kept-to-itself".to_vec(),
                    mode: 0o600,
                    secret: true,
                }),
            ],
            promises: vec![Promise::VisitsServed { times: 3 }, Promise::OriginServes],
            cautions: vec!["A restart does not take away why it came to this.".to_owned()],
        }
    }

    fn holds(schema: &str, document: &str) {
        let schema: Value = serde_json::from_str(schema).unwrap();
        let document: Value = serde_json::from_str(document).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, [""; 0], "{document:#}");
        // A field that the schema does not know would be promised to nobody.
        let known = schema["properties"].as_object().unwrap();
        for field in document.as_object().unwrap().keys() {
            assert!(known.contains_key(field), "{field}");
        }
    }

    #[test]
    fn a_plan_and_a_run_are_as_their_schemas_say() {
        holds(include_str!("../../../../docs/schema/plan-1.json"), &json(&plan()));
        let at = jiff::Timestamp::UNIX_EPOCH;
        let id = RunId::new("20261122T140312Z-1f0c").unwrap();
        let first = Journaled::Planned {
            version: 1,
            run: id.clone(),
            at,
            plan: Box::new(plan()),
            boot: String::new(),
            confirm_within_s: Some(60),
        };
        let failed = Journaled::Failed { step: None, at, why: "It did not hold.".to_owned() };
        let lines = [first, failed, Journaled::Undone { at }];
        let schema = include_str!("../../../../docs/schema/run-1.json");
        holds(schema, &run(id.as_str(), &lines, &["Step 1: it is disabled".to_owned()]));
        holds(schema, &run(id.as_str(), &[], &[]));
        // Of a run that could not be taken back wholly its journal tells what is left.
        let undoing = |why: &str| Journaled::Undoing { at, why: why.to_owned() };
        let undid = |differs: &[&str]| Journaled::Undid {
            step: 1,
            at,
            differs: differs.iter().map(|what| (*what).to_owned()).collect(),
        };
        let mut lines = lines.to_vec();
        lines.truncate(2);
        lines.extend([undoing(""), undid(&["its mode"]), undid(&[]), Journaled::Undone { at }]);
        let told: Value = serde_json::from_str(&run(id.as_str(), &lines, &[])).unwrap();
        assert_eq!(
            (&told["state"], &told["differs"][0]),
            (&json!("broken"), &json!("Step 2: its mode"))
        );
        lines.extend([undoing(""), undid(&[]), Journaled::Undone { at }]);
        let told: Value = serde_json::from_str(&run(id.as_str(), &lines, &[])).unwrap();
        assert_eq!((&told["state"], &told["differs"]), (&json!("undone"), &json!([])));
        let plan = plan();
        let bare = Known { host: "shop.example.test", ..Known::default() };
        let known = Known { cause: Some("app-stopped"), plan: Some(&plan), ..bare.clone() };
        let why = "A limit is reached.";
        holds(schema, &no_run(&known, Without::Refused, why));
        holds(schema, &no_run(&bare, Without::NothingToMend, why));
        let schema = include_str!("../../../../docs/schema/plan-1.json");
        holds(schema, &no_plan(&bare, Without::NoPlan, why));
    }

    #[test]
    fn what_is_secret_is_in_no_document() {
        use base64::Engine as _;
        let secret = base64::engine::general_purpose::STANDARD.encode("kept-to-itself");
        for told in [json(&plan()), text(&plan(), 80)] {
            assert!(!told.contains("kept-to-itself") && !told.contains(&secret), "{told}");
        }
    }

    #[test]
    fn what_does_not_fit_into_a_line_goes_on_below_its_first_word() {
        let promises = vec![Promise::ConnectorReady];
        let told = text(&Plan { promises, ..plan() }, 60);
        assert!(told.contains("\n  - the tunnel's connector"), "{told}");
        assert!(told.contains("\n    "), "{told}");
        let (_, promised) = told.split_once("It is proven by:\n").unwrap();
        let promised: Vec<&str> = promised.lines().take_while(|line| !line.is_empty()).collect();
        assert!(promised.len() > 1 && promised[1..].iter().all(|line| line.starts_with("    ")));
    }

    #[test]
    fn a_plan_fits_into_80_columns() {
        for line in text(&plan(), 80).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
