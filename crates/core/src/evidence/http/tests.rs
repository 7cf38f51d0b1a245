//! Byte tables of the reply reader. All samples are made up after RFC 9112, unless said otherwise.
//!
//! One [`check`] reads each sample whole, byte by byte and in halves: the answer must not differ.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

fn read(pieces: &[&[u8]], end: End) -> HttpAnswer {
    let mut reader = Reader::new();
    for piece in pieces {
        let _ = reader.push(piece);
    }
    reader.finish(end, Timing { first_byte_ms: Some(3), after_ms: 9 })
}

fn check(bytes: &[u8], end: End) -> HttpAnswer {
    let whole = read(&[bytes], end);
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(read(&single, end), whole, "byte by byte");
    let (front, back) = bytes.split_at(bytes.len() / 2);
    assert_eq!(read(&[front, back], end), whole, "in halves");
    whole
}

fn reply(bytes: &[u8], end: End) -> Reply {
    match check(bytes, end) {
        HttpAnswer::Replied(reply) => reply,
        other => panic!("{}: {other:?}", printable(bytes, 200)),
    }
}

fn faults(text: &str, end: End) -> Vec<ReplyFault> {
    reply(text.as_bytes(), end).faults
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

fn with_gzip(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn a_plain_reply_has_no_faults() {
    let reply = reply(
        b"HTTP/1.1 200 OK\r\nServer: nginx\r\nVia: a\xc3\xbc\xff\r\nContent-Length: 2\r\n\r\nok",
        End::Complete,
    );
    assert_eq!((reply.status, reply.head_bytes, reply.body_bytes), (200, 64, 2));
    assert_eq!((reply.header("server"), reply.header("via")), (Some("nginx"), Some("aü\u{fffd}")));
    assert_eq!((reply.first_byte_ms, reply.excerpt.as_str()), (3, ""));
    assert_eq!(reply.faults, []);
}

#[test]
fn replies_that_every_reader_takes_have_no_faults() {
    for (sample, end) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", End::Complete),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", End::Complete),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", End::Complete),
        ("HTTP/1.0 200 OK\n\nbare line feeds", End::Closed),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA \r\n0123456789\r\n0\r\nT: x\r\n\r\n",
            End::Complete,
        ),
        (
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            End::Complete,
        ),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x01\x02", End::Complete),
        ("HTTP/1.1 999 Request denied\r\nContent-Length: 0\r\n\r\n", End::Complete),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n0\r\n\r\n",
            End::Complete,
        ),
    ] {
        assert_eq!(faults(sample, end), [], "{sample:?}");
    }
}

