//! Everything that this program may ever do to a machine or an account: one closed list.
//!
//! Each action has hands in `world/src/mend/hands/` that do it, undo it from its pre-image, and check it. Nothing
//! is passed to a shell: a tool gets its arguments as they are.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::secret::{Form, Owner, Source};
use super::target::{CertificateName, FilePath, UnitName};

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Puts a file in the place of another, or where none was; atomically, with the owner and the mode that the
    /// old one had.
    WriteFile {
        /// Which.
        path: FilePath,
        /// What it must hold before, as a SHA-256 in hexadecimal; none: nothing may be there.
        before: Option<String>,
        /// What it holds then.
        #[serde(with = "super::run::bytes")]
        after: Vec<u8>,
        /// Its mode where none was: `0o644`.
        mode: u32,
        /// Its content is not shown (a key).
        secret: bool,
    },
    /// Gives a folder or a socket another mode, and perhaps another group; never a plain file.
    SetMode {
        /// Which; a link on the way is refused.
        path: FilePath,
        /// The permission bits that it must have before.
        from: u32,
        /// Those that it has then.
        mode: u32,
        /// Its group then; none: as it is.
        group: Option<Group>,
    },
    /// Changes a file that a program reads, has the change tried, and has the program read it. Taken back, the
    /// file is as it was, and the program has read that.
    Configure {
        /// The file.
        path: FilePath,
        /// What it must hold before, as a SHA-256 in hexadecimal; none: nothing may be there.
        before: Option<String>,
        /// What it holds then.
        #[serde(with = "super::run::bytes")]
        after: Vec<u8>,
        /// What tries it: `nginx -t`. Where it does not pass, the program keeps what it has.
        tried_by: Option<Tool>,
        /// Whose it is.
        unit: UnitName,
        /// How the program reads it: [`Verb::Reload`] or [`Verb::Restart`].
        verb: Verb,
    },
    /// Lays settings of our own beside those of a unit, `/etc/systemd/system/UNIT.d/zz-rayfix.conf`, and has systemd
    /// read them. The unit goes on as it is until it is started anew, unless that is asked for.
    DropIn {
        /// Whose settings.
        unit: UnitName,
        /// What the file must hold before, as a SHA-256 in hexadecimal; none: nothing may be there.
        before: Option<String>,
        /// What it holds then.
        after: String,
        /// Whether the unit is started anew with them, and without them when it is taken back.
        #[serde(default)]
        restart: bool,
    },
    /// Puts a tunnel's secret where its connector reads it, for the user who reads it, and has the connector started
    /// anew. Taken back, the file is as it was, and the connector was started anew with that.
    GiveSecret {
        /// The file that the connector is told to read.
        path: FilePath,
        /// What it must hold before, as a SHA-256 in hexadecimal; none: nothing may be there.
        before: Option<String>,
        /// Where the secret comes from; the plan does not hold it.
        source: Source,
        /// How the connector wants it written.
        form: Form,
        /// The id of the tunnel that it must be of; none: no other word tells.
        tunnel: Option<String>,
        /// Whose the file is then.
        owner: Owner,
        /// Its mode then: `0o600`.
        mode: u32,
        /// The connector's unit.
        unit: UnitName,
    },
    /// Has systemd do something to a unit.
    Unit {
        /// Which.
        unit: UnitName,
        /// What.
        verb: Verb,
    },
    /// Changes the packet filter or the routes, as one act.
    Filter {
        /// What does it, in order.
        does: Vec<Call>,
        /// What takes it back, in order.
        undo: Vec<Call>,
    },
    /// Runs one of the known tools, where nothing of it need be taken back.
    Run {
        /// Which.
        tool: Tool,
        /// Its arguments, as they are.
        arguments: Vec<String>,
    },
    /// Changes a setting of the zone.
    SetZoneSetting {
        /// The zone's id.
        zone: String,
        /// `ssl`.
        name: String,
        /// What it must be before.
        from: Value,
        /// What it is then.
        to: Value,
    },
    /// Replaces what a tunnel's connectors are told from afar.
    SetTunnelConfiguration {
        /// The account's id.
        account: String,
        /// The tunnel's id.
        tunnel: String,
        /// The whole configuration before.
        before: Value,
        /// The whole configuration then.
        after: Value,
    },
    /// Has Cloudflare's Origin CA sign a key that is made here; the certificate and the key go to these files.
    IssueOriginCertificate {
        /// The zone's id.
        zone: String,
        /// Names to certify.
        hostnames: Vec<String>,
        /// For how many days.
        days: u32,
        /// Where the certificate goes.
        certificate: FilePath,
        /// Where the key goes, readable for its owner alone.
        key: FilePath,
    },
    /// Has certbot get a certificate. Taken back, the folders are as they were, and the web server has read that.
    Certbot {
        /// Which.
        gets: Gets,
        /// Files and folders that certbot may change on the way, with all that is in them.
        keeps: Vec<FilePath>,
        /// The web server's unit.
        unit: UnitName,
    },
    /// What a person has to do, in sentences; commands each on a line of its own.
    Tell {
        /// The instructions.
        lines: Vec<String>,
    },
}

/// What certbot is to get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "get", rename_all = "kebab-case")]
pub enum Gets {
    /// One anew that it keeps already, in the way that its renewal file tells.
    Renewal {
        /// Which.
        lineage: CertificateName,
        /// Although it is not due.
        forced: bool,
    },
    /// One for this name, which it writes into nginx's configuration.
    ForNginx {
        /// The name.
        host: CertificateName,
    },
}

