//! A good certificate lies on the disk, and the web server still shows the old one.
//!
//! # What you see
//! Error 526 behind a proxied record in SSL mode strict, while `certbot certificates` says that all
//! is well. In mode full and weaker the site works on.
//!
//! # What is wrong
//! A web server reads its certificates when it starts and when it is reloaded, not when the files
//! change. The certificate was renewed or replaced, and nobody reloaded: common with `certbot
//! certonly` and no deploy hook, with acme.sh without `--reloadcmd`, and where files are copied in by
//! hand or by a tool for configurations. It shows only weeks later, when the old one's time is over.
//!
//! # How we know
//! The certificate that is served has a fault that breaks the site, the one in the file that the web
//! server is told to show is another, newer one without any: certain. If the web server has read its
//! files since the file was changed, a reload would have helped already, and it is possible at most.
//!
//! # What to do
//! `nginx -t`, then `systemctl reload nginx`. No visitor is cut off by that.
//!
//! So that it does not come back: `certbot reconfigure --cert-name NAME --deploy-hook "systemctl
//! reload nginx"`, or a script that does this in `/etc/letsencrypt/renewal-hooks/deploy/`. With
//! acme.sh: `acme.sh --install-cert -d NAME … --reloadcmd "systemctl reload nginx"`.
//!
//! # Sources
//! - nginx docs, control (reload) and ngx_http_ssl_module, read 2026-11
//! - certbot docs, using (renewal hooks), read 2026-11
use super::{Cause, Confidence, Verdict};
use crate::evidence::chain::{ChainFault, ChainSeen};
use crate::evidence::{ReadingId, TlsAnswer};
use crate::hop::Hop;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::blame::weigh;
use crate::scene::host::certificates::FileSeen;
use crate::scene::roads::{RoadSeen, is_of_dates};
use crate::scene::suspect::{Sign, Suspicion, suspect};
use crate::target::{Scheme, SslMode};

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C513",
    hop: Hop::Tls,
    title: "a good certificate lies on the disk, and the web server still shows the old one",
    fixes: &["tls-reload-certificate"],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let sign = |road: &RoadSeen<'_>, mode: SslMode| {
        let (greet, served) = shown(road)?;
        if !mode.validates() || faults(road, served).is_empty() {
            return None;
        }
        let file = waiting(host, road)?;
        let sign = Sign::new([greet], [file.reading.id]);
        let at_most = if file.was_read_since() == Some(true) {
            Confidence::Possible
        } else if is_own(scene, host, road) {
            Confidence::Certain
        } else {
            Confidence::Likely
        };
        Some(sign.at_most(at_most))
    };
    let clean = |road: &RoadSeen<'_>, _: SslMode| {
        if road.road.scheme == Scheme::Http {
            return road.tcp.map(|reading| reading.id);
        }
        let (greet, served) = shown(road)?;
        let same = || {
            let files = host.certificates_for(road.road.to.port());
            files.into_iter().find(|file| file.file.chain.sha256 == served.sha256)
        };
        match faults(road, served).is_empty() {
            true => Some(greet),
            false => same().map(|file| file.reading.id),
        }
    };
    let suspicion = Suspicion { hop: Hop::Tls, named_by: &[526], sign: &sign, clean: &clean };
    let verdict = suspect(scene, &suspicion).explaining(&[
        "tls-certificate-expired",
        "tls-certificate-not-yet-valid",
        "tls-certificate-self-signed",
        "tls-certificate-name-mismatch",
        "tls-chain-incomplete",
        "tls-issuer-untrusted",
    ]);
    let used = scene.used_roads();
    let found = used.iter().find_map(|(road, _)| Some((shown(road)?.1, waiting(host, road)?)));
    let Some((served, file)) = found else { return verdict };
    verdict
        .with("file", file.path)
        .with("served_sha256", served.sha256.clone())
        .with("served_not_after", served.not_after.to_string())
        .with("file_sha256", file.file.chain.sha256.clone())
        .with("file_not_after", file.file.chain.not_after.to_string())
        .with("file_changed", file.file.changed.map(|at| at.to_string()))
        .with("loaded", file.file.loaded.map(|at| at.to_string()))
}

/// The chain that was shown for the site's name.
fn shown<'a>(road: &RoadSeen<'a>) -> Option<(ReadingId, &'a ChainSeen)> {
    match (road.greet, road.tls_answer()) {
        (Some(reading), Some(TlsAnswer::Greeted(greeting))) => Some((reading.id, &greeting.chain)),
        _ => None,
    }
}

