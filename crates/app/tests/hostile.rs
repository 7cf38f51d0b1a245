//! The binary against peers that mean harm, or talk too much: what they do with its time, its
//! memory, and the secrets that pass by.
//!
//! The peers are plain listeners on the loopback that say what they are told to, whatever the
//! request; what the lab stages is tested beside it.

mod binary;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use binary::{Told, folder, run};
use flate2::Compression;
use flate2::write::GzEncoder;

const FORMATS: [&str; 4] = ["text", "json", "markdown", "html"];

/// Answers every request on a port of its own, as long as the test runs.
fn listener(answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a port left");
    let port = listener.local_addr().expect("it is bound").port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let (mut request, mut piece) = (Vec::new(), [0; 4096]);
                // A hello of TLS has no such end, and is answered in the same way.
                while !request.ends_with(b"\r\n\r\n") && request.first() != Some(&0x16) {
                    match stream.read(&mut piece) {
                        Ok(length @ 1..) => request.extend_from_slice(&piece[..length]),
                        _ => return,
                    }
                }
                // Whoever asks may have gone away.
                let _ = answer(&mut stream);
            });
        }
    });
    port
}

fn says(reply: impl Into<Vec<u8>>) -> u16 {
    let reply = reply.into();
    listener(move |stream| stream.write_all(&reply))
}

/// Answers every question on a port of its own.
fn resolver(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("the loopback has a port left");
    let port = socket.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        let mut question = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let _ = socket.send_to(&answer(&question[..length]), from);
        }
    });
    port
}

/// Asks about a site that both the edge and the origin of are this port.
fn diagnose(url: &str, port: u16, more: &[&str]) -> Told {
    let detour = format!("shop.example.test:80:127.0.0.1:{port}");
    let origin = format!("127.0.0.1:{port}");
    let args = ["diagnose", url, "--connect", &detour, "--origin", &origin, "--samples", "2"];
    run(&[&args[..], more].concat())
}

#[test]
fn no_secret_that_passes_by_is_kept_or_told() {
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzM2NyZXQifQ.c2lnbmF0dXJlLXMzY3JldA";
    let secrets = ["s3cret", TOKEN, "alice@example.com"];
    let page = format!(
        "<html>db error: password=s3cret-body, {{\"access_token\": \"s3cret-json\"}}, \
         Authorization: Bearer s3cret-bearer, mysql://root:s3cret-url@db.internal/, \
         jwt {TOKEN}, mail alice@example.com</html>"
    );
    let heads = "Server: nginx\r\nSet-Cookie: sid=s3cret-cookie; HttpOnly\r\n\
                 Authorization: Bearer s3cret-header\r\nX-Session: s3cret-custom\r\n\
                 WWW-Authenticate: Basic realm=s3cret-realm\r\n";
    let redirect = |to: &str| {
        format!("HTTP/1.1 302 Found\r\n{heads}Location: {to}\r\nContent-Length: 0\r\n\r\n")
    };
    let folder = folder("secrets");
    for (what, reply) in [
        (
            "a page",
            format!("HTTP/1.1 500 Oops\r\n{heads}Content-Length: {}\r\n\r\n{page}", page.len()),
        ),
        ("no HTTP", "password: s3cret-first Authorization: Bearer s3cret-word\r\n".to_owned()),
        ("a header that is broken", "HTTP/1.1 200 OK\r\nX-Key: s3cret\x01-control\r\n\r\n".into()),
        ("userinfo", redirect("https://s3cret:s3cret@other.example/")),
        ("userinfo without a scheme", redirect("//s3cret:s3cret@other.example/")),
        ("a query", redirect("https://other.example/?code=s3cret&s3cret#s3cret")),
        ("a query of the same site", redirect("http://shop.example.test/in?code=s3cret")),
        ("a path", redirect(&format!("/reset/{TOKEN};jsessionid=s3cret"))),
    ] {
        let port = says(reply);
        for format in FORMATS {
            let case = folder.join("case.json");
            let more = ["--format", format, "--save", case.to_str().unwrap(), "--verbose"];
            let url = "http://shop.example.test/a?token=s3cret-own";
            let told = diagnose(url, port, &more);
            assert_ne!(told.code, 2, "{what}: {}", told.err);
            let kept = fs::read_to_string(&case).unwrap();
            for (where_, text) in [("report", &told.out), ("aside", &told.err), ("case", &kept)] {
                for secret in secrets {
                    assert!(!text.contains(secret), "{what}: `{secret}` in {where_}:\n{text}");
                }
            }
            let mode = fs::metadata(&case).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "a case is its user's own");
        }
    }
}

