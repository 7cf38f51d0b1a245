//! Tokens: whose one is, what it may do, and how far it reaches.

use std::collections::BTreeSet;

/// What is behind the text of a token.
#[derive(Debug, Clone)]
pub struct Grant {
    /// What the log of requests calls it.
    pub name: String,
    /// Whose it is.
    pub kind: GrantKind,
    /// What it may do.
    pub permissions: Permissions,
    /// Zones that it reaches, by id.
    pub zones: Reach,
    /// Accounts that it reaches, by id.
    pub accounts: Reach,
    /// Whether it works.
    pub status: GrantStatus,
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantKind {
    /// A user's.
    User,
    /// The account's own.
    Account,
}

/// What a token may do.
#[derive(Debug, Clone)]
pub enum Permissions {
    /// Everything.
    All,
    /// Whatever has `Read` at the end of its name.
    Reads,
    /// These, as the dashboard names them: `DNS Read`, `Zone Settings Write`. Write implies Read.
    Only(BTreeSet<String>),
}

/// How far a token reaches.
#[derive(Debug, Clone)]
pub enum Reach {
    /// Everywhere.
    All,
    /// These ids.
    Only(BTreeSet<String>),
}

/// Whether a token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantStatus {
    /// It does.
    Active,
    /// It was switched off.
    Disabled,
    /// Its time is over.
    Expired,
}

impl Grant {
    /// A user's token that may do everything everywhere.
    #[must_use]
    pub fn all(name: &str) -> Grant {
        Grant {
            name: name.to_owned(),
            kind: GrantKind::User,
            permissions: Permissions::All,
            zones: Reach::All,
            accounts: Reach::All,
            status: GrantStatus::Active,
        }
    }

    /// A user's token that may read everything everywhere.
    #[must_use]
    pub fn reads(name: &str) -> Grant {
        Grant { permissions: Permissions::Reads, ..Grant::all(name) }
    }

    /// A user's token that may do these things everywhere.
    #[must_use]
    pub fn only<'a>(name: &str, permissions: impl IntoIterator<Item = &'a str>) -> Grant {
        let permissions = permissions.into_iter().map(str::to_owned).collect();
        Grant { permissions: Permissions::Only(permissions), ..Grant::all(name) }
    }

    /// The same, of another kind.
    #[must_use]
    pub fn of_the_account(self) -> Grant {
        Grant { kind: GrantKind::Account, ..self }
    }

    /// The same, with another status.
    #[must_use]
    pub fn that_is(self, status: GrantStatus) -> Grant {
        Grant { status, ..self }
    }

    /// The same, for these zones only.
    #[must_use]
    pub fn for_zones<'a>(self, ids: impl IntoIterator<Item = &'a str>) -> Grant {
        Grant { zones: Reach::Only(ids.into_iter().map(str::to_owned).collect()), ..self }
    }

    /// The same, for these accounts only.
    #[must_use]
    pub fn for_accounts<'a>(self, ids: impl IntoIterator<Item = &'a str>) -> Grant {
        Grant { accounts: Reach::Only(ids.into_iter().map(str::to_owned).collect()), ..self }
    }

    /// Whether it may do this: `DNS Read`.
    #[must_use]
    pub fn may(&self, permission: &str) -> bool {
        match &self.permissions {
            Permissions::All => true,
            Permissions::Reads => permission.ends_with("Read"),
            Permissions::Only(all) => {
                let wider = permission.strip_suffix("Read").map(|area| format!("{area}Write"));
                all.contains(permission) || wider.is_some_and(|wider| all.contains(&wider))
            }
        }
    }
}

impl Reach {
    /// Whether this id is within.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        match self {
            Reach::All => true,
            Reach::Only(ids) => ids.contains(id),
        }
    }
}

impl GrantStatus {
    /// The API's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            GrantStatus::Active => "active",
            GrantStatus::Disabled => "disabled",
            GrantStatus::Expired => "expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_write_may_read_and_not_the_other_way_round() {
        let writer = Grant::only("w", ["DNS Write"]);
        let reader = Grant::only("r", ["DNS Read"]);
        assert!(writer.may("DNS Read") && writer.may("DNS Write"));
        assert!(reader.may("DNS Read") && !reader.may("DNS Write"));
        assert!(!writer.may("Zone Settings Read"));
        assert!(Grant::reads("a").may("Zone Settings Read"));
        assert!(!Grant::reads("a").may("Zone Settings Write"));
    }
}
