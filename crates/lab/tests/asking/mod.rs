//! How the tests ask a raised stage: as the binary would, with the account's token or without.

use std::sync::Arc;

use rayfix_lab::Raised;
use rayfix_world::cloudflare::{Api, Client, Token};
use rayfix_world::{Detours, Setup};

/// How to ask a stage. `with_token`: its account is asked as well.
pub(crate) fn setup(raised: &Raised, with_token: bool) -> Setup {
    Setup {
        detours: Detours::from_iter(raised.detours.clone()),
        given_roots: raised.roots.clone(),
        timeout: raised.timeout,
        samples: raised.samples,
        resolver: Some(raised.resolver),
        account: with_token.then(|| Arc::new(client(raised))),
        ..Setup::default()
    }
}

fn client(raised: &Raised) -> Client {
    let token = Token::new(raised.token.reveal()).expect("the stage's token is one");
    Client::new(Api {
        base: raised.api.base.parse().expect("the stage's API has an address"),
        token: Some(token),
        roots: Vec::new(),
        detour: None,
        // As the binary has it: one call that hangs must not take the next one's time.
        timeout: raised.timeout.mul_f64(0.3),
    })
    .expect("the loopback is taken")
}
