//! What a log line can mean: a closed list, in the order of precedence.
//!
//! When several logs tell of the same second, the deeper meaning explains the shallower one: the
//! kernel's out-of-memory kill before the worker that died of it, the worker before the proxy that
//! lost its answer. The order of the list is that order. The names are public (`rayfix/logs/1`) and
//! never change. Which meaning an incident has is not decided here: a line alone proves little.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Whether a line tells why, or only what came of it. The order is the order of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Tells why a request or a program failed.
    Cause,
    /// Follows from another line, or repeats it: a second line about the same failure, a peer
    /// that is set aside, an access line with a status.
    Consequence,
    /// Went wrong and was made good: the visitor got an answer.
    Rescued,
    /// Not a fault: starts and stops, visitors who left, scanners, limits that did their work.
    Noise,
}

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident $slug:literal $role:ident [$($cause:literal)*] $title:literal)*) => {
        /// The meaning of a line.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class { $($(#[$doc])* #[doc = $title] $name,)* }

        impl Class {
            /// Every class, the deepest first.
            pub const ALL: &[Class] = &[$(Class::$name,)*];

            /// The public name: `upstream-refused`.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Class::$name => $slug,)* }
            }

            /// The role that a line of this class has unless it says otherwise.
            #[must_use]
            pub fn role(self) -> Role {
                match self { $(Class::$name => Role::$role,)* }
            }

            /// Names of the causes that it speaks for, the likeliest first; empty where it speaks
            /// for none.
            #[must_use]
            pub fn causes(self) -> &'static [&'static str] {
                match self { $(Class::$name => &[$($cause,)*],)* }
            }

            /// What it says, as a heading; no final stop.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Class::$name => $title,)* }
            }
        }
    };
}

