//! Command lines without their secrets.
//!
//! What a program was started with tells which address it should listen at and which file it
//! reads, and now and then a password. An option that bears a secret's name loses its value; so do
//! assignments, what precedes the host in a URL, and what is shaped like a token. A word too many
//! goes rather than one too few.

use super::{REDACTED, SECRET_NAMES, text};

/// The most bytes of a command line that are kept.
pub const COMMAND: usize = 300;

/// Parts of names, between hyphens, dots and underscores, that announce a secret in a command line.
const SECRET_PARTS: [&str; 10] =
    ["auth", "dsn", "key", "pass", "passphrase", "pin", "psk", "pw", "salt", "userpass"];

/// Programs whose `-p` is always a password.
const ASKS_BY_P: [&str; 9] = [
    "mariadb",
    "mariadb-admin",
    "mariadb-dump",
    "mongo",
    "mongosh",
    "mysql",
    "mysqladmin",
    "mysqldump",
    "sshpass",
];

/// The words of a command as one line without secrets, at most [`COMMAND`] bytes long.
#[must_use]
pub fn command<S: AsRef<str>>(words: &[S]) -> String {
    let program = words.first().map_or("", |word| word.as_ref());
    let program = program.rsplit('/').next().unwrap_or_default();
    let mut kept = String::new();
    let mut words = words.iter().map(AsRef::as_ref).peekable();
    let mut awaits_value = false;
    while let Some(word) = words.next() {
        if kept.len() > COMMAND {
            break;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        // A value may hold blanks, and ends with its word.
        if std::mem::take(&mut awaits_value) && !word.starts_with("--") {
            kept.push_str(if is_place(word) { word } else { REDACTED });
            continue;
        }
        kept.push_str(&of_word(program, word));
        awaits_value = announces(program, word, words.peek().copied());
    }
    cut(kept, COMMAND)
}

/// At most that many bytes, and no half character.
fn cut(mut line: String, most: usize) -> String {
    if line.len() > most {
        line.truncate(line.floor_char_boundary(most - '…'.len_utf8()));
        line.push('…');
    }
    line
}

fn of_word(program: &str, word: &str) -> String {
    if word.contains(char::is_whitespace) {
        // A shell's script, or a title that the program gave itself.
        let known = text(word);
        let parts: Vec<&str> = known.split_whitespace().collect();
        return command(&parts);
    }
    if let Some((name, value)) = word.split_once('=')
        && !name.contains(['/', '?'])
    {
        if is_secret(name) && !value.is_empty() && !(may_be_file(name) && is_place(value)) {
            return format!("{name}={REDACTED}");
        }
        return format!("{name}={}", of_value(value));
    }
    if let Some(value) = word.strip_prefix("-p").filter(|value| !value.is_empty())
        && (ASKS_BY_P.contains(&program) || !is_plain(value))
    {
        return format!("-p{REDACTED}");
    }
    of_value(word)
}

/// A word that is no assignment: without `user:password@`, and without tokens.
fn of_value(value: &str) -> String {
    if !value.contains("//")
        && let Some((before, host)) = value.split_once('@')
        && before.contains(':')
        && !before.contains('/')
    {
        return format!("{REDACTED}@{host}");
    }
    text(value)
}

/// Whether the next word is a secret.
fn announces(program: &str, word: &str, next: Option<&str>) -> bool {
    if word.contains(['=', ' ']) {
        return false;
    }
    match (program, word) {
        ("sshpass" | "mongo" | "mongosh", "-p")
        | ("redis-cli" | "memcached-tool", "-a")
        | ("curl" | "wget", "-u" | "--user" | "--proxy-user")
        | ("ldapsearch" | "ldapmodify", "-w") => return true,
        (_, word) if word.starts_with("-p") && ASKS_BY_P.contains(&program) => return false,
        (_, "-p") => return next.is_some_and(|next| !is_plain(next)),
        _ => {}
    }
    word.starts_with('-') && is_secret(word) && !(may_be_file(word) && next.is_some_and(is_place))
}

/// Whether a name announces a secret.
fn is_secret(name: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
        || name.split(['-', '_', '.', ':']).any(|part| SECRET_PARTS.contains(&part))
}

/// Whether what a name announces may as well be the path of a file.
fn may_be_file(name: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase();
    ["file", "path", "dir", "key", "keyfile", "pem"].iter().any(|end| name.ends_with(end))
}

/// Whether a value is a path; a secret seldom begins with a slash and never has a dot and two of
/// them.
fn is_place(value: &str) -> bool {
    let path = value.strip_prefix('.').unwrap_or(value);
    path.starts_with('/')
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b))
        && path.bytes().filter(|b| *b == b'/').count() > 1
}

