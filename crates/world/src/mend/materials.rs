//! What a fix must see before it can plan: files as they are, the packet filter, ways out, whether the account can be
//! asked.

use std::path::Path;
use std::time::Duration;

use rayfix_core::fixes::{Materials, Wants};
use rayfix_core::plan::{FilePath, PreImage};

use super::certificates;
use super::doors::knock;
use super::hands::file;
use super::sessions::{LISTS, sessions};
use crate::cloudflare::{Client, calls};
use crate::host::firewall;

/// Reads what a fix wants; `roots` (DER) are trusted besides the public ones.
///
/// # Errors
/// A sentence: what could not be read.
pub async fn materials(
    wants: &Wants,
    account: Option<&Client>,
    roots: &[Vec<u8>],
) -> Result<Materials, String> {
    let mut seen =
        Materials { account: account.is_some(), roots: roots.to_vec(), ..Materials::default() };
    for path in &wants.files {
        let image = file::look(Path::new(path.as_str()));
        let image = image.map_err(|why| format!("It could not {why}."))?;
        if let PreImage::File { content } = image {
            seen.files.insert(path.clone(), content);
        }
    }
    seen.certificates = wants.certificates_in.iter().flat_map(certificates::lying_in).collect();
    if let (Some((of, tunnel)), Some(client)) = (&wants.tunnel_rules, account) {
        let call = calls::tunnel_configuration(of, tunnel);
        // What was not told is what the fix says.
        let told = client.call::<serde_json::Value>(&call).await.ok();
        seen.tunnel_rules = told.and_then(|told| told.get("config").cloned());
    }
    if wants.certbot {
        seen.certbot = certificates::certbot();
    }
    if !wants.doors.is_empty() {
        seen.doors = knock(&wants.doors).await;
    }
    for folder in &wants.folders {
        for path in configurations(folder) {
            let image = file::look(Path::new(path.as_str()));
            let image = image.map_err(|why| format!("It could not {why}."))?;
            if let PreImage::File { content } = image {
                seen.files.insert(path, content);
            }
        }
    }
    if wants.firewall {
        seen.firewall = Some(firewall::look(Duration::from_secs(30)).await);
        seen.sessions = sessions(Path::new(LISTS))?;
    }
    Ok(seen)
}

/// More files of a folder are not read.
const MOST: usize = 200;

/// The configuration files of a folder; none where there is no such folder.
fn configurations(folder: &FilePath) -> Vec<FilePath> {
    let entries = std::fs::read_dir(folder.as_str()).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| {
        path.is_file() && path.extension().is_some_and(|end| end == "conf" || end == "local")
    });
    paths.filter_map(|path| FilePath::new(path.to_str()?).ok()).take(MOST).collect()
}
