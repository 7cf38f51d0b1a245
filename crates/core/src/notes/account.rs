//! Notes on the account: what it did not tell and why, and what it tells of a site that works today.

use crate::diagnosis::Note;
use crate::evidence::ReadingId;
use crate::evidence::account::{AccountAnswer, ApiRefusal, RefusalKind};
use crate::report::words::account::refusal::gist;
use crate::report::words::units::{list_of, several};
use crate::scene::Scene;
use crate::scene::counted::alone;
use crate::scene::visits::EdgeState;

/// The notes.
pub(super) fn of(scene: &Scene<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    notes.extend(refused(scene));
    notes.extend(without_zone(scene));
    notes.extend(degraded(scene));
    notes.extend(one_place(scene));
    notes
}

/// One line of what could not be asked, and why.
fn refused(scene: &Scene<'_>) -> Option<Note> {
    let all: Vec<_> =
        scene.account.refusals().filter(|(.., one)| one.kind != RefusalKind::NotFound).collect();
    if all.is_empty() {
        return None;
    }
    let because: Vec<ReadingId> = all.iter().map(|(id, ..)| *id).collect();
    let mut permissions: Vec<String> = Vec::new();
    let mut others: Vec<(String, usize)> = Vec::new();
    for (_, question, refusal) in &all {
        let known = refusal.permission.as_deref().or(question.permission());
        match (refusal.kind, known) {
            (RefusalKind::OutOfScope, Some(permission)) => {
                if !permissions.iter().any(|one| one == permission) {
                    permissions.push(permission.to_owned());
                }
            }
            _ => {
                let why = why(refusal);
                match others.iter_mut().find(|(said, _)| *said == why) {
                    Some((_, number)) => *number += 1,
                    None => others.push((why, 1)),
                }
            }
        }
    }
    let asked = scene.account.all().count();
    // That the token is good is no word about the site.
    let tells = |answer: &AccountAnswer| match answer {
        AccountAnswer::Token { .. } => false,
        AccountAnswer::Refused { refusal } => refusal.kind == RefusalKind::NotFound,
        _ => true,
    };
    let told_nothing = !scene.account.all().any(|(_, _, answer)| tells(answer));
    let mut parts: Vec<String> = others
        .into_iter()
        .map(|(why, number)| match told_nothing && number == all.len() {
            true => why,
            false => format!("{why} ({} of {asked} not answered)", several(number, "question")),
        })
        .collect();
    if !permissions.is_empty() {
        parts.push(format!("the token lacks {}", list_of(&permissions, 6)));
    }
    Some(Note {
        measure: "account-answers".to_owned(),
        text: format!(
            "the Cloudflare account {}: {}",
            if told_nothing { "told nothing" } else { "did not tell everything" },
            parts.join("; ")
        ),
        because,
    })
}

fn why(refusal: &ApiRefusal) -> String {
    let gist = gist(&ApiRefusal { permission: None, ..refusal.clone() });
    match refusal.status {
        // That a token has ended is told with the status of a good answer.
        Some(status) if status >= 400 => format!("{gist}, with status {status}"),
        _ => gist,
    }
}

/// The token is good, and sees no zone of the site's.
fn without_zone(scene: &Scene<'_>) -> Option<Note> {
    let none = |answer: &AccountAnswer| matches!(answer, AccountAnswer::Zone { zone: None });
    let (reading, ..) = scene.account.all().find(|(_, _, answer)| none(answer))?;
    let host = &scene.target.site.host;
    Some(Note {
        measure: "account-answers".to_owned(),
        text: format!(
            "the Cloudflare token sees no zone of {host}, so the account told nothing: it is another \
             account's, or out of the token's reach"
        ),
        because: vec![reading.id],
    })
}

