//! The service and the container of a process, from `/proc/PID/cgroup`.
//!
//! systemd puts each service into a group of its own name, container managers each container. Seen
//! from inside a container the path may begin with `/..`, which says no more than "elsewhere".

use rayfix_core::unit_file::unhexed;

/// Where a process is at home.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Home {
    /// Its unit, as this machine's systemd calls it; of programs in a container: `None`.
    pub(super) unit: Option<String>,
    /// Its container, if that is not the one that we are in.
    pub(super) container: Option<String>,
}

/// Reads `/proc/PID/cgroup`; `own` is the container that we are in ourselves.
pub(super) fn home(text: &str, own: Option<&str>) -> Home {
    let mut home = Home::default();
    for part in path(text).split('/') {
        if let Some(container) = container(part) {
            // What is above our own container is not ours to tell.
            home.unit = None;
            home.container = (own != Some(container.as_str())).then_some(container);
        } else if home.container.is_none()
            && home.unit.is_none()
            && [".service", ".scope"].iter().any(|kind| part.ends_with(kind))
        {
            home.unit = Some(part.to_owned());
        }
    }
    // `/lxc/NAME` and `/lxc.payload/NAME`.
    let mut parts = path(text).split('/');
    if home.container.is_none()
        && parts.any(|part| part == "lxc" || part == "lxc.payload")
        && let Some(name) = parts.next().map(unhexed).filter(|name| own != Some(name.as_str()))
    {
        home = Home { unit: None, container: Some(name) };
    }
    home
}

/// The path that tells most: systemd's own, else the only one, else any that is not the root's.
fn path(text: &str) -> &str {
    let mut best = "";
    let mut rank = 0;
    for line in text.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(number), Some(names), Some(path)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let this = match (path, names) {
            ("/" | "", _) => 1,
            (_, "name=systemd") => 4,
            (_, "") if number == "0" => 3,
            _ => 2,
        };
        if this > rank {
            (best, rank) = (path, this);
        }
    }
    best
}

/// The container that a group is for: the first twelve characters of its id, or its name.
fn container(part: &str) -> Option<String> {
    let scope = part.strip_suffix(".scope").unwrap_or(part);
    let bare = scope.rsplit(['-', ':']).next().unwrap_or(scope);
    if bare.len() == 64 && bare.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(bare[..12].to_owned());
    }
    let name = (part.ends_with(".scope").then(|| scope.strip_prefix("machine-")).flatten())
        .or_else(|| part.strip_prefix("systemd-nspawn@")?.strip_suffix(".service"))
        .or_else(|| part.strip_prefix("lxc.payload."))?;
    Some(unhexed(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_containers_are_told_from_the_path() {
        let id = "0123456789ab".repeat(6)[..64].to_owned();
        for (path, unit, container) in [
            ("0::/system.slice/shop.service", "shop.service", ""),
            ("0::/system.slice/system-shop.slice/shop@1.service", "shop@1.service", ""),
            ("0::/system.slice/nginx.service/sub", "nginx.service", ""),
            ("0::/../nginx.service", "nginx.service", ""),
            ("0::/../../system.slice/nginx.service", "nginx.service", ""),
            ("0::/init.scope", "init.scope", ""),
            ("0::/user.slice/user-1000.slice/session-3.scope", "session-3.scope", ""),
            (
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/pm2.service",
                "user@1000.service",
                "",
            ),
            ("0::/", "", ""),
            ("", "", ""),
            ("odd", "", ""),
            (&format!("0::/system.slice/docker-{id}.scope"), "", "0123456789ab"),
            (
                &format!("0::/system.slice/docker-{id}.scope/system.slice/nginx.service"),
                "",
                "0123456789ab",
            ),
            (&format!("12:memory:/docker/{id}\n0::/"), "", "0123456789ab"),
            (&format!("0::/docker/{id}"), "", "0123456789ab"),
            (&format!("0::/machine.slice/libpod-{id}.scope/container"), "", "0123456789ab"),
            (
                &format!(
                    "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/cri-containerd-{id}.scope"
                ),
                "",
                "0123456789ab",
            ),
            (&format!("1:name=systemd:/kubepods/burstable/pod1/{id}"), "", "0123456789ab"),
            ("0::/lxc/shop/system.slice/nginx.service", "", "shop"),
            ("0::/lxc.payload.shop/system.slice/nginx.service", "", "shop"),
            ("0::/machine.slice/machine-my\\x2dshop.scope", "", "my-shop"),
            (
                "0::/machine.slice/systemd-nspawn@shop.service/payload/system.slice/a.service",
                "",
                "shop",
            ),
            ("9:name=systemd:/system.slice/a.service\n4:memory:/other\n0::/", "a.service", ""),
        ] {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            assert_eq!(
                home(path, None),
                Home { unit: some(unit), container: some(container) },
                "{path}"
            );
        }
    }

    #[test]
    fn the_container_that_we_are_in_is_none_of_its_programs() {
        let id = "0123456789ab".repeat(6)[..64].to_owned();
        let path = format!("1:name=systemd:/docker/{id}/system.slice/nginx.service");
        let inside = home(&path, Some("0123456789ab"));
        assert_eq!(inside.unit.as_deref(), Some("nginx.service"));
        assert_eq!(inside.container, None);
        assert_eq!(home(&path, Some("somebodyelse")).container.as_deref(), Some("0123456789ab"));
    }
}
