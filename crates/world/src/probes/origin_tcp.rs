//! Whether the origin accepts a connection.
//!
//! # What it asks
//! One connection to each address of the origin and each port that the SSL mode may use, without a
//! byte on it.
//!
//! # What it touches
//! One TCP connection for each address and port, closed at once. At most 8 seconds, or a third of
//! the time for the whole.
//!
//! # What the answers mean
//! Accepted: something listens. Refused: the machine answers, and nothing listens there, or a
//! firewall rejects. Silent: a firewall drops, the machine is down, or its queue is full; seen from
//! here only, the edge may get through. Unreachable: a router, or this machine, knows no way.
//!
//! # Sources
//! - RFC 9293, section 3.10.7.1 (a closed port answers with a reset)
//! - Linux connect(2): ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ETIMEDOUT

use std::net::SocketAddr;
use std::sync::Arc;

use rayfix_core::evidence::{Answer, Question, Seen, TcpAnswer, WhyNot};

use super::{Asking, Probe, Turn};
use crate::dial;
use crate::sitting::{Sitting, all};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "one TCP connection to each address and port of the origin",
    turn: Turn::Found,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

async fn ask(sitting: Arc<Sitting>) {
    let mut roads = sitting.target.roads();
    roads.extend(sitting.target.roads_without_rule());
    let mut ends: Vec<SocketAddr> = roads.iter().map(|road| road.to).collect();
    ends.sort();
    ends.dedup();
    all(ends.into_iter().map(|to| connect(Arc::clone(&sitting), to))).await;
}

async fn connect(sitting: Arc<Sitting>, to: SocketAddr) {
    let door = sitting.setup.detours.lead(to);
    let question = Question::Connect { to };
    if dial::no_road_here(door).await {
        return sitting.not_asked("origin_tcp", question, WhyNot::NoRoadHere);
    }
    let Some(asked) = sitting.begin("origin_tcp", question) else { return };
    let answer = match dial::connect(door, sitting.by(sitting.limits.connect)).await {
        Ok(_) => TcpAnswer::Accepted,
        Err(answer) => answer,
    };
    asked.end(Answer::Got(Seen::Tcp(answer)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pretend;

    async fn check(origin: SocketAddr, expected: TcpAnswer) {
        let readings = pretend::ask(&UNIT, "shop.example", None, Some(origin)).await;
        let answers: Vec<_> = readings.iter().filter_map(|reading| reading.tcp()).collect();
        assert_eq!(answers, [&expected, &expected], "ports 80 and 443");
    }

    #[tokio::test]
    async fn a_listening_port_and_a_closed_one_are_told_apart() {
        let listener = pretend::listener().await;
        check(listener.local_addr().unwrap(), TcpAnswer::Accepted).await;
        check(pretend::closed_port().await, TcpAnswer::Refused).await;
        // Linux knows no way to the loopback's broadcast address.
        let nowhere = "127.255.255.255:9".parse().unwrap();
        check(nowhere, TcpAnswer::Unreachable { errno: 101 }).await;
    }

    #[tokio::test]
    async fn a_dropping_port_is_silent_for_a_third_of_the_time() {
        let (silent, _held) = pretend::silent_port().await;
        let readings = pretend::ask(&UNIT, "shop.example", None, Some(silent)).await;
        for reading in readings {
            let Some(&TcpAnswer::Silent { after_ms }) = reading.tcp() else {
                panic!("{reading:?}")
            };
            assert!((800..2_500).contains(&after_ms), "{after_ms}");
        }
    }

    #[tokio::test]
    async fn without_an_origin_nothing_is_asked() {
        assert_eq!(pretend::ask(&UNIT, "shop.example", None, None).await, []);
    }
}
