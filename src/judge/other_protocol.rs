//! Servers that speak another protocol: the address, or the command, is of something else.

use crate::verdict::Protocol;

/// How a server of each protocol begins, or answers what it does not understand. None of it starts a reply whose text the
/// harness has drawn.
const BEGINNINGS: &[(&[u8], Protocol)] = &[
    (b"HTTP/1.", Protocol::Http),
    (b"<!DOCTYPE", Protocol::Http),
    (b"<html", Protocol::Http),
    (b"SSH-", Protocol::Ssh),
    (b"220 ", Protocol::SmtpOrFtp),
    (b"220-", Protocol::SmtpOrFtp),
    (b"* OK ", Protocol::Imap),
    (b"+OK ", Protocol::Pop3),
    (b"-ERR ", Protocol::Redis),
];

/// An alert of two bytes, in any version of TLS.
const TLS_ALERT: (&[u8], usize, &[u8]) = (b"\x15\x03", 1, b"\0\x02");

/// The protocol that a server speaks by what it has sent, where that is another one.
pub(super) fn other_protocol(received: &[u8]) -> Option<Protocol> {
    let (start, version_len, len) = TLS_ALERT;
    let rest = received.strip_prefix(start).and_then(|rest| rest.get(version_len..));
    if rest.is_some_and(|rest| rest.starts_with(len) && rest.len() == len.len() + 2) {
        return Some(Protocol::Tls);
    }
    let begins = |(start, protocol): &(&[u8], Protocol)| received.starts_with(start).then_some(*protocol);
    BEGINNINGS.iter().find_map(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_other_protocols_are_known_by_their_first_words() {
        for (received, protocol) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], Some(Protocol::Http)),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Some(Protocol::Ssh)),
            (b"220 mail.example.org ESMTP\r\n", Some(Protocol::SmtpOrFtp)),
            (b"\x15\x03\x03\0\x02\x02\x0a", Some(Protocol::Tls)),
            // A reply with a length of two bytes, and one without a length.
            (b"\x15\x03\x03\0\x02\x02\x0a and more", None),
            (b"220tj3H", None),
            (b"\0\0\0\x08HTTP/1.1", None),
            (b"", None),
        ] {
            assert_eq!(other_protocol(received), protocol, "{}", received.escape_ascii());
        }
    }
}
