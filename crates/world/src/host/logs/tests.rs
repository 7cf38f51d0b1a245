//! Tests of reading logs: files of every kind in a folder of their own, and texts of `journalctl`.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rayfix_core::evidence::host::LogSeen;
use rayfix_core::logs::Class;

use super::*;

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("rayfix-logs-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    /// A file that was written to last so many minutes ago.
    fn file(&self, name: &str, bytes: &[u8], minutes: u64) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        aged(&path, minutes);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn aged(path: &Path, minutes: u64) {
    let at: SystemTime = clock::now().into();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(at - Duration::from_secs(60 * minutes)).unwrap();
}

fn frame() -> Frame {
    let now = clock::now();
    Frame {
        clock: Clock::utc(now),
        from: ago(WINDOW),
        mark: "0123abcd".to_owned(),
        container: None,
        ends: clock::instant() + Duration::from_secs(20),
    }
}

fn ago(minutes: i64) -> Timestamp {
    Timestamp::from_second(clock::now().as_second() - 60 * minutes).unwrap()
}

/// What nginx writes when the app refuses, so many minutes ago.
fn refused(minutes: i64) -> String {
    let at = ago(minutes).to_zoned(TimeZone::UTC).strftime("%Y/%m/%d %H:%M:%S").to_string();
    format!(
        "{at} [error] 5#5: *2 connect() failed (111: Connection refused) while connecting to \
         upstream, client: 203.0.113.9, server: s.example, request: \"GET / HTTP/1.1\", upstream: \
         \"http://127.0.0.1:8000/\"\n"
    )
}

fn answer(path: &Path, limits: file::Limits) -> LogAnswer {
    file::read(path, frame().look(By::Name("nginx-error")), limits)
}

fn patient() -> file::Limits {
    file::Limits { bytes: FILE_BYTES, until: clock::instant() + Duration::from_secs(20) }
}

fn seen(path: &Path) -> LogSeen {
    match answer(path, patient()) {
        LogAnswer::Read(seen) => *seen,
        other => panic!("{}: {other:?}", path.display()),
    }
}

/// How many refusals, and whether that is all.
fn counted(seen: &LogSeen) -> (u64, bool) {
    let refused = seen.classes.iter().filter(|one| one.class == Class::UpstreamRefused);
    (refused.map(|one| one.count).sum(), seen.is_whole)
}

fn packed(text: &str) -> Vec<u8> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::fast());
    packing.write_all(text.as_bytes()).unwrap();
    packing.finish().unwrap()
}

#[test]
fn only_the_last_half_hour_of_a_long_log_is_read() {
    let folder = Folder::new("window");
    let mut text: String = (0..60).rev().map(|minute| refused(31 + minute)).collect();
    text.push_str(&refused(29));
    text.push_str(&refused(0));
    let path = folder.file("error.log", text.as_bytes(), 0);
    assert_eq!(counted(&seen(&path)), (2, true));
}

#[test]
fn a_log_that_was_rotated_within_the_half_hour_goes_on_in_its_elder_ones() {
    let folder = Folder::new("rotated");
    let path = folder.file("error.log", refused(1).as_bytes(), 1);
    folder.file("error.log.1", refused(5).repeat(3).as_bytes(), 5);
    folder.file("error.log.2.gz", &packed(&refused(20).repeat(10)), 20);
    folder.file("error.log.3.gz", &packed(&refused(50).repeat(100)), 50);
    folder.file("other.log.1", refused(5).as_bytes(), 5);
    assert_eq!(counted(&seen(&path)), (14, true));
    // A packer that is not known leaves a gap; an elder one that is too old is none.
    folder.file("error.log-20261122.zst", b"?", 25);
    assert_eq!(counted(&seen(&path)), (14, false));
    folder.file("error.log-20261122.zst", b"?", 45);
    folder.file("error.log.2.gz", b"\x1f\x8bno gzip", 20);
    assert_eq!(counted(&seen(&path)), (4, false));
}

#[test]
fn a_log_that_nobody_wrote_to_since_tells_nothing() {
    let folder = Folder::new("stale");
    let path = folder.file("error.log", refused(1).as_bytes(), 45);
    let seen = seen(&path);
    assert_eq!((counted(&seen), seen.lines), ((0, true), 0));
}

#[test]
fn what_is_no_file_is_said_to_be_none_and_nothing_waits_for_it() {
    let folder = Folder::new("kinds");
    let at = |name: &str| answer(&folder.0.join(name), patient());
    assert_eq!(at("missing.log"), LogAnswer::Missing);
    fs::create_dir(folder.0.join("folder.log")).unwrap();
    let none = LogAnswer::Unreadable { why: "it is no regular file".to_owned() };
    assert_eq!(at("folder.log"), none);
    let pipe = rustix::fs::FileType::Fifo;
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, folder.0.join("pipe.log"), pipe, mode, 0).unwrap();
    assert_eq!(at("pipe.log"), none);
    std::os::unix::fs::symlink("/dev/zero", folder.0.join("zero.log")).unwrap();
    assert_eq!(at("zero.log"), none);
    std::os::unix::fs::symlink("loop.log", folder.0.join("loop.log")).unwrap();
    assert!(matches!(at("loop.log"), LogAnswer::Unreadable { .. }));
    let path = folder.file("empty.log", b"", 0);
    assert_eq!(counted(&seen(&path)), (0, true));
    let path = folder.file("shut.log", b"x\n", 0);
    fs::set_permissions(&path, fs::Permissions::from_mode(0)).unwrap();
    // Root reads everything.
    if !rustix::process::geteuid().is_root() {
        assert_eq!(at("shut.log"), LogAnswer::Forbidden);
    }
}

