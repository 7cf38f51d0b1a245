//! A whole zone, asked: its mode and rules from the account, and each origin as the edge would ask it.
//!
//! The account is read only. Of the origins at most so many are asked at one time; one that several records lead to
//! under the same name is asked once, and an address that does not answer is waited for once. Each door gets a
//! connection, a handshake with the name, and a GET of the first page with the headers that the edge adds, for each
//! scheme of visitors that some mode would ask it for. Nothing is judged here.

mod account;
mod doors;

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rayfix_core::evidence::account::{ApiRefusal, DnsRecord};
use rayfix_core::evidence::{DnsAnswer, Record, TcpAnswer};
use rayfix_core::radius::{
    Aside, DoorSeen, Doubt, Lead, Leads, OriginSeen, RecordAsked, ZoneAsked, lead, needed,
};
use rayfix_core::ranges::Ranges;
use rayfix_core::target::{Scheme, SslMode};
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::clock;
use crate::cloudflare::Client;
use crate::lookup;
use crate::setup::Detours;

/// What to ask, and how.
pub struct Survey {
    /// Asks the account.
    pub client: Arc<Client>,
    /// The zone's name: `example.com`.
    pub zone: String,
    /// The modes that are to be told apart; empty: all. The zone's own, and those of rules, are added.
    pub modes: Vec<SslMode>,
    /// Addresses to use instead of others.
    pub detours: Detours,
    /// DER of roots to trust besides those that the edge trusts.
    pub given_roots: Vec<Vec<u8>>,
    /// Who is asked for addresses; none: whoever the system asks.
    pub resolver: Option<SocketAddr>,
    /// Which addresses are Cloudflare's.
    pub ranges: Ranges,
    /// For all origins together; what was not asked by then is told as such.
    pub timeout: Duration,
    /// How many origins are asked at one time, 1 to 32.
    pub jobs: usize,
    /// Hears how many of how many origins are done; called from any thread, and must return at once.
    pub progress: Option<Arc<dyn Fn(usize, usize) + Send + Sync>>,
}

/// The most origins that are asked at one time.
pub const MOST_JOBS: usize = 32;

/// The most addresses of one name that are asked.
const MOST_ADDRESSES: usize = 4;

/// Why a zone could not be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SurveyError {
    /// The token sees no zone of this name.
    NoZone,
    /// The account refused something that nothing can be told without: `the zone`, `its SSL mode`, `its DNS records`.
    Refused(&'static str, ApiRefusal),
}

