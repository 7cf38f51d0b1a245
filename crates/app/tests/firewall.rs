//! `rayfix firewall` from outside: what it says of saved outputs, of this host without root, and of misuse.
//!
//! The listings in `firewall/` are what the real tools printed in a network namespace.

mod binary;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use binary::{Told, folder, run};
use serde_json::Value;

/// Who listens where the listings were made.
const LISTENERS: &str = "tcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:*\n\
                         tcp LISTEN 0 511 [::]:80 [::]:*\n\
                         tcp LISTEN 0 511 0.0.0.0:443 0.0.0.0:*\n\
                         tcp LISTEN 0 511 [::]:443 [::]:*\n";

/// A folder of saved outputs: the rules of that name, and what was around them.
fn saved(rules: &str, name: &str) -> PathBuf {
    let to = folder(&format!("firewall-{name}"));
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/firewall");
    // There was nothing of the kind.
    for file in [
        "iptables-save.txt",
        "ip6tables-save.txt",
        "iptables-legacy-save.txt",
        "ip6tables-legacy-save.txt",
        "ipset.txt",
        "nfnetlink_queue.txt",
    ] {
        fs::write(to.join(file), "").expect("the folder was just made");
    }
    fs::write(to.join("ss.txt"), LISTENERS).expect("the folder was just made");
    for from in [data.join("around"), data.join(rules)] {
        for entry in fs::read_dir(from).expect("the samples stand in the tree") {
            let path = entry.expect("the samples can be listed").path();
            fs::copy(&path, to.join(path.file_name().expect("a sample has a name")))
                .expect("a sample can be copied");
        }
    }
    to
}

fn firewall(dir: &Path, more: &[&str]) -> Told {
    run(&[&["firewall", "--ruleset", dir.to_str().expect("the folder's name is ASCII")], more]
        .concat())
}

fn ruled(dir: &Path, more: &[&str]) -> Value {
    let told = firewall(dir, &[&["--format", "json"], more].concat());
    serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{}{}", told.out, told.err))
}

#[test]
fn a_host_that_lets_in_cloudflare_alone_is_healthy() {
    let told = firewall(&saved("iptables", "healthy"), &[]);
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{}", told.out);
    assert!(told.out.starts_with("Cloudflare is let in: all 22 ranges, on 80 and 443.\n"));
    assert!(told.out.contains("`ip filter INPUT`, rules 3 to 17"), "{}", told.out);
    assert!(told.out.lines().count() <= 14, "{}", told.out);
}

#[test]
fn what_keeps_a_range_out_is_named_with_its_rule_and_set() {
    let dir = saved("old-list", "old-list");
    let told = firewall(&dir, &[]);
    assert_eq!((told.code, told.err.as_str()), (1, ""), "{}", told.out);
    for words in [
        "20 of 22 ranges are let in",
        "2c0f:f248::/32 to 80 and 443: dropped by the policy of `inet filter input`",
        "172.64.0.77 to 443: dropped by `ip bl pre`, rule handle 3, set `bad`",
        "1 address of the 524,288 in 172.64.0.0/13",
        "`ip saddr @bad tcp dport 443 drop`",
        "the first packet, at prerouting",
    ] {
        assert!(told.out.contains(words), "no `{words}` in:\n{}", told.out);
    }
}

