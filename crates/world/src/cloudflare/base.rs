//! The base address: where the API is. A token goes nowhere but there.

use url::{Host, Url};

use super::client::ClientError;

/// Checks a base, and brings it into the form that paths are put behind.
pub(super) fn check(base: &Url) -> Result<Url, ClientError> {
    let wrong = |sentence: &str| Err(ClientError::Base(sentence.to_owned()));
    let Some(host) = base.host() else {
        return wrong(
            "The API's address has no host; the usual one is https://api.cloudflare.com/client/v4.",
        );
    };
    match base.scheme() {
        "https" => {}
        "http" if is_this_host(&host) => {}
        "http" => {
            return wrong(
                "The API's address must begin with https://, since a token is sent there; \
                 http:// is taken for this machine alone, as in http://127.0.0.1:8787/client/v4.",
            );
        }
        _ => return wrong("The API's address must begin with https://."),
    }
    if !base.username().is_empty() || base.password().is_some() {
        return wrong(
            "The API's address must not hold a name or a password; \
             the token belongs into CLOUDFLARE_API_TOKEN.",
        );
    }
    if base.query().is_some() || base.fragment().is_some() {
        return wrong("The API's address must end with its path, without ? and #.");
    }
    let mut base = base.clone();
    let path = base.path().trim_end_matches('/').to_owned();
    base.set_path(&path);
    Ok(base)
}

/// Whether a base leads to this machine, where no proxy stands between.
pub(super) fn is_here(base: &Url) -> bool {
    base.host().is_some_and(|host| is_this_host(&host))
}

fn is_this_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(base: &str) -> Result<String, String> {
        let base = check(&Url::parse(base).unwrap());
        base.map(|base| base.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn https_is_taken_and_http_to_this_machine_only() {
        for (base, taken) in [
            ("https://api.cloudflare.com/client/v4", "https://api.cloudflare.com/client/v4"),
            ("https://api.cloudflare.com/client/v4/", "https://api.cloudflare.com/client/v4"),
            ("http://127.0.0.1:8787/client/v4", "http://127.0.0.1:8787/client/v4"),
            ("http://[::1]:8787", "http://[::1]:8787/"),
            ("http://localhost:8787/", "http://localhost:8787/"),
        ] {
            assert_eq!(checked(base), Ok(taken.to_owned()));
        }
    }

    #[test]
    fn anything_else_is_answered_with_what_would_be_right() {
        for (base, said) in [
            ("http://api.cloudflare.com/client/v4", "must begin with https://, since a token"),
            ("http://192.0.2.1/client/v4", "http://127.0.0.1:8787/client/v4"),
            ("http://127.0.0.1.example/", "must begin with https://"),
            ("ftp://api.cloudflare.com/", "must begin with https://"),
            ("data:text/plain,hello", "https://api.cloudflare.com/client/v4"),
            ("https://me@api.cloudflare.com/", "CLOUDFLARE_API_TOKEN"),
            ("https://me:made-up@api.cloudflare.com/", "CLOUDFLARE_API_TOKEN"),
            ("https://api.cloudflare.com/client/v4?a=b", "without ? and #"),
        ] {
            let error = checked(base).unwrap_err();
            assert!(error.contains(said), "{base}: {error}");
            assert!(!error.contains("made-up"), "{error}");
        }
    }
}
