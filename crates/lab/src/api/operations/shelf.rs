//! What areas without a place of their own share: rows in one line each, and things on shelves by their id.

use serde_json::{Map, Value};

use crate::api::state::State;
use crate::api::{Asked, Operation, Reply, Scope};

/// What an operation does.
pub(super) type Run = fn(&mut State, &Asked) -> Result<Reply, Reply>;

/// A row about a zone.
pub(super) const fn zone(
    method: &'static str,
    path: &'static str,
    permissions: &'static [&'static str],
    run: Run,
) -> Operation {
    Operation { method, path, permissions, scope: Scope::Zone, run }
}

/// A row about an account.
pub(super) const fn account(
    method: &'static str,
    path: &'static str,
    permissions: &'static [&'static str],
    run: Run,
) -> Operation {
    Operation { method, path, permissions, scope: Scope::Account, run }
}

/// The thing with this id, to be looked at or changed.
pub(super) fn find<'a>(
    shelf: &'a mut [Value],
    id: &str,
    missing: fn() -> Reply,
) -> Result<&'a mut Value, Reply> {
    shelf.iter_mut().find(|thing| thing["id"] == id).ok_or_else(missing)
}

/// Takes the thing with this id away.
pub(super) fn take(
    shelf: &mut Vec<Value>,
    id: &str,
    missing: fn() -> Reply,
) -> Result<Value, Reply> {
    let at = shelf.iter().position(|thing| thing["id"] == id).ok_or_else(missing)?;
    Ok(shelf.remove(at))
}

/// Lays the members of a body that are on the list over a thing; others stay as they are.
pub(super) fn lay_over(thing: &mut Value, body: &Map<String, Value>, members: &[&str]) {
    for name in members {
        if let Some(value) = body.get(*name) {
            thing[*name] = value.clone();
        }
    }
}

/// Whether a name is of letters, digits, `-` and `_`, and not empty.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
