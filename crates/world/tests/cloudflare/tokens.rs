//! Tokens are verified: a user's, an account's, one that has ended.

use super::*;

fn token(status: &str) -> String {
    good(
        json!({"id": "372e67954025e0ba6aaa6d586b9e0b59", "status": status, "expires_on": "2026-11-01T00:00:00Z"}),
    )
}

#[tokio::test]
async fn a_users_token_is_good() {
    let server = Server::saying(200, token("active")).await;
    let seen = server.client().verify(Some("a")).await.unwrap();
    assert_eq!((seen.kind, seen.status.as_str()), (TokenKind::User, "active"));
    assert_eq!(server.lines(), ["GET /client/v4/user/tokens/verify HTTP/1.1"]);
}

#[tokio::test]
async fn an_accounts_token_is_good_once_the_account_is_known() {
    let acts =
        vec![Act::Say(401, "", bad(1000, "Invalid API Token")), Act::Say(200, "", token("active"))];
    let server = Server::playing(acts).await;
    let refusal = server.client().verify(None).await.unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::UnknownToken);
    let acts =
        vec![Act::Say(401, "", bad(1000, "Invalid API Token")), Act::Say(200, "", token("active"))];
    let server = Server::playing(acts).await;
    let seen = server.client().verify(Some("0a")).await.unwrap();
    assert_eq!(seen.kind, TokenKind::Account);
    assert_eq!(server.lines()[1], "GET /client/v4/accounts/0a/tokens/verify HTTP/1.1");
}

#[tokio::test]
async fn a_token_that_neither_knows_is_unknown() {
    let acts = vec![
        Act::Say(401, "", bad(1000, "Invalid API Token")),
        Act::Say(403, "", bad(10000, "Authentication error")),
    ];
    let server = Server::playing(acts).await;
    let refusal = server.client().verify(Some("0a")).await.unwrap_err();
    assert_eq!((refusal.kind, refusal.errors[0].code), (RefusalKind::UnknownToken, Some(1000)));
}

#[tokio::test]
async fn a_token_whose_time_is_over_or_that_was_disabled_has_ended() {
    for (status, why) in
        [("expired", "it expired at 2026-11-01T00:00:00Z"), ("disabled", "it was disabled")]
    {
        let server = Server::saying(200, token(status)).await;
        let refusal = server.client().verify(None).await.unwrap_err();
        assert_eq!((refusal.kind, refusal.why.as_str()), (RefusalKind::EndedToken, why));
    }
}

#[tokio::test]
async fn a_state_that_nobody_here_knows_is_kept() {
    let server = Server::saying(200, token("resting")).await;
    assert_eq!(server.client().verify(None).await.unwrap().status, "resting");
}
