//! Logs: any bytes are read in both directions without harm; the lines from the end are those from
//! the beginning, and texts stay short and printable.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rayfix_core::logs::{Backward, Clock, LINE, Reader, Tally};

fuzz_target!(|log: &[u8]| {
    let clock = Clock::utc(jiff::Timestamp::constant(1_800_000_000, 0));
    let whole = log.strip_suffix(b"\n").unwrap_or(log);
    let mut lines: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').collect();
    if log.is_empty() {
        lines.clear();
    }
    let mut reader = Reader::recognise(lines.iter().copied()).unwrap_or_else(Reader::journal);
    let mut events = Vec::new();
    for line in &lines {
        reader.feed(line, &mut events);
    }
    reader.finish(&mut events);
    let mut tally = Tally::new();
    for event in &events {
        assert!(event.text.len() <= 404 && !event.text.chars().any(char::is_control));
        let at = event.at.and_then(|at| clock.place(&at));
        tally.add(event, at, 0, 0);
    }
    let counted: u64 = tally.classes().iter().map(|class| class.count).sum();
    assert_eq!(counted, events.len() as u64);

    let mut backward = Vec::new();
    let mut from_end = Backward::new();
    for block in log.rchunks(7) {
        from_end.feed(block, |line| {
            backward.push(line.to_vec());
            true
        });
    }
    from_end.finish(|line| {
        backward.push(line.to_vec());
        true
    });
    backward.reverse();
    let cut: Vec<Vec<u8>> =
        lines.iter().map(|line| line[..line.len().min(LINE)].to_vec()).collect();
    assert_eq!(backward, cut);
});
