//! The thinking part of rayfix: from readings to a diagnosis, and from a diagnosis to words.
//!
//! Nothing in this crate opens a socket or a file, reads the clock or the environment, or waits.
//! World asks and returns [`evidence`]; [`diagnose`](diagnose::diagnose) lays it out along the way
//! from the visitor to the app ([`scene`]), lets every cause in [`causes`] judge it, and ranks what
//! they say; [`report`] tells it.
//!
//! The story of one diagnosis: the edge says 521, and the origin refuses us as well.
//!
//! ```
//! use rayfix_core::diagnose::diagnose;
//! use rayfix_core::evidence::{
//!     Accept, Answer, Evidence, HttpAnswer, Question, Reply, Seeing, Seen, TcpAnswer, Trace,
//!     VisitAnswer,
//! };
//! use rayfix_core::report::{Report, Style, text};
//! use rayfix_core::target::{ModeFrom, Site, SslMode, Target};
//!
//! // What was asked about, and what was told of the way to its origin.
//! let mut target = Target::new(Site::parse("shop.example.com")?);
//! target.ssl_mode = Some(SslMode::Strict);
//! target.ssl_mode_from = ModeFrom::Option;
//! target.origins.push("203.0.113.7".parse()?);
//!
//! // What world would have seen: a visit, the edge's own trace, a connection to the origin.
//! let at = "2026-11-20T03:00:00Z".parse()?;
//! let edge = "104.16.1.1:443".parse()?;
//! let see = |question, seen| Seeing {
//!     probe: "made_up", at, took_ms: 12, question, answer: Answer::Got(seen),
//! };
//! let reply = Reply {
//!     status: 521, headers: vec![], head_bytes: 180, body_bytes: 0, excerpt: String::new(),
//!     first_byte_ms: 12, faults: vec![],
//! };
//! let seen = vec![
//!     see(
//!         Question::Visit {
//!             site: target.site.clone(), to: edge, accept: Accept::Html, sample: 1, leg: 0,
//!         },
//!         Seen::Visit(VisitAnswer::Http {
//!             greeting: None, http: HttpAnswer::Replied(reply), page: None,
//!             ray: Some("8f3c0de5ca1ab1e0-FRA".to_owned()),
//!         }),
//!     ),
//!     see(
//!         Question::Trace { to: edge },
//!         Seen::Trace(Trace::Answered { lines: [("colo".into(), "FRA".into())].into() }),
//!     ),
//!     see(
//!         Question::Connect { to: "203.0.113.7:443".parse()? },
//!         Seen::Tcp(TcpAnswer::Refused),
//!     ),
//! ];
//!
//! // Evidence, diagnosis, words.
//! let evidence = Evidence::new(target, seen, 30);
//! let diagnosis = diagnose(&evidence);
//! assert_eq!(diagnosis.findings[0].code, "C401");
//! let report = text(&Report::of(&diagnosis), 80, Style { colour: false, verbose: false });
//! assert!(report.contains("C401 net-port-closed · certain"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod case;
pub mod causes;
pub mod diagnose;
pub mod diagnosis;
pub mod evidence;
pub mod explain;
pub mod firewall;
pub mod fixes;
pub mod hop;
pub mod logs;
pub mod mentions;
pub mod notes;
pub mod plan;
pub mod protocol;
pub mod proxy;
pub mod radius;
pub mod ranges;
pub mod redact;
pub mod registry;
pub mod report;
pub mod scene;
pub mod target;
pub mod unit_file;
