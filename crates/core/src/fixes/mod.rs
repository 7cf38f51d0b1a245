//! Cures: one file each. To add one, write the file and add its name to the list below.
//!
//! A fix plans and does nothing else: from a finding, the scene and the materials that it asked for (files,
//! listings, settings, read by world right before) to a [`Plan`]. Where it does not fit the evidence it says
//! why, in a sentence. Its file's head is its manual page, in fixed sections: What it changes, What could go
//! wrong, How we check, By hand.

pub mod beside;
pub mod by_hand;
mod common;
mod connector_file;
mod edit;
mod kept_rules;
mod shown;
mod tunnel_remote;
mod ufw;
mod words;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::diagnosis::Finding;
use crate::evidence::TcpAnswer;
use crate::firewall::Snapshot;
use crate::plan::run::FileImage;
use crate::plan::{FilePath, Plan};
use crate::scene::Scene;

/// A cure.
#[derive(Debug)]
pub struct Fix {
    /// Names of the causes that it mends.
    pub cures: &'static [&'static str],
    /// What it must see before it can plan.
    pub wants: fn(&Finding, &Scene<'_>) -> Wants,
    /// Plans; the error is a sentence: why this fix does not fit.
    pub plan: fn(&Finding, &Scene<'_>, &Materials) -> Result<Plan, String>,
}

/// What a fix must see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// These files, whole.
    pub files: Vec<FilePath>,
    /// The configuration files (`.conf`, `.local`) that lie in these folders.
    pub folders: Vec<FilePath>,
    /// The packet filter and the routes.
    pub firewall: bool,
    /// What a tunnel's connectors are told from afar: the account's id and the tunnel's.
    pub tunnel_rules: Option<(String, String)>,
    /// The certificates that lie in these folders.
    pub certificates_in: Vec<FilePath>,
    /// Whether certbot is there, and what it is able to.
    pub certbot: bool,
    /// Whether a connection gets out to these, name or address and port.
    pub doors: Vec<(String, u16)>,
}

/// What was seen for it.
#[derive(Debug, Clone, Default)]
pub struct Materials {
    /// By path; `None`: there is no such file.
    pub files: BTreeMap<FilePath, Option<FileImage>>,
    /// The packet filter and the routes.
    pub firewall: Option<Snapshot>,
    /// Who is logged in from afar.
    pub sessions: Vec<Session>,
    /// Files of certificates in the folders that were asked for, keys left out.
    pub certificates: Vec<(FilePath, Vec<u8>)>,
    /// Roots that are trusted besides the public ones, DER.
    pub roots: Vec<Vec<u8>>,
    /// certbot, where it was asked for and is there.
    pub certbot: Option<Certbot>,
    /// How each address of the doors that were asked for answered to a connection over TCP, within some seconds; a
    /// name that does not resolve has none.
    pub doors: Vec<(SocketAddr, TcpAnswer)>,
    /// Somebody said that a session may be cut off; the plan says which.
    pub even_if_cut_off: bool,
    /// What the tunnel's connectors are told from afar, as the API has it.
    pub tunnel_rules: Option<serde_json::Value>,
    /// A client of the API is at hand, and the token was found good.
    pub account: bool,
}

/// certbot, as it is installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Certbot {
    /// Its plugin for nginx is there.
    pub nginx: bool,
    /// How many accounts it has with authorities, those for trials left out.
    pub accounts: usize,
}

/// A session from afar that must not be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Where from.
    pub from: IpAddr,
    /// This host's address.
    pub to: IpAddr,
    /// The port of this host.
    pub port: u16,
}

crate::units! { Fix;
    tunnel_restore_token_file,
    tunnel_restart_connector,
    tunnel_use_http2,
    tunnel_set_origin_name,
    net_allow_cloudflare_ranges,
    net_unban_cloudflare,
    tls_reload_certificate,
    tls_renew_certificate,
    tls_send_full_chain,
    proxy_start,
    proxy_reload,
    app_start,
    app_restart,
    app_socket_permit,
    proxy_point_at_app,
    proxy_allow_cloudflare,
    tunnel_set_service,
    tls_install_origin_ca_certificate,
    edge_set_ssl_mode,
}

/// The fix of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Fix> {
    ALL.iter().find(|(doc, _)| doc.name() == name).map(|(_, fix)| *fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causes;

    /// These files, as they were seen.
    pub(crate) fn with_files(files: &[(&str, &str)]) -> Materials {
        let mut seen = Materials::default();
        for (path, text) in files {
            let bytes = text.as_bytes().to_vec();
            let image = FileImage { bytes, mode: 0o644, uid: 0, gid: 0 };
            seen.files.insert(FilePath::new(path).unwrap(), Some(image));
        }
        seen
    }

    /// What a person would type.
    pub(crate) fn lines(plan: &Plan) -> Vec<String> {
        plan.steps.iter().flat_map(crate::plan::tell::by_hand).collect()
    }

    #[test]
    fn every_fix_has_a_manual_and_cures_causes_that_name_it() {
        for (doc, fix) in ALL {
            for heading in ["What it changes", "What could go wrong", "How we check", "By hand"] {
                let text = doc.section(heading).unwrap_or_default();
                assert!(!text.is_empty(), "{}.rs lacks the heading `# {heading}`", doc.file);
            }
            for cured in fix.cures {
                let cause = causes::ALL.iter().find(|(cause, _)| cause.name() == *cured);
                let (_, cause) = cause.unwrap_or_else(|| panic!("no cause {cured}"));
                let named = cause.fixes.contains(&doc.name().as_str());
                assert!(named, "{cured} does not name its fix {}", doc.name());
            }
        }
    }

    #[test]
    fn every_fix_that_a_cause_names_is_on_the_list() {
        for (doc, cause) in causes::ALL {
            for fix in cause.fixes {
                assert!(named(fix).is_some(), "{} names {fix}", doc.name());
            }
        }
    }
}