/// Fewer than four connections serve as well; they will not if more are lost.
fn degraded(scene: &Scene<'_>) -> Option<Note> {
    let (id, seen) = scene.account.tunnel()?.seen?;
    (seen.status == "degraded").then(|| Note {
        measure: "tunnel-has-all-connections".to_owned(),
        text: "by the account, the site's tunnel is degraded: it has fewer than four connections"
            .to_owned(),
        because: vec![id],
    })
}

/// Visits from here are served, and one of Cloudflare's places fails.
fn one_place(scene: &Scene<'_>) -> Option<Note> {
    let alone = alone(scene).filter(|_| scene.visits.state() == EdgeState::Works)?;
    Some(Note {
        measure: "every-place-serves".to_owned(),
        text: format!(
            "of late Cloudflare's data centre {} gave {} errors of its own, while the others serve",
            alone.colo, alone.errors
        ),
        because: vec![alone.reading],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::account::AccountQuestion;
    use crate::report::{Report, Style, html, markdown, text};
    use crate::scene::sample::{Sitting, page};

    fn refusing(kind: RefusalKind) -> Sitting {
        Sitting::new()
            .visits(522, page(522))
            .account_refuses(AccountQuestion::Records { name: "shop.example.test".into() }, kind)
            .account_refuses(AccountQuestion::Tunnels, kind)
    }

    fn noted(sitting: Sitting) -> Vec<String> {
        let evidence = sitting.evidence();
        of(&Scene::new(&evidence)).into_iter().map(|note| note.text).collect()
    }

    #[test]
    fn what_could_not_be_asked_is_one_line_with_the_permissions_that_lack() {
        assert_eq!(
            noted(refusing(RefusalKind::OutOfScope)),
            [
                "the Cloudflare account told nothing: the token lacks DNS Read and Cloudflare Tunnel \
              Read"
            ]
        );
        assert_eq!(
            noted(refusing(RefusalKind::EndedToken)),
            ["the Cloudflare account told nothing: the token was disabled, or its time is over"]
        );
        assert_eq!(
            noted(refusing(RefusalKind::Unreached)),
            ["the Cloudflare account told nothing: Cloudflare's API did not answer"]
        );
        assert!(noted(refusing(RefusalKind::NotFound)).is_empty());
        let some = refusing(RefusalKind::Down).records(&["A 203.0.113.7"]);
        let said = "the Cloudflare account did not tell everything: Cloudflare's API failed (2 \
                    questions of 3 not answered)";
        assert_eq!(noted(some), [said]);
    }

    #[test]
    fn a_good_token_alone_tells_nothing_and_an_ended_one_is_no_status_200() {
        let ended = ApiRefusal { status: Some(200), ..ApiRefusal::of(RefusalKind::EndedToken) };
        assert_eq!(why(&ended), "the token was disabled, or its time is over");
        let unknown = ApiRefusal { status: Some(401), ..ApiRefusal::of(RefusalKind::UnknownToken) };
        assert_eq!(why(&unknown), "Cloudflare does not know the token, with status 401");
        let token = AccountAnswer::Token { token: crate::evidence::account::TokenSeen::default() };
        let good = refusing(RefusalKind::OutOfScope).account(AccountQuestion::Token, token);
        assert!(noted(good)[0].starts_with("the Cloudflare account told nothing: "));
    }

    #[test]
    fn every_voice_says_it() {
        let evidence = refusing(RefusalKind::OutOfScope).evidence();
        let report = Report::of(&diagnose(&evidence));
        let voices = [
            text(&report, 200, Style { colour: false, verbose: false }),
            markdown(&report),
            html(&report),
        ];
        for voice in voices {
            assert!(voice.contains("the token lacks DNS Read"), "{voice}");
        }
    }

    #[test]
    fn a_degraded_tunnel_that_serves_is_a_note() {
        let notes = noted(Sitting::new().served().tunnelled("degraded"));
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains("fewer than four connections"));
        assert!(noted(Sitting::new().served().tunnelled("healthy")).is_empty());
    }
}
