//! Who listens at the addresses where the proxy and the tunnel look for the app, and who should.
//!
//! # What it asks
//! For each of these addresses: the kernel, who listens there; and the files that define services,
//! which of them name it: in a socket unit, a command line, an environment, a configuration file, or
//! by the folder that they make.
//!
//! # What it touches
//! Nothing. It reads the units' files, and the configuration files that their command lines name.
//!
//! # What the answers mean
//! Where nobody listens, the unit that names the address is the one that should, and how it is tells
//! why it does not. Where its programs listen at another address, the two settings disagree. A unit
//! that is only called like the socket is a guess.
//!
//! # Sources
//! - systemd.unit(5), systemd.service(5), systemd.socket(5), systemd.exec(5)
//! - the settings of gunicorn (`bind`), uWSGI (`socket`, `http`), php-fpm (`listen`), puma (`bind`)
use std::sync::Arc;

use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};

use super::{Asking, Probe, Turn};
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "nothing",
    turn: Turn::First,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let addresses = host.upstream_addresses().await;
    let asked: Vec<_> = addresses
        .into_iter()
        .filter_map(|to| {
            let question = Question::Host(HostQuestion::Owner { to: to.clone() });
            Some((to, sitting.begin("host_owners", question)?))
        })
        .collect();
    let owners = host.owners().await;
    for (to, asked) in asked {
        if let Some((_, owner)) = owners.iter().find(|(address, _)| *address == to) {
            asked.end(Answer::Got(Seen::Host(HostAnswer::Owner(owner.clone()))));
        }
    }
}
