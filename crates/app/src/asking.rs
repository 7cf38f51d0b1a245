//! The options that say how to ask, and the asking.
//!
//! Every value is checked here before the first question goes out. What cannot be read refuses the
//! whole command: half an answer would be taken for a whole one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{ArgAction, ValueEnum};
use rayfix_core::evidence::Evidence;
use rayfix_core::ranges::Ranges;
use rayfix_core::target::{ModeFrom, Origin, Site, SslMode, Target};
use rayfix_world::cloudflare::Client;
use rayfix_world::radius::{MOST_JOBS, Survey};
use rayfix_world::ssh::{Ssh, SshError};
use rayfix_world::{Detours, Setup, roots};

use crate::account;
use crate::progress::Progress;
use crate::refusal::Refusal;
use crate::voice::Voice;

/// How to ask.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How to ask")]
pub(crate) struct Asking {
    /// An address of the origin, with a port where it is an unusual one (repeatable)
    #[arg(long, value_name = "ADDR[:PORT]")]
    origin: Vec<Origin>,

    /// The zone's SSL mode; without it, inferred from what the edge answers
    #[arg(long, value_name = "MODE", value_parser = modes())]
    ssl_mode: Option<SslMode>,

    /// Whether this machine is the origin and may be looked into
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    on_origin: OnOrigin,

    /// Look into the origin over ssh as well, by your own configuration, keys and agent
    #[arg(long, value_name = "DEST", conflicts_with = "on_origin")]
    ssh: Option<String>,

    /// The path of a rayfix that is installed there; without it, this one is copied for the while
    #[arg(long, value_name = "PATH", requires = "ssh", value_parser = rayfix_world::ssh::installed)]
    ssh_binary: Option<String>,

    /// Look as root there, by a `sudo` that needs no password
    #[arg(long, requires = "ssh")]
    ssh_sudo: bool,

    /// The address to use for a name and port, as curl's `--resolve` (repeatable)
    #[arg(long, value_name = "HOST:PORT:ADDR", action = ArgAction::Append, value_parser = detour)]
    connect: Vec<Detours>,

    /// Extra trusted roots, as is the file that SSL_CERT_FILE names (repeatable)
    #[arg(long, value_name = "PEM")]
    ca_file: Vec<PathBuf>,

    /// A root as it is carried over ssh, where the file that holds it is not
    #[arg(long, value_name = "BASE64", hide = true, action = ArgAction::Append, value_parser = carried_root)]
    root: Vec<Root>,

    /// Cloudflare's ranges, one prefix a line, instead of the built-in list
    #[arg(long, value_name = "FILE")]
    ranges: Option<PathBuf>,

    #[arg(
        long,
        value_name = "URL",
        help = "Cloudflare's API, instead of CLOUDFLARE_API_BASE_URL or \
                https://api.cloudflare.com/client/v4; it is asked where CLOUDFLARE_API_TOKEN holds a token"
    )]
    api_url: Option<String>,

    /// For the whole diagnosis; fractions are allowed
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds, allow_negative_numbers = true)]
    timeout: Duration,

    /// How many visits to make, each on a connection of its own
    #[arg(long, value_name = "N", default_value = "5", value_parser = samples, allow_negative_numbers = true)]
    samples: u32,

    /// Whom to ask for addresses, instead of the system's resolver
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = resolver)]
    resolver: Option<SocketAddr>,
}

/// Whether this machine may be looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnOrigin {
    /// When it is the origin
    Auto,
    /// It is the origin
    Yes,
    /// It is not, or may not
    No,
}

/// A certificate, DER.
#[derive(Debug, Clone)]
struct Root(Vec<u8>);

/// Roots of more bytes than this do not go along over ssh: a word of a command line holds 128 KiB.
const CARRIED: usize = 64 * 1024;

/// Who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Everybody, the Cloudflare account too where there is a token.
    AccountToo,
    /// Not the account: whoever reads the case asks it.
    NoAccount,
}

