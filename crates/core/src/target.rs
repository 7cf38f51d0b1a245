//! What we were asked about: the site, and what is known of the way to its origin.
//!
//! A target is built from what the user typed and never changes during a sitting. What it does not
//! hold: how to ask (deadlines, extra roots, address overrides), which is world's business.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::ranges::Ranges;

/// http or https.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Plain.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// 80 or 443.
    #[must_use]
    pub fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }

    /// The scheme that Cloudflare proxies on a port (network-ports page, read 2026-07).
    #[must_use]
    pub fn of_port(port: u16) -> Scheme {
        if [80, 8080, 8880, 2052, 2082, 2086, 2095].contains(&port) {
            Scheme::Http
        } else {
            Scheme::Https
        }
    }
}

/// How the zone's edge speaks to the origin (API values of the zone setting `ssl`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SslMode {
    /// Plain HTTP to the origin; visitors cannot use https.
    Off,
    /// https visitors are served from port 80 of the origin.
    Flexible,
    /// The visitor's scheme; any certificate will do.
    Full,
    /// The visitor's scheme; the certificate must hold.
    Strict,
    /// Always https to the origin; the certificate must hold.
    OriginPull,
}

impl SslMode {
    /// All modes, weakest first.
    pub const ALL: [SslMode; 5] =
        [SslMode::Off, SslMode::Flexible, SslMode::Full, SslMode::Strict, SslMode::OriginPull];

    /// The API's word: `off`, `flexible`, `full`, `strict`, `origin_pull`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SslMode::Off => "off",
            SslMode::Flexible => "flexible",
            SslMode::Full => "full",
            SslMode::Strict => "strict",
            SslMode::OriginPull => "origin_pull",
        }
    }

    /// Whether the edge refuses a certificate that does not hold.
    #[must_use]
    pub fn validates(self) -> bool {
        matches!(self, SslMode::Strict | SslMode::OriginPull)
    }

    /// The scheme and port on which the edge fetches for a visitor of `scheme` and `port`
    /// (ssl-modes pages, read 2026-07).
    #[must_use]
    pub fn fetches(self, scheme: Scheme, port: u16) -> (Scheme, u16) {
        match (self, scheme) {
            (SslMode::Off, Scheme::Https) => (Scheme::Http, 80),
            (SslMode::Flexible, Scheme::Https) if port == 443 => (Scheme::Http, 80),
            (SslMode::OriginPull, Scheme::Http) => {
                (Scheme::Https, if port == 80 { 443 } else { port })
            }
            _ => (scheme, port),
        }
    }
}

impl FromStr for SslMode {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        SslMode::ALL.into_iter().find(|mode| mode.word() == word).ok_or_else(|| {
            "one of off, flexible, full, strict, origin_pull belongs there".to_owned()
        })
    }
}

/// Where the SSL mode was learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModeFrom {
    /// `--ssl-mode`.
    Option,
    /// The Cloudflare account.
    Account,
    /// What the edge and the origin answered leaves only this one (or these).
    Inferred,
    /// Nobody told, and the answers do not decide.
    Unknown,
}

/// The URL in question: a name (never an address), lower case, without final dot, in ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Site {
    /// http or https.
    pub scheme: Scheme,
    /// ASCII (IDN as punycode), lower case, no final dot, at most 253 bytes.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub path: String,
}

/// Why a text is no site that can be asked about; the sentence says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    /// Nothing was given.
    #[error("no name was given; give the site's name or URL, such as shop.example.com")]
    Empty,
    /// A space, a control character, or another character that no name has.
    #[error(
        "`{0}` is not a host name; letters, digits, dots and hyphens belong there, such as shop.example.com"
    )]
    NoName(String),
    /// Longer than DNS allows.
    #[error("the name is {0} bytes long; DNS names have at most 253, and 63 between two dots")]
    TooLong(usize),
    /// A user name or password before the name.
    #[error("the URL carries a user name or password; leave out what stands before the @")]
    UserInfo,
    /// An address instead of a name.
    #[error("`{0}` is an address; give the site's name, and the address with --origin {0}")]
    Address(IpAddr),
    /// Another scheme than http and https.
    #[error("`{0}` is not a scheme that Cloudflare proxies; http:// or https:// belongs there")]
    Scheme(String),
    /// A port that does not exist.
    #[error("`{0}` is not a port; a number from 1 to 65535 belongs there")]
    Port(String),
}

