//! How the binary behaves in an origin, whatever it finds: what it writes, how long it takes, what it bears.

use libtest_mimic::Failed;

use crate::diagnosing::{SITE, furnished, plain};

/// A name and its test.
pub type Test = (&'static str, fn() -> Result<(), Failed>);

/// All of them.
pub const TESTS: [Test; 1] = [("the_binary_runs_in_the_origin", runs)];

fn runs() -> Result<(), Failed> {
    let stage = furnished(plain())?;
    let version = stage.order(&["rayfix", "--version"])?;
    assert!(version.starts_with("rayfix "), "{version}");
    stage.order(&["rayfix", "diagnose", SITE, "--ca-file", "/root/ca.pem"])?;
    Ok(())
}
