//! Puts the tunnel's token, or its credentials, back where the connector reads it.
//!
//! # What it changes
//! The one file that the connector's unit is told to read: it is made again of another file on this machine that holds
//! the secret of the same tunnel, or of what the account tells; or it is given to the user who runs the connector.
//! Then the connector is started anew. The secret is shown nowhere.
//!
//! # What could go wrong
//! A copy may be older than the tunnel's secret, where that was renewed since: then Cloudflare refuses it, and the
//! file is taken away again.
//!
//! # How we check
//! The secret must name the tunnel that the site's record or the configuration names; then three visits in a row
//! through the edge are served.
//!
//! # By hand
//! In the dashboard: Zero Trust, Networks, Tunnels, the tunnel, Configure, and copy the token. `install -m 600
//! /dev/stdin /etc/cloudflared/token`, paste it, Ctrl-D; `systemctl restart cloudflared`.
use std::collections::BTreeSet;

use super::{Fix, Materials, Wants, common, edit};
use crate::diagnosis::Finding;
use crate::evidence::host::tunnel::{ConnectorAnswer, Held, SecretFile, is_uuid, read_config};
use crate::evidence::{HostAnswer, HostQuestion};
use crate::plan::run::FileImage;
use crate::plan::secret::{Form, Owner, Source, formed, tunnel_of};
use crate::plan::{Action, FilePath, Plan, Promise, Safety, Step, UnitName, digest};
use crate::scene::Scene;
use crate::scene::host::tunnel::Tunnel;
use crate::scene::host::why_down::secret;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["tunnel-connector-stopped", "tunnel-credentials-rejected"],
    wants: |_, scene| {
        let Some(place) = Place::of(scene) else { return Wants::default() };
        let config = place.connector.config.as_ref().map(|config| config.path.clone());
        let own = [place.file.path.clone(), "/etc/passwd".to_owned()];
        let paths = own.into_iter().chain(config).chain(place.candidates(scene));
        let files = paths.filter_map(|path| FilePath::new(&path).ok()).collect();
        Wants { files, ..Wants::default() }
    },
    plan,
};

/// The file that should be there, and whose.
struct Place<'a> {
    connector: &'a ConnectorAnswer,
    file: &'a SecretFile,
    form: Form,
}

/// Folders in which cloudflared and people keep credentials.
const FOLDERS: [&str; 4] =
    ["/etc/cloudflared", "/root/.cloudflared", "/usr/local/etc/cloudflared", "/home/cloudflared"];

/// What people call a copy.
const COPIES: [&str; 6] = [".bak", ".old", ".orig", ".save", ".backup", "~"];

