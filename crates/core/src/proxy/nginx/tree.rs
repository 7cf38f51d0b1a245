//! The directives of a configuration, blocks nested, includes spliced in where they stand.
//!
//! Lean, since hosts with 50,000 sites exist: a directive is 16 bytes, its words are numbers into
//! one store that keeps every distinct word once, and a block's directives follow it directly, so
//! that "the next sibling" is one look. Bytes that are no UTF-8 are replaced in words.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::lexer::{Kind, Token};
use crate::proxy::At;

/// Marks a block in [`Node::place`].
const BLOCK: u32 = 1 << 31;

/// A directive.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Its first word, the name, in [`Tree::words`]; its last stands before the next node's first.
    words: u32,
    line: u32,
    /// The node after the last one within it.
    end: u32,
    /// The byte of its file that it begins at, and whether it is a block.
    place: u32,
}

/// The whole configuration; made by [`load`](super::load::load).
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    words: Vec<u32>,
    store: Store,
    files: Vec<String>,
    /// From which node on which file is read, in order.
    segments: Vec<(u32, u32)>,
}

/// Every distinct word, once.
#[derive(Debug, Default)]
struct Store {
    text: String,
    /// Where each word begins; it ends where the next one begins.
    starts: Vec<u32>,
    /// Word numbers plus one by hash, open addressing; only while building.
    table: Vec<u32>,
    hasher: RandomState,
}

impl Store {
    fn word(&self, number: u32) -> &str {
        let number = number as usize;
        let end = self.starts.get(number + 1).map_or(self.text.len(), |&end| end as usize);
        &self.text[self.starts[number] as usize..end]
    }

    fn take(&mut self, word: &str) -> u32 {
        if self.starts.len() * 4 >= self.table.len() * 3 {
            self.grow();
        }
        let slot = self.slot(word);
        if let Some(number) = self.table[slot].checked_sub(1) {
            return number;
        }
        let number = small(self.starts.len());
        self.starts.push(small(self.text.len()));
        self.text.push_str(word);
        self.table[slot] = number + 1;
        number
    }

    /// Where the word stands in the table, or would.
    fn slot(&self, word: &str) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = usize::try_from(self.hasher.hash_one(word) & 0xffff_ffff).unwrap_or(0);
        loop {
            slot &= mask;
            match self.table[slot].checked_sub(1) {
                Some(number) if self.word(number) != word => slot += 1,
                _ => return slot,
            }
        }
    }

    fn grow(&mut self) {
        self.table = vec![0; (self.table.len() * 2).max(1024)];
        for number in 0..small(self.starts.len()) {
            let slot = self.slot(self.word(number));
            self.table[slot] = number + 1;
        }
    }
}

/// Sizes are bounded by the loader, far below 2³¹.
fn small(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX >> 1)
}

/// A directive, with all that stands in it.
#[derive(Debug, Clone, Copy)]
pub struct Directive<'t> {
    tree: &'t Tree,
    id: u32,
}

impl PartialEq for Directive<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for Directive<'_> {}

impl<'t> Directive<'t> {
    fn node(self) -> Node {
        self.tree.nodes[self.id as usize]
    }

    /// Its number: the order in which nginx reads directives.
    #[must_use]
    pub fn id(self) -> u32 {
        self.id
    }

    /// Its name, as written.
    #[must_use]
    pub fn name(self) -> &'t str {
        self.tree.store.word(self.tree.words[self.node().words as usize])
    }

    /// Its arguments, unquoted.
    pub fn args(self) -> impl DoubleEndedIterator<Item = &'t str> + ExactSizeIterator + Clone {
        let tree = self.tree;
        let end = tree.nodes.get(self.id as usize + 1).map_or(small(tree.words.len()), |n| n.words);
        let words = &tree.words[self.node().words as usize + 1..end as usize];
        words.iter().map(|&number| tree.store.word(number))
    }

    /// Its argument of this number, from 0; empty if there is none.
    #[must_use]
    pub fn arg(self, number: usize) -> &'t str {
        self.args().nth(number).unwrap_or_default()
    }

    /// Whether it has a `{ … }`.
    #[must_use]
    pub fn is_block(self) -> bool {
        self.node().place & BLOCK != 0
    }

    /// The byte of its file that its name begins at.
    #[must_use]
    pub fn offset(self) -> u32 {
        self.node().place & !BLOCK
    }

    /// Its line, from 1.
    #[must_use]
    pub fn line(self) -> u32 {
        self.node().line
    }

    /// Its file.
    #[must_use]
    pub fn file(self) -> &'t str {
        let segments = &self.tree.segments;
        let next = segments.partition_point(|&(first, _)| first <= self.id);
        let file = next.checked_sub(1).map_or(0, |index| segments[index].1);
        self.tree.files.get(file as usize).map_or("", String::as_str)
    }

    /// Its file and line.
    #[must_use]
    pub fn at(self) -> At {
        At { file: self.file().to_owned(), line: self.line() }
    }

    /// The directives in its block, in order.
    #[must_use]
    pub fn children(self) -> Children<'t> {
        Children { tree: self.tree, next: self.id + 1, end: self.node().end }
    }

    /// The first directive of this name in its block.
    #[must_use]
    pub fn child(self, name: &str) -> Option<Directive<'t>> {
        self.children().find(|child| child.name() == name)
    }
}