impl Asking {
    /// Asks about a site.
    ///
    /// # Errors
    /// When a file that an option names cannot be used.
    pub(crate) fn ask(&self, site: Site, asks: Asks, voice: &Voice) -> Result<Evidence, Refusal> {
        let host = site.host.clone();
        let (mut target, mut setup) = (self.target(site)?, self.setup()?);
        if asks == Asks::AccountToo {
            setup.account = account::of_environment(self.api_url.as_deref(), &setup, voice)?;
        }
        let Some(ssh) = self.ssh()? else { return sit(&host, &target, setup, voice) };
        let mut roots = setup.given_roots.as_slice();
        if roots.iter().map(Vec::len).sum::<usize>() > CARRIED {
            voice.note(
                "the roots of --ca-file and SSL_CERT_FILE are too large to go along over ssh: certificates on the origin's \
                 disk are judged without them.",
            );
            roots = &[];
        }
        let within = match over(&ssh, &self.there(&target, roots), setup.timeout, voice)? {
            Ok(within) => within,
            Err(why) => {
                // Something with less: what can be seen from outside is told all the same.
                let destination = ssh.destination();
                voice.note(&format!(
                    "could not look into {destination}: {why}. What follows was asked from outside only."
                ));
                return sit(&host, &target, setup, voice);
            }
        };
        if target.origins.is_empty() {
            target.origins.clone_from(&within.target.origins);
            target.origins_assumed = within.target.origins_assumed;
        }
        Ok(sit(&host, &target, setup, voice)?.joined(within))
    }

    /// Asks again about the same target, a few visits only: for the proof of a fix.
    ///
    /// # Errors
    /// When a file that an option names cannot be used.
    pub(crate) async fn again(
        &self,
        target: &Target,
        limit: Duration,
    ) -> Result<Evidence, Refusal> {
        let mut setup = self.setup()?;
        setup.samples = 3;
        setup.timeout = self.timeout.min(limit.max(Duration::from_secs(2)));
        Ok(rayfix_world::sit(target, &setup).await)
    }

    /// What a mode does to all names of a zone, asked for so long.
    ///
    /// # Errors
    /// When a file that an option names cannot be used.
    pub(crate) fn survey(
        &self,
        client: Arc<Client>,
        zone: &str,
        mode: SslMode,
        timeout: Duration,
    ) -> Result<Survey, Refusal> {
        let setup = self.setup()?;
        Ok(Survey {
            client,
            zone: zone.to_owned(),
            modes: vec![mode],
            detours: setup.detours,
            given_roots: setup.given_roots,
            resolver: setup.resolver,
            ranges: match &self.ranges {
                Some(path) => ranges(path)?,
                None => Ranges::built_in(),
            },
            timeout,
            jobs: MOST_JOBS,
            progress: None,
        })
    }

    /// Whether the origin is looked into from afar.
    pub(crate) fn is_over_ssh(&self) -> bool {
        self.ssh.is_some()
    }

    /// The account that may be changed; none: there is no token.
    ///
    /// # Errors
    /// When a file that an option names cannot be used, or the API's address.
    pub(crate) fn account(&self, voice: &Voice) -> Result<Option<Arc<Client>>, Refusal> {
        account::of_environment(self.api_url.as_deref(), &self.setup()?, voice)
    }

    fn ssh(&self) -> Result<Option<Ssh>, Refusal> {
        let Some(destination) = &self.ssh else { return Ok(None) };
        let refuse = |why: String| Refusal::Value { option: "--ssh", why };
        let program = std::env::current_exe().map_err(|error| refuse(error.to_string()))?;
        let mut ssh = Ssh::to(destination, program).map_err(|error| refuse(error.to_string()))?;
        ssh.installed.clone_from(&self.ssh_binary);
        ssh.sudo = self.ssh_sudo;
        Ok(Some(ssh))
    }

    /// The arguments for the program on the origin. Files of this machine mean nothing there.
    fn there(&self, target: &Target, roots: &[Vec<u8>]) -> Vec<String> {
        let mut words: Vec<String> =
            ["diagnose", "--on-origin", "yes", "--as-case"].map(str::to_owned).to_vec();
        let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
        option("--timeout", self.timeout.as_secs_f64().to_string());
        option("--samples", self.samples.to_string());
        if let Some(mode) = self.ssl_mode {
            option("--ssl-mode", mode.word().to_owned());
        }
        for origin in &self.origin {
            option("--origin", origin.to_string());
        }
        for root in roots {
            option("--root", BASE64_STANDARD.encode(root));
        }
        words.extend(["--".to_owned(), target.site.to_string()]);
        words
    }

    fn target(&self, site: Site) -> Result<Target, Refusal> {
        let mut target = Target::new(site);
        for origin in &self.origin {
            if !target.origins.contains(origin) {
                target.origins.push(*origin);
            }
        }
        if let Some(mode) = self.ssl_mode {
            target.ssl_mode = Some(mode);
            target.ssl_mode_from = ModeFrom::Option;
        }
        if let Some(path) = &self.ranges {
            target.ranges = ranges(path)?;
        }
        Ok(target)
    }

