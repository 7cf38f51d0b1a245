//! The words of an nginx configuration, with nothing lost: the tokens, put together, are the input.
//!
//! It follows `ngx_conf_read_token` of nginx 1.22.1 and 1.31 byte by byte, with its oddities: a
//! `}` or `#` within a word belongs to the word, `${` does not open a block, only white space, `;`,
//! `{` or `)` may follow a closing quote. Bodies of `*_by_lua_block` are skipped as Lua, as the Lua
//! module does. Where nginx would stop, a fault says so, and the rest comes as one token.
//!
//! What a directive means, and whether nginx knows it, is not asked here.

use std::borrow::Cow;

/// The longest parameter that nginx takes, in bytes, since its buffer holds 4,096 and must hold
/// what ends the parameter as well (`NGX_CONF_BUFFER`).
const LONGEST_WORD: usize = 4095;
/// Blocks within blocks; nginx has no limit, real files stay below 8.
pub const DEEPEST_BLOCK: usize = 100;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Blanks and line ends.
    Space,
    /// From `#` up to the line's end, without it.
    Comment,
    /// A name or argument without quotes.
    Word,
    /// An argument in quotes, with them.
    Quoted,
    /// `{`
    Open,
    /// `}`
    Close,
    /// `;`
    End,
    /// The body of a `*_by_lua_block`, without its braces.
    Lua,
    /// What follows a fault, unread.
    Rest,
}

/// A piece of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// The line that it begins on, from 1.
    pub line: u32,
}

impl Token {
    /// The bytes as they stand.
    #[must_use]
    pub fn raw<'a>(&self, input: &'a [u8]) -> &'a [u8] {
        &input[self.start..self.end]
    }

    /// A word's value, without its quotes and escapes. Escapes that nginx does not know stay, as
    /// they do there: `\d` is `\d`.
    #[must_use]
    pub fn value<'a>(&self, input: &'a [u8]) -> Cow<'a, [u8]> {
        let raw = self.raw(input);
        let inner = if self.kind == Kind::Quoted { &raw[1..raw.len() - 1] } else { raw };
        if !inner.contains(&b'\\') {
            return Cow::Borrowed(inner);
        }
        let mut value = Vec::with_capacity(inner.len());
        let mut rest = inner;
        while let [byte, after @ ..] = rest {
            let escaped = match (byte, after.first()) {
                (b'\\', Some(&next @ (b'"' | b'\'' | b'\\'))) => Some(next),
                (b'\\', Some(b't')) => Some(b'\t'),
                (b'\\', Some(b'r')) => Some(b'\r'),
                (b'\\', Some(b'n')) => Some(b'\n'),
                _ => None,
            };
            value.push(escaped.unwrap_or(*byte));
            rest = if escaped.is_some() { &after[1..] } else { after };
        }
        Cow::Owned(value)
    }
}

/// Where nginx would stop reading, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The byte.
    pub start: usize,
    /// Its line, from 1.
    pub line: u32,
    /// A sentence without its end, about what stands there.
    pub text: String,
}

/// Reads token by token; after the last one, [`Lexer::fault`] tells whether nginx would have come
/// this far.
#[derive(Debug)]
pub struct Lexer<'a> {
    input: &'a [u8],
    at: usize,
    line: u32,
    /// The lines on which the open blocks began, outermost first.
    open: Vec<u32>,
    /// Words of the directive that is being read.
    words: u32,
    /// Whether the directive's name ends with `_by_lua_block`.
    lua: bool,
    /// The next thing is the body of a Lua block.
    lua_body: bool,
    after_quote: bool,
    faults: Vec<Fault>,
    stopped: bool,
}

impl<'a> Lexer<'a> {
    /// Begins with the first byte of a file.
    #[must_use]
    pub fn new(input: &'a [u8]) -> Self {
        Lexer {
            input,
            at: 0,
            line: 1,
            open: Vec::new(),
            words: 0,
            lua: false,
            lua_body: false,
            after_quote: false,
            faults: Vec::new(),
            stopped: false,
        }
    }

