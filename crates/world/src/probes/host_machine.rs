//! What the machine under the site has left: room, memory, files, connections, processors.
//!
//! # What it asks
//! The kernel: the room of the file systems that the site writes to, memory and kills for want of
//! it, the open files of the site's programs against their limits, the packet filter's table, the
//! load.
//!
//! # What it touches
//! Nothing: files in `/proc` and `/sys` are read. File systems over the network are not asked.
//!
//! # What the answers mean
//! A full disk or a limit that is reached breaks the site only where the site needs it: each reading
//! says for what. The open files of other users' programs are seen by root only.
//!
//! # Sources
//! - proc(5); statvfs(3); Linux docs, admin-guide/cgroup-v2 and accounting/psi
use std::sync::Arc;

use rayfix_core::evidence::host::UnitAnswer;
use rayfix_core::evidence::{Answer, HostAnswer, HostQuestion, Seen, WhyNot};
use rayfix_core::hop::Hop;

use super::{Asking, Probe, Turn};
use crate::host::machine::{self, Area, Job};
use crate::host::{Host, aside};
use crate::sitting::{Sitting, all};

/// The probe.
pub static UNIT: Probe = Probe {
    touches: "nothing",
    turn: Turn::Last,
    ask: |sitting| -> Asking { Box::pin(ask(sitting)) },
};

const NAME: &str = "host_machine";

async fn ask(sitting: Arc<Sitting>) {
    let Some(host) = sitting.host.clone() else { return };
    let (proxies, listeners, programs) =
        (host.proxies().await, host.listeners().await, host.programs().await);
    // Who should listen at an upstream was found out in the first turn.
    let owners = sitting.seen_so_far(|seeing| match &seeing.answer {
        Answer::Got(Seen::Host(HostAnswer::Owner(owner))) => Some(owner.clone()),
        _ => None,
    });
    let jobs = machine::jobs(&proxies, &listeners, &owners, &programs);
    let of_proxies = machine::folders(&proxies);
    tokio::join!(
        resources(&sitting),
        files(&sitting, &jobs),
        disks(&sitting, &host, &jobs, of_proxies)
    );
}

async fn resources(sitting: &Arc<Sitting>) {
    let told = |answer: Option<HostAnswer>| {
        let unknown = || HostAnswer::Failed { why: "the kernel does not tell".to_owned() };
        Ok(answer.unwrap_or_else(unknown))
    };
    let ask = |question, look: fn() -> Option<HostAnswer>| {
        aside::ask(Arc::clone(sitting), NAME, question, move || told(look()))
    };
    let everyone =
        HostQuestion::Files { program: "the origin".to_owned(), pid: 0, part: Hop::Host };
    tokio::join!(
        ask(HostQuestion::Memory, || machine::memory().map(HostAnswer::Memory)),
        ask(HostQuestion::Conntrack, || Some(HostAnswer::Conntrack(machine::conntrack()))),
        ask(HostQuestion::Load, || machine::load().map(HostAnswer::Load)),
        ask(everyone, || machine::all_files().map(HostAnswer::Files)),
    );
}

/// The open files of each job that runs.
async fn files(sitting: &Arc<Sitting>, jobs: &[Job]) {
    let running = jobs.iter().filter(|job| !job.pids.is_empty()).cloned();
    let asking = running.map(|job| {
        let sitting = Arc::clone(sitting);
        async move {
            let program = job.name.clone();
            let question = HostQuestion::Files { program, pid: job.pids[0], part: job.part };
            let look = move || match machine::most_open(&job) {
                Ok(files) => Ok(HostAnswer::Files(files)),
                Err(machine::Uncounted::NeedsRoot) => Err(WhyNot::NeedsRoot),
                Err(machine::Uncounted::Gone) => {
                    Ok(HostAnswer::Failed { why: "it ended meanwhile".to_owned() })
                }
            };
            aside::ask(sitting, NAME, question, look).await;
        }
    });
    all(asking.collect::<Vec<_>>()).await;
}

async fn disks(
    sitting: &Arc<Sitting>,
    host: &Host,
    jobs: &[Job],
    mut folders: Vec<machine::Folder>,
) {
    let mut of_jobs = Vec::new();
    // nginx's own files are known; those of others only from what they have open.
    for job in jobs.iter().filter(|job| job.part == Hop::App) {
        let unit = match host.unit(&job.name).await {
            UnitAnswer::Known(unit) => unit.file,
            _ => None,
        };
        of_jobs.push((job.clone(), unit));
    }
    let found = aside::work(sitting, move || {
        for (job, unit) in &of_jobs {
            folders.extend(machine::folders_of(job, unit.as_deref()));
        }
        machine::areas(&folders)
    });
    let Some(Ok(areas)) = found.await else { return };
    let asking = areas.into_iter().map(|area: Area| {
        let sitting = Arc::clone(sitting);
        async move {
            let question = HostQuestion::Disk {
                path: area.path.clone(),
                used_for: area.used_for.clone(),
                parts: area.parts.clone(),
            };
            let look = move || {
                let failed = |why| HostAnswer::Failed { why };
                Ok(machine::room(&area).map_or_else(failed, HostAnswer::Disk))
            };
            aside::ask(sitting, NAME, question, look).await;
        }
    });
    all(asking.collect::<Vec<_>>()).await;
}

#[cfg(test)]
mod tests {
    use rayfix_core::evidence::Question;
    use rayfix_core::target::{Site, Target};

    use super::*;
    use crate::setup::{OnOrigin, Setup};

    async fn sitting(on_origin: OnOrigin) -> Arc<Sitting> {
        let target = Target::new(Site::parse("shop.example").unwrap());
        let mut sitting = Sitting::new(target.clone(), Setup::default());
        sitting.host = Host::find(&target, on_origin).await;
        Arc::new(sitting)
    }

    #[tokio::test]
    async fn the_machine_is_asked_only_where_it_may_be() {
        let away = sitting(OnOrigin::No).await;
        (UNIT.ask)(Arc::clone(&away)).await;
        assert!(away.take_seen().is_empty());

        let here = sitting(OnOrigin::Yes).await;
        (UNIT.ask)(Arc::clone(&here)).await;
        let seen = here.take_seen();
        let has = |wanted: fn(&HostQuestion, &HostAnswer) -> bool| {
            seen.iter().any(|seeing| match (&seeing.question, &seeing.answer) {
                (Question::Host(question), Answer::Got(Seen::Host(answer))) => {
                    assert!(question.fits(answer), "{question:?}: {answer:?}");
                    wanted(question, answer)
                }
                _ => false,
            })
        };
        assert!(has(|_, answer| matches!(answer, HostAnswer::Memory(memory) if memory.total > 0)));
        assert!(has(|_, answer| matches!(answer, HostAnswer::Conntrack(_))));
        assert!(has(|_, answer| matches!(answer, HostAnswer::Load(_))));
        assert!(has(|_, answer| matches!(answer, HostAnswer::Files(files) if files.open > 0)));
        let temporary = |question: &HostQuestion| matches!(question, HostQuestion::Disk { used_for, .. } if used_for.contains("temporary"));
        assert!(seen.iter().any(|seeing| {
            matches!(&seeing.question, Question::Host(question) if temporary(question))
        }));
    }
}
