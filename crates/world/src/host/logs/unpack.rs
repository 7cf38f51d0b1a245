//! A log that was packed when it was rotated away: read from its beginning, since it has to be, and
//! then its last part from the end, as other logs are.
//!
//! Only the last few mebibytes are kept. A packed file may hold any number of bytes, so unpacking
//! ends with a limit of bytes and of time; what lies behind that is left out and said to be.

use std::fs::File;
use std::io::{BufReader, Read as _};

use flate2::read::MultiGzDecoder;
use rayfix_core::logs::Backward;

use super::file::Looking;
use crate::clock;

/// How many bytes are unpacked.
const UNPACKED: usize = 64 * 1024 * 1024;

/// How many bytes are kept, at most twice.
const KEPT: usize = 2 * 1024 * 1024;

/// Reads a file of gzip.
pub(super) fn read(looking: &mut Looking, file: File) {
    let mut unpacking = MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, file));
    let mut block = vec![0; 64 * 1024];
    // The last bytes, and those before them.
    let (mut last, mut before) = (Vec::new(), Vec::new());
    let (mut unpacked, mut is_dropped) = (0, false);
    loop {
        if unpacked > UNPACKED || clock::instant() >= looking.limits.until {
            looking.is_cut = true;
            break;
        }
        match unpacking.read(&mut block) {
            Ok(0) => break,
            Ok(read) => {
                unpacked += read;
                if last.len() + read > KEPT {
                    is_dropped |= !before.is_empty();
                    before = std::mem::take(&mut last);
                }
                last.extend_from_slice(&block[..read]);
            }
            Err(_) => {
                looking.is_cut = true;
                break;
            }
        }
    }
    let mut backward = Backward::new();
    let go_on = backward.feed(&last, |line| looking.line(line))
        && backward.feed(&before, |line| looking.line(line));
    if go_on && !is_dropped {
        backward.finish(|line| looking.line(line));
    }
    if is_dropped && !looking.recent.is_done() {
        looking.is_cut = true;
    }
}