    fn setup(&self) -> Result<Setup, Refusal> {
        let mut setup = Setup {
            timeout: self.timeout,
            samples: self.samples,
            resolver: self.resolver,
            on_origin: match self.on_origin {
                OnOrigin::Auto => rayfix_world::OnOrigin::Auto,
                OnOrigin::Yes => rayfix_world::OnOrigin::Yes,
                OnOrigin::No => rayfix_world::OnOrigin::No,
            },
            ..Setup::default()
        };
        for detour in &self.connect {
            setup.detours.merge(detour.clone());
        }
        setup.given_roots = self.given_roots()?;
        Ok(setup)
    }

    /// Roots that are trusted besides the public ones, DER.
    pub(crate) fn given_roots(&self) -> Result<Vec<Vec<u8>>, Refusal> {
        let mut roots: Vec<Vec<u8>> = self.root.iter().map(|root| root.0.clone()).collect();
        for path in &self.ca_file {
            roots.extend(roots_of("--ca-file", path)?);
        }
        if let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
            roots.extend(roots_of("SSL_CERT_FILE", Path::new(&path))?);
        }
        Ok(roots)
    }
}

/// Looks into the origin, with a line on a terminal that says so.
///
/// # Errors
/// When the runtime does not start; what the look itself met is in the inner result.
fn over(
    ssh: &Ssh,
    arguments: &[String],
    timeout: Duration,
    voice: &Voice,
) -> Result<Result<Evidence, SshError>, Refusal> {
    let runtime = runtime()?;
    let progress = voice.watched().then(|| Progress::begin(ssh.destination()));
    // Logging in and copying take time of their own.
    let limit = timeout + Duration::from_secs(30);
    let within = runtime.block_on(ssh.look(arguments, limit));
    if let Some(progress) = progress {
        progress.end();
    }
    runtime.shutdown_background();
    Ok(within)
}

/// Asks, and shows on a terminal how far it is.
///
/// # Errors
/// When the runtime does not start.
pub(crate) fn sit(
    host: &str,
    target: &Target,
    mut setup: Setup,
    voice: &Voice,
) -> Result<Evidence, Refusal> {
    let runtime = runtime()?;
    let progress = voice.watched().then(|| Arc::new(Progress::begin(host)));
    if let Some(progress) = progress.clone() {
        setup.progress = Some(Arc::new(move |step| progress.show(&step)));
    }
    let evidence = runtime.block_on(rayfix_world::sit(target, &setup));
    if let Some(progress) = progress {
        progress.end();
    }
    // What is still open (a lookup that nobody waits for any more) must not delay the report.
    runtime.shutdown_background();
    Ok(evidence)
}

/// What waits for answers.
///
/// # Errors
/// When the system gives no thread or no timer.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Refusal> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Refusal::Runtime)
}

pub(crate) fn ranges(path: &Path) -> Result<Ranges, Refusal> {
    let refuse = |why: String| Refusal::File { option: "--ranges", path: path.to_owned(), why };
    let bytes = crate::input::read(path).map_err(refuse)?;
    Ranges::parse(&String::from_utf8_lossy(&bytes)).map_err(|error| refuse(error.to_string()))
}

pub(crate) fn roots_of(option: &'static str, path: &Path) -> Result<Vec<Vec<u8>>, Refusal> {
    roots::read(path).map_err(|error| Refusal::Value { option, why: format!("could not {error}") })
}

fn carried_root(text: &str) -> Result<Root, String> {
    let root = BASE64_STANDARD.decode(text).map(Root);
    root.map_err(|_| format!("`{text}` does not fit; a certificate in base64 belongs there"))
}

pub(crate) fn modes() -> impl clap::builder::TypedValueParser<Value = SslMode> {
    PossibleValuesParser::new(SslMode::ALL.map(SslMode::word))
        .try_map(|word| word.parse::<SslMode>())
}

pub(crate) fn detour(text: &str) -> Result<Detours, rayfix_world::DetourError> {
    Detours::parse(text)
}

pub(crate) fn resolver(text: &str) -> Result<SocketAddr, String> {
    let at: Origin = text.parse().map_err(|_| {
        format!(
            "`{text}` does not fit; an address with or without a port belongs there, such as \
             192.0.2.53 or 192.0.2.53:5353"
        )
    })?;
    Ok(SocketAddr::new(at.address, at.port.unwrap_or(53)))
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (1.0..=600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("`{text}` does not fit; a number of seconds from 1 to 600 belongs there")),
    }
}

fn samples(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(samples) if (1..=50).contains(&samples) => Ok(samples),
        _ => Err(format!("`{text}` does not fit; a number of visits from 1 to 50 belongs there")),
    }
}