/// The faults of a chain; dates do not count where this machine's clock is off.
fn faults<'c>(road: &RoadSeen<'_>, chain: &'c ChainSeen) -> Vec<&'c ChainFault> {
    chain.faults.iter().filter(|fault| road.dates_count || !is_of_dates(fault)).collect()
}

/// A good certificate, newer or put there later, in a file that is to be shown on this road, where none of these
/// files holds the one that is shown.
fn waiting<'a>(host: &OnHost<'a>, road: &RoadSeen<'_>) -> Option<FileSeen<'a>> {
    let (_, served) = shown(road)?;
    let files = host.certificates_for(road.road.to.port());
    if files.iter().any(|file| file.file.chain.sha256 == served.sha256) {
        return None;
    }
    files.into_iter().find(|file| {
        let chain = &file.file.chain;
        chain.faults.is_empty()
            // A makeshift one may be younger than what a later change of the file brought.
            && (chain.not_before >= served.not_before || file.was_read_since() == Some(false))
            && file.file.key_fits != Some(false)
    })
}

/// Whether the road leads to this machine, so that its files have to do with what is shown.
fn is_own(scene: &Scene<'_>, host: &OnHost<'_>, road: &RoadSeen<'_>) -> bool {
    let to = road.road.to.ip();
    scene.target.origins_assumed || to.is_loopback() || host.place.addresses.contains(&to)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::UNIT;
    use crate::evidence::TcpAnswer;
    use crate::evidence::chain::ChainFault;
    use crate::evidence::host::Known;
    use crate::hop::Hop;
    use crate::scene::certificates::origin_with;
    use crate::scene::host::told::before;
    use crate::scene::sample::{Sitting, check, expired, page};
    use crate::target::SslMode;

    fn strict(faults: Vec<ChainFault>) -> Sitting {
        origin_with(faults).mode(SslMode::Strict).visits(526, page(526))
    }

    fn waiting(sitting: Sitting, changed: Option<Timestamp>, loaded: Option<Timestamp>) -> Sitting {
        sitting.on_origin(Known::Told).certificate_file(vec![], "cd", changed, loaded)
    }

    fn renewed(sitting: Sitting) -> Sitting {
        waiting(sitting, Some(before(90)), Some(before(9000)))
    }

    #[test]
    fn is_certain_when_the_file_is_good_and_another_one_is_served() {
        for fault in [expired(), ChainFault::NameMismatch, ChainFault::Incomplete] {
            check(&UNIT, renewed(strict(vec![fault])), "blames, certain");
        }
        check(&UNIT, waiting(strict(vec![expired()]), None, None), "blames, certain");
    }

    #[test]
    fn is_likely_when_the_edge_says_only_502() {
        let sitting = origin_with(vec![expired()]).mode(SslMode::Strict).visits(502, page(502));
        check(&UNIT, renewed(sitting), "blames, likely");
    }

    #[test]
    fn is_no_more_than_possible_when_a_reload_has_not_helped() {
        let sitting = waiting(strict(vec![expired()]), Some(before(90)), Some(before(10)));
        check(&UNIT, sitting, "blames, possible");
    }

    #[test]
    fn clears_a_file_that_is_served_as_it_is() {
        let same = strict(vec![expired()]).on_origin(Known::Told);
        let same = same.certificate_file(vec![expired()], "ab", None, None);
        check(&UNIT, same, "clears");
        check(&UNIT, renewed(Sitting::healthy()), "clears");
        let full = origin_with(vec![expired()]).mode(SslMode::Full).served();
        check(&UNIT, renewed(full), "clears");
    }

    #[test]
    fn leaves_a_file_that_is_no_better_to_other_causes() {
        let worse = strict(vec![expired()]).on_origin(Known::Told);
        let worse = worse.certificate_file(vec![ChainFault::SelfSigned], "cd", None, None);
        check(&UNIT, worse, "cannot tell: mend what breaks at tls first");
    }

    #[test]
    fn cannot_tell_when_the_files_were_not_read_or_the_road_is_cut() {
        let says = "cannot tell: mend what breaks at tls first";
        check(&UNIT, strict(vec![expired()]).on_origin(Known::Told), says);
        let cut = Sitting::new().mode(SslMode::Strict).tcp(TcpAnswer::Refused).unreached(Hop::Net);
        let cut = renewed(cut.visits(521, page(521)));
        check(&UNIT, cut, "cannot tell: mend what breaks at net first");
        let says =
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here";
        check(&UNIT, strict(vec![expired()]), says);
    }
}
