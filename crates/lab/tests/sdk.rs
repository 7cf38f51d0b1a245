//! The emulated API against clients nobody here wrote: Cloudflare's own SDK for Python calls every operation in
//! strict mode, directly and through `prism proxy`, which holds every answer against the official schema.
//!
//! Both are installed by `make setup` into `target/tools`. Where they are missing the tests are counted as
//! ignored, with the reason; with `LAB_ALL=1` that is a failure.

mod sdk {
    pub(crate) mod hook;
    pub(crate) mod prism;
    pub(crate) mod script;
    pub(crate) mod world;
}

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use rayfix_lab::api::{operation_of, operations};

use sdk::prism::Prism;
use sdk::world::World;

fn main() -> ExitCode {
    let trials = vec![
        needing(&["sdk/bin/python"], "every_operation_passes_with_the_official_sdk", directly),
        needing(
            &["sdk/bin/python", "node_modules/.bin/prism"],
            "no_answer_violates_the_official_schema",
            through_prism,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Where `make setup` puts the clients.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools")
}

/// A test that cannot run without these tools says so.
fn needing(wanted: &[&str], name: &str, test: fn() -> Result<(), Failed>) -> Trial {
    let Some(missing) = wanted.iter().find(|tool| !tools().join(tool).exists()) else {
        return Trial::test(name, test);
    };
    let reason = format!("no target/tools/{missing}: make setup");
    let said = Failed::from(&reason);
    let fails = std::env::var_os("LAB_ALL").is_some();
    Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
}

fn say(lines: &str) {
    // Where nobody reads, nothing is lost.
    let _ = writeln!(std::io::stderr(), "{lines}");
}

fn directly() -> Result<(), Failed> {
    let world = World::raise()?;
    let told = sdk::script::run(&tools(), &world, &world.api.base)?;
    say(&format!("the SDK, directly: {}", told.counted));
    told.check()?;
    world.check_the_certificate()?;
    world.check_the_webhook()?;
    let seen: BTreeSet<(&str, &str)> = world
        .api
        .requests()
        .iter()
        .filter(|call| call.status.is_some_and(|status| status < 300))
        .filter_map(|call| operation_of(&call.method, &call.path))
        .map(|operation| (operation.method, operation.path))
        .collect();
    let never: Vec<String> = operations()
        .filter(|operation| !seen.contains(&(operation.method, operation.path)))
        .map(|operation| format!("never succeeded: {} {}", operation.method, operation.path))
        .collect();
    say(&format!("operations: {}, of which succeeded: {}", operations().count(), seen.len()));
    if never.is_empty() { Ok(()) } else { Err(never.join("\n").into()) }
}

fn through_prism() -> Result<(), Failed> {
    let world = World::raise()?;
    let prism = Prism::raise(&tools(), world.api.address)?;
    let told = sdk::script::run(&tools(), &world, &prism.base)?;
    let log = prism.end();
    say(&format!("the SDK, through prism proxy: {}; {}", told.counted, log.counted()));
    told.check()?;
    // Every call went through it, and none is missing from its log.
    log.check(world.api.requests().len())
}
