//! Lets the web server's user in to the app's socket, and nobody else where that can be had.
//!
//! # What it changes
//! The permission bits of the one folder or socket that keeps the web server out: for its group where the web
//! server's user is in it, or where the group can be made his; else for everybody, which a plan asks about first. A
//! folder that systemd makes for the app gets its mode in settings beside the unit's, so that it stays.
//!
//! # What could go wrong
//! A socket is made anew when the app starts, as its own settings say: for good, they must be changed. Nothing that
//! lies in a folder is opened by it: who may enter must still be let in by each file.
//!
//! # How we check
//! Three visits in a row through the edge and one straight to the origin are served.
//!
//! # By hand
//! `namei -l SOCKET` shows who keeps it out; `chgrp www-data SOCKET && chmod 660 SOCKET`. For good: `--umask 007` and
//! `Group=www-data` for gunicorn, `listen.owner` for php-fpm.
use super::{Fix, Materials, Wants, common, edit};
use crate::diagnosis::Finding;
use crate::evidence::host::{SocketFile, UpstreamAnswer};
use crate::hop::Hop;
use crate::plan::action::drop_in;
use crate::plan::{Action, FilePath, Group, Plan, Safety, Step, UnitName, digest};
use crate::scene::Scene;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["proxy-upstream-socket-forbidden"],
    wants: |_, scene| {
        let unit = maker(scene);
        let own = unit.iter().map(|(unit, _)| drop_in(unit));
        let file = unit.iter().filter_map(|(_, file)| file.clone());
        let all = ["/etc/passwd".to_owned(), "/etc/group".to_owned()].into_iter().chain(own);
        let files = all.chain(file).filter_map(|path| FilePath::new(&path).ok()).collect();
        Wants { files, ..Wants::default() }
    },
    plan,
};

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    let (at, user) = kept_out(scene).ok_or(
        "Its permission bits let the web server in; SELinux or AppArmor may keep it out, which the log shows.",
    )?;
    let path = FilePath::new(&at.path)
        .map_err(|error| format!("`{}` cannot be acted on: {error}.", at.path))?;
    let socket = sockets(scene).contains(&at.path);
    let user = User::find(seen, &user)?;
    let opened = Opened::of(&at, &user, socket)?;
    let everybody = opened.mode & 0o007 & !at.mode != 0;
    let ours = at.path.starts_with("/run/");
    let safety = if everybody && (socket || !ours) { Safety::Ask } else { Safety::Unattended };
    let what = if socket { "socket" } else { "folder" };
    let whom = match &opened.group {
        _ if everybody => "every user of this machine".to_owned(),
        Some(group) => format!("the group {}", group.name),
        None => format!("its group {}", at.group),
    };
    let mut steps = Vec::new();
    let maker = maker(scene);
    let lasting = maker.as_ref().filter(|_| !socket && opened.group.is_none());
    let lasting = lasting.and_then(|(unit, file)| kept(seen, unit, file.as_deref(), &at, &opened));
    let stays = lasting.is_some();
    steps.extend(lasting);
    steps.push(Step {
        action: Action::SetMode {
            path: path.clone(),
            from: at.mode,
            mode: opened.mode,
            group: opened.group.clone(),
        },
        why: format!(
            "{path} keeps {} out: it is {:04o} {}:{}.",
            user.name, at.mode, at.owner, at.group
        ),
        safety,
        blast: format!("The {what} is opened to {whom}."),
        by_hand: Vec::new(),
    });
    let summary = format!("Let {} in to {path}.", user.name);
    let mut plan = common::plan("app-socket-permit", finding, scene, summary, steps);
    if !stays {
        plan.cautions.push(format!(
            "When the app is started anew it makes its {what} anew, as its own settings say: for good, change those. \
             `rayfix explain {}` says how.",
            finding.code
        ));
    }
    Ok(plan)
}

/// What keeps whom out.
fn kept_out(scene: &Scene<'_>) -> Option<(SocketFile, String)> {
    let handed = scene.handed();
    let mut members = handed.iter().flat_map(|door| &door.members);
    members.find_map(|member| match member.seen?.answer {
        UpstreamAnswer::SocketForbidden { at, user } => Some((at.clone(), user.clone())),
        _ => None,
    })
}

/// The sockets that the web server asks.
fn sockets(scene: &Scene<'_>) -> Vec<String> {
    let host = scene.host.as_ref();
    let asked = host.into_iter().flat_map(|host| host.upstreams(Hop::Proxy));
    let paths = asked.filter_map(|seen| seen.asked.to.to_string().strip_prefix("unix:").map(bare));
    paths.collect()
}