    /// Why nginx would not take this file, if it would not; known after the last token.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.faults.first()
    }

    /// How many blocks are open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    fn stop(&mut self, start: usize, line: u32, text: String) {
        self.faults.push(Fault { start, line, text });
        self.stopped = true;
    }

    fn token(&mut self, kind: Kind, end: usize) -> Token {
        let token = Token { kind, start: self.at, end, line: self.line };
        self.line += newlines(&self.input[self.at..end]);
        self.at = end;
        token
    }

    fn rest(&mut self) -> Option<Token> {
        (self.at < self.input.len()).then(|| self.token(Kind::Rest, self.input.len()))
    }

    fn finish(&mut self) -> Option<Token> {
        if !self.stopped {
            let end = self.input.len();
            if self.words > 0 {
                self.stop(end, self.line, "the file ends before the directive's `;` or `{`".into());
            } else if let Some(began) = self.open.last() {
                let text = format!("the block that line {began} opens is never closed");
                self.stop(end, self.line, text);
            }
            self.stopped = true;
        }
        None
    }

    /// Reads the token that begins with this byte, or says why there is none.
    fn read(&mut self, first: u8) -> Result<Token, String> {
        let closed_quote = std::mem::take(&mut self.after_quote);
        match first {
            b' ' | b'\t' | b'\r' | b'\n' => {
                let blank = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
                let end = self.end_where(self.at, blank);
                Ok(self.token(Kind::Space, end))
            }
            b';' if self.words == 0 => Err("a `;` stands where a directive was to begin".into()),
            b';' => {
                self.begin_directive();
                Ok(self.token(Kind::End, self.at + 1))
            }
            b'{' if self.words == 0 => Err("a `{` stands where a directive was to begin".into()),
            b'{' if self.open.len() >= DEEPEST_BLOCK => {
                Err(format!("more than {DEEPEST_BLOCK} blocks stand within each other"))
            }
            b'{' => {
                self.lua_body = self.lua;
                self.open.push(self.line);
                self.begin_directive();
                Ok(self.token(Kind::Open, self.at + 1))
            }
            other if closed_quote && other != b')' => {
                Err(format!("`{}` follows a closing quote at once", other.escape_ascii()))
            }
            b'}' if self.words > 0 => Err("a `}` stands before the directive's `;`".into()),
            b'}' if self.open.is_empty() => Err("a `}` closes no block".into()),
            b'}' => {
                self.open.pop();
                Ok(self.token(Kind::Close, self.at + 1))
            }
            b'#' => {
                let end = self.end_where(self.at, |&byte| byte == b'\n');
                Ok(self.token(Kind::Comment, end))
            }
            quote @ (b'"' | b'\'') => self.read_quoted(quote),
            _ => self.read_word(),
        }
    }

    fn begin_directive(&mut self) {
        self.words = 0;
        self.lua = false;
    }

    fn end_where(&self, from: usize, stop: impl Fn(&u8) -> bool) -> usize {
        self.input[from..].iter().position(stop).map_or(self.input.len(), |offset| from + offset)
    }

    fn read_quoted(&mut self, quote: u8) -> Result<Token, String> {
        let mut end = self.at + 1;
        loop {
            match self.input.get(end) {
                None => return Err("a quote is opened and never closed".into()),
                Some(b'\\') => end += 2,
                Some(&byte) if byte == quote => break,
                Some(_) => end += 1,
            }
        }
        self.after_quote = true;
        self.take_word(Kind::Quoted, end + 1, end - self.at - 1)
    }

    fn read_word(&mut self) -> Result<Token, String> {
        let mut end = self.at;
        let mut variable = false;
        loop {
            match self.input.get(end) {
                None => break,
                Some(b'\\') => {
                    variable = false;
                    end += 2;
                    continue;
                }
                // `${` begins a variable's name, not a block.
                Some(b'{') if variable => {}
                Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{') => break,
                Some(byte) => variable = *byte == b'$',
            }
            end += 1;
        }
        let end = end.min(self.input.len());
        self.take_word(Kind::Word, end, end - self.at)
    }

    fn take_word(&mut self, kind: Kind, end: usize, length: usize) -> Result<Token, String> {
        if length > LONGEST_WORD {
            return Err(format!("a parameter of {length} bytes; nginx takes {LONGEST_WORD}"));
        }
        let token = self.token(kind, end);
        if self.words == 0 {
            self.lua = token.raw(self.input).ends_with(b"_by_lua_block");
        }
        self.words += 1;
        Ok(token)
    }

    /// The body of a Lua block, up to the brace that closes it.
    fn read_lua(&mut self) -> Result<Option<Token>, String> {
        self.lua_body = false;
        let end =
            lua_end(self.input, self.at).ok_or("the Lua block that begins here is never closed")?;
        Ok((end > self.at).then(|| self.token(Kind::Lua, end)))
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.stopped {
            return self.rest();
        }
        let read = if self.lua_body {
            match self.read_lua() {
                Ok(Some(token)) => return Some(token),
                Ok(None) => return self.next(),
                Err(text) => Err(text),
            }
        } else {
            match self.input.get(self.at) {
                None => return self.finish(),
                Some(&first) => self.read(first),
            }
        };
        match read {
            Ok(token) => Some(token),
            Err(text) => {
                self.stop(self.at, self.line, text);
                self.rest()
            }
        }
    }
}

