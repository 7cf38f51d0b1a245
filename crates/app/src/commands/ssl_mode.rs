//! `rayfix ssl-mode ZONE`: what each SSL mode gives visitors of every record, and what a flip would break.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::ArgAction;
use rayfix_core::evidence::account::{ApiRefusal, RefusalKind};
use rayfix_core::radius::{Report, Verdict, ZoneAsked, tell};
use rayfix_core::ranges::Ranges;
use rayfix_core::report::Style;
use rayfix_core::target::{Site, SslMode};
use rayfix_world::Detours;
use rayfix_world::cloudflare::Token;
use rayfix_world::radius::{MOST_JOBS, Survey, SurveyError, survey};

use crate::account::{self, Base};
use crate::asking;
use crate::exit::Exit;
use crate::output::Place;
use crate::progress::Bar;
use crate::refusal::Refusal;
use crate::telling::Format;
use crate::voice::Voice;

/// Say what a change of a zone's SSL mode would break, before anybody makes it
///
/// Reads the zone's mode, records and rules from the Cloudflare account, and asks the origin of every
/// proxied record as the edge would ask it. Tells what visitors of each record get in the mode wanted, or,
/// without one, in every mode: served, 525, 526, another error, a redirect loop, or not affected. It
/// changes nothing. The API token is taken from CLOUDFLARE_API_TOKEN; Zone Read, Zone Settings Read and
/// DNS Read are enough; Config Rules, Origin Rules, Page Rules, Load Balancers, and SSL and Certificates
/// Read sharpen the answer.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    rayfix ssl-mode example.com --to strict\n  \
    rayfix ssl-mode example.com    (every mode)\n  \
    rayfix ssl-mode example.com --to strict --format html -o strict.html\n\n\
    Exit codes: 0 nothing would break, 1 something would, 2 usage, 3 could not tell.")]
pub(crate) struct Args {
    /// The zone's name, such as example.com
    #[arg(value_name = "ZONE")]
    zone: String,

    /// The mode that the zone would get; without it, every mode is told
    #[arg(long, value_name = "MODE", value_parser = asking::modes())]
    to: Option<SslMode>,

    /// How many origins are asked at one time, at most 32
    #[arg(long, value_name = "N", default_value = "32", value_parser = jobs, help_heading = "How to ask")]
    jobs: usize,

    /// For all origins together; fractions are allowed
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = asking::seconds, allow_negative_numbers = true, help_heading = "How to ask")]
    timeout: Duration,

    /// The address to use for a name (or address) and port, as curl's `--resolve` (repeatable)
    #[arg(long, value_name = "HOST:PORT:ADDR", action = ArgAction::Append, value_parser = asking::detour, help_heading = "How to ask")]
    connect: Vec<Detours>,

    /// Extra trusted roots, as is the file that SSL_CERT_FILE names (repeatable)
    #[arg(long, value_name = "PEM", help_heading = "How to ask")]
    ca_file: Vec<PathBuf>,

    /// Cloudflare's ranges, one prefix a line, instead of the built-in list
    #[arg(long, value_name = "FILE", help_heading = "How to ask")]
    ranges: Option<PathBuf>,

    /// Whom to ask where names lead, instead of the system's resolver
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = asking::resolver, help_heading = "How to ask")]
    resolver: Option<SocketAddr>,

    #[arg(
        long,
        value_name = "URL",
        help_heading = "How to ask",
        help = "Cloudflare's API, instead of CLOUDFLARE_API_BASE_URL or https://api.cloudflare.com/client/v4"
    )]
    api_url: Option<String>,

    /// Text for a terminal, JSON for programs, Markdown for a ticket, HTML to pass round
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = false,
        help_heading = "How to tell it"
    )]
    format: Format,

    /// Write it to a file instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "How to tell it")]
    output: Option<PathBuf>,

    /// Tell every record by itself (text)
    #[arg(short, long, help_heading = "How to tell it")]
    verbose: bool,
}

/// For one call to the API, tries and pages included.
const CALL: Duration = Duration::from_secs(30);

const NEEDED: &str = "A token with Zone Read, Zone Settings Read and DNS Read for this zone is enough; Config Rules Read, \
                      Origin Rules Read, Page Rules Read, Load Balancers Read and SSL and Certificates Read sharpen the \
                      answer.";

pub(crate) fn run(args: &Args, voice: &Voice) -> Result<Exit, Refusal> {
    let zone = Site::parse(&args.zone)?.host;
    let dash = |path: &&PathBuf| path.as_path() == Path::new("-");
    let output = args.output.as_ref().filter(|path| !dash(path));
    let output = output.map(|path| Place::check("--output", path)).transpose()?;
    let nothing = ZoneAsked::unknown(&zone);
    let Some(token) = account::token() else {
        let help = [format!("Put an API token into CLOUDFLARE_API_TOKEN. {NEEDED}")];
        let report = Report::refused(&nothing, args.to, "no API token was given", &help);
        return args.tell(&report, output.as_ref(), voice);
    };
    let token = token.map_err(|why| Refusal::Value { option: account::TOKEN, why })?;
    match args.ask(zone, token, voice)? {
        Ok(asked) => args.tell(&Report::of(&asked, args.to), output.as_ref(), voice),
        Err(error) => {
            let (why, help) = unasked(&error);
            let report = Report::refused(&nothing, args.to, &why, &help);
            args.tell(&report, output.as_ref(), voice)
        }
    }
}