classes! {
    // The machine.
    AppOutOfMemory "app-out-of-memory" Cause ["app-killed" "host-memory-exhausted"]
        "The kernel killed a process since memory ran out"
    DiskFull "disk-full" Cause ["host-disk-full"]
        "A disk is full"
    FilesExhausted "files-exhausted" Cause ["host-files-exhausted"]
        "A program has as many files and sockets open as it may"
    ConntrackFull "conntrack-full" Cause ["net-conntrack-full"]
        "The packet filter's connection table is full, and the kernel drops packets"
    AcceptQueueFull "accept-queue-full" Cause ["net-accept-queue-full"]
        "The queue of a listening port is full"
    // The app.
    AppWorkerTimeout "app-worker-timeout" Cause ["app-worker-timeout"]
        "A worker of the app took too long and was ended"
    AppWorkerKilled "app-worker-killed" Cause ["app-killed"]
        "A worker of the app was killed"
    AppWorkerCrashed "app-worker-crashed" Cause ["app-killed" "app-crash-looping"]
        "A worker of the app crashed"
    AppBootFailed "app-boot-failed" Cause ["app-boot-failed"]
        "The app could not start"
    AppAddressInUse "app-address-in-use" Cause ["app-boot-failed"]
        "The address that the app wants to listen on is taken"
    AppProtocolMismatch "app-protocol-mismatch" Cause ["proxy-upstream-malformed"]
        "The proxy does not speak the app's protocol"
    UnitFailed "unit-failed" Cause ["app-stopped" "app-boot-failed" "proxy-stopped"]
        "A service failed"
    UnitRestarting "unit-restarting" Cause ["app-crash-looping"]
        "A service failed and is started again"
    AppOverloaded "app-overloaded" Cause ["proxy-upstream-timeout" "net-accept-queue-full"]
        "The app's workers are all busy"
    AppException "app-exception" Cause ["http-origin-answers-5xx"]
        "The app stumbled over an exception"
    // The proxy itself.
    ProxyConfigInvalid "proxy-config-invalid" Cause ["proxy-config-invalid" "proxy-stopped"]
        "The proxy cannot use its configuration"
    ProxyWorkerCrashed "proxy-worker-crashed" Cause ["proxy-stopped"]
        "A worker of the proxy crashed"
    ConnectionsExhausted "connections-exhausted" Cause ["proxy-connections-exhausted"]
        "The proxy has no connections left"
    PortsExhausted "ports-exhausted" Cause ["proxy-connections-exhausted"]
        "The machine has no local ports left for connections to the app"
    // From the proxy to the app.
    UpstreamSocketMissing "upstream-socket-missing" Cause ["proxy-upstream-socket-missing"]
        "The proxy found no socket of the app"
    UpstreamSocketForbidden "upstream-socket-forbidden" Cause ["proxy-upstream-socket-forbidden"]
        "The proxy may not open the socket of the app"
    UpstreamQueueFull "upstream-queue-full" Cause ["net-accept-queue-full" "proxy-upstream-timeout"]
        "The socket of the app takes no more connections"
    UpstreamRefused "upstream-refused" Cause ["proxy-upstream-refused"]
        "The app refused the proxy's connection"
    UpstreamUnreachable "upstream-unreachable" Cause ["net-route-missing" "proxy-upstream-refused"]
        "The proxy has no route to the app"
    UpstreamUnresolvable "upstream-unresolvable" Cause ["proxy-upstream-unresolvable"]
        "The proxy could not resolve the app's name"
    UpstreamTlsFailed "upstream-tls-failed" Cause ["proxy-upstream-tls-failed"]
        "The proxy and the app did not come to terms on TLS"
    UpstreamHeaderTooLarge "upstream-header-too-large" Cause ["proxy-upstream-header-too-large"]
        "The app's headers are larger than the proxy's buffer"
    UpstreamMalformed "upstream-malformed" Cause ["proxy-upstream-malformed"]
        "The proxy could not read the app's answer"
    UpstreamTimeout "upstream-timeout" Cause ["proxy-upstream-timeout"]
        "The app kept the proxy waiting for too long"
    UpstreamClosedEarly "upstream-closed-early" Cause ["proxy-upstream-closed-early"]
        "The app closed the proxy's connection without an answer"
    UpstreamBodyCut "upstream-body-cut" Cause ["http-reply-cut"]
        "The app broke off its answer after its beginning was passed on"
    // From cloudflared to its service.
    OriginSocketMissing "origin-socket-missing" Cause ["tunnel-service-refused"]
        "cloudflared found no socket of its service"
    OriginSocketForbidden "origin-socket-forbidden" Cause ["tunnel-service-refused"]
        "cloudflared may not open the socket of its service"
    OriginRefused "origin-refused" Cause ["tunnel-service-refused"]
        "The service refused cloudflared's connection"
    OriginUnreachable "origin-unreachable" Cause ["net-route-missing" "tunnel-service-timeout"]
        "cloudflared has no route to its service"
    OriginUnresolvable "origin-unresolvable" Cause ["tunnel-service-unresolvable"]
        "cloudflared could not resolve the name of its service"
    OriginSchemeMismatch "origin-scheme-mismatch" Cause ["tunnel-service-scheme-mismatch"]
        "cloudflared and its service do not agree on http or https"
    OriginTlsRejected "origin-tls-rejected" Cause ["tunnel-service-tls-rejected"]
        "cloudflared and its service did not come to terms on TLS"
    OriginHeaderTooLarge "origin-header-too-large" Cause ["http-headers-too-large"]
        "The headers of the service are larger than cloudflared takes"
    OriginMalformed "origin-malformed" Cause ["http-reply-malformed"]
        "cloudflared could not read the answer of its service"
    OriginTimeout "origin-timeout" Cause ["tunnel-service-timeout"]
        "The service did not take cloudflared's connection in time"
    OriginClosedEarly "origin-closed-early" Cause ["http-reply-empty"]
        "The service closed cloudflared's connection without an answer"
    OriginBodyCut "origin-body-cut" Cause ["http-reply-cut"]
        "The service broke off its answer after its beginning was passed on"
    // The tunnel.
    TunnelConfigInvalid "tunnel-config-invalid" Cause ["tunnel-config-invalid"]
        "cloudflared cannot use its configuration"
    TunnelCredentialsRejected "tunnel-credentials-rejected" Cause ["tunnel-credentials-rejected"]
        "The edge does not accept cloudflared's credentials, or cloudflared cannot read them"
    TunnelRegistrationRefused "tunnel-registration-refused" Cause
        ["tunnel-credentials-rejected" "tunnel-edge-unreachable"]
        "The edge did not register cloudflared's connection"
    TunnelEdgeUnresolvable "tunnel-edge-unresolvable" Cause ["tunnel-edge-unreachable"]
        "cloudflared could not resolve the edge's names"
    TunnelEdgeUnreachable "tunnel-edge-unreachable" Cause ["tunnel-edge-unreachable"]
        "cloudflared does not reach the edge"
    TunnelIngressMissing "tunnel-ingress-missing" Cause ["tunnel-ingress-unmatched"]
        "cloudflared has no ingress rules and answers 503"
    TunnelOverloaded "tunnel-overloaded" Cause ["tunnel-connections-missing"]
        "cloudflared turns flows away since too many are open"
    TunnelConnectionLost "tunnel-connection-lost" Cause ["tunnel-connections-missing" "tunnel-down"]
        "cloudflared lost a connection to the edge"
    // From the edge to the proxy.
    CertificateRefused "certificate-refused" Cause
        ["tls-issuer-untrusted" "tls-certificate-expired" "tls-certificate-self-signed"]
        "The visitor of the proxy refused its certificate"
    EdgeTlsFailed "edge-tls-failed" Cause
        ["tls-handshake-cut" "tls-cipher-unshared" "tls-version-unsupported" "tls-name-rejected"]
        "The visitor of the proxy and the proxy did not come to terms on TLS"
    ClientCertificateMissing "client-certificate-missing" Cause ["tls-client-certificate-required"]
        "The proxy asked its visitor for a certificate and got none that it accepts"
    PlainHttpOnTlsPort "plain-http-on-tls-port" Cause []
        "Plain HTTP arrived on a TLS port"
    ProxyProtocolMissing "proxy-protocol-missing" Cause ["http-reply-empty"]
        "The proxy waits for the PROXY protocol, and its visitor does not speak it"
    // What follows from the above.
    UpstreamNoneLive "upstream-none-live" Consequence ["proxy-upstream-refused"]
        "The proxy set the app aside after earlier failures"
    AppAnswered5xx "app-answered-5xx" Cause ["http-origin-answers-5xx"]
        "The app itself answered with an error"
    Answered5xx "answered-5xx" Consequence ["http-origin-answers-5xx"]
        "The proxy answered with an error"
    UpstreamRetried "upstream-retried" Rescued []
        "A try failed, and another one answered"
    // Not faults.
    Started "started" Noise [] "A program started"
    Stopped "stopped" Noise [] "A program stopped"
    Reloaded "reloaded" Noise [] "A program took up its configuration again"
    TunnelConnected "tunnel-connected" Noise [] "cloudflared connected to the edge"
    RequestRefused "request-refused" Noise [] "A limit or a rule turned a request away"
    VisitorLeft "visitor-left" Noise [] "A visitor left before the answer"
    Warned "warned" Noise [] "A warning that explains no failure by itself"
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}