fn newlines(bytes: &[u8]) -> u32 {
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
    u32::try_from(lines).unwrap_or(u32::MAX)
}

/// Where the `}` stands that closes a block of Lua; strings and comments may hold any brace.
fn lua_end(input: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let mut depth = 0u32;
    while let Some(&byte) = input.get(at) {
        let rest = &input[at..];
        at = match byte {
            b'}' if depth == 0 => return Some(at),
            b'}' => {
                depth -= 1;
                at + 1
            }
            b'{' => {
                depth += 1;
                at + 1
            }
            b'"' | b'\'' => at + lua_string(rest, byte)?,
            b'[' if lua_level(rest).is_some() => at + lua_long(rest)?,
            b'-' if rest.starts_with(b"--") && lua_level(&rest[2..]).is_some() => {
                at + 2 + lua_long(&rest[2..])?
            }
            b'-' if rest.starts_with(b"--") => {
                at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
            }
            _ => at + 1,
        };
    }
    None
}

/// The length of a quoted Lua string, with its quotes.
fn lua_string(rest: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        match *rest.get(at)? {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// How many `=` stand in the long bracket that begins here, if one does.
fn lua_level(rest: &[u8]) -> Option<usize> {
    let inner = rest.strip_prefix(b"[")?;
    let level = inner.iter().take_while(|&&byte| byte == b'=').count();
    (inner.get(level) == Some(&b'[')).then_some(level)
}

/// The length of `[[…]]` or `[==[…]==]`, if it ends somewhere.
fn lua_long(rest: &[u8]) -> Option<usize> {
    let level = lua_level(rest)?;
    let mut at = level + 2;
    loop {
        at += rest[at..].iter().position(|&byte| byte == b']')? + 1;
        let equals = rest[at..].iter().take_while(|&&byte| byte == b'=').count();
        if equals == level && rest.get(at + equals) == Some(&b']') {
            return Some(at + equals + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every word in brackets, the rest as it stands; then the fault, if any.
    fn check(input: &str, wanted: &str) {
        let mut lexer = Lexer::new(input.as_bytes());
        let mut told = String::new();
        for token in lexer.by_ref() {
            let text = String::from_utf8_lossy(token.raw(input.as_bytes())).into_owned();
            match token.kind {
                Kind::Space | Kind::Comment => {}
                Kind::Word | Kind::Quoted => {
                    let value = token.value(input.as_bytes());
                    told.push_str(&format!("[{}]", String::from_utf8_lossy(&value)));
                }
                Kind::Open | Kind::Close | Kind::End => told.push_str(&text),
                Kind::Lua => told.push_str(&format!("<lua {}>", text.trim())),
                Kind::Rest => told.push_str("<rest>"),
            }
        }
        if let Some(fault) = lexer.fault() {
            told.push_str(&format!(" line {}: {}", fault.line, fault.text));
        }
        assert_eq!(told, wanted, "{input}");
    }

    #[test]
    fn words_are_cut_as_nginx_cuts_them() {
        check("a b;c{d;}", "[a][b];[c]{[d];}");
        check("# x { ;\na#b c}d;", "[a#b][c}d];");
        check("listen 80;# last", "[listen][80];");
        check("set $a ${b}c;", "[set][$a][${b}c];");
        check(
            "set $a x${b}{",
            "[set][$a][x${b}]{ line 1: the block that line 1 opens is never closed",
        );
        check("location ~ \"^/a{2}$\" {}", "[location][~][^/a{2}$]{}");
        check("if ($a = \"b;c\") {}", "[if][($a][=][b;c][)]{}");
        check("log '$a \"b\"' '\\'' \"\\\"\\n\\d\";", "[log][$a \"b\"]['][\"\n\\d];");
        check("rewrite ^/a\\ b\\{1\\}$ /c;", "[rewrite][^/a\\ b\\{1\\}$][/c];");
        check("a \"\";", "[a][];");
    }

    #[test]
    fn lua_is_skipped_as_lua() {
        check(
            "content_by_lua_block { if x then a = \"}\" -- }\n b = {1} c = [[}]] --[=[ } ]] ]=] end }\nx;",
            "[content_by_lua_block]{<lua if x then a = \"}\" -- }\n b = {1} c = [[}]] --[=[ } ]] ]=] end>}[x];",
        );
        check("init_by_lua_block {}", "[init_by_lua_block]{}");
        check(
            "a;\ninit_by_lua_block { x = \"",
            "[a];[init_by_lua_block]{<rest> line 2: the Lua block that begins here is never closed",
        );
    }

    #[test]
    fn a_fault_has_its_line_and_keeps_what_came_before() {
        check("a;\nb \"c\"d;", "[a];[b][c]<rest> line 2: `d` follows a closing quote at once");
        check("a;\n}\nb;", "[a];<rest> line 2: a `}` closes no block");
        check("a {\n b }", "[a]{[b]<rest> line 2: a `}` stands before the directive's `;`");
        check("a;;", "[a];<rest> line 1: a `;` stands where a directive was to begin");
        check("a;\n{", "[a];<rest> line 2: a `{` stands where a directive was to begin");
        check("a;\nb c", "[a];[b][c] line 2: the file ends before the directive's `;` or `{`");
        check("a {\nb;", "[a]{[b]; line 2: the block that line 1 opens is never closed");
        check("a 'b\n", "[a]<rest> line 1: a quote is opened and never closed");
        check("a \\", "[a][\\] line 1: the file ends before the directive's `;` or `{`");
        let long = format!("a;b {};", "x".repeat(4096));
        check(&long, "[a];[b]<rest> line 1: a parameter of 4096 bytes; nginx takes 4095");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

        #[test]
        fn the_tokens_put_together_are_the_input(
            input in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..200),
                "([a-z]{1,3}|[ \n;{}\"'#$\\\\]|\\$\\{|_by_lua_block|--|\\[=?\\[|\\]=?\\]){0,60}".prop_map(String::into_bytes),
            ]
        ) {
            let mut back = Vec::new();
            let mut lexer = Lexer::new(&input);
            let mut line = 1;
            for token in lexer.by_ref() {
                prop_assert_eq!(token.start, back.len());
                prop_assert_eq!(token.line, line);
                let _ = token.value(&input);
                line += newlines(token.raw(&input));
                back.extend_from_slice(token.raw(&input));
            }
            prop_assert_eq!(back, input);
        }
    }
}
