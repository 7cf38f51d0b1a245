//! Words for a certificate in a file.

use super::subject;
use crate::evidence::host::{CertificateAnswer, HostQuestion, Renewal};
use crate::report::guard::quote;
use crate::report::words::units::moment;

pub(super) fn sentence(question: &HostQuestion, answer: &CertificateAnswer) -> String {
    let file = subject(question);
    match answer {
        CertificateAnswer::Read(seen) => {
            format!("{file} holds a certificate that ends on {}", moment(seen.chain.not_after))
        }
        CertificateAnswer::Missing => format!("there is no {file}"),
        CertificateAnswer::Forbidden => format!("{file} may be read by root only"),
        CertificateAnswer::Unreadable { why } => {
            format!("{file} could not be read: {}", quote(why))
        }
    }
}

pub(super) fn renewal(question: &HostQuestion, renewal: &Renewal) -> String {
    let lineage = subject(question);
    match &renewal.started_by {
        Some(by) => format!("{lineage} is renewed by {}", quote(by)),
        None => format!("nothing renews {lineage}"),
    }
}