impl Site {
    /// Reads a name or a URL as a user types it. Without a scheme: https.
    ///
    /// # Errors
    /// When the text names no site; the sentence says what would be right.
    pub fn parse(text: &str) -> Result<Self, SiteError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SiteError::Empty);
        }
        if text.len() > 8192 {
            return Err(SiteError::TooLong(text.len()));
        }
        let shown =
            |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(60).collect() };
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(SiteError::NoName(shown(text)));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("https".to_owned(), text),
        };
        let scheme = match scheme.as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(SiteError::Scheme(shown(&scheme))),
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let authority = &rest[..end];
        if authority.contains('@') {
            return Err(SiteError::UserInfo);
        }
        if let Ok(address) = authority.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Err(SiteError::Address(address));
        }
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !authority.ends_with(']') => (name, Some(port)),
            _ => (authority, None),
        };
        let port = match port {
            None => scheme.port(),
            Some(port) => match port.parse::<u16>() {
                Ok(number) if number > 0 && port.bytes().all(|b| b.is_ascii_digit()) => number,
                _ => return Err(SiteError::Port(shown(port))),
            },
        };
        if name.is_empty() {
            return Err(SiteError::Empty);
        }
        let url = Url::parse(&format!("{}://{name}{}", scheme.word(), &rest[end..]))
            .map_err(|_| too_long_or(name, SiteError::NoName(shown(name))))?;
        let host = match url.host() {
            // One final dot only: without both of its dots, `20..` would be an address.
            Some(Host::Domain(host)) => host.strip_suffix('.').unwrap_or(host).to_owned(),
            Some(Host::Ipv4(address)) => return Err(SiteError::Address(address.into())),
            Some(Host::Ipv6(address)) => return Err(SiteError::Address(address.into())),
            None => return Err(SiteError::Empty),
        };
        let fits = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if host.len() > 253 || host.split('.').any(|label| label.len() > 63) {
            return Err(SiteError::TooLong(host.len()));
        }
        if !host.split('.').all(fits) {
            return Err(SiteError::NoName(shown(name)));
        }
        let mut path = url.path().to_owned();
        if let Some(query) = url.query() {
            path.push('?');
            path.push_str(query);
        }
        Ok(Site { scheme, host, port, path })
    }

    /// The name, with the port where it is not the scheme's own: what the `Host` header says.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == self.scheme.port() {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The same site with the values of its query taken out: safe to keep and to show.
    #[must_use]
    pub fn redacted(&self) -> Site {
        Site { path: crate::redact::query(&self.path), ..self.clone() }
    }

    /// The same host and path under the other scheme, on that scheme's own port; `None` where a
    /// port was given, since then nothing says on which port the other scheme would be.
    #[must_use]
    pub fn in_scheme(&self, scheme: Scheme) -> Option<Site> {
        if scheme == self.scheme {
            return Some(self.clone());
        }
        (self.port == self.scheme.port()).then(|| Site {
            scheme,
            port: scheme.port(),
            ..self.clone()
        })
    }
}

fn too_long_or(name: &str, other: SiteError) -> SiteError {
    let long = name.len() > 253 || name.split('.').any(|label| label.len() > 63);
    if long { SiteError::TooLong(name.len()) } else { other }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.word(), self.authority(), self.path)
    }
}

impl From<Site> for String {
    fn from(site: Site) -> String {
        site.to_string()
    }
}

impl TryFrom<String> for Site {
    type Error = SiteError;

    fn try_from(text: String) -> Result<Self, SiteError> {
        Site::parse(&text)
    }
}

