//! Root causes: one file each. To add one, write the file and add its name to the list below.
//!
//! A cause is a code, a station, a headline and a judge. The judge reads a [`Scene`] and nothing
//! else: same evidence, same verdict. Its file's head is the manual page that `rayfix explain`
//! prints, in fixed sections: What you see, What is wrong, How we know, What to do, Sources.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::evidence::ReadingId;
use crate::hop::Hop;
use crate::scene::Scene;

/// One thing that can be at fault.
#[derive(Debug)]
pub struct Cause {
    /// `C` and three digits; the first is the station's. Never renamed, never reused.
    pub code: &'static str,
    /// Where on the way it sits.
    pub hop: Hop,
    /// What is wrong, in one sentence without a capital letter or a final stop; stands alone.
    pub title: &'static str,
    /// Names of the fixes that mend it, best first.
    pub fixes: &'static [&'static str],
    /// Reads the scene; total and deterministic.
    pub judge: fn(&Scene<'_>) -> Verdict,
}

/// What a judge says.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// This is at fault.
    Blames(Blame),
    /// This is not at fault.
    Clears {
        /// The readings that show it; never empty.
        because: Vec<ReadingId>,
    },
    /// The evidence does not decide.
    CannotTell {
        /// What would; never empty, the most useful first.
        needs: Vec<Need>,
    },
}

/// A cause that was found, with its citations.
#[derive(Debug, Clone, PartialEq)]
pub struct Blame {
    /// How sure.
    pub confidence: Confidence,
    /// The readings that show the fault; never empty.
    pub because: Vec<ReadingId>,
    /// The controls: readings that differ in one thing and came out the other way.
    pub contrast: Vec<ReadingId>,
    /// What a program wants to know of it (addresses, dates, names).
    pub detail: Map<String, Value>,
    /// The shallower causes that this one explains, should they be blamed as well.
    pub leads_to: Vec<&'static str>,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// It would explain what was seen, and so would something else that is as near.
    Possible,
    /// What was seen points here; a control is missing, or another explanation is far-fetched.
    Likely,
    /// What was seen allows nothing else, and a control shows that nothing else is at fault.
    Certain,
}

impl Confidence {
    /// `possible`, `likely`, `certain`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

/// What would decide a question that stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Something nearer to the visitor is broken and hides this: mend that first.
    Mend(Hop),
    /// The origin's address.
    OriginAddress,
    /// The zone's SSL mode.
    SslMode,
    /// A look into the origin itself.
    OnOrigin,
    /// A look into the Cloudflare account.
    Account,
    /// A token that has this permission too; the account was asked, and refused for want of it.
    Permission(&'static str),
    /// A token that Cloudflare takes; it was given one that it does not.
    Token,
    /// The account once more: it was asked, and its answer failed or stayed away.
    AccountLater,
    /// A visit through the edge: none was possible from here.
    Visit,
    /// A lookup of the site's name: none was made, or none was answered.
    Lookup,
    /// The same from a machine that reaches the origin (or with a longer `--timeout`).
    OtherVantage,
    /// The same while the site fails: all that was asked now works.
    WhileItFails,
    /// More time: the look into the origin showed neither the fault nor that it is not there.
    LongerLook,
    /// The origin's address of the other family, IPv4 or IPv6.
    OtherFamily,
    /// This machine's clock set right.
    RightClock,
    /// A visit that Cloudflare's cache does not answer.
    PastTheCache,
    /// The same as root.
    Root,
}

impl Need {
    /// The one question or step that would tell, as a sentence fragment.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Need::Mend(hop) => format!("mend what breaks at {} first", hop.word()),
            Need::OriginAddress => "the origin's address: --origin ADDR".to_owned(),
            Need::SslMode => "the zone's SSL mode: --ssl-mode MODE".to_owned(),
            Need::OnOrigin => "a look into the origin: run rayfix there, or add --ssh root@ORIGIN here".to_owned(),
            Need::Account => {
                "a look into the Cloudflare account: DNS records, tunnel, origin status counts"
                    .to_owned()
            }
            Need::Permission(name) => {
                format!("a token that may read more of the Cloudflare account: {name}")
            }
            Need::Token => "a Cloudflare token that is taken: CLOUDFLARE_API_TOKEN".to_owned(),
            Need::AccountLater => {
                "the Cloudflare account again: it was asked and did not answer".to_owned()
            }
            Need::Visit => "a visit through the edge: none was possible from here".to_owned(),
            Need::Lookup => {
                "a lookup of the name: from another machine, by another --resolver, or without --connect".to_owned()
            }
            Need::OtherVantage => {
                "the same question from a machine that reaches it, or a longer --timeout".to_owned()
            }
            Need::WhileItFails => {
                "the same questions while the site fails: now it does not".to_owned()
            }
            Need::LongerLook => {
                "a longer look into the origin, such as --timeout 60: this one did not show it"
                    .to_owned()
            }
            Need::OtherFamily => {
                "the origin's address of the other family, IPv4 or IPv6, if it has one: --origin ADDR"
                    .to_owned()
            }
            Need::Root => "the same as root: with sudo on the origin, or with --ssh-sudo from here".to_owned(),
            Need::RightClock => "the same with this machine's clock set right".to_owned(),
            Need::PastTheCache => {
                "a visit that Cloudflare's cache does not answer: a URL that is not cached"
                    .to_owned()
            }
        }
    }
}

