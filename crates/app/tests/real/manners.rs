//! How the binary behaves in an origin, whatever it finds: what it writes, how long it takes, what it bears.

use std::io::Write as _;

use libtest_mimic::Failed;
use rayfix_lab::real::{Raised, Told, faults};

use crate::diagnosing::{SITE, furnished, plain, within};

/// A name and its test.
pub(crate) type Test = (&'static str, fn() -> Result<(), Failed>);

/// All of them.
pub(crate) const TESTS: [Test; 6] = [
    ("the_binary_runs_in_the_origin", runs),
    ("nothing_is_written_while_all_is_well", || writes_nothing(None)),
    ("nothing_is_written_while_the_app_is_stopped", || writes_nothing(Some("app_stopped"))),
    ("an_ordinary_user_is_told_what_root_would_add", as_an_ordinary_user),
    ("an_error_log_of_two_gibibytes_is_read_from_its_end", a_large_log),
    ("hostile_files_are_borne", hostile_files),
];

/// At most so much memory, whatever lies on the origin.
const MEMORY_KIB: u64 = 100 * 1024;
const CA_FILE: &str = "/etc/ssl/lab.pem";

fn runs() -> Result<(), Failed> {
    let stage = furnished(plain())?;
    let version = stage.order(&["rayfix", "--version"])?;
    assert!(version.starts_with("rayfix "), "{version}");
    stage.order(&["rayfix", "diagnose", SITE, "--ca-file", "/root/ca.pem"])?;
    Ok(())
}

/// Tells a measure, which is not asserted, to whoever reads the run.
fn say(measure: &str) {
    let _ = writeln!(std::io::stdout(), "{measure}");
}

/// Breaks a stage by a fault of this name.
fn broken(stage: &Raised, name: &str) -> Result<(), Failed> {
    let (_, fault) = faults::find(name).expect("the fault is on the list");
    (fault.break_it)(stage)?;
    Ok(())
}

/// Every system call that makes, changes or removes something that has a name.
const WRITING: &str = "open,openat,openat2,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,\
     rmdir,link,linkat,symlink,symlinkat,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,truncate,\
     ftruncate,fallocate,mknod,mknodat,bind,utime,utimes,utimensat,futimesat,setxattr,lsetxattr,fsetxattr,\
     removexattr,lremovexattr,fremovexattr,mount,umount2,kill,tkill";

fn writes_nothing(fault: Option<&str>) -> Result<(), Failed> {
    let stage = furnished(plain())?;
    if let Some(fault) = fault {
        broken(&stage, fault)?;
    }
    let only = format!("--trace={WRITING}");
    let strace = ["strace", "-f", "-y", "-qq", "--signal=none", "-o", "/root/calls", &only];
    let rayfix = ["rayfix", "diagnose", SITE, "--ca-file", "/root/ca.pem"];
    let told = stage.exec_in_origin(&[&strace[..], &rayfix[..]].concat())?;
    assert!(matches!(told.code, Some(0 | 1)), "{told:?}");
    let calls = stage.order(&["cat", "/root/calls"])?;
    assert!(calls.lines().count() > 50, "strace saw it: {calls}");
    let written: Vec<&str> = calls.lines().filter(|call| writes(call)).collect();
    assert!(written.is_empty(), "{written:#?}");
    Ok(())
}

/// Whether a call, as strace writes it, makes or changes what is not the program's own.
fn writes(call: &str) -> bool {
    let call = call.split_once(' ').map_or(call, |(_, call)| call.trim_start());
    // The end of a call that another thread's interrupted; its arguments stand with its beginning.
    if call.starts_with("<... ") {
        return false;
    }
    let Some((name, arguments)) = call.split_once('(') else { return false };
    let paths = paths(arguments);
    match name {
        "open" | "openat" | "openat2" => {
            let for_writing = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];
            for_writing.iter().any(|flag| arguments.contains(flag)) && !paths.iter().all(|p| own(p))
        }
        // An address of the network, a name that is in no folder, or a path.
        "bind" => arguments.contains("sun_path=\"") && !paths.iter().all(|path| own(path)),
        // To its own children, by their own number.
        "kill" | "tkill" => arguments.starts_with("-1,") || arguments.starts_with("0,"),
        _ => paths.is_empty() || !paths.iter().all(|path| own(path)),
    }
}

fn own(path: &str) -> bool {
    let devices = ["/dev/null", "/dev/tty"];
    let anonymous = ["/memfd:", "socket:", "pipe:", "anon_inode:"];
    devices.contains(&path)
        || path.starts_with("/tmp/rayfix-")
        || anonymous.iter().any(|kind| path.starts_with(kind))
}

/// The paths in the arguments, absolute: what stands in quotes, and what descriptors lead to.
fn paths(arguments: &str) -> Vec<String> {
    let mut opened = arguments.split('<').skip(1);
    let opened = opened.find_map(|rest| rest.split_once('>')).map(|(path, _)| path);
    if !arguments.contains('"') {
        return opened.into_iter().map(str::to_owned).collect();
    }
    let absolute = |path: &str| match opened {
        // Within the folder that the descriptor before it leads to.
        Some(folder) if !path.starts_with('/') => format!("{folder}/{path}"),
        _ => path.to_owned(),
    };
    arguments.split('"').skip(1).step_by(2).map(absolute).collect()
}

