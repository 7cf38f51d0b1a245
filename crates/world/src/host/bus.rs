//! systemd, asked over D-Bus: how a unit is, how its process ended, what starts it.
//!
//! Over the system bus, where every user may read; as root, where no bus runs, over systemd's own
//! socket. A name is only ever a string in a message, so it may hold anything. Nothing is started,
//! stopped, reloaded or reset: the methods called are `GetUnit`, `LoadUnit` and `Properties.GetAll`.

mod direct;
mod told;

use std::future::Future;
use std::io;
use std::time::Duration;

use rayfix_core::evidence::host::UnitAnswer;
use tokio::net::UnixStream;
use tokio::time::timeout;
use zbus::{Connection, Error, Message, OwnedObjectPath, connection};

use self::direct::Direct;
use self::told::Told;

/// How long systemd may take for one answer.
const PATIENCE: Duration = Duration::from_secs(1);

const SYSTEM_BUS: &str = "/run/dbus/system_bus_socket";
const PRIVATE: &str = "/run/systemd/private";
const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "/org/freedesktop/systemd1";

/// A way to systemd.
#[derive(Debug)]
pub(super) struct Bus {
    connection: Connection,
    /// Whether a bus is in between, which has to be told whom a message is for.
    is_bus: bool,
}

impl Bus {
    /// Connects.
    ///
    /// # Errors
    /// A sentence without its end: nobody listens, or we may not ask.
    pub(super) async fn connect() -> Result<Bus, String> {
        let bus = Self::over(SYSTEM_BUS, true).await;
        if bus.is_ok() || !rustix::process::geteuid().is_root() {
            return bus;
        }
        // Without a bus (a small image, or the bus itself is down) systemd still answers root.
        Self::over(PRIVATE, false).await.or(bus)
    }

    async fn over(path: &str, is_bus: bool) -> Result<Bus, String> {
        let unasked = |why: io::Error| format!("systemd cannot be asked at {path}: {}", why.kind());
        // Without waiting, should nobody take connections from there.
        let socket = UnixStream::connect(path).await.map_err(unasked)?;
        let builder = if is_bus {
            connection::Builder::unix_stream(socket.into_std().map_err(unasked)?)
        } else {
            connection::Builder::socket(Direct(socket)).p2p()
        };
        let connection = in_time(builder.build()).await.map_err(|why| reason(&why))?;
        Ok(Bus { connection, is_bus })
    }

    /// How a unit is. `is_there`: whether a file defines a unit of this name.
    pub(super) async fn unit(&self, name: &str, is_there: bool) -> UnitAnswer {
        let path = match self.path("GetUnit", name).await {
            // A unit that never ran since the machine was started is not in memory. Loading it reads
            // its file, and it is forgotten again; nothing is started. For names that no file has,
            // not even that is done.
            Err(error) if is_no_unit(&error) && is_there => self.path("LoadUnit", name).await,
            path => path,
        };
        let path = match path {
            Ok(path) => path,
            Err(error) if is_no_unit(&error) => return UnitAnswer::Missing,
            Err(error) => return UnitAnswer::Denied { why: reason(&error) },
        };
        // An empty interface: of all of them, as `systemctl show` asks.
        let properties = Some("org.freedesktop.DBus.Properties");
        let told = self.call(path.as_str(), properties, "GetAll", "").await;
        match told.and_then(|reply| Told::read(&reply)) {
            Ok(told) if told.is_missing() => UnitAnswer::Missing,
            Ok(told) => UnitAnswer::Known(Box::new(told.unit())),
            Err(error) => UnitAnswer::Denied { why: reason(&error) },
        }
    }

    async fn path(&self, method: &str, name: &str) -> Result<OwnedObjectPath, Error> {
        let manager = Some("org.freedesktop.systemd1.Manager");
        self.call(MANAGER, manager, method, name).await?.body().deserialize()
    }

    async fn call(
        &self,
        path: &str,
        interface: Option<&str>,
        method: &str,
        word: &str,
    ) -> Result<Message, Error> {
        let to = self.is_bus.then_some(SYSTEMD);
        in_time(self.connection.call_method(to, path, interface, method, &word)).await
    }
}

async fn in_time<T>(asking: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let silent = || Err(Error::Failure(format!("no answer within {} s", PATIENCE.as_secs())));
    timeout(PATIENCE, asking).await.unwrap_or_else(|_| silent())
}

fn is_no_unit(error: &Error) -> bool {
    matches!(error, Error::MethodError(name, _, _)
        if name.as_str() == "org.freedesktop.systemd1.NoSuchUnit"
            // A name that no unit can have.
            || name.as_str() == "org.freedesktop.DBus.Error.InvalidArgs")
}

/// Why systemd did not tell, as a sentence without its end.
fn reason(error: &Error) -> String {
    match error {
        Error::MethodError(name, said, _) => {
            let said = said.as_deref().unwrap_or(name.as_str());
            format!("systemd answered: {}", said.trim_end_matches('.'))
        }
        Error::Failure(why) => format!("systemd did not answer on D-Bus: {why}"),
        error => format!("systemd did not answer on D-Bus: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn where_nobody_listens_that_is_told() {
        let missing = Bus::over("/run/rayfix-no-such-bus", true).await.unwrap_err();
        assert_eq!(missing, "systemd cannot be asked at /run/rayfix-no-such-bus: entity not found");
    }
}
