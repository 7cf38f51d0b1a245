//! A tunnel's secret in its two forms: the token, and the credentials file.
//!
//! Both hold the same three things, the account, the tunnel and the secret: a token is base64 of JSON with `a`, `t`
//! and `s`, a credentials file is JSON with `AccountTag`, `TunnelID` and `TunnelSecret`. So one can be made of the
//! other. A plan names only where the secret comes from; its bytes are read when it is carried out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::FilePath;
use crate::evidence::host::tunnel::{Held, is_uuid, read_credentials, read_token};

/// How a secret is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// As a token file.
    Token,
    /// As a credentials file.
    Credentials,
}

impl Form {
    /// What it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Form::Token => "a token",
            Form::Credentials => "credentials",
        }
    }
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Source {
    /// The file itself: its content is good, only who may read it is wrong.
    Itself,
    /// Another file of this machine.
    File {
        /// Which; a token or credentials.
        path: FilePath,
        /// What it must hold, as a SHA-256 in hexadecimal.
        digest: String,
    },
    /// The account, which knows every tunnel's token.
    Account {
        /// Its id, 32 hexadecimal digits.
        account: String,
    },
}

/// A user whose a file is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// `root`, `cloudflared`: for whoever reads the plan.
    pub name: String,
    /// The user's number.
    pub uid: u32,
    /// The number of the user's own group.
    pub gid: u32,
}

/// The secret in the wanted form; `None`: these bytes are neither a token nor credentials. `tunnel`: it must be this
/// one's. What has the form already stays byte for byte.
#[must_use]
pub fn formed(bytes: &[u8], form: Form, tunnel: Option<&str>) -> Option<Vec<u8>> {
    let (parts, is) = match Parts::of_token(bytes) {
        Some(parts) => (parts, Form::Token),
        None => (Parts::of_credentials(bytes)?, Form::Credentials),
    };
    if tunnel.is_some_and(|tunnel| !tunnel.eq_ignore_ascii_case(&parts.tunnel)) {
        return None;
    }
    if is == form {
        return Some(bytes.to_vec());
    }
    Some(match form {
        Form::Token => {
            let json =
                json!({ "a": parts.account, "t": parts.tunnel, "s": parts.secret }).to_string();
            STANDARD.encode(json).into_bytes()
        }
        Form::Credentials => json!({
            "AccountTag": parts.account,
            "TunnelSecret": parts.secret,
            "TunnelID": parts.tunnel,
            "Endpoint": "",
        })
        .to_string()
        .into_bytes(),
    })
}

/// The tunnel that a token or a credentials file is for.
#[must_use]
pub fn tunnel_of(bytes: &[u8]) -> Option<String> {
    let parts = Parts::of_token(bytes).or_else(|| Parts::of_credentials(bytes))?;
    Some(parts.tunnel)
}

/// Whether bytes hold a secret that nobody should be shown: a private key, a token, credentials.
#[must_use]
pub fn is_in(bytes: &[u8]) -> bool {
    let has = |mark: &[u8]| bytes.windows(mark.len()).any(|at| at == mark);
    // Base64 of `{"a`, as a token begins, also one that was cut.
    has(b"PRIVATE KEY") || has(b"TunnelSecret") || has(b"eyJh") || read_token(bytes) == Held::Good
}

struct Parts {
    account: String,
    tunnel: String,
    secret: String,
}

impl Parts {
    fn of_token(bytes: &[u8]) -> Option<Parts> {
        if read_token(bytes) != Held::Good {
            return None;
        }
        let unbroken: Vec<u8> =
            bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let fields: Value = serde_json::from_slice(&STANDARD.decode(unbroken).ok()?).ok()?;
        Parts::of(&fields, ["a", "t", "s"])
    }

    fn of_credentials(bytes: &[u8]) -> Option<Parts> {
        if read_credentials(bytes) != Held::Good {
            return None;
        }
        let fields: Value = serde_json::from_slice(bytes).ok()?;
        Parts::of(&fields, ["AccountTag", "TunnelID", "TunnelSecret"])
    }

    fn of(fields: &Value, names: [&str; 3]) -> Option<Parts> {
        let text = |name: &str| {
            let found = fields.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.and_then(|(_, value)| value.as_str()).map(str::to_owned)
        };
        let (account, tunnel, secret) = (text(names[0])?, text(names[1])?, text(names[2])?);
        is_uuid(&tunnel).then(|| Parts { account, tunnel: tunnel.to_ascii_lowercase(), secret })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TUNNEL: &str = "6ff42ae2-765d-4adf-8112-31c55c1551ef";

    fn credentials() -> Vec<u8> {
        let account = "0123456789abcdef0123456789abcdef";
        json!({ "AccountTag": account, "TunnelSecret": "bGFi", "TunnelID": TUNNEL, "Endpoint": "" })
            .to_string()
            .into_bytes()
    }

    #[test]
    fn a_token_is_made_of_credentials_and_the_other_way_round() {
        let token = formed(&credentials(), Form::Token, Some(TUNNEL)).unwrap();
        assert_eq!(read_token(&token), Held::Good);
        let back = formed(&token, Form::Credentials, Some(TUNNEL)).unwrap();
        let fields = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
        assert_eq!(fields(&back), fields(&credentials()));
        assert_eq!(tunnel_of(&token).as_deref(), Some(TUNNEL));
    }

    #[test]
    fn what_has_the_form_already_stays_byte_for_byte() {
        let with_break = [credentials(), b"\n".to_vec()].concat();
        assert_eq!(formed(&with_break, Form::Credentials, None), Some(with_break));
    }

    #[test]
    fn another_tunnels_secret_and_what_is_none_are_refused() {
        let other = "00000000-0000-4000-8000-000000000000";
        assert!(formed(&credentials(), Form::Token, Some(other)).is_none());
        for bytes in [&b""[..], b"{}", b"-----BEGIN CERTIFICATE-----", b"e30="] {
            assert!(formed(bytes, Form::Token, None).is_none());
        }
    }

    #[test]
    fn a_secret_is_known_as_one() {
        let token = formed(&credentials(), Form::Token, None).unwrap();
        for bytes in [credentials(), token.clone(), token[..20].to_vec()] {
            assert!(is_in(&bytes));
        }
        assert!(!is_in(b"tunnel: 6ff42ae2-765d-4adf-8112-31c55c1551ef\n"));
    }
}
