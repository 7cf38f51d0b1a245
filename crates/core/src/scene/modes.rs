//! Which SSL modes are still possible.
//!
//! Where nobody told the mode, each mode is taken as a supposition: seen from here, would its road
//! to the origin work? Modes whose prediction contradicts what visitors get are struck out. If that
//! strikes out all of them, the clue is worth nothing (an origin that answers only Cloudflare looks
//! broken from here under every mode), and it is left aside.

use super::roads::{Fate, RoadSeen};
use super::visits::{Came, EdgeState, Visits};
use crate::evidence::{PageForm, TcpAnswer, TlsAnswer};
use crate::hop::Hop;
use crate::target::{ModeFrom, Road, Scheme, SslMode, Target};

/// The modes that are still possible; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modes {
    /// Weakest first.
    pub possible: Vec<SslMode>,
    /// Who says so.
    pub from: ModeFrom,
}

impl Modes {
    /// What was told, or what the answers leave.
    #[must_use]
    pub fn of(
        target: &Target,
        asked: &Visits<'_>,
        other: &Visits<'_>,
        roads: &[RoadSeen<'_>],
    ) -> Self {
        if let Some(mode) = target.ssl_mode {
            return Modes { possible: vec![mode], from: target.ssl_mode_from };
        }
        let mut possible = SslMode::ALL.to_vec();
        let schemes = match target.site.scheme {
            Scheme::Https => [(Scheme::Https, asked), (Scheme::Http, other)],
            Scheme::Http => [(Scheme::Http, asked), (Scheme::Https, other)],
        };
        for (scheme, visits) in schemes {
            if visits.direct {
                continue;
            }
            let status = visits.symptom().status;
            strike(&mut possible, |mode| told_by_status(status, mode, target, scheme));
            let fates = |mode: SslMode| -> Vec<(Fate, &RoadSeen<'_>)> {
                roads
                    .iter()
                    .filter(|seen| takes(target, mode, seen.road, scheme))
                    .map(|seen| (seen.fate(mode), seen))
                    .collect()
            };
            match visits.state() {
                EdgeState::Works => strike(&mut possible, |mode| {
                    let fates = fates(mode);
                    fates.is_empty() || fates.iter().any(|(fate, _)| !is_break(*fate))
                }),
                // The edge's own failure and its rules say nothing of the road.
                EdgeState::Fails if edge_speaks_for_itself(visits) => {}
                EdgeState::Fails => {
                    let explained = |mode: SslMode| {
                        fates(mode).iter().any(|(fate, seen)| explains(*fate, seen, status))
                    };
                    if possible.iter().any(|mode| explained(*mode)) {
                        strike(&mut possible, explained);
                    } else {
                        // Nothing seen from here explains it; then rather a road that only the
                        // edge cannot take than one that breaks in another way.
                        strike(&mut possible, |mode| {
                            let fates = fates(mode);
                            fates.is_empty() || fates.iter().any(|(fate, _)| !is_break(*fate))
                        });
                    }
                }
                EdgeState::NotVisited | EdgeState::Unvisitable | EdgeState::Flickers => {}
            }
        }
        let mut modes = Modes { possible, from: ModeFrom::Inferred };
        if modes.settled().is_none() {
            modes.from = ModeFrom::Unknown;
        }
        modes
    }

    /// The one mode that was told or is left. Strict and SSL-only differ only for http visitors,
    /// off and flexible only for https visitors: where just such a pair is left, the commoner one.
    #[must_use]
    pub fn settled(&self) -> Option<SslMode> {
        match self.possible.as_slice() {
            [mode] => Some(*mode),
            [SslMode::Off, SslMode::Flexible] => Some(SslMode::Flexible),
            [SslMode::Strict, SslMode::OriginPull] => Some(SslMode::Strict),
            _ => None,
        }
    }

    /// The possible modes under which the edge takes this road for visitors of `scheme`.
    #[must_use]
    pub fn taking(&self, target: &Target, road: Road, scheme: Scheme) -> Vec<SslMode> {
        self.possible.iter().copied().filter(|mode| takes(target, *mode, road, scheme)).collect()
    }
}

fn takes(target: &Target, mode: SslMode, road: Road, scheme: Scheme) -> bool {
    target.origins.iter().any(|origin| target.road(*origin, mode, scheme) == Some(road))
}

/// Keeps the modes that fit; changes nothing where none does.
fn strike(possible: &mut Vec<SslMode>, fits: impl Fn(SslMode) -> bool) {
    let left: Vec<SslMode> = possible.iter().copied().filter(|mode| fits(*mode)).collect();
    if !left.is_empty() {
        *possible = left;
    }
}

/// 526 is said only by an edge that validates, 525 only by one that speaks TLS to the origin
/// (ssl-modes pages, read 2026-07).
pub(super) fn told_by_status(
    status: Option<u16>,
    mode: SslMode,
    target: &Target,
    scheme: Scheme,
) -> bool {
    match status {
        Some(526) => mode.validates(),
        Some(525) => target
            .site
            .in_scheme(scheme)
            .is_none_or(|site| mode.fetches(scheme, site.port).0 == Scheme::Https),
        _ => true,
    }
}

/// Whether the edge failed without the origin's part: a 1xxx, a bare page, or a loop of redirects.
fn edge_speaks_for_itself(visits: &Visits<'_>) -> bool {
    visits.commonest().is_some_and(|visit| {
        visit.numbered().is_some()
            || visit.came == Came::Loop
            || visit.page.is_some_and(|page| page.form == PageForm::Unbranded)
    })
}

fn is_break(fate: Fate) -> bool {
    matches!(fate, Fate::Breaks(_))
}

/// Whether a road that looks so explains this status. A 502 or 504 is explained by any break, and by
/// a road that looks otherwise to the edge than to us.
fn explains(fate: Fate, seen: &RoadSeen<'_>, status: Option<u16>) -> bool {
    let Fate::Breaks(hop) = fate else { return seen.is_divided() };
    match status {
        Some(521) => seen.tcp_answer() == Some(&TcpAnswer::Refused),
        Some(522) => {
            matches!(seen.tcp_answer(), Some(TcpAnswer::Silent { .. }))
                || matches!(seen.tls_answer(), Some(TlsAnswer::Silent { .. }))
        }
        Some(523) => matches!(seen.tcp_answer(), Some(TcpAnswer::Unreachable { .. })),
        Some(525) => hop == Hop::Tls && !matches!(seen.tls_answer(), Some(TlsAnswer::Greeted(_))),
        Some(526) => hop == Hop::Tls && matches!(seen.tls_answer(), Some(TlsAnswer::Greeted(_))),
        Some(400..=501 | 503 | 505..=519 | 524) => hop == Hop::Http,
        // Some edges say 520 where the handshake fails.
        Some(520) if hop == Hop::Tls => !matches!(seen.tls_answer(), Some(TlsAnswer::Greeted(_))),
        Some(520) => hop == Hop::Http,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;
    use crate::scene::sample::{Sitting, bare_page, page, reply, visited};

    #[test]
    fn what_visitors_get_strikes_out_modes_that_would_give_something_else() {
        let closed_80 = || {
            let sitting = Sitting::new().origin_works().on_port_80();
            sitting.tcp(TcpAnswer::Refused).unreached(Hop::Net)
        };
        let closed_443 = || {
            let sitting = Sitting::new().tcp(TcpAnswer::Refused).unreached(Hop::Net);
            sitting.on_port_80().tcp(TcpAnswer::Accepted).replies(200)
        };
        let ok = || visited(reply(200), None);
        for (sitting, left) in [
            (Sitting::new(), "off flexible full strict origin_pull"),
            (closed_80().visits(521, page(521)), "off flexible"),
            (closed_80().visits(522, page(522)), "full strict origin_pull"),
            (closed_80().visits(502, page(502)), "off flexible"),
            (closed_80().visits(502, bare_page(502)), "off flexible full strict origin_pull"),
            (closed_80().visits(530, page(1033)), "off flexible full strict origin_pull"),
            (closed_80().visits(526, page(526)), "strict origin_pull"),
            (closed_80().visits(525, page(525)), "full strict origin_pull"),
            (closed_80().served(), "full strict origin_pull"),
            (closed_443().served(), "off flexible"),
            (closed_443().visits(521, page(521)).plain_visit(ok()), "full strict"),
        ] {
            let evidence = sitting.evidence();
            let scene = Scene::new(&evidence);
            let words: Vec<&str> = scene.modes.possible.iter().map(|mode| mode.word()).collect();
            assert_eq!(words.join(" "), left, "{:?}", scene.symptom);
        }
    }
}
