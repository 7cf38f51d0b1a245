//! The whole table of operations, for tests that want to know whether all of it was asked for.

use super::operations::TABLES;
use super::route::{self, Operation};

/// All that the API can be asked for.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The operation that a call belongs to; `path` is below the base, without a query.
#[must_use]
pub fn operation_of(method: &str, path: &str) -> Option<&'static Operation> {
    route::find(TABLES, method, path).ok().map(|found| found.operation)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_operation_is_there_twice() {
        let mut seen = BTreeSet::new();
        for operation in operations() {
            assert!(seen.insert((operation.method, operation.path)), "{operation:?}");
        }
    }
}