impl<'a> Place<'a> {
    fn of(scene: &Scene<'a>) -> Option<Place<'a>> {
        let tunnel = Tunnel::of(scene)?;
        let file = secret(&tunnel)?;
        let form = match tunnel.connector.setup.token {
            Some(_) => Form::Token,
            None => Form::Credentials,
        };
        Some(Place { connector: tunnel.connector, file, form })
    }

    /// The id of the tunnel, by the site's record, else by the connector's own files.
    fn tunnel(&self, scene: &Scene<'_>, seen: Option<&Materials>) -> Option<String> {
        let recorded = scene.account.tunnel().map(|tunnel| tunnel.id.to_owned());
        let config = || {
            let path = FilePath::new(&self.connector.config.as_ref()?.path).ok()?;
            let text = edit::text(seen?.files.get(&path)?.as_ref(), &path).ok()?;
            read_config(path.as_str(), &text).key("tunnel").map(|id| id.to_ascii_lowercase())
        };
        let stem = || {
            let (_, name) = self.file.path.rsplit_once('/')?;
            Some(name.strip_suffix(".json")?.to_ascii_lowercase())
        };
        let all = [recorded, self.connector.tunnel.clone(), config(), stem()];
        all.into_iter().flatten().find(|id| is_uuid(id))
    }

    /// Files of this machine that may hold the same secret, the likeliest first.
    fn candidates(&self, scene: &Scene<'_>) -> Vec<String> {
        let mut all = Vec::new();
        let good = |file: &Option<SecretFile>| {
            let file = file.as_ref().filter(|file| matches!(file.held, Held::Good));
            file.map(|file| file.path.clone())
        };
        all.extend(COPIES.map(|ending| format!("{}{ending}", self.file.path)));
        for one in connectors(scene) {
            all.extend(good(&one.token));
            all.extend(good(&one.credentials));
        }
        let ids: BTreeSet<String> = self.tunnel(scene, None).into_iter().collect();
        let names = ids.iter().map(|id| format!("{id}.json")).chain(["token".to_owned()]);
        for name in names {
            all.extend(FOLDERS.map(|folder| format!("{folder}/{name}")));
        }
        all.retain(|path| *path != self.file.path);
        all
    }
}

/// All connectors of this machine.
fn connectors<'a>(scene: &Scene<'a>) -> Vec<&'a ConnectorAnswer> {
    let Some(host) = scene.host.as_ref() else { return Vec::new() };
    let found = host.all().filter_map(|(_, question, answer)| match (question, answer) {
        (HostQuestion::Connector(_), HostAnswer::Connector(answer)) => Some(answer.as_ref()),
        _ => None,
    });
    found.collect()
}

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let place = Place::of(scene).ok_or("The connector is told to read no file with a secret.")?;
    let forbidden = finding.detail.contains_key("file_is_forbidden");
    let useless = place.file.held.is_useless();
    let refused = finding.cause == "tunnel-credentials-rejected";
    let to_be_replaced = useless || forbidden || (refused && seen.account);
    if !to_be_replaced {
        return Err(format!("{} is there and has the right shape.", place.file.path));
    }
    let unit = place.connector.unit.as_deref();
    let unit = unit.ok_or("No unit of systemd's is known for the connector.")?;
    let unit =
        UnitName::new(unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    let path = FilePath::new(&place.file.path)
        .map_err(|error| format!("`{}` cannot be acted on: {error}.", place.file.path))?;
    let image = seen.files.get(&path).and_then(Option::as_ref);
    let named = place.tunnel(scene, Some(seen));
    let owner = owner(place.connector, seen)?;
    let mut safety = Safety::Unattended;
    let (source, why) = if !useless && forbidden {
        let image = image.ok_or_else(|| format!("{path} is gone by now."))?;
        if may_read(image, &owner) {
            return Err(format!(
                "{} may read {path}; a folder above it, or a policy, keeps it out.",
                owner.name
            ));
        }
        let why = format!("{} runs the connector and may not read {path}.", owner.name);
        (Source::Itself, why)
    } else {
        let is = match place.file.held {
            Held::Missing => "is gone",
            _ if useless => "holds no secret",
            _ => "holds a secret that Cloudflare refuses",
        };
        // What Cloudflare refuses is refused as a copy as well.
        let copy =
            if refused && !useless { None } else { copy(&place, scene, seen, named.as_deref()) };
        match (copy, account(scene, seen)) {
            (Some((from, bytes)), _) => {
                if named.is_none() {
                    safety = Safety::Ask;
                }
                let digest = digest(bytes);
                let why = format!("{path} {is}; {from} holds the secret of the same tunnel.");
                (Source::File { path: from, digest }, why)
            }
            (None, Some(account)) if named.is_some() => {
                let why = format!("{path} {is}; the account knows the tunnel's token.");
                (Source::Account { account }, why)
            }
            _ => return Ok(instructions(finding, scene, &path, &unit, is)),
        }
    };
    let mode = match (&source, image, place.form) {
        (Source::Itself, Some(image), _) => image.mode | 0o400,
        (_, Some(image), _) if useless => image.mode | 0o400,
        (_, _, Form::Token) => 0o600,
        (_, _, Form::Credentials) => 0o400,
    };
    let summary = match source {
        Source::Itself => format!("Let {} read {path}.", owner.name),
        _ => format!("Put the tunnel's secret back into {path}."),
    };
    let asks = matches!(source, Source::Account { .. });
    let step = Step {
        action: Action::GiveSecret {
            path,
            before: image.map(|image| digest(&image.bytes)),
            source,
            form: place.form,
            tunnel: named,
            owner,
            mode,
            unit: unit.clone(),
        },
        why,
        safety,
        blast: "All sites of this tunnel are cut off for some seconds, if any were served.".into(),
        by_hand: Vec::new(),
    };
    let mut plan = common::plan("tunnel-restore-token-file", finding, scene, summary, vec![step]);
    plan.promises.extend([Promise::UnitActive { unit }, Promise::ConnectorReady]);
    plan.cautions.extend(asks.then(|| common::needs("Cloudflare Tunnel Write")));
    Ok(plan)
}

