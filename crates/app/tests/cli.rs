//! The binary from outside: help, refusals, exit codes, and what goes to which stream.
//!
//! Nothing in here needs a network: what asks goes to the loopback, or to nobody.

mod binary;

use std::fs;

use binary::{folder, run, run_with};
use rayfix_core::{causes, explain};

const COMMANDS: [&[&str]; 13] = [
    &["diagnose"],
    &["fix"],
    &["undo"],
    &["confirm"],
    &["history"],
    &["ssl-mode"],
    &["firewall"],
    &["explain"],
    &["lab"],
    &["lab", "list"],
    &["lab", "run"],
    &["completions"],
    &["man"],
];

#[test]
fn help_of_every_command_has_its_arguments_and_an_example() {
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let told = run(&[command, &[flag]].concat());
            assert_eq!((told.code, told.err.as_str()), (0, ""), "{command:?}");
            for part in ["Usage: rayfix", "Example", &format!("rayfix {}", command.join(" "))] {
                assert!(told.out.contains(part), "{command:?}: no `{part}`:\n{}", told.out);
            }
            let wide = told.out.lines().find(|line| line.chars().count() > 80);
            assert!(wide.is_none(), "{command:?}: wider than 80: {wide:?}");
        }
    }
    let told = run(&["--help"]);
    for command in COMMANDS {
        assert!(told.out.contains(&format!("\n  {} ", command[0])), "{command:?}");
    }
    let mends = "sudo rayfix fix shop.example.com";
    for part in ["Exit codes", "Examples", "or a change would break sites", mends] {
        assert!(told.out.contains(part), "{part}");
    }
    let wide = told.out.lines().find(|line| line.chars().count() > 80);
    assert!(wide.is_none(), "wider than 80: {wide:?}");
    for absent in ["prevent", "watch", "logs"] {
        assert!(!told.out.contains(&format!("  {absent} ")), "{absent} does not exist yet");
    }
}

#[test]
fn every_option_of_the_contract_is_in_help() {
    let told = run(&["diagnose", "--help"]);
    for option in [
        "--origin",
        "--ssl-mode",
        "--on-origin",
        "--connect",
        "--ca-file",
        "--ranges",
        "--api-url",
        "--timeout",
        "--samples",
        "--resolver",
        "--format",
        "-o, --output",
        "--save",
        "--case",
        "-v, --verbose",
    ] {
        assert!(told.out.contains(option), "{option}");
    }
}

#[test]
fn without_a_command_help_goes_to_standard_error() {
    for args in [&[][..], &["lab"]] {
        let told = run(args);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{args:?}");
        assert!(told.err.contains("Commands:"), "{}", told.err);
    }
}

#[test]
fn the_version_is_the_result() {
    let told = run(&["--version"]);
    assert_eq!((told.code, told.out), (0, format!("rayfix {}\n", env!("CARGO_PKG_VERSION"))));
}

/// Exit 2, nothing on standard output, one line on standard error that has these words.
fn refused(args: &[&str], words: &str) {
    let told = run(args);
    assert_eq!((told.code, told.out.as_str()), (2, ""), "{args:?}: {}", told.err);
    assert!(told.err.contains(words), "{args:?}: no `{words}` in: {}", told.err);
    assert!(told.err.starts_with("rayfix: "), "{args:?}: {}", told.err);
    assert_eq!(told.err.lines().count(), 1, "{args:?}: one sentence: {}", told.err);
    let lower = told.err.to_lowercase();
    for word in ["invalid", "unexpected", "went wrong", "please", "!", "panicked", "error:"] {
        assert!(!lower.contains(word), "{args:?}: `{word}` in: {}", told.err);
    }
    let acts = |c: char| c.is_control() && c != '\n';
    assert!(!told.err.contains(acts), "{args:?}: raw control characters: {:?}", told.err);
}

