//! The smallest change that lets Cloudflare in, in the language of whoever manages the rule that keeps it out.
