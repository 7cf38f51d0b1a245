//! A tunnel's secret: read from where the plan says, brought into its form, put where the connector reads it.
//!
//! The plan does not hold it, so that no document does. What is read must be of the tunnel that the plan names, and a
//! file must hold what it held when the plan was made.

use rayfix_core::plan::run::FileImage;
use rayfix_core::plan::secret::{Source, formed};
use rayfix_core::plan::{Action, PreImage};

use super::{Hands, account, file};
use crate::cloudflare::calls;

/// Puts it into its place.
pub(super) async fn put(hands: &Hands, action: &Action) -> Result<(), String> {
    let Action::GiveSecret { path, source, form, tunnel, owner, mode, .. } = action else {
        return Ok(());
    };
    let place = hands.path(path.as_str());
    let (bytes, named) = match source {
        Source::Itself => (read(hands, path.as_str())?, path.to_string()),
        Source::File { path, digest } => {
            let bytes = read(hands, path.as_str())?;
            if file::digest(&bytes) != *digest {
                return Err(format!("take {path}: it was changed since the plan was made"));
            }
            (bytes, path.to_string())
        }
        Source::Account { account } => {
            let tunnel = tunnel.as_deref().ok_or("read the token: no tunnel is named")?;
            let call = calls::tunnel_token(account, tunnel);
            let told = account::ask(hands.account.as_deref(), &call, "read the token from").await?;
            let token = told.as_str().ok_or("read the token: the account told none")?;
            (token.as_bytes().to_vec(), "what the account told".to_owned())
        }
    };
    let bytes = formed(&bytes, *form, tunnel.as_deref())
        .ok_or_else(|| format!("use {named}: it is no secret of this tunnel's"))?;
    let image = FileImage { bytes, mode: *mode, uid: owner.uid, gid: owner.gid };
    file::put(&place, &image)
}

fn read(hands: &Hands, path: &str) -> Result<Vec<u8>, String> {
    match file::look(&hands.path(path))? {
        PreImage::File { content: Some(image) } => Ok(image.bytes),
        _ => Err(format!("read {path}: it is gone")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;

    use std::sync::Arc;
    use std::time::Duration;

    use rayfix_core::plan::secret::{Form, Owner, tunnel_of};
    use rayfix_core::plan::{FilePath, UnitName};
    use rayfix_lab::api::{Emulated, ids, sample};
    use serde_json::Value;

    use super::*;
    use crate::cloudflare::{Api, Client, Token};

    const TUNNEL: &str = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
    const CREDENTIALS: &str = "{\"AccountTag\":\"0123456789abcdef0123456789abcdef\",\
        \"TunnelSecret\":\"bGFi\",\"TunnelID\":\"6ff42ae2-765d-4adf-8112-31c55c1551ef\"}";

    fn action(digest: String, tunnel: &str) -> Action {
        Action::GiveSecret {
            path: FilePath::new("/token").unwrap(),
            before: None,
            source: Source::File { path: FilePath::new("/credentials.json").unwrap(), digest },
            form: Form::Token,
            tunnel: Some(tunnel.to_owned()),
            owner: Owner {
                name: "me".to_owned(),
                uid: rustix::process::geteuid().as_raw(),
                gid: rustix::process::getegid().as_raw(),
            },
            mode: 0o600,
            unit: UnitName::new("cloudflared.service").unwrap(),
        }
    }

    #[tokio::test]
    async fn a_token_is_made_of_the_credentials_that_the_plan_saw_and_of_no_others() {
        let root = std::env::temp_dir().join(format!("rayfix-secret-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir(&root).unwrap();
        fs::write(root.join("credentials.json"), CREDENTIALS).unwrap();
        let hands = Hands { root: Some(root.clone()), ..Hands::default() };
        let digest = file::digest(CREDENTIALS.as_bytes());
        let other = "00000000-0000-4000-8000-000000000000";
        assert!(put(&hands, &action(digest.clone(), other)).await.is_err());
        assert!(put(&hands, &action(file::digest(b""), TUNNEL)).await.is_err());
        assert!(!root.join("token").exists());
        // A process that was killed on its way left its half.
        fs::write(root.join(".token.rayfix-4711"), "half").unwrap();
        hands.sweep(&action(digest.clone(), TUNNEL), &PreImage::Nothing);
        assert!(!root.join(".token.rayfix-4711").exists());
        for _ in 0..2 {
            put(&hands, &action(digest.clone(), TUNNEL)).await.unwrap();
            let token = fs::read(root.join("token")).unwrap();
            let id = rayfix_core::evidence::host::tunnel::tunnel_of_token(&token);
            assert_eq!(id.as_deref(), Some(TUNNEL));
            assert_eq!(fs::metadata(root.join("token")).unwrap().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(root).unwrap();
    }

    #[tokio::test]
    async fn credentials_are_made_of_the_token_that_the_account_tells() {
        let root = std::env::temp_dir().join(format!("rayfix-told-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir(&root).unwrap();
        let api = Emulated::raise(sample()).await.unwrap();
        let client = |token: &str| {
            let api = Api {
                base: api.base.parse().unwrap(),
                token: Some(Token::new(&ids::token(token)).unwrap()),
                roots: Vec::new(),
                detour: None,
                timeout: Duration::from_secs(5),
            };
            Arc::new(Client::new(api).unwrap())
        };
        let id = ids::hex("account Shop");
        let made: Value = client("all").call(&calls::create_tunnel(&id, "shop")).await.unwrap();
        let tunnel = made["id"].as_str().unwrap();
        let mut action = action(String::new(), tunnel);
        let Action::GiveSecret { source, form, .. } = &mut action else { panic!() };
        *source = Source::Account { account: id };
        *form = Form::Credentials;
        let hands = |token| Hands { account: Some(client(token)), root: Some(root.clone()) };
        let why = put(&hands("nothing"), &action).await.unwrap_err();
        assert!(why.contains("Cloudflare Tunnel Write"), "{why}");
        put(&hands("all"), &action).await.unwrap();
        let written = fs::read(root.join("token")).unwrap();
        assert_eq!(tunnel_of(&written).as_deref(), Some(tunnel));
        assert!(serde_json::from_slice::<Value>(&written).unwrap()["TunnelSecret"].is_string());
        fs::remove_dir_all(root).unwrap();
    }
}
