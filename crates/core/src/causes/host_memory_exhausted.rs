//! The machine ran out of memory.
//!
//! # What you see
//! Error 502 all of a sudden, and the app is gone or was restarted; or everything on the machine
//! becomes slow until the edge gives up: 504, 522 or 524.
//!
//! # What is wrong
//! The programs on the machine want more memory than it has. The kernel then ends the one that has
//! most of it, which on a web server is mostly the app or the database (the out-of-memory killer).
//! Before that, or where there is much swap, everything waits for the disk. Too many workers for the
//! machine, a program that leaks, a backup or an import beside the site are the usual reasons.
//!
//! A service or container that reaches a limit of its own (`MemoryMax=`, `docker run --memory`) is
//! not this: then the machine has memory, and the cause is `app-killed`.
//!
//! # How we know
//! The kernel says that it ended a program since memory ran out, systemd says that the service was
//! killed, and another service of the same machine was not: certain. Where the kernel's log is not
//! to be seen, its counter of such kills stands for it: likely. While it happens: next to nothing is
//! available and programs wait for memory, and the app fails: likely.
//!
//! # What to do
//! See who takes it: `ps aux --sort=-rss | head`, `journalctl -k | grep -i "killed process"`. Run fewer
//! workers, stop what need not run there, or give the machine more memory. Then start the app again.
//!
//! Some swap (1 to 2 GB) turns a sudden end into slowness that can be seen coming. `Restart=on-failure`
//! in the app's unit brings it back by itself.
//!
//! # Sources
//! - Linux docs, admin-guide/sysctl/vm and accounting/psi; mm/oom_kill.c (6.1)
//! - systemd.exec(5), systemd.service(5): result `oom-kill`
use super::{Cause, Confidence, Verdict};
use crate::evidence::host::{Ending, Memory, UnitSeen, UpstreamAnswer};
use crate::evidence::{HttpAnswer, Reading, ReadingId};
use crate::hop::Hop;
use crate::logs::Class;
use crate::scene::Scene;
use crate::scene::host::OnHost;
use crate::scene::host::blame::weigh;
use crate::scene::suspect::Sign;

/// The cause.
pub static UNIT: Cause = Cause {
    code: "C902",
    hop: Hop::Host,
    title: "the machine ran out of memory",
    fixes: &[],
    judge,
};

fn judge(scene: &Scene<'_>) -> Verdict {
    let Some(host) = &scene.host else { return weigh(scene, None, &[]) };
    let killed = killed(host);
    let sign = killed.as_ref().and_then(|unit| of_a_kill(host, unit));
    let verdict = match sign.or_else(|| of_now(scene, host)) {
        Some(sign) => weigh(scene, Some(sign), &[]),
        None => weigh(scene, None, &clean(host, killed.is_some())),
    };
    let verdict = verdict.explaining(&[
        "app-killed",
        "app-stopped",
        "app-crash-looping",
        "app-worker-timeout",
        "proxy-stopped",
        "proxy-upstream-refused",
        "proxy-upstream-socket-missing",
        "proxy-upstream-closed-early",
        "proxy-upstream-timeout",
        "http-reply-too-late",
        "http-origin-answers-5xx",
    ]);
    let verdict = match host.memory() {
        Some((_, memory)) => verdict
            .with("total_bytes", memory.total)
            .with("available_bytes", memory.available)
            .with("kills", memory.kills),
        None => verdict,
    };
    match killed {
        Some((_, unit)) => verdict.with("unit", unit.name.as_str()),
        None => verdict,
    }
}

type Unit<'a> = (&'a Reading, &'a UnitSeen);

/// A service on the way that was killed and does not run.
fn killed<'a>(host: &OnHost<'a>) -> Option<Unit<'a>> {
    let all = [Hop::App, Hop::Proxy, Hop::Tunnel].into_iter().flat_map(|part| host.units(part));
    all.filter(|(_, unit)| !unit.is_active()).find(|(_, unit)| {
        let by_nine = matches!(unit.ended, Some(Ending::Killed { signal: 9, .. }));
        unit.result == "oom-kill" || (unit.result == "signal" && by_nine)
    })
}