/// The first file that holds the secret, and its bytes.
fn copy<'m>(
    place: &Place<'_>,
    scene: &Scene<'_>,
    seen: &'m Materials,
    tunnel: Option<&str>,
) -> Option<(FilePath, &'m [u8])> {
    let paths = place.candidates(scene).into_iter().filter_map(|path| FilePath::new(&path).ok());
    let mut found: Vec<(FilePath, &[u8])> = Vec::new();
    for path in paths {
        let Some(Some(FileImage { bytes, .. })) = seen.files.get(&path) else { continue };
        if formed(bytes, place.form, tunnel).is_some() {
            found.push((path, bytes));
        }
    }
    // Where nothing says which tunnel it is, several that differ are no answer.
    let ids: BTreeSet<Option<String>> = found.iter().map(|(_, bytes)| tunnel_of(bytes)).collect();
    if ids.len() == 1 { found.into_iter().next() } else { None }
}

/// The account's id, where a client of the API is at hand.
fn account(scene: &Scene<'_>, seen: &Materials) -> Option<String> {
    let (_, zone) = scene.account.zone().filter(|_| seen.account)?;
    let id = &zone.account.id;
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.clone())
}

/// Who runs the connector.
fn owner(connector: &ConnectorAnswer, seen: &Materials) -> Result<Owner, String> {
    let user = connector.unit_file.as_ref().and_then(|unit| unit.user.clone());
    let name = user.filter(|user| !user.is_empty()).unwrap_or_else(|| "root".to_owned());
    if name == "root" || name == "0" {
        return Ok(Owner { name: "root".to_owned(), uid: 0, gid: 0 });
    }
    let path = FilePath::new("/etc/passwd").map_err(|error| error.to_string())?;
    let users = edit::text(seen.files.get(&path).and_then(Option::as_ref), &path)?;
    let row = users.lines().map(|row| row.split(':').collect::<Vec<_>>());
    let found = row.into_iter().find(|row| row.first() == Some(&name.as_str()));
    let number = |row: &[&str], at: usize| row.get(at).and_then(|text| text.parse().ok());
    let numbers = found.and_then(|row| Some((number(&row, 2)?, number(&row, 3)?)));
    let (uid, gid) =
        numbers.ok_or_else(|| format!("/etc/passwd does not know the user {name}."))?;
    Ok(Owner { name, uid, gid })
}

fn may_read(image: &FileImage, owner: &Owner) -> bool {
    let bit = match () {
        () if owner.uid == 0 => return true,
        () if image.uid == owner.uid => 0o400,
        () if image.gid == owner.gid => 0o040,
        () => 0o004,
    };
    image.mode & bit != 0
}

