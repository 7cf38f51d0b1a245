//! The kernel's log: from the journal, else from its own buffer, else from syslog's file.
//!
//! The buffer is read without waiting and without taking anything out of it. In a container it is
//! that of the machine around it, and mostly not to be had; nothing is said then, not that nothing
//! happened.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::PathBuf;

use rayfix_core::evidence::host::LogAnswer;
use rayfix_core::logs::Recent;
use rayfix_core::logs::recent::By;
use rustix::fs::{Mode, OFlags};
use tokio::time::Instant;

use super::{FILE_TIME, Frame, JOURNAL_LINES, JOURNAL_TIME, Journal, Told, files};
use crate::clock;

/// Records of the buffer that are read: it holds some 10,000 at most.
const RECORDS: usize = 50_000;

/// Where syslog puts the kernel's messages.
const FILES: [&str; 2] = ["/var/log/kern.log", "/var/log/messages"];

/// Reads it.
pub(super) async fn read(frame: &Frame) -> LogAnswer {
    if let Some(container) = &frame.container {
        let why = format!(
            "the origin is a container ({container}), and the kernel's log is that \
                           of the machine around it"
        );
        return LogAnswer::Unreadable { why };
    }
    let mut recent = Recent::backward(frame.look(By::Journal));
    let asked = Journal::since(frame.from).kernel().newest(JOURNAL_LINES);
    match asked.tell(frame.by(JOURNAL_TIME), |line| recent.line(line)).await {
        Told::All { lines } => {
            return LogAnswer::Read(Box::new(recent.end(lines < u64::from(JOURNAL_LINES))));
        }
        Told::Cut => return LogAnswer::Read(Box::new(recent.end(false))),
        Told::Forbidden | Told::Absent | Told::Failed { .. } => {}
    }
    let recent = Recent::forward(frame.look(By::Name("kernel")));
    let until = frame.by(FILE_TIME);
    let buffer = tokio::task::spawn_blocking(move || buffer(recent, until)).await;
    if let Ok(Some(answer)) = buffer {
        return answer;
    }
    for path in FILES {
        match files(frame, PathBuf::from(path), frame.look(By::Name("kernel"))).await {
            LogAnswer::Missing => {}
            answer => return answer,
        }
    }
    LogAnswer::Forbidden
}

/// The kernel's buffer; `None` where it may not be read. Each read gives one record:
/// `6,1234,5678901,-;message` and lines with fields (Linux, Documentation/ABI/testing/dev-kmsg).
fn buffer(mut recent: Recent, until: Instant) -> Option<LogAnswer> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let mut kmsg = File::from(rustix::fs::open("/dev/kmsg", flags, Mode::empty()).ok()?);
    let mut record = [0; 8192];
    let mut is_whole = true;
    for number in 0.. {
        if number >= RECORDS || clock::instant() >= until {
            is_whole = false;
            break;
        }
        match kmsg.read(&mut record) {
            Ok(0) => break,
            Ok(length) => {
                if let Some(line) = as_dmesg(&record[..length]) {
                    recent.line(&line);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            // It was overwritten before it was read.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => is_whole = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(LogAnswer::Read(Box::new(recent.end(is_whole))))
}

/// A record as `dmesg` prints it: `[12345.678901] message`.
fn as_dmesg(record: &[u8]) -> Option<Vec<u8>> {
    let text = record.split(|byte| *byte == b'\n').next()?;
    let at = text.iter().position(|byte| *byte == b';')?;
    let head = std::str::from_utf8(&text[..at]).ok()?;
    let mut fields = head.split(',');
    // Priority and facility: 0 is the kernel's own; others are programs that wrote into its log.
    let priority: u32 = fields.next()?.parse().ok()?;
    let micros: u64 = fields.nth(1)?.parse().ok()?;
    if priority >> 3 != 0 {
        return None;
    }
    let mut line = format!("[{:5}.{:06}] ", micros / 1_000_000, micros % 1_000_000).into_bytes();
    line.extend_from_slice(&text[at + 1..]);
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_the_buffer_become_lines_and_those_of_programs_do_not() {
        let told = |record: &[u8]| {
            as_dmesg(record).map(|line| String::from_utf8_lossy(&line).into_owned())
        };
        assert_eq!(
            told(
                b"3,1234,12345678901,-;Out of memory: Killed process 42 (python3)\n SUBSYSTEM=x\n"
            )
            .as_deref(),
            Some("[12345.678901] Out of memory: Killed process 42 (python3)")
        );
        assert_eq!(told(b"6,1,1000,c;a; b").as_deref(), Some("[    0.001000] a; b"));
        for no in
            [&b"12,1,1000,-;systemd[1]: Out of memory: Killed process 1"[..], b"", b";", b"6;x"]
        {
            assert_eq!(told(no), None);
        }
    }
}