impl Verdict {
    /// Not at fault, because of these readings.
    #[must_use]
    pub fn clears(because: impl Into<Vec<ReadingId>>) -> Verdict {
        Verdict::Clears { because: because.into() }
    }

    /// Cannot tell; these would.
    #[must_use]
    pub fn needs(needs: impl Into<Vec<Need>>) -> Verdict {
        Verdict::CannotTell { needs: needs.into() }
    }

    /// At fault, because of these readings.
    #[must_use]
    pub fn blames(confidence: Confidence, because: impl Into<Vec<ReadingId>>) -> Verdict {
        Verdict::Blames(Blame {
            confidence,
            because: because.into(),
            contrast: Vec::new(),
            detail: Map::new(),
            leads_to: Vec::new(),
        })
    }

    /// The same, explaining these causes (by name) where they are blamed as well; changes nothing
    /// where the verdict is no blame.
    #[must_use]
    pub fn explaining(mut self, causes: &[&'static str]) -> Verdict {
        if let Verdict::Blames(blame) = &mut self {
            blame.leads_to.extend(causes);
        }
        self
    }

    /// The same, with controls; changes nothing where the verdict is no blame.
    #[must_use]
    pub fn contrasting(mut self, contrast: impl Into<Vec<ReadingId>>) -> Verdict {
        if let Verdict::Blames(blame) = &mut self {
            blame.contrast = contrast.into();
        }
        self
    }

    /// The same, with no more confidence than this; changes nothing where the verdict is no blame.
    #[must_use]
    pub fn at_most(mut self, confidence: Confidence) -> Verdict {
        if let Verdict::Blames(blame) = &mut self {
            blame.confidence = blame.confidence.min(confidence);
        }
        self
    }

    /// The same, with one more particular; changes nothing where the verdict is no blame.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Verdict {
        if let Verdict::Blames(blame) = &mut self {
            blame.detail.insert(key.to_owned(), value.into());
        }
        self
    }
}

