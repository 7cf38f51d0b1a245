//! What systemd tells of a unit, as evidence (org.freedesktop.systemd1, its D-Bus interface page).

use std::collections::HashMap;

use jiff::Timestamp;
use rayfix_core::evidence::host::{Ending, UnitSeen};
use rayfix_core::redact;
use zbus::{Error, Message, OwnedVariant, Variant};

/// The properties of a unit, of all its interfaces.
pub(super) struct Told(HashMap<String, OwnedVariant>);

/// `CLD_EXITED`, `CLD_KILLED`, `CLD_DUMPED` of waitid(2).
const EXITED: i32 = 1;
const KILLED: i32 = 2;
const DUMPED: i32 = 3;

/// More units that start another are not kept.
const MOST_TRIGGERS: usize = 10;

impl Told {
    pub(super) fn read(reply: &Message) -> Result<Self, Error> {
        reply.body().deserialize().map(Told)
    }

    /// Whether there is no such unit: systemd has a shadow of every unit that another names.
    pub(super) fn is_missing(&self) -> bool {
        self.text("LoadState").as_deref() == Some("not-found")
    }

    pub(super) fn unit(&self) -> UnitSeen {
        UnitSeen {
            name: self.text("Id").unwrap_or_default(),
            description: redact::text(&self.text("Description").unwrap_or_default()),
            load: self.text("LoadState").unwrap_or_default(),
            active: self.text("ActiveState").unwrap_or_default(),
            sub: self.text("SubState").unwrap_or_default(),
            result: self.text("Result").unwrap_or_default(),
            ended: self.ended(),
            pid: self.number("MainPID").and_then(|pid| u32::try_from(pid).ok()).filter(|&n| n > 0),
            since: self.moment("StateChangeTimestamp"),
            started: self.moment("ExecMainStartTimestamp"),
            restarts: self.number("NRestarts").and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            enabled: self.text("UnitFileState"),
            command: self.commands("ExecStart").first().map(|one| redact::command(&one.words)),
            file: self.text("FragmentPath"),
            is_stale: matches!(self.value("NeedDaemonReload"), Some(Variant::Bool(true))),
            triggered_by: self.texts("TriggeredBy"),
            user: self.text("User"),
            files: self.limit("LimitNOFILE"),
            memory_max: self.limit("MemoryMax"),
            next: self.moment("NextElapseUSecRealtime"),
            last: self.moment("LastTriggerUSec"),
        }
    }

    /// How its main process ended last, or the one that was to prepare it, whichever was later. A
    /// service that prepares itself in vain never has a main process.
    fn ended(&self) -> Option<Ending> {
        let main = Run {
            words: Vec::new(),
            may_fail: false,
            began: self.number("ExecMainStartTimestamp").unwrap_or(0),
            ended: self.number("ExecMainExitTimestamp").unwrap_or(0),
            code: self
                .number("ExecMainCode")
                .and_then(|code| i32::try_from(code).ok())
                .unwrap_or(0),
            status: self.number("ExecMainStatus").and_then(|n| i32::try_from(n).ok()).unwrap_or(0),
        };
        let helpers = ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"]
            .into_iter()
            .flat_map(|key| self.commands(key))
            .filter(|run| run.failed() && run.began >= main.began);
        helpers.max_by_key(|run| run.began).and_then(|run| run.ending()).or_else(|| main.ending())
    }

    fn value(&self, key: &str) -> Option<&Variant<'static>> {
        self.0.get(key).map(|value| &**value)
    }

    /// Nothing where it is empty.
    fn text(&self, key: &str) -> Option<String> {
        text(self.value(key)?).filter(|text| !text.is_empty())
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let Some(Variant::Array(array)) = self.value(key) else { return Vec::new() };
        array.inner().iter().filter_map(text).take(MOST_TRIGGERS).collect()
    }

    fn number(&self, key: &str) -> Option<i128> {
        number(self.value(key)?)
    }

    /// A limit; `infinity` is none.
    fn limit(&self, key: &str) -> Option<u64> {
        let limit = u64::try_from(self.number(key)?).ok()?;
        (limit != u64::MAX).then_some(limit)
    }

    /// Microseconds since 1970; 0 and `infinity` are never.
    fn moment(&self, key: &str) -> Option<Timestamp> {
        moment(self.number(key)?)
    }

    /// The commands of a property such as `ExecStart`.
    fn commands(&self, key: &str) -> Vec<Run> {
        let Some(Variant::Array(array)) = self.value(key) else { return Vec::new() };
        array.inner().iter().filter_map(Run::read).collect()
    }
}

/// A command of a unit, and how it ran last.
struct Run {
    words: Vec<String>,
    /// Whether its failure does not matter.
    may_fail: bool,
    /// In microseconds since 1970; 0: never.
    began: i128,
    ended: i128,
    code: i32,
    status: i32,
}

impl Run {
    /// Reads `(sasbttttuii)`: program, words, whether it may fail, when it began and ended by two
    /// clocks each, its number, how it ended.
    fn read(value: &Variant<'_>) -> Option<Self> {
        let Variant::Structure(fields) = value else { return None };
        let [
            _,
            Variant::Array(words),
            Variant::Bool(may_fail),
            began,
            _,
            ended,
            _,
            _,
            code,
            status,
        ] = fields.fields()
        else {
            return None;
        };
        Some(Run {
            words: words.inner().iter().filter_map(text).collect(),
            may_fail: *may_fail,
            began: number(began)?,
            ended: number(ended)?,
            code: i32::try_from(number(code)?).ok()?,
            status: i32::try_from(number(status)?).ok()?,
        })
    }

