//! The token is told to nobody but the API: not to standard output or error, not to cases and reports, not to
//! the list of processes, not to children, however the API and the token itself fail.
//!
//! Its own environment holds it, since that is where the user put it.

#[path = "secret/harm.rs"]
mod harm;
mod staged;
#[path = "secret/traces.rs"]
mod traces;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use harm::{Answer, Harm};
use rayfix_lab::account::TokenState;
use rayfix_lab::api::{Trouble, TroubleKind};
use staged::{Staged, staged};
use traces::Traces;

const FORMATS: [&str; 4] = ["text", "json", "markdown", "html"];

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rayfix"));
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "SSL_CERT_FILE"] {
        command.env_remove(variable);
    }
    command
}

/// An empty folder of that name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder for tests can be made");
    folder
}

/// One way of running the binary.
struct Run<'a> {
    staged: &'a Staged,
    /// What the environment holds as the token.
    token: &'a str,
    base: String,
    folder: PathBuf,
    more: Vec<String>,
}

impl<'a> Run<'a> {
    fn of(staged: &'a Staged, token: &'a str, name: &str) -> Run<'a> {
        let folder = folder(&format!("secret-{name}"));
        let base = staged.raised.api.base.clone();
        Run { staged, token, base, folder, more: Vec::new() }
    }

    fn with(mut self, more: &[&str]) -> Self {
        self.more.extend(more.iter().map(|&word| word.to_owned()));
        self
    }

    fn start(&self) -> Child {
        let _standing = self.staged.runtime.enter();
        let mut args = self.staged.arguments(&self.folder);
        let case = self.folder.join("case.json").display().to_string();
        args.extend(["--timeout", "5", "--samples", "1", "--save", &case].map(str::to_owned));
        args.extend(["--api-url".to_owned(), self.base.clone()]);
        args.extend(self.more.iter().cloned());
        command()
            .args(args)
            .env("CLOUDFLARE_API_TOKEN", self.token)
            .env("RUST_BACKTRACE", "1")
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts")
    }

    /// Runs it to its end and looks at all that it left. Returns what it said: its result, and its notes.
    #[track_caller]
    fn leaves_no_trace(&self, what: &str) -> (String, String) {
        let output = self.start().wait_with_output().expect("the binary ends");
        // What was set with blanks and quotes around it holds the token all the same.
        let bare: String = self.token.chars().filter(char::is_ascii_alphanumeric).collect();
        let traces = Traces::of(&bare);
        traces.absent(&format!("{what}: the result"), &output.stdout);
        traces.absent(&format!("{what}: what it says"), &output.stderr);
        traces.absent_below(what, &self.folder);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("panicked"), "{what}: {said}");
        assert!(output.status.code().is_some(), "{what}: a signal ended it");
        (String::from_utf8_lossy(&output.stdout).into_owned(), said)
    }
}

/// A stage whose token is in this state.
fn with_token(state: TokenState) -> Staged {
    staged(|stage| {
        stage.tell_mode = false;
        stage.account.token = state;
    })
}

fn token_of(staged: &Staged) -> String {
    staged.raised.token.reveal().to_owned()
}

#[test]
fn no_format_tells_the_token_whatever_becomes_of_it() {
    for (name, state) in [
        ("good", TokenState::Good),
        ("account", TokenState::OfTheAccount),
        ("without-permissions", TokenState::WithoutPermissions),
        ("expired", TokenState::Expired),
        ("disabled", TokenState::Disabled),
        ("unknown", TokenState::Unknown),
    ] {
        let staged = with_token(state);
        let token = token_of(&staged);
        for format in FORMATS {
            let run = Run::of(&staged, &token, &format!("{name}-{format}"));
            let report = run.folder.join("report").display().to_string();
            let run = run.with(&["--format", format, "-o", &report]);
            run.leaves_no_trace(&format!("{name}, {format}"));
            let report = fs::read_to_string(&report).expect("the report is written");
            assert!(report.contains("shop.example.test"), "{name}, {format}: {report}");
        }
        assert!(!staged.raised.api.requests().is_empty(), "{name}: the account was asked");
    }
}

