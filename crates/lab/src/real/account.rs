//! The Cloudflare account of a stage, as the origin can ask it.
//!
//! The emulated API listens on the origin's own loopback, where a token may be sent over plain HTTP: a socket
//! belongs to the namespace of the thread that makes it. What it says of a tunnel is what the edge sees when
//! it is raised: down while nobody is connected. The connector has its rules from its own file, so the account
//! holds none. Of the plain shop it has the two records that the edge dials.
//!
//! The edge obeys it: a mode that is set there holds for the next visit, and in mode strict the edge trusts the
//! account's Origin CA.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use tokio::sync::oneshot;

use rayfix_core::target::SslMode;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::{ORIGIN_V4, ORIGIN_V6, Raised, Told, Trouble, internet, spaces};
use crate::account::{Account, Token, TokenState, TunnelState, ZONE};
use crate::api::Emulated;
use crate::stage::{Origin, Record, Stage};

/// Reads the token from its input, so that it is no argument of anybody.
const TAKE: &str = "read -r CLOUDFLARE_API_TOKEN; export CLOUDFLARE_API_TOKEN; exec \"$@\"";

/// An account that can be asked in the origin until this is dropped.
#[derive(Debug)]
pub struct AccountThere {
    /// It listens on the origin's loopback.
    pub api: Emulated,
    /// The root of its Origin CA, PEM: the edge trusts it, and no browser does.
    pub origin_ca: String,
    token: Token,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Raised {
    /// Raises the account as it is now, with a token that may read all that is asked for.
    ///
    /// # Errors
    /// When the origin's loopback gives no port.
    pub fn account(&self) -> Result<AccountThere, Trouble> {
        self.account_for(TokenState::Good)
    }

    /// Raises the account as it is now, with such a token.
    ///
    /// # Errors
    /// When the origin's loopback gives no port, or its Origin CA cannot be made.
    pub fn account_for(&self, how: TokenState) -> Result<AccountThere, Trouble> {
        let mut account = Account::of(&self.as_told(), Timestamp::now());
        for tunnel in &mut account.tunnels {
            tunnel.seen.config_src = Some("local".to_owned());
            tunnel.seen.conns_inactive_at = tunnel.seen.conns_inactive_at.map(|_| Timestamp::now());
        }
        account.configurations.clear();
        let token = Token::by_chance();
        let mut state = account.state(&token, how);
        let origin_ca = state.accounts.iter_mut().next().map(crate::api::Account::lay_origin_ca);
        let origin_ca = origin_ca.unwrap_or_else(|| Ok(String::new()));
        let origin_ca = origin_ca.map_err(Trouble::certificate)?;
        if let Ok(root) = CertificateDer::from_pem_slice(origin_ca.as_bytes()) {
            self.pki.trust(root);
        }
        let obeys = self.internet.mode().clone();
        state.on_ssl.push(Arc::new(move |zone, word| {
            if let (ZONE, Ok(mode)) = (zone, word.parse::<SslMode>()) {
                obeys.set(mode);
            }
        }));

        let space = spaces::origin(self.name());
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let up = internet::prepare(&space).and_then(|runtime| {
                let raised = runtime.block_on(Emulated::raise(state));
                Ok((raised.map_err(Trouble::system("raise the API in the origin"))?, runtime))
            });
            match up {
                Ok((api, runtime)) => {
                    let _ = tell.send(Ok(api));
                    // An error means that the other end is gone, which says the same.
                    let _ = runtime.block_on(stopped);
                }
                Err(trouble) => {
                    let _ = tell.send(Err(trouble));
                }
            }
        });
        let ended = |_| Trouble::Boot("the API's thread ended".to_owned());
        let api = told.recv().map_err(ended)??;
        Ok(AccountThere { api, origin_ca, token, stop: Some(stop), thread: Some(thread) })
    }

    /// What of the stage the account tells.
    fn as_told(&self) -> Stage {
        let mut stage = Stage::healthy();
        stage.ssl_mode = self.internet.mode().get();
        let Some(connections) = self.internet.connections() else {
            let at =
                [ORIGIN_V4, ORIGIN_V6].map(|address| Origin::healthy(internet::literal(address)));
            stage.origins = at.into();
            return stage;
        };
        stage.edge.record = Record::Tunnel { connected: connections > 0 };
        stage.account.tunnel = Some(match connections {
            0 => TunnelState::Down,
            1..4 => TunnelState::Degraded,
            _ => TunnelState::Healthy,
        });
        stage
    }

    /// Sets the zone's mode, as somebody did long before anything is asked.
    pub fn set_mode(&self, mode: SslMode) {
        self.internet.mode().set(mode);
    }

    /// Runs a command in the origin, as root, with the account's token in its environment.
    ///
    /// # Errors
    /// When it could not be started. How it ended is in [`Told`].
    pub fn exec_with_token(
        &self,
        account: &AccountThere,
        command: &[&str],
    ) -> Result<Told, Trouble> {
        let entered = [&["sh", "-c", TAKE, "sh"], command].concat();
        self.origin.exec(&entered, format!("{}\n", account.token.reveal()).as_bytes())
    }
}

impl Drop for AccountThere {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