    fn failed(&self) -> bool {
        !self.may_fail
            && self.began > 0
            && self.ended > 0
            && (self.code != EXITED || self.status != 0)
    }

    fn ending(&self) -> Option<Ending> {
        let at = moment(self.ended);
        match self.code {
            EXITED => Some(Ending::Exited { status: self.status, at }),
            KILLED | DUMPED => {
                Some(Ending::Killed { signal: self.status, dumped: self.code == DUMPED, at })
            }
            _ => None,
        }
    }
}

fn moment(microseconds: i128) -> Option<Timestamp> {
    let microseconds = i64::try_from(microseconds).ok().filter(|&number| number > 0)?;
    Timestamp::from_microsecond(microseconds).ok()
}

fn text(value: &Variant<'_>) -> Option<String> {
    match value {
        Variant::Str(text) => Some(text.as_str().to_owned()),
        Variant::ObjectPath(path) => Some(path.as_str().to_owned()),
        _ => None,
    }
}

fn number(value: &Variant<'_>) -> Option<i128> {
    match value {
        Variant::I32(number) => Some(i128::from(*number)),
        Variant::U32(number) => Some(i128::from(*number)),
        Variant::I64(number) => Some(i128::from(*number)),
        Variant::U64(number) => Some(i128::from(*number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use zbus::OwnedVariant;

    use super::*;

    type Exec = (String, Vec<String>, bool, u64, u64, u64, u64, u32, i32, i32);

    fn told(properties: Vec<(&str, Variant<'static>)>) -> Told {
        let own = |value: Variant<'static>| OwnedVariant::try_from(value).unwrap();
        Told(properties.into_iter().map(|(key, value)| (key.to_owned(), own(value))).collect())
    }

    /// A command that began and ended at these microseconds.
    fn exec(words: &[&str], began: u64, ended: u64, code: i32, status: i32) -> Exec {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        (words[0].clone(), words, false, began, 0, ended, 0, 9, code, status)
    }

    fn text(text: &str) -> Variant<'static> {
        Variant::new(text.to_owned())
    }

    #[test]
    fn a_service_that_failed_is_told_with_its_exit() {
        let unit = told(vec![
            ("Id", text("shop.service")),
            ("LoadState", text("loaded")),
            ("ActiveState", text("failed")),
            ("SubState", text("failed")),
            ("Result", text("exit-code")),
            ("User", text("")),
            ("MainPID", Variant::U32(0)),
            ("NRestarts", Variant::U32(4)),
            ("StateChangeTimestamp", Variant::U64(1_795_312_800_000_000)),
            ("ExecMainStartTimestamp", Variant::U64(1_795_312_798_000_000)),
            ("ExecMainExitTimestamp", Variant::U64(1_795_312_799_500_000)),
            ("ExecMainCode", Variant::I32(1)),
            ("ExecMainStatus", Variant::I32(3)),
            ("LimitNOFILE", Variant::U64(524_288)),
            ("MemoryMax", Variant::U64(u64::MAX)),
            ("NeedDaemonReload", Variant::Bool(true)),
            ("TriggeredBy", Variant::new(vec!["shop.socket".to_owned()])),
            (
                "ExecStart",
                Variant::new(vec![exec(&["/usr/bin/app", "--token", "s3cret"], 0, 0, 0, 0)]),
            ),
        ])
        .unit();
        let at = "2026-11-22T02:00:00Z".parse().ok().map(|at: Timestamp| at.as_second());
        assert_eq!(unit.since.map(Timestamp::as_second), at);
        assert!(matches!(unit.ended, Some(Ending::Exited { status: 3, at: Some(at) })
            if at.to_string() == "2026-11-22T01:59:59.5Z"));
        assert_eq!((unit.pid, unit.restarts, unit.files), (None, 4, Some(524_288)));
        assert_eq!((unit.memory_max, unit.user, unit.is_stale), (None, None, true));
        assert_eq!(unit.command.as_deref(), Some("/usr/bin/app --token (redacted)"));
        assert_eq!(unit.triggered_by, ["shop.socket"]);
    }

    #[test]
    fn the_one_that_was_to_prepare_it_is_told_where_it_failed_later() {
        let pre = |began, code, status| {
            vec![
                ("ExecMainStartTimestamp", Variant::U64(1_000)),
                ("ExecMainExitTimestamp", Variant::U64(2_000)),
                ("ExecMainCode", Variant::I32(1)),
                ("ExecMainStatus", Variant::I32(0)),
                (
                    "ExecStartPre",
                    Variant::new(vec![exec(
                        &["/usr/sbin/nginx", "-t"],
                        began,
                        began + 9,
                        code,
                        status,
                    )]),
                ),
            ]
        };
        let ending = |began, code, status| told(pre(began, code, status)).unit().ended;
        assert!(matches!(ending(3_000, 1, 1), Some(Ending::Exited { status: 1, .. })));
        assert!(matches!(
            ending(3_000, 3, 11),
            Some(Ending::Killed { signal: 11, dumped: true, .. })
        ));
        // It succeeded, or failed before the main process was started once more.
        assert!(matches!(ending(3_000, 1, 0), Some(Ending::Exited { status: 0, .. })));
        assert!(matches!(ending(500, 1, 1), Some(Ending::Exited { status: 0, .. })));
        assert!(told(Vec::new()).unit().ended.is_none());
    }

    #[test]
    fn a_shadow_is_no_unit() {
        assert!(told(vec![("LoadState", text("not-found"))]).is_missing());
        assert!(!told(vec![("LoadState", text("masked"))]).is_missing());
    }
}
