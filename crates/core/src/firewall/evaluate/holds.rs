//! Which addresses a question holds for: surely, perhaps, or only above a limit.

use std::borrow::Cow;

use super::super::addresses::{Numbers, Pieces};

/// Which of the addresses at hand.
#[derive(Debug, Clone)]
pub(super) enum Share<'a> {
    /// None of them.
    None,
    /// All of them.
    All,
    /// These.
    Of(Cow<'a, Numbers>),
}

/// For whom a question holds. What is in none of the three, it does not hold for.
#[derive(Debug, Clone)]
pub(super) struct Holds<'a> {
    /// Surely.
    pub(super) surely: Share<'a>,
    /// It cannot be told.
    pub(super) perhaps: Share<'a>,
    /// Only once a limit is exceeded.
    pub(super) above: Share<'a>,
    /// Turned round.
    pub(super) negated: bool,
}

/// Addresses, told apart by a question.
#[derive(Debug, Default)]
pub(super) struct Parted {
    /// It holds.
    pub(super) on: Pieces,
    /// It does not.
    pub(super) back: Pieces,
    /// Either.
    pub(super) either: Pieces,
    /// Below the limit it does not hold; above it, it does.
    pub(super) above: Pieces,
    /// Below the limit it holds; above it, it does not.
    pub(super) below: Pieces,
}

impl<'a> Holds<'a> {
    pub(super) const NEVER: Holds<'static> =
        Holds { surely: Share::None, perhaps: Share::None, above: Share::None, negated: false };

    pub(super) const ALWAYS: Holds<'static> =
        Holds { surely: Share::All, perhaps: Share::None, above: Share::None, negated: false };

    pub(super) const PERHAPS: Holds<'static> =
        Holds { surely: Share::None, perhaps: Share::All, above: Share::None, negated: false };

    pub(super) fn for_clients(numbers: Cow<'a, Numbers>) -> Holds<'a> {
        Holds { surely: Share::Of(numbers), ..Holds::NEVER }
    }

    pub(super) fn if_so(so: bool) -> Holds<'static> {
        if so { Holds::ALWAYS } else { Holds::NEVER }
    }

    /// Surely not, for nobody.
    pub(super) fn is_never(&self) -> bool {
        if self.negated {
            return matches!(self.surely, Share::All);
        }
        matches!(
            (&self.surely, &self.perhaps, &self.above),
            (Share::None, Share::None, Share::None)
        )
    }

    /// Tells addresses apart.
    pub(super) fn part(&self, mut pieces: Pieces) -> Parted {
        let mut parted = Parted::default();
        let surely = self.surely.take(&mut pieces);
        parted.either = self.perhaps.take(&mut pieces);
        let above = self.above.take(&mut pieces);
        if self.negated {
            (parted.on, parted.back, parted.below) = (pieces, surely, above);
        } else {
            (parted.on, parted.back, parted.above) = (surely, pieces, above);
        }
        parted
    }
}

impl Share<'_> {
    pub(super) fn take(&self, from: &mut Pieces) -> Pieces {
        match self {
            Share::None => Pieces::none(),
            Share::All => std::mem::take(from),
            Share::Of(numbers) => from.take(numbers),
        }
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Share::None)
    }

    /// Both, without a copy where one is whole or empty.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Share::All, _) | (_, Share::All) => Share::All,
            (Share::None, share) | (share, Share::None) => share,
            (Share::Of(a), Share::Of(b)) => Share::Of(Cow::Owned(a.or(&b))),
        }
    }

    /// What both have.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Share::None, _) | (_, Share::None) => Share::None,
            (Share::All, share) | (share, Share::All) => share,
            (Share::Of(a), Share::Of(b)) => {
                let both = a.and(&b);
                if both.is_empty() { Share::None } else { Share::Of(Cow::Owned(both)) }
            }
        }
    }

    /// What this has and the other has not; `None`: cannot be said without the whole space.
    pub(super) fn without(self, other: &Self, whole: &Numbers) -> Self {
        match (self, other) {
            (Share::None, _) | (_, Share::All) => Share::None,
            (share, Share::None) => share,
            (Share::All, Share::Of(gone)) => Share::Of(Cow::Owned(whole.without(gone))),
            (Share::Of(numbers), Share::Of(gone)) => Share::Of(Cow::Owned(numbers.without(gone))),
        }
    }
}