/// The end of this service, as a lack of the whole machine's memory; its own limit is not that.
fn of_a_kill(host: &OnHost<'_>, (reading, unit): &Unit<'_>) -> Option<Sign> {
    let started = unit.started.or(unit.since)?;
    let mut told = host.events(Hop::Host).filter(|(_, kept)| {
        kept.event.class == Class::AppOutOfMemory
            && kept.at.is_some_and(|at| at.as_second() >= started.as_second())
    });
    let of_the_machine = |text: &str| text.contains("Out of memory: Killed process");
    let says = told.find(|(_, kept)| of_the_machine(&kept.event.text));
    let runs = |part: Hop| host.units(part).find(|(_, other)| other.is_active());
    let others = [Hop::Proxy, Hop::App, Hop::Tunnel].into_iter().filter_map(runs);
    let others: Vec<ReadingId> = others.map(|(other, _)| other.id).take(1).collect();
    let memory = host.memory();
    if let Some((log, _)) = says {
        let mut because = vec![reading.id, log.id];
        because.extend(memory.map(|(memory, _)| memory.id));
        return Some(Sign::new(because, others));
    }
    let (memory_in, memory) = memory?;
    let own =
        unit.memory_max.is_some() || memory.killed_units.iter().any(|(name, _)| *name == unit.name);
    let counted = memory.kills.is_some_and(|kills| kills > 0);
    (unit.result == "oom-kill" && counted && !own)
        .then(|| Sign::new([reading.id, memory_in.id], others).at_most(Confidence::Likely))
}

/// Memory that is short while we look.
fn of_now(scene: &Scene<'_>, host: &OnHost<'_>) -> Option<Sign> {
    let (reading, memory) = host.memory()?;
    if !is_short(memory) {
        return None;
    }
    let suffers = scene.proxy_upstreams().into_iter().find(|upstream| match upstream.answer {
        UpstreamAnswer::Http { http } => {
            matches!(http.as_ref(), HttpAnswer::Silent { .. } | HttpAnswer::Empty { .. })
        }
        UpstreamAnswer::Unconnected { .. } => true,
        _ => false,
    });
    let waits = memory.pressure.is_some_and(|pressure| pressure >= MUCH_PRESSURE);
    let sign = Sign::new([reading.id], []);
    Some(match suffers {
        Some(upstream) if waits => Sign { because: vec![reading.id, upstream.reading.id], ..sign }
            .at_most(Confidence::Likely),
        _ => sign.at_most(Confidence::Possible),
    })
}

/// A fifth of the time, in hundredths of a percent: at a tenth of it a machine is still at ease.
const MUCH_PRESSURE: u32 = 2_000;

/// Whether programs can get next to nothing, in memory or in swap.
fn is_short(memory: &Memory) -> bool {
    memory.available < memory.total / 50 && memory.swap_free <= memory.swap / 20
}

