//! A whole origin for tests: a booted Debian in a network namespace, the emulated edge in another, a
//! visitor in a third.
//!
//! [`RealStage::raise`] lays a fresh overlay over a root file system that is built once, boots it
//! with systemd-nspawn, and lets the edge dial it from addresses in every one of Cloudflare's
//! ranges. nginx, gunicorn, journald and D-Bus are the real ones; [`faults`] break them with the
//! commands that break them in life. All of it needs root: [`needs::missing`] says what this machine
//! lacks. Dropping the [`Raised`] stage takes everything down; what a killed run left behind is
//! taken down by the next one.
//!
//! ```text
//!  visitor ──────────── edge, the rest of the internet ──────────── origin
//!  198.51.100.7         104.16.0.80     2606:4700::80        203.0.113.10
//!  2001:db8:51::7       192.0.2.53 (name server)             2001:db8:10::10
//!                       192.0.2.14 (ACME, where a fault asks for it)
//! ```
//!
//! What is not here: a kernel of its own, limits on memory, the way to any other network.

mod account;
mod authority;
mod certbot;
pub(crate) mod command;
pub mod faults;
mod image;
mod internet;
pub mod lookalikes;
mod machine;
pub mod mixtures;
pub mod needs;
mod record;
mod spaces;
mod tunnel;
pub mod tunnels;
mod variants;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rayfix_core::target::SslMode;

pub use self::account::AccountThere;
use self::authority::Authority;
pub use self::command::{Told, Trouble};
use self::image::Image;
use self::internet::Internet;
use self::machine::Machine;
use self::record::Record;
use crate::pki::{self, Certificate, Pki};
use crate::stage::{Edge, Stage, Timeouts};

/// The site's name.
pub const HOST: &str = "shop.example.test";
/// The origin's public address.
pub const ORIGIN_V4: &str = "203.0.113.10";
/// The same for IPv6.
pub const ORIGIN_V6: &str = "2001:db8:10::10";
/// The edge's address, as visitors resolve it.
pub const EDGE_V4: &str = "104.16.0.80";
/// The same for IPv6.
pub const EDGE_V6: &str = "2606:4700::80";
/// The name server of the visitor and of the origin.
pub const RESOLVER: &str = "192.0.2.53";
/// Where the public authority is asked for certificates, by ACME.
pub const AUTHORITY: &str = "192.0.2.14";
/// Where connectors of a tunnel dial in: an address of Cloudflare's, on port 7844.
pub const TUNNEL_EDGE: &str = "198.41.128.77";
/// What the staged connector knows, as its credentials file has it.
pub const TUNNEL_SECRET: &str = "bGFiLWxhYi1sYWItbGFiLWxhYi1sYWItbGFiLWxhYg==";
/// Where the origin's chain and key lie, as certbot would have put them.
pub const CERTIFICATES: &str = "/etc/letsencrypt/live/shop.example.test";

/// Where programs in the origin are told the authorities' roots, if a test lays them there.
pub const ROOTS: &str = "/root/ca.pem";

/// What is to be raised. What breaks on the origin is no part of it: [`faults`] do that later.
#[derive(Debug, Clone)]
pub struct RealStage {
    /// How the zone's edge speaks to the origin.
    pub ssl_mode: SslMode,
    /// How the edge behaves.
    pub edge: Edge,
    /// How long it waits for the origin.
    pub timeouts: Timeouts,
    /// Which chain the origin shows.
    pub certificate: Certificate,
    /// Whether the site comes through a tunnel; else the edge dials the origin.
    pub tunnel: bool,
}

/// A real stage that stands. Dropping it takes everything down.
#[derive(Debug)]
pub struct Raised {
    // The order is that of the end: the edge, the origin, and then all that has a name.
    internet: Internet,
    authority: OnceLock<Authority>,
    origin: Machine,
    visitor: String,
    pki: Pki,
    ca_file: PathBuf,
    record: Record,
    image: Image,
}

impl RealStage {
    /// A shop that serves its page, in mode strict.
    #[must_use]
    pub fn healthy() -> Self {
        let Stage { ssl_mode, edge, timeouts, .. } = Stage::healthy();
        // A real app server needs seconds to give up on its workers, one after the other.
        let timeouts = Timeouts { read: Duration::from_secs(15), ..timeouts };
        RealStage { ssl_mode, edge, timeouts, certificate: Certificate::Good, tunnel: false }
    }

    /// The same shop behind a tunnel: cloudflared runs on the origin, and no port need be open.
    #[must_use]
    pub fn behind_a_tunnel() -> Self {
        RealStage { tunnel: true, ..RealStage::healthy() }
    }

    /// Brings it up: the image first, if this machine has none yet (half a minute or so).
    ///
    /// # Errors
    /// [`Trouble::Needs`] where this machine cannot; others when it should and did not.
    pub fn raise(self) -> Result<Raised, Trouble> {
        if let Some(what) = needs::missing() {
            return Err(Trouble::Needs(what));
        }
        let image = Image::ready()?;
        let record = Record::open(image.home())?;
        let pki = Pki::new().map_err(Trouble::certificate)?;
        let chain = pki.chain(self.certificate, &[HOST.to_owned()]);
        let chain = chain.map_err(Trouble::certificate)?;
        let ca_file = record.folder().join("ca.pem");
        let root = pki::pem("CERTIFICATE", &pki.root_der());
        fs::write(&ca_file, root).map_err(Trouble::system("write the authority's root"))?;

        spaces::raise(record.name())?;
        let origin = Machine::boot(&image, &record, &chain)?;
        let tunnel = self.tunnel;
        let internet = Internet::raise(&spaces::edge(record.name()), self, &pki)?;
        let raised = Raised {
            internet,
            authority: OnceLock::new(),
            origin,
            visitor: spaces::visitor(record.name()),
            pki,
            ca_file,
            record,
            image,
        };
        if tunnel {
            tunnel::install(&raised)?;
        }
        Ok(raised)
    }
}