impl Gets {
    /// What certbot is called with. It asks nothing, tells its troubles alone, and does not wait before a renewal, as
    /// it does where no terminal is.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let (first, name, last): (&[&str], _, &[&str]) = match self {
            Gets::Renewal { lineage, forced } => {
                let force: &[&str] = if *forced { &["--force-renewal"] } else { &[] };
                (&["renew", "--no-random-sleep-on-renew", "--cert-name"], lineage, force)
            }
            // A redirect to https at the origin would send visitors of an edge in mode flexible in circles.
            Gets::ForNginx { host } => {
                (&["run", "--nginx", "--no-redirect", "--keep-until-expiring", "-d"], host, &[])
            }
        };
        let words = first.iter().copied().chain([name.as_str()]).chain(last.iter().copied());
        words.chain(["--non-interactive", "--quiet"]).map(str::to_owned).collect()
    }
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name, for whoever reads the plan.
    pub name: String,
    /// Its number, which is what is set.
    pub gid: u32,
}

/// One call of a tool that changes the packet filter or the routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case")]
pub enum Call {
    /// A tool with its arguments, as they are.
    Tool {
        /// Which.
        tool: Tool,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// Takes the rule away that bears this comment, whatever its handle is by then.
    DeleteNftRule {
        /// `inet filter input`: family, table, chain.
        chain: [String; 3],
        /// The comment.
        comment: String,
    },
    /// Edits ufw's own list of rules, which it reads anew, and writes anew, whenever it is told of a rule: a call of
    /// ufw's comes after it.
    UfwList {
        /// The list of IPv6, else that of IPv4.
        v6: bool,
        /// Rules that go, wherever they stand, as ufw notes them: `allow tcp 443 0.0.0.0/0 any 192.0.2.0/24 in`.
        takes: Vec<String>,
        /// Rules that come to its top, in this order; one that is there already stays where it is.
        puts: Vec<String>,
    },
}

/// Where ufw keeps its list of a family.
#[must_use]
pub fn ufw_list(v6: bool) -> &'static str {
    if v6 { "/etc/ufw/user6.rules" } else { "/etc/ufw/user.rules" }
}

/// What systemd does to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Starts it.
    Start,
    /// Stops and starts it.
    Restart,
    /// Has it read its configuration again.
    Reload,
    /// Has it start at boot.
    Enable,
    /// Forgets that it failed, so that it may start again.
    ResetFailed,
    /// Stops it.
    Stop,
    /// No longer at boot.
    Disable,
}

/// Tools that may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// `nginx`, only with `-t`.
    Nginx,
    /// `apache2ctl`, only with `-t`.
    Apache2ctl,
    /// `php-fpm8.2` and the like, only with `-t`.
    PhpFpm {
        /// `8` of `8.2`.
        major: u8,
        /// `2` of it.
        minor: u8,
    },
    /// `ufw`.
    Ufw,
    /// `firewall-cmd`.
    FirewallCmd,
    /// `nft`.
    Nft,
    /// `iptables`.
    Iptables,
    /// `ip6tables`.
    Ip6tables,
    /// `iptables-nft`.
    IptablesNft,
    /// `ip6tables-nft`.
    Ip6tablesNft,
    /// `iptables-legacy`.
    IptablesLegacy,
    /// `ip6tables-legacy`.
    Ip6tablesLegacy,
    /// `netfilter-persistent`, only with `save`.
    NetfilterPersistent,
    /// `ipset`.
    Ipset,
    /// `ip`.
    Ip,
    /// `sysctl`.
    Sysctl,
    /// `fail2ban-client`.
    Fail2ban,
    /// `cscli`.
    Cscli,
    /// `csf`.
    Csf,
    /// `certbot`.
    Certbot,
}

impl Tool {
    /// The program's name.
    #[must_use]
    pub fn program(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Tool::PhpFpm { major, minor } => {
                return Cow::Owned(format!("php-fpm{major}.{minor}"));
            }
            Tool::Nginx => "nginx",
            Tool::Apache2ctl => "apache2ctl",
            Tool::Ufw => "ufw",
            Tool::FirewallCmd => "firewall-cmd",
            Tool::Nft => "nft",
            Tool::Iptables => "iptables",
            Tool::Ip6tables => "ip6tables",
            Tool::IptablesNft => "iptables-nft",
            Tool::Ip6tablesNft => "ip6tables-nft",
            Tool::IptablesLegacy => "iptables-legacy",
            Tool::Ip6tablesLegacy => "ip6tables-legacy",
            Tool::NetfilterPersistent => "netfilter-persistent",
            Tool::Ipset => "ipset",
            Tool::Ip => "ip",
            Tool::Sysctl => "sysctl",
            Tool::Fail2ban => "fail2ban-client",
            Tool::Cscli => "cscli",
            Tool::Csf => "csf",
            Tool::Certbot => "certbot",
        })
    }
}

impl Verb {
    /// The word for `systemctl`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verb::Start => "start",
            Verb::Restart => "restart",
            Verb::Reload => "reload",
            Verb::Enable => "enable",
            Verb::ResetFailed => "reset-failed",
            Verb::Stop => "stop",
            Verb::Disable => "disable",
        }
    }
}

/// Where our settings of a unit lie.
#[must_use]
pub fn drop_in(unit: &UnitName) -> String {
    format!("/etc/systemd/system/{unit}.d/zz-rayfix.conf")
}

impl Action {
    /// Whether it changes the account at Cloudflare.
    #[must_use]
    pub fn is_of_the_account(&self) -> bool {
        matches!(
            self,
            Action::SetZoneSetting { .. }
                | Action::SetTunnelConfiguration { .. }
                | Action::IssueOriginCertificate { .. }
        )
    }

    /// Whether it may cut people off who are logged in from afar.
    #[must_use]
    pub fn may_cut_off(&self) -> bool {
        matches!(self, Action::Filter { .. })
    }
}
