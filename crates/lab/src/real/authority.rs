//! The public authority that certbot asks: Debian's pebble, a real ACME server, on the stage's internet.
//!
//! It proves a name as Let's Encrypt does, by a request to port 80 of wherever the name leads: through the edge.
//! Its root is made anew at each start; edges, visitors and the origin are told of it. It runs in the stage's
//! control group, so that it ends with the stage, however that ends.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;

use super::{AUTHORITY, RESOLVER, ROOTS, Raised, Trouble, command, machine, spaces};
use crate::pki::{self, Certificate};

/// Joins the group `$GROUP`, enters the namespace, and becomes the server.
const BEGIN: &str = "echo 0 >\"$GROUP/cgroup.procs\"; exec ip netns exec \"$@\"";
/// A busy machine takes its time to make two RSA keys.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Authority {
    child: Child,
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Raised {
    /// Raises the authority, and has everybody trust it who trusts public ones. Once for a stage.
    pub(super) fn raise_authority(&self) -> Result<(), Trouble> {
        if self.authority.get().is_some() {
            return Ok(());
        }
        let _ = self.authority.set(self.start()?);
        let root = self.root_of_authority()?;
        self.pki.trust(root.clone());
        let failed = || Trouble::system("tell of the authority's root");
        let mut roots = fs::read_to_string(&self.ca_file).map_err(failed())?;
        roots += &pki::pem("CERTIFICATE", &root);
        fs::write(&self.ca_file, &roots).map_err(failed())?;
        if self.exec_in_origin(&["test", "-e", ROOTS])?.code == Some(0) {
            self.write(ROOTS, "644", roots.as_bytes())?;
        }
        Ok(())
    }

    fn start(&self) -> Result<Authority, Trouble> {
        let failed = || Trouble::system("start the authority");
        let folder = self.record.folder();
        let path = |file: &str| folder.join(file).to_string_lossy().into_owned();
        // Its own certificate, which clients check before they ask it for any.
        let chain = self.pki.chain(Certificate::Good, &[AUTHORITY.to_owned()]);
        let chain = chain.map_err(Trouble::certificate)?;
        let settings = json!({ "pebble": {
            "listenAddress": format!("{AUTHORITY}:443"),
            "managementListenAddress": format!("{AUTHORITY}:15000"),
            "certificate": path("acme.pem"),
            "privateKey": path("acme.key"),
            "httpPort": 80,
            "tlsPort": 443,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        fs::write(path("acme.pem"), chain.certificates_pem()).map_err(failed())?;
        fs::write(path("acme.key"), chain.key_pem()).map_err(failed())?;
        fs::write(path("acme.json"), settings.to_string()).map_err(failed())?;
        let groups = machine::hierarchies();
        let group =
            groups.first().ok_or_else(|| Trouble::Needs("a cgroup2 hierarchy".to_owned()))?;
        let group = group.join(self.name()).join("authority");
        fs::create_dir_all(&group).map_err(failed())?;
        let log = fs::File::create(path("acme.log")).map_err(failed())?;
        let child = Command::new("sh")
            .args(["-c", BEGIN, "sh", &spaces::edge(self.name()), "pebble"])
            .args(["-config", &path("acme.json"), "-dnsserver", &format!("{RESOLVER}:53")])
            .env("GROUP", group)
            // It would wait for seconds before it proves a name, refuse good requests at times, and at times
            // take a name for proven since it was so before.
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .env("PEBBLE_AUTHZREUSE", "0")
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed())?)
            .stderr(log)
            .spawn()
            .map_err(failed())?;
        Ok(Authority { child })
    }

    /// Asks it for its root, once it answers.
    fn root_of_authority(&self) -> Result<CertificateDer<'static>, Trouble> {
        let began = Instant::now();
        let (space, url) =
            (spaces::edge(self.name()), format!("https://{AUTHORITY}:15000/roots/0"));
        let asked =
            ["ip", "netns", "exec", &space, "curl", "-sk", "--retry", "9", "--max-time", "9"];
        loop {
            let told = command::run(&[&asked[..], &["--retry-connrefused", &url]].concat(), b"")?;
            if let Ok(root) = CertificateDer::from_pem_slice(told.out.as_bytes()) {
                return Ok(root);
            }
            if began.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.record.folder().join("acme.log"));
                let how = format!("gave no root; it says:\n{}", log.unwrap_or_default());
                return Err(Trouble::Command { command: "pebble".to_owned(), how });
            }
        }
    }
}
