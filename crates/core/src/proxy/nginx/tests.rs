//! Configurations out of a map of files: what is read, what is noted, and what it costs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Files by path.
#[derive(Default, Clone)]
pub(crate) struct Folder(pub(super) BTreeMap<String, Result<Vec<u8>, ReadError>>);

impl Folder {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Folder(
            files
                .iter()
                .map(|&(path, text)| (path.to_owned(), Ok(text.as_bytes().to_vec())))
                .collect(),
        )
    }
}

impl Files for Folder {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0.get(path).cloned().unwrap_or(Err(ReadError::Missing))
    }

    fn list(&mut self, folder: &str) -> Result<Vec<String>, ReadError> {
        let start = if folder == "/" { folder.to_owned() } else { format!("{folder}/") };
        let mut names: Vec<String> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(&start))
            .map(|rest| rest.split('/').next().unwrap_or(rest).to_owned())
            .collect();
        names.dedup();
        names.reverse();
        if names.is_empty() { Err(ReadError::Missing) } else { Ok(names) }
    }
}

pub(crate) fn layout() -> Layout {
    Layout { conf_path: "/etc/nginx/nginx.conf".to_owned(), ..Layout::default() }
}

fn show(directives: tree::Children<'_>, told: &mut String) {
    for directive in directives {
        told.push_str(directive.name());
        for arg in directive.args() {
            told.push_str(&format!(" {arg}"));
        }
        let file = directive.file().rsplit('/').next().unwrap();
        told.push_str(&format!("@{file}:{}", directive.line()));
        if directive.is_block() {
            told.push('{');
            show(directive.children(), told);
            told.push('}');
        }
        told.push(' ');
    }
}

/// The tree on one line, then the notes.
fn check(files: Folder, wanted: &str) {
    let mut files = files;
    let loaded = load(&mut files, &layout(), &Limits::default());
    let mut told = String::new();
    show(loaded.tree.top(), &mut told);
    for note in &loaded.notes {
        told.push_str("\n! ");
        if let Some(at) = &note.at {
            told.push_str(&format!("{at}: "));
        }
        told.push_str(&note.text);
    }
    assert_eq!(told, wanted);
    assert_eq!(loaded.whole, loaded.notes.is_empty());
}

#[test]
fn includes_stand_where_they_are_included_and_are_sorted() {
    check(
        Folder::of(&[
            ("/etc/nginx/nginx.conf", "user a;\nhttp {\n include sites/*.conf;\n x y;\n}\nlast;"),
            ("/etc/nginx/sites/b.conf", "server { include snip/s; }\n"),
            ("/etc/nginx/sites/B.conf", "\nfirst;"),
            ("/etc/nginx/sites/.a.conf", "hidden;"),
            ("/etc/nginx/sites/b.conf~", "backup;"),
            ("/etc/nginx/snip/s", "deep;"),
        ]),
        "user a@nginx.conf:1 http@nginx.conf:2{include sites/*.conf@nginx.conf:3 first@B.conf:2 \
         server@b.conf:1{include snip/s@b.conf:1 deep@s:1 } x y@nginx.conf:4 } last@nginx.conf:6 ",
    );
}

#[test]
fn what_cannot_be_read_is_a_note() {
    let mut files = Folder::of(&[
        (
            "/etc/nginx/nginx.conf",
            "include none/*.conf;\ninclude gone.conf;\ninclude loop.conf;\ninclude shut.conf;\n\
             include open.conf;\nend;",
        ),
        ("/etc/nginx/loop.conf", "before; include /etc/nginx/loop.conf; after;"),
        ("/etc/nginx/open.conf", "http { server { a; b"),
    ]);
    files.0.insert("/etc/nginx/shut.conf".to_owned(), Err(ReadError::Forbidden));
    check(
        files,
        "include none/*.conf@nginx.conf:1 include gone.conf@nginx.conf:2 include \
         loop.conf@nginx.conf:3 before@loop.conf:1 include /etc/nginx/loop.conf@loop.conf:1 \
         after@loop.conf:1 include shut.conf@nginx.conf:4 include open.conf@nginx.conf:5 \
         http@open.conf:1{server@open.conf:1{a@open.conf:1 } } end@nginx.conf:6 \
         \n! /etc/nginx/nginx.conf:2: `/etc/nginx/gone.conf` could not be read: it is not there\
         \n! /etc/nginx/loop.conf:1: `/etc/nginx/loop.conf` is included from within itself\
         \n! /etc/nginx/nginx.conf:4: `/etc/nginx/shut.conf` could not be read: this user may not read it\
         \n! /etc/nginx/open.conf:1: the file ends before the directive's `;` or `{`; nginx does not take this file",
    );
    check(Folder::default(), "\n! `/etc/nginx/nginx.conf` could not be read: it is not there");
}

#[test]
fn a_closing_brace_of_an_included_file_closes_no_block_of_the_outer_one() {
    check(
        Folder::of(&[
            ("/etc/nginx/nginx.conf", "http { include a; b; }"),
            ("/etc/nginx/a", "x; } y;"),
        ]),
        "http@nginx.conf:1{include a@nginx.conf:1 x@a:1 b@nginx.conf:1 } \
         \n! /etc/nginx/a:1: a `}` closes no block; nginx does not take this file",
    );
}

#[test]
fn files_that_breed_files_are_bounded() {
    // Eight files, each of which includes the next ten times: ten million reads if nobody stops.
    let files: Vec<(String, String)> = (0..8)
        .map(|n| (format!("/etc/nginx/{n}.conf"), format!("include {}.conf;", n + 1).repeat(10)))
        .collect();
    let mut folder = Folder::of(&[("/etc/nginx/nginx.conf", "include 0.conf;")]);
    folder.0.extend(files.into_iter().map(|(path, text)| (path, Ok(text.into_bytes()))));
    folder.0.insert("/etc/nginx/8.conf".to_owned(), Ok(b"a;".to_vec()));
    let limits = Limits { files: 5000, ..Limits::default() };
    let loaded = load(&mut folder, &layout(), &limits);
    assert_eq!(
        loaded.notes[0].text,
        "the configuration has more than 5000 files; the rest was not read"
    );
    let limits = Limits { directives: 300, ..Limits::default() };
    let loaded = load(&mut folder, &layout(), &limits);
    assert!(loaded.tree.len() <= 301 && loaded.notes.len() == 1, "{:?}", loaded.notes);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_bytes_are_read_without_panic(input in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut folder = Folder::default();
        folder.0.insert("/etc/nginx/nginx.conf".to_owned(), Ok(input));
        let loaded = load(&mut folder, &layout(), &Limits::default());
        let mut told = String::new();
        show(loaded.tree.top(), &mut told);
    }
}