#[test]
fn giant_lines_holes_and_rubbish_are_read_past() {
    let folder = Folder::new("giant");
    let mut bytes = refused(2).into_bytes();
    bytes.resize(bytes.len() + (20 << 20), b'x');
    bytes.push(b'\n');
    bytes.extend((0..=255_u8).cycle().take(100_000).filter(|byte| *byte != b'\n'));
    bytes.extend(b"\n\x1b]0;owned\x07\xff\xfe\n");
    bytes.extend(refused(1).as_bytes());
    let path = folder.file("error.log", &bytes, 0);
    let seen = seen(&path);
    assert_eq!(counted(&seen), (2, true));
    assert!(seen.tail.iter().all(|line| line.len() <= 200));
    assert!(!seen.tail.iter().any(|line| line.contains(char::is_control)));
}

#[test]
fn limits_end_a_look_and_the_newest_lines_are_in_it() {
    let folder = Folder::new("limits");
    let path = folder.file("error.log", refused(1).repeat(20_000).as_bytes(), 0);
    let few = file::Limits { bytes: 100_000, ..patient() };
    let LogAnswer::Read(seen) = answer(&path, few) else { panic!("a file") };
    let (refusals, is_whole) = counted(&seen);
    assert!(refusals > 300 && refusals < 1_000 && !is_whole, "{refusals}");
    let late = file::Limits { until: clock::instant(), ..patient() };
    let LogAnswer::Read(seen) = answer(&path, late) else { panic!("a file") };
    assert_eq!(counted(&seen), (0, false));
}

#[test]
fn a_packed_log_that_unpacks_without_end_is_cut() {
    let folder = Folder::new("bomb");
    let path = folder.file("error.log", refused(1).as_bytes(), 0);
    let mut packing = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..100 {
        packing.write_all(&[b'\n'; 1 << 20]).unwrap();
    }
    folder.file("error.log.1.gz", &packing.finish().unwrap(), 5);
    assert_eq!(counted(&seen(&path)), (1, false));
}

#[test]
fn a_file_that_is_emptied_while_it_is_read_is_not_whole() {
    let folder = Folder::new("truncated");
    let path = folder.file("error.log", refused(1).repeat(30_000).as_bytes(), 0);
    let file = File::options().write(true).open(&path).unwrap();
    // Emptied when the first of its lines is seen, as copytruncate does.
    let mut looking = file::Looking::new(frame().look(By::Name("nginx-error")), patient());
    let (opened, about) = file::open(&path).unwrap();
    file.set_len(0).unwrap();
    looking.back(&opened, about.len());
    assert!(looking.is_cut);
    assert!(!looking.recent.end(!looking.is_cut).is_whole);
}

#[tokio::test]
async fn a_unit_that_nobody_can_have_is_not_asked_about() {
    let wanted = Wanted {
        source: LogSource::Journal { unit: "--since=x; reboot".to_owned() },
        part: rayfix_core::hop::Hop::App,
        by: By::Journal,
        since: None,
        programs: vec![],
    };
    assert!(matches!(read(frame(), wanted).await, LogAnswer::Unreadable { .. }));
}

#[tokio::test]
async fn the_kernels_log_of_a_container_is_not_to_be_had() {
    let frame = Frame { container: Some("docker".to_owned()), ..frame() };
    let answer = kernel::read(&frame).await;
    let LogAnswer::Unreadable { why } = answer else { panic!("{answer:?}") };
    assert!(why.contains("container (docker)"));
}

proptest! {
    #[test]
    fn lines_out_of_blocks_are_those_of_the_whole(
        text in "[a{\"\n]{0,300}",
        size in 1_usize..40,
    ) {
        let mut lines = Lines::default();
        let mut told = Vec::new();
        for block in text.as_bytes().chunks(size) {
            lines.feed(block, |line| {
                told.push(String::from_utf8_lossy(line).into_owned());
                true
            });
        }
        if !lines.held.is_empty() {
            lines.feed(b"\n", |line| {
                told.push(String::from_utf8_lossy(line).into_owned());
                true
            });
        }
        prop_assert_eq!(told, text.lines().map(str::to_owned).collect::<Vec<_>>());
    }

    #[test]
    fn of_a_line_without_end_little_is_held(blocks in 1_usize..20) {
        let mut lines = Lines::default();
        for _ in 0..blocks {
            lines.feed(&[b'x'; 10_000], |_| panic!("no line has ended"));
        }
        prop_assert!(lines.held.len() <= LINE);
    }
}
