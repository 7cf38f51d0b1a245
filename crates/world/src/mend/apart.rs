//! Tests of what is done to the packet filter, each in a network and a file system of its own.
//!
//! A test starts itself once more within; what it mounts and locks there is nothing to anybody else.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rayfix_core::plan::{Action, Call, Journaled, Plan, Safety, Step, Tool};
use rustix::fs::{FlockOperation, flock};

use super::hands::Hands;
use super::journal::Store;
use super::recover::take_back;
use crate::clock;

/// It lies there only within.
const WITHIN: &str = "/run/rayfix-test-apart";

/// Whether this is within. Else the test of this name is run there, and only root can.
#[expect(clippy::print_stdout, reason = "says why a test was skipped")]
fn is_apart(test: &str) -> bool {
    if Path::new(WITHIN).exists() {
        return true;
    }
    let apart = || {
        let mut command = Command::new("unshare");
        let script = format!("mount -t tmpfs none /run && touch {WITHIN} && exec \"$@\"");
        command.args(["--net", "--mount", "sh", "-c", &script, "sh"]);
        command
    };
    let tools = ["ipset", "iptables-nft", "iptables-legacy", "ip6tables-legacy"];
    let can = |tool: &&str| {
        apart().args([tool, "--version"]).output().is_ok_and(|said| said.status.success())
    };
    if !tools.iter().all(can) {
        println!("skipped: needs root, a namespace and {}", tools.join(", "));
        return false;
    }
    let mut within = apart();
    within.arg(std::env::current_exe().unwrap()).args(["--exact", "--nocapture"]);
    let said = within.arg(format!("mend::apart::{test}")).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(
        said.status.success() && text.contains(" 1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&said.stderr)
    );
    false
}

/// A rule of this kind of tool that keeps somebody out, and its undo.
fn rule(tool: Tool) -> Action {
    let call = |verb: &str| {
        let words = [verb, "INPUT", "-p", "tcp", "--dport", "443", "-j", "DROP"];
        vec![Call::Tool { tool, arguments: words.map(str::to_owned).to_vec() }]
    };
    Action::Filter { does: call("-I"), undo: call("-D") }
}

fn rules(tool: Tool) -> String {
    let said = Command::new(&*tool.program()).args(["-S", "INPUT"]).output().unwrap();
    String::from_utf8(said.stdout).unwrap()
}

/// Has the tool that lists sets fail.
fn deafen(file: &str) {
    let bound = Command::new("mount").args(["--bind", file, "/usr/sbin/ipset"]).status();
    assert!(bound.unwrap().success());
}

#[tokio::test]
async fn rules_that_cannot_be_listed_are_taken_back_and_that_is_told() {
    if !is_apart("rules_that_cannot_be_listed_are_taken_back_and_that_is_told") {
        return;
    }
    // A table is there from its first use on.
    assert!(!rules(Tool::IptablesLegacy).contains("DROP"));
    let hands = Hands::default();
    let action = rule(Tool::IptablesLegacy);
    for (at, script) in ["#!/is/not/there\n", "#!/bin/false\n"].into_iter().enumerate() {
        let file = format!("/run/ipset-{at}");
        fs::write(&file, script).unwrap();
        assert!(Command::new("chmod").args(["755", &file]).status().unwrap().success());
    }
    // It cannot be started, fails, is missing.
    for how in ["/run/ipset-0", "/run/ipset-1", "/dev/null"] {
        let store = Store::at(format!("/run/rayfix{how}"));
        let plan = Plan {
            fix: "firewall-allow-cloudflare".into(),
            cause: "firewall-drops".into(),
            host: "shop.example.test".into(),
            summary: "Let them in.".into(),
            steps: vec![Step {
                action: action.clone(),
                why: String::new(),
                safety: Safety::Unattended,
                blast: String::new(),
                by_hand: Vec::new(),
            }],
            promises: Vec::new(),
            cautions: Vec::new(),
        };
        let mut journal = store.begin(plan, None).unwrap();
        let before = hands.look(&action).await.unwrap();
        let begins = Journaled::Begins { step: 0, at: clock::now(), before: before.clone() };
        journal.write(begins).unwrap();
        hands.act(&action, &before).await.unwrap();
        let after = hands.look(&action).await.unwrap();
        journal.write(Journaled::Done { step: 0, at: clock::now(), after }).unwrap();
        assert!(rules(Tool::IptablesLegacy).contains("DROP"));
        deafen(how);
        let run = store.run(&journal.run).unwrap().unwrap();
        let back = take_back(&store, &run, &hands, "it was asked for").await.unwrap();
        assert!(!rules(Tool::IptablesLegacy).contains("DROP"), "{how}: somebody is kept out");
        assert!(!back.is_complete() && back.differs.len() == 1, "{how}: {back:?}");
        assert!(back.differs[0].contains("could not be compared"), "{how}: {back:?}");
        assert!(Command::new("umount").arg("/usr/sbin/ipset").status().unwrap().success());
        // Once they can be listed it is known.
        let run = store.run(&journal.run).unwrap().unwrap();
        let back = take_back(&store, &run, &hands, "it was asked for").await.unwrap();
        assert!(back.is_complete(), "{how}: {back:?}");
    }
}

#[tokio::test]
async fn a_lock_that_another_program_holds_for_a_moment_is_waited_for() {
    if !is_apart("a_lock_that_another_program_holds_for_a_moment_is_waited_for") {
        return;
    }
    // Some versions wait by themselves, and without end; most fail at once.
    let fails_at_once = "cp /usr/sbin/xtables-legacy-multi /run/legacy && printf '%s\\n' '#!/bin/sh' \
        'case \"$0 $* \" in *-save*|*\" -w \"*|*\" -S \"*) ;; *) flock -n /run/xtables.lock true || exit 4;; esac' \
        'exec /run/legacy \"${0##*/}\" \"$@\"' > /run/at-once && chmod 755 /run/at-once && \
        mount --bind /run/at-once /usr/sbin/xtables-legacy-multi";
    assert!(Command::new("sh").args(["-c", fails_at_once]).status().unwrap().success());
    let hands = Hands::default();
    for tool in [Tool::IptablesLegacy, Tool::Ip6tablesLegacy, Tool::IptablesNft] {
        let action = rule(tool);
        let before = hands.look(&action).await.unwrap();
        held_for_a_second();
        hands.act(&action, &before).await.unwrap();
        assert!(rules(tool).contains("DROP"), "{tool:?}");
        held_for_a_second();
        hands.restore(&action, &before).await.unwrap();
        assert!(!rules(tool).contains("DROP"), "{tool:?}");
    }
}

/// The lock of the packet filter is taken when this returns, and let go a second later.
fn held_for_a_second() {
    let lock = File::create("/run/xtables.lock").unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        drop(lock);
    });
}
