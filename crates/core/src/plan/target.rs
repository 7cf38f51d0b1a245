//! Targets of actions: names and paths that are checked before anything can be done to them.
//!
//! A target is made only from a text that names one thing plainly. What could be taken for an option, a shell's
//! character, another folder or a second line is refused, wherever it came from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not a path from the root.
    #[error("a path begins with `/`")]
    NotAbsolute,
    /// It steps aside.
    #[error("a path has no `.` or `..` in it, and no empty part")]
    StepsAside,
    /// Characters that no configuration names plainly.
    #[error("it has characters that are not plain")]
    NotPlain,
    /// Too long.
    #[error("it is longer than {0} bytes")]
    TooLong(usize),
    /// It does not end as units do.
    #[error("a unit ends in .service, .socket, .timer or .path")]
    NotAUnit,
}

/// A file: absolute, no step aside, no control characters, at most 1,024 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePath(String);

impl FilePath {
    /// Takes a path.
    ///
    /// # Errors
    /// When it is none that may be acted on.
    pub fn new(text: &str) -> Result<FilePath, TargetError> {
        if text.len() > 1024 {
            return Err(TargetError::TooLong(1024));
        }
        let Some(inner) = text.strip_prefix('/') else { return Err(TargetError::NotAbsolute) };
        if inner.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(TargetError::StepsAside);
        }
        if text.chars().any(|c| c.is_control() || "\u{2028}\u{2029}".contains(c)) {
            return Err(TargetError::NotPlain);
        }
        Ok(FilePath(text.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A unit of systemd's: `shop.service`, `php8.2-fpm.service`, `shop@1.service`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitName(String);

impl UnitName {
    /// Takes a name (systemd.unit(5): letters, digits and `:-_.\@`, at most 255 bytes).
    ///
    /// # Errors
    /// When it is no unit's.
    pub fn new(text: &str) -> Result<UnitName, TargetError> {
        if text.len() > 255 {
            return Err(TargetError::TooLong(255));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
        if text.starts_with(['-', '.']) || !text.bytes().all(plain) {
            return Err(TargetError::NotPlain);
        }
        let stem = [".service", ".socket", ".timer", ".path"]
            .iter()
            .find_map(|ending| text.strip_suffix(ending));
        match stem {
            Some(stem) if !stem.is_empty() => Ok(UnitName(text.to_owned())),
            _ => Err(TargetError::NotAUnit),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A certificate of certbot's, or the one name that it is to certify: `shop.example.com`, `shop-0001`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CertificateName(String);

impl CertificateName {
    /// Takes a name: letters, digits and `-_.`, at most 200 bytes.
    ///
    /// # Errors
    /// When it is none that may be acted on.
    pub fn new(text: &str) -> Result<CertificateName, TargetError> {
        if text.len() > 200 {
            return Err(TargetError::TooLong(200));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let leads = text.is_empty() || text.starts_with(['-', '.']) || text.contains("..");
        if leads || !text.bytes().all(plain) {
            return Err(TargetError::NotPlain);
        }
        Ok(CertificateName(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! texts {
    ($($target:ident),*) => {$(
        impl TryFrom<String> for $target {
            type Error = TargetError;

            fn try_from(text: String) -> Result<Self, TargetError> {
                $target::new(&text)
            }
        }

        impl From<$target> for String {
            fn from(target: $target) -> String {
                target.0
            }
        }

        impl fmt::Display for $target {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts!(FilePath, UnitName, CertificateName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_absolute_and_does_not_step_aside() {
        for good in ["/etc/nginx/nginx.conf", "/srv/a b/c;d", "/run/ümlaut"] {
            assert_eq!(FilePath::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "etc/x", "/", "/a//b", "/a/../b", "/a/./b", "/a/", "/a\nb", "/a\u{1b}[m"] {
            assert!(FilePath::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_certificates_name_is_no_option_and_no_path() {
        for good in ["shop.example.com", "shop-0001", "xn--bcher-kva.example", "a_b"] {
            assert_eq!(CertificateName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "-d", "--server", ".", "..", "a..b", "a/b", "a b", "$(id)", "a\n", "*.x"] {
            assert!(CertificateName::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_unit_is_one_word_with_its_ending() {
        for good in ["shop.service", "php8.2-fpm.service", "shop@1.socket", "a\\x2db.timer"] {
            assert_eq!(UnitName::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "shop",
            ".service",
            "-shop.service",
            "shop;rm -rf.service",
            "$(x).service",
            "a b.service",
            "../x.service",
            "a\n.service",
            "shop.target",
            "shop.mount",
        ] {
            assert!(UnitName::new(bad).is_err(), "{bad:?}");
        }
    }
}
