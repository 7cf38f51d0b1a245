//! Words for who listens at an address, and who should.

use super::subject;
use crate::evidence::host::{HostQuestion, Owner};
use crate::report::guard::quote;

pub(super) fn sentence(question: &HostQuestion, owner: &Owner) -> String {
    let at = subject(question);
    match (&owner.listening, owner.is_listened, owner.claims.first()) {
        (Some(program), _, _) => format!("{} listens at {at}", quote(&program.name)),
        (None, true, _) => format!("somebody listens at {at}"),
        (None, false, Some(claim)) => {
            format!("nobody listens at {at}; {} should", quote(&claim.unit))
        }
        (None, false, None) => format!("nobody listens at {at}"),
    }
}
