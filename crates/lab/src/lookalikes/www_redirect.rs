//! The site sends its visitors to another host.
//!
//! # What it looks like
//! Every visit is redirected once, to a name that works.
//!
//! # As in real life
//! The bare name leads to `www`.
use super::Lookalike;
use crate::origins::page::{Manners, To};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.other_hosts.push("www.shop.example.test".to_owned());
    stage.answers(Manners::Redirects(To::Host("www.shop.example.test".to_owned())));
}