#[test]
fn replies_that_go_on_and_on_end_with_the_time() {
    let bomb = {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![0; 1 << 20];
        for _ in 0..40 {
            packer.write_all(&zeros).unwrap();
        }
        packer.finish().unwrap()
    };
    let head = format!(
        "HTTP/1.1 500 Oops\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        bomb.len()
    );
    let long = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://shop.example.test/{}\r\nContent-Length: 0\r\n\r\n",
        "p".repeat(10_000)
    );
    let on_and_on = |what: &'static [u8]| {
        listener(move |stream| {
            loop {
                stream.write_all(what)?;
            }
        })
    };
    let one_byte_a_second = listener(|stream| {
        for byte in b"HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\n\r\n" {
            stream.write_all(&[*byte])?;
            // The slowness is what is tested; nothing waits for it to end.
            thread::sleep(Duration::from_secs(1));
        }
        Ok(())
    });
    for (what, port) in [
        ("40 MiB of zeros in a small gzip", says([head.into_bytes(), bomb].concat())),
        ("a redirect of 10,000 characters", says(long)),
        ("hints without end", on_and_on(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
        ("rubbish without end", on_and_on(b"\x00\xff\x1b[31m\xe2\x80\xae")),
        (
            "a length beyond all numbers",
            says("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\n"),
        ),
        (
            "a chunk beyond all numbers",
            says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc"),
        ),
        ("one byte a second", one_byte_a_second),
    ] {
        let begun = Instant::now();
        let told = diagnose("http://shop.example.test/", port, &["--timeout", "3"]);
        let took = begun.elapsed();
        assert!(matches!(told.code, 0 | 1 | 3), "{what}: {} {}", told.code, told.err);
        assert_eq!(told.err, "", "{what}");
        // Three times the deadline: machines are busy; what ignores it would go on for ever.
        assert!(took < Duration::from_secs(9), "{what}: took {took:?}");
    }
}

/// An answer to a question that says: an alias of `alias`, which is at 127.0.0.1.
fn aliased(question: &[u8], alias: &[u8]) -> Vec<u8> {
    let name = question[12..].iter().position(|byte| *byte == 0).expect("a question has a name");
    let end = 12 + name + 5;
    let short = |bytes: &[u8]| u8::try_from(bytes.len()).expect("a label is short");
    let asked_for_a = question[end - 4..end - 2] == [0, 1];
    let mut answer = question[..2].to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, if asked_for_a { 2 } else { 1 }, 0, 0, 0, 0]);
    answer.extend(&question[12..end]);
    let target = [&[short(alias)], alias, b"\x07example\x04test\x00"].concat();
    answer.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, short(&target)]);
    answer.extend(&target);
    if asked_for_a {
        answer.extend(&target);
        answer.extend([0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    answer
}

#[test]
fn a_resolver_can_say_anything() {
    let site = says("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    let url = format!("http://shop.example.test:{site}/");
    let evil = b"\x1b[31m\x07<script>\xe2\x80\xae`";
    for (what, port) in [
        ("nothing", resolver(|_| Vec::new())),
        ("rubbish", resolver(|_| b"\xff\x1b[31m<script>alert(1)</script>".repeat(20))),
        ("the question", resolver(<[u8]>::to_vec)),
        ("half an answer", resolver(|asked| aliased(asked, b"cdn")[..40].to_vec())),
        ("an alias that acts", resolver(|asked| aliased(asked, evil))),
    ] {
        for format in FORMATS {
            let begun = Instant::now();
            let from = format!("127.0.0.1:{port}");
            let told = run(&[
                "diagnose",
                &url,
                "--resolver",
                &from,
                "--timeout",
                "2",
                "--format",
                format,
                "-v",
            ]);
            assert!(matches!(told.code, 1 | 3), "{what}: {} {}", told.code, told.err);
            assert!(begun.elapsed() < Duration::from_secs(8), "{what}: {:?}", begun.elapsed());
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!told.out.contains(acts), "{what}, {format}: {:?}", told.out);
            assert!(format != "html" || !told.out.contains("<script"), "{what}: {}", told.out);
            let unanswered = told.out.contains("The resolver did not tell where the name leads");
            assert!(format != "text" || unanswered == (told.code == 3), "{what}: {}", told.out);
        }
    }
}

#[test]
fn a_case_from_elsewhere_is_read_or_refused_in_a_sentence() {
    let folder = folder("cases-from-elsewhere");
    let deep = format!(
        "{{\"schema\":\"rayfix/case/1\",\"target\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    fs::write(folder.join("deep.json"), deep).unwrap();
    let numbers = "{\"schema\":\"rayfix/case/1e99\"}";
    fs::write(folder.join("odd.json"), numbers).unwrap();
    fs::write(folder.join("evil.json"), "{\"schema\":\"\\u001b[31m\\u202e<script>\"}").unwrap();
    fs::write(folder.join("none.json"), "null").unwrap();
    // As long as a device, and takes no room.
    fs::File::create(folder.join("huge.json")).unwrap().set_len(1 << 40).unwrap();
    fs::write(folder.join("closed.json"), "{}").unwrap();
    for (file, words) in [
        ("deep.json", "it is"),
        ("odd.json", "rayfix/case/1"),
        ("evil.json", "rayfix/case/1"),
        ("none.json", "rayfix/case/1"),
        ("closed.json", "rayfix/case/1"),
        ("huge.json", "larger than 64 MiB"),
    ] {
        let told = run(&["diagnose", "--case", folder.join(file).to_str().unwrap()]);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{file}: {}", told.err);
        assert!(told.err.contains(words), "{file}: {}", told.err);
        assert_eq!(told.err.lines().count(), 1, "{file}: {}", told.err);
        let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!told.err.contains(acts), "{file}: {:?}", told.err);
    }
}

#[test]
fn a_full_disk_is_said_so_wherever_the_report_goes() {
    let port = says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for option in ["--output", "--save"] {
        let told = diagnose("http://shop.example.test/", port, &[option, "/dev/full"]);
        assert_eq!(told.code, 2, "{option}: {}", told.out);
        let says = format!("rayfix: {option} /dev/full: the disk is full");
        assert!(told.err.starts_with(&says), "{}", told.err);
    }
}
