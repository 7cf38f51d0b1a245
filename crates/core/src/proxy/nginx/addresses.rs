//! Every address that any directive of a configuration hands requests to.
//!
//! It is asked whether nginx can have had an address from the files as they are now: from another
//! site, a page for errors, a group that nobody uses. So nothing is resolved and nothing is judged.

use super::Config;
use super::locate::PASSES;
use super::tree::Directive;
use crate::logs::Upstream;

/// More addresses than a configuration has that a person writes.
const MOST: usize = 300;

impl Config {
    /// The addresses as logs have them, each once, in the order written; a variable stands as it is
    /// written. `None`: there are more than 300.
    #[must_use]
    pub fn addresses(&self) -> Option<Vec<Upstream>> {
        let mut all: Vec<Upstream> = Vec::new();
        let ids = 0..u32::try_from(self.tree.len()).unwrap_or(u32::MAX);
        for directive in ids.filter_map(|id| self.tree.get(id)) {
            let named = leads(directive).then(|| Upstream::read(directive.arg(0).as_bytes()));
            if let Some(address) = named.flatten().filter(|address| !all.contains(address)) {
                all.push(address);
            }
            if all.len() > MOST {
                return None;
            }
        }
        Some(all)
    }
}

/// Whether its first argument is one to hand requests to: a pass, or a member of a group.
fn leads(directive: Directive<'_>) -> bool {
    let is_member = directive.name() == "server" && !directive.is_block();
    is_member || PASSES.contains(&directive.name())
}

#[cfg(test)]
mod tests {
    use crate::scene::host::nginx_sample::config;

    fn addresses(http: &str) -> Vec<String> {
        config(http).addresses().unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_pass_and_every_member_is_named_once() {
        let text = "upstream shop { server unix:/run/shop.sock; server 127.0.0.1:8001 backup; }
            server { listen 80; location / { proxy_pass http://shop; }
              location /php { fastcgi_pass unix:/run/php.sock; }
              location @old { proxy_pass http://127.0.0.1:8001/x; }
              location /any { proxy_pass http://$backend; } }
            server { listen 81; server_name blog; return 503; }";
        let wanted =
            ["unix:/run/shop.sock", "127.0.0.1:8001", "shop", "unix:/run/php.sock", "$backend"];
        assert_eq!(addresses(text), wanted);
    }

    #[test]
    fn more_than_anybody_writes_are_not_told() {
        let members: String = (1..400).map(|port| format!("server 10.0.0.1:{port};")).collect();
        assert_eq!(config(&format!("upstream many {{ {members} }}")).addresses(), None);
    }
}
