//! The Cloudflare account: a setting of a zone, and what a tunnel's connectors are told.
//!
//! Each is read before (its pre-image, and the plan's own idea of it must agree), changed by one call, and read
//! again: what the API says that it did counts for nothing until it reads so.

use rayfix_core::evidence::account::{ApiRefusal, RefusalKind};
use rayfix_core::plan::{Action, PreImage};
use serde_json::{Value, json};

use crate::cloudflare::{Call, Client, calls};

/// How a thing of the account is.
pub(super) async fn look(client: Option<&Client>, action: &Action) -> Result<PreImage, String> {
    let (call, part) = match action {
        Action::SetZoneSetting { zone, name, .. } => (calls::setting(zone, name), "value"),
        Action::SetTunnelConfiguration { account, tunnel, .. } => {
            (calls::tunnel_configuration(account, tunnel), "config")
        }
        _ => return Ok(PreImage::Nothing),
    };
    let told = ask(client, &call, "read").await?;
    let value = told.get(part).cloned().unwrap_or(Value::Null);
    Ok(PreImage::Value { value })
}

/// Whether it is as the plan saw it.
pub(super) fn fits(action: &Action, now: &PreImage) -> Result<(), String> {
    let PreImage::Value { value } = now else { return Ok(()) };
    match action {
        Action::SetZoneSetting { name, from, .. } if value != from => {
            Err(format!("The setting {name} is {value} by now; the plan was made for {from}."))
        }
        Action::SetTunnelConfiguration { before, .. } if value != before => {
            Err("The tunnel's rules were changed since the plan was made.".to_owned())
        }
        _ => Ok(()),
    }
}

/// Makes it as an action wants it.
pub(super) async fn act(client: Option<&Client>, action: &Action) -> Result<(), String> {
    match action {
        Action::SetZoneSetting { to, .. } => set(client, action, to).await,
        Action::SetTunnelConfiguration { after, .. } => set(client, action, after).await,
        _ => Ok(()),
    }
}

/// Makes it have this value, and reads whether it has.
pub(super) async fn set(
    client: Option<&Client>,
    action: &Action,
    wanted: &Value,
) -> Result<(), String> {
    let (call, what) = match action {
        Action::SetZoneSetting { zone, name, .. } => {
            (calls::set_setting(zone, name, wanted), format!("the setting {name}"))
        }
        Action::SetTunnelConfiguration { account, tunnel, .. } => {
            let call = calls::replace_tunnel_configuration(account, tunnel, wanted);
            (call, "the tunnel's rules".to_owned())
        }
        _ => return Ok(()),
    };
    ask(client, &call, &format!("change {what} in")).await?;
    match look(client, action).await? {
        PreImage::Value { value } if value == *wanted => Ok(()),
        _ => Err(format!("change {what} in the account: it reads otherwise after the change")),
    }
}

pub(super) async fn ask(client: Option<&Client>, call: &Call, does: &str) -> Result<Value, String> {
    let what = format!("{does} the account");
    let client = client.ok_or_else(|| {
        format!("{what}: no token is there; put one that may into CLOUDFLARE_API_TOKEN")
    })?;
    client.call::<Value>(call).await.map_err(|refusal| format!("{what}: {}", said(&refusal)))
}

/// A refusal as a fragment.
fn said(refusal: &ApiRefusal) -> String {
    if let Some(permission) = &refusal.permission {
        return format!("the token lacks the permission {permission}");
    }
    let message = refusal.errors.first().map(|error| error.message.clone());
    match refusal.kind {
        _ if !refusal.why.is_empty() => refusal.why.clone(),
        RefusalKind::Limited => "it asks to be left alone for a while".to_owned(),
        RefusalKind::UnknownToken | RefusalKind::EndedToken => {
            "it does not take the token".to_owned()
        }
        _ => message.unwrap_or_else(|| json!(refusal.kind).as_str().unwrap_or("").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rayfix_lab::api::{Emulated, ids, sample};

    use super::*;
    use crate::cloudflare::{Api, Token};

    fn client(api: &Emulated, token: &str) -> Client {
        let api = Api {
            base: api.base.parse().unwrap(),
            token: Some(Token::new(&ids::token(token)).unwrap()),
            roots: Vec::new(),
            detour: None,
            timeout: Duration::from_secs(5),
        };
        Client::new(api).unwrap()
    }

    fn mode(from: &str, to: &str) -> Action {
        let (zone, name) = (ids::hex("zone example.test"), "ssl".to_owned());
        Action::SetZoneSetting { zone, name, from: json!(from), to: json!(to) }
    }

    #[tokio::test]
    async fn a_setting_is_changed_and_made_as_it_was() {
        let api = Emulated::raise(sample()).await.unwrap();
        let client = client(&api, "all");
        let PreImage::Value { value } = look(Some(&client), &mode("", "")).await.unwrap() else {
            panic!("a setting has a value")
        };
        let was = value.as_str().unwrap().to_owned();
        let to = if was == "full" { "flexible" } else { "full" };
        let action = mode(&was, to);
        let before = look(Some(&client), &action).await.unwrap();
        assert!(fits(&action, &before).is_ok());
        act(Some(&client), &action).await.unwrap();
        let after = look(Some(&client), &action).await.unwrap();
        assert_eq!(after, PreImage::Value { value: json!(to) });
        assert!(fits(&action, &after).unwrap_err().contains("by now"));
        set(Some(&client), &action, &value).await.unwrap();
        assert_eq!(look(Some(&client), &action).await.unwrap(), before);
    }

    #[tokio::test]
    async fn a_token_that_may_not_says_which_permission_it_lacks() {
        let api = Emulated::raise(sample()).await.unwrap();
        let client = client(&api, "nothing");
        let why = act(Some(&client), &mode("full", "strict")).await.unwrap_err();
        assert!(why.contains("Zone Settings Write"), "{why}");
        let why = act(None, &mode("full", "strict")).await.unwrap_err();
        assert!(why.contains("CLOUDFLARE_API_TOKEN"), "{why}");
    }
}
