//! A proposed command, read as arguments: no shell will see it.
//!
//! Commands of proposals are written for a shell, as people paste them. What this program runs is the same, cut
//! into words by the two rules that they are written by: blanks part words, single quotes hold them together.
//! Anything else that a shell would act on is refused.

use crate::plan::{Call, Tool};

/// The call; `None` where a shell would do more than cut it into words, or where it is none of the known tools.
pub(super) fn call(command: &str) -> Option<Call> {
    if let Some(call) = deletion(command) {
        return Some(call);
    }
    let words = split(command)?;
    let (program, rest) = words.split_first()?;
    let tool = TOOLS.into_iter().find(|tool| tool.program() == program.as_str())?;
    Some(Call::Tool { tool, arguments: rest.to_vec() })
}

/// The one command of proposals that a shell does more to: it looks a rule's handle up by its comment.
fn deletion(command: &str) -> Option<Call> {
    let rest = command.strip_prefix("nft delete rule ")?;
    let (place, rest) = rest.split_once(" handle \"$(nft -a list chain ")?;
    let (again, rest) = rest.split_once(" | sed -n 's/.* comment \"")?;
    let comment = rest.strip_suffix("\" # handle //p')\"")?;
    let words = split(place)?;
    let chain = <[String; 3]>::try_from(words).ok()?;
    let is_ours = comment.starts_with("rayfix:") && split(comment)?.len() == 1;
    (place == again && is_ours).then(|| Call::DeleteNftRule { chain, comment: comment.to_owned() })
}

const TOOLS: [Tool; 15] = [
    Tool::Ufw,
    Tool::FirewallCmd,
    Tool::Nft,
    Tool::Iptables,
    Tool::Ip6tables,
    Tool::IptablesNft,
    Tool::Ip6tablesNft,
    Tool::IptablesLegacy,
    Tool::Ip6tablesLegacy,
    Tool::Ipset,
    Tool::Ip,
    Tool::Sysctl,
    Tool::Fail2ban,
    Tool::Cscli,
    Tool::Csf,
];

fn split(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => words.extend(word.take()),
            '\'' => {
                let held = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        inner if inner.is_control() => return None,
                        inner => held.push(inner),
                    }
                }
            }
            plain if plain.is_ascii_alphanumeric() || "-_./:=,@%+!".contains(plain) => {
                word.get_or_insert_default().push(plain);
            }
            _ => return None,
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_cut_at_blanks_and_quotes_hold() {
        let read = call("nft 'insert rule ip f i { 1.2.3.0/24 } accept' -a").unwrap();
        let arguments = ["insert rule ip f i { 1.2.3.0/24 } accept", "-a"].map(str::to_owned);
        assert_eq!(read, Call::Tool { tool: Tool::Nft, arguments: arguments.to_vec() });
    }

    #[test]
    fn a_rule_is_taken_away_by_its_comment() {
        let command = "nft delete rule inet f in handle \"$(nft -a list chain inet f in | \
                       sed -n 's/.* comment \"rayfix:1f0c9a3e\" # handle //p')\"";
        let Some(Call::DeleteNftRule { chain, comment }) = call(command) else { panic!() };
        assert_eq!((chain.join(" ").as_str(), comment.as_str()), ("inet f in", "rayfix:1f0c9a3e"));
        assert!(call(&command.replace("rayfix:1f0c9a3e", "rayfix:$(id)")).is_none());
        assert!(call(&command.replace("rayfix:1f0c9a3e", "other")).is_none());
    }

    #[test]
    fn what_a_shell_would_act_on_is_refused() {
        for bad in [
            "ip route add $(id)",
            "iptables-save > /etc/x",
            "ip a; rm x",
            "ip 'a",
            "ip a|b",
            "ip `id`",
            "ip \"a\"",
            "ip a\nb",
            "rm -rf",
            "",
            "ip a&",
            "ip \\a",
            "ip *",
        ] {
            assert!(call(bad).is_none(), "{bad}");
        }
    }
}
