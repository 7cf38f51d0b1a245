//! Roads to the origin: how each looks from here, station by station.

use crate::evidence::chain::ChainFault;
use crate::evidence::{
    Evidence, Greeting, HttpAnswer, Offer, Question, Reading, Reply, ReplyFault, TcpAnswer,
    TlsAnswer,
};
use crate::hop::Hop;
use crate::target::{Road, Scheme, SslMode};

/// What was asked of one road.
#[derive(Debug)]
pub struct RoadSeen<'a> {
    /// Which.
    pub road: Road,
    /// The connection.
    pub tcp: Option<&'a Reading>,
    /// The handshake with the site's name, as the edge begins it. Always none on plain roads.
    pub greet: Option<&'a Reading>,
    /// The handshake without a name; asked only where the first one failed.
    pub nameless: Option<&'a Reading>,
    /// The hand-made hello with the edge's whole list.
    pub legacy: Option<&'a Reading>,
    /// The hand-made hello with every suite in use.
    pub anything: Option<&'a Reading>,
    /// The request as anybody sends it.
    pub request: Option<&'a Reading>,
    /// The request with the headers that the edge adds.
    pub dressed: Option<&'a Reading>,
    /// Whether this machine's clock is right, as far as is known, so that the dates of certificates
    /// count.
    pub dates_count: bool,
}

/// How a road looks to an edge of one mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A reply came back that the edge would pass on.
    Works,
    /// It breaks at this station.
    Breaks(Hop),
    /// It was not asked, or the answers do not say.
    Unclear,
}

/// Every road that was asked, sorted by address, port and scheme.
#[must_use]
pub fn of(evidence: &Evidence) -> Vec<RoadSeen<'_>> {
    let target = &evidence.target;
    seen(evidence, target.roads(), target.hello_name(), target.is_renamed())
}

/// Every road that the edge would take without the zone's rule, where one changes how it asks.
#[must_use]
pub fn without_rule(evidence: &Evidence) -> Vec<RoadSeen<'_>> {
    let target = &evidence.target;
    seen(evidence, target.roads_without_rule(), &target.site.host, false)
}

fn seen<'a>(
    evidence: &'a Evidence,
    roads: Vec<Road>,
    hello_name: &str,
    is_renamed: bool,
) -> Vec<RoadSeen<'a>> {
    let readings = &evidence.readings;
    roads
        .into_iter()
        .map(|road| {
            let find = |wanted: &dyn Fn(&Question) -> bool| {
                readings.iter().find(|reading| wanted(&reading.question))
            };
            let greet = |wanted: Offer, named: bool| {
                find(&|question| {
                    matches!(question, Question::Greet { to, name, offer }
                        if *to == road.to && *offer == wanted
                            && name.as_deref() == named.then_some(hello_name))
                })
                .filter(|_| road.scheme == Scheme::Https)
            };
            let request = |wanted: bool| {
                find(&|question| {
                    matches!(question, Question::Request { road: asked, dressed, renamed, .. }
                        if *asked == road && *dressed == wanted && *renamed == is_renamed)
                })
            };
            RoadSeen {
                road,
                tcp: find(
                    &|question| matches!(question, Question::Connect { to } if *to == road.to),
                ),
                greet: greet(Offer::Modern, true),
                nameless: greet(Offer::Modern, false),
                legacy: greet(Offer::EdgeLegacy, true),
                anything: greet(Offer::Anything, true),
                request: request(false),
                dressed: request(true),
                dates_count: true,
            }
        })
        .collect()
}

