//! Visits in words: one by one, or several that ended alike in one sentence.

use super::units::{duration, list_of};
use super::{connection, http, tls};
use crate::evidence::edge::Column;
use crate::evidence::{EdgePage, HttpAnswer, PageForm, Question, Reading, VisitAnswer};
use crate::report::guard::quote;
use crate::target::Scheme;

/// What differs between visits that ended alike.
#[derive(Default)]
pub(super) struct Sitting {
    peers: String,
    visits: String,
    times: String,
    rays: String,
}

impl Sitting {
    pub(super) fn of(reading: &Reading, answer: &VisitAnswer) -> Sitting {
        Sitting {
            peers: peer(&reading.question),
            visits: format!("visit {}", sample(reading)),
            times: first_byte(answer).map(duration).unwrap_or_default(),
            rays: ray(answer).map(|ray| format!(" (ray {})", quote(ray))).unwrap_or_default(),
        }
    }

    pub(super) fn of_all(readings: &[&Reading]) -> Sitting {
        let answers = || readings.iter().filter_map(|reading| reading.visit());
        let numbers: Vec<u32> = readings.iter().map(|one| sample(one)).collect();
        let times = (
            answers().filter_map(first_byte).min().map(duration).unwrap_or_default(),
            answers().filter_map(first_byte).max().map(duration).unwrap_or_default(),
        );
        let mut peers: Vec<String> = Vec::new();
        for one in readings.iter().map(|reading| peer(&reading.question)) {
            if !peers.contains(&one) {
                peers.push(one);
            }
        }
        let rays: Vec<&str> = answers().filter_map(ray).collect();
        Sitting {
            peers: list_of(&peers, 3),
            visits: format!("visits {}", runs(&numbers)),
            times: if times.0 == times.1 { times.0 } else { format!("{} to {}", times.0, times.1) },
            rays: match rays[..] {
                [] => String::new(),
                [one] => format!(" (ray {})", quote(one)),
                [one, ..] => format!(" (ray {} and {} more)", quote(one), rays.len() - 1),
            },
        }
    }
}

/// The address that a visit was made at; with the port where that is not the site's own.
fn peer(question: &Question) -> String {
    match question {
        Question::Visit { site, to, .. } if to.port() == site.port => to.ip().to_string(),
        other => other.peer(),
    }
}

fn sample(reading: &Reading) -> u32 {
    match reading.question {
        Question::Visit { sample, .. } => sample,
        _ => 1,
    }
}

/// `1 to 4`, `1 and 2`, `1, 3 to 5 and 9`.
fn runs(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let said = |(first, last): (u32, u32)| match last - first {
        0 => vec![first.to_string()],
        1 => vec![first.to_string(), last.to_string()],
        _ => vec![format!("{first} to {last}")],
    };
    list_of(&runs.into_iter().flat_map(said).collect::<Vec<_>>(), 9)
}

fn first_byte(answer: &VisitAnswer) -> Option<u64> {
    match answer {
        VisitAnswer::Http { http: HttpAnswer::Replied(reply), .. } => Some(reply.first_byte_ms),
        _ => None,
    }
}

fn ray(answer: &VisitAnswer) -> Option<&str> {
    match answer {
        VisitAnswer::Http { ray, page, .. } => {
            ray.as_deref().or(page.as_ref().and_then(|page| page.ray.as_deref()))
        }
        _ => None,
    }
}

/// The sentence of a visit, and whether it can be told together with others like it.
pub(super) fn visit(
    question: &Question,
    answer: &VisitAnswer,
    sitting: &Sitting,
) -> (String, bool) {
    let Sitting { peers: peer, visits, times, rays } = sitting;
    let how = match question {
        Question::Visit { site, leg, .. } => {
            let over = if site.scheme == Scheme::Http { " over http" } else { "" };
            let leg = match leg {
                0 => String::new(),
                1 => format!(", sent on to {}", quote(&site.to_string())),
                more => format!(", sent on {more} times, at last to {}", quote(&site.to_string())),
            };
            format!("{over}{leg}")
        }
        _ => String::new(),
    };
    let comma = if how.contains(',') { "," } else { "" };
    match answer {
        VisitAnswer::Nothing { tcp } => {
            (format!("{peer}, asked on {visits}{how}, {}", connection(tcp, 0)), true)
        }
        VisitAnswer::Tcp { tls: answer } => {
            (format!("{peer}, greeted on {visits}{how}, {}", tls::handshake(answer)), true)
        }
        VisitAnswer::Http { greeting, http: HttpAnswer::Replied(reply), page, .. } => {
            let page = page.as_ref().map(page_words).unwrap_or_default();
            let more = http::particulars(reply, &format!("; {peer}"));
            let flaw = match greeting {
                Some(greeting) if !greeting.chain.faults.is_empty() => {
                    format!("; {peer} showed a certificate {}", tls::certificate(&greeting.chain))
                }
                _ => String::new(),
            };
            let status = reply.status;
            let said = format!(
                "{visits} at {peer}{how}{comma} got {status}{page} in {times}{rays}{more}{flaw}"
            );
            (said, true)
        }
        VisitAnswer::Http { http: answer, .. } => {
            let alike = !matches!(answer, HttpAnswer::Empty { .. } | HttpAnswer::CutInHead { .. });
            (format!("{peer}, asked on {visits}{how}, {}", http::reply(answer)), alike)
        }
    }
}

/// How Cloudflare tells an error, to follow the status.
pub(super) fn page_words(page: &EdgePage) -> String {
    let error = page.code.map_or_else(|| "an error".to_owned(), |code| format!("error {code}"));
    match page.form {
        PageForm::Problem | PageForm::Markdown => match &page.name {
            Some(name) => format!(", which Cloudflare names {},", quote(name)),
            None => format!(", which Cloudflare tells as {error},"),
        },
        PageForm::Text => format!(" with Cloudflare's one line for {error}"),
        PageForm::Branded => match page.column {
            Some(Column::Browser) => " on Cloudflare's branded page, which marks the browser,",
            Some(Column::Cloudflare) => " on Cloudflare's branded page, which marks Cloudflare,",
            Some(Column::Host) => " on Cloudflare's branded page, which marks the host,",
            None => " on Cloudflare's branded page",
        }
        .to_owned(),
        PageForm::Unbranded => " on Cloudflare's bare page".to_owned(),
        PageForm::Numbered => format!(" on Cloudflare's page for {error}"),
        PageForm::Challenge => " with a challenge or block page of Cloudflare".to_owned(),
    }
}
