//! Other ways to make the same shop, which some faults begin with.

use super::{Raised, Trouble, faults::SITE};

impl Raised {
    /// Puts a small program in the app's place, on port 8000 of the loopback, and lets nginx ask it.
    /// `handling` is what it does with each `connection`, in Python, indented by four; the next one
    /// is taken after that.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn put_behind_nginx(&self, handling: &str) -> Result<(), Trouble> {
        let program = format!(
            "import socket\n\nlistener = socket.create_server((\"127.0.0.1\", 8000))\nwhile True:\n    \
             connection, _ = listener.accept()\n{handling}\n"
        );
        self.write("/srv/relay/relay.py", "644", program.as_bytes())?;
        let unit = b"[Unit]\nDescription=The relay\n\n\
            [Service]\nExecStart=/usr/bin/python3 /srv/relay/relay.py\n";
        self.write("/etc/systemd/system/relay.service", "644", unit)?;
        self.order(&["systemctl", "daemon-reload"])?;
        self.order(&["systemctl", "start", "relay"])?;
        self.until(&["ss", "-Hltn", "sport = :8000"], |listeners| !listeners.is_empty())?;
        self.replace(SITE, "unix:/run/shop/shop.sock", "127.0.0.1:8000")?;
        self.order(&["systemctl", "restart", "nginx"]).map(|_| ())
    }

    /// Makes the site one of PHP's, by way of php-fpm's socket; the unit of the app is gone.
    ///
    /// # Errors
    /// When it cannot be written or restarted.
    pub fn become_php(&self) -> Result<(), Trouble> {
        self.write("/srv/shop/index.php", "644", b"<h1>Shop</h1><p>Twelve kinds of tea.</p>\n")?;
        let by_php = "include fastcgi_params;\n        \
             fastcgi_param SCRIPT_FILENAME /srv/shop/index.php;\n        \
             fastcgi_pass unix:/run/php/php8.2-fpm.sock;";
        self.replace(SITE, "proxy_pass http://shop;", by_php)?;
        self.order(&["systemctl", "disable", "--now", "shop"])?;
        self.order(&["rm", "/etc/systemd/system/shop.service"])?;
        self.order(&["systemctl", "daemon-reload"])?;
        self.order(&["systemctl", "restart", "nginx"]).map(|_| ())
    }
}
