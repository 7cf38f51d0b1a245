//! What is to be said besides a plan: other causes that it does not mend, and what no visit met where there is
//! nothing to plan.
//!
//! A plan mends the first cause alone. Who is not told of a second one sees a proof fail and does not know why; and
//! visits that were served by luck are no word for those that were not made.
use crate::causes::Confidence;
use crate::diagnosis::Diagnosis;
use crate::report::Report;
use crate::report::words::units::capital;

/// The causes that stand beside the first one and that it does not explain, as a caution; `None`: there is none that is
/// likely at least.
#[must_use]
pub fn others(diagnosis: &Diagnosis<'_>) -> Option<String> {
    let report = Report::of(diagnosis);
    let others = report.findings.iter().skip(1);
    let others: Vec<String> = others
        .filter(|finding| finding.confidence >= Confidence::Likely)
        .map(|finding| {
            format!("{} {} ({})", finding.code, finding.cause, finding.confidence.word())
        })
        .collect();
    let (is, them) = match others.len() {
        0 => return None,
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    Some(format!(
        "{} {is} blamed as well, and this plan does not mend {them}. If visits still fail because of {them}, everything is \
         taken back: then mend {them} by hand first, as `rayfix diagnose {}` tells.",
        others.join(", "),
        report.host
    ))
}

/// That no cause was found: what visits got, and what they did not meet.
#[must_use]
pub fn nothing(diagnosis: &Diagnosis<'_>) -> String {
    let report = Report::of(diagnosis);
    let notes = report.notes.iter().map(|note| format!(" {}.", capital(&note.text)));
    format!("There is nothing to mend: {}.{}", report.symptom.text, notes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::scene::host::app_gallery::Shop;
    use crate::scene::host::firewall_sample::Filter;
    use crate::scene::sample::{Sitting, page};

    #[test]
    fn a_second_cause_is_named_with_what_comes_of_it() {
        let shut = |sitting: Sitting| {
            let sockets = ["0.0.0.0:443 nginx", "0.0.0.0:80 nginx"];
            sitting.sockets(&sockets).filter(Filter::open().shuts(443))
        };
        let shop = Shop::fails(522).stopped().sitting_is(shut);
        let evidence = shop.sitting().evidence();
        let told = others(&diagnose(&evidence)).unwrap_or_default();
        assert!(told.starts_with("C801 app-stopped (certain) is blamed as well"), "{told}");
    }

    #[test]
    fn what_the_first_cause_explains_and_what_is_only_possible_is_no_second_cause() {
        let evidence = Shop::fails(502).stopped().sitting().evidence();
        assert_eq!(others(&diagnose(&evidence)), None);
        let evidence =
            Sitting::filtered().visits(522, page(522)).filter(Filter::open().shuts(443)).evidence();
        assert_eq!(others(&diagnose(&evidence)), None);
    }

    #[test]
    fn where_nothing_is_to_be_mended_the_visits_are_told_and_what_they_did_not_meet() {
        let evidence = Sitting::filtered().served().filter(Filter::open()).evidence();
        let told = nothing(&diagnose(&evidence));
        assert!(
            told.starts_with("There is nothing to mend: ") && told.contains(" got 200."),
            "{told}"
        );
        let part = Filter::open().drops(443, &["172.64.0.0/13"]);
        let evidence = Sitting::filtered().served().filter(part).evidence();
        let told = nothing(&diagnose(&evidence));
        assert!(told.contains(" No visit from here met it, "), "{told}");
        assert!(told.contains("172.64.0.0/13") && told.contains("--propose"), "{told}");
    }
}
