//! The reply reader: any bytes, read whole and in pieces, give the same answer, within its limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::evidence::http::{End, HttpAnswer, Reader, Timing};

const TIMING: Timing = Timing { first_byte_ms: Some(1), after_ms: 2 };

// The first byte says how the reply ends and how it is cut, the rest is the reply.
fuzz_target!(|data: &[u8]| {
    let Some((&how, reply)) = data.split_first() else {
        return;
    };
    let end = match how % 5 {
        0 => End::Complete,
        1 => End::Closed,
        2 => End::Reset,
        3 => End::Deadline,
        _ => End::Alert(how),
    };
    let mut whole = Reader::new();
    let progress = whole.push(reply);

    let mut pieces = Reader::new();
    let mut rest = reply;
    let mut step = u32::from(how) | 1;
    let mut last = rayfix_core::evidence::http::Progress::More;
    while !rest.is_empty() {
        step = step.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size = 1 + (step >> 24) as usize % (1 + usize::from(how / 5));
        let (piece, after) = rest.split_at(size.min(rest.len()));
        last = pieces.push(piece);
        rest = after;
    }
    if !reply.is_empty() {
        assert_eq!(progress, last);
    }
    assert_eq!(whole.head(), pieces.head());
    assert_eq!(whole.location(), pieces.location());
    assert_eq!(whole.body(), pieces.body());
    assert!(whole.body().len() <= 65_536);
    let answer = whole.finish(end, TIMING);
    assert_eq!(answer, pieces.finish(end, TIMING));
    if let HttpAnswer::Replied(reply) = &answer {
        assert!((100..1000).contains(&reply.status));
        assert!(reply.headers.len() <= 100 && reply.excerpt.len() <= 2048);
        for (name, value) in &reply.headers {
            assert!(value.len() <= 512 && name.len() <= 128);
            assert!(!value.chars().chain(name.chars()).any(char::is_control));
        }
        assert!(!reply.excerpt.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    }
});