/// An address of the origin as the user gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Origin {
    /// The address; never one written `::ffff:…`.
    pub address: IpAddr,
    /// The port that the edge uses, where it is not the one that the SSL mode says.
    pub port: Option<u16>,
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "an address with or without a port belongs there, such as 203.0.113.7, 203.0.113.7:8443 or [2001:db8::7]:8443".to_owned()
        };
        if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(Origin { address: address.to_canonical(), port: None });
        }
        let at: SocketAddr = text.parse().map_err(|_| wrong())?;
        if at.port() == 0 {
            return Err("`0` is not a port; a number from 1 to 65535 belongs there".to_owned());
        }
        Ok(Origin { address: at.ip().to_canonical(), port: Some(at.port()) })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            None => write!(f, "{}", self.address),
            Some(port) => write!(f, "{}", SocketAddr::new(self.address, port)),
        }
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> String {
        origin.to_string()
    }
}

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// A way from the edge to the origin: one address and port under one scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Road {
    /// Where it leads.
    pub to: SocketAddr,
    /// What is spoken on it.
    pub scheme: Scheme,
}

/// How a rule of the zone has the edge ask for the site, and whom it would ask without the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ruled {
    /// The name in the hello, where the rule sets another than the site's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sni: Option<String>,
    /// What the Host header says, where the rule sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_header: Option<String>,
    /// The origins that the edge would dial without the rule: they are asked as the control.
    pub without: Vec<Origin>,
}

/// The site in question and what was told about the way to its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// What was asked about.
    pub site: Site,
    /// The zone's SSL mode, where somebody told it.
    pub ssl_mode: Option<SslMode>,
    /// Who told it.
    pub ssl_mode_from: ModeFrom,
    /// Addresses of the origin, in the order given; empty where none is known.
    pub origins: Vec<Origin>,
    /// Whether nobody gave them, and they are this machine's own, which looks like the origin.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub origins_assumed: bool,
    /// Whether nobody gave them, and they are what the Cloudflare account has the edge dial.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub origins_of_account: bool,
    /// Whether chains of the origin were judged by the zone's own roots, which the account told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_own_roots: bool,
    /// What a rule of the zone makes of it, where the account tells of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruled: Option<Ruled>,
    /// Which addresses are Cloudflare's.
    pub ranges: Ranges,
}

impl Target {
    /// A target of which only the site is known, with the built-in ranges.
    #[must_use]
    pub fn new(site: Site) -> Self {
        Target {
            site,
            ssl_mode: None,
            ssl_mode_from: ModeFrom::Unknown,
            origins: Vec::new(),
            origins_assumed: false,
            origins_of_account: false,
            by_own_roots: false,
            ruled: None,
            ranges: Ranges::built_in(),
        }
    }

    /// The modes that are still possible before anything was asked.
    #[must_use]
    pub fn told_modes(&self) -> Vec<SslMode> {
        self.ssl_mode.map_or_else(|| SslMode::ALL.to_vec(), |mode| vec![mode])
    }

    /// The road of one origin that a mode takes for a visitor of `scheme`.
    #[must_use]
    pub fn road(&self, origin: Origin, mode: SslMode, scheme: Scheme) -> Option<Road> {
        let visited = self.site.in_scheme(scheme)?;
        let (scheme, port) = mode.fetches(visited.scheme, visited.port);
        Some(match origin.port {
            None => Road { to: SocketAddr::new(origin.address, port), scheme },
            Some(port) => {
                let scheme = match self.ssl_mode {
                    Some(_) => scheme,
                    None => Scheme::of_port(port),
                };
                Road { to: SocketAddr::new(origin.address, port), scheme }
            }
        })
    }

    /// Every road worth asking: for each origin, what the possible modes use for visitors of both
    /// schemes. Sorted, without doubles.
    #[must_use]
    pub fn roads(&self) -> Vec<Road> {
        self.roads_to(&self.origins)
    }

    /// The same without the rule of the zone that changes how the edge asks; empty: there is none.
    #[must_use]
    pub fn roads_without_rule(&self) -> Vec<Road> {
        self.ruled.as_ref().map_or_else(Vec::new, |ruled| self.roads_to(&ruled.without))
    }

    /// The name in the edge's hello to the origin.
    #[must_use]
    pub fn hello_name(&self) -> &str {
        self.ruled.as_ref().and_then(|ruled| ruled.sni.as_deref()).unwrap_or(&self.site.host)
    }

    /// Whether a rule has the edge ask under other names than the site's.
    #[must_use]
    pub fn is_renamed(&self) -> bool {
        self.ruled.as_ref().is_some_and(|one| one.sni.is_some() || one.host_header.is_some())
    }

