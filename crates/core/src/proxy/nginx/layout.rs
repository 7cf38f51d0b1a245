//! What was decided when nginx was built: where its files lie unless the configuration says else.
//!
//! `nginx -V` tells it; the caller runs that, and adds `-p`, `-c` and `-e` of the running master's
//! command line. Nothing here guesses by distribution.

use serde::{Deserialize, Serialize};

/// The paths and the user that nginx was built with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// `1.22.1`, if it was told.
    pub version: Option<String>,
    /// What log paths, `root` and the like are relative to; ends without a slash.
    pub prefix: String,
    /// The main file; includes and certificates are relative to its folder.
    pub conf_path: String,
    /// The error log where none is stated; `stderr` on Debian since 1.22.1-9.
    pub error_log: String,
    /// The access log where none is stated.
    pub access_log: String,
    /// The file with the master's number.
    pub pid: String,
    /// The user of the workers.
    pub user: String,
    /// Whether the master runs as root; decides the port of servers without `listen`.
    pub root: bool,
}

impl Default for Layout {
    /// nginx as it is built without options (`auto/options` of 1.22.1).
    fn default() -> Self {
        Layout {
            version: None,
            prefix: "/usr/local/nginx".to_owned(),
            conf_path: "/usr/local/nginx/conf/nginx.conf".to_owned(),
            error_log: "/usr/local/nginx/logs/error.log".to_owned(),
            access_log: "/usr/local/nginx/logs/access.log".to_owned(),
            pid: "/usr/local/nginx/logs/nginx.pid".to_owned(),
            user: "nobody".to_owned(),
            root: true,
        }
    }
}

impl Layout {
    /// Reads what `nginx -V` prints.
    #[must_use]
    pub fn of_version_text(text: &str) -> Self {
        let mut layout = Layout::default();
        let version = text.split("nginx version: ").nth(1).and_then(|rest| rest.lines().next());
        layout.version = version
            .and_then(|line| line.split('/').nth(1))
            .map(|rest| rest.split(' ').next().unwrap_or(rest).to_owned());
        let option = |name: &str| {
            let value = text.split(&format!(" --{name}=")).nth(1)?;
            let value = match value.strip_prefix('\'') {
                Some(quoted) => quoted.split('\'').next(),
                None => value.split_whitespace().next(),
            };
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        if let Some(prefix) = option("prefix") {
            layout = layout.with_prefix(&prefix);
        }
        let prefix = layout.prefix.clone();
        let path = |name: &str| option(name).map(|path| under(&prefix, &path));
        layout.conf_path = path("conf-path").unwrap_or(layout.conf_path);
        layout.error_log = path("error-log-path").unwrap_or(layout.error_log);
        layout.access_log = path("http-log-path").unwrap_or(layout.access_log);
        layout.pid = path("pid-path").unwrap_or(layout.pid);
        layout.user = option("user").unwrap_or(layout.user);
        layout
    }

    /// As `nginx -p PREFIX` of a build whose paths are relative.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_end_matches('/');
        for path in [&mut self.conf_path, &mut self.error_log, &mut self.access_log, &mut self.pid]
        {
            if let Some(rest) = path.strip_prefix(&format!("{}/", self.prefix)) {
                *path = format!("{prefix}/{rest}");
            }
        }
        prefix.clone_into(&mut self.prefix);
        self
    }
}

fn under(prefix: &str, path: &str) -> String {
    if path == "stderr" { path.to_owned() } else { super::load::absolute(prefix, path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_read_from_what_nginx_tells_of_itself() {
        // Debian's nginx-light 1.22.1-9+deb12u11, shortened.
        let text = "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.22 25 Aug 2026\nTLS SNI \
            support enabled\nconfigure arguments: --with-cc-opt='-g -O2' --prefix=/usr/share/nginx \
            --conf-path=/etc/nginx/nginx.conf --http-log-path=/var/log/nginx/access.log \
            --error-log-path=stderr --pid-path=/run/nginx.pid --with-compat\n";
        let layout = Layout::of_version_text(text);
        assert_eq!(layout.version.as_deref(), Some("1.22.1"));
        assert_eq!(layout.prefix, "/usr/share/nginx");
        assert_eq!(layout.conf_path, "/etc/nginx/nginx.conf");
        assert_eq!(layout.error_log, "stderr");
        assert_eq!(layout.access_log, "/var/log/nginx/access.log");
        assert_eq!(layout.pid, "/run/nginx.pid");
        assert_eq!(Layout::of_version_text("").conf_path, "/usr/local/nginx/conf/nginx.conf");
        let moved = Layout::default().with_prefix("/opt/n/");
        assert_eq!(moved.conf_path, "/opt/n/conf/nginx.conf");
    }
}
