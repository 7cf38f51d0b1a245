//! The name has no address in DNS.
//!
//! # What you see
//! Browsers say that the site cannot be found (`DNS_PROBE_FINISHED_NXDOMAIN`, `Could not resolve
//! host`). No error page comes, for nobody is asked.
//!
//! # What is wrong
//! There is no A and no AAAA record for the name, or not even the name. The record was deleted or
//! mistyped, the domain has expired, or its registrar still names other name servers than
//! Cloudflare's. A CNAME whose target has no address comes to the same.
//!
//! # How we know
//! The resolver says so: the name does not exist, or it exists and has neither kind of address. That
//! is likely and not certain, since one resolver was asked, from here; it may remember an older
//! answer, or be one that knows only an inner network. A resolver that fails or is silent says
//! nothing.
//!
//! # What to do
//! Ask for the name servers first: `dig +short NS DOMAIN`. If they are not the two that the
//! Cloudflare dashboard shows, correct them at the registrar. If they are, add the missing record
//! under DNS, or mend the name that its CNAME leads to.
//!
//! A record that was just made may take as long to be seen as the old answer's time to live: ask
//! `dig +short NAME @1.1.1.1`.
//!
//! # Sources
//! - RFC 2308 (negative answers and how long they are kept)
//! - Cloudflare docs, page dns/zone-setups/full-setup, read 2026-07
use super::{Cause, Confidence, Need, Verdict};
use crate::evidence::{DnsAnswer, Question, ReadingId, Record};
use crate::hop::Hop;
use crate::scene::Scene;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C105",
    hop: Hop::Dns,
    title: "the name has no address in DNS",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let answers: Vec<(ReadingId, Record, &DnsAnswer)> = scene
        .lookups()
        .filter_map(|reading| match &reading.question {
            Question::Resolve { name, record } if *name == scene.target.site.host => {
                Some((reading.id, *record, reading.dns()?))
            }
            _ => None,
        })
        .collect();
    let ids = |like: &dyn Fn(&DnsAnswer) -> bool| -> Vec<ReadingId> {
        answers.iter().filter(|(.., answer)| like(answer)).map(|(id, ..)| *id).collect()
    };
    let resolved = ids(&|answer| matches!(answer, DnsAnswer::Resolved { .. }));
    if !resolved.is_empty() {
        return Verdict::clears(resolved);
    }
    let lacks = |record: Record| {
        answers
            .iter()
            .any(|(_, of, answer)| *of == record && matches!(answer, DnsAnswer::NoRecord { .. }))
    };
    let no_name = ids(&|answer| matches!(answer, DnsAnswer::NoName));
    // That there is no name holds for records of every kind (RFC 2308, section 5).
    if no_name.is_empty() && !(lacks(Record::A) && lacks(Record::Aaaa)) {
        return Verdict::needs([Need::Lookup]);
    }
    let because = ids(&|answer| matches!(answer, DnsAnswer::NoName | DnsAnswer::NoRecord { .. }));
    let target = answers.iter().find_map(|(.., answer)| match answer {
        DnsAnswer::NoRecord { aliases } => aliases.last().cloned(),
        _ => None,
    });
    let verdict = Verdict::blames(Confidence::Likely, because);
    target.into_iter().fold(verdict, |verdict, alias| verdict.with("alias_of", alias))
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::{DnsAnswer, Record};
    use crate::scene::sample::{Sitting, check};

    fn looked_up(four: DnsAnswer, six: DnsAnswer) -> Sitting {
        Sitting::new().trace(false).lookup(Record::A, four).lookup(Record::Aaaa, six)
    }

    fn no_record() -> DnsAnswer {
        DnsAnswer::NoRecord { aliases: vec!["gone.example.test".to_owned()] }
    }

    #[test]
    fn is_likely_when_the_resolver_knows_no_name_or_no_address() {
        check(&UNIT, looked_up(DnsAnswer::NoName, DnsAnswer::NoName), "blames, likely");
        check(&UNIT, looked_up(no_record(), no_record()), "blames, likely");
    }

    #[test]
    fn holds_for_both_records_when_one_answer_says_that_there_is_no_name() {
        check(&UNIT, looked_up(DnsAnswer::NoName, DnsAnswer::Silent), "blames, likely");
    }

    #[test]
    fn clears_the_name_when_one_record_has_an_address() {
        check(&UNIT, Sitting::new(), "clears");
    }

    #[test]
    fn leaves_a_resolver_that_fails_open() {
        let failed = || DnsAnswer::Failed { rcode: 2 };
        check(&UNIT, looked_up(failed(), failed()), "cannot tell");
        check(&UNIT, looked_up(no_record(), DnsAnswer::Silent), "cannot tell");
    }

    #[test]
    fn cannot_tell_when_the_name_was_not_asked() {
        let need = "cannot tell: a lookup of the name: from another machine, by another --resolver, or without --connect";
        check(&UNIT, Sitting::new().no_lookups().served(), need);
    }
}
