//! Whether connections get out of this machine to where a fix wants them: asked, and nothing is said.

use std::net::SocketAddr;
use std::time::Duration;

use rayfix_core::evidence::TcpAnswer;
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::{clock, dial};

/// A name and a connection take as long at most: an open way answers within a second the world over, and a SYN that
/// was lost is sent again after one.
const PATIENCE: Duration = Duration::from_secs(4);
/// So many addresses of a name are tried, as they come.
const MOST: usize = 4;

/// How each address answers, all at once; a name that this machine cannot resolve has none.
pub(super) async fn knock(doors: &[(String, u16)]) -> Vec<(SocketAddr, TcpAnswer)> {
    let by = clock::instant() + PATIENCE;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for (host, port) in doors {
        let named = timeout_at(by, tokio::net::lookup_host((host.as_str(), *port))).await;
        let Ok(Ok(named)) = named else { continue };
        let mut own: Vec<SocketAddr> = Vec::new();
        for address in named.filter(|address| !addresses.contains(address)) {
            let of_family = own.iter().filter(|one| one.is_ipv4() == address.is_ipv4()).count();
            if !own.contains(&address) && of_family < MOST / 2 {
                own.push(address);
            }
        }
        addresses.extend(own);
    }
    let by = clock::instant() + PATIENCE;
    let mut asked = JoinSet::new();
    for (at, address) in addresses.into_iter().enumerate() {
        asked.spawn(async move {
            let answer = dial::connect(address, by).await.err();
            (at, address, answer.unwrap_or(TcpAnswer::Accepted))
        });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|(at, ..)| *at);
    answers.into_iter().map(|(_, address, answer)| (address, answer)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn an_open_door_answers_and_a_closed_one_does_too() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = gone.local_addr().unwrap();
        drop(gone);
        let door = |at: SocketAddr| (at.ip().to_string(), at.port());
        let nameless = ("no-such-name.invalid".to_owned(), 7844);
        assert_eq!(
            knock(&[door(open), door(closed), door(open), nameless]).await,
            [(open, TcpAnswer::Accepted), (closed, TcpAnswer::Refused)]
        );
    }
}
