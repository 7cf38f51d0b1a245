//! Logs: jobs that push them (shelf `logpush`), and those that can be fetched (shelf `logs`, one object a
//! request, with `RayID` and `EdgeStartTimestamp`).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::shelf::{lay_over, zone};
use crate::api::envelope::Body;
use crate::api::state::State;
use crate::api::{Asked, Operation, Reply};

const SHELF: &str = "logpush";
/// The shelf of lines.
const LINES: &str = "logs";
const READ: &[&str] = &["Logs Read"];
const WRITE: &[&str] = &["Logs Write"];

/// The rows.
pub(super) const OPERATIONS: &[Operation] = &[
    zone("GET", "/zones/{zone:id}/logpush/jobs", WRITE, |state, asked| {
        Ok(Reply::whole(state.zone_of(asked)?.shelf(SHELF).clone()))
    }),
    zone("POST", "/zones/{zone:id}/logpush/jobs", WRITE, create),
    zone("GET", "/zones/{zone:id}/logpush/jobs/{job}", WRITE, |state, asked| {
        Ok(Reply::ok(job(state, asked)?.clone()))
    }),
    zone("PUT", "/zones/{zone:id}/logpush/jobs/{job}", WRITE, |state, asked| {
        let job = job(state, asked)?;
        lay_over(job, asked.object()?, MEMBERS);
        Ok(Reply::ok(job.clone()))
    }),
    zone("DELETE", "/zones/{zone:id}/logpush/jobs/{job}", WRITE, delete),
    zone("GET", "/zones/{zone:id}/logs/received", READ, received),
    zone("GET", "/zones/{zone:id}/logs/received/fields", READ, |_, _| {
        Ok(Reply::bare(200, fields()))
    }),
    zone("GET", "/zones/{zone:id}/logs/rayids/{ray}", READ, |state, asked| {
        let ray = asked.param("ray");
        let lines = state.zone_of(asked)?.shelf(LINES).iter();
        Ok(told(lines.filter(|line| line["RayID"] == ray)))
    }),
];

const MEMBERS: &[&str] = &[
    "destination_conf",
    "enabled",
    "frequency",
    "kind",
    "logpull_options",
    "max_upload_bytes",
    "max_upload_interval_seconds",
    "max_upload_records",
    "output_options",
];

fn missing() -> Reply {
    Reply::fail(404, 1002, "job not found")
}

/// Ids of jobs are numbers; on the shelf too.
fn number(asked: &Asked) -> Option<u64> {
    asked.param("job").parse().ok()
}

fn job<'a>(state: &'a mut State, asked: &Asked) -> Result<&'a mut Value, Reply> {
    let id = number(asked).ok_or_else(missing)?;
    let shelf = state.zone_of(asked)?.shelf(SHELF);
    shelf.iter_mut().find(|job| job["id"] == id).ok_or_else(missing)
}

fn create(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    if !asked.text("destination_conf").is_some_and(|to| to.contains("://")) {
        return Err(Reply::fail(400, 1004, "destination_conf: an address of a bucket"));
    }
    let shelf = state.zone_of(asked)?.shelf(SHELF);
    let id = shelf.iter().filter_map(|job| job["id"].as_u64()).max().unwrap_or(0) + 1;
    let mut job = json!({
        "id": id, "dataset": "http_requests", "enabled": false, "frequency": "high", "name": "",
        "logpull_options": "", "kind": "", "last_complete": null, "last_error": null,
        "error_message": null,
    });
    lay_over(&mut job, asked.object()?, MEMBERS);
    lay_over(&mut job, asked.object()?, &["dataset", "name"]);
    shelf.push(job.clone());
    Ok(Reply::ok(job))
}

fn delete(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let id = job(state, asked)?["id"].clone();
    state.zone_of(asked)?.shelf(SHELF).retain(|job| job["id"] != id);
    Ok(Reply::ok(json!({"id": id})))
}

fn received(state: &mut State, asked: &Asked) -> Result<Reply, Reply> {
    let time = |name: &str| {
        let said = asked.query(name)?;
        let seconds = said.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        seconds.or_else(|| said.parse().ok())
    };
    let (Some(from), Some(to)) = (time("start"), time("end")) else {
        return Err(Reply::fail(
            400,
            1010,
            "bad query: error parsing time: start and end are required",
        ));
    };
    if from >= to || asked.now.duration_since(to).as_secs() < 60 {
        let why = "bad query: error parsing time: invalid time range: end has to be a minute ago at least";
        return Err(Reply::fail(400, 1010, why));
    }
    let within = |line: &&Value| {
        let at =
            line["EdgeStartTimestamp"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        at.is_some_and(|at| (from..to).contains(&at))
    };
    Ok(told(state.zone_of(asked)?.shelf(LINES).iter().filter(within)))
}

/// One object a line.
fn told<'a>(lines: impl Iterator<Item = &'a Value>) -> Reply {
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let body = Body::Text("application/json", text);
    Reply { status: 200, headers: Vec::new(), body }
}

fn fields() -> Value {
    json!({
        "ClientRequestHost": "string; the host requested by the client",
        "EdgeResponseStatus": "int; HTTP status code returned by Cloudflare to the client",
        "EdgeStartTimestamp": "int or string; timestamp at which the edge received request from the client",
        "OriginIP": "string; IP of the origin server",
        "OriginResponseStatus": "int; status returned by the upstream server",
        "OriginResponseTime": "int; number of nanoseconds it took the origin to return the response to edge",
        "OriginTLSHandshakeDurationMs": "int; time taken to complete TLS handshake with origin",
        "RayID": "string; ID of the request",
    })
}