#[test]
fn no_trouble_of_the_api_brings_it_out() {
    let staged = with_token(TokenState::Good);
    let token = token_of(&staged);
    let kinds = [
        ("limited", TroubleKind::Limited(1)),
        ("fails", TroubleKind::Fails(500)),
        ("page", TroubleKind::Page(502)),
        ("garbage", TroubleKind::Garbage),
        ("cut", TroubleKind::Cut),
        ("hangs", TroubleKind::Hangs),
        ("closes", TroubleKind::Closes),
        ("slow", TroubleKind::Slow(Duration::from_secs(2))),
    ];
    for ((name, kind), format) in kinds.into_iter().zip(FORMATS.into_iter().cycle()) {
        staged.raised.api.state().trouble = vec![Trouble::always(kind)];
        staged.raised.api.forget_requests();
        let run = Run::of(&staged, &token, name).with(&["--format", format]);
        let (out, _) = run.leaves_no_trace(name);
        assert!(out.contains("shop.example.test"), "{name}: {out}");
        assert!(!staged.raised.api.requests().is_empty(), "{name}: the account was asked");
    }
}

#[test]
fn an_api_that_tells_the_credentials_back_is_not_repeated() {
    let staged = with_token(TokenState::Good);
    let token = token_of(&staged);
    let json = "Content-Type: application/json\r\nX-Echo: {}\r\nCF-Ray: {}\r\nRetry-After: {}";
    let refusal = r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error: {}","error_chain":[{"code":6111,"message":"{}"}],"documentation_url":"https://docs.example/{}"}],"messages":[{"code":1,"message":"{}"}],"result":null}"#;
    let good = r#"{"success":true,"errors":[],"messages":[{"code":10000,"message":"{}"}],"result":[{"id":"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a","name":"{}","type":"A","content":"{}","status":"{}","{}":"{}","value":"{}","account":{"id":"0123456789abcdef0123456789abcdef","name":"{}"}}],"result_info":{"page":1,"total_pages":1}}"#;
    let object = r#"{"success":true,"errors":[],"messages":[],"result":{"id":"{}","status":"{}","value":"{}","name":"{}"}}"#;
    let page = "<!doctype html><title>{}</title><p>Bearer {} was not taken</p>";
    let answers = [
        ("in-an-error", format!("HTTP/1.1 403 {{}}\r\n{json}"), refusal),
        ("in-a-limit", format!("HTTP/1.1 429 Too Many Requests\r\n{json}"), refusal),
        ("in-a-failure", format!("HTTP/1.1 500 Internal Server Error\r\n{json}"), refusal),
        ("in-a-list", format!("HTTP/1.1 200 OK\r\n{json}"), good),
        ("in-an-object", format!("HTTP/1.1 200 OK\r\n{json}"), object),
        ("in-a-page", "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html".to_owned(), page),
        ("in-no-http", "{} {} {}".to_owned(), page),
    ];
    for (name, head, body) in answers {
        let harm = Harm::stand(Answer { head, body: body.to_owned() });
        for format in FORMATS {
            let mut run = Run::of(&staged, &token, &format!("{name}-{format}"));
            run.base = harm.base();
            run.with(&["--format", format]).leaves_no_trace(&format!("{name}, {format}"));
        }
        let bearer = format!("Bearer {token}");
        assert!(harm.heard().contains(&bearer), "{name}: it was shown to the API");
    }
}

#[test]
fn a_redirect_takes_it_nowhere() {
    let staged = with_token(TokenState::Good);
    let token = token_of(&staged);
    let nothing = Answer { head: "HTTP/1.1 200 OK".to_owned(), body: "{}".to_owned() };
    for status in [301, 302, 307, 308] {
        let elsewhere = Harm::stand(nothing.clone());
        let to = format!("http://localhost:{}/{{}}", elsewhere.address.port());
        let head = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {to}");
        let harm = Harm::stand(Answer { head, body: String::new() });
        let mut run = Run::of(&staged, &token, &format!("redirect-{status}"));
        run.base = harm.base();
        run.leaves_no_trace(&format!("a redirect of {status}"));
        assert!(!harm.heard().is_empty(), "{status}: the API was asked");
        assert_eq!(elsewhere.heard(), Vec::<String>::new(), "{status}: nobody else was");
    }
}

