//! The app asks who is there.
//!
//! # What it looks like
//! Every visit gets 401 from the app.
//!
//! # As in real life
//! A staging site behind a password.
use super::Lookalike;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    stage.answers(Manners::Answers(
        Page::nginx(401).header("WWW-Authenticate", "Basic realm=\"tea\""),
    ));
}
