//! The configuration file of a tunnel's connector, changed in one place; what was meant to change is read back, and
//! nothing else may read otherwise.
//!
//! The file is a person's, with comments and a layout of its own, so a line is put in or replaced, and the rest stays.
//! Where the file is laid out in a way that a line does not do for, it is left alone.

use crate::evidence::host::tunnel::{Config, read_config};

/// The text with another transport protocol.
pub(super) fn with_protocol(path: &str, text: &str, protocol: &str) -> Result<String, String> {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let wanted = format!("protocol: {protocol}");
    let own: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].starts_with("protocol:")).collect();
    match own.as_slice() {
        [at] => lines[*at] = wanted,
        [] => {
            let begins = |line: &String| line.starts_with(|c: char| c.is_ascii_alphabetic());
            let at = lines.iter().position(begins).ok_or_else(|| left_alone(path))?;
            lines.insert(at, wanted);
        }
        _ => return Err(left_alone(path)),
    }
    let after = lines.join("\n");
    let (was, is) = (read_config(path, text), read_config(path, &after));
    let mut keys = was.keys.clone();
    keys.insert("protocol".to_owned(), protocol.to_owned());
    let same = is.keys == keys && alike(&was, &is, None);
    if same { Ok(after) } else { Err(left_alone(path)) }
}

/// The text with `originServerName` in the rule at this line (from 1).
pub(super) fn with_server_name(
    path: &str,
    text: &str,
    rule: u32,
    name: &str,
) -> Result<String, String> {
    let fail = || left_alone(path);
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let from = usize::try_from(rule).ok().and_then(|line| line.checked_sub(1)).ok_or_else(fail)?;
    let head = lines.get(from).ok_or_else(fail)?;
    let dash = indent(head);
    let rest = head.trim_start().strip_prefix('-').ok_or_else(fail)?;
    // Where the keys of this rule stand.
    let keys = dash + 1 + indent(rest);
    let inside = |line: &String| line.trim().is_empty() || indent(line) >= keys;
    let many = lines.iter().skip(from + 1).take_while(|line| inside(line)).count();
    let end = (from + 1..=from + many).rev().find(|at| !lines[*at].trim().is_empty());
    let end = end.unwrap_or(from);
    let block = (from + 1..=end).find(|at| {
        indent(&lines[*at]) == keys && lines[*at].trim_start().starts_with("originRequest:")
    });
    let line = |by: usize| format!("{}originServerName: {name}", " ".repeat(by));
    match block {
        None => {
            lines.insert(end + 1, line(keys + 2));
            lines.insert(end + 1, format!("{}originRequest:", " ".repeat(keys)));
        }
        Some(at) if lines[at].trim() == "originRequest:" => {
            let first = lines.get(at + 1).ok_or_else(fail)?;
            let deeper = indent(first);
            if at == end || deeper <= keys {
                return Err(fail());
            }
            let own = (at + 1..=end).take_while(|at| indent(&lines[*at]) > keys);
            let own =
                own.into_iter().find(|at| lines[*at].trim_start().starts_with("originServerName:"));
            match own {
                Some(own) => lines[own] = line(deeper),
                None => lines.insert(at + 1, line(deeper)),
            }
        }
        Some(_) => return Err(fail()),
    }
    let after = lines.join("\n");
    let (was, is) = (read_config(path, text), read_config(path, &after));
    let changed =
        was.rules.iter().position(|one| one.at.as_ref().is_some_and(|at| at.line == rule));
    let changed = changed.ok_or_else(fail)?;
    let set = is.rules.get(changed).and_then(|one| one.request.server_name.as_deref());
    let same = set == Some(name) && was.keys == is.keys && alike(&was, &is, Some(changed));
    if same { Ok(after) } else { Err(fail()) }
}

/// Whether the rules of two files are the same, but for the name in one rule's hello.
fn alike(was: &Config, is: &Config, but: Option<usize>) -> bool {
    was.rules.len() == is.rules.len()
        && is.problems.len() == was.problems.len()
        && was.rules.iter().zip(&is.rules).enumerate().all(|(at, (was, is))| {
            let mut request = was.request.clone();
            if but == Some(at) {
                request.server_name.clone_from(&is.request.server_name);
            }
            was.hostname == is.hostname
                && was.path == is.path
                && was.service == is.service
                && request == is.request
        })
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn left_alone(path: &str) -> String {
    format!("{path} is laid out in a way that is not changed safely by a line.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/etc/cloudflared/config.yml";
    const FILE: &str = "# ours\ntunnel: 6ff42ae2-765d-4adf-8112-31c55c1551ef\n\ningress:\n  - hostname: \
                        shop.example.test\n    service: https://localhost:443\n\n  - service: http_status:404\n";

    #[test]
    fn a_protocol_is_put_in_or_replaced() {
        let with = with_protocol(PATH, FILE, "http2").unwrap();
        assert_eq!(with, FILE.replace("tunnel: ", "protocol: http2\ntunnel: "));
        let quic = with.replace("http2", "quic");
        assert_eq!(with_protocol(PATH, &quic, "http2").unwrap(), with);
        assert!(with_protocol(PATH, "{tunnel: x}\n", "http2").is_err());
        assert!(with_protocol(PATH, "", "http2").is_err());
    }

    #[test]
    fn a_name_is_put_into_the_one_rule() {
        let with = with_server_name(PATH, FILE, 5, "shop.example.test").unwrap();
        let added = "    service: https://localhost:443\n    originRequest:\n      originServerName: shop.example.test\n";
        assert_eq!(with, FILE.replace("    service: https://localhost:443\n", added));
        let pool =
            added.replace("      originServerName: shop.example.test\n", "      caPool: /x.pem\n");
        let file = FILE.replace("    service: https://localhost:443\n", &pool);
        let with = with_server_name(PATH, &file, 5, "shop.example.test").unwrap();
        let both =
            "    originRequest:\n      originServerName: shop.example.test\n      caPool: /x.pem\n";
        assert!(with.contains(both), "{with}");
        let other = with.replace("originServerName: shop", "originServerName: other");
        assert_eq!(with_server_name(PATH, &other, 5, "shop.example.test").unwrap(), with);
    }

    #[test]
    fn a_layout_that_a_line_does_not_do_for_is_left_alone() {
        let flow = FILE.replace(
            "    service: https://localhost:443\n",
            "    service: https://localhost:443\n    originRequest: {caPool: /x.pem}\n",
        );
        assert!(with_server_name(PATH, &flow, 5, "shop.example.test").is_err());
        let line = "ingress: [{hostname: shop.example.test, service: https://localhost}, {service: http_status:404}]\n";
        assert!(with_server_name(PATH, line, 1, "shop.example.test").is_err());
        assert!(with_server_name(PATH, FILE, 99, "shop.example.test").is_err());
        assert!(with_server_name(PATH, FILE, 0, "shop.example.test").is_err());
    }
}