impl Args {
    fn ask(
        &self,
        zone: String,
        token: Token,
        voice: &Voice,
    ) -> Result<Result<ZoneAsked, SurveyError>, Refusal> {
        let mut detours = Detours::default();
        for detour in &self.connect {
            detours.merge(detour.clone());
        }
        let mut given_roots = Vec::new();
        for path in &self.ca_file {
            given_roots.extend(asking::roots_of("--ca-file", path)?);
        }
        if let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
            given_roots.extend(asking::roots_of("SSL_CERT_FILE", Path::new(&path))?);
        }
        let base = Base::of(self.api_url.as_deref())?;
        let client = base.client(token, &given_roots, &detours, CALL)?;
        let bar = voice.watched().then(|| Arc::new(Bar::begin("origins")));
        let shown = bar.clone();
        let asking = Survey {
            client: Arc::new(client),
            zone,
            modes: self.to.into_iter().collect(),
            detours,
            given_roots,
            resolver: self.resolver,
            ranges: match &self.ranges {
                Some(path) => asking::ranges(path)?,
                None => Ranges::built_in(),
            },
            timeout: self.timeout,
            jobs: self.jobs,
            progress: shown.map(|bar| -> Arc<dyn Fn(usize, usize) + Send + Sync> {
                Arc::new(move |done, all| bar.show(done, all))
            }),
        };
        let runtime = asking::runtime()?;
        let asked = runtime.block_on(survey(&asking));
        if let Some(bar) = bar {
            bar.end();
        }
        runtime.shutdown_background();
        Ok(asked)
    }

    fn tell(
        &self,
        report: &Report<'_>,
        output: Option<&Place>,
        voice: &Voice,
    ) -> Result<Exit, Refusal> {
        let told = |width: usize, colour: bool| match self.format {
            Format::Text => tell::text(report, width, Style { colour, verbose: self.verbose }),
            Format::Json => tell::json(report),
            Format::Markdown => tell::markdown(report),
            Format::Html => tell::html(report),
        };
        match output {
            Some(place) => place.write(&told(voice.widest(), false))?,
            None => voice.result(&told(voice.width(), voice.colour()))?,
        }
        Ok(report.verdict.into())
    }
}

/// Why nothing could be asked, and what would help.
fn unasked(error: &SurveyError) -> (String, Vec<String>) {
    let (what, refusal) = match error {
        SurveyError::NoZone => {
            let why = "the token sees no zone of this name".to_owned();
            let help = "Give the zone's own name, such as example.com and not www.example.com, and a token \
                        that reaches it.";
            return (why, vec![help.to_owned(), NEEDED.to_owned()]);
        }
        SurveyError::Refused(what, refusal) => (what, refusal),
    };
    let why = format!("the Cloudflare API did not tell {what}: {}", refused(refusal));
    let help = match refusal.kind {
        RefusalKind::OutOfScope => NEEDED.to_owned(),
        RefusalKind::UnknownToken | RefusalKind::EndedToken | RefusalKind::MalformedToken => {
            format!("Make a new token and put it into CLOUDFLARE_API_TOKEN. {NEEDED}")
        }
        RefusalKind::Limited => match refusal.retry_after_s {
            Some(seconds) => format!("Try again after {seconds} s."),
            None => "Try again after five minutes.".to_owned(),
        },
        _ => "Try again, or see https://www.cloudflarestatus.com/.".to_owned(),
    };
    (why, vec![help])
}

/// A fragment.
fn refused(refusal: &ApiRefusal) -> String {
    let kind = match refusal.kind {
        RefusalKind::NoToken => "no token came with the question",
        RefusalKind::MalformedToken => "the token is not of a token's form",
        RefusalKind::UnknownToken => "nobody knows this token",
        RefusalKind::EndedToken => "the token was disabled, or its time is over",
        RefusalKind::OutOfScope => match &refusal.permission {
            Some(permission) => return format!("the token lacks {permission}"),
            None => "the token may not do this",
        },
        RefusalKind::Limited => "too many questions were asked",
        RefusalKind::Down => "the API fails",
        RefusalKind::Unreached => "no answer came",
        RefusalKind::Unreadable => "what answered is not the API",
        RefusalKind::WrongId
        | RefusalKind::NotFound
        | RefusalKind::Conflict
        | RefusalKind::Invalid => "it refused",
    };
    let status = refusal.status.map(|status| format!(" (status {status})")).unwrap_or_default();
    let why = if refusal.why.is_empty() { String::new() } else { format!(", {}", refusal.why) };
    format!("{kind}{status}{why}")
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(jobs) if (1..=MOST_JOBS).contains(&jobs) => Ok(jobs),
        _ => Err(format!(
            "`{text}` does not fit; a number of origins from 1 to {MOST_JOBS} belongs there"
        )),
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Exit {
        match verdict {
            Verdict::Harmless => Exit::Fine,
            Verdict::Breaks => Exit::Blamed,
            Verdict::CannotTell => Exit::CannotTell,
        }
    }
}