/// Asks the account, then the origins.
///
/// # Errors
/// When the account does not tell the zone, its mode or its records.
pub async fn survey(survey: &Survey) -> Result<ZoneAsked, SurveyError> {
    let begun = clock::instant();
    let mut account = account::read(&survey.client, &survey.zone).await?;
    let by = clock::instant() + survey.timeout;
    let mut zone = std::mem::take(&mut account.records);
    zone.sort_by(|one, other| {
        (spelled(&one.name), &one.kind, &one.content).cmp(&(
            spelled(&other.name),
            &other.kind,
            &other.content,
        ))
    });
    let proxied: Vec<&DnsRecord> =
        zone.iter().filter(|record| record.proxied && !account.zone.paused).collect();

    let mut roots = survey.given_roots.clone();
    let only = !account.trusted.is_empty();
    roots.extend(account.trusted.iter().cloned());
    let mut asking = Asking {
        detours: survey.detours.clone(),
        roots,
        only_roots: only,
        requests: needed(&modes(survey, &account), &account.habits),
        by,
        limits: doors::Limits::within(survey.timeout),
        connected: HashMap::new(),
    };

    // Where each record leads; names elsewhere are looked up, each once.
    let leads: Vec<Lead> = proxied.iter().map(|record| lead(record, &zone)).collect();
    let jobs = Arc::new(Semaphore::new(survey.jobs.clamp(1, MOST_JOBS)));
    let names = resolved(survey, &leads, &jobs, by).await;

    // Each address under each name, once.
    let mut ways: Vec<Way> = Vec::new();
    let mut known: HashMap<Way, usize> = HashMap::new();
    let mut records = Vec::new();
    for (record, lead) in proxied.iter().zip(&leads) {
        let host = asked_as(&record.name, &zone);
        let detour = account.overrides.detour(&host);
        let balanced = account.balanced.iter().any(|name| *name == spelled(&record.name));
        let to = match lead {
            _ if balanced => Err(Leads::Unknown(Doubt::Balanced)),
            _ if detour.unfollowed => Err(Leads::Unknown(Doubt::Rule)),
            Lead::Aside(aside) => Err(Leads::Aside(*aside)),
            Lead::Nowhere => Err(Leads::Nowhere),
            Lead::Addresses(found) if found.iter().any(|ip| survey.ranges.contains(*ip)) => {
                Err(Leads::Aside(Aside::Prohibited))
            }
            Lead::Addresses(found) => Ok(found.clone()),
            Lead::Name(name) => names.get(name).cloned().unwrap_or(Err(Leads::Nowhere)),
        };
        let to = to.map(|found| detour.address.map_or(found, |address| vec![address]));
        let to = to.map(|found| {
            let way = |address: &IpAddr| Way {
                address: *address,
                plain: detour.port.unwrap_or(80),
                tls: detour.port.unwrap_or(443),
                host: host.clone(),
                sni: detour.sni.clone().unwrap_or_else(|| host.clone()),
                header: detour.host.clone().unwrap_or_else(|| host.clone()),
            };
            found
                .iter()
                .take(MOST_ADDRESSES)
                .map(way)
                .map(|way| match known.get(&way) {
                    Some(at) => *at,
                    None => {
                        ways.push(way.clone());
                        known.insert(way, ways.len() - 1);
                        ways.len() - 1
                    }
                })
                .collect::<Vec<usize>>()
        });
        records.push((*record, host, to));
    }
    for way in &ways {
        for port in [way.plain, way.tls] {
            let to = asking.detours.lead(SocketAddr::new(way.address, port));
            asking.connected.entry(to).or_default();
        }
    }

    let requests = asking.requests.clone();
    let (seen, at_once) = asked(survey, Arc::new(asking), &ways, &jobs).await;
    let records = records
        .into_iter()
        .map(|(record, host, to)| RecordAsked {
            name: record.name.clone(),
            host,
            kind: record.kind.clone(),
            content: record.content.clone(),
            leads: match to {
                Err(leads) => leads,
                Ok(origins) => Leads::Origins(origins.iter().map(|&at| seen[at].clone()).collect()),
            },
        })
        .collect();
    Ok(ZoneAsked {
        name: account.zone.name.clone(),
        mode: account.mode,
        automatic: account.automatic,
        paused: account.zone.paused,
        habits: account.habits,
        overrides: account.overrides,
        records,
        requests,
        unread: account.unread,
        at_once,
        took_ms: clock::ms_since(begun),
    })
}

/// The modes that some host of the zone has, or would have.
fn modes(survey: &Survey, account: &account::Account) -> Vec<SslMode> {
    if survey.modes.is_empty() {
        return SslMode::ALL.to_vec();
    }
    let mut modes = survey.modes.clone();
    modes.extend(account.mode);
    modes.extend(account.overrides.modes());
    modes
}

/// A name that a record is asked by. A star stands for a label that no record has.
fn asked_as(name: &str, zone: &[DnsRecord]) -> String {
    let name = spelled(name);
    let Some(rest) = name.strip_prefix("*.") else { return name };
    let taken = |host: &str| zone.iter().any(|record| spelled(&record.name) == host);
    let names = std::iter::once("www".to_owned()).chain((1..).map(|n| format!("rayfix-{n}")));
    let mut free = names.map(|label| format!("{label}.{rest}")).filter(|host| !taken(host));
    free.next().unwrap_or_default()
}

fn spelled(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// An address, asked under a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Way {
    address: IpAddr,
    plain: u16,
    tls: u16,
    /// The visitor's.
    host: String,
    /// In the hello.
    sni: String,
    /// In the request.
    header: String,
}

