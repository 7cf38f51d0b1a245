//! Chunked bodies (RFC 9112 7.1), read as they come, byte for byte the same however they are cut.
//!
//! Strict where readers disagree to anybody's harm (sizes, missing line ends after data); lax where
//! every reader is: a bare LF ends a line, blanks may follow a size, extensions are passed over.
//! It keeps nothing of trailers.

/// A size line or a trailer line is longer than this in no real reply.
const LONGEST_LINE: usize = 4096;
/// All trailers together.
const LONGEST_TRAILERS: usize = 64 * 1024;

/// Where in the chunked body we are.
#[derive(Debug)]
pub(super) struct Chunks {
    stage: Stage,
    line: Vec<u8>,
    trailers: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Size,
    Data(u64),
    /// The line end after the data.
    AfterData,
    Trailers,
    Done,
    Broken,
}

/// What the reader did with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunked {
    /// All were taken; more must come.
    More,
    /// The last chunk came; this many bytes were taken.
    Done(usize),
    /// These are no chunks; this many bytes were taken until that was clear.
    Broken(usize),
}

impl Chunks {
    pub(super) fn new() -> Self {
        Chunks { stage: Stage::Size, line: Vec::new(), trailers: 0 }
    }

    /// Takes the next bytes; hands each piece of data to `keep`.
    pub(super) fn push(&mut self, bytes: &[u8], keep: &mut dyn FnMut(&[u8])) -> Chunked {
        let mut at = 0;
        while at < bytes.len() {
            match self.stage {
                Stage::Data(left) => {
                    let rest = &bytes[at..];
                    let take =
                        usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
                    keep(&rest[..take]);
                    at += take;
                    let left = left - take as u64;
                    self.stage = if left == 0 { Stage::AfterData } else { Stage::Data(left) };
                }
                Stage::Size | Stage::AfterData | Stage::Trailers => {
                    let byte = bytes[at];
                    at += 1;
                    self.line.push(byte);
                    if byte == b'\n' {
                        self.stage = self.next();
                        self.line.clear();
                    } else if self.line.len() > LONGEST_LINE
                        || (self.stage == Stage::AfterData && !b"\r\n".starts_with(&self.line))
                        || (self.stage == Stage::Size && !self.line[0].is_ascii_hexdigit())
                    {
                        self.stage = Stage::Broken;
                    }
                }
                Stage::Done => return Chunked::Done(at),
                Stage::Broken => return Chunked::Broken(at),
            }
        }
        match self.stage {
            Stage::Done => Chunked::Done(at),
            Stage::Broken => Chunked::Broken(at),
            Stage::Size | Stage::Data(_) | Stage::AfterData | Stage::Trailers => Chunked::More,
        }
    }

    /// What follows the line that just ended.
    fn next(&mut self) -> Stage {
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.stage {
            Stage::Size => match size(line) {
                Some(0) => Stage::Trailers,
                Some(size) => Stage::Data(size),
                None => Stage::Broken,
            },
            Stage::AfterData if line.is_empty() => Stage::Size,
            Stage::Trailers if line.is_empty() => Stage::Done,
            Stage::Trailers => {
                self.trailers += line.len();
                let colon = line.iter().position(|&byte| byte == b':');
                let named = colon.is_some_and(|at| at > 0);
                if named && self.trailers <= LONGEST_TRAILERS {
                    Stage::Trailers
                } else {
                    Stage::Broken
                }
            }
            Stage::AfterData | Stage::Data(_) | Stage::Done | Stage::Broken => Stage::Broken,
        }
    }
}

/// The number at the beginning of a size line: 1 to 16 hexadecimal digits, then blanks or an
/// extension.
fn size(line: &[u8]) -> Option<u64> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
    let rest = line[end..].trim_ascii_start();
    if !(1..=16).contains(&end) || !(rest.is_empty() || rest[0] == b';') {
        return None;
    }
    let digits = std::str::from_utf8(&line[..end]).ok()?;
    u64::from_str_radix(digits, 16).ok()
}