#[test]
fn what_is_no_token_is_not_repeated_either() {
    let staged = with_token(TokenState::Good);
    let token = token_of(&staged);
    for (name, malformed) in [
        ("quotes", format!("\"{token}\"")),
        ("a-blank", format!("{} {}", &token[..10], &token[10..])),
        ("a-line-end", format!("{token}\n")),
        ("two-lines", format!("{token}\n{token}")),
        ("an-escape", format!("\u{1b}[31m{token}")),
        ("another-script", format!("{token}\u{e9}")),
        ("its-header", format!("Bearer {token}")),
    ] {
        for format in ["text", "json"] {
            let run = Run::of(&staged, &malformed, &format!("malformed-{name}-{format}"));
            run.with(&["--format", format]).leaves_no_trace(&format!("{name}, {format}"));
        }
    }
}

#[test]
fn an_address_of_the_api_that_is_none_does_not_bring_it_out() {
    let staged = with_token(TokenState::Good);
    let token = token_of(&staged);
    for (name, base) in [
        ("not-https", "http://api.example.test/client/v4".to_owned()),
        ("no-address", "nowhere".to_owned()),
        ("nobody-there", "http://127.0.0.1:9/client/v4".to_owned()),
        ("a-name-that-is-none", "https://api.nowhere.invalid/client/v4".to_owned()),
    ] {
        let mut run = Run::of(&staged, &token, name);
        run.base = base;
        run.leaves_no_trace(name);
    }
}

/// The arguments of a process and of all below it.
fn arguments_below(pid: u32) -> Vec<(u32, Vec<u8>)> {
    let mut all = Vec::new();
    if let Ok(bytes) = fs::read(format!("/proc/{pid}/cmdline")) {
        all.push((pid, bytes));
    }
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for task in tasks {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            all.extend(arguments_below(child));
        }
    }
    all
}

/// An `ssh` that writes down how it was called, and waits until its input ends and the file `go` is there.
fn stub(folder: &Path) -> PathBuf {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).expect("a folder can be made");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > {0}/arguments\nenv > {0}/environment\n\
         cat > {0}/input\n: > {0}/ready\nwhile [ ! -e {0}/go ]; do sleep 0.05; done\n\
         echo 'it was only a stub' >&2\nexit 255\n",
        folder.display()
    );
    let path = bin.join("ssh");
    fs::write(&path, script).expect("a file can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode can be set");
    bin
}

#[test]
fn neither_the_list_of_processes_nor_a_child_is_told() {
    let staged = with_token(TokenState::Good);
    let token = token_of(&staged);
    let traces = Traces::of(&token);
    let run = Run::of(&staged, &token, "ssh").with(&["--ssh", "root@origin.example.test"]);
    let seen = folder("secret-ssh-seen");
    let bin = stub(&seen);
    let path = format!("{}:/usr/bin:/bin", bin.display());
    // The stub must be found by the program, and by nobody else.
    let child = {
        let _standing = staged.runtime.enter();
        let mut args = staged.arguments(&run.folder);
        args.extend(["--timeout", "5", "--samples", "1"].map(str::to_owned));
        args.extend(["--api-url".to_owned(), run.base.clone()]);
        args.extend(run.more.iter().cloned());
        command()
            .args(args)
            .env("PATH", path)
            .env("CLOUDFLARE_API_TOKEN", &token)
            .env("CLOUDFLARE_API_BASE_URL", "https://api.example.test/client/v4")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts")
    };
    let mut processes = 0;
    while !seen.join("ready").exists() {
        for (_, arguments) in arguments_below(child.id()) {
            traces.absent("the arguments of a process", &arguments);
            processes += 1;
        }
        assert!(Path::new(&format!("/proc/{}", child.id())).exists(), "the binary waits for ssh");
        std::thread::yield_now();
    }
    let all = arguments_below(child.id());
    assert!(all.len() >= 2, "the stub runs below the binary");
    for (pid, arguments) in &all {
        traces.absent("the arguments of a process", arguments);
        if *pid != child.id() {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            traces.absent("the environment of a child", &environment);
        }
    }
    assert!(processes > 0, "the processes were looked at");
    fs::write(seen.join("go"), "").expect("a file can be written");
    let output = child.wait_with_output().expect("the binary ends");
    traces.absent("the result", &output.stdout);
    traces.absent("what it says", &output.stderr);
    // Its arguments, its environment, and the program that was copied there through it.
    traces.absent_below("what ssh was given", &seen);
    let environment = fs::read_to_string(seen.join("environment")).expect("the stub wrote it");
    assert!(!environment.contains("CLOUDFLARE_API"), "not even its name goes to a child");
}
