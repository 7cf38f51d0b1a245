//! The way from a leaf up to whoever vouches for it, over what was sent, whatever the dates say.
//!
//! The library's own search ends at the first fault; this one only follows names and signatures, so
//! that a chain that is both expired and from an unknown issuer shows both. It accepts nothing: what
//! it finds is held against the dates by [`super::see`], and against the library's rules there.

use jiff::Timestamp;

use super::Anchor;
use super::anchors::Pool;
use super::link::{Link, Signed, contents, sequence};

/// Certificates on one way.
const LONGEST: usize = 8;
/// Signatures that are checked in all: what was sent may be made to branch at every step.
const MOST_CHECKS: u32 = 64;

/// A way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// Indices into what was sent, the leaf first.
    pub(super) links: Vec<usize>,
    /// Who vouches for its end.
    pub(super) anchor: Option<Anchor>,
    /// How many of its certificates are out of their time.
    stale: usize,
}

struct Search<'a, 'c> {
    sent: &'a [Link<'c>],
    pools: &'a [Pool<'a>],
    now: Timestamp,
    checks: u32,
    best: Path,
}

/// The best way up from the first of `sent`: one that somebody vouches for, with the fewest
/// certificates out of their time; else the longest.
pub(super) fn find(sent: &[Link<'_>], pools: &[Pool<'_>], now: Timestamp) -> Path {
    let best = Path { links: vec![0], anchor: None, stale: 0 };
    let mut search = Search { sent, pools, now, checks: MOST_CHECKS, best };
    search.climb(&mut vec![0]);
    search.best
}

impl Search<'_, '_> {
    fn climb(&mut self, links: &mut Vec<usize>) {
        let Some(top) = links.last().and_then(|&at| self.sent.get(at)) else {
            return;
        };
        let issuer = contents(top.issuer()).unwrap_or_default();
        for (anchor, roots) in self.pools {
            for root in roots.iter().filter(|root| root.subject.as_ref() == issuer) {
                if self.check(top, &sequence(&root.subject_public_key_info)) {
                    self.found(links, Some(*anchor));
                }
            }
        }
        self.found(links, None);
        if links.len() == LONGEST || top.subject() == top.issuer() {
            return;
        }
        for (at, link) in self.sent.iter().enumerate() {
            if links.contains(&at) || link.subject() != top.issuer() {
                continue;
            }
            if self.check(top, link.cert.public_key().raw) {
                links.push(at);
                self.climb(links);
                links.pop();
            }
        }
    }

    fn check(&mut self, child: &Link<'_>, key: &[u8]) -> bool {
        self.checks = self.checks.saturating_sub(1);
        self.checks > 0 && child.signed_by(key) == Signed::Yes
    }

    fn found(&mut self, links: &[usize], anchor: Option<Anchor>) {
        let stale = links.iter().filter(|&&at| !self.sent[at].is_in_time(self.now)).count();
        let better = match (anchor, self.best.anchor) {
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(_), Some(_)) => stale < self.best.stale,
            (None, None) => links.len() > self.best.links.len(),
        };
        if better {
            self.best = Path { links: links.to_vec(), anchor, stale };
        }
    }
}
