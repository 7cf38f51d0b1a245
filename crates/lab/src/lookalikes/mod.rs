//! Look-alikes: healthy stages that resemble broken ones. One file each; nothing is to blame on any
//! of them.

use rayfix_core::registry::UnitDoc;

use crate::stage::Stage;

/// One way to look broken.
#[derive(Debug)]
pub struct Lookalike {
    /// Sets a healthy stage.
    pub set: fn(&mut Stage),
}

/// The look-alike of a name, with `-` or `_`.
#[must_use]
pub fn find(name: &str) -> Option<&'static (UnitDoc, &'static Lookalike)> {
    let file = name.replace('-', "_");
    ALL.iter().find(|(doc, _)| doc.file == file)
}

rayfix_core::units! { Lookalike;
    healthy,
    healthy_origin_unknown,
    only_cloudflare_dropped,
    only_cloudflare_refused,
    only_cloudflare_forbidden,
    expired_under_full,
    self_signed_under_full,
    closed_443_under_flexible,
    closed_80_under_strict,
    app_404,
    app_401,
    app_403,
    nine_days_left,
    origin_pulls_set_up,
    origin_pulls_set_up_by_page,
    not_proxied_and_works,
    page_about_502,
    page_about_522,
    slow_but_fine,
    https_redirect_on_80,
    www_redirect,
    only_ipv4,
    challenge,
    tunnel_connected,
    mode_off,
    gzip_and_chunks,
    endless_download,
    markup_and_escapes,
    origin_moved_to_another_port,
    account_busy,
    account_changed_long_ago,
    mode_raised_and_fine,
    pool_with_one_unwell,
    tunnel_degraded,
    record_of_another_machine_serves,
}