/// Directives that stand side by side.
#[derive(Debug, Clone)]
pub struct Children<'t> {
    tree: &'t Tree,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Directive<'t>;

    fn next(&mut self) -> Option<Directive<'t>> {
        if self.next >= self.end {
            return None;
        }
        let directive = Directive { tree: self.tree, id: self.next };
        self.next = directive.node().end;
        Some(directive)
    }
}

impl Tree {
    /// The directives of the outermost level, in order.
    #[must_use]
    pub fn top(&self) -> Children<'_> {
        Children { tree: self, next: 0, end: small(self.nodes.len()) }
    }

    /// The directive of this number.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<Directive<'_>> {
        (id < small(self.nodes.len())).then_some(Directive { tree: self, id })
    }

    /// The files that were read, in the order in which they were first read.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// How many directives there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many words there are, with every repetition.
    pub(super) fn words(&self) -> usize {
        self.words.len()
    }
}

/// Puts a tree together out of tokens.
#[derive(Debug, Default)]
pub(super) struct Builder {
    tree: Tree,
    open: Vec<u32>,
    /// The numbers of the files.
    numbers: HashMap<String, u32>,
    /// Where the words of the directive begin that is being read.
    begun: Option<(u32, u32, u32)>,
}

impl Builder {
    /// What follows is of this file; returns its number.
    pub(super) fn enter(&mut self, path: &str) -> u32 {
        let number = self.numbers.get(path).copied().unwrap_or_else(|| {
            let number = small(self.tree.files.len());
            self.tree.files.push(path.to_owned());
            self.numbers.insert(path.to_owned(), number);
            number
        });
        self.return_to(number);
        number
    }

    /// What follows is of the file of this number again.
    pub(super) fn return_to(&mut self, file: u32) {
        let next = small(self.tree.nodes.len());
        match self.tree.segments.last_mut() {
            Some((first, last)) if *first == next => *last = file,
            Some((_, last)) if *last == file => {}
            _ => self.tree.segments.push((next, file)),
        }
    }

    pub(super) fn word(&mut self, token: &Token, input: &[u8]) {
        let value = token.value(input);
        let number = self.tree.store.take(&String::from_utf8_lossy(&value));
        let place = small(token.start) & !BLOCK;
        self.begun.get_or_insert((small(self.tree.words.len()), token.line, place));
        self.tree.words.push(number);
    }

    /// Ends the directive that was being read; returns its number.
    pub(super) fn end(&mut self, kind: Kind) -> Option<u32> {
        let (words, line, place) = self.begun.take()?;
        let id = small(self.tree.nodes.len());
        let block = if kind == Kind::Open { BLOCK } else { 0 };
        self.tree.nodes.push(Node { words, line, end: id + 1, place: place | block });
        if kind == Kind::Open {
            self.open.push(id);
        }
        Some(id)
    }

    pub(super) fn close(&mut self) {
        if let Some(id) = self.open.pop() {
            self.tree.nodes[id as usize].end = small(self.tree.nodes.len());
        }
    }

    /// Drops a directive that never ended, and closes blocks down to this depth.
    pub(super) fn leave(&mut self, depth: usize) {
        if let Some((words, _, _)) = self.begun.take() {
            self.tree.words.truncate(words as usize);
        }
        while self.open.len() > depth {
            self.close();
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(super) fn finish(mut self) -> Tree {
        self.leave(0);
        self.tree.store.table = Vec::new();
        self.tree
    }
}
