//! Words for a service.

use jiff::Timestamp;

use super::subject;
use crate::evidence::host::{HostQuestion, UnitAnswer};
use crate::report::guard::quote;

pub(super) fn sentence(question: &HostQuestion, unit: &UnitAnswer, _now: Timestamp) -> String {
    let name = subject(question);
    match unit {
        UnitAnswer::Known(unit) => {
            format!("{name} is {} ({})", quote(&unit.active), quote(&unit.sub))
        }
        UnitAnswer::Missing => format!("systemd has no unit {name}"),
        UnitAnswer::Processes { programs } if programs.is_empty() => {
            format!("no process of {name} runs")
        }
        UnitAnswer::Processes { .. } => format!("{name} runs"),
        UnitAnswer::Denied { why } => format!("systemd would not tell of {name}: {}", quote(why)),
    }
}