/// `/var/run` is `/run` on every system of today.
fn bare(path: &str) -> String {
    path.strip_prefix("/var").filter(|rest| rest.starts_with("/run/")).unwrap_or(path).to_owned()
}

/// The unit of the app that is kept from the web server, and the file that defines it.
fn maker(scene: &Scene<'_>) -> Option<(UnitName, Option<String>)> {
    let apps = scene.host.as_ref()?.apps();
    let mut units = apps
        .iter()
        .filter(|app| matches!(app.upstream.answer, UpstreamAnswer::SocketForbidden { .. }));
    let unit = units.find_map(|app| app.unit.as_ref())?;
    Some((UnitName::new(&unit.seen.name).ok()?, unit.seen.file.clone()))
}

/// The web server's user, out of the files.
struct User {
    name: String,
    own: Group,
    groups: Vec<String>,
}

impl User {
    fn find(seen: &Materials, name: &str) -> Result<User, String> {
        let file = |path: &str| {
            let path = FilePath::new(path).map_err(|error| error.to_string())?;
            edit::text(seen.files.get(&path).and_then(Option::as_ref), &path)
        };
        let (users, groups) = (file("/etc/passwd")?, file("/etc/group")?);
        let unknown = || format!("/etc/passwd does not know the user {name}.");
        let row = |text: &str, field: usize, is: &str| {
            let row = text.lines().find(|row| row.split(':').nth(field) == Some(is))?;
            Some(row.split(':').map(str::to_owned).collect::<Vec<_>>())
        };
        let user = row(&users, 0, name).ok_or_else(unknown)?;
        let gid = user.get(3).ok_or_else(unknown)?;
        let own = row(&groups, 2, gid).and_then(|row| row.into_iter().next());
        let own =
            Group { name: own.ok_or_else(unknown)?, gid: gid.parse().map_err(|_| unknown())? };
        let member = |row: &&str| {
            row.split(':').nth(3).is_some_and(|all| all.split(',').any(|one| one == name))
        };
        let also = groups.lines().filter(member).filter_map(|row| row.split(':').next());
        let groups = also.map(str::to_owned).chain([own.name.clone()]).collect();
        Ok(User { name: name.to_owned(), own, groups })
    }
}

/// The smallest change that lets a user in.
struct Opened {
    mode: u32,
    group: Option<Group>,
}

impl Opened {
    fn of(at: &SocketFile, user: &User, socket: bool) -> Result<Opened, String> {
        // Connecting wants to write; entering a folder wants its `x`.
        let bits = if socket { 0o6 } else { 0o1 };
        if user.name == at.owner {
            return Ok(Opened { mode: at.mode | bits << 6, group: None });
        }
        if user.groups.contains(&at.group) {
            return Ok(Opened { mode: at.mode | bits << 3, group: None });
        }
        // A group that has no rights yet, or is the owner's own, loses nothing.
        if socket && (at.mode & 0o070 == 0 || at.group == at.owner) {
            return Ok(Opened { mode: at.mode | bits << 3, group: Some(user.own.clone()) });
        }
        if at.path == "/root" {
            return Err(
                "A socket in /root is for root; have the app make it below /run.".to_owned()
            );
        }
        Ok(Opened { mode: at.mode | bits, group: None })
    }
}

