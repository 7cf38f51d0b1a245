//! A page that speaks of a 502.
//!
//! # What it looks like
//! Status 200, with the words of error pages in the body.
//!
//! # As in real life
//! A status page, or a blog about outages.
use super::Lookalike;
use crate::origins::page::{Manners, Page};
use crate::stage::Stage;

/// The look-alike.
pub static UNIT: Lookalike = Lookalike { set };

fn set(stage: &mut Stage) {
    let body = "<html><head><title>502 Bad Gateway: what it means</title></head><body><center><h1>502 Bad Gateway\
                </h1></center><p>error code: 522</p><hr><center>cloudflare</center></body></html>";
    stage.answers(Manners::Answers(Page::html(200, body)));
}
