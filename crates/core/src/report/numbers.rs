//! Numbers of the standards as words, under the names that reports use for them.

pub(crate) use crate::protocol::{alert, cipher, errno, rcode, signal, tls_version as version};