impl<'a> RoadSeen<'a> {
    /// How the connection ended, where it was asked.
    #[must_use]
    pub fn tcp_answer(&self) -> Option<&'a TcpAnswer> {
        self.tcp.and_then(Reading::tcp)
    }

    /// How the handshake ended, where it was asked.
    #[must_use]
    pub fn tls_answer(&self) -> Option<&'a TlsAnswer> {
        self.greet.and_then(Reading::tls)
    }

    /// The request that was answered: the plain one, else the dressed one.
    #[must_use]
    pub fn asked(&self) -> Option<&'a Reading> {
        let answered = |reading: Option<&'a Reading>| reading.filter(|r| r.http().is_some());
        answered(self.request).or(answered(self.dressed))
    }

    /// The whole reply to the plain request, else to the dressed one.
    #[must_use]
    pub fn reply(&self) -> Option<&'a Reply> {
        match self.asked()?.http()? {
            HttpAnswer::Replied(reply) => Some(reply),
            _ => None,
        }
    }

    /// The status of that reply.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.reply().map(|reply| reply.status)
    }

    /// How the road looks to an edge of this mode.
    #[must_use]
    pub fn fate(&self, mode: SslMode) -> Fate {
        match self.tcp_answer() {
            None => return Fate::Unclear,
            Some(TcpAnswer::Accepted) => {}
            Some(_) => return Fate::Breaks(Hop::Net),
        }
        if self.road.scheme == Scheme::Https {
            match self.tls_answer() {
                None => return Fate::Unclear,
                Some(TlsAnswer::Greeted(greeting)) => {
                    if mode.validates() && !self.faults(greeting).is_empty() {
                        return Fate::Breaks(Hop::Tls);
                    }
                }
                Some(_) if self.speaks_legacy() || self.is_divided() => return Fate::Unclear,
                Some(_) => return Fate::Breaks(Hop::Tls),
            }
        }
        if self.is_divided() {
            return Fate::Unclear;
        }
        match self.asked().and_then(Reading::http) {
            None => Fate::Unclear,
            Some(answer) if delivers(answer) => Fate::Works,
            Some(_) => Fate::Breaks(Hop::Http),
        }
    }

    /// The faults of a chain that count.
    #[must_use]
    pub fn faults(&self, greeting: &Greeting) -> Vec<ChainFault> {
        let counts = |fault: &&ChainFault| self.dates_count || !is_of_dates(fault);
        greeting.chain.faults.iter().filter(counts).cloned().collect()
    }

    /// Whether an edge of this mode gets nothing over this road.
    #[must_use]
    pub fn breaks(&self, mode: SslMode) -> bool {
        matches!(self.fate(mode), Fate::Breaks(_))
    }

    /// Whether the origin went along with a hello that offers the edge's whole list, so that the
    /// edge can speak to it though our library cannot. A hello that is answered shows nothing
    /// where the origin leaves our handshake only after its own hello, nor where it answers with
    /// SSL 3.0, which the edge does not speak.
    #[must_use]
    pub fn speaks_legacy(&self) -> bool {
        let left_later = matches!(
            self.tls_answer(),
            Some(
                TlsAnswer::Cut { after_bytes: true, .. }
                    | TlsAnswer::Alert { client_certificate_asked: true, .. }
            )
        );
        !left_later && self.legacy.is_some_and(goes_along)
    }

    /// The readings in which the origin turned us away because we show no client certificate: an
    /// alert within the handshake, an alert instead of the reply (TLS 1.3), or nginx's 400.
    #[must_use]
    pub fn wants_certificate(&self) -> Vec<&'a Reading> {
        let asked = matches!(self.tls_answer(), Some(TlsAnswer::Greeted(greeting))
            if greeting.client_certificate_asked);
        let greet = self.greet.filter(|reading| {
            matches!(
                reading.tls(),
                Some(TlsAnswer::Alert { client_certificate_asked: true, .. })
                    | Some(TlsAnswer::Alert { code: CERTIFICATE_REQUIRED, .. })
            )
        });
        let requests = [self.request, self.dressed].into_iter().flatten();
        let turned_away = requests.filter(|reading| match reading.http() {
            Some(HttpAnswer::Alert { code }) => asked || *code == CERTIFICATE_REQUIRED,
            Some(HttpAnswer::Replied(reply)) => super::visits::asks_for_client_certificate(reply),
            _ => false,
        });
        greet.into_iter().chain(turned_away).collect()
    }

    /// Whether what we see of this road does not tell what the edge sees: the bare request and the
    /// one with the edge's headers ended differently, or the origin wants a certificate, which the
    /// edge may have.
    #[must_use]
    pub fn is_divided(&self) -> bool {
        let delivered = |reading: Option<&Reading>| reading.and_then(Reading::http).map(delivers);
        let (bare, dressed) = (delivered(self.request), delivered(self.dressed));
        let differ = bare.zip(dressed).is_some_and(|(bare, dressed)| bare != dressed);
        differ || !self.wants_certificate().is_empty()
    }
}

/// Whether a fault depends on the clock of who looks at it.
#[must_use]
pub fn is_of_dates(fault: &ChainFault) -> bool {
    matches!(fault, ChainFault::Expired { .. } | ChainFault::NotYetValid { .. })
}

/// RFC 8446, section 6: the alert of a peer that wants a client certificate.
const CERTIFICATE_REQUIRED: u8 = 116;

/// Whether a hello that was written by hand was answered by a version that the edge speaks.
#[must_use]
pub fn goes_along(reading: &Reading) -> bool {
    matches!(reading.tls(), Some(TlsAnswer::HelloAccepted { version: 0x0301.., .. }))
}

/// Whether an answer is a reply that the edge would pass on, and no error of the origin's.
#[must_use]
pub fn delivers(answer: &HttpAnswer) -> bool {
    matches!(answer, HttpAnswer::Replied(reply)
        if reply.status < 500 && !reply.faults.iter().any(is_serious))
}

/// Whether the edge stumbles over a fault in a reply. That we stopped reading is not the origin's
/// fault; all others are.
#[must_use]
pub fn is_serious(fault: &ReplyFault) -> bool {
    !matches!(fault, ReplyFault::BodyLeftUnread { .. })
}