/// What asking every origin takes.
struct Asking {
    detours: Detours,
    roots: Vec<Vec<u8>>,
    /// Whether the zone trusts these and nobody else.
    only_roots: bool,
    requests: Vec<(Scheme, Scheme)>,
    by: Instant,
    limits: doors::Limits,
    /// How each real address answers a connection, asked once.
    connected: HashMap<SocketAddr, OnceCell<TcpAnswer>>,
}

/// Where names lead, each looked up once.
async fn resolved(
    survey: &Survey,
    leads: &[Lead],
    jobs: &Arc<Semaphore>,
    by: Instant,
) -> BTreeMap<String, Result<Vec<IpAddr>, Leads>> {
    let mut names = BTreeMap::new();
    let mut looking = JoinSet::new();
    let servers = match survey.resolver {
        Some(server) => vec![server],
        None => lookup::system_servers(),
    };
    for lead in leads {
        let Lead::Name(name) = lead else { continue };
        if names.insert(name.clone(), Err(Leads::Unknown(Doubt::NotAsked))).is_some() {
            continue;
        }
        // A detour for the name says where it leads.
        let given = [443, 80].iter().find_map(|port| survey.detours.of(name, *port));
        if let Some(given) = given {
            names.insert(name.clone(), Ok(vec![given.ip()]));
            continue;
        }
        let (name, servers) = (name.clone(), servers.clone());
        let (jobs, ranges) = (Arc::clone(jobs), survey.ranges.clone());
        looking.spawn(async move {
            let _turn = jobs.acquire_owned().await;
            let until = by.min(clock::instant() + Duration::from_secs(5));
            let (v4, v6) = tokio::join!(
                lookup::lookup(&servers, &name, Record::A, until),
                lookup::lookup(&servers, &name, Record::Aaaa, until)
            );
            (name, told(&[v4, v6], &ranges))
        });
    }
    while let Some(Ok((name, found))) = looking.join_next().await {
        names.insert(name, found);
    }
    names
}

/// Where a name leads, by what was answered for both families.
fn told(answers: &[DnsAnswer], ranges: &Ranges) -> Result<Vec<IpAddr>, Leads> {
    let mut found = Vec::new();
    for answer in answers {
        if let DnsAnswer::Resolved { addresses, aliases } = answer {
            if aliases.iter().any(|alias| alias.ends_with(".cfargotunnel.com")) {
                return Err(Leads::Aside(Aside::Tunnel));
            }
            found.extend(addresses.iter().copied());
        }
    }
    if found.iter().any(|address| ranges.contains(*address)) {
        return Err(Leads::Unknown(Doubt::Behind));
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let open = |answer: &DnsAnswer| matches!(answer, DnsAnswer::Silent | DnsAnswer::Failed { .. });
    Err(if answers.iter().any(open) { Leads::Unknown(Doubt::Unresolved) } else { Leads::Nowhere })
}

/// Asks all ways, so many at a time; with how many there were at one time at most.
async fn asked(
    survey: &Survey,
    asking: Arc<Asking>,
    ways: &[Way],
    jobs: &Arc<Semaphore>,
) -> (Vec<OriginSeen>, usize) {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut running = JoinSet::new();
    for (at, way) in ways.iter().cloned().enumerate() {
        let (asking, jobs) = (Arc::clone(&asking), Arc::clone(jobs));
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        running.spawn(async move {
            let _turn = jobs.acquire_owned().await;
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let seen = timeout_at(asking.by, doors::origin(&asking, &way)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            (at, seen.ok())
        });
    }
    let unasked = |way: &Way| OriginSeen {
        address: way.address,
        plain: DoorSeen::unasked(way.plain, Doubt::NotAsked),
        tls: DoorSeen::unasked(way.tls, Doubt::NotAsked),
    };
    let mut seen: Vec<OriginSeen> = ways.iter().map(unasked).collect();
    let mut done = 0;
    let tell = |done: usize| {
        if let Some(progress) = &survey.progress {
            progress(done, ways.len());
        }
    };
    tell(0);
    while let Some(ended) = running.join_next().await {
        done += 1;
        if let Ok((at, Some(origin))) = ended {
            seen[at] = origin;
        }
        tell(done);
    }
    (seen, most.load(Ordering::SeqCst))
}