/// Whether what follows `-p` is a port, an address, a path or an ordinary word.
fn is_plain(value: &str) -> bool {
    let name = value.split('=').next().unwrap_or_default();
    let is_word = !name.is_empty()
        && name.len() < 20
        && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_');
    is_word
        || value.starts_with(['/', '-', '.'])
        || value.bytes().all(|b| b.is_ascii_digit() || b".:[]/".contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_command_line_loses_its_secrets_and_keeps_what_it_says_of_addresses_and_files() {
        for (seen, kept) in [
            ("/usr/bin/gunicorn --bind unix:/run/shop/shop.sock shop:app", ""),
            ("nginx: master process /usr/sbin/nginx -g daemon on; master_process on;", ""),
            ("uvicorn app:app --host 0.0.0.0 --port 8000 --ssl-keyfile /etc/ssl/a.key", ""),
            ("cloudflared tunnel run --token-file /etc/cloudflared/token", ""),
            ("rails server -p 3000", ""),
            ("rails server -p3000 -b 127.0.0.1", ""),
            ("prog -pidfile=/run/prog.pid -port=80", ""),
            ("php-fpm: pool www", ""),
            ("haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid -S /run/m.sock", ""),
            (
                "cloudflared --no-autoupdate tunnel run --token eyJhIjoiYWJj",
                "cloudflared --no-autoupdate tunnel run --token (redacted)",
            ),
            ("cloudflared tunnel run --token=eyJh", "cloudflared tunnel run --token=(redacted)"),
            ("app --password=hunter2 -v", "app --password=(redacted) -v"),
            ("app --db-pass hunter2 -v", "app --db-pass (redacted) -v"),
            ("app --api-key hunter2", "app --api-key (redacted)"),
            ("app --secret-key /Hk3+x9", "app --secret-key (redacted)"),
            ("mysql -uroot -phunter2 shop", "mysql -uroot -p(redacted) shop"),
            ("mysqldump -psecret shop", "mysqldump -p(redacted) shop"),
            ("tool -pHunter2!", "tool -p(redacted)"),
            ("tool -p Hunter2!", "tool -p (redacted)"),
            ("sshpass -p secret ssh there", "sshpass -p (redacted) ssh there"),
            ("redis-cli -a secret ping", "redis-cli -a (redacted) ping"),
            ("env SECRET_KEY=hunter2 PORT=80 app", "env SECRET_KEY=(redacted) PORT=80 app"),
            (
                "java -Dspring.datasource.password=x -jar a.jar",
                "java -Dspring.datasource.password=(redacted) -jar a.jar",
            ),
            ("app --db postgres://shop:hunter2@db/shop", "app --db postgres://db/shop"),
            (
                "app DATABASE_URL=postgres://u:p@db/x?sslkey=1",
                "app DATABASE_URL=postgres://db/x?sslkey=…",
            ),
            ("app --db shop:hunter2@tcp(db:3306)/shop", "app --db (redacted)@tcp(db:3306)/shop"),
            ("app --basic-auth joe:hunter2", "app --basic-auth (redacted)"),
            ("app http://a/x?key=hunter2", "app http://a/x?key=…"),
            ("curl -u joe:hunter2 http://a", "curl -u (redacted) http://a"),
            ("service install eyJhIjoiMTIzNDU2Nzg5MGFiY2RlZiJ9", "service install …"),
            ("", ""),
        ] {
            let words: Vec<&str> = seen.split_whitespace().collect();
            assert_eq!(command(&words), if kept.is_empty() { seen } else { kept });
        }
        // A word of its own may hold blanks.
        assert_eq!(command(&["app", "--password", "correct horse"]), "app --password (redacted)");
        assert_eq!(
            command(&["sh", "-c", "TOKEN=x exec app --bind :80"]),
            "sh -c TOKEN=(redacted) exec app --bind :80"
        );
        assert_eq!(
            command(&["curl", "-H", "Authorization: Bearer hunter2"]),
            "curl -H Authorization: Bearer (redacted)"
        );
    }

    proptest! {
        #[test]
        fn any_words_give_a_short_line(words in proptest::collection::vec("\\PC{0,200}", 0..9)) {
            prop_assert!(command(&words).len() <= COMMAND);
        }
    }
}
