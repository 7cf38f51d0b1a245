//! Rows of the table of operations, and which row a request belongs to.

use super::asked::{Asked, decode};
use super::envelope::Reply;
use super::ids;
use super::state::State;

/// One thing that the API can be asked for.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// `GET`.
    pub method: &'static str,
    /// Below the base. A part in braces stands for anything; `{zone:id}` wants 32 hexadecimal digits,
    /// `{tunnel:uuid}` a UUID, `{policy:either}` one of the two, and anything else there is code 7003.
    pub path: &'static str,
    /// Permissions of which one is enough; none: any token may.
    pub permissions: &'static [&'static str],
    /// Whom it is about.
    pub scope: Scope,
    /// What it does. The `Err` is an answer too: what `?` cuts short.
    pub run: fn(&mut State, &Asked) -> Result<Reply, Reply>,
}

/// Whom an operation is about, and so what the gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nobody: no credentials are needed.
    Nobody,
    /// Whoever the token belongs to.
    Token,
    /// The token itself: an unknown one is told as such, with 401 and code 1000.
    Verify,
    /// The zone `{zone:id}`, which the token has to reach.
    Zone,
    /// The account `{account:id}`, which the token has to reach.
    Account,
}

/// What was found for a request.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) operation: &'static Operation,
    /// Names and values of the path's parameters, decoded.
    pub(super) params: Vec<(&'static str, String)>,
    /// Whether each id is of an id's form.
    pub(super) well_formed: bool,
}

/// Why nothing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missed {
    /// There is no such path.
    Path,
    /// There is, and not with this method.
    Method,
}

/// The row for a request. A part written out goes before one in braces.
pub(super) fn find(
    tables: &[&'static [Operation]],
    method: &str,
    path: &str,
) -> Result<Found, Missed> {
    let asked: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let fits = |row: &&'static Operation| {
        let parts: Vec<&str> = row.path.split('/').collect();
        parts.len() == asked.len()
            && parts.iter().zip(&asked).all(|(part, asked)| name(part).is_some() || part == asked)
    };
    // Written out before braces, from the left.
    let order = |row: &&'static Operation| -> Vec<bool> {
        row.path.split('/').map(|part| name(part).is_some()).collect()
    };
    let mut rows: Vec<&'static Operation> =
        tables.iter().flat_map(|table| table.iter()).filter(fits).collect();
    let known = !rows.is_empty();
    rows.retain(|row| row.method == method);
    rows.sort_by_key(order);
    let operation = *rows.first().ok_or(if known { Missed::Method } else { Missed::Path })?;
    let mut params = Vec::new();
    let mut well_formed = true;
    for (part, value) in operation.path.split('/').zip(&asked) {
        if let Some((name, form)) = name(part) {
            let value = decode(value, false);
            well_formed &= match form {
                "id" => ids::is_hex(&value),
                "uuid" => ids::is_uuid(&value),
                "either" => ids::is_hex(&value) || ids::is_uuid(&value),
                _ => !value.is_empty(),
            };
            params.push((name, value));
        }
    }
    Ok(Found { operation, params, well_formed })
}

/// The name and the form in `{name:form}`.
fn name(part: &'static str) -> Option<(&'static str, &'static str)> {
    let inner = part.strip_prefix('{')?.strip_suffix('}')?;
    Some(inner.split_once(':').unwrap_or((inner, "")))
}
