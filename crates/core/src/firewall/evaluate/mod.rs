//! Sends sets of addresses through the rules.

use std::net::IpAddr;

use super::Firewall;
use super::ruling::{Asked, Outcome, Rulings, Walk};

impl Firewall {
    /// What becomes of connections from every address of the ranges asked about.
    #[must_use]
    pub fn rule(&self, asked: &Asked) -> Rulings {
        let _ = asked;
        Rulings {
            rulings: Vec::new(),
            doors: Vec::new(),
            assumed: Vec::new(),
            troubles: Vec::new(),
            listens: Vec::new(),
        }
    }

    /// One connection's walk through all of it. `asked.ranges` is of no matter.
    #[must_use]
    pub fn walk(&self, from: IpAddr, port: u16, asked: &Asked) -> Walk {
        let _ = asked;
        Walk { from, to: None, port, steps: Vec::new(), outcome: Outcome::Unknown, by: Vec::new() }
    }
}
