//! The origin: a Debian that boots in a mount, process and network namespace of its own.
//!
//! Its root is an overlay that is mounted in a mount namespace of its own too: when the last
//! process within is gone, so is the mount. All its processes are in control groups of the stage's
//! name, by which they can be ended without knowing any of them.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::command::{self, Told};
use super::image::{self, Image};
use super::record::Record;
use super::{CERTIFICATES, Trouble, spaces};
use crate::pki::Chain;

/// How long the origin may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Joins the groups `$GROUPS_OF_STAGE`, mounts the stage's root, and becomes systemd-nspawn. The
/// paths are relative, since an overlay's options give commas and colons a meaning.
const BEGIN: &str = "for group in $GROUPS_OF_STAGE; do echo 0 >\"$group/cgroup.procs\"; done; \
     image=$1 stage=$2; shift 2; \
     mount -t overlay overlay \
     -o \"lowerdir=$image,upperdir=$stage/upper,workdir=$stage/work,volatile\" \"$stage/root\" && \
     exec systemd-nspawn --directory=\"$stage/root\" \"$@\"";

/// An origin that has booted. Dropping it ends it; its files go with the record.
#[derive(Debug)]
pub(super) struct Machine {
    child: Child,
    name: String,
    /// The process that is number 1 within, as this machine numbers it.
    leader: String,
}

impl Machine {
    /// Boots it and waits until everything that starts at boot has started.
    pub(super) fn boot(image: &Image, record: &Record, chain: &Chain) -> Result<Self, Trouble> {
        let failed = || Trouble::system("prepare the origin's files");
        let (name, folder) = (record.name(), record.folder());
        for part in ["work", "root"] {
            fs::create_dir_all(folder.join(part)).map_err(failed())?;
        }
        furnish(&folder.join("upper"), chain).map_err(failed())?;
        let ready = listen(name)?;
        let child = begin(image, record)?;
        let mut machine = Machine { child, name: name.to_owned(), leader: String::new() };
        machine.wait(&ready).map_err(|how| {
            let console = fs::read_to_string(folder.join("console.log")).unwrap_or_default();
            Trouble::Boot(format!("{how}; its console says:\n{console}"))
        })?;
        let state = machine.exec(&["systemctl", "is-system-running"], b"")?;
        if state.out.trim() != "running" {
            let units = machine.exec(&["systemctl", "--failed", "--plain", "--no-legend"], b"")?;
            return Err(Trouble::Boot(format!("{} {}", state.out.trim(), units.out.trim())));
        }
        Ok(machine)
    }

    /// Waits for the origin's word that it is up (sd_notify(3)), which systemd-nspawn passes on.
    fn wait(&mut self, ready: &UnixDatagram) -> Result<(), String> {
        let began = Instant::now();
        let mut words = [0; 4096];
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended ({status})"));
            }
            if began.elapsed() > PATIENCE {
                return Err("it took too long".to_owned());
            }
            // Short, so that an early end is noticed.
            ready.set_read_timeout(Some(Duration::from_millis(200))).map_err(|e| e.to_string())?;
            let Ok(count) = ready.recv(&mut words) else { continue };
            for word in String::from_utf8_lossy(&words[..count]).lines() {
                if let Some(leader) = word.strip_prefix("X_NSPAWN_LEADER_PID=") {
                    self.leader = leader.to_owned();
                }
                if word == "READY=1" {
                    return Ok(());
                }
            }
        }
    }

    /// Restarts it, as `systemctl reboot` does, and waits until it is up again.
    pub(super) fn reboot(&mut self, image: &Image, record: &Record) -> Result<(), Trouble> {
        let failed = || Trouble::system("restart the origin");
        let ready = listen(&self.name)?;
        // It may be gone before it has said how it ended.
        let _ = self.exec(&["systemctl", "reboot"], b"")?;
        // systemd-nspawn leaves it to whoever started it to start it again, and its mount is gone with it.
        self.child.wait().map_err(failed())?;
        let work = record.folder().join("work");
        fs::remove_dir_all(&work).map_err(failed())?;
        fs::create_dir(&work).map_err(failed())?;
        self.child = begin(image, record)?;
        self.wait(&ready).map_err(Trouble::Boot)
    }

    /// The process that is number 1 within.
    pub(super) fn leader(&self) -> &str {
        &self.leader
    }

    /// Runs a command within, as root.
    pub(super) fn exec(&self, command: &[&str], input: &[u8]) -> Result<Told, Trouble> {
        let entered = [&["nsenter", "--all", "--target", &self.leader, "--"], command].concat();
        command::run(&entered, input)
    }
}

/// Where the origin's word that it is up arrives.
fn listen(name: &str) -> Result<UnixDatagram, Trouble> {
    let failed = || Trouble::system("prepare to hear of the origin");
    let address = SocketAddr::from_abstract_name(name).map_err(failed())?;
    UnixDatagram::bind_addr(&address).map_err(failed())
}