#[test]
fn names_that_cannot_be_asked_about_are_refused() {
    let long = "abcdefghi.".repeat(30) + "example";
    let label = "a".repeat(64) + ".example";
    let endless = "a".repeat(20_000);
    for (host, words) in [
        ("", "no name was given"),
        ("   ", "no name was given"),
        ("https://", "no name was given"),
        ("shop example.com", "is not a host name"),
        ("shop\texample.com", "is not a host name"),
        ("shop..example.com", "is not a host name"),
        ("-shop.example.com", "is one"),
        ("shop_$.example.com", "is not a host name"),
        (long.as_str(), "at most 253"),
        (label.as_str(), "63 between two dots"),
        (endless.as_str(), "at most 253"),
        ("https://user:secret@shop.example.com/", "leave out what stands before the @"),
        ("203.0.113.7", "--origin 203.0.113.7"),
        ("https://[2001:db8::7]/", "--origin 2001:db8::7"),
        ("2130706433", "is an address"),
        ("shop.example.com:0", "from 1 to 65535"),
        ("shop.example.com:70000", "from 1 to 65535"),
        ("shop.example.com:https", "from 1 to 65535"),
        ("ftp://shop.example.com", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("shop\u{1b}[31m.example.com", "is not a host name"),
        ("shop\u{202e}.example.com", "is not a host name"),
    ] {
        let words = if host.starts_with('-') { "there is no option" } else { words };
        refused(&["diagnose", host], words);
    }
    let told = run(&["diagnose", "https://user:secret@shop.example.com/"]);
    assert!(!told.err.contains("secret"), "a password is not echoed: {}", told.err);
}

#[test]
fn values_that_do_not_fit_are_refused_with_what_would() {
    for (args, words) in [
        (&["--origin", "origin.example.com"][..], "an address with or without a port"),
        (&["--origin", "203.0.113.7:0"], "from 1 to 65535"),
        (&["--origin", "203.0.113.7:70000"], "such as 203.0.113.7"),
        (&["--origin", "203.0.113.0/24"], "`203.0.113.0/24` does not fit"),
        (&["--origin"], "--origin needs a value: --origin ADDR[:PORT]"),
        (&["--ssl-mode", "ful"], "off, flexible, full, strict or origin_pull belongs there"),
        (&["--ssl-mode", ""], "off, flexible"),
        (&["--on-origin", "perhaps"], "auto, yes or no belongs there"),
        (&["--connect", "shop.example.com"], "HOST:PORT:ADDR belongs there"),
        (&["--connect", "shop.example.com:443:here"], "is not an address"),
        (&["--connect", "shop.example.com:0:203.0.113.7"], "from 1 to 65535"),
        (&["--timeout", "0"], "from 1 to 600"),
        (&["--timeout", "601"], "from 1 to 600"),
        (&["--timeout", "-5"], "from 1 to 600"),
        (&["--timeout", "NaN"], "from 1 to 600"),
        (&["--timeout", "inf"], "from 1 to 600"),
        (&["--timeout", "soon"], "from 1 to 600"),
        (&["--timeout", "5", "--timeout", "6"], "given twice"),
        (&["--samples", "0"], "from 1 to 50"),
        (&["--samples", "51"], "from 1 to 50"),
        (&["--samples", "4.5"], "from 1 to 50"),
        (&["--resolver", "dns.example"], "such as 192.0.2.53"),
        (&["--format", "yaml"], "text, json, markdown or html belongs there"),
        (&["--frmat", "json"], "did you mean `--format`?"),
        (&["--api-url", "x"], "--api-url: `x` is not a URL; one such as https://api"),
        (&["--api-url"], "--api-url needs a value: --api-url URL"),
        (&["--case", "x.json", "--api-url", "x"], "does not go together with --api-url"),
        (&["-x"], "there is no option `-x`"),
        (&["second.example.com"], "one argument too many"),
        (&["--case", "x.json", "--origin", "203.0.113.7"], "does not go together with --origin"),
        (&["--case", "x.json", "--timeout", "5"], "does not go together with --timeout"),
        (&["--save", "-"], "the name of a file belongs there"),
        (&["--\u{1b}[31mred"], "there is no option"),
        (&["--format", "\u{1b}]0;title\u{7}"], "does not fit"),
    ] {
        refused(&[&["diagnose", "shop.example.com"], args].concat(), words);
    }
    for (args, words) in [
        (&["diagnose"][..], "HOST is missing"),
        (&["diagnos"], "did you mean `diagnose`?"),
        (&["fix"], "HOST is missing"),
        (&["fix", "shop.example.com", "--only", "reboot"], "`reboot` is no fix; there are:"),
        (&["fix", "shop.example.com", "--only", "all"], "there are: safe, "),
        (&["fix", "shop.example.com", "--apply", "--confirm-within", "x"], "from 5 to 3600"),
        (&["fix", "shop.example.com", "--prove-within", "1"], "from 5 to 600"),
        (&["fix", "shop.example.com", "--apply", "--at-most", "few"], "a number of runs"),
        (&["fix", "shop.example.com", "--yes"], "--apply is missing"),
        (&["fix", "shop.example.com", "--plan", "plan.json"], "--apply is missing"),
        (&["fix", "shop.example.com", "--even-if-cut-off"], "--confirm-within is missing"),
        (&["fix", "shop.example.com", "--ssh", "root@a"], "run rayfix there"),
        (&["undo", "yesterday"], "a run's name belongs there"),
        (&["ssl-mode", "example.com", "--to", "tight"], "off, flexible, full, strict or"),
        (&["explain"], "WORD is missing"),
        (&["explain", ""], "nothing to explain"),
        (&["explain", "--list", "C401"], "does not go together"),
        (&["completions"], "SHELL is missing"),
        (&["completions", "csh"], "zsh belongs there"),
        (&["lab", "run"], "FAULT is missing"),
        (&["lab", "run", "healthy", "--latency", "x"], "from 0 to 10000"),
        (&["lab", "run", "healthy", "--latency", "10001"], "from 0 to 10000"),
        (&["lab", "start"], "there is no command `start`"),
        (&["man", "diagnose"], "one argument too many"),
        (&["\u{1b}[31m"], "there is no command"),
    ] {
        refused(args, words);
    }
}

#[test]
fn files_that_cannot_be_used_are_refused_with_the_reason() {
    let folder = folder("files");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder.join(name), bytes).unwrap();
    };
    write("rubbish", b"172.64.0.0/13\n\n<html>\x1b[31m\n");
    write("empty", b"");
    write("binary", b"\xff\xfe\x00\x01");
    write("truncated.json", br#"{"schema":"rayfix/case/1","target":{"#);
    write("newer.json", br#"{"schema":"rayfix/case/99"}"#);
    write("other.json", br#"{"schema":"rayfix/diagnosis/1"}"#);
    write("cut.pem", b"-----BEGIN CERTIFICATE-----\nAAEC\n");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    for (option, file, words) in [
        ("--ranges", "rubbish", "line 3 is `<html>"),
        ("--ranges", "empty", "holds no prefix"),
        ("--ranges", "binary", "line 1"),
        ("--ranges", "absent", "there is no such file"),
        ("--ranges", ".", "it is a folder"),
        ("--case", "empty", "the file is empty"),
        ("--case", "binary", "not UTF-8"),
        ("--case", "truncated.json", "the rest is missing"),
        ("--case", "newer.json", "newer rayfix"),
        ("--case", "other.json", "rayfix/case/1"),
        ("--case", "rubbish", "not JSON"),
        ("--case", "absent", "there is no such file"),
        ("--case", ".", "it is a folder"),
        ("--ca-file", "rubbish", "find a certificate"),
        ("--ca-file", "cut.pem", "read certificate 1"),
        ("--ca-file", "absent", "could not read"),
        ("--output", ".", "it is a folder"),
        ("--output", "absent/report.html", "the folder that it should lie in does not exist"),
        ("--output", "rubbish/report.html", "is not a folder"),
        ("--save", ".", "it is a folder"),
        ("--output", "", "--output needs a value"),
    ] {
        let file = if file.is_empty() { String::new() } else { path(file) };
        refused(&["diagnose", "shop.example.com", option, &file], words);
    }
    let both = path("both");
    refused(&["diagnose", "a.example", "-o", &both, "--save", &both], "the same file as --output");
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left.len(), 7, "a refusal leaves nothing behind: {left:?}");

    let told = run_with(
        &["diagnose", "shop.example.com"],
        &[("SSL_CERT_FILE", path("absent").as_str())],
        b"",
    );
    assert_eq!(told.code, 2, "{}", told.err);
    assert!(told.err.starts_with("rayfix: SSL_CERT_FILE: could not read"), "{}", told.err);
}

/// Made up, and of a token's form.
const TOKEN: &str = "made-up-and-known-to-nobody-at-all-00000";

/// Asks about a name that nobody resolves, with this in the environment.
fn asked_with(variables: &[(&str, &str)], more: &[&str]) -> binary::Told {
    let nobody = ["diagnose", "shop.example.test", "--resolver", "127.0.0.1:1", "--timeout", "2"];
    run_with(&[&nobody, more].concat(), variables, b"")
}

#[test]
fn what_is_no_token_stops_nothing_and_is_noted() {
    for (token, why) in [
        ("Bearer made-up", "blanks, quotes or other characters"),
        ("\"made-up-in-quotes-00000000000000000000000\"", "blanks, quotes or other characters"),
    ] {
        let told = asked_with(&[("CLOUDFLARE_API_TOKEN", token)], &[]);
        assert_eq!(told.code, 3, "{}", told.err);
        assert!(
            told.err.starts_with("CLOUDFLARE_API_TOKEN does not hold a token: "),
            "{}",
            told.err
        );
        assert!(told.err.contains(why), "{}", told.err);
        assert!(told.err.ends_with("The account is not asked.\n"), "{}", told.err);
        assert!(!told.err.contains("made-up") && !told.out.contains("made-up"), "{}", told.err);
        // There the account is the question.
        let told = run_with(&["ssl-mode", "estate.test"], &[("CLOUDFLARE_API_TOKEN", token)], b"");
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{}", told.err);
        assert!(told.err.starts_with("rayfix: CLOUDFLARE_API_TOKEN: "), "{}", told.err);
        assert!(told.err.contains(why) && !told.err.contains("made-up"), "{}", told.err);
    }
    for empty in ["", "   "] {
        let told = asked_with(&[("CLOUDFLARE_API_TOKEN", empty)], &[]);
        assert_eq!((told.code, told.err.as_str()), (3, ""), "an empty one is none");
        let told = run_with(&["ssl-mode", "estate.test"], &[("CLOUDFLARE_API_TOKEN", empty)], b"");
        assert_eq!((told.code, told.err.as_str()), (3, ""), "{}", told.out);
        assert!(told.out.contains("no API token was given"), "{}", told.out);
    }
}

#[test]
fn an_address_of_the_api_without_a_token_is_noted() {
    let told = asked_with(&[], &["--api-url", "http://127.0.0.1:1/client/v4"]);
    assert_eq!(told.code, 3);
    assert!(told.err.contains("so the account is not asked and --api-url has no"), "{}", told.err);
    let base = [("CLOUDFLARE_API_BASE_URL", "http://127.0.0.1:1/client/v4")];
    let told = asked_with(&base, &[]);
    assert_eq!((told.code, told.err.as_str()), (3, ""), "a variable may stand in every shell");
}

#[test]
fn an_address_that_a_token_must_not_go_to_is_refused() {
    let here = "http://127.0.0.1:1/client/v4";
    for (base, words) in [
        ("nowhere", "`nowhere` is not a URL; one such as https://api.cloudflare.com/client/v4"),
        ("http://api.example.test/client/v4", "must begin with https://, since a token is sent"),
        ("https://me@api.example.test/", "must not hold a name or a password"),
        ("https://api.example.test/?a=b", "without ? and #"),
    ] {
        for command in ["diagnose", "ssl-mode"] {
            let site = ["shop.example.test", "--timeout", "2", "--resolver", "127.0.0.1:1"];
            let args = [&[command], &site[..]].concat();
            let token = ("CLOUDFLARE_API_TOKEN", TOKEN);
            let told = run_with(&[&args[..], &["--api-url", base]].concat(), &[token], b"");
            assert_eq!((told.code, told.out.as_str()), (2, ""), "{command} {base}: {}", told.err);
            assert!(told.err.starts_with("rayfix: --api-url: "), "{command}: {}", told.err);
            assert!(told.err.contains(words), "{command} {base}: {}", told.err);
            let variables = [token, ("CLOUDFLARE_API_BASE_URL", base)];
            let told = run_with(&args, &variables, b"");
            assert_eq!((told.code, told.out.as_str()), (2, ""), "{command} {base}: {}", told.err);
            assert!(told.err.starts_with("rayfix: CLOUDFLARE_API_BASE_URL: "), "{}", told.err);
            // What the option says wins over what the variable says.
            let told = run_with(&[&args[..], &["--api-url", here]].concat(), &variables, b"");
            assert_eq!(told.code, 3, "{command} {base}: {}", told.err);
        }
    }
}

#[test]
fn arguments_that_are_no_text_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    for args in [vec![b"diagnose".as_slice(), b"\xff\xfe"], vec![b"\xff".as_slice()]] {
        let output = binary::command().args(args.iter().map(|arg| OsStr::from_bytes(arg))).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.starts_with("rayfix: "), "{err}");
    }
}

