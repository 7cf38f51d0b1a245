//! The Cloudflare account of a stage behind a tunnel, as the origin can ask it.
//!
//! The emulated API listens on the origin's own loopback, where a token may be sent over plain HTTP: a socket
//! belongs to the namespace of the thread that makes it. What it says of the tunnel is what the edge sees when
//! it is raised: down while nobody is connected. The connector has its rules from its own file, so the account
//! holds none.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::{Raised, Told, Trouble, internet, spaces};
use crate::account::{Account, Token, TokenState, TunnelState};
use crate::api::Emulated;
use crate::stage::{Record, Stage};

/// Reads the token from its input, so that it is no argument of anybody.
const TAKE: &str = "read -r CLOUDFLARE_API_TOKEN; export CLOUDFLARE_API_TOKEN; exec \"$@\"";

/// An account that can be asked in the origin until this is dropped.
#[derive(Debug)]
pub struct AccountThere {
    /// It listens on the origin's loopback.
    pub api: Emulated,
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
        let mut stage = Stage::healthy();
        let connections = self.internet.connections();
        stage.edge.record = Record::Tunnel { connected: connections > 0 };
        stage.account.tunnel = Some(match connections {
            0 => TunnelState::Down,
            1..4 => TunnelState::Degraded,
            _ => TunnelState::Healthy,
        });
        let mut account = Account::of(&stage, Timestamp::now());
        for tunnel in &mut account.tunnels {
            tunnel.seen.config_src = Some("local".to_owned());
            tunnel.seen.conns_inactive_at = tunnel.seen.conns_inactive_at.map(|_| Timestamp::now());
        }
        account.configurations.clear();
        let token = Token::by_chance();
        let state = account.state(&token, TokenState::Good);

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
        Ok(AccountThere { api, token, stop: Some(stop), thread: Some(thread) })
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
