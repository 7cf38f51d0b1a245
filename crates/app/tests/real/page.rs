//! The part of `docs/accuracy.md` about real stages: made of what a whole run found, and compared;
//! `UPDATE=1` writes it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::{fs, io};

use rayfix_lab::faults::UNSTAGED;
use rayfix_lab::real::{faults, lookalikes, tunnels};

/// What begins this part of the page; what stands before it is the loopback's.
const HEADING: &str = "## On a real origin";

/// One stage.
pub(crate) struct Row {
    pub(crate) name: String,
    /// What is staged.
    pub(crate) cause: String,
    /// Within, within with the origin's address told (behind a tunnel: with a token), from outside.
    pub(crate) cells: Vec<String>,
    /// How long each diagnosis within took.
    pub(crate) took: Vec<u64>,
}

static ROWS: Mutex<Vec<Row>> = Mutex::new(Vec::new());

/// Keeps a row for the page, and tells it at once: of a run that does not come to its end as well.
pub(crate) fn note(row: Row) {
    let _ = writeln!(io::stdout(), "| {} | {} | {} |", row.name, row.cause, row.cells.join(" | "));
    ROWS.lock().expect("nobody panics with the rows in hand").push(row);
}

/// Compares the page with what was found, or writes it.
///
/// # Panics
/// When it is not what was found.
pub(crate) fn settle() {
    let mut rows = ROWS.lock().expect("all tests are over");
    rows.sort_by_key(|row| place(&row.name));
    let part = part(&rows);
    let mut out = io::stdout().lock();
    let mut times: Vec<(u64, &str)> = rows
        .iter()
        .flat_map(|row| row.took.iter().map(|took| (*took, row.name.as_str())))
        .collect();
    times.sort_unstable();
    let median = times.get(times.len() / 2).map_or(0, |(took, _)| *took);
    let _ = writeln!(out, "within: {median} ms in the middle, and at most {:?}", times.last());

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/accuracy.md");
    let page = fs::read_to_string(&path).unwrap_or_default();
    let before = page.split(HEADING).next().unwrap_or_default().trim_end();
    let wanted = format!("{before}\n\n{part}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &wanted).expect("docs can be written");
    } else {
        // How sure a finding is, and which of two comes first, may hang on how busy the machine is: visits that
        // flicker, a timer that strikes in between. Which causes are found may not.
        let (told, found) = (rows_of(&page), rows_of(&wanted));
        let lost: Vec<&String> = told.iter().filter(|row| !found.contains(row)).collect();
        let new: Vec<&String> = found.iter().filter(|row| !told.contains(row)).collect();
        assert!(
            lost.is_empty() && new.is_empty(),
            "docs/accuracy.md is not what was measured: run `make docs`\nthe page has {lost:#?}\nfound was {new:#?}"
        );
    }
}

/// The rows of this part, without how sure anything is; of a cell with several causes, in one order.
fn rows_of(page: &str) -> Vec<String> {
    let part = page.split(HEADING).nth(1).unwrap_or_default();
    let rows = part.lines().filter(|line| line.starts_with("| "));
    rows.map(|row| {
        let words = ["certain", "likely", "possible"];
        let row = words.iter().fold(row.to_owned(), |row, word| row.replace(word, "found"));
        let cells = row.split(" | ").map(|cell| {
            let mut causes: Vec<&str> = cell.split(", ").collect();
            causes.sort_unstable();
            causes.join(", ")
        });
        cells.collect::<Vec<_>>().join(" | ")
    })
    .collect()
}

/// Where a row stands: faults, look-alikes and mixtures, each in the order of their lists.
fn place(name: &str) -> (usize, usize, String) {
    let listed = faults::ALL
        .iter()
        .map(|(doc, _)| doc.name())
        .chain(tunnels::ALL.iter().map(|(doc, _)| doc.name()))
        .chain(lookalikes::ALL.iter().map(|(doc, _)| doc.name()));
    let at = listed.enumerate().find(|(_, listed)| listed == name).map(|(at, _)| at);
    (usize::from(at.is_none()), at.unwrap_or_default(), name.to_owned())
}

fn part(rows: &[Row]) -> String {
    let mut text = format!(
        "{HEADING}\n\n\
         Made by `make accuracy` as root: a Debian that boots in namespaces, with the real systemd, nginx, gunicorn and\n\
         php-fpm, broken by the commands that break it in life; `rayfix diagnose` is run within it, without being told the\n\
         origin's address and with it (told more); behind a tunnel, where there is none, without a token for the Cloudflare\n\
         account and with one. `From outside` is what is found where the visitor is. A mixture is two faults, of which both\n\
         are named, or a fault beside something that only looks like one. The tunnel's connector is a stand-in.\n\n\
         Not staged:\n\n"
    );
    for (name, why) in UNSTAGED {
        let _ = writeln!(text, "- {name}: {why}.");
    }
    let wrong = rows.iter().filter(|row| row.cells.iter().any(|cell| cell.contains("**"))).count();
    let _ = write!(
        text,
        "- app-killed by the kernel for want of memory: by SIGKILL instead, since limits on memory do not reach into\n  the \
         stage on every machine.\n\n\
         {} stages, {wrong} wrong.\n\n\
         | staged | cause | within | within, told more | from outside |\n| --- | --- | --- | --- | --- |\n",
        rows.len()
    );
    for Row { name, cause, cells, .. } in rows {
        let _ = writeln!(text, "| {name} | {cause} | {} |", cells.join(" | "));
    }
    text
}
