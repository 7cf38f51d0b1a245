//! Custom pages of a zone: which errors show a page of the owner's. Changed ones lie on the shelf
//! `custom_pages`.

use serde_json::{Value, json};

use super::shelf::zone;
use crate::api::state::{LONG_AGO, State};
use crate::api::{Asked, Operation, Reply};

const SHELF: &str = "custom_pages";
const READ: &[&str] = &["Custom Pages Read", "Account Custom Pages Read"];
const WRITE: &[&str] = &["Custom Pages Write", "Account Custom Pages Write"];
const PAGES: [(&str, &str, &[&str]); 10] = [
    ("basic_challenge", "Basic Challenge", &["::CAPTCHA_BOX::"]),
    ("managed_challenge", "Managed Challenge / I'm Under Attack", &["::CAPTCHA_BOX::"]),
    ("under_attack", "JavaScript Challenge", &["::IM_UNDER_ATTACK_BOX::"]),
    ("country_challenge", "Country Challenge", &["::CAPTCHA_BOX::"]),
    ("ip_block", "IP/Country Block", &[]),
    ("waf_block", "WAF Block", &[]),
    ("ratelimit_block", "Rate Limit Block", &[]),
    ("500_errors", "500 Class Errors", &["::CLOUDFLARE_ERROR_500S_BOX::"]),
    ("1000_errors", "1000 Class Errors", &["::CLOUDFLARE_ERROR_1000S_BOX::"]),
    ("always_online", "Always Online", &["::ALWAYS_ONLINE_NO_COPY_BOX::"]),
];

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    zone("GET", "/zones/{zone:id}/custom_pages", READ, |state, asked| {
        let all = PAGES.map(|(id, ..)| page(state, asked, id));
        Ok(Reply::whole(all.into_iter().collect::<Result<_, _>>()?))
    }),
    zone("GET", "/zones/{zone:id}/custom_pages/{page}", READ, |state, asked| {
        Ok(Reply::ok(page(state, asked, asked.param("page"))?))
    }),
    zone("PUT", "/zones/{zone:id}/custom_pages/{page}", WRITE, update),
];

fn page(state: &mut State, asked: &Asked, id: &str) -> Result<Value, Reply> {
    let (_, description, tokens) = PAGES
        .iter()
        .find(|(known, ..)| *known == id)
        .ok_or_else(|| Reply::fail(404, 1000, "Custom page not found"))?;
    let changed = state.zone_of(asked)?.shelf(SHELF).iter().find(|page| page["id"] == id);
    Ok(changed.cloned().unwrap_or_else(|| {
        json!({
            "id": id, "description": description, "required_tokens": tokens, "state": "default",
            "url": null, "preview_target": "preview:target",
            "created_on": LONG_AGO, "modified_on": LONG_AGO,
        })
    }))
}

fn update(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let mut page = page(state, asked, asked.param("page"))?;
    let (url, word) = (asked.text("url").unwrap_or_default(), asked.text("state"));
    match word {
        Some("default") => page["url"] = Value::Null,
        Some("customized") if url.starts_with("http://") || url.starts_with("https://") => {
            page["url"] = json!(url);
        }
        Some("customized") => return Err(Reply::fail(400, 1004, "url: an address of a page")),
        _ => return Err(Reply::fail(400, 1004, "state: default or customized")),
    }
    page["state"] = json!(word);
    page["modified_on"] = json!(asked.time());
    let shelf = state.zone_of(asked)?.shelf(SHELF);
    shelf.retain(|other| other["id"] != page["id"]);
    shelf.push(page.clone());
    Ok(Reply::ok(page))
}
