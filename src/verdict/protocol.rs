//! Protocols that are not the assignment's.

use serde::{Deserialize, Serialize};

/// Another protocol than that of the assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// HTTP.
    Http,
    /// SSH.
    Ssh,
    /// SMTP or FTP, which begin in the same way.
    SmtpOrFtp,
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
    /// The protocol of Redis.
    Redis,
    /// TLS.
    Tls,
}

impl Protocol {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Ssh => "SSH",
            Self::SmtpOrFtp => "SMTP or FTP",
            Self::Imap => "IMAP",
            Self::Pop3 => "POP3",
            Self::Redis => "Redis",
            Self::Tls => "TLS",
        }
    }
}
