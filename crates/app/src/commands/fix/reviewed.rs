//! A plan that somebody has read and signed off: what is done now must be that plan and no other.
//!
//! Nothing in the file ever leads a hand. The plan is made anew, of what is seen now, and compared with it step by
//! step; so a file that somebody tampered with can keep a fix from being carried out, and do nothing else.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rayfix_core::plan::{Plan, tell};
use serde_json::Value;

use crate::refusal::Refusal;

/// A larger file is no plan (4 MiB).
const MOST: u64 = 4 << 20;

/// A plan as `--format json` printed it.
#[derive(Debug)]
pub(super) struct Reviewed {
    path: PathBuf,
    document: Value,
}

impl Reviewed {
    /// Reads one.
    ///
    /// # Errors
    /// When it cannot be read, or is no plan for this site.
    pub(super) fn read(path: &Path, host: &str) -> Result<Reviewed, Refusal> {
        let refused = |why: String| Refusal::File { option: "--plan", path: path.to_owned(), why };
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text));
        read.map_err(|error| refused(format!("could not be read: {error}")))?;
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        if document["schema"] != "rayfix/plan/1" || !document["fix"].is_string() {
            let how = "`rayfix fix HOST --format json > FILE` makes one";
            return Err(refused(format!("is no plan; {how}")));
        }
        if document["host"] != host {
            return Err(refused(format!("is a plan for another site than {host}")));
        }
        Ok(Reviewed { path: path.to_owned(), document })
    }

    /// The fix.
    pub(super) fn fix(&self) -> &str {
        self.document["fix"].as_str().unwrap_or_default()
    }

    /// Whether a plan that was made now is this one: the same acts in the same order, proven by the same.
    ///
    /// # Errors
    /// A sentence: what is another now.
    pub(super) fn fits(&self, plan: &Plan) -> Result<(), String> {
        let now: Value = serde_json::from_str(&tell::json(plan)).unwrap_or_default();
        let steps = |of: &Value| of["steps"].as_array().cloned().unwrap_or_default();
        let (was, is) = (steps(&self.document), steps(&now));
        let acts = |step: Option<&Value>| step.map(|step| step["action"].clone());
        let by_hand = |step: Option<&Value>| match step.and_then(|step| step["by_hand"].as_array())
        {
            Some(lines) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
            None => "nothing".to_owned(),
        };
        let what =
            match (0..was.len().max(is.len())).find(|at| acts(was.get(*at)) != acts(is.get(*at))) {
                Some(at) => {
                    let (was, is) = (by_hand(was.get(at)), by_hand(is.get(at)));
                    format!("step {} was `{was}`, and would be `{is}` now", at + 1)
                }
                None if self.document["promises"] != now["promises"] => {
                    "it would be proven by something else now".to_owned()
                }
                None => return Ok(()),
            };
        let path = self.path.display();
        Err(format!("The plan of {path} is not what would be done now: {what}. Nothing was done."))
    }
}
