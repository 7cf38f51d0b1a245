//! Handshakes and certificates as phrases that follow the name of a peer.

use super::units::{duration, moment, names};
use crate::evidence::TlsAnswer;
use crate::evidence::chain::{Anchor, ChainFault, ChainSeen};
use crate::report::guard::quote;
use crate::report::numbers::{alert, cipher, version};

/// What a peer did when it was greeted: `refused …`, `showed a certificate that …`.
pub(crate) fn handshake(answer: &TlsAnswer) -> String {
    match answer {
        TlsAnswer::Greeted(greeting) => {
            let asked = if greeting.client_certificate_asked {
                ", and asked for a client certificate"
            } else {
                ""
            };
            format!(
                "showed a certificate {} ({}){asked}",
                certificate(&greeting.chain),
                version(greeting.version)
            )
        }
        TlsAnswer::HelloAccepted { version: number, cipher: suite } => {
            format!("agreed to {} with {}", version(*number), cipher(*suite))
        }
        TlsAnswer::Alert { code, client_certificate_asked } => {
            let asked = if *client_certificate_asked {
                "asked for a client certificate, then ended the handshake: it "
            } else {
                ""
            };
            format!("{asked}{} (TLS alert {code})", alert(*code))
        }
        TlsAnswer::NotTls { first, http: true } => {
            format!("spoke plain HTTP instead of TLS: it began {}", quote(first))
        }
        TlsAnswer::NotTls { first, http: false } => {
            format!("answered in something that is not TLS: it began {}", quote(first))
        }
        TlsAnswer::Cut { reset, after_bytes } => {
            let when = if *after_bytes {
                "in the middle of the handshake"
            } else {
                "instead of answering the hello"
            };
            format!("{} the connection {when}", if *reset { "reset" } else { "closed" })
        }
        TlsAnswer::Silent { after_ms } => {
            format!("did not answer the hello within {}", duration(*after_ms))
        }
        TlsAnswer::Garbled => "answered in TLS that our side could not follow".to_owned(),
    }
}

/// What is to be said of a certificate, to follow "a certificate ".
pub(crate) fn certificate(chain: &ChainSeen) -> String {
    if chain.faults.is_empty() {
        let issuer = match chain.trusted_by {
            Some(Anchor::OriginCa) => "Cloudflare's Origin CA".to_owned(),
            _ => quote(&chain.issuer),
        };
        return format!("that holds until {}, issued by {issuer}", moment(chain.not_after));
    }
    chain.faults.iter().map(|fault| flaw(fault, chain)).collect::<Vec<_>>().join(" and ")
}

fn flaw(fault: &ChainFault, chain: &ChainSeen) -> String {
    match fault {
        ChainFault::Expired { not_after } if *not_after == chain.not_after => {
            format!("that expired on {}", moment(*not_after))
        }
        ChainFault::Expired { not_after } => {
            format!("whose intermediate expired on {}", moment(*not_after))
        }
        ChainFault::NotYetValid { not_before } => {
            format!("that begins to hold only on {}", moment(*not_before))
        }
        ChainFault::SelfSigned => "that signed itself".to_owned(),
        ChainFault::NameMismatch if chain.names.is_empty() => "that names no host".to_owned(),
        ChainFault::NameMismatch => {
            format!("that is for other names ({})", names(&chain.names))
        }
        ChainFault::Incomplete => {
            format!("without that of its issuer, {}", quote(&chain.issuer))
        }
        ChainFault::IssuerUntrusted => {
            format!("from an issuer that no trusted root vouches for, {}", quote(&chain.issuer))
        }
        ChainFault::Unusable => {
            "that cannot be read, is not meant for servers, or bears a signature that does not hold"
                .to_owned()
        }
    }
}
