//! Has the connector speak with Cloudflare over TCP where UDP does not get out.
//!
//! # What it changes
//! `protocol: http2` in the connector's own configuration file; where it has none, or its environment says another
//! protocol, `TUNNEL_TRANSPORT_PROTOCOL=http2` in settings beside its unit's. The connector is then started anew.
//!
//! # What could go wrong
//! Where TCP port 7844 is closed as well, the connector still would not come up. So that is tried first, at the names
//! that it dials or the addresses that it is given by hand, and where none of them answers there is no plan. Private
//! networks that send UDP through the tunnel need QUIC.
//!
//! # How we check
//! Three visits in a row through the edge are served.
//!
//! # By hand
//! `nc -zv region1.v2.argotunnel.com 7844` tries TCP. Write `protocol: http2` into `/etc/cloudflared/config.yml`, or
//! `systemctl edit cloudflared` and `[Service]`, `Environment=TUNNEL_TRANSPORT_PROTOCOL=http2`; then `systemctl restart
//! cloudflared`.
use std::net::SocketAddr;

use super::{Fix, Materials, Wants, common, connector_file, edit};
use crate::diagnosis::Finding;
use crate::evidence::TcpAnswer;
use crate::evidence::host::tunnel::{ConfigState, ConnectorAnswer};
use crate::plan::{Action, FilePath, Plan, Promise, Safety, Step, UnitName, Verb, drop_in};
use crate::scene::Scene;
use crate::scene::host::tunnel::Tunnel;

/// The fix.
pub static UNIT: Fix = Fix {
    cures: &["tunnel-edge-unreachable"],
    wants: |_, scene| {
        let Some(connector) = connector(scene) else { return Wants::default() };
        let unit = connector.unit.as_deref().and_then(|unit| UnitName::new(unit).ok());
        let own = unit.map(|unit| drop_in(&unit));
        let files = file(connector).into_iter().chain(own);
        let files = files.filter_map(|path| FilePath::new(&path).ok()).collect();
        Wants { files, doors: doors(connector), ..Wants::default() }
    },
    plan,
};

/// Where connectors dial in, unless they are told otherwise.
const EDGE: [&str; 2] = ["region1.v2.argotunnel.com", "region2.v2.argotunnel.com"];
const PORT: u16 = 7844;

/// Where this connector dials in; nowhere that is known here, where it stays in a part of the world.
fn doors(connector: &ConnectorAnswer) -> Vec<(String, u16)> {
    let setup = &connector.setup;
    if !setup.edge.is_empty() {
        // No name out of a configuration is looked up.
        let addresses = setup.edge.iter().flat_map(|at| at.split(','));
        let addresses = addresses.filter_map(|at| at.trim().parse::<SocketAddr>().ok());
        return addresses.map(|at| (at.ip().to_string(), at.port())).collect();
    }
    match &setup.region {
        Some(_) => Vec::new(),
        None => EDGE.map(|name| (name.to_owned(), PORT)).to_vec(),
    }
}

/// What is to be said of TCP where it was not found to get out.
///
/// # Errors
/// A sentence: no connection gets out, so HTTP/2 would not help.
fn tcp(connector: &ConnectorAnswer, seen: &Materials) -> Result<Option<String>, String> {
    // A machine without IPv6 is no firewall.
    let unroutable = |answer: &TcpAnswer| matches!(answer, TcpAnswer::Unreachable { .. });
    let tried = || seen.doors.iter().filter(|(at, answer)| at.is_ipv4() || !unroutable(answer));
    if seen.doors.iter().any(|(_, answer)| *answer == TcpAnswer::Accepted) {
        return Ok(None);
    }
    let Some((at, answer)) = tried().next() else {
        return Ok(Some(
            "Whether TCP gets out to port 7844 could not be tried here; if it does not, this does not help and is \
             taken back."
                .to_owned(),
        ));
    };
    let others = match tried().count() - 1 {
        0 => String::new(),
        1 => ", and another address is no better".to_owned(),
        more => format!(", and {more} other addresses are no better"),
    };
    let how = match answer {
        TcpAnswer::Refused => format!("{at} refuses the connection"),
        TcpAnswer::Unreachable { .. } => format!("there is no way to {at}"),
        TcpAnswer::Silent { .. } | TcpAnswer::Accepted => format!("{at} does not answer"),
        TcpAnswer::Failed { .. } => format!("a connection to {at} is not allowed"),
    };
    let open = match connector.setup.edge.is_empty() {
        true => format!("TCP and UDP port {PORT} to {} and {}", EDGE[0], EDGE[1]),
        false => format!("TCP and UDP to {}", list(&doors(connector))),
    };
    Err(format!(
        "TCP does not get out either ({how}{others}), so HTTP/2 would not help. Let this machine out to {open}."
    ))
}

fn list(doors: &[(String, u16)]) -> String {
    let words = doors.iter().map(|(host, port)| match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// What the environment calls it.
const VARIABLE: &str = "TUNNEL_TRANSPORT_PROTOCOL";

fn connector<'a>(scene: &Scene<'a>) -> Option<&'a ConnectorAnswer> {
    Tunnel::of(scene).map(|tunnel| tunnel.connector)
}

