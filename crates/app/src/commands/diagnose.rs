//! `rayfix diagnose HOST`: asks everything that can be asked, and tells what it comes to.

use std::path::{Path, PathBuf};

use rayfix_core::case;
use rayfix_core::diagnose::diagnose;
use rayfix_core::evidence::Evidence;
use rayfix_core::target::Site;

use crate::asking::{Asking, Asks};
use crate::exit::Exit;
use crate::refusal::Refusal;
use crate::telling::Telling;
use crate::voice::Voice;

/// Find out why a site fails behind Cloudflare, from outside and on the origin
///
/// Asks DNS, the edge and the origin side by side, and the Cloudflare account too where the environment
/// holds a token (CLOUDFLARE_API_TOKEN; permissions to read are enough). Where it runs on the origin, or is taken there by
/// --ssh, it looks into the web server, the app, the tunnel and their logs as well. It judges every
/// known cause and tells the one to act on, with the readings that show it. It changes nothing,
/// anywhere.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rayfix diagnose shop.example.com\n  \
    rayfix diagnose shop.example.com --origin 203.0.113.7 --ssl-mode strict\n  \
    rayfix diagnose shop.example.com --ssh root@203.0.113.7\n  \
    CLOUDFLARE_API_TOKEN=... rayfix diagnose shop.example.com\n  \
    sudo rayfix diagnose shop.example.com    (on the origin)\n  \
    rayfix diagnose shop.example.com --format html -o report.html\n  \
    rayfix diagnose shop.example.com --save outage.json\n  \
    rayfix diagnose --case outage.json --format markdown\n\n\
    Exit codes: 0 nothing to blame, 1 a cause was blamed, 2 usage, 3 could not tell.")]
pub(crate) struct Args {
    /// The site: a hostname, or the URL that fails
    #[arg(value_name = "HOST", required_unless_present = "case")]
    host: Option<String>,

    /// Judge again what `--save` kept, and ask nothing
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "origin", "ssl_mode", "on_origin", "connect", "ca_file", "ranges", "timeout",
            "samples", "resolver", "save", "ssh", "ssh_binary", "ssh_sudo", "api_url",
        ]
    )]
    case: Option<PathBuf>,

    #[command(flatten)]
    asking: Asking,

    #[command(flatten)]
    telling: Telling,
}

pub(crate) fn run(args: &Args, voice: &Voice) -> Result<Exit, Refusal> {
    let site = args.host.as_deref().map(Site::parse).transpose()?;
    let ready = args.telling.ready()?;
    let evidence = match (&args.case, site) {
        (Some(path), site) => load(path, site.as_ref())?,
        (None, Some(site)) => {
            // On the other side of ssh the account is not asked: it was asked from here.
            let asks = if args.telling.is_case() { Asks::NoAccount } else { Asks::AccountToo };
            args.asking.ask(site, asks, voice)?
        }
        (None, None) => return Err(Refusal::Arguments("HOST is missing".to_owned())),
    };
    let diagnosis = diagnose(&evidence);
    ready.tell(&diagnosis, voice)?;
    Ok(diagnosis.outcome().into())
}

/// The evidence of a case; of that site, where one was given.
fn load(path: &Path, site: Option<&Site>) -> Result<Evidence, Refusal> {
    let refuse = |why: String| Refusal::File { option: "--case", path: path.to_owned(), why };
    let bytes = crate::input::read(path).map_err(refuse)?;
    let evidence = case::load_bytes(&bytes).map_err(|error| refuse(error.to_string()))?;
    match site {
        Some(site) if site.host != evidence.target.site.host => Err(refuse(format!(
            "it is about {}; leave out {}, or give the name that the case is about",
            evidence.target.site.host, site.host
        ))),
        _ => Ok(evidence),
    }
}