#[test]
fn json_partitions_each_range_and_names_the_rule() {
    let document = ruled(&saved("old-list", "json"), &[]);
    assert_eq!(document["schema"], "rayfix/firewall/1");
    assert_eq!(document["manager"], "nftables");
    assert_eq!(document["interface"], "eth0");
    let rulings = document["rulings"].as_array().unwrap();
    assert_eq!(rulings.len(), 44);
    for ruling in rulings {
        let range: ipnet::IpNet = ruling["range"].as_str().unwrap().parse().unwrap();
        let pieces = ruling["pieces"].as_array().unwrap();
        let prefixes: Vec<ipnet::IpNet> =
            pieces.iter().map(|piece| piece["prefix"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!(ipnet::IpNet::aggregate(&prefixes), [range], "they cover it exactly");
        let overlap = prefixes.windows(2).any(|pair| pair[0].contains(&pair[1].network()));
        assert!(!overlap && prefixes.is_sorted(), "{prefixes:?}");
    }
    let holed = rulings.iter().find(|ruling| ruling["verdict"] == "mixed").unwrap();
    assert_eq!((&holed["range"], &holed["port"]), (&"172.64.0.0/13".into(), &443.into()));
    let hole = holed["pieces"].as_array().unwrap().iter();
    let hole = hole.clone().find(|piece| piece["verdict"] == "dropped").unwrap();
    assert_eq!(hole["prefix"], "172.64.0.77/32");
    assert_eq!(hole["by"]["table"], "bl");
    assert_eq!(hole["by"]["chain"], "pre");
    assert_eq!(hole["by"]["handle"], 3);
    assert_eq!(hole["by"]["set"], "bad");
    assert_eq!(hole["trail"].as_array().unwrap().last().unwrap()["does"], "drops");
}

#[test]
fn the_document_is_as_its_schema_says() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/firewall-1.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for (rules, more) in [
        ("old-list", &[][..]),
        ("old-list", &["--propose"]),
        ("iptables", &["--from", "172.64.0.77"]),
        ("by-the-hour", &["--propose"]),
    ] {
        let document = ruled(&saved(rules, "schema"), more);
        let faults: Vec<String> =
            validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{rules} {more:?}: {faults:#?}");
    }
}

#[test]
fn what_hangs_on_the_hour_is_not_told_and_the_rule_is_named() {
    let dir = saved("by-the-hour", "by-the-hour");
    let told = firewall(&dir, &[]);
    assert_eq!(told.code, 3, "{}", told.out);
    for words in ["cannot be told", "rule 3", "`match time`", "a visit through Cloudflare"] {
        assert!(told.out.contains(words), "no `{words}` in:\n{}", told.out);
    }
    assert_eq!(firewall(&dir, &["--port", "80"]).code, 0, "the rule is about 443 alone");
}

#[test]
fn one_connection_is_followed_through_the_chains() {
    let dir = saved("old-list", "from");
    let told = firewall(&dir, &["--from", "172.64.0.77", "--port", "443"]);
    assert_eq!(told.code, 1, "{}", told.out);
    assert!(told.out.starts_with("172.64.0.77 is kept out on 443.\n"), "{}", told.out);
    let (packet, hook) = (told.out.find("the first packet"), told.out.find("prerouting"));
    assert!(packet.unwrap() < hook.unwrap(), "{}", told.out);
    assert!(told.out.contains("✗ `ip bl pre`, rule handle 3, set `bad`: drops"), "{}", told.out);

    let told = firewall(&dir, &["--from", "172.64.0.78", "--port", "443"]);
    assert_eq!(told.code, 0, "{}", told.out);
    assert!(told.out.contains("what the client sends after the answer"), "{}", told.out);
    let told = firewall(&dir, &["--from", "198.51.100.7"]);
    assert_eq!(told.code, 1, "one who is not Cloudflare's is kept out, rightly");
}

#[test]
fn a_proposal_can_be_pasted_and_taken_back() {
    let told = firewall(&saved("old-list", "propose"), &["--propose"]);
    assert_eq!(told.code, 1, "it is not made yet");
    for line in [
        "    nft 'add element inet filter cf6 { 2c0f:f248::/32 }'",
        "    nft 'delete element inet filter cf6 { 2c0f:f248::/32 }'",
        "    nft 'delete element ip bl bad { 172.64.0.77 }'",
    ] {
        assert!(told.out.lines().any(|told| told == line), "no `{line}` in:\n{}", told.out);
    }
    assert!(told.out.contains("let in all 22 ranges"), "{}", told.out);
}

#[test]
fn every_voice_goes_to_a_file_too_and_fits_the_width() {
    let dir = saved("old-list", "voices");
    for format in ["text", "json", "markdown", "html"] {
        let file = dir.join(format!("report.{format}"));
        let told = firewall(&dir, &["--format", format, "-o", file.to_str().unwrap()]);
        assert_eq!((told.code, told.out.as_str(), told.err.as_str()), (1, "", ""), "{format}");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("172.64.0.77"), "{format}");
    }
    let told = firewall(&dir, &["-v"]);
    let wide = told.out.lines().find(|line| line.chars().count() > 80);
    assert!(wide.is_none(), "{wide:?}");
    assert!(told.out.contains("\n  2606:4700::/32    ✓ accepted"), "{}", told.out);
}

#[test]
fn names_that_mean_harm_do_nothing_in_any_voice() {
    let dir = saved("old-list", "hostile");
    let harm = "`</code><script>alert(1)</script>\\u001b[31m\\u202e|[x](y)";
    let json = fs::read_to_string(dir.join("nft.json")).unwrap();
    assert!(json.contains("\"bl\"") && json.contains("\"bad\""));
    let json = json
        .replace("\"bl\"", &format!("\"{harm}\""))
        .replace("\"bad\"", &format!("\"{harm}\""))
        .replace("\"@bad\"", &format!("\"@{harm}\""));
    fs::write(dir.join("nft.json"), json).unwrap();
    for format in ["text", "json", "markdown", "html"] {
        for more in [&[][..], &["--from", "172.64.0.77"], &["--propose"]] {
            let told = firewall(&dir, &[&["--format", format, "-v"], more].concat());
            assert_eq!(told.code, 1, "{format} {more:?}: {}", told.err);
            let acts = told.out.chars().find(|c| *c != '\n' && c.is_control() || *c == '\u{202e}');
            assert_eq!(acts, None, "{format} {more:?}");
            assert!(told.out.contains("script"), "it is shown: {format} {more:?}");
            assert!(format != "html" || !told.out.contains("<script"), "{more:?}");
        }
    }
}

/// Exit 2, one sentence on standard error that has these words.
fn refused(args: &[&str], words: &str) {
    let told = run(&[&["firewall"], args].concat());
    assert_eq!((told.code, told.out.as_str()), (2, ""), "{args:?}: {}", told.err);
    assert!(told.err.starts_with("rayfix: ") && told.err.contains(words), "{args:?}: {}", told.err);
    assert_eq!(told.err.lines().count(), 1, "{args:?}: {}", told.err);
}

#[test]
fn misuse_is_refused_with_what_would_be_right() {
    let dir = saved("iptables", "misuse");
    let dir = dir.to_str().unwrap();
    let empty = folder("firewall-empty");
    let empty = empty.to_str().unwrap();
    let file = format!("{dir}/nft.json");
    let absent = format!("{dir}/absent");
    for (args, words) in [
        (&["--ruleset", &absent][..], "No such file"),
        (&["--ruleset", empty], "`nft -j list ruleset` belongs there as nft.json"),
        (&["--ruleset", &file], "Not a directory"),
        (&["--ruleset", dir, "--save", &absent], "does not go together with"),
        (&["--save", dir], "the folder is not empty"),
        (&["--ruleset", dir, "--from", "172.64.0.0/13"], "one address such as 172.64.0.77"),
        (&["--ruleset", dir, "--from", "cloudflare.com"], "one address such as"),
        (&["--ruleset", dir, "--from", ""], "one address such as"),
        (&["--ruleset", dir, "--to", "eth0"], "one address such as"),
        (&["--ruleset", dir, "--from", "172.64.0.77", "--to", "2001:db8::7"], "another family"),
        (&["--ruleset", dir, "--port", "0"], "a port from 1 to 65535"),
        (&["--ruleset", dir, "--port", "65536"], "a port from 1 to 65535"),
        (&["--ruleset", dir, "--port", "https"], "a port from 1 to 65535"),
        (&["--ruleset", dir, "--interface", "eth9"], "there is no `eth9`; lo, peer0 or eth0"),
        (&["--ruleset", dir, "--from", "172.64.0.77", "--ranges", &file], "does not go together"),
        (&["--ruleset", dir, "--ranges", &file], "line 1 is"),
        (&["--ruleset", dir, "--ranges", &absent], "there is no such file"),
        (&["--ruleset", dir, "-o", dir], "it is a folder"),
        (&["--ruleset", dir, "--format", "yaml"], "text, json, markdown or html belongs there"),
        (&["--ruleset"], "--ruleset needs a value"),
        (&["shop.example.com"], "one argument too many"),
    ] {
        refused(args, words);
    }
}

#[test]
fn outputs_that_are_garbage_never_pass_for_an_open_door() {
    for (name, garbage) in [
        ("binary", &b"\xff\xfe\x00\x01\x1b[31m"[..]),
        ("page", b"<html>no rules here</html>"),
        ("cut", br#"{"nftables": [{"metainfo": {"version": "1.0.6"#),
        ("deep", "[".repeat(20_000).as_bytes()),
    ] {
        let dir = saved("old-list", &format!("garbage-{name}"));
        fs::write(dir.join("nft.json"), garbage).unwrap();
        let told = firewall(&dir, &[]);
        assert_eq!(told.code, 3, "{name}: {}{}", told.out, told.err);
        assert!(told.out.contains("nft.json"), "{name}: {}", told.out);
    }
    for file in ["addr.json", "route4.json", "rule6.json", "ss.txt", "sysctl.txt"] {
        let dir = saved("iptables", "garbage-around");
        fs::write(dir.join(file), b"\xff{]\x1b").unwrap();
        let told = firewall(&dir, &["-v"]);
        assert!([0, 3].contains(&told.code), "{file}: {}{}", told.out, told.err);
    }
}

#[test]
fn a_list_of_ranges_of_ones_own_is_ruled_on() {
    let dir = saved("old-list", "ranges");
    let list = dir.join("mine.txt");
    fs::write(&list, "198.51.100.0/24\n").unwrap();
    let document = ruled(&dir, &["--ranges", list.to_str().unwrap(), "--port", "443"]);
    let rulings = document["rulings"].as_array().unwrap();
    assert_eq!(rulings.len(), 1);
    assert_eq!(rulings[0]["range"], "198.51.100.0/24");
    assert_eq!(rulings[0]["verdict"], "dropped");
}

#[test]
fn without_root_it_says_what_is_missing_and_how_to_give_it() {
    let mut command = binary::command();
    command.arg("firewall");
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if root {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{out}{err}");
    for words in [
        "cannot be told",
        "sudo rayfix firewall",
        "--ruleset DIR",
        "nft -j list ruleset > nft.json",
    ] {
        assert!(out.contains(words), "no `{words}` in:\n{out}");
    }
}

#[test]
fn what_is_saved_is_ruled_on_alike_elsewhere() {
    let at = folder("firewall-save").join("rules");
    let path = at.to_str().unwrap();
    let here = run(&["firewall", "--save", path, "--format", "json"]);
    assert!([0, 1, 3].contains(&here.code), "{}", here.err);
    assert!(here.err.contains("rayfix firewall --ruleset"), "{}", here.err);
    assert!(at.is_dir(), "it is saved whatever the verdict");
    if here.code != 3 {
        let there = run(&["firewall", "--ruleset", path, "--format", "json"]);
        assert_eq!((there.code, there.out), (here.code, here.out));
    }
}
