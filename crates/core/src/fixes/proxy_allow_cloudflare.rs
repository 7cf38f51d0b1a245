//! Lets Cloudflare's ranges in before the rule of nginx's that denies them.
//!
//! # What it changes
//! `allow` with each of Cloudflare's ranges comes before the one `deny` that turns visits away, in the file and at the
//! place where it stands. nginx is then reloaded.
//!
//! # What could go wrong
//! Whoever comes through Cloudflare is let in then, also visitors whom the list was meant to keep out: nginx sees
//! Cloudflare's address in the place of theirs. Where the list is about visitors, have nginx read their own addresses
//! instead: `set_real_ip_from RANGE;` and `real_ip_header CF-Connecting-IP;`.
//!
//! # How we check
//! `nginx -t` takes the file; then three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! Write `allow RANGE;` for each range of <https://www.cloudflare.com/ips/> before the `deny`; `nginx -t`, then
//! `systemctl reload nginx`.
use super::{Fix, Materials, Wants, common, edit};
use crate::diagnosis::Finding;
use crate::plan::{FilePath, Plan, Safety, UnitName, Verb};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["http-origin-denies-cloudflare"],
    wants: |finding, _| {
        let file = place(finding).map(|(file, _)| file);
        Wants { files: file.into_iter().collect(), ..Wants::default() }
    },
    plan,
};

/// Where the rule stands, as the configuration was read.
fn place(finding: &Finding) -> Option<(FilePath, usize)> {
    let (file, line) = finding.detail.get("at")?.as_str()?.rsplit_once(':')?;
    Some((FilePath::new(file).ok()?, line.parse().ok()?))
}

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let (path, line) = place(finding).ok_or(
        "No rule of nginx's is known that denies Cloudflare; its error log may name who does.",
    )?;
    let (_, proxy) = scene.front().ok_or("The web server's configuration could not be read.")?;
    let unit = proxy.unit.as_deref().ok_or("No unit of systemd's is known for nginx.")?;
    let unit =
        UnitName::new(unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    let before = edit::text(seen.files.get(&path).and_then(Option::as_ref), &path)?;
    let after = allowing(&before, line, scene.target.ranges.prefixes())
        .ok_or_else(|| format!("Line {line} of {path} is no longer a `deny` by itself."))?;
    let why = format!("The rule at {path}:{line} denies Cloudflare, which all visits come from.");
    let blast = "Whoever comes through Cloudflare is let in.";
    let mut step = edit::step(&path, (&before, &after), (&unit, Verb::Reload), why, blast);
    // Whom the list was meant for, only its author knows.
    step.safety = Safety::Ask;
    let summary = "Let Cloudflare's ranges in to the site, in nginx.".to_owned();
    let mut plan = common::plan("proxy-allow-cloudflare", finding, scene, summary, vec![step]);
    plan.cautions.push(
        "Where the list is about visitors, have nginx read their own addresses instead: set_real_ip_from with \
         Cloudflare's ranges, and real_ip_header CF-Connecting-IP."
            .to_owned(),
    );
    Ok(plan)
}

/// The text with the ranges allowed before the `deny` on this line (from 1).
fn allowing(text: &str, line: usize, ranges: &[ipnet::IpNet]) -> Option<String> {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let at = line.checked_sub(1)?;
    let own = lines.get(at)?;
    let bare = own.split('#').next().unwrap_or_default().trim();
    let who = bare.strip_prefix("deny ")?.strip_suffix(';')?.trim();
    if who.is_empty() || who.contains([';', ' ', '{', '}']) {
        return None;
    }
    let blanks: String = own.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let added = ranges.iter().map(|range| format!("{blanks}allow {range};"));
    let head = format!("{blanks}# Cloudflare, which all visitors come from:");
    let new: Vec<String> = [head].into_iter().chain(added).collect();
    lines.splice(at..at, new);
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "location / {\n    allow 203.0.113.0/24;\n    deny all; # others\n}\n";

    #[test]
    fn the_ranges_are_allowed_before_the_rule_that_denies_them() {
        let ranges = ["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        let with = "    # Cloudflare, which all visitors come from:\n    allow 192.0.2.0/24;\n    allow \
                    2001:db8::/32;\n    deny all; # others\n";
        let wanted = FILE.replace("    deny all; # others\n", with);
        assert_eq!(allowing(FILE, 3, &ranges), Some(wanted));
    }

    #[test]
    fn a_line_that_is_no_deny_by_itself_is_left_alone() {
        for (text, line) in [
            (FILE, 0),
            (FILE, 2),
            (FILE, 99),
            ("location / { deny all; }\n", 1),
            ("    allow 192.0.2.1; deny all;\n", 1),
            ("    deny all; return 403;\n", 1),
            ("    # deny all;\n", 1),
        ] {
            assert_eq!(allowing(text, line, &[]), None, "{text}");
        }
    }
}