    fn roads_to(&self, origins: &[Origin]) -> Vec<Road> {
        let mut roads: Vec<Road> = Vec::new();
        for &origin in origins {
            for mode in self.told_modes() {
                let schemes = if origin.port.is_some() {
                    vec![self.site.scheme]
                } else {
                    vec![Scheme::Https, Scheme::Http]
                };
                roads.extend(schemes.into_iter().filter_map(|s| self.road(origin, mode, s)));
            }
        }
        roads.sort();
        roads.dedup();
        roads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_read_as_people_type_them() {
        for (typed, read) in [
            ("shop.example.com", "https://shop.example.com/"),
            ("Shop.Example.COM.", "https://shop.example.com/"),
            ("http://shop.example.com/a?b=c#d", "http://shop.example.com/a?b=c"),
            ("https://shop.example.com:8443", "https://shop.example.com:8443/"),
            ("shop.example.com:8443/x", "https://shop.example.com:8443/x"),
            ("bücher.example", "https://xn--bcher-kva.example/"),
            ("_acme.example.com", "https://_acme.example.com/"),
        ] {
            assert_eq!(Site::parse(typed).unwrap().to_string(), read, "{typed}");
        }
    }

    #[test]
    fn what_is_no_site_is_answered_with_what_would_be_right() {
        let long = format!("{}.example", "a".repeat(64));
        for (typed, sentence) in [
            ("", "no name was given"),
            ("   ", "no name was given"),
            ("https://", "no name was given"),
            ("shop example.com", "is not a host name"),
            ("shop\u{1b}[31m.example", "is not a host name"),
            ("a..example.com", "is not a host name"),
            ("20..", "is not a host name"),
            ("-a.example.com", "is not a host name"),
            (long.as_str(), "at most 253"),
            ("user:secret@example.com", "leave out what stands before the @"),
            ("203.0.113.7", "--origin 203.0.113.7"),
            ("https://[2001:db8::7]/", "--origin 2001:db8::7"),
            ("0x7f.1", "is an address"),
            ("ftp://example.com", "http:// or https://"),
            ("example.com:0", "from 1 to 65535"),
            ("example.com:70000", "from 1 to 65535"),
            ("example.com:+80", "from 1 to 65535"),
        ] {
            let error = Site::parse(typed).expect_err(typed).to_string();
            assert!(error.contains(sentence), "{typed}: {error}");
            assert!(!error.contains('\u{1b}') && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn each_mode_takes_its_documented_road() {
        let mut target = Target::new(Site::parse("shop.example.com").unwrap());
        let origin: Origin = "203.0.113.7".parse().unwrap();
        target.origins.push(origin);
        for (mode, https, http) in [
            (SslMode::Off, (Scheme::Http, 80), (Scheme::Http, 80)),
            (SslMode::Flexible, (Scheme::Http, 80), (Scheme::Http, 80)),
            (SslMode::Full, (Scheme::Https, 443), (Scheme::Http, 80)),
            (SslMode::Strict, (Scheme::Https, 443), (Scheme::Http, 80)),
            (SslMode::OriginPull, (Scheme::Https, 443), (Scheme::Https, 443)),
        ] {
            let road = |scheme| {
                let road = target.road(origin, mode, scheme).unwrap();
                (road.scheme, road.to.port())
            };
            assert_eq!((road(Scheme::Https), road(Scheme::Http)), (https, http), "{mode:?}");
        }
        assert_eq!(target.roads().len(), 2);
        target.ssl_mode = Some(SslMode::OriginPull);
        assert_eq!(target.roads().len(), 1);
    }

    #[test]
    fn origins_are_addresses_with_or_without_a_port() {
        for (typed, read) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7:8443", "203.0.113.7:8443"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]:8443", "[2001:db8::7]:8443"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
        ] {
            assert_eq!(typed.parse::<Origin>().unwrap().to_string(), read);
        }
        for typed in ["", "origin.example.com", "203.0.113.7:0", "203.0.113.7:70000", "203.0.113"] {
            assert!(typed.parse::<Origin>().is_err(), "{typed}");
        }
    }
}
