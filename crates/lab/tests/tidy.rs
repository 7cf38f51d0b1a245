//! The house rules, as tests whose messages teach.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayfix_core::causes;
use rayfix_core::registry::UnitDoc;
use rayfix_lab::{faults, lookalikes, real};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file that git knows of or would take, with this ending, that is there.
fn files(ending: &str) -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "-co", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter(|name| name.ends_with(ending))
        .map(|name| root().join(name))
        .filter(|path| path.exists())
        .collect()
}

/// Those of the real stage, with and without a tunnel.
fn real_faults() -> impl Iterator<Item = &'static (UnitDoc, &'static real::faults::Fault)> {
    real::faults::ALL.iter().chain(real::tunnels::ALL)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares a generated file with what stands in the tree; `UPDATE=1` writes it.
fn compare(path: &Path, wanted: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("docs can be made");
        fs::write(path, wanted).expect("docs can be written");
    }
    let stands = fs::read_to_string(path).unwrap_or_default();
    assert!(stands == wanted, "{} is not what the code says: run `make docs`", path.display());
}

#[test]
fn every_source_file_begins_with_a_head() {
    for path in files(".rs") {
        let text = read(&path);
        let fuzz = text.starts_with("#![no_main]") && text.contains("//!");
        assert!(
            text.starts_with("//!") || fuzz,
            "{}: begin with `//!` and one sentence that says what the file is",
            path.display()
        );
    }
}

#[test]
fn no_file_grows_past_600_lines_without_a_reason() {
    for path in files(".rs") {
        let text = read(&path);
        let long = text.lines().count() > 600;
        assert!(
            !long || text.contains("The file is long since"),
            "{}: over 600 lines; split it, or say `The file is long since …` in its head",
            path.display()
        );
    }
}

#[test]
fn nothing_is_left_for_later() {
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX:"), concat!("#[igno", "re")];
    for path in files(".rs") {
        let text = read(&path);
        for mark in marks {
            assert!(!text.contains(mark), "{}: `{mark}`; open an issue instead", path.display());
        }
    }
}

#[test]
fn every_cause_has_a_fault_or_a_reason() {
    for (doc, cause) in causes::ALL {
        let on_loopback = faults::ALL.iter().any(|(_, fault)| std::ptr::eq(fault.breeds, *cause));
        let in_earnest = real_faults().any(|(_, fault)| fault.breeds == doc.name());
        let staged = on_loopback || in_earnest;
        let excused = faults::UNSTAGED.iter().any(|(name, _)| *name == doc.name());
        assert!(
            staged || excused,
            "{}: stage it in crates/lab/src/faults/{}.rs or crates/lab/src/real/faults/{}.rs, or give a \
             reason in UNSTAGED",
            doc.name(),
            doc.file,
            doc.file
        );
        assert!(!(staged && excused), "{}: is staged; take it from UNSTAGED", doc.name());
    }
}

#[test]
fn a_fault_bears_the_name_of_the_cause_that_it_breeds() {
    for (doc, fault) in faults::ALL {
        let (bred, _) = causes::ALL
            .iter()
            .find(|(_, cause)| std::ptr::eq(fault.breeds, *cause))
            .expect("a fault breeds a cause on the list");
        assert!(
            doc.file == bred.file || doc.file.starts_with(&format!("{}_", bred.file)),
            "{} breeds {}: its name begins with the cause's",
            doc.file,
            bred.file
        );
    }
    for (doc, fault) in real_faults() {
        let bred = fault.breeds.replace('-', "_");
        assert!(
            doc.file == bred || doc.file.starts_with(&format!("{bred}_")),
            "{} breeds {bred}: its name begins with the cause's",
            doc.file
        );
        if let Some(outside) = fault.from_outside {
            assert!(
                causes::ALL.iter().any(|(cause, _)| cause.name() == outside),
                "{}: `{outside}` is no cause on the list",
                doc.file
            );
        }
    }
}

#[test]
fn faults_and_look_alikes_have_their_sections() {
    let heads = faults::ALL
        .iter()
        .map(|(doc, _)| (doc, "What breaks"))
        .chain(real_faults().map(|(doc, _)| (doc, "What breaks")))
        .chain(real::lookalikes::ALL.iter().map(|(doc, _)| (doc, "What it looks like")))
        .chain(lookalikes::ALL.iter().map(|(doc, _)| (doc, "What it looks like")));
    for (doc, first) in heads {
        for heading in [first, "As in real life"] {
            assert!(
                doc.section(heading).is_some_and(|text| !text.is_empty()),
                "{}: the head needs `# {heading}`",
                doc.file
            );
        }
    }
    assert!(lookalikes::ALL.len() >= 8, "at least eight healthy look-alikes");
}

#[test]
fn the_manual_pages_of_the_causes_are_up_to_date() {
    let folder = root().join("docs/causes");
    let mut index =
        String::from("# Causes\n\nMade from the heads of the causes; `make docs` writes it.\n\n");
    index.push_str("| code | cause | what is wrong |\n| --- | --- | --- |\n");
    for (doc, cause) in causes::ALL {
        let name = doc.name();
        index.push_str(&format!("| {} | [{name}]({name}.md) | {} |\n", cause.code, cause.title));
        let page = format!("# {} {name}\n\n{}", cause.code, doc.manual().replace("\n# ", "\n## "));
        compare(&folder.join(format!("{name}.md")), &page);
    }
    compare(&folder.join("README.md"), &index);
    for entry in fs::read_dir(&folder).unwrap() {
        let file = entry.unwrap().file_name().to_string_lossy().replace(".md", "");
        let known = file == "README" || causes::ALL.iter().any(|(doc, _)| doc.name() == file);
        assert!(known, "docs/causes/{file}.md belongs to no cause: delete it");
    }
}

#[test]
fn one_crypto_provider_and_one_tls_stack() {
    let listed = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo lists the dependencies");
    let tree = String::from_utf8_lossy(&listed.stdout);
    assert!(tree.contains("aws-lc-rs v"), "cargo tree lists what is built");
    for unwanted in ["ring v", "openssl-sys v", "native-tls v"] {
        assert!(
            !tree.lines().any(|line| line.starts_with(unwanted)),
            "{unwanted} is built: some dependency's default features bring it"
        );
    }
}