impl<'de> Deserialize<'de> for Class {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Class, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl std::str::FromStr for Class {
    type Err = UnknownClass;

    fn from_str(slug: &str) -> Result<Class, UnknownClass> {
        Class::ALL.iter().copied().find(|class| class.slug() == slug).ok_or(UnknownClass)
    }
}

/// No class has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read the name of a class of log lines")]
pub struct UnknownClass;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_public_and_found_again() {
        for class in Class::ALL {
            let slug = class.slug();
            assert_eq!(slug.parse(), Ok(*class));
            assert!(
                slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
        }
        assert!("no-such-class".parse::<Class>().is_err());
    }

    #[test]
    fn causes_begin_with_a_hop_and_titles_are_headings() {
        let hops = ["dns", "edge", "tunnel", "net", "tls", "http", "proxy", "app", "host"];
        for class in Class::ALL {
            for cause in class.causes() {
                let hop = cause.split('-').next().unwrap();
                assert!(hops.contains(&hop), "{cause}");
            }
            let title = class.title();
            assert!(!title.ends_with('.') && !title.contains('!'), "{title}");
            let fault = matches!(class.role(), Role::Cause);
            let reasoned = *class == Class::PlainHttpOnTlsPort;
            assert!(!fault || reasoned || !class.causes().is_empty(), "{}", class.slug());
        }
    }

    #[test]
    fn the_deeper_meaning_stands_first() {
        for (deeper, shallower) in [
            (Class::AppOutOfMemory, Class::AppWorkerTimeout),
            (Class::AppWorkerTimeout, Class::AppWorkerCrashed),
            (Class::AppBootFailed, Class::AppException),
            (Class::AppException, Class::UpstreamRefused),
            (Class::UpstreamClosedEarly, Class::UpstreamNoneLive),
            (Class::UpstreamNoneLive, Class::AppAnswered5xx),
        ] {
            assert!(deeper < shallower);
        }
    }
}
