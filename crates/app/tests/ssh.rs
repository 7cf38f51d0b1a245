//! `--ssh` against a real sshd on the loopback: the binary is copied there, run, and taken away. Where sshd is not
//! installed the tests are counted as ignored, with the reason; with `LAB_ALL=1` they fail.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Output, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

const SSHD: &str = "/usr/sbin/sshd";

fn main() -> ExitCode {
    let trials = vec![
        trial("the_origin_is_looked_into_and_nothing_is_left_behind", looks),
        trial("roots_that_are_trusted_here_are_trusted_there", roots),
        trial("without_a_way_in_the_rest_is_told_all_the_same", refused),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that cannot run here says so.
fn trial(name: &str, test: fn() -> Result<(), Failed>) -> Trial {
    if Path::new(SSHD).exists() {
        return Trial::test(name, test);
    }
    let fails = std::env::var_os("LAB_ALL").is_some_and(|all| all == "1");
    let reason = format!("{SSHD} is not installed (Debian: openssh-server)");
    let said = Failed::from(&reason);
    Trial::test(name, || Err(said)).with_kind(reason).with_ignored_flag(!fails)
}

/// An sshd that lets in who has the key, an `ssh` that has it, and a folder for what is copied.
struct Way {
    home: PathBuf,
    sshd: Child,
}

impl Drop for Way {
    fn drop(&mut self) {
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
}

impl Way {
    fn open(name: &str) -> Result<Way, Failed> {
        let home = std::env::temp_dir().join(format!("rayfix-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&home);
        for folder in ["bin", "tmp"] {
            fs::create_dir_all(home.join(folder))?;
        }
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
        // Privilege separation wants it; packages make it when the service starts.
        fs::create_dir_all("/run/sshd")?;
        let path = |file: &str| home.join(file).display().to_string();
        for key in ["host", "user"] {
            let file = path(key);
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f", &file])
                .status()?;
            assert!(made.success(), "a key is made");
        }
        fs::copy(path("user.pub"), path("authorized"))?;
        // Taken and given back: nobody else on this machine asks for ports in that moment.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n\
             SetEnv TMPDIR={}\n",
            path("host"),
            path("authorized"),
            path("tmp"),
        );
        fs::write(path("sshd_config"), config)?;
        let client = format!(
            "Host origin\n HostName 127.0.0.1\n Port {port}\n IdentityFile {}\n IdentitiesOnly yes\n \
             StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n BatchMode yes\n",
            path("user"),
        );
        fs::write(path("ssh_config"), client)?;
        // The user's own ssh, as their path leads to it.
        let wrapper = format!("#!/bin/sh\nexec /usr/bin/ssh -F {} \"$@\"\n", path("ssh_config"));
        fs::write(path("bin/ssh"), wrapper)?;
        fs::set_permissions(path("bin/ssh"), fs::Permissions::from_mode(0o755))?;
        let mut sshd = Command::new(SSHD)
            .args(["-D", "-e", "-f", &path("sshd_config")])
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = BufReader::new(sshd.stderr.take().expect("a pipe"));
        let mut line = String::new();
        while !line.contains("listening on") {
            line.clear();
            if said.read_line(&mut line)? == 0 {
                return Err("sshd did not start".into());
            }
        }
        // It must not wait for somebody who reads what it says.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Ok(Way { home, sshd })
    }

    fn diagnose(&self, more: &[&str]) -> Result<Output, Failed> {
        let path = format!("{}:/usr/bin:/bin", self.home.join("bin").display());
        let asked =
            ["diagnose", "shop.example.test", "--resolver", "127.0.0.1:1", "--timeout", "5"];
        let output = Command::new(env!("CARGO_BIN_EXE_rayfix"))
            .args(asked)
            .args(more)
            .env("PATH", path)
            .env_remove("SSL_CERT_FILE")
            .output()?;
        Ok(output)
    }
}

fn looks() -> Result<(), Failed> {
    let way = Way::open("looks")?;
    let output = way.diagnose(&["--ssh", "origin", "--format", "json"])?;
    let said = String::from_utf8_lossy(&output.stderr);
    let diagnosis: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {said}"))?;
    let readings = diagnosis["readings"].as_array().expect("a list");
    let place = readings.iter().find(|reading| reading["probe"] == "host_place");
    let place = place.ok_or_else(|| format!("no look into the origin: {said}"))?;
    assert_eq!(place["answer"]["known"], "told", "{place}");
    let lookups = readings.iter().filter(|reading| reading["probe"] == "site_dns").count();
    assert_eq!(lookups, 2, "the visitor's way is asked from here alone");
    assert_eq!(fs::read_dir(way.home.join("tmp"))?.count(), 0, "nothing is left behind");

    // The same by a program that is there already.
    let binary = env!("CARGO_BIN_EXE_rayfix");
    let output = way.diagnose(&["--ssh", "origin", "--ssh-binary", binary, "--format", "json"])?;
    assert!(String::from_utf8_lossy(&output.stdout).contains("host_place"));
    let output = way.diagnose(&["--ssh", "origin", "--ssh-binary", "/nowhere/rayfix"])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the program was not found there"), "{said}");
    Ok(())
}

fn roots() -> Result<(), Failed> {
    let way = Way::open("roots")?;
    let path = |file: &str| way.home.join(file).display().to_string();
    let pem = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";
    fs::write(path("ca.pem"), pem)?;
    // A program there that keeps what it was told.
    let binary = env!("CARGO_BIN_EXE_rayfix");
    let told =
        format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >{}\nexec {binary} \"$@\"\n", path("told"));
    fs::write(path("there"), told)?;
    fs::set_permissions(path("there"), fs::Permissions::from_mode(0o755))?;
    let there = path("there");
    let ssh = ["--ssh", "origin", "--ssh-binary", &there, "--format", "json"];
    let output = way.diagnose(&[&ssh[..], &["--ca-file", &path("ca.pem")]].concat())?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(String::from_utf8_lossy(&output.stdout).contains("host_place"), "{said}");
    let told = fs::read_to_string(path("told"))?;
    assert!(told.contains("--root\nMAMCAQU=\n"), "{told}");
    // A list of all roots of a system does not fit, and that is said.
    let large = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        "MAMC".repeat(30_000)
    );
    fs::write(path("ca.pem"), large)?;
    let output = way.diagnose(&[&ssh[..], &["--ca-file", &path("ca.pem")]].concat())?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("are judged without them"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("host_place"), "{said}");
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let way = Way::open("refused")?;
    fs::write(way.home.join("authorized"), "")?;
    let output = way.diagnose(&["--ssh", "origin", "--format", "json"])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("could not look into origin: ssh says: "), "{said}");
    assert!(said.contains("Permission denied"), "{said}");
    assert_eq!(output.status.code(), Some(3), "nothing could be told");
    let diagnosis: Value = serde_json::from_slice(&output.stdout)?;
    assert!(diagnosis["readings"].is_array());
    let output = way.diagnose(&["--ssh", "-oProxyCommand=id"])?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}