crate::units! { Cause;
    // dns
    dns_not_proxied,
    dns_origin_unresolvable,
    dns_record_points_at_cloudflare,
    dns_record_not_this_host,
    dns_name_missing,
    // edge
    edge_failing,
    edge_redirect_loop,
    edge_worker_failed,
    edge_visit_blocked,
    edge_name_unknown,
    edge_queue_full,
    edge_origin_rule_misleads,
    edge_pool_empty,
    // tunnel
    tunnel_down,
    tunnel_connector_stopped,
    tunnel_edge_unreachable,
    tunnel_credentials_rejected,
    tunnel_config_invalid,
    tunnel_service_refused,
    tunnel_service_unresolvable,
    tunnel_service_timeout,
    tunnel_service_tls_rejected,
    tunnel_service_scheme_mismatch,
    tunnel_ingress_unmatched,
    tunnel_connections_missing,
    tunnel_service_closed_early,
    tunnel_missing,
    // net
    net_port_closed,
    net_origin_unreachable,
    net_origin_silent,
    net_one_family_closed,
    net_firewall_blocks_cloudflare,
    net_ban_hits_cloudflare,
    net_replies_dropped,
    net_route_missing,
    net_conntrack_full,
    net_listens_on_loopback_only,
    net_accept_queue_full,
    // tls
    tls_not_spoken,
    tls_certificate_expired,
    tls_certificate_not_yet_valid,
    tls_certificate_self_signed,
    tls_certificate_name_mismatch,
    tls_certificate_not_reloaded,
    tls_chain_incomplete,
    tls_issuer_untrusted,
    tls_version_unsupported,
    tls_cipher_unshared,
    tls_client_certificate_required,
    tls_handshake_cut,
    tls_name_rejected,
    // http
    http_reply_empty,
    http_reply_cut,
    http_reply_malformed,
    http_headers_too_large,
    http_length_wrong,
    http_reply_too_late,
    http_origin_denies_cloudflare,
    http_origin_answers_5xx,
    // proxy
    proxy_stopped,
    proxy_config_invalid,
    proxy_config_not_reloaded,
    proxy_upstream_refused,
    proxy_upstream_socket_missing,
    proxy_upstream_socket_forbidden,
    proxy_upstream_timeout,
    proxy_upstream_closed_early,
    proxy_upstream_header_too_large,
    proxy_upstream_malformed,
    proxy_upstream_unresolvable,
    proxy_upstream_tls_failed,
    proxy_connections_exhausted,
    proxy_answers_by_itself,
    // app
    app_stopped,
    app_killed,
    app_boot_failed,
    app_crash_looping,
    app_worker_timeout,
    app_listens_elsewhere,
    app_answers_5xx,
    // host
    host_disk_full,
    host_memory_exhausted,
    host_files_exhausted,
    host_clock_wrong,
}

#[cfg(test)]
mod tests {
    use super::{ALL, Cause, Confidence, Verdict};
    use crate::registry::UnitDoc;
    use crate::scene::Scene;
    use crate::scene::sample::Sitting;

    /// Every code that was ever given away, with its name, in the order of the list. A cause that
    /// is no more keeps its line, with `(retired)` behind it.
    const CODES: &str = include_str!("codes.txt");

    const SECTIONS: [&str; 5] =
        ["What you see", "What is wrong", "How we know", "What to do", "Sources"];

    /// Names that begin a sentence with a capital letter wherever they stand.
    const PROPER: [&str; 1] = ["Cloudflare"];

    /// A name states what is wrong. These words state a remedy, or nothing. (`wrong` would be one
    /// of them, were it not for `http-length-wrong` and `host-clock-wrong`.)
    const SAY_NOTHING: [&str; 10] =
        ["use", "set", "fix", "avoid", "should", "bad", "error", "issue", "problem", "misc"];

    /// Beginnings of remedies.
    const REMEDIES: [&str; 8] =
        ["should", "must", "need to", "please", "try ", "check ", "make sure", "install "];

    fn every(check: impl Fn(&UnitDoc, &Cause)) {
        for (doc, cause) in ALL {
            check(doc, cause);
        }
    }

    #[test]
    fn codes_are_for_ever() {
        let mut seen = Vec::new();
        for line in CODES.lines() {
            let code = line.split(' ').next().unwrap();
            assert!(!seen.contains(&code), "{code} stands twice in codes.txt");
            seen.push(code);
            let kept =
                ALL.iter().any(|(doc, cause)| line == format!("{} {}", cause.code, doc.name()));
            assert!(
                kept || line.ends_with(" (retired)"),
                "`{line}` of codes.txt is no cause any more; mark it (retired), or take the change \
                 of name or code back"
            );
        }
        every(|doc, cause| {
            let line = format!("{} {}", cause.code, doc.name());
            assert!(CODES.lines().any(|had| had == line), "add the line `{line}` to codes.txt");
        });
    }

