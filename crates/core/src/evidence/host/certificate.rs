//! A certificate in a file, and how it renews itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::chain::ChainSeen;

/// How reading a certificate's file ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum CertificateAnswer {
    /// It was read.
    Read(Box<CertificateFile>),
    /// There is no such file.
    Missing,
    /// It may not be read; root may.
    Forbidden,
    /// It holds no certificate, or could not be read; a sentence without its end says why.
    Unreadable {
        /// Why.
        why: String,
    },
}

/// A certificate in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFile {
    /// Where links lead: `/etc/letsencrypt/archive/shop/fullchain3.pem`.
    pub leads_to: Option<String>,
    /// The chain, looked at as that of a handshake is.
    pub chain: ChainSeen,
    /// When the file was changed last: its contents, its place, or where its link leads.
    pub changed: Option<Timestamp>,
    /// The file of its key.
    pub key: Option<String>,
    /// Whether key and certificate belong together; `None`: the key could not be read.
    pub key_fits: Option<bool>,
    /// Why it could not: `it is encrypted`; a sentence without its end.
    #[serde(default)]
    pub key_unread: Option<String>,
    /// When the web server that shows it read its files last: its master's start, or a reload that
    /// its workers' start tells.
    pub loaded: Option<Timestamp>,
}

/// How a certificate renews itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// certbot's file of it.
    pub file: Option<String>,
    /// `nginx`, `webroot`, `standalone`, `dns-cloudflare` …
    pub authenticator: Option<String>,
    /// What is done with a new one: `nginx` reloads by itself.
    pub installer: Option<String>,
    /// A command that runs after a renewal, without secrets.
    pub deploy_hook: Option<String>,
    /// A command that runs before a renewal, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pre_hook: Option<String>,
    /// The last failure that its log tells of.
    pub failed: Option<Timestamp>,
    /// In its own words, at most 300 bytes.
    pub says: Option<String>,
    /// What starts it: `certbot.timer`, or a cron file.
    pub started_by: Option<String>,
    /// A timer that would start it, and is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer_off: Option<String>,
}
