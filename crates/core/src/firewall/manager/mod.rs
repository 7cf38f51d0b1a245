//! Who manages the rules of this host: ufw, firewalld, docker, fail2ban, CrowdSec, csf, kubernetes, or hands.