#[test]
fn what_is_no_reply_is_told_by_the_line_at_fault() {
    for (sample, what, first) in [
        (
            &b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"[..],
            Malformation::StatusLine,
            "SSH-2.0-OpenSSH_9.2p1 Debian-2",
        ),
        (b"<html>hello\r\n\x1b[31m", Malformation::StatusLine, "<html>hello"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", Malformation::StatusLine, "..HTTP/1.1 200 OK"),
        (b"HTTP/1.1\r\n\r\n", Malformation::StatusLine, "HTTP/1.1"),
        (b"HTTP/2 200\r\n\r\n", Malformation::StatusLine, "HTTP/2 200"),
        (b"HTTP/1.1 200 O\x00K\r\n\r\n", Malformation::StatusLine, "HTTP/1.1 200 O.K"),
        (b"HTTP/1.1 099 Low\r\n\r\n", Malformation::StatusCode, "HTTP/1.1 099 Low"),
        (b"HTTP/1.1 20 Short\r\n\r\n", Malformation::StatusCode, "HTTP/1.1 20 Short"),
        (b"HTTP/1.1 2000 Long\r\n\r\n", Malformation::StatusCode, "HTTP/1.1 2000 Long"),
        (b"HTTP/1.1 OK\r\n\r\n", Malformation::StatusCode, "HTTP/1.1 OK"),
        (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", Malformation::HeaderName, "no colon here"),
        (
            b"HTTP/1.1 200 OK\r\nSet-Cookie : sid=s3cret\r\n\r\n",
            Malformation::HeaderName,
            "Set-Cookie :",
        ),
        (b"HTTP/1.1 200 OK\r\n: empty\r\n\r\n", Malformation::HeaderName, ":"),
        (b"HTTP/1.1 200 OK\r\nX-Up: a\x00b\r\n\r\n", Malformation::HeaderValue, "x-up: (redacted)"),
        (b"HTTP/1.1 200 OK\r\nX-Up: a\rb\r\n\r\n", Malformation::HeaderValue, "x-up: (redacted)"),
        (
            b"HTTP/1.1 200 OK\r\nSet-Cookie: s3cret\x01\r\n\r\n",
            Malformation::HeaderValue,
            "set-cookie: (redacted)",
        ),
        (
            b"HTTP/1.1 200 OK\r\nX-Up: a\r\n s3cret\r\n\r\n",
            Malformation::HeaderValue,
            "x-up: (folded)",
        ),
        // Made up after RFC 8446 5.1 and 6: an alert record, protocol_version.
        (b"\x15\x03\x01\x00\x02\x02\x46", Malformation::TlsRecord, "......F"),
        // Made up after RFC 9113 6.5: an empty SETTINGS frame, then GOAWAY.
        (b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0", Malformation::Http2, ".................."),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Malformation::Http2, "PRI * HTTP/2.0"),
        (b"HTTP/1.1 100 Continue\r\n\r\nrubbish", Malformation::StatusLine, "rubbish"),
    ] {
        let HttpAnswer::Malformed { what: seen, first: shown } = check(sample, End::Closed) else {
            panic!("{} is read as a reply", printable(sample, 80));
        };
        assert_eq!((seen, shown.as_str()), (what, first));
    }
}

#[test]
fn an_end_before_the_head_ends_is_told_by_how_it_ended() {
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
    for (sample, end, seen) in [
        (&b""[..], End::Closed, HttpAnswer::Empty { reset: false, after_ms: 9 }),
        (b"", End::Reset, HttpAnswer::Empty { reset: true, after_ms: 9 }),
        (b"", End::Deadline, HttpAnswer::Silent { after_ms: 9 }),
        (b"", End::Alert(116), HttpAnswer::Alert { code: 116 }),
        (b"HTT", End::Closed, HttpAnswer::CutInHead { reset: false, bytes: 3 }),
        (
            b"HTTP/1.1 200 OK\r\nServer",
            End::Reset,
            HttpAnswer::CutInHead { reset: true, bytes: 23 },
        ),
        (b"HTTP/1.1 200 OK\r\nServer", End::Deadline, HttpAnswer::Silent { after_ms: 9 }),
        (interim, End::Closed, HttpAnswer::CutInHead { reset: false, bytes: 25 }),
    ] {
        assert_eq!(check(sample, end), seen, "{}", printable(sample, 80));
    }
}

#[test]
fn a_body_is_held_against_what_the_head_declares() {
    let short = |came, reset| vec![ReplyFault::ShortBody { declared: 9, came, reset }];
    for (head, body, end, wanted) in [
        ("Content-Length: 9", "abc", End::Closed, short(3, false)),
        ("Content-Length: 9", "abc", End::Reset, short(3, true)),
        ("Content-Length: 9", "", End::Alert(80), short(0, true)),
        ("Content-Length: 9", "abc", End::Deadline, vec![ReplyFault::BodyStalled { came: 3 }]),
        ("Content-Length: 9", "abc", End::Left, vec![ReplyFault::BodyLeftUnread { came: 3 }]),
        ("Content-Length: 2", "abc", End::Complete, vec![ReplyFault::LongBody { declared: 2 }]),
        (
            "Content-Length: 3\r\nContent-Length: 3",
            "abc",
            End::Complete,
            vec![ReplyFault::LengthUnclear],
        ),
        ("Content-Length: 3, 4", "abc", End::Closed, vec![ReplyFault::LengthUnclear]),
        ("Content-Length: +3", "abc", End::Closed, vec![ReplyFault::LengthUnclear]),
        ("Content-Length:", "abc", End::Closed, vec![ReplyFault::LengthUnclear]),
        (
            "Content-Length: 99999999999999999999",
            "abc",
            End::Closed,
            vec![ReplyFault::LengthUnclear],
        ),
        (
            "Content-Length: 3\r\nTransfer-Encoding: chunked",
            "0\r\n\r\n",
            End::Complete,
            vec![ReplyFault::LengthAndChunks],
        ),
        (
            "Transfer-Encoding: chunked",
            "3\r\nab",
            End::Closed,
            vec![ReplyFault::ChunksCut { reset: false }],
        ),
        (
            "Transfer-Encoding: chunked",
            "3\r\nabc\r\n",
            End::Reset,
            vec![ReplyFault::ChunksCut { reset: true }],
        ),
        (
            "Transfer-Encoding: chunked",
            "3\r\nabc\r\n",
            End::Deadline,
            vec![ReplyFault::BodyStalled { came: 8 }],
        ),
        ("Transfer-Encoding: chunked", "<html>", End::Closed, vec![ReplyFault::ChunksBroken]),
        (
            "Transfer-Encoding: chunked",
            "3\r\nabcd\r\n0\r\n\r\n",
            End::Closed,
            vec![ReplyFault::ChunksBroken],
        ),
        (
            "Transfer-Encoding: chunked",
            "-3\r\nabc\r\n",
            End::Closed,
            vec![ReplyFault::ChunksBroken],
        ),
        (
            "Transfer-Encoding: chunked",
            "11111111111111111\r\n",
            End::Closed,
            vec![ReplyFault::ChunksBroken],
        ),
        (
            "Transfer-Encoding: chunked",
            "0\r\nno colon\r\n\r\n",
            End::Closed,
            vec![ReplyFault::ChunksBroken],
        ),
        (
            "Transfer-Encoding: chunked",
            "0\r\n\r\nmore",
            End::Complete,
            vec![ReplyFault::ChunksBroken],
        ),
        (
            "Transfer-Encoding: chunked, chunked",
            "0\r\n\r\n",
            End::Complete,
            vec![ReplyFault::ChunksBroken],
        ),
        ("X: y", "abc", End::Closed, vec![]),
        ("X: y", "abc", End::Reset, vec![ReplyFault::BodyReset { came: 3 }]),
        ("X: y", "abc", End::Deadline, vec![ReplyFault::BodyStalled { came: 3 }]),
        (
            "Content-Type: text/event-stream",
            "data: 1\n\n",
            End::Deadline,
            vec![ReplyFault::BodyLeftUnread { came: 9 }],
        ),
    ] {
        let sample = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
        assert_eq!(faults(&sample, end), wanted, "{sample:?} {end:?}");
    }
    assert_eq!(
        faults("HTTP/1.1 204 No Content\r\n\r\nx", End::Complete),
        [ReplyFault::LongBody { declared: 0 }]
    );
}

#[test]
fn gzip_is_unpacked_up_to_its_checksum() {
    let good = packed(&"shop ".repeat(5000));
    assert_eq!(reply(&with_gzip(&good), End::Complete).faults, []);
    let two = [good.clone(), packed("more")].concat();
    assert_eq!(reply(&with_gzip(&two), End::Complete).faults, [], "two members");
    let padded = [good.clone(), vec![0; 9]].concat();
    assert_eq!(reply(&with_gzip(&padded), End::Complete).faults, [], "padding after the end");
    // Made up after RFC 1952 2.3: name and comment and extra field and header checksum.
    let mut dressed = vec![0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9];
    dressed.extend_from_slice(b"name\0comment\0\x12\x34");
    dressed.extend_from_slice(&good[10..]);
    assert_eq!(reply(&with_gzip(&dressed), End::Complete).faults, [], "optional fields");

    let broken = |body: &[u8]| reply(&with_gzip(body), End::Complete).faults;
    let mut checksum = good.clone();
    let at = checksum.len() - 6;
    checksum[at] ^= 1;
    assert_eq!(broken(&checksum), [ReplyFault::GzipBroken], "checksum");
    assert_eq!(broken(&good[..good.len() - 1]), [ReplyFault::GzipBroken], "cut checksum");
    assert_eq!(broken(&good[..20]), [ReplyFault::GzipBroken], "cut data");
    assert_eq!(broken(b"not packed at all"), [ReplyFault::GzipBroken], "plain text");
    let mut cut = with_gzip(&good);
    cut.truncate(cut.len() - 5);
    assert!(
        matches!(reply(&cut, End::Closed).faults[..], [ReplyFault::ShortBody { .. }]),
        "a cut body is not also a broken one"
    );
}

/// Found by fuzzing: what a full window of the inflater held back came out only with the next bytes.
#[test]
fn all_that_has_come_is_unpacked_at_once() {
    let text = "shop ".repeat(10_000);
    let mut bytes = with_gzip(&packed(&text));
    bytes.truncate(bytes.len() - 8);
    for size in [bytes.len(), 1, 7] {
        let mut reader = Reader::new();
        for piece in bytes.chunks(size) {
            let _ = reader.push(piece);
        }
        assert_eq!(reader.body(), text.as_bytes(), "in pieces of {size}");
    }
}

/// Found by fuzzing: how much came out before the damage showed hung on how the bytes were cut.
#[test]
fn a_damaged_body_is_not_shown() {
    let mut damaged = packed(&"shop ".repeat(5000));
    damaged[12..].fill(0xff);
    let mut error = with_gzip(&damaged);
    error[9..12].copy_from_slice(b"502");
    let reply = reply(&error, End::Complete);
    assert_eq!((reply.status, reply.excerpt.as_str()), (502, ""));
    assert_eq!(reply.faults, [ReplyFault::GzipBroken]);
}

#[test]
fn error_pages_can_be_read_before_the_end() {
    let page = packed("<title>502 \x1b[31m</title>\r\nüber");
    let mut bytes = b"HTTP/1.1 502 Bad Gateway\r\nLocation: https://a.example/?t=s3cret\r\n\
        Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        .to_vec();
    for chunk in page.chunks(7) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    let mut reader = Reader::new();
    assert_eq!(reader.push(&bytes), Progress::More);
    assert_eq!(reader.body(), "<title>502 \x1b[31m</title>\r\nüber".as_bytes());
    let (status, headers) = reader.head().unwrap();
    assert_eq!((status, headers[0].1.as_str()), (502, "https://a.example/?t=…"));
    assert_eq!(reader.location(), Some("https://a.example/?t=s3cret"));
    assert_eq!(reader.push(b"0\r\n\r\n"), Progress::Done);
    let HttpAnswer::Replied(reply) =
        reader.finish(End::Complete, Timing { first_byte_ms: None, after_ms: 4 })
    else {
        panic!("no reply");
    };
    assert_eq!(reply.excerpt, "<title>502 .[31m</title>\nüber");
    assert_eq!((reply.first_byte_ms, reply.faults), (4, vec![]));
}

#[test]
fn heads_and_bodies_have_limits() {
    let head_of = |bytes: usize| {
        let mut head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_vec();
        while bytes - head.len() > 1100 {
            head.extend_from_slice(format!("X-A: {}\r\n", "a".repeat(1000)).as_bytes());
        }
        let rest = bytes - head.len() - 9;
        head.extend_from_slice(format!("X-B: {}\r\n\r\n", "b".repeat(rest)).as_bytes());
        head
    };
    assert_eq!(reply(&head_of(131_072), End::Complete).faults, []);
    let large = reply(&head_of(131_073), End::Complete);
    assert_eq!(large.faults, [ReplyFault::HeadTooLarge { bytes: 131_073 }]);
    assert!(large.headers.len() <= 100 && large.headers.iter().all(|(_, v)| v.len() <= 512));
    assert!(matches!(check(&head_of(262_144), End::Complete), HttpAnswer::Replied(_)));
    let endless = HttpAnswer::HeadEndless { bytes: 262_144 };
    assert_eq!(check(&head_of(262_145), End::Complete), endless);
    assert_eq!(check(&b"HTTP/1.1 100 C\r\n\r\n".repeat(15_000), End::Deadline), endless);

    let mut reader = Reader::new();
    let _ = reader.push(b"HTTP/1.1 200 OK\r\n\r\n");
    let mut pushed = 0;
    while reader.push(&[b'x'; 65_536]) == Progress::More {
        pushed += 1;
        assert!(pushed < 1000, "an endless body is read without end");
    }
    assert_eq!(reader.body().len(), 65_536);
    let HttpAnswer::Replied(reply) =
        reader.finish(End::Complete, Timing { first_byte_ms: None, after_ms: 4 })
    else {
        panic!("no reply");
    };
    assert_eq!(reply.faults, [ReplyFault::BodyLeftUnread { came: 16_777_216 }]);
}

#[test]
fn headers_that_tell_who_answered_are_kept_behind_eighty_others() {
    let mut sample = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_owned();
    for at in 0..200 {
        sample.push_str(&format!("X-{at}: {at}\r\n"));
    }
    sample.push_str("CF-Ray: 8a1b2c3d4e5f6071-FRA\r\n\r\n");
    let reply = reply(sample.as_bytes(), End::Complete);
    assert_eq!(reply.headers.len(), 81);
    assert_eq!(reply.header("cf-ray"), Some("8a1b2c3d4e5f6071-FRA"));
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        &b"HTTP/1.1 200 OK\r\n"[..],
        b"HTTP/1.1 502 Bad\r\n",
        b"HTTP/1.1 100 \n",
        b"Content-Length: 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x4c\x4a\x06\0",
        b"\x16\x03\x01",
        b"\0\0\0\x04\0\0\0\0\0",
    ]);
    let part = prop_oneof![
        4 => word.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_bytes_give_the_same_answer_however_they_are_cut(
        bytes in pieces(),
        cuts in prop::collection::vec(1_usize..40, 0..20),
        end in prop::sample::select(vec![End::Closed, End::Reset, End::Deadline, End::Left, End::Alert(40)]),
    ) {
        let mut rest = &bytes[..];
        let mut parts = Vec::new();
        for cut in cuts {
            let (part, after) = rest.split_at(cut.min(rest.len()));
            parts.push(part);
            rest = after;
        }
        parts.push(rest);
        prop_assert_eq!(read(&parts, end), read(&[&bytes], end));
    }
}