/// The settings that keep a folder of the unit's open, where systemd makes it.
fn kept(
    seen: &Materials,
    unit: &UnitName,
    file: Option<&str>,
    at: &SocketFile,
    opened: &Opened,
) -> Option<Step> {
    let name = at.path.strip_prefix("/run/")?;
    let file = FilePath::new(file?).ok()?;
    let text = edit::text(seen.files.get(&file)?.as_ref(), &file).ok()?;
    let made = text.lines().filter_map(|line| line.trim().strip_prefix("RuntimeDirectory="));
    made.flat_map(str::split_whitespace).find(|made| *made == name)?;
    let own = FilePath::new(&drop_in(unit)).ok()?;
    let after = format!("[Service]\nRuntimeDirectoryMode={:04o}\n", opened.mode);
    let before = seen.files.get(&own)?.as_ref().map(|image| digest(&image.bytes));
    if before.is_some() {
        return None;
    }
    Some(Step {
        action: Action::DropIn { unit: unit.clone(), before, after, restart: false },
        why: format!("systemd makes {} anew whenever {unit} starts.", at.path),
        safety: Safety::Unattended,
        blast: String::new(),
        by_hand: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::fixes::tests::{lines, with_files};
    use crate::scene::host::nginx_sample::BY_SOCKET;
    use crate::scene::sample::Sitting;

    const USERS: (&str, &str) = ("/etc/passwd", "shop:x:997:997::/:/x\nwww-data:x:33:33::/:/x\n");

    fn forbidden(path: &str, group: &str, mode: u32) -> UpstreamAnswer {
        let (owner, group) = ("shop".to_owned(), group.to_owned());
        let at = SocketFile { path: path.to_owned(), owner, group, mode };
        UpstreamAnswer::SocketForbidden { at, user: "www-data".to_owned() }
    }

    fn planned(answer: UpstreamAnswer, users: &[(&str, &str)]) -> Result<Plan, String> {
        let fails = Sitting::gateway_fails(502).nginx(BY_SOCKET).sockets(&["0.0.0.0:443 nginx"]);
        let evidence = fails.peer_answers("unix:/run/shop/shop.sock", answer).evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, "proxy-upstream-socket-forbidden");
        (UNIT.plan)(finding, &Scene::new(&evidence), &with_files(users))
    }

    const GROUPS: (&str, &str) =
        ("/etc/group", "www-data:x:33:\nshop:x:997:\nbackend:x:990:shop\n");

    #[test]
    fn its_own_group_is_given_what_it_needs_and_no_more() {
        let socket = forbidden("/run/shop/shop.sock", "www-data", 0o600);
        let plan = planned(socket, &[USERS, GROUPS]).unwrap();
        assert_eq!(lines(&plan), ["chmod 660 /run/shop/shop.sock"]);
        let folder = forbidden("/run/shop", "www-data", 0o700);
        let plan = planned(folder, &[USERS, GROUPS]).unwrap();
        assert_eq!(lines(&plan), ["chmod 710 /run/shop"]);
        assert!(plan.cautions[0].contains("started anew"), "{:?}", plan.cautions);
    }

    #[test]
    fn a_group_of_nobodys_is_made_the_web_servers() {
        let socket = forbidden("/run/shop/shop.sock", "shop", 0o660);
        let plan = planned(socket, &[USERS, GROUPS]).unwrap();
        assert_eq!(
            lines(&plan),
            ["chgrp www-data /run/shop/shop.sock", "chmod 660 /run/shop/shop.sock"]
        );
        assert_eq!(plan.safety(), Safety::Unattended);
    }

    #[test]
    fn what_opens_to_everybody_is_asked_about() {
        let socket = forbidden("/run/shop/shop.sock", "backend", 0o660);
        let plan = planned(socket, &[USERS, GROUPS]).unwrap();
        assert_eq!(lines(&plan), ["chmod 666 /run/shop/shop.sock"]);
        assert_eq!(plan.safety(), Safety::Ask);
        let home = planned(forbidden("/home/shop", "shop", 0o700), &[USERS, GROUPS]).unwrap();
        assert_eq!(
            (lines(&home), home.safety()),
            (vec!["chmod 701 /home/shop".to_owned()], Safety::Ask)
        );
    }

    #[test]
    fn a_user_that_the_files_do_not_know_and_a_home_of_roots_are_refused() {
        let socket = || forbidden("/run/shop/shop.sock", "shop", 0o600);
        let why = planned(socket(), &[("/etc/passwd", ""), GROUPS]).unwrap_err();
        assert!(why.contains("does not know the user"), "{why}");
        let why = planned(forbidden("/root", "root", 0o700), &[USERS, GROUPS]).unwrap_err();
        assert!(why.contains("below /run"), "{why}");
    }

    #[test]
    fn a_folder_that_systemd_makes_stays_open() {
        let at = SocketFile {
            path: "/run/shop".to_owned(),
            owner: "shop".to_owned(),
            group: "www-data".to_owned(),
            mode: 0o700,
        };
        let unit = UnitName::new("shop.service").unwrap();
        let file = "/etc/systemd/system/shop.service";
        let mut seen = with_files(&[(file, "[Service]\nRuntimeDirectory=shop\n")]);
        seen.files.insert(FilePath::new(&drop_in(&unit)).unwrap(), None);
        let opened = Opened { mode: 0o710, group: None };
        let step = kept(&seen, &unit, Some(file), &at, &opened).unwrap();
        assert_eq!(
            crate::plan::tell::by_hand(&step),
            [
                "write /etc/systemd/system/shop.service.d/zz-rayfix.conf:",
                "+[Service]",
                "+RuntimeDirectoryMode=0710",
                "systemctl daemon-reload"
            ]
        );
        let other = with_files(&[(file, "[Service]\n")]);
        assert!(kept(&other, &unit, Some(file), &at, &opened).is_none());
    }
}
