//! ufw's own list of rules: the lines by which it knows them, edited in place.
//!
//! ufw takes nothing from the file but the lines `### tuple ###`; what follows each is what it made of it, and is
//! written anew whenever ufw is told of a rule. So only those lines are put, below the line that the rules begin with.

use std::path::Path;

use rayfix_core::plan::PreImage;

use super::file;

const BEGIN: &str = "### RULES ###";
const END: &str = "### END RULES ###";
const NOTED: &str = "### tuple ### ";

/// Takes rules from a list and puts others to its top.
pub(super) fn edit(path: &Path, takes: &[String], puts: &[String]) -> Result<(), String> {
    let before = file::look(path)?;
    let PreImage::File { content: Some(image) } = &before else {
        return Err(format!("find {}", path.display()));
    };
    let text = std::str::from_utf8(&image.bytes);
    let text = text.map_err(|_| format!("read {}: it is no text", path.display()))?;
    let edited = edited(text, takes, puts)
        .ok_or_else(|| format!("edit {}: it is not as ufw writes it", path.display()))?;
    if edited == text {
        return Ok(());
    }
    file::write(path, edited.as_bytes(), 0o640, &before)
}

/// The text with that done; `None` where the rules have no beginning and end.
fn edited(text: &str, takes: &[String], puts: &[String]) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let begin = lines.iter().position(|line| *line == BEGIN)?;
    let end = begin + lines[begin..].iter().position(|line| *line == END)?;
    let noted = |line: &str| line.strip_prefix(NOTED).map(str::trim_end).map(str::to_owned);
    let mut kept: Vec<&str> = Vec::new();
    let mut there: Vec<String> = Vec::new();
    let mut goes = false;
    for line in &lines[begin + 1..end] {
        if let Some(rule) = noted(line) {
            goes = takes.contains(&rule);
            there.push(rule);
        }
        // A rule is its line, what ufw made of it, and the blank line between it and the next.
        if !goes {
            kept.push(line);
        }
    }
    let comes: Vec<String> = puts
        .iter()
        .filter(|rule| !there.contains(rule))
        .flat_map(|rule| [String::new(), format!("{NOTED}{rule}")])
        .collect();
    let parts = lines[..=begin].iter().copied().chain(comes.iter().map(String::as_str));
    let parts: Vec<&str> = parts.chain(kept).chain(lines[end..].iter().copied()).collect();
    Some(parts.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    // As ufw 0.36.2 writes it.
    const LIST: &str = "*filter\n:ufw-user-input - [0:0]\n### RULES ###\n\n\
        ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n\
        -A ufw-user-input -p tcp --dport 22 -j ACCEPT\n\n### END RULES ###\n\nCOMMIT\n";

    #[test]
    fn a_rule_comes_to_the_top_once_and_goes_with_what_was_made_of_it() {
        let rule = |range: &str| format!("allow tcp 443 0.0.0.0/0 any {range} in comment=72");
        let (one, other) = (rule("192.0.2.0/24"), rule("198.51.100.0/24"));
        let more = edited(LIST, &[], &[one.clone(), other.clone()]).unwrap();
        let head =
            format!("### RULES ###\n\n{NOTED}{one}\n\n{NOTED}{other}\n\n{NOTED}allow tcp 22");
        assert!(more.contains(&head), "{more}");
        assert_eq!(edited(&more, &[], &[other.clone()]).unwrap(), more);
        let written = more.replace(
            &format!("{NOTED}{one}\n"),
            &format!("{NOTED}{one}\n-A ufw-user-input -s 192.0.2.0/24 -j ACCEPT\n"),
        );
        assert_eq!(edited(&written, &[one, other], &[]).unwrap(), LIST);
    }

    #[test]
    fn a_file_that_ufw_did_not_write_is_left_alone() {
        assert!(edited("*filter\nCOMMIT\n", &[], &["allow".to_owned()]).is_none());
    }
}