impl Raised {
    /// Runs a command in the origin, as root, and waits for its end (at most a minute).
    ///
    /// # Errors
    /// When it could not be started. How it ended is in [`Told`].
    pub fn exec_in_origin(&self, command: &[&str]) -> Result<Told, Trouble> {
        self.origin.exec(command, b"")
    }

    /// Restarts the origin and waits until it is up again. Its network stays as it was, packet filter included: a
    /// kernel of its own it has not.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn reboot(&mut self) -> Result<(), Trouble> {
        self.origin.reboot(&self.image, &self.record)
    }

    /// Runs a command of this machine where the visitor is: with their network and their resolver.
    ///
    /// # Errors
    /// When it could not be started. How it ended is in [`Told`].
    pub fn exec_at_visitor(&self, command: &[&str]) -> Result<Told, Trouble> {
        let entered = [&["ip", "netns", "exec", &self.visitor], command].concat();
        command::run(&entered, b"")
    }

    /// Runs a command in the origin that must succeed, and returns what it printed.
    ///
    /// # Errors
    /// When it failed.
    pub fn order(&self, command: &[&str]) -> Result<String, Trouble> {
        self.exec_in_origin(command)?.succeeded()
    }

    /// Has nginx read its settings again, and waits until every worker of before has gone: the reload itself returns
    /// sooner, and a visit in between is served as before.
    ///
    /// # Errors
    /// When nginx refuses its settings, or a worker stays for a minute.
    pub fn reload_proxy(&self) -> Result<(), Trouble> {
        let reload = "nginx -t -q || exit; old=$(pgrep --full '^nginx: worker'); systemctl reload nginx || exit
            for worker in $old; do timeout 50 tail --pid=$worker --sleep-interval=0.02 -f /dev/null || exit; done";
        self.order(&["sh", "-c", reload]).map(drop)
    }

    /// Asks a command in the origin again until what it prints will do; at most a minute.
    ///
    /// # Errors
    /// When it never did.
    pub fn until(&self, command: &[&str], will_do: fn(&str) -> bool) -> Result<(), Trouble> {
        let began = Instant::now();
        loop {
            // Whatever its code: `systemctl is-active` fails for what is not.
            let told = self.exec_in_origin(command)?;
            if will_do(told.out.trim()) {
                return Ok(());
            }
            if began.elapsed() > Duration::from_secs(60) {
                let how = format!("would not do; last it printed `{}`", told.out.trim());
                return Err(Trouble::Command { command: told.command, how });
            }
        }
    }

    /// Writes a file of the origin, with the folders above it; `mode` as chmod has it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &str, mode: &str, bytes: &[u8]) -> Result<(), Trouble> {
        // By a process within: a link in the origin's tree must not lead to a file of this machine.
        let install = ["install", "-D", "-m", mode, "/dev/stdin", path];
        self.origin.exec(&install, bytes)?.succeeded().map(|_| ())
    }

    /// Replaces a text that a file of the origin must hold, everywhere in it.
    ///
    /// # Errors
    /// When the file does not hold it, or cannot be written.
    pub fn replace(&self, path: &str, old: &str, new: &str) -> Result<(), Trouble> {
        let text = self.order(&["cat", path])?;
        if !text.contains(old) {
            return Err(Trouble::Absent { path: path.to_owned(), text: old.to_owned() });
        }
        let mode = self.order(&["stat", "--format=%a", path])?;
        self.write(path, mode.trim(), text.replace(old, new).as_bytes())
    }

    /// Puts a chain and its key where the origin's nginx reads them when it starts.
    ///
    /// # Errors
    /// When they cannot be made or written.
    pub fn install_certificate(&self, kind: Certificate) -> Result<(), Trouble> {
        let chain = self.pki.chain(kind, &[HOST.to_owned()]).map_err(Trouble::certificate)?;
        let path = |file: &str| format!("{CERTIFICATES}/{file}");
        self.write(&path("fullchain.pem"), "644", chain.certificates_pem().as_bytes())?;
        self.write(&path("privkey.pem"), "600", chain.key_pem().as_bytes())
    }

    /// Copies a program of this machine into the origin's `/usr/local/bin`, under its own name.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn install_program(&self, program: &Path) -> Result<(), Trouble> {
        let bytes = fs::read(program).map_err(Trouble::system("read the program"))?;
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        self.write(&format!("/usr/local/bin/{name}"), "755", &bytes)
    }

    /// The status that the visitor gets for a URL, whose path may be left out; 0 where no reply came.
    ///
    /// # Errors
    /// When curl could not be started.
    pub fn visit(&self, url: &str) -> Result<u16, Trouble> {
        let ca_file = self.ca_file.to_string_lossy();
        let told = self.exec_at_visitor(&[
            "curl",
            "--silent",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
            "--max-time",
            "20",
            "--cacert",
            &ca_file,
            url,
        ])?;
        Ok(told.out.trim().parse().unwrap_or(0))
    }

    /// Its name, with which begins the name of everything that it has on this machine.
    #[must_use]
    pub fn name(&self) -> &str {
        self.record.name()
    }

    /// The process that is number 1 in the origin, as this machine numbers it: for nsenter.
    #[must_use]
    pub fn leader(&self) -> &str {
        self.origin.leader()
    }

    /// The file of the authority that visitors and the edge trust, PEM.
    #[must_use]
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }
}
