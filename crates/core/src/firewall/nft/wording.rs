//! Rules in nft's words, made from the JSON where the text of the listing was not told.

use std::fmt::Write;

use super::tree::{Object, Tree};

/// How many characters of a rule are shown.
const LONGEST: usize = 200;
/// How many elements of an unnamed set.
const ELEMENTS: usize = 6;

/// A whole rule in one line.
pub(super) fn rule(expr: &[Tree<'_>], comment: Option<&str>) -> String {
    let mut words: Vec<String> = Vec::new();
    for each in expr {
        words.push(statement(each));
        if words.iter().map(String::len).sum::<usize>() > 4 * LONGEST {
            break;
        }
    }
    words.extend(comment.map(|comment| format!("comment \"{comment}\"")));
    short(&words.join(" "))
}

/// A rule as nft wrote it, with long unnamed sets cut.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return short(text);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{ ") {
        out.push_str(before);
        out.push_str("{ ");
        let Some((inner, behind)) = after.split_once(" }") else {
            rest = after;
            continue;
        };
        let mut elements = inner.split(", ");
        let first: Vec<&str> = elements.by_ref().take(ELEMENTS).collect();
        out.push_str(&first.join(", "));
        if elements.next().is_some() {
            out.push_str(", …");
        }
        out.push_str(" }");
        rest = behind;
        if out.len() > 4 * LONGEST {
            break;
        }
    }
    out.push_str(rest);
    short(&out)
}

/// One line of bounded length.
pub(super) fn short(text: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()) {
        if length >= LONGEST {
            out.push('…');
            return out;
        }
        if length > 0 {
            out.push(' ');
            length += 1;
        }
        for letter in word.chars() {
            if length >= LONGEST {
                out.push('…');
                return out;
            }
            out.push(letter);
            length += 1;
        }
    }
    out
}

/// A statement.
pub(super) fn statement(tree: &Tree<'_>) -> String {
    if let Some(text) = tree.text() {
        return short(text);
    }
    let Some((tag, inner)) = tree.tagged() else { return expression(tree) };
    let object = inner.object();
    let get = |key: &str| object.and_then(|object| object.get(key)).map(expression);
    let words = match tag {
        "match" => compared(inner),
        "accept" | "drop" | "return" | "continue" | "notrack" => tag.to_owned(),
        "jump" | "goto" => format!("{tag} {}", get("target").unwrap_or_default()),
        "vmap" => {
            format!("{} vmap {}", get("key").unwrap_or_default(), get("data").unwrap_or_default())
        }
        "mangle" => {
            format!("{} set {}", get("key").unwrap_or_default(), get("value").unwrap_or_default())
        }
        "counter" | "last" => tag.to_owned(),
        "log" => match get("prefix") {
            Some(prefix) => format!("log prefix \"{prefix}\""),
            None => tag.to_owned(),
        },
        "limit" | "quota" | "ct count" if object.is_some() => limit(tag, object),
        "reject" => match (get("type"), get("expr")) {
            (Some(kind), Some(code)) => format!("reject with {kind} {code}"),
            (Some(kind), None) => format!("reject with {kind}"),
            _ => tag.to_owned(),
        },
        "dnat" | "snat" | "masquerade" | "redirect" | "tproxy" => nat(tag, object),
        "set" | "map" => format!(
            "{} {} {{ {} }}",
            get("op").unwrap_or_default(),
            get(tag).unwrap_or_default(),
            get("elem").unwrap_or_default()
        ),
        "meter" => {
            let stmt = object.and_then(|object| object.get("stmt")).map(statement);
            format!(
                "meter {} {{ {} {} }}",
                get("name").unwrap_or_default(),
                get("key").unwrap_or_default(),
                stmt.unwrap_or_default()
            )
        }
        "xt" => format!("xt {}", get("name").unwrap_or_default()),
        _ => rest(tag, inner),
    };
    short(&words)
}

fn limit(tag: &str, object: Option<&Object<'_>>) -> String {
    let get = |key: &str| object.and_then(|object| object.get(key)).map(expression);
    let over = if object.is_some_and(|object| object.is_true("inv")) { " over" } else { "" };
    let unit = |key: &str| get(key).map(|unit| format!(" {unit}")).unwrap_or_default();
    match tag {
        "limit" => format!(
            "limit rate{over} {}{}/{}",
            get("rate").unwrap_or_default(),
            unit("rate_unit"),
            get("per").unwrap_or_default()
        ),
        _ => format!("{tag}{over} {}{}", get("val").unwrap_or_default(), unit("val_unit")),
    }
}

fn nat(tag: &str, object: Option<&Object<'_>>) -> String {
    let get = |key: &str| object.and_then(|object| object.get(key)).map(expression);
    let mut words = tag.to_owned();
    let family = get("family");
    if let Some(family) = &family {
        let _ = write!(words, " {family}");
    }
    let (address, port) = (get("addr"), get("port"));
    if address.is_some() || port.is_some() {
        words.push_str(" to ");
    }
    let bracket = family.as_deref() == Some("ip6") && port.is_some();
    match address {
        Some(address) if bracket => {
            let _ = write!(words, "[{address}]");
        }
        Some(address) => words.push_str(&address),
        None => {}
    }
    if let Some(port) = port {
        let _ = write!(words, ":{port}");
    }
    words
}

