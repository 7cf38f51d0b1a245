//! The account that the SDK is let loose on.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Failed;
use rayfix_lab::api::{Emulated, Grant, Trouble, TroubleKind, Tunnel, ids, sample};
use rayfix_lab::pki::Pki;
use rcgen::{CertificateParams, KeyPair};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::hook::Hook;

/// The API, with what the script has to know of it.
pub(crate) struct World {
    pub(crate) api: Emulated,
    hook: Hook,
    facts: Value,
    certificate_out: PathBuf,
    _runtime: Runtime,
}

impl World {
    pub(crate) fn raise() -> Result<World, Failed> {
        let now = Timestamp::now();
        let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
        let shop = Tunnel::new("shop").connected(4, ago(90));
        let (tunnel, connector) = (shop.id(), shop.connectors()[0].clone());
        let mut state = sample().with_tunnel(shop).granting(Grant::reads("reader"));
        let other = ids::hex("zone other.test");
        let trouble = |area: &str, kind| Trouble::at(&format!("/zones/{other}/{area}"), kind);
        state.trouble.push(trouble("dns_records", TroubleKind::Limited(30)));
        state.trouble.push(trouble("healthchecks", TroubleKind::Fails(500)));
        let account = state.accounts.first_mut().ok_or("an account")?;
        let pool = account.lay_pool("live", &[("one", "192.0.2.1")], Some("TCP connection failed"));
        account.shelf("alerting_history").push(json!({
            "id": ids::hex("sent"), "name": "origin", "description": "", "alert_body": "origin unreachable",
            "alert_type": "real_origin_monitoring", "mechanism": "ops@example.test",
            "mechanism_type": "email", "policy_id": ids::hex("policy"), "sent": ago(30).to_string(),
        }));
        let account = account.id.clone();
        let range = state.ips.v4.first().cloned();
        let zone = state.zone_mut("example.test").ok_or("a zone")?;
        *zone = zone.clone().checked("down", "192.0.2.1", Some("TCP connection failed"));
        zone.count(ago(10), "shop.example.test", (502, 0), "AMS", 40);
        zone.count(ago(10), "shop.example.test", (200, 200), "AMS", 400);
        zone.shelf("logs").push(json!({
            "RayID": "8f2d9d5e1b2c3d4e", "EdgeStartTimestamp": ago(7).to_string(),
            "EdgeResponseStatus": 502, "OriginResponseStatus": 0, "ClientRequestHost": "shop.example.test",
        }));
        let checked = ids::hex("health check down");
        let zone = zone.id.clone();

        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let api = runtime.block_on(Emulated::raise(state))?;
        let hook = Hook::raise()?;
        // A port that nobody listens on any more.
        let dead = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let key = KeyPair::generate()?;
        let csr =
            CertificateParams::new(vec!["example.test".to_owned()])?.serialize_request(&key)?;
        let pair = Pki::new()?.for_origin_pull()?;
        let name = format!("origin-ca-{}.pem", api.address.port());
        let certificate_out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let token = |name: &str| ids::token(name);
        let facts = json!({
            "range": range, "account": account, "zone": zone, "name": "example.test", "troubled_zone": other,
            "tokens": {
                "all": token("all"), "reader": token("reader"), "nothing": token("nothing"),
                "account": token("account"), "unknown": token("nobody has this"),
                "malformed": "short",
            },
            "tunnel": tunnel, "connector": connector, "pool": pool, "healthcheck": checked,
            "webhook": format!("http://{}/hook", hook.address), "dead_webhook": format!("http://{dead}/"),
            "csr": csr.pem()?, "certificate": pair.certificates_pem(), "private_key": pair.key_pem(),
            "certificate_out": certificate_out,
        });
        Ok(World { api, hook, facts, certificate_out, _runtime: runtime })
    }

    /// What the script is told.
    pub(crate) fn facts(&self, base: &str) -> Value {
        let mut facts = self.facts.clone();
        facts["base_url"] = json!(base);
        facts
    }

    /// What Origin CA signed is good for the site, to whoever trusts the account's authority.
    pub(crate) fn check_the_certificate(&self) -> Result<(), Failed> {
        let signed = CertificateDer::from_pem_file(&self.certificate_out)
            .map_err(|error| error.to_string())?;
        let authority = self.api.state().accounts[0].shelf("origin_ca")[0]["certificate"].clone();
        let authority =
            CertificateDer::from_pem_slice(authority.as_str().unwrap_or_default().as_bytes());
        let mut roots = RootCertStore::empty();
        roots.add(authority.map_err(|error| error.to_string())?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        for name in ["example.test", "shop.example.test"] {
            verifier.verify_server_cert(
                &signed,
                &[],
                &ServerName::try_from(name)?,
                &[],
                UnixTime::now(),
            )?;
        }
        let other = verifier.verify_server_cert(
            &signed,
            &[],
            &ServerName::try_from("other.test")?,
            &[],
            UnixTime::now(),
        );
        if other.is_ok() {
            Err("it is good for a name that nobody asked for".into())
        } else {
            Ok(())
        }
    }

    /// Each accepted webhook got its test message, with the secret where one was given.
    pub(crate) fn check_the_webhook(&self) -> Result<(), Failed> {
        let messages = self.hook.messages();
        let [first, second] = &messages[..] else {
            return Err(format!("{} messages instead of 2", messages.len()).into());
        };
        let fine = first.head.contains("cf-webhook-auth: of the test\r\n")
            && first.body.contains("test message")
            && !second.head.contains("cf-webhook-auth");
        if fine { Ok(()) } else { Err(format!("{messages:?}").into()) }
    }
}