#[test]
fn every_cause_code_and_number_is_explained() {
    for (doc, cause) in causes::ALL {
        let told = run(&["explain", cause.code]);
        assert_eq!((told.code, told.err.as_str()), (0, ""), "{}", cause.code);
        let heading = format!("{} {}\n", cause.code, doc.name());
        assert!(told.out.starts_with(&heading), "{}", told.out);
        assert_eq!(told.out, run(&["explain", &doc.name()]).out);
    }
    for entry in explain::entries() {
        for number in entry.numbers {
            let told = run(&["explain", &number.to_string()]);
            assert_eq!((told.code, told.err.as_str()), (0, ""), "{number}");
            assert!(told.out.lines().next().unwrap().contains(&number.to_string()), "{number}");
            let wide = told.out.lines().find(|line| line.chars().count() > 80);
            assert!(wide.is_none(), "{number}: wider than 80: {wide:?}");
        }
    }
    let list = run(&["explain", "--list"]);
    assert_eq!(list.code, 0);
    for (doc, _) in causes::ALL {
        assert!(list.out.contains(&doc.name()), "{}", doc.name());
    }
}

#[test]
fn a_pasted_line_is_explained_from_arguments_and_from_standard_input() {
    let line = "2026/11/20 10:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) \
                while connecting to upstream, client: 172.68.0.1";
    let told = run(&["explain", line]);
    assert!(told.out.contains("The app refused nginx's connection"), "{}", told.out);
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(told.out, run(&[&["explain"], &words[..]].concat()).out);
    assert_eq!(told.out, run_with(&["explain", "-"], &[], line.as_bytes()).out);

    let hostile =
        run_with(&["explain", "-"], &[], b"\x1b[31merror code: 1033\x07\xff\n\x1b]0;x\x07");
    assert_eq!(hostile.code, 0, "{}", hostile.err);
    assert!(!hostile.out.contains(['\u{1b}', '\u{7}']), "{:?}", hostile.out);
}