/// What a match asks, without the word for it: `ip saddr != @blocked`.
pub(super) fn compared(inner: &Tree<'_>) -> String {
    let object = inner.object();
    let get = |key: &str| object.and_then(|object| object.get(key)).map(expression);
    let left = get("left").unwrap_or_default();
    let right = match object.and_then(|object| object.get("right")) {
        Some(Tree::Bool(yes)) => if *yes { "exists" } else { "missing" }.to_owned(),
        Some(right) => expression(right),
        None => String::new(),
    };
    let masked = object.and_then(|object| object.get("left")).and_then(Tree::tagged);
    let op = match get("op").as_deref() {
        Some("==") if masked.is_some_and(|(tag, _)| tag == "&") => " ==".to_owned(),
        Some("==" | "in") | None => String::new(),
        Some(op) => format!(" {op}"),
    };
    short(&format!("{left}{op} {right}"))
}

/// An expression or a constant.
pub(super) fn expression(tree: &Tree<'_>) -> String {
    let mut out = String::new();
    write_to(&mut out, tree);
    short(&out)
}

fn list(out: &mut String, list: &[Tree<'_>], between: &str, most: usize) {
    for (at, each) in list.iter().enumerate() {
        if at > 0 {
            out.push_str(between);
        }
        if at >= most {
            out.push('…');
            return;
        }
        write_to(out, each);
    }
}

fn write_to(out: &mut String, tree: &Tree<'_>) {
    // What is longer is cut anyway.
    if out.len() > 4 * LONGEST {
        return;
    }
    let _ = match tree {
        Tree::Null | Tree::Fraction => Ok(()),
        Tree::Bool(yes) => write!(out, "{yes}"),
        Tree::Number(number) => write!(out, "{number}"),
        Tree::Text(text) => write!(out, "{text}"),
        Tree::List(all) => {
            list(out, all, ",", ELEMENTS);
            Ok(())
        }
        Tree::Object(object) => match tree.tagged() {
            Some((tag, inner)) => {
                tagged(out, tag, inner);
                Ok(())
            }
            None => {
                pairs(out, object);
                Ok(())
            }
        },
    };
}

fn tagged(out: &mut String, tag: &str, inner: &Tree<'_>) {
    let object = inner.object();
    let text = |key: &str| object.and_then(|object| object.text(key)).unwrap_or_default();
    let number = |key: &str| object.and_then(|object| object.get(key)).and_then(Tree::number);
    match (tag, inner) {
        ("payload", Tree::Object(of)) => match (of.text("protocol"), of.text("field")) {
            (Some(protocol), Some(field)) => out.push_str(&format!("{protocol} {field}")),
            _ => {
                let (offset, length) = (number("offset"), number("len"));
                let (offset, length) = (offset.unwrap_or_default(), length.unwrap_or_default());
                out.push_str(&format!("@{},{offset},{length}", text("base")));
            }
        },
        ("meta", Tree::Object(of)) => {
            let key = of.text("key").unwrap_or_default();
            let bare = ["iif", "oif"].iter().any(|word| key.starts_with(word));
            out.push_str(&if bare { key.to_owned() } else { format!("meta {key}") });
        }
        ("ct", Tree::Object(of)) => {
            let key = of.text("key").unwrap_or_default();
            out.push_str("ct ");
            if let Some(dir) = of.text("dir") {
                let _ = write!(out, "{dir} ");
            }
            out.push_str(key);
        }
        ("fib", Tree::Object(of)) => {
            let flags = of.get("flags").and_then(Tree::words).unwrap_or_default();
            let _ = write!(out, "fib {} {}", flags.join(" . "), text("result"));
        }
        ("prefix", Tree::Object(of)) => {
            of.get("addr").into_iter().for_each(|address| write_to(out, address));
            let _ = write!(out, "/{}", number("len").unwrap_or_default());
        }
        ("range", Tree::List(ends)) => list(out, ends, "-", 2),
        ("concat", Tree::List(all)) => list(out, all, " . ", 12),
        ("set", Tree::List(all)) => {
            out.push_str("{ ");
            for (at, each) in all.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                if at >= ELEMENTS {
                    out.push('…');
                    break;
                }
                match each.list() {
                    Some([key, data]) => {
                        write_to(out, key);
                        out.push_str(" : ");
                        out.push_str(&statement(data));
                    }
                    _ => write_to(out, each),
                }
            }
            out.push_str(" }");
        }
        ("map", Tree::Object(of)) => {
            of.get("key").into_iter().for_each(|key| write_to(out, key));
            out.push_str(" map ");
            of.get("data").into_iter().for_each(|data| write_to(out, data));
        }
        ("elem", Tree::Object(of)) => of.get("val").into_iter().for_each(|val| write_to(out, val)),
        ("&" | "|" | "^" | "<<" | ">>", Tree::List(all)) => {
            list(out, all, &format!(" {tag} "), 12);
        }
        (_, Tree::Null) => out.push_str(tag),
        _ => out.push_str(&rest(tag, inner)),
    }
}

/// Anything else: its name and what is in it.
fn rest(tag: &str, inner: &Tree<'_>) -> String {
    let mut out = tag.to_owned();
    match inner {
        Tree::Null => {}
        Tree::Object(object) => {
            out.push(' ');
            pairs(&mut out, object);
        }
        other => {
            out.push(' ');
            write_to(&mut out, other);
        }
    }
    out
}

fn pairs(out: &mut String, object: &Object<'_>) {
    for (at, (key, value)) in object.pairs().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        match (key, value) {
            ("name" | "key" | "field", _) => write_to(out, value),
            _ => {
                out.push_str(key);
                out.push(' ');
                write_to(out, value);
            }
        }
    }
}
