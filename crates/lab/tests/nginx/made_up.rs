//! Made-up configurations by the hundred: names and locations out of few letters, so that they meet.

use std::collections::HashSet;

/// Numbers that look random and are the same each time (Knuth's MMIX generator).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Two or three labels out of three letters.
    pub(crate) fn host(&mut self) -> String {
        let labels: Vec<&str> =
            (0..2 + self.below(2)).map(|_| self.pick(&["a", "b", "c"])).collect();
        labels.join(".")
    }

    fn name(&mut self) -> String {
        let host = self.host();
        match self.below(8) {
            0 | 1 => format!("*.{host}"),
            2 => format!(".{host}"),
            3 | 4 => format!("{host}.*"),
            5 => format!("~^{}\\.", self.pick(&["a", "b", "[ab]", "(a|c)\\.b"])),
            _ => host,
        }
    }

    /// Servers on three sockets.
    pub(crate) fn servers(&mut self) -> String {
        let mut text = String::new();
        for number in 0..12 {
            let names: Vec<String> = (0..self.below(4)).map(|_| self.name()).collect();
            let name = if names.is_empty() {
                String::new()
            } else {
                format!("server_name {};", names.join(" "))
            };
            let listen = self.pick(&[
                "listen {A};",
                "listen 127.0.0.1:{A};",
                "listen {A}; listen 127.0.0.1:{A};",
                "listen {A}; listen {B};",
            ]);
            text.push_str(&format!("server {{ {listen} {name} return 200 s{number}; }}\n"));
        }
        text
    }

    /// A path of up to four letters and slashes.
    pub(crate) fn path(&mut self) -> String {
        let rest: String = (0..self.below(5)).map(|_| self.pick(&["a", "b", "/", "a/"])).collect();
        format!("/{rest}").replace("//", "/").replace("//", "/")
    }

    /// A server with locations, some within each other.
    pub(crate) fn locations(&mut self) -> String {
        let mut number = 0;
        format!(
            "server {{ listen {{A}}; return 200 never; }}\nserver {{ listen {{B}};\n{}}}\n",
            self.level("", 0, &mut number)
        )
    }

    fn level(&mut self, outer: &str, depth: usize, number: &mut u32) -> String {
        let mut text = String::new();
        let mut taken = HashSet::new();
        for _ in 0..2 + self.below(5) {
            let path = self.path();
            // nginx wants what is nested in a prefix to begin with it, and in an expression only
            // expressions.
            let path = if outer.is_empty() { path } else { format!("{outer}{}", &path[1..]) };
            let form = if outer == "~" { 2 + self.below(2) } else { self.below(6) };
            let (form, name) = match form {
                0 => ("= ", path.clone()),
                1 => ("^~ ", path.clone()),
                2 => ("~ ", self.pick(&["a", "b$", "^/a", "/b", "a/$", "(?!b)a"]).to_owned()),
                3 => ("~* ", self.pick(&["A", "^/B", "/A$"]).to_owned()),
                _ => ("", path.clone()),
            };
            let kind = if form == "= " || form.starts_with('~') { form } else { "" };
            if !taken.insert(format!("{kind}{name}")) {
                continue;
            }
            *number += 1;
            let label = *number;
            let nests = depth < 2 && form != "= " && self.below(3) == 0;
            let inner = if !nests {
                String::new()
            } else if form.starts_with('~') {
                self.level("~", 2, number)
            } else {
                self.level(&path, depth + 1, number)
            };
            let ends = match self.below(4) {
                0 => {
                    "proxy_pass http://127.0.0.1:{E}; proxy_set_header Host L".to_owned()
                        + &label.to_string()
                        + ";"
                }
                _ => format!("return 200 L{label};"),
            };
            text.push_str(&format!("location {form}{name} {{ {ends}\n{inner} }}\n"));
        }
        text
    }
}
