//! Drift of folders: only what the run changed in them counts; what came and went beside it is somebody else's.
//!
//! certbot goes on: it renews the certificates of other sites, and a run that is taken back weeks later must not
//! take those back as well.

use std::collections::{BTreeMap, BTreeSet};

use rayfix_core::plan::run::Thing;
use rayfix_core::plan::{FilePath, PreImage};

use super::super::hands::tree::differs;
use super::Drift;

type Things<'a> = BTreeMap<&'a FilePath, &'a Thing>;

/// How folders were, how the run left them, how they are now.
pub(super) struct Folders<'a> {
    before: Things<'a>,
    after: Things<'a>,
    now: Things<'a>,
}

impl<'a> Folders<'a> {
    /// `None` where these are no folders.
    pub(super) fn of(before: &'a PreImage, after: &'a PreImage, now: &'a PreImage) -> Option<Self> {
        Some(Folders { before: things(before)?, after: things(after)?, now: things(now)? })
    }

    fn paths(&self) -> BTreeSet<&'a FilePath> {
        [&self.before, &self.after, &self.now]
            .into_iter()
            .flat_map(BTreeMap::keys)
            .copied()
            .collect()
    }

    /// Whether the run changed the thing there.
    fn is_ours(&self, path: &FilePath) -> bool {
        self.before.get(path) != self.after.get(path)
    }

    /// What happened since.
    pub(super) fn since(&self) -> Drift {
        let mut drift = Drift::default();
        for path in self.paths() {
            let (left, is) = (self.after.get(path), self.now.get(path));
            if left != is && self.is_ours(path) {
                drift.ours.extend(told(path, left, is));
            }
            drift.elsewhere |= left != is;
        }
        drift
    }

    /// What the undo has to come to: as before where the run changed something, else as now.
    pub(super) fn aim(&self) -> PreImage {
        let aim = |path| match self.is_ours(path) {
            true => self.before.get(path),
            false => self.now.get(path),
        };
        let things = self.paths().into_iter();
        let things = things.filter_map(|path| Some((path.clone(), (*aim(path)?).clone())));
        PreImage::Tree { things: things.collect() }
    }

    /// What of the run's change is still there.
    pub(super) fn left(&self) -> Vec<String> {
        let ours = self.paths().into_iter().filter(|path| self.is_ours(path));
        ours.flat_map(|path| told(path, self.before.get(path), self.now.get(path))).collect()
    }
}

fn told(path: &FilePath, then: Option<&&Thing>, now: Option<&&Thing>) -> Vec<String> {
    let one = |thing: Option<&&Thing>| -> Vec<(FilePath, Thing)> {
        thing.iter().map(|thing| (path.clone(), (**thing).clone())).collect()
    };
    differs(&one(then), &one(now))
}

fn things(image: &PreImage) -> Option<Things<'_>> {
    match image {
        PreImage::Tree { things } => {
            Some(things.iter().map(|(path, thing)| (path, thing)).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(links: &[(&str, &str)]) -> PreImage {
        let thing = |(path, to): &(&str, &str)| {
            let thing = Thing::Link { to: (*to).to_owned(), uid: 0, gid: 0 };
            (FilePath::new(path).unwrap(), thing)
        };
        PreImage::Tree { things: links.iter().map(thing).collect() }
    }

    #[test]
    fn what_certbot_renewed_of_another_site_stays() {
        let before = tree(&[("/e/blog", "1"), ("/e/shop", "1")]);
        let after = tree(&[("/e/blog", "1"), ("/e/shop", "2"), ("/e/shop2", "x")]);
        let now = tree(&[("/e/blog", "9"), ("/e/blog9", "y"), ("/e/shop", "2"), ("/e/shop2", "x")]);
        let folders = Folders::of(&before, &after, &now).unwrap();
        assert_eq!(folders.since(), Drift { ours: Vec::new(), elsewhere: true });
        let aim = tree(&[("/e/blog", "9"), ("/e/blog9", "y"), ("/e/shop", "1")]);
        assert_eq!(folders.aim(), aim);
        assert_eq!(folders.left().len(), 2);
        assert_eq!(Folders::of(&before, &after, &aim).unwrap().left(), [""; 0]);
    }

    #[test]
    fn what_was_renewed_again_since_is_told() {
        let (before, after) = (tree(&[("/e/shop", "1")]), tree(&[("/e/shop", "2")]));
        let now = tree(&[("/e/shop", "3")]);
        let drift = Folders::of(&before, &after, &now).unwrap().since();
        assert_eq!(drift.ours, ["/e/shop: it leads to 3"]);
    }
}
