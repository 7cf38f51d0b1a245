//! The kernel as the judge: rulesets loaded into a network namespace, real packets from any address sent
//! at them over a wire, and what becomes of each held against what rayfix says.
//!
//! ```text
//!  outside: the prober, any address      host: rules, routes, programs that listen
//!  203.0.113.1, 2001:db8:10::1  ──────── eth0: 203.0.113.10, 2001:db8:10::10
//! ```
//!
//! # A case
//! A case is a script of bash, `real/filter/cases/NAME.sh`, that runs as root on the host before probes are
//! sent: in its network, with `/etc`, `/var/lib` and `/var/log` that it may write to without the machine
//! noticing, an empty `/run`, and processes that end with the stage. It stops at the first command that
//! fails. `. "$LAB/helpers.sh"` gives it `cloudflare`, `cloudflare4`, `cloudflare6` (the ranges, one a line)
//! and `container`. What it leaves running must not hold its output (`> /dev/null 2>&1 &`).
//!
//! Its first lines are comments: what it imitates, in sentences, and then what holds:
//!
//! ```text
//! # A host whose list of bad addresses took in a range of Cloudflare's.
//! #
//! # kernel: 172.64.0.0/13 443 dropped
//! # kernel: others 80,443 accepted
//! # by: 172.64.0.0/13 443 ip bl pre handle 7
//! # unknown allowed: the time of day is not asked for
//! # listen: 0.0.0.0:80 [::]:80
//! # needs: nft_synproxy
//! ```
//!
//! * `kernel:` WHO PORTS FATE: what the kernel does, so that a script that loads nothing is noticed. WHO: a
//!   prefix, an address, `cloudflare`, `cloudflare4`, `cloudflare6`, `others`, `others4`, `others6`, `all`.
//!   FATE: `accepted`, `dropped`, `reset`, `unreachable`, `port-unreachable`. What stands first wins where two
//!   lines speak of the same address.
//! * `by:` WHO PORTS TEXT: who decides, as rayfix tells it, holds this text: `ip bl pre handle 7`.
//! * `unknown allowed:` WHY: rayfix may say that it cannot tell; without the line it may not.
//! * `listen:` where programs listen on the host; else at 22, 80, 443, 8080, 8443 of both families.
//! * `ports:` which are tried; else 80, 443 and 22.
//! * `needs:` PROGRAM ...: what must be installed besides; else the case is skipped.

pub mod case;
mod chance;
pub mod choice;
pub mod compare;
mod fate;
pub mod needs;
pub mod random;
mod stage;
pub mod trial;

pub use self::case::Case;
pub use self::chance::Chance;
pub use self::fate::{Fate, Probe};
pub use self::stage::{LISTENERS, LOOK, Stage, look_by, packed};