#[test]
fn what_is_unknown_gets_a_suggestion() {
    for (word, words) in [
        ("expired", "did you mean `tls-certificate-expired`?"),
        ("nothing-like-it-at-all", "`rayfix explain --list`"),
        ("\u{1b}[31mred\u{1b}[0m", "nothing is known of"),
    ] {
        refused(&["explain", word], words);
    }
}

#[test]
fn completions_come_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let told = run(&["completions", shell]);
        assert_eq!((told.code, told.err.as_str()), (0, ""), "{shell}");
        for word in ["diagnose", "fix", "undo", "confirm", "history", "ssl-mode", "explain"] {
            assert!(told.out.contains(word), "{shell}: no `{word}`");
        }
    }
}

#[test]
fn the_manual_has_every_command_option_and_exit_code() {
    let told = run(&["man"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    let page = told.out.replace('\\', "");
    for part in [
        ".TH rayfix 1",
        "RAYFIX DIAGNOSE",
        "RAYFIX FIX",
        "RAYFIX UNDO",
        "RAYFIX CONFIRM",
        "RAYFIX HISTORY",
        "RAYFIX SSL-MODE",
        "RAYFIX LAB RUN",
        "--ssl-mode",
        "--plain-502",
        "EXIT STATUS",
        "a cause was blamed",
        "ENVIRONMENT",
        "SSL_CERT_FILE",
        "CLOUDFLARE_API_TOKEN",
        "CLOUDFLARE_API_BASE_URL",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("\nExample"), "the examples have a heading, which is enough");
}

#[test]
fn colour_is_for_those_who_take_it() {
    for (variables, coloured) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&[("NO_COLOR", "1")], false),
    ] {
        let told = run_with(&["explain", "522"], variables, b"");
        assert_eq!(told.out.contains('\u{1b}'), coloured, "{variables:?}");
        let told = run_with(&["explain", "zzzzzzz"], variables, b"");
        assert_eq!(told.err.contains('\u{1b}'), coloured, "{variables:?}");
        let told = run_with(&["--help"], variables, b"");
        assert_eq!(told.out.contains('\u{1b}'), coloured, "{variables:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    use std::process::Stdio;
    let mut child = binary::command()
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_full_disk_is_said_so() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = binary::command().args(["explain", "522"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.starts_with("rayfix: could not write the result"), "{err}");
}
