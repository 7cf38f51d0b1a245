//! Runs every judge and ranks what they say.
