//! Notes on a packet filter that no visit of ours met: what other visitors do.

use crate::diagnosis::Note;
use crate::evidence::host::firewall::Fares;
use crate::report::words::host::firewall::for_note;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::firewall::{Aim, Shut, limited, shut};
use crate::scene::visits::EdgeState;

pub(super) fn of(scene: &Scene<'_>) -> Vec<Note> {
    let Some((reading, _)) = scene.host.as_ref().and_then(OnHost::firewall) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    let mut note = |measure: &str, text: String| {
        notes.push(Note { measure: measure.to_owned(), text, because: vec![reading.id] });
    };
    if scene.visits.state() == EdgeState::Works && !scene.visits.direct {
        let all = shut(scene);
        for (measure, aims) in [
            ("firewall-follows-cloudflare-ranges", &[Aim::Firewall, Aim::Family][..]),
            ("bans-spare-cloudflare", &[Aim::Ban]),
            ("answers-reach-cloudflare", &[Aim::Replies, Aim::Route]),
        ] {
            let groups: Vec<Shut<'_>> =
                all.iter().filter(|(aim, _)| aims.contains(aim)).map(|(_, one)| *one).collect();
            if let Some((_, group)) = groups.first() {
                let status = if group.fares == Fares::Rejected { 521 } else { 522 };
                let text = format!(
                    "no visit from here met it, and visitors of other places get {status} at times: {}. On the \
                     origin, `rayfix firewall --propose` says what lets them in",
                    for_note(&groups)
                );
                note(measure, text);
            }
        }
    }
    let limits = limited(scene);
    if !limits.is_empty() {
        let text = format!(
            "a limit by address counts all visitors as the few addresses of Cloudflare's: {}",
            for_note(&limits)
        );
        note("limits-spare-cloudflare", text);
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::host::firewall_sample::Filter;
    use crate::scene::sample::{Sitting, page};

    fn notes(sitting: Sitting) -> Vec<(String, String)> {
        let evidence = sitting.evidence();
        of(&Scene::new(&evidence)).into_iter().map(|note| (note.measure, note.text)).collect()
    }

    #[test]
    fn a_range_that_no_visit_of_ours_came_from_is_noted() {
        let served = Sitting::filtered().served();
        let part = Filter::open().drops(443, &["172.64.0.0/13"]);
        let notes = notes(served.filter(part));
        assert_eq!(
            notes,
            [(
                "firewall-follows-cloudflare-ranges".to_owned(),
                "no visit from here met it, and visitors of other places get 522 at times: \
                 172.64.0.0/13 (34 % of Cloudflare's IPv4 addresses) is dropped at port 443 by \
                 `ip saddr { … } drop` (handle 7, chain `input` of table `inet filter`, of nftables). \
                 On the origin, `rayfix firewall --propose` says what lets them in"
                    .to_owned()
            )]
        );
    }

    #[test]
    fn every_range_that_is_kept_out_is_named_in_the_note() {
        let part = Filter::open().drops(443, &["172.64.0.0/13"]).drops(443, &["104.16.0.0/13"]);
        let notes = notes(Sitting::filtered().served().filter(part));
        let (_, text) = &notes[0];
        assert!(text.contains("172.64.0.0/13") && text.contains("104.16.0.0/13"), "{text}");
    }

    #[test]
    fn bans_and_limits_are_noted_by_their_own_measures() {
        let bans = Filter::open().bans(443, &["172.64.0.77/32"]);
        let bans = notes(Sitting::filtered().served().filter(bans));
        assert_eq!(bans[0].0, "bans-spare-cloudflare");
        assert!(bans[0].1.contains("172.64.0.77/32, a single address of Cloudflare's, is dropped"));
        let limits = notes(Sitting::filtered().served().filter(Filter::open().limits(443)));
        assert_eq!(limits[0].0, "limits-spare-cloudflare");
    }

    #[test]
    fn a_filter_in_order_a_port_that_is_not_used_and_what_is_blamed_are_not_noted() {
        let served = || Sitting::filtered().served();
        assert!(notes(served().filter(Filter::open())).is_empty());
        assert!(notes(served().filter(Filter::open().shuts(80))).is_empty());
        let failing = Sitting::filtered().visits(522, page(522));
        assert!(notes(failing.filter(Filter::open().shuts(443))).is_empty());
    }
}