/// The configuration file that it reads.
fn file(connector: &ConnectorAnswer) -> Option<String> {
    let config = connector.config.as_ref()?;
    matches!(config.state, ConfigState::Read { .. }).then(|| config.path.clone())
}

/// Whether the configuration file names the protocol.
fn in_file(connector: &ConnectorAnswer, seen: &Materials) -> bool {
    let path = file(connector).and_then(|path| FilePath::new(&path).ok());
    let image = path.and_then(|path| seen.files.get(&path)?.as_ref());
    image.is_some_and(|image| {
        image.bytes.split(|b| *b == b'\n').any(|l| l.starts_with(b"protocol:"))
    })
}

fn plan(finding: &Finding, scene: &Scene<'_>, seen: &Materials) -> Result<Plan, String> {
    if finding.detail.get("way").and_then(|way| way.as_str()) != Some("udp") {
        return Err("It is not UDP alone that does not get out.".to_owned());
    }
    let connector = connector(scene).ok_or("The site does not come through a tunnel from here.")?;
    if connector.setup.protocol.as_deref() == Some("http2") {
        return Err("The connector uses HTTP/2 already.".to_owned());
    }
    let unit = connector.unit.as_deref();
    let unit = unit.ok_or("No unit of systemd's is known for the connector.")?;
    let unit =
        UnitName::new(unit).map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    let started = connector.unit_file.as_ref();
    let flag = |word: &String| word == "-p" || word.trim_start_matches('-').starts_with("protocol");
    if started.is_some_and(|unit| unit.words.iter().any(|word| word.starts_with('-') && flag(word)))
    {
        return Err(format!("The command line of {unit} names a protocol: change it there."));
    }
    let by_environment =
        started.is_some_and(|unit| unit.env.iter().any(|(name, _)| name == VARIABLE));
    // What an environment file sets wins over what is set beside the unit.
    let by_file = started.is_some_and(|unit| !unit.env_files.is_empty());
    if by_file && !by_environment && connector.setup.protocol.is_some() && !in_file(connector, seen)
    {
        return Err(format!("An environment file of {unit} names a protocol: change it there."));
    }
    let untried = tcp(connector, seen)?;
    let why = "UDP does not get out to port 7844; over TCP the connector speaks HTTP/2.".to_owned();
    let blast = "All sites of this tunnel are cut off for some seconds, if any were served.";
    let step = match file(connector).filter(|_| !by_environment) {
        Some(path) => {
            let path = FilePath::new(&path)
                .map_err(|error| format!("`{path}` cannot be acted on: {error}."))?;
            let before = edit::text(seen.files.get(&path).and_then(Option::as_ref), &path)?;
            let after = connector_file::with_protocol(path.as_str(), &before, "http2")?;
            edit::step(&path, (&before, &after), (&unit, Verb::Restart), why, blast)
        }
        None => beside(&unit, seen, why, blast)?,
    };
    let summary = "Have the tunnel's connector use TCP.".to_owned();
    let mut plan = common::plan("tunnel-use-http2", finding, scene, summary, vec![step]);
    plan.promises.push(Promise::UnitActive { unit });
    plan.cautions.extend(untried);
    plan.cautions.push(
        "Letting the machine out to UDP port 7844 mends it as well, and lets the connector use QUIC again."
            .to_owned(),
    );
    Ok(plan)
}