/// Nothing on this machine holds the secret: what a person has to do.
fn instructions(
    finding: &Finding,
    scene: &Scene<'_>,
    path: &FilePath,
    unit: &UnitName,
    is: &str,
) -> Plan {
    let lines = [
        "Open the Cloudflare dashboard: Zero Trust, Networks, Tunnels, the tunnel, Configure."
            .to_owned(),
        "Copy the token out of the command that it shows (it begins with eyJ).".to_owned(),
        format!("install -m 600 /dev/stdin {path}   (paste the token, then Enter and Ctrl-D)"),
        format!("systemctl reset-failed {unit}"),
        format!("systemctl restart {unit}"),
        "Or give rayfix a token of the API with Cloudflare Tunnel Write in CLOUDFLARE_API_TOKEN."
            .to_owned(),
    ];
    let step = Step {
        action: Action::Tell { lines: lines.to_vec() },
        why: format!("{path} {is}, and no other file here holds the secret of this tunnel."),
        safety: Safety::ShowOnly,
        blast: String::new(),
        by_hand: Vec::new(),
    };
    let summary = format!("Put the tunnel's token back into {path}.");
    common::plan("tunnel-restore-token-file", finding, scene, summary, vec![step])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::host::tunnel::{TokenFrom, UnitFile};
    use crate::fixes::tests::{lines, with_files};
    use crate::scene::host::stage::Stage;

    const TOKEN: &str = "/etc/cloudflared/token";
    const CONFIG: &str = "/etc/cloudflared/config.yml";
    const ID: &str = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
    const SECRET: &str = "bGFiLWxhYi1sYWI=";

    fn credentials(id: &str) -> String {
        format!(
            "{{\"AccountTag\":\"0123456789abcdef0123456789abcdef\",\"TunnelSecret\":\"{SECRET}\",\
             \"TunnelID\":\"{id}\"}}"
        )
    }

    fn lost(held: Held, user: Option<&str>) -> Stage {
        let user = user.map(str::to_owned);
        Stage::stopped().unit("activating", "auto-restart", "exit-code").tune(move |one| {
            let path = TOKEN.to_owned();
            one.setup.token = Some(TokenFrom::File { path: path.clone() });
            one.token = Some(SecretFile { path, held });
            one.unit_file = Some(UnitFile { user, ..UnitFile::default() });
        })
    }

    fn planned(stage: Stage, files: &[(&str, &str)]) -> Result<Plan, String> {
        let evidence = stage.sitting().evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, "tunnel-connector-stopped");
        let scene = Scene::new(&evidence);
        let wanted = (UNIT.wants)(finding, &scene).files;
        for (path, _) in files {
            assert!(wanted.iter().any(|one| one.as_str() == *path), "{path} was not asked for");
        }
        (UNIT.plan)(finding, &scene, &with_files(files))
    }

    #[test]
    fn a_copy_of_the_same_tunnel_is_put_into_its_place_and_never_shown() {
        let copy = credentials(ID);
        let files = [(CONFIG, &*format!("tunnel: {ID}\n")), ("/etc/cloudflared/token.bak", &*copy)];
        let plan = planned(lost(Held::Missing, None), &files).unwrap();
        assert_eq!(
            lines(&plan),
            [
                "cp /etc/cloudflared/token.bak /etc/cloudflared/token  (as a token)",
                "chown root: /etc/cloudflared/token",
                "chmod 600 /etc/cloudflared/token",
                "systemctl reset-failed cloudflared.service",
                "systemctl restart cloudflared.service"
            ]
        );
        assert_eq!(plan.safety(), Safety::Unattended);
        assert!(!serde_json::to_string(&plan).unwrap().contains(SECRET));
    }

    #[test]
    fn a_copy_of_another_tunnel_is_left_where_it_is() {
        let copy = credentials("00000000-0000-4000-8000-000000000000");
        let files = [(CONFIG, &*format!("tunnel: {ID}\n")), ("/etc/cloudflared/token.bak", &*copy)];
        let plan = planned(lost(Held::Missing, None), &files).unwrap();
        assert_eq!(plan.safety(), Safety::ShowOnly);
        assert!(lines(&plan).join("\n").contains("Zero Trust"));
    }

    #[test]
    fn where_nothing_names_the_tunnel_a_person_is_asked() {
        let copy = credentials(ID);
        let files = [("/etc/cloudflared/token.bak", &*copy)];
        assert_eq!(planned(lost(Held::Missing, None), &files).unwrap().safety(), Safety::Ask);
        let other = credentials("00000000-0000-4000-8000-000000000000");
        let files = [files[0], ("/root/.cloudflared/token", &*other)];
        let plan = planned(lost(Held::Missing, None), &files).unwrap();
        assert_eq!(plan.safety(), Safety::ShowOnly);
    }

    #[test]
    fn a_file_that_its_user_may_not_read_is_given_to_him() {
        let says = "Failed to read token file: open /etc/cloudflared/token: (redacted) denied";
        let users = ("/etc/passwd", "cloudflared:x:990:991::/:/x\n");
        let stage = || lost(Held::Good, Some("cloudflared")).says(says);
        let mut seen = with_files(&[users, (TOKEN, "x")]);
        let path = FilePath::new(TOKEN).unwrap();
        let plan = |seen: &Materials| {
            let evidence = stage().sitting().evidence();
            let diagnosis = diagnose(&evidence);
            let finding = diagnosis.findings.first().expect("something is found");
            (UNIT.plan)(finding, &Scene::new(&evidence), seen)
        };
        let why = plan(&seen).unwrap_err();
        assert!(why.contains("may read"), "{why}");
        seen.files.get_mut(&path).unwrap().as_mut().unwrap().mode = 0o600;
        let plan = plan(&seen).unwrap();
        assert_eq!(
            lines(&plan)[..2],
            ["chown cloudflared: /etc/cloudflared/token", "chmod 600 /etc/cloudflared/token"]
        );
    }
}
