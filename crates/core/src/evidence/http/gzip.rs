//! A check of gzip bodies while they come: whether they are what they say, up to the checksum.
//!
//! The edge unpacks gzip where it has to, and answers 502 when that fails; a checksum that nobody
//! compares hides exactly this fault. The format is RFC 1952, the inflating is `flate2`'s. Memory
//! is bounded by the output window; time by [`ENOUGH`]: past it the check stops and blames nothing.
//!
//! It does not keep what it unpacks: the caller takes what it wants of each piece.

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Unpacked bytes after which we stop checking: a small body can unpack to gigabytes.
/// The edge unpacks no page much larger, and even an unoptimized build is done within a second.
const ENOUGH: u64 = 8 * 1024 * 1024;
/// A member's optional fields (file name, comment) are longer than this in no real reply.
const LONGEST_FIELD: usize = 64 * 1024;

/// One gzip stream, possibly of several members.
#[derive(Debug)]
pub(super) struct Gzip {
    stage: Stage,
    inflate: Decompress,
    crc: Crc,
    /// Whether a member has ended well.
    whole: bool,
    unpacked: u64,
}

#[derive(Debug)]
enum Stage {
    /// Fixed part of a member's head: ten bytes.
    Head(Vec<u8>),
    /// Optional fields that are still to come.
    Fields { flags: u8, seen: usize, length: Vec<u8> },
    /// Deflated data.
    Data,
    /// Checksum and length: eight bytes.
    Tail(Vec<u8>),
    /// Not gzip, or damaged.
    Broken,
    /// Past [`ENOUGH`], or past the last member.
    Passed,
}

const FIELD_CRC: u8 = 2;
const FIELD_EXTRA: u8 = 4;
const FIELD_NAME: u8 = 8;
const FIELD_COMMENT: u8 = 16;

impl Gzip {
    pub(super) fn new() -> Self {
        Gzip {
            stage: Stage::Head(Vec::with_capacity(10)),
            inflate: Decompress::new(false),
            crc: Crc::new(),
            whole: false,
            unpacked: 0,
        }
    }

    /// Takes the next bytes; hands each unpacked piece to `keep`.
    pub(super) fn push(&mut self, mut bytes: &[u8], keep: &mut dyn FnMut(&[u8])) {
        while !bytes.is_empty() {
            match &mut self.stage {
                Stage::Broken | Stage::Passed => return,
                Stage::Data => bytes = self.data(bytes, keep),
                Stage::Head(_) | Stage::Fields { .. } | Stage::Tail(_) => {
                    self.byte(bytes[0]);
                    bytes = &bytes[1..];
                }
            }
        }
    }

    /// Whether what has come so far cannot be gzip.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.stage, Stage::Broken)
    }

    /// Whether it may end here: before the first byte (an empty body is no damage), after a whole
    /// member, or past what we check.
    pub(super) fn may_end(&self) -> bool {
        match &self.stage {
            Stage::Head(head) => head.is_empty() || self.whole,
            Stage::Passed => true,
            Stage::Fields { .. } | Stage::Data | Stage::Tail(_) | Stage::Broken => false,
        }
    }

    fn byte(&mut self, byte: u8) {
        match &mut self.stage {
            Stage::Head(head) => {
                head.push(byte);
                let wanted = [0x1f, 0x8b, 8];
                if head.len() <= 3 && head[..] != wanted[..head.len()] {
                    // Zeros and rubbish after a whole member are padding to every reader.
                    self.stage = if self.whole { Stage::Passed } else { Stage::Broken };
                } else if head.len() == 10 {
                    let flags = head[3];
                    self.stage = if flags & 0xe0 == 0 { fields(flags) } else { Stage::Broken };
                    self.inflate = Decompress::new(false);
                    self.crc = Crc::new();
                }
            }
            Stage::Fields { flags, seen, length } => {
                *seen += 1;
                let rest = if *flags & FIELD_EXTRA != 0 {
                    if length.len() < 2 {
                        length.push(byte);
                    }
                    let due = length
                        .get(1)
                        .map(|high| 2 + usize::from(length[0]) + usize::from(*high) * 256);
                    (due == Some(*seen)).then_some(*flags & !FIELD_EXTRA)
                } else if *flags & FIELD_NAME != 0 {
                    (byte == 0).then_some(*flags & !FIELD_NAME)
                } else if *flags & FIELD_COMMENT != 0 {
                    (byte == 0).then_some(*flags & !FIELD_COMMENT)
                } else {
                    (*seen == 2).then_some(0)
                };
                if let Some(rest) = rest {
                    self.stage = fields(rest);
                } else if *seen > LONGEST_FIELD + 2 {
                    self.stage = Stage::Broken;
                }
            }
            Stage::Tail(tail) => {
                tail.push(byte);
                if let [a, b, c, d, e, f, g, h] = tail[..] {
                    self.whole = u32::from_le_bytes([a, b, c, d]) == self.crc.sum()
                        && u32::from_le_bytes([e, f, g, h]) == self.crc.amount();
                    self.stage = if self.whole { Stage::Head(Vec::new()) } else { Stage::Broken };
                }
            }
            Stage::Data | Stage::Broken | Stage::Passed => {}
        }
    }

    /// Inflates all of the bytes that belong to the data, and drains what they unpack to.
    fn data<'b>(&mut self, mut bytes: &'b [u8], keep: &mut dyn FnMut(&[u8])) -> &'b [u8] {
        loop {
            let mut window = [0; 8192];
            let room = usize::try_from(ENOUGH - self.unpacked).map_or(8192, |room| room.min(8192));
            let (read, wrote) = (self.inflate.total_in(), self.inflate.total_out());
            let none = FlushDecompress::None;
            let status = self.inflate.decompress(bytes, &mut window[..room], none);
            // Both differences are at most the lengths of the two slices.
            let read = (self.inflate.total_in() - read) as usize;
            let wrote = (self.inflate.total_out() - wrote) as usize;
            bytes = &bytes[read..];
            let piece = &window[..wrote];
            self.crc.update(piece);
            self.unpacked += wrote as u64;
            keep(piece);
            match status {
                Ok(Status::StreamEnd) => self.stage = Stage::Tail(Vec::with_capacity(8)),
                Ok(Status::Ok | Status::BufError) if self.unpacked >= ENOUGH => {
                    self.stage = Stage::Passed;
                }
                // A full window: more may be waiting, even where no bytes are left.
                Ok(Status::Ok | Status::BufError) if wrote == room => continue,
                Ok(Status::Ok | Status::BufError) if bytes.is_empty() => {}
                Ok(Status::Ok | Status::BufError) if read + wrote > 0 => continue,
                Ok(Status::Ok | Status::BufError) | Err(_) => self.stage = Stage::Broken,
            }
            return bytes;
        }
    }
}

fn fields(flags: u8) -> Stage {
    if flags & (FIELD_CRC | FIELD_EXTRA | FIELD_NAME | FIELD_COMMENT) == 0 {
        Stage::Data
    } else {
        Stage::Fields { flags, seen: 0, length: Vec::new() }
    }
}