    #[test]
    fn a_code_and_a_name_begin_with_their_station() {
        every(|doc, cause| {
            let digits: Vec<char> = cause.code.strip_prefix('C').unwrap().chars().collect();
            assert_eq!(digits.len(), 3, "{}", cause.code);
            assert!(digits.iter().all(char::is_ascii_digit), "{}", cause.code);
            let hundred = digits[0].to_digit(10).unwrap();
            assert_eq!(hundred, u32::from(cause.hop.hundred()), "{} is of another hop", cause.code);
            let hop = format!("{}_", cause.hop.word());
            assert!(doc.file.starts_with(&hop), "the name {} begins with `{hop}`", doc.file);
        });
        assert!(
            ALL.is_sorted_by_key(|(_, cause)| cause.hop),
            "the list is in the order of the way"
        );
    }

    #[test]
    fn a_name_states_what_is_wrong() {
        every(|doc, _| {
            for word in doc.file.split('_') {
                assert!(!SAY_NOTHING.contains(&word), "`{word}` in {} says nothing", doc.file);
            }
        });
    }

    #[test]
    fn a_title_stands_alone_and_holds_no_remedy() {
        every(|doc, cause| {
            let title = cause.title;
            let lower = title.starts_with(|c: char| c.is_lowercase());
            let proper = PROPER.iter().any(|name| title.starts_with(name));
            assert!(lower || proper, "{}: `{title}` begins with a small letter", doc.file);
            assert!(!title.ends_with('.'), "{}: no final stop", doc.file);
            assert!(title.len() <= 80, "{}: a title fits on a line", doc.file);
            for remedy in REMEDIES {
                assert!(!title.contains(remedy), "{}: `{remedy}` is a remedy", doc.file);
            }
        });
    }

    #[test]
    fn a_manual_page_begins_with_the_title_and_has_its_sections_in_order() {
        every(|doc, cause| {
            let manual = doc.manual();
            let mut title = cause.title.to_owned();
            title[..1].make_ascii_uppercase();
            assert_eq!(manual.lines().next(), Some(format!("{title}.").as_str()), "{}", doc.file);
            let headings: Vec<&str> =
                manual.lines().filter_map(|line| line.strip_prefix("# ")).collect();
            assert_eq!(headings, SECTIONS, "{}", doc.file);
            for section in SECTIONS {
                let text = doc.section(section).unwrap();
                assert!(!text.is_empty(), "{}: `{section}` is empty", doc.file);
                // Between backticks stands what other programs are told.
                let ours: String = text.split('`').step_by(2).collect();
                assert!(!ours.contains('!'), "{}: nobody shouts in `{section}`", doc.file);
            }
            let sources = doc.section("Sources").unwrap();
            assert!(sources.lines().all(|line| line.starts_with("- ") || line.starts_with("  ")));
        });
    }

    /// The report's line `fix` shows it.
    #[test]
    fn the_first_paragraph_of_what_to_do_is_short_and_whole() {
        every(|doc, _| {
            let text = doc.section("What to do").unwrap();
            let first = text.split("\n\n").next().unwrap();
            assert!(first.len() <= 400, "{}: {} bytes", doc.file, first.len());
            assert!(first.ends_with('.'), "{}: {first}", doc.file);
        });
    }

    #[test]
    fn every_judge_cites_what_was_read_and_is_certain_only_with_a_control() {
        for sitting in Sitting::gallery() {
            let evidence = sitting.evidence();
            let scene = Scene::new(&evidence);
            every(|doc, cause| {
                let verdict = (cause.judge)(&scene);
                assert_eq!(verdict, (cause.judge)(&scene), "{} judges alike twice", doc.file);
                let cited = match &verdict {
                    Verdict::Blames(blame) => {
                        let certain = blame.confidence == Confidence::Certain;
                        assert!(!certain || !blame.contrast.is_empty(), "{}", doc.file);
                        [blame.because.as_slice(), &blame.contrast].concat()
                    }
                    Verdict::Clears { because } => because.clone(),
                    Verdict::CannotTell { needs } => {
                        assert!(!needs.is_empty(), "{}", doc.file);
                        return;
                    }
                };
                assert!(!cited.is_empty(), "{} cites", doc.file);
                assert!(cited.iter().all(|id| evidence.reading(*id).is_some()), "{}", doc.file);
            });
        }
    }
}