/// Memory that is there, where nothing on the way was killed.
fn clean(host: &OnHost<'_>, killed: bool) -> Vec<ReadingId> {
    let Some((reading, memory)) = host.memory() else { return Vec::new() };
    let never = memory.kills == Some(0);
    let plenty = memory.available >= memory.total / 20 && (never || !killed);
    if plenty { vec![reading.id] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::UNIT;
    use crate::evidence::host::{Known, UnitAnswer, UnitSeen, UpstreamAnswer, UpstreamAsked};
    use crate::evidence::{HostAnswer, HostQuestion, HttpAnswer};
    use crate::hop::Hop;
    use crate::logs::Class;
    use crate::proxy::nginx::{PeerAddress, Speaks};
    use crate::scene::sample::{Sitting, check, page};

    const KILLED: &str = "Out of memory: Killed process 812 (gunicorn) total-vm:3942860kB";
    const LIMITED: &str = "Memory cgroup out of memory: Killed process 812 (gunicorn) total-vm:1kB";
    const PLENTY: u64 = 3_000_000_000;

    fn failing() -> Sitting {
        Sitting::new().visits(502, page(502)).on_origin(Known::Told)
    }

    fn nginx_runs(sitting: Sitting) -> Sitting {
        let name = "nginx.service".to_owned();
        let active = "active".to_owned();
        let unit = UnitSeen { name: name.clone(), active, ..UnitSeen::default() };
        let answer = HostAnswer::Unit(UnitAnswer::Known(Box::new(unit)));
        sitting.within(HostQuestion::Unit { name, part: Hop::Proxy }, answer)
    }

    fn killed(result: &str) -> Sitting {
        nginx_runs(failing().app_unit(result, "shop"))
    }

    fn silent_app(sitting: Sitting) -> Sitting {
        let asked = UpstreamAsked {
            by: Hop::Proxy,
            to: PeerAddress::Unix("/run/shop/shop.sock".to_owned()),
            speaks: Speaks::Http,
            host: None,
            path: "/".to_owned(),
            sni: None,
            verifies: false,
            as_user: None,
        };
        let http = Box::new(HttpAnswer::Silent { after_ms: 3_000 });
        let answer = HostAnswer::Upstream(UpstreamAnswer::Http { http });
        sitting.within(HostQuestion::Upstream(asked), answer)
    }

    #[test]
    fn is_certain_when_the_kernel_says_so_and_only_one_service_was_killed() {
        for result in ["oom-kill", "signal"] {
            let sitting = killed(result).memory(PLENTY, |memory| memory.kills = Some(1));
            let sitting = sitting.kernel_says(5, Class::AppOutOfMemory, KILLED);
            check(&UNIT, sitting, "blames, certain");
        }
        let alone = failing().app_unit("oom-kill", "shop");
        let alone = alone.kernel_says(5, Class::AppOutOfMemory, KILLED);
        check(&UNIT, alone, "blames, likely");
    }

    #[test]
    fn blames_by_the_counter_where_the_kernel_s_log_is_not_seen() {
        let sitting = killed("oom-kill").memory(PLENTY, |memory| memory.kills = Some(1));
        check(&UNIT, sitting, "blames, likely");
    }

    #[test]
    fn leaves_a_limit_of_the_service_s_own_to_its_own_cause() {
        let limited = killed("oom-kill").memory(PLENTY, |memory| {
            memory.kills = Some(1);
            memory.killed_units = vec![("shop.service".to_owned(), 1)];
        });
        let limited = limited.kernel_says(5, Class::AppOutOfMemory, LIMITED);
        check(&UNIT, limited, "cannot tell");
    }

    #[test]
    fn blames_memory_that_is_short_now() {
        let short = |pressure| {
            let sitting = failing().app_unit("success", "shop");
            sitting.memory(40_000_000, |memory| memory.pressure = Some(pressure))
        };
        check(&UNIT, silent_app(short(4_000)), "blames, likely");
        check(&UNIT, silent_app(short(0)), "blames, possible");
        check(&UNIT, short(4_000), "blames, possible");
    }

    #[test]
    fn clears_a_machine_that_has_memory_whatever_happened_before() {
        check(&UNIT, failing().memory(PLENTY, |_| ()), "clears");
        // Somebody killed it by hand.
        check(&UNIT, killed("signal").memory(PLENTY, |_| ()), "clears");
        // The kernel killed another program some day, and nothing of the site's.
        let other = nginx_runs(failing()).memory(PLENTY, |memory| memory.kills = Some(3));
        check(&UNIT, other.kernel_says(20, Class::AppOutOfMemory, KILLED), "clears");
        // Before the app's last start.
        let before = killed("signal").memory(PLENTY, |_| ());
        check(&UNIT, before.kernel_says(90, Class::AppOutOfMemory, KILLED), "clears");
    }

    #[test]
    fn cannot_tell_when_memory_was_not_asked() {
        let says = "cannot tell: a longer look into the origin, such as --timeout 60: this one did not show it";
        check(&UNIT, failing(), says);
        let outside = Sitting::new().visits(502, page(502));
        check(
            &UNIT,
            outside,
            "cannot tell: a look into the origin: run rayfix there, or add --ssh root@ORIGIN here",
        );
    }
}
