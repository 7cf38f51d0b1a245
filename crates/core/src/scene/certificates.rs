//! The stories that every cause of a faulty certificate must pass, for their tests.

use super::sample::{Sitting, check, greeted, page};
use crate::causes::Cause;
use crate::evidence::TcpAnswer;
use crate::evidence::chain::ChainFault;
use crate::hop::Hop;
use crate::target::SslMode;

/// An origin that answers, with a chain that has these faults.
pub(crate) fn origin_with(faults: Vec<ChainFault>) -> Sitting {
    Sitting::new().tcp(TcpAnswer::Accepted).tls(greeted(faults)).replies(200)
}

/// The edge says only 502: likely, whether the mode was told or has to be inferred.
#[track_caller]
pub(crate) fn likely_at_502(cause: &Cause, fault: ChainFault) {
    let sitting = origin_with(vec![fault]).visits(502, page(502));
    check(cause, sitting.clone().mode(SslMode::Strict), "blames, likely");
    check(cause, sitting, "blames, likely");
}

/// The edge says 526, and the origin answers once the certificate is left aside: certain.
#[track_caller]
pub(crate) fn certain_at_526(cause: &Cause, fault: ChainFault) {
    let sitting = origin_with(vec![fault]).visits(526, page(526));
    check(cause, sitting.clone(), "blames, certain");
    check(cause, sitting.mode(SslMode::Strict), "blames, certain");
}

/// An edge in mode full does not look at certificates.
#[track_caller]
pub(crate) fn cleared_under_full(cause: &Cause, fault: ChainFault) {
    let sitting = origin_with(vec![fault]).mode(SslMode::Full);
    check(cause, sitting.clone().served(), "clears");
    check(cause, sitting.visits(502, page(502)), "clears");
}

/// Other faults of the chain are other causes.
#[track_caller]
pub(crate) fn leaves_others(cause: &Cause, others: [ChainFault; 3]) {
    for fault in others {
        let sitting = origin_with(vec![fault]).mode(SslMode::Strict);
        check(cause, sitting.visits(526, page(526)), "clears");
    }
}

/// The road is cut before the handshake, or nobody said where the origin is.
#[track_caller]
pub(crate) fn cannot_tell_unseen(cause: &Cause) {
    let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
    check(cause, cut.visits(521, page(521)), "cannot tell: mend what breaks at net first");
    let unknown = Sitting::new().no_origin().visits(526, page(526));
    check(cause, unknown, "cannot tell: the origin's address: --origin ADDR");
}
