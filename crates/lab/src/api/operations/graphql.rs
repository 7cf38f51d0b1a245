//! `POST /graphql`: a token that is not known is refused as everywhere; all else is told in GraphQL's way.

use crate::api::graphql::answer;
use crate::api::{Operation, Scope};

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[Operation {
    method: "POST",
    path: "/graphql",
    permissions: &[],
    scope: Scope::Token,
    run: |state, asked| Ok(answer(state, asked)),
}];
