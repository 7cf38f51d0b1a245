//! Proposals on hosts as people leave them, each proven by evaluation.
