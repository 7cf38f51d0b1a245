//! A configuration out of its files: the main one, and what it includes.
//!
//! As nginx does it: paths that do not begin with `/` are relative to the folder of the main file,
//! patterns are sorted byte by byte and may match nothing, a file without a pattern must be there.
//! What cannot be read is a note, never the end: nginx would not start with it, yet what it runs
//! with may have been read when all was well. All is bounded: loops, depth, files and bytes.

use std::collections::HashMap;
use std::rc::Rc;

use super::glob;
use super::layout::Layout;
use super::lexer::{Kind, Lexer};
use super::tree::{Builder, Tree};
use crate::proxy::{At, Note};

/// Where the files come from; world has one that reads the disk, tests have a map.
pub trait Files {
    /// The bytes of a file.
    ///
    /// # Errors
    /// Why there are none.
    fn read(&mut self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The names in a folder, in any order, without `.` and `..`.
    ///
    /// # Errors
    /// Why there are none.
    fn list(&mut self, folder: &str) -> Result<Vec<String>, ReadError>;
}

/// Why a file or folder could not be read; a fragment that follows "could not be read: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is not there.
    #[error("it is not there")]
    Missing,
    /// This user may not read it.
    #[error("this user may not read it")]
    Forbidden,
    /// It is a folder, or no folder.
    #[error("it is of another kind than the configuration takes it for")]
    OtherKind,
    /// The caller does not read files of this size.
    #[error("it is too large")]
    TooLarge,
    /// Anything else, with the system's number for it.
    #[error("the system answered with error {0}")]
    System(i32),
}

/// How much is read at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of all files together, each counted as often as it is included.
    pub bytes: usize,
    /// Files, each counted as often as it is included.
    pub files: usize,
    /// Includes within includes.
    pub depth: usize,
    /// Directives.
    pub directives: usize,
    /// Names and arguments of all directives.
    pub words: usize,
}

impl Default for Limits {
    /// Enough for 50,000 sites, and below 100 MiB of memory for files that real hosts have.
    fn default() -> Self {
        Limits {
            bytes: 48 << 20,
            files: 120_000,
            depth: 20,
            directives: 1_500_000,
            words: 4_000_000,
        }
    }
}

/// Notes that are kept; the rest is counted.
const KEPT_NOTES: usize = 100;
/// Files up to this size are kept while loading, since snippets are included often.
const KEPT_FILE: usize = 64 << 10;
/// Bytes of files that are kept while loading.
const KEPT_FILES: usize = 2 << 20;

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// All directives.
    pub tree: Tree,
    /// What could not be read, and what nginx would not take; at most 101.
    pub notes: Vec<Note>,
    /// Whether nginx could start with these files as they are, as far as reading goes.
    pub whole: bool,
}

/// Reads the main file of the layout and all that it includes.
pub fn load(files: &mut dyn Files, layout: &Layout, limits: &Limits) -> Loaded {
    let mut loader = Loader {
        files,
        folder: parent(&layout.conf_path).to_owned(),
        limits,
        builder: Builder::default(),
        notes: Vec::new(),
        dropped: 0,
        bytes: 0,
        read: 0,
        full: false,
        stack: Vec::new(),
        kept: HashMap::new(),
        kept_bytes: 0,
    };
    loader.take_file(&layout.conf_path, None);
    let whole = loader.notes.is_empty();
    if loader.dropped > 0 {
        let text = format!("{} more notes of this kind are left out", loader.dropped);
        loader.notes.push(Note { at: None, text });
    }
    Loaded { tree: loader.builder.finish(), notes: loader.notes, whole }
}

struct Loader<'f> {
    files: &'f mut dyn Files,
    /// What relative paths are relative to.
    folder: String,
    limits: &'f Limits,
    builder: Builder,
    notes: Vec<Note>,
    dropped: usize,
    bytes: usize,
    read: usize,
    /// A limit was reached; nothing more is read.
    full: bool,
    /// The files that are being read, outermost first.
    stack: Vec<String>,
    kept: HashMap<String, Rc<Vec<u8>>>,
    kept_bytes: usize,
}

