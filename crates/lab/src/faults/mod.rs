//! Faults: one file each, named after the cause that it breeds. To add one, write the file and add
//! its name to the list; a second way to the same cause has the cause's name as prefix.
//!
//! A fault turns a healthy stage into one whose first finding should be its cause. It sets the SSL
//! mode that it needs; where it sets none, it holds in mode strict.

use rayfix_core::causes::Cause;
use rayfix_core::registry::UnitDoc;

use crate::stage::Stage;

/// One way to break a stage.
#[derive(Debug)]
pub struct Fault {
    /// What should be found.
    pub breeds: &'static Cause,
    /// Breaks a healthy stage.
    pub break_it: fn(&mut Stage),
}

/// The fault of a name, with `-` or `_`.
#[must_use]
pub fn find(name: &str) -> Option<&'static (UnitDoc, &'static Fault)> {
    let file = name.replace('-', "_");
    ALL.iter().find(|(doc, _)| doc.file == file)
}

/// Causes that no fault breeds, here or on a [real stage](crate::real), and why not.
pub const UNSTAGED: &[(&str, &str)] = &[
    (
        "net-conntrack-full",
        "the limit is the kernel's, one for all network namespaces, and read-only in all but the first",
    ),
    (
        "host-memory-exhausted",
        "memory is the whole machine's: to use it up on a stage would end other programs as well",
    ),
    (
        "tunnel-connections-missing",
        "what is left of it beside its neighbours is an edge that takes no connector, which has no command",
    ),
    ("host-clock-wrong", "the wall clock is the kernel's, and no namespace has one of its own"),
];

/// Faults whose cause only the account tells: from outside they look like another, or like nothing.
pub const ONLY_THE_ACCOUNT_TELLS: &[&str] = &[
    "dns-record-not-this-host",
    "dns-record-not-this-host-silent",
    "dns-record-not-this-host-of-somebody-else",
    "dns-record-not-this-host-answers-502",
    "dns-record-not-this-host-one-of-two",
    "edge-pool-empty",
    "edge-pool-empty-origin-unknown",
    "tunnel-missing",
    "tunnel-ingress-unmatched",
    "tunnel-service-refused",
];

rayfix_core::units! { Fault;
    // dns
    dns_not_proxied,
    dns_not_proxied_firewalled,
    dns_not_proxied_zone_paused,
    dns_origin_unresolvable,
    dns_origin_unresolvable_told_briefly,
    dns_record_points_at_cloudflare,
    dns_record_points_at_cloudflare_origin_known,
    dns_record_not_this_host,
    dns_record_not_this_host_silent,
    dns_record_not_this_host_of_somebody_else,
    dns_record_not_this_host_answers_502,
    dns_record_not_this_host_one_of_two,
    dns_name_missing,
    dns_name_missing_no_records,
    dns_name_missing_alias_dangling,
    // edge
    edge_failing,
    edge_failing_internally,
    edge_failing_unavailable,
    edge_failing_in_one_place,
    edge_pool_empty,
    edge_pool_empty_origin_unknown,
    edge_redirect_loop,
    edge_redirect_loop_always_https,
    edge_redirect_loop_mode_off,
    edge_worker_failed,
    edge_worker_failed_by_limits,
    edge_visit_blocked,
    edge_visit_blocked_told_briefly,
    edge_name_unknown,
    edge_queue_full,
    edge_origin_rule_misleads,
    edge_origin_rule_misleads_by_host,
    edge_origin_rule_misleads_by_sni,
    // tunnel
    tunnel_down,
    tunnel_down_origin_known,
    tunnel_down_told_briefly,
    tunnel_down_never_ran,
    tunnel_missing,
    tunnel_ingress_unmatched,
    tunnel_service_refused,
    // net
    net_port_closed,
    net_port_closed_on_80_under_flexible,
    net_port_closed_on_443_under_full,
    net_port_closed_for_http_visitors,
    net_port_closed_of_all_in_the_pool,
    net_origin_unreachable,
    net_origin_unreachable_on_ipv6,
    net_origin_silent,
    net_origin_silent_on_443,
    net_one_family_closed,
    net_one_family_closed_silently,
    net_one_family_closed_ipv4,
    net_firewall_blocks_cloudflare,
    net_firewall_blocks_cloudflare_partly,
    net_firewall_blocks_cloudflare_by_refusing,
    // tls
    tls_not_spoken,
    tls_not_spoken_ssh,
    tls_certificate_expired,
    tls_certificate_expired_intermediate,
    tls_certificate_expired_origin_pull,
    tls_certificate_expired_mode_raised,
    tls_certificate_not_yet_valid,
    tls_certificate_not_yet_valid_origin_pull,
    tls_certificate_self_signed,
    tls_certificate_self_signed_leaf,
    tls_certificate_self_signed_mode_raised,
    tls_certificate_name_mismatch,
    tls_certificate_name_mismatch_wildcard,
    tls_chain_incomplete,
    tls_chain_incomplete_other_intermediate,
    tls_issuer_untrusted,
    tls_issuer_untrusted_by_own_roots,
    tls_issuer_untrusted_origin_pull,
    tls_version_unsupported,
    tls_version_unsupported_ssl3,
    tls_cipher_unshared,
    tls_cipher_unshared_dhe,
    tls_client_certificate_required,
    tls_client_certificate_required_tls13,
    tls_client_certificate_required_by_page,
    tls_client_certificate_required_pulls_switched_off,
    tls_handshake_cut,
    tls_handshake_cut_by_reset,
    tls_handshake_cut_at_once,
    tls_name_rejected,
    tls_name_rejected_whatever_it_is,
    // http
    http_reply_empty,
    http_reply_empty_by_reset,
    http_reply_empty_on_80_under_flexible,
    http_reply_cut,
    http_reply_cut_by_reset,
    http_reply_cut_in_chunks,
    http_reply_malformed,
    http_reply_malformed_status_line,
    http_reply_malformed_header_name,
    http_reply_malformed_header_value,
    http_reply_malformed_tls_on_80,
    http_reply_malformed_http2,
    http_reply_malformed_chunks,
    http_headers_too_large,
    http_headers_too_large_one_value,
    http_headers_too_large_endless,
    http_length_wrong,
    http_length_wrong_gzip_declared_plain,
    http_length_wrong_gzip_corrupt,
    http_length_wrong_short,
    http_reply_too_late,
    http_reply_too_late_in_the_end,
    http_origin_denies_cloudflare,
    http_origin_denies_cloudflare_by_reset,
    http_origin_denies_cloudflare_by_address,
    http_origin_answers_5xx,
    http_origin_answers_5xx_to_cloudflare_only,
    http_origin_answers_5xx_gateway_timeout,
    http_origin_answers_5xx_unavailable,
    http_origin_answers_5xx_app_error,
    http_origin_answers_5xx_hostile,
}
