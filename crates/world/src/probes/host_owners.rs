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
//! that is only called like the socket is a guess. A program in a container with a network of its own is not
//! seen from here, though its socket may be reached.
//!
//! # Sources
//! - systemd.unit(5), systemd.service(5), systemd.socket(5), systemd.exec(5)
//! - the settings of gunicorn (`bind`), uWSGI (`socket`, `http`), php-fpm (`listen`), puma (`bind`)
use std::sync::Arc;

use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Question, Seen};

use tokio::time::timeout_at;

use super::{Asking, Probe, Turn};
use crate::host::PATIENCE;
use crate::sitting::Sitting;

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "nothing",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let ends = sitting.by(PATIENCE);
    let Ok(addresses) = timeout_at(ends, host.upstream_addresses()).await else { return };
    let asked: Vec<_> = addresses
        .into_iter()
        .filter_map(|to| {
            let question = Question::Host(HostQuestion::Owner { to: to.clone() });
            Some((to, sitting.begin("host_owners", question)?))
        })
        .collect();
    // Late, the questions end as ones that took too long.
    let Ok(owners) = timeout_at(ends, host.owners()).await else { return };
    for (to, asked) in asked {
        let answer = match &owners {
            Ok(owners) => match owners.iter().find(|(address, _)| *address == to) {
                Some((_, owner)) => HostAnswer::Owner(owner.clone()),
                None => continue,
            },
            Err(why) => HostAnswer::Failed { why: why.clone() },
        };
        asked.end(Answer::Got(Seen::Host(answer)));
    }
}