impl Loader<'_> {
    fn note(&mut self, at: Option<At>, text: String) {
        if self.notes.len() < KEPT_NOTES {
            self.notes.push(Note { at, text });
        } else {
            self.dropped += 1;
        }
    }

    fn fill(&mut self, at: Option<At>, what: &str) {
        self.full = true;
        self.note(at, format!("the configuration has {what}; the rest was not read"));
    }

    /// `from` is the include that asks for it.
    fn take_file(&mut self, path: &str, from: Option<&At>) {
        if self.full {
            return;
        }
        if self.stack.iter().any(|open| open == path) {
            return self.note(from.cloned(), format!("`{path}` is included from within itself"));
        }
        if self.stack.len() > self.limits.depth {
            let text = format!("more than {} files include each other", self.limits.depth);
            return self.note(from.cloned(), text);
        }
        if self.read >= self.limits.files {
            return self.fill(from.cloned(), &format!("more than {} files", self.limits.files));
        }
        self.read += 1;
        let input = match self.bytes_of(path) {
            Ok(input) => input,
            Err(error) => {
                return self.note(from.cloned(), format!("`{path}` could not be read: {error}"));
            }
        };
        self.bytes += input.len();
        if self.bytes > self.limits.bytes {
            let what = format!("more than {} MiB of files", self.limits.bytes >> 20);
            return self.fill(from.cloned(), &what);
        }
        self.stack.push(path.to_owned());
        self.take_bytes(path, &input);
        self.stack.pop();
    }

    fn bytes_of(&mut self, path: &str) -> Result<Rc<Vec<u8>>, ReadError> {
        if let Some(kept) = self.kept.get(path) {
            return Ok(Rc::clone(kept));
        }
        let input = Rc::new(self.files.read(path)?);
        // The main file and those of whole folders are read once; a snippet comes again.
        let keep = input.len() <= KEPT_FILE && self.kept_bytes + input.len() <= KEPT_FILES;
        if keep && self.builder.depth() > 1 {
            self.kept_bytes += input.len();
            self.kept.insert(path.to_owned(), Rc::clone(&input));
        }
        Ok(input)
    }

    fn take_bytes(&mut self, path: &str, input: &[u8]) {
        let file = self.builder.enter(path);
        let depth = self.builder.depth();
        let mut lexer = Lexer::new(input);
        for token in lexer.by_ref() {
            match token.kind {
                Kind::Word | Kind::Quoted => self.builder.word(&token, input),
                Kind::Close => self.builder.close(),
                Kind::Open | Kind::End => {
                    let ended = self.builder.end(token.kind);
                    if token.kind == Kind::End
                        && let Some(id) = ended
                    {
                        self.follow(id);
                        self.builder.return_to(file);
                    }
                }
                Kind::Space | Kind::Comment | Kind::Lua | Kind::Rest => {}
            }
            let tree = self.builder.tree();
            if !self.full
                && (tree.len() >= self.limits.directives || tree.words() >= self.limits.words)
            {
                let at = At { file: path.to_owned(), line: token.line };
                let what = format!("{} directives up to here", self.builder.tree().len());
                self.fill(Some(at), &what);
            }
            if self.full {
                break;
            }
        }
        if let Some(fault) = lexer.fault() {
            let at = At { file: path.to_owned(), line: fault.line };
            self.note(Some(at), format!("{}; nginx does not take this file", fault.text));
        }
        self.builder.leave(depth);
    }

    /// Follows a directive, if it is an include.
    fn follow(&mut self, id: u32) {
        let Some(directive) = self.builder.tree().get(id) else { return };
        if directive.name() != "include" || directive.args().len() != 1 {
            return;
        }
        let at = directive.at();
        let path = absolute(&self.folder, directive.arg(0));
        if !glob::is_pattern(&path) {
            return self.take_file(&path, Some(&at));
        }
        for path in self.expand(&path, &at) {
            self.take_file(&path, Some(&at));
        }
    }

    /// The files that a pattern means, in the order in which nginx takes them.
    fn expand(&mut self, pattern: &str, at: &At) -> Vec<String> {
        let mut found = vec![String::new()];
        let mut exact = true;
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let magic = glob::is_pattern(part);
            let mut next = Vec::new();
            for folder in found {
                // What stands before the first pattern is there or is not; listing tells.
                if exact && !magic {
                    next.push(format!("{folder}/{part}"));
                    continue;
                }
                let listed = if folder.is_empty() { "/" } else { &folder };
                let names = match self.files.list(listed) {
                    Ok(names) => names,
                    Err(ReadError::Missing | ReadError::OtherKind) => continue,
                    Err(error) => {
                        let text = format!("the folder `{listed}` could not be read: {error}");
                        self.note(Some(at.clone()), text);
                        continue;
                    }
                };
                let fits = |name: &String| {
                    if magic { glob::matches(part, name) } else { name == part }
                };
                next.extend(
                    names.iter().filter(|&name| fits(name)).map(|n| format!("{folder}/{n}")),
                );
            }
            exact &= !magic;
            found = next;
        }
        found.sort_unstable();
        found
    }
}

/// The folder that a file lies in.
pub(super) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    }
}

/// A path as it is from the root on.
pub(super) fn absolute(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", folder.trim_end_matches('/'))
    }
}