/// Settings beside those of the unit.
fn beside(unit: &UnitName, seen: &Materials, why: String, blast: &str) -> Result<Step, String> {
    let own = FilePath::new(&drop_in(unit))
        .map_err(|error| format!("`{unit}` cannot be acted on: {error}."))?;
    if seen.files.get(&own).is_some_and(Option::is_some) {
        return Err(format!("{own} is there already; add the protocol to it."));
    }
    let after = format!("[Service]\nEnvironment={VARIABLE}=http2\n");
    Ok(Step {
        action: Action::DropIn { unit: unit.clone(), before: None, after, restart: true },
        why,
        safety: Safety::Unattended,
        blast: blast.to_owned(),
        by_hand: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::diagnose;
    use crate::evidence::host::tunnel::UnitFile;
    use crate::fixes::tests::{lines, with_files};
    use crate::scene::host::stage::Stage;

    const CONFIG: &str = "/etc/cloudflared/config.yml";
    const QUIC: &str = "2026-11-20T12:00:00Z ERR Failed to dial a quic connection error=\"failed to \
        dial to edge with quic: timeout: no recent network activity\" connIndex=0 event=0 ip=198.41.192.7";
    const TCP: &str = "2026-11-20T11:59:20Z ERR Unable to establish connection with Cloudflare edge \
        error=\"DialContext error: dial tcp 198.41.192.7:7844: i/o timeout\" connIndex=0 event=0";

    fn planned(stage: Stage) -> Result<Plan, String> {
        knocked(stage, &[("198.41.192.7:7844", TcpAnswer::Accepted)])
    }

    fn knocked(stage: Stage, doors: &[(&str, TcpAnswer)]) -> Result<Plan, String> {
        let evidence = stage.sitting().evidence();
        let diagnosis = diagnose(&evidence);
        let finding = diagnosis.findings.first().expect("something is found");
        assert_eq!(finding.cause, "tunnel-edge-unreachable");
        let scene = Scene::new(&evidence);
        let mut seen = with_files(&[(CONFIG, "tunnel: x\nprotocol: quic\n")]);
        let doors = doors.iter().map(|(at, answer)| (at.parse().unwrap(), *answer));
        seen.doors = doors.collect();
        (UNIT.plan)(finding, &scene, &seen)
    }

    #[test]
    fn the_protocol_of_the_configuration_is_changed() {
        assert_eq!(
            lines(&planned(Stage::unconnected().says(QUIC)).unwrap()),
            [
                "--- /etc/cloudflared/config.yml:2",
                "-protocol: quic",
                "+protocol: http2",
                "systemctl restart cloudflared.service"
            ]
        );
    }

    #[test]
    fn without_a_configuration_it_is_set_beside_the_unit() {
        let stage = Stage::unconnected().says(QUIC).tune(|one| one.config = None);
        assert_eq!(
            lines(&planned(stage).unwrap()),
            [
                "write /etc/systemd/system/cloudflared.service.d/zz-rayfix.conf:",
                "+[Service]",
                "+Environment=TUNNEL_TRANSPORT_PROTOCOL=http2",
                "systemctl daemon-reload",
                "systemctl restart cloudflared.service"
            ]
        );
    }

    #[test]
    fn a_command_line_that_names_a_protocol_is_left_alone() {
        let words = ["cloudflared", "tunnel", "--protocol", "quic", "run"].map(str::to_owned);
        let stage = Stage::unconnected().says(QUIC).tune(|one| {
            one.unit_file = Some(UnitFile { words: words.to_vec(), ..UnitFile::default() });
        });
        assert!(planned(stage).unwrap_err().contains("command line"));
    }

    #[test]
    fn where_its_log_tells_of_tcp_it_does_not_fit() {
        assert!(planned(Stage::unconnected().says(TCP)).unwrap_err().contains("UDP alone"));
    }

    #[test]
    fn where_tcp_does_not_get_out_either_there_is_no_plan() {
        let silent = TcpAnswer::Silent { after_ms: 4000 };
        let nowhere = TcpAnswer::Unreachable { errno: 101 };
        let doors = [
            ("[2606:4700:a0::1]:7844", nowhere),
            ("198.41.192.7:7844", silent),
            ("198.41.200.13:7844", TcpAnswer::Refused),
        ];
        assert_eq!(
            knocked(Stage::unconnected().says(QUIC), &doors).unwrap_err(),
            "TCP does not get out either (198.41.192.7:7844 does not answer, and another address is no better), so \
             HTTP/2 would not help. Let this machine out to TCP and UDP port 7844 to region1.v2.argotunnel.com and \
             region2.v2.argotunnel.com."
        );
        let given = Stage::unconnected().says(QUIC).tune(|one| {
            one.setup.edge = vec!["198.41.192.7:7844".to_owned()];
        });
        let why = knocked(given, &doors[1..2]).unwrap_err();
        assert!(
            why.ends_with("Let this machine out to TCP and UDP to 198.41.192.7:7844."),
            "{why}"
        );
    }

    #[test]
    fn one_address_that_answers_is_enough() {
        let silent = TcpAnswer::Silent { after_ms: 4000 };
        let doors = [("198.41.192.7:7844", silent), ("198.41.200.13:7844", TcpAnswer::Accepted)];
        let plan = knocked(Stage::unconnected().says(QUIC), &doors).unwrap();
        assert!(!plan.cautions.iter().any(|caution| caution.contains("could not be tried")));
    }

    #[test]
    fn where_it_could_not_be_tried_the_plan_says_so() {
        let nowhere = TcpAnswer::Unreachable { errno: 101 };
        for doors in [&[][..], &[("[2606:4700:a0::1]:7844", nowhere)]] {
            let plan = knocked(Stage::unconnected().says(QUIC), doors).unwrap();
            let told = |caution: &String| caution.contains("could not be tried here");
            assert!(plan.cautions.iter().any(told), "{:?}", plan.cautions);
        }
    }

    #[test]
    fn a_connector_is_tried_where_it_dials_and_names_of_its_configuration_are_not() {
        let of = |edge: &[&str], region: Option<&str>| {
            let mut connector = ConnectorAnswer::default();
            connector.setup.edge = edge.iter().map(|at| (*at).to_owned()).collect();
            connector.setup.region = region.map(str::to_owned);
            list(&doors(&connector))
        };
        assert_eq!(of(&[], None), "region1.v2.argotunnel.com:7844, region2.v2.argotunnel.com:7844");
        assert_eq!(of(&[], Some("us")), "");
        assert_eq!(of(&["[::1]:7844", "edge.test:7844"], None), "[::1]:7844");
    }
}
