//! Why no answer came: fragments that fit after "it could not be reached: ".

use std::error::Error;
use std::io;

use rayfix_core::evidence::account::RefusalKind;

/// Why a try failed.
pub(super) struct Reason {
    pub(super) kind: RefusalKind,
    pub(super) why: &'static str,
    /// Another try would end in the same way.
    pub(super) stays: bool,
}

/// What a failed try came to.
pub(super) fn of(error: &reqwest::Error) -> Reason {
    if error.is_dns() {
        return unreached("its name could not be looked up");
    }
    if error.is_timeout() && error.is_connect() {
        return unreached("no connection came about in time");
    }
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Reason { stays: true, ..unreached(of_tls(tls)) };
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            if let Some(why) = of_io(io) {
                return unreached(why);
            }
            // An I/O error's own cause is not its source.
            next = io.get_ref().map(|inner| inner as &(dyn Error + 'static));
            continue;
        }
        if error.source().is_none() {
            return of_words(&error.to_string());
        }
        next = error.source();
    }
    unreached("the connection failed")
}

fn of_io(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        io::ErrorKind::ConnectionRefused => "the connection was refused",
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => "the connection was reset",
        io::ErrorKind::TimedOut => "the connection fell silent",
        io::ErrorKind::NetworkUnreachable => "no route leads there",
        io::ErrorKind::HostUnreachable => "the way there ends before it",
        io::ErrorKind::UnexpectedEof => "the connection was closed before an answer came",
        _ => return None,
    })
}

fn of_tls(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            // The other: an authority of the same name and another key.
            C::UnknownIssuer | C::BadSignature => "who signed its certificate is not trusted here",
            C::Expired | C::ExpiredContext { .. } => "its certificate has expired",
            C::NotValidYet | C::NotValidYetContext { .. } => "its certificate is not valid yet",
            C::NotValidForName | C::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            _ => "its certificate was not accepted",
        },
        rustls::Error::AlertReceived(_) => "it refused TLS",
        rustls::Error::InvalidMessage(_) => "it does not speak TLS",
        _ => "TLS failed",
    }
}

/// The libraries' words, where they have no kinds for it.
fn of_words(words: &str) -> Reason {
    let has = |part| words.contains(part);
    if has("tunnel") || has("proxy") {
        return Reason { stays: true, ..unreached("the proxy did not let it through") };
    }
    if has("invalid HTTP") || has("parsed") || has("frame") || has("preface") {
        let (kind, why) = (RefusalKind::Unreadable, "it does not speak HTTP");
        return Reason { kind, why, stays: true };
    }
    if has("before message completed") || has("closed") || has("incomplete") {
        return unreached("the connection was closed before an answer came");
    }
    unreached("the connection failed")
}

fn unreached(why: &'static str) -> Reason {
    Reason { kind: RefusalKind::Unreached, why, stays: false }
}
