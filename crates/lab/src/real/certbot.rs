//! certbot on the staged origin: Debian's, with its plugin for nginx, as people set it up.
//!
//! It registers with the stage's own authority and has the site's certificate issued and installed: the lineage in
//! `/etc/letsencrypt`, its renewal file, and the lines that it writes into nginx's configuration are its own.

use super::{AUTHORITY, CERTIFICATES, HOST, Raised, Trouble};
use crate::pki::{self, Certificate, Chain};

/// Where certbot keeps the certificates that it has got.
const ARCHIVE: &str = "/etc/letsencrypt/archive/shop.example.test";
/// nginx's file for the site.
const SITE: &str = "/etc/nginx/sites-available/shop";
/// Where the certificate of before lies while certbot gets its own: nginx does not start without one.
const MAKESHIFT: &str = "/etc/ssl/shop";

impl Raised {
    /// Gives the site a certificate of the stage's authority, by `certbot --nginx`. Nothing renews it by itself:
    /// its timer is off.
    ///
    /// # Errors
    /// When the authority does not come up, or certbot does not get one.
    pub fn certify(&self) -> Result<(), Trouble> {
        self.meet_authority()?;
        let order = |command: &[&str]| self.order(command).map(drop);
        order(&["cp", "-rT", CERTIFICATES, MAKESHIFT])?;
        order(&["rm", "-r", CERTIFICATES])?;
        self.replace(SITE, CERTIFICATES, MAKESHIFT)?;
        self.reload_proxy()?;
        order(&["certbot", "--nginx", "-d", HOST, "--non-interactive", "--no-redirect"])
    }

    /// Has certbot know the stage's authority as the one it asks, and have an account there.
    ///
    /// # Errors
    /// When the authority does not come up, or does not take the account.
    pub fn meet_authority(&self) -> Result<(), Trouble> {
        self.raise_authority()?;
        let root = pki::pem("CERTIFICATE", &self.pki.root_der());
        self.write("/usr/local/share/ca-certificates/lab.crt", "644", root.as_bytes())?;
        self.order(&["update-ca-certificates"])?;
        let settings = format!("server = https://{AUTHORITY}/dir\n");
        self.write("/etc/letsencrypt/cli.ini", "644", settings.as_bytes())?;
        let register = ["certbot", "register", "--non-interactive", "--agree-tos"];
        self.order(&[&register[..], &["--email", "ops@example.com", "--no-eff-email"]].concat())?;
        Ok(())
    }

    /// Puts another chain in the place of the one that certbot has got, under its names.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn replace_lineage(&self, kind: Certificate) -> Result<(), Trouble> {
        let chain = self.pki.chain(kind, &[HOST.to_owned()]).map_err(Trouble::certificate)?;
        let (leaf, rest) = parted(&chain);
        let all = chain.certificates_pem();
        let write = |file: &str, mode: &str, text: &str| {
            self.write(&format!("{ARCHIVE}/{file}"), mode, text.as_bytes())
        };
        write("cert1.pem", "644", &leaf)?;
        write("chain1.pem", "644", &rest)?;
        write("fullchain1.pem", "644", &all)?;
        write("privkey1.pem", "600", &chain.key_pem())
    }

    /// Puts the key of a new certificate into its place, and returns the certificate and what leads on from it, as
    /// an authority sends them: PEM.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn bought_certificate(&self, kind: Certificate) -> Result<[String; 2], Trouble> {
        let chain = self.pki.chain(kind, &[HOST.to_owned()]).map_err(Trouble::certificate)?;
        let key = chain.key_pem();
        self.write(&format!("{CERTIFICATES}/privkey.pem"), "600", key.as_bytes())?;
        Ok(parted(&chain).into())
    }
}

/// The leaf, and what leads on from it, PEM.
fn parted(chain: &Chain) -> (String, String) {
    let all = chain.certificates_pem();
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, rest) = all.split_once(end).unwrap_or((&all, ""));
    (format!("{leaf}{end}"), rest.to_owned())
}