fn as_an_ordinary_user() -> Result<(), Failed> {
    for fault in [None, Some("app_boot_failed"), Some("proxy_stopped")] {
        let stage = furnished(plain())?;
        stage.write(CA_FILE, "644", &std::fs::read(stage.ca_file())?)?;
        if let Some(fault) = fault {
            broken(&stage, fault)?;
        }
        let nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        let rayfix = ["rayfix", "diagnose", SITE, "--ca-file", CA_FILE];
        let told = stage.exec_in_origin(&[&nobody[..], &rayfix[..]].concat())?;
        match fault {
            None => assert_eq!(told.code, Some(0), "{told:?}"),
            Some(_) => {
                assert!(matches!(told.code, Some(1 | 3)), "{told:?}");
                assert!(told.out.contains("root"), "what root would add: {}", told.out);
            }
        }
    }
    Ok(())
}

fn a_large_log() -> Result<(), Failed> {
    let stage = furnished(plain())?;
    stage.order(&["python3", "-c", LARGE])?;
    let seen = within(&stage, false)?;
    say(&format!("with an error log of 2 GiB and nothing to blame: {} ms", seen.took_ms));
    assert_eq!(seen.causes(), [""; 0]);
    broken(&stage, "app_stopped")?;
    stage.visit(SITE)?;
    let seen = within(&stage, false)?;
    say(&format!("with an error log of 2 GiB and the app stopped: {} ms", seen.took_ms));
    assert_eq!(seen.causes().first(), Some(&"app-stopped"));
    Ok(())
}

/// Two gibibytes of lines as nginx 1.22.1 writes them (captured), most of them of yesterday.
const LARGE: &str = r#"
import time
line = ("[error] 90#90: *7 connect() to unix:/run/shop/shop.sock failed (111: Connection refused) while connecting to "
    'upstream, client: 172.64.0.77, server: shop.example.test, request: "GET / HTTP/1.1", '
    'upstream: "http://unix:/run/shop/shop.sock:/", host: "shop.example.test"\n')
def at(ago):
    return time.strftime("%Y/%m/%d %H:%M:%S ", time.localtime(time.time() - ago)) + line
old, recent = (at(86400) * 40000).encode(), (at(2400) * 4000).encode()
with open("/var/log/nginx/error.log", "wb") as errors:
    while errors.tell() < 2 << 30:
        errors.write(old)
    errors.write(recent)
"#;

fn hostile_files() -> Result<(), Failed> {
    let stage = furnished(plain())?;
    stage.order(&["python3", "-c", HOSTILE])?;
    stage.order(&["systemctl", "daemon-reload"])?;
    let told = measured(&stage)?;
    assert_eq!(told.code, Some(0), "the site serves: {told:?}");
    broken(&stage, "app_killed")?;
    let told = measured(&stage)?;
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.contains("app-killed"), "{}", told.out);
    assert!(!told.out.chars().any(|c| c.is_control() && c != '\n'), "nothing acts on a terminal");
    let made = stage.exec_in_origin(&["test", "-e", "/tmp/owned"])?;
    assert_eq!(made.code, Some(1), "no text becomes a command");
    Ok(())
}

/// Diagnoses, and checks what memory it took.
fn measured(stage: &Raised) -> Result<Told, Failed> {
    let told = stage.exec_in_origin(&[
        "python3",
        "-c",
        MEASURE,
        "rayfix",
        "diagnose",
        SITE,
        "--ca-file",
        "/root/ca.pem",
    ])?;
    let most = told.err.lines().last().and_then(|line| line.parse::<u64>().ok());
    let most = most.ok_or_else(|| format!("no measure in {told:?}"))?;
    say(&format!("among hostile files: {most} KiB at most"));
    assert!(most < MEMORY_KIB, "{most} KiB");
    Ok(told)
}

const MEASURE: &str = r#"
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(ended.returncode)
"#;

/// Made up: what nobody should have, and somebody has. nginx keeps what it read before.
const HOSTILE: &str = r#"
import os
escapes = b"\x1b]0;owned\x07\x1b[2J\x1b[31m"
with open("/var/log/nginx/error.log", "ab") as errors:
    errors.write(b"x" * 100_000_000 + b"\n")
    errors.write(os.urandom(5_000_000) + b"\n")
    errors.write(escapes + b"\xff\xfe\x00 $(touch /tmp/owned) `touch /tmp/owned`\n" * 1000)
    errors.write(b"y" * 3_000_000)
sites = "/etc/nginx/sites-enabled/"
with open(sites + "many", "w") as many:
    for count in range(50_000):
        many.write(f"server {{ listen 80; server_name s{count}.example.test; "
            "location / { proxy_pass http://127.0.0.1:9; } }\n")
with open(sites + "loop", "w") as loop:
    loop.write("include /etc/nginx/sites-enabled/loop;\ninclude /etc/nginx/sites-enabled/*;\n")
with open(sites + "missing", "w") as missing:
    missing.write("include /etc/nginx/nowhere.conf;\n")
with open(sites + "binary", "wb") as binary:
    binary.write(os.urandom(100_000) + escapes)
units = "/etc/systemd/system/"
for name in ("shop\\x24\\x28touch\\x20-tmp-owned\\x29.service", "shop@a:b.c_d-e.service"):
    with open(units + name, "w") as unit:
        unit.write("[Unit]\nDescription=$(touch /tmp/owned);\x1b[2J\n"
            "[Service]\nExecStart=/bin/false --bind unix:/run/shop/shop.sock '$(touch /tmp/owned)'\n")
"#;
