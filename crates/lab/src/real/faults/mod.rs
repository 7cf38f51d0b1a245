//! Faults of a real stage: one file each, named after the cause that it breeds. To add one, write the
//! file and add its name to the list; a second way to the same cause has the cause's name as prefix.
//!
//! A fault breaks a healthy stage that stands, by the commands that break it in life, and returns
//! when the visitor would notice.

use rayfix_core::registry::UnitDoc;

use super::{Raised, Trouble};

/// nginx's file for the site.
pub(super) const SITE: &str = "/etc/nginx/sites-available/shop";
/// The unit of the app.
pub(super) const SERVICE: &str = "/etc/systemd/system/shop.service";
/// The app.
const APP: &str = "/srv/shop/shop.py";

/// One way to break a stage that stands.
#[derive(Debug)]
pub struct Fault {
    /// The name of the cause that should be found on the origin.
    pub breeds: &'static str,
    /// The name of the cause that should be found from outside; `None` where that depends on the
    /// visits: few of them need meet the fault, or many at once meet it in another way.
    pub from_outside: Option<&'static str>,
    /// The status that visitors of https then get, of some visits at least.
    pub shows: u16,
    /// Breaks a healthy stage.
    pub break_it: fn(&Raised) -> Result<(), Trouble>,
}

/// The fault of a name, with `-` or `_`.
#[must_use]
pub fn find(name: &str) -> Option<&'static (UnitDoc, &'static Fault)> {
    let file = name.replace('-', "_");
    ALL.iter().find(|(doc, _)| doc.file == file)
}

rayfix_core::units! { Fault;
    // edge
    edge_redirect_loop,
    // net
    net_listens_on_loopback_only,
    net_port_closed_on_443,
    net_one_family_closed,
    net_one_family_closed_by_ip6tables,
    net_firewall_blocks_cloudflare,
    net_firewall_blocks_cloudflare_partly,
    net_firewall_blocks_cloudflare_by_ufw,
    net_firewall_blocks_cloudflare_by_stale_list,
    net_firewall_blocks_cloudflare_by_order,
    net_firewall_blocks_cloudflare_by_policy,
    net_firewall_blocks_cloudflare_by_set,
    net_firewall_blocks_cloudflare_by_firewalld,
    net_firewall_blocks_cloudflare_by_kept_iptables,
    net_ban_hits_cloudflare,
    net_ban_hits_cloudflare_by_crowdsec,
    net_replies_dropped,
    net_route_missing,
    net_route_missing_by_rule,
    net_route_missing_by_source_check,
    net_accept_queue_full,
    // tls
    tls_certificate_expired,
    tls_certificate_expired_by_certbot,
    tls_certificate_self_signed,
    tls_certificate_name_mismatch,
    tls_certificate_self_signed_beside_certbot,
    tls_chain_incomplete,
    tls_chain_incomplete_by_cert_pem,
    tls_chain_incomplete_beside_its_bundle,
    tls_certificate_not_reloaded,
    tls_certificate_not_reloaded_self_signed,
    // proxy
    proxy_stopped,
    proxy_stopped_port_taken,
    proxy_stopped_by_signal,
    proxy_config_invalid,
    proxy_config_invalid_certificate_missing,
    proxy_config_invalid_unknown_directive,
    proxy_config_invalid_backup_included,
    proxy_config_invalid_name_unresolvable,
    proxy_config_not_reloaded,
    proxy_config_not_reloaded_included,
    proxy_upstream_refused,
    proxy_upstream_socket_missing,
    proxy_upstream_socket_forbidden,
    proxy_upstream_socket_forbidden_by_folder,
    proxy_upstream_socket_forbidden_by_umask,
    proxy_upstream_timeout,
    proxy_upstream_timeout_by_frozen_app,
    proxy_upstream_closed_early,
    proxy_upstream_closed_early_at_once,
    proxy_upstream_header_too_large,
    proxy_upstream_malformed,
    proxy_upstream_malformed_not_http,
    proxy_upstream_unresolvable,
    proxy_upstream_unresolvable_without_resolver,
    proxy_upstream_tls_failed,
    proxy_upstream_tls_failed_untrusted,
    proxy_connections_exhausted,
    proxy_answers_by_itself,
    // app
    app_stopped,
    app_stopped_disabled,
    app_stopped_with_its_database,
    app_stopped_php,
    app_stopped_started_too_often,
    app_stopped_behind_an_edit,
    app_killed,
    app_killed_by_crash,
    app_killed_socket_left,
    app_boot_failed,
    app_boot_failed_syntax,
    app_boot_failed_exec_missing,
    app_boot_failed_user_unknown,
    app_boot_failed_folder_missing,
    app_boot_failed_before_start,
    app_boot_failed_environment_missing,
    app_boot_failed_never_ready,
    app_boot_failed_port_taken,
    app_boot_failed_by_socket,
    app_boot_failed_php,
    app_boot_failed_again_and_again,
    app_boot_failed_given_up,
    app_crash_looping,
    app_worker_timeout,
    app_listens_elsewhere,
    app_listens_elsewhere_by_socket,
    app_listens_elsewhere_by_port,
    app_listens_elsewhere_than_asked,
    app_listens_elsewhere_php_upgrade,
    app_answers_5xx,
    // http
    http_origin_denies_cloudflare,
    // host
    host_disk_full,
    host_disk_full_inodes,
    host_disk_full_at_start,
    host_files_exhausted,
    host_files_exhausted_of_the_app,
}