/// Starts it in its groups, on its overlay.
fn begin(image: &Image, record: &Record) -> Result<Child, Trouble> {
    let name = record.name();
    let failed = || Trouble::system("prepare the origin's files");
    let mut groups = Vec::new();
    for hierarchy in hierarchies() {
        let group = hierarchy.join(name);
        fs::create_dir_all(&group).map_err(failed())?;
        groups.push(group.to_string_lossy().into_owned());
    }
    let mut console = File::options();
    let console = console.append(true).create(true).open(record.folder().join("console.log"));
    let console = console.map_err(failed())?;
    Command::new("unshare")
        .args(["--mount", "--propagation", "private", "--", "sh", "-c", BEGIN, "sh"])
        .arg(image.name())
        .arg(Path::new("stages").join(name))
        .arg(format!("--network-namespace-path=/run/netns/{}", spaces::origin(name)))
        .arg(format!("--machine={name}"))
        .args(["--boot", "--hostname=shop", "--register=no", "--keep-unit", "--quiet"])
        .args(["--console=pipe", "--notify-ready=yes", "--link-journal=no"])
        .args(["--resolv-conf=off", "--timezone=off", "--capability=CAP_NET_ADMIN"])
        .current_dir(image.home())
        .env("GROUPS_OF_STAGE", groups.join(" "))
        .env("NOTIFY_SOCKET", format!("@{name}"))
        .stdin(Stdio::null())
        .stdout(console.try_clone().map_err(failed())?)
        .stderr(console)
        .spawn()
        .map_err(Trouble::system("start the origin"))
}

impl Drop for Machine {
    fn drop(&mut self) {
        sweep(&self.name);
        let _ = self.child.wait();
    }
}

/// Lays the files of the shop, its chain and its key over the image. The modes are not those of the
/// checkout, which depend on who checked it out.
fn furnish(upper: &Path, chain: &Chain) -> io::Result<()> {
    copy(&image::sources().join("origin"), upper)?;
    let folder = upper.join(CERTIFICATES.trim_start_matches('/'));
    fs::DirBuilder::new().recursive(true).mode(0o755).create(&folder)?;
    fs::write(folder.join("fullchain.pem"), chain.certificates_pem())?;
    let mut key = fs::OpenOptions::new();
    let key = key.write(true).create_new(true).mode(0o600).open(folder.join("privkey.pem"))?;
    io::Write::write_all(&mut &key, chain.key_pem().as_bytes())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o755).create(to)?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, kind) = (to.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() {
            copy(&entry.path(), &path)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, path)?;
        } else {
            fs::write(&path, fs::read(entry.path())?)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

/// The hierarchies of control groups in which systemd sorts processes: the second version's first,
/// and, where the first version is mounted beside it, the one named systemd. Empty without the
/// second.
pub(super) fn hierarchies() -> Vec<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut found = Vec::new();
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(path), Some(kind), Some(options)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        match kind {
            "cgroup2" => found.insert(0, PathBuf::from(path)),
            "cgroup" if options.split(',').any(|o| o == "name=systemd") => found.push(path.into()),
            _ => {}
        }
    }
    if mounts.contains(" cgroup2 ") { found } else { Vec::new() }
}

/// Ends what runs in the groups of a stage's name, waits for the end (at most 10 s), and takes the
/// groups away.
pub(super) fn sweep(name: &str) {
    let hierarchies = hierarchies();
    if let Some(group) = hierarchies.first().map(|first| first.join(name)) {
        // What is within first: systemd-nspawn then ends by itself, and tidies up after itself.
        for part in [group.join("payload"), group] {
            let _ = fs::write(part.join("cgroup.kill"), "1");
            let _ = emptied(&part, Duration::from_secs(5));
        }
    }
    for hierarchy in &hierarchies {
        remove_groups(&hierarchy.join(name));
    }
    // systemd-nspawn 252 leaves this one, empty, whenever it does not speak to a systemd outside.
    let _ = fs::remove_dir(Path::new("/run/systemd/nspawn/propagate").join(name));
}

/// Waits until no process is left in a group or below it.
fn emptied(group: &Path, patience: Duration) -> io::Result<()> {
    let began = Instant::now();
    let mut events = File::open(group.join("cgroup.events"))?;
    loop {
        let mut text = String::new();
        events.rewind()?;
        events.read_to_string(&mut text)?;
        let left = patience.saturating_sub(began.elapsed());
        if text.contains("populated 0") || left.is_zero() {
            return Ok(());
        }
        let limit = Timespec::try_from(left).map_err(io::Error::other)?;
        poll(&mut [PollFd::new(&events, PollFlags::PRI)], Some(&limit))?;
    }
}

fn remove_groups(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_groups(&entry.path());
        }
    }
    let _ = fs::remove_dir(group);
}
