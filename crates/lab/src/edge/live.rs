//! A zone's SSL mode that changes while the edge stands, as the setting of the account does.
//!
//! How the edge greets an origin follows from it, so both ways of greeting are made beforehand: a visit takes the
//! one of its own moment.

use std::sync::{Arc, PoisonError, RwLock};

use rayfix_core::target::SslMode;
use rustls::ClientConfig;

use super::dial;
use crate::pki::Pki;
use crate::raise::RaiseError;

/// The mode of now; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct LiveMode {
    mode: Arc<RwLock<SslMode>>,
    takes_any: Arc<ClientConfig>,
    validates: Arc<ClientConfig>,
}

impl LiveMode {
    /// A mode to begin with.
    pub(crate) fn new(
        pki: &Pki,
        mode: SslMode,
        client_certificate: bool,
    ) -> Result<Self, RaiseError> {
        Ok(LiveMode {
            mode: Arc::new(RwLock::new(mode)),
            takes_any: dial::config(pki.trusted(), pki, false, client_certificate)?,
            validates: dial::config(pki.trusted(), pki, true, client_certificate)?,
        })
    }

    /// The mode.
    pub(crate) fn get(&self) -> SslMode {
        *self.mode.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another mode, for visits from now on.
    pub(crate) fn set(&self, mode: SslMode) {
        *self.mode.write().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    /// How origins are greeted in a mode.
    pub(crate) fn origins(&self, mode: SslMode) -> &Arc<ClientConfig> {
        if mode.validates() { &self.validates } else { &self.takes_any }
    }
}
