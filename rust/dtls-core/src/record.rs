//! Reads what is readable without keys: record and handshake headers (RFC 6347 §4.1, §4.2.2).

use crate::cipher_suite::LEAST_OVERHEAD;

/// Record header: type 1, version 2, epoch 2, sequence number 6, length 2.
pub(crate) const RECORD_HEADER: usize = 13;
/// Handshake header: type 1, length 3, sequence number 2, fragment offset 3, fragment length 3.
const MESSAGE_HEADER: usize = 12;

/// Content types of records (RFC 5246 §6.2.1).
pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const APPLICATION_DATA: u8 = 23;

/// Types of handshake messages (RFC 5246 §7.4).
pub(crate) const CLIENT_HELLO: u8 = 1;
const NEW_SESSION_TICKET: u8 = 4;

/// More messages than a handshake has. Sequence numbers count them.
pub(crate) const MAX_MESSAGES: usize = 32;

/// Whether `datagram` is a later fragment of a ClientHello (RFC 6347 §4.2.3). Once
/// [`Acceptor::accept`](crate::Acceptor::accept) has made a session from the first fragment, pass it to
/// [`Session::receive`](crate::Session::receive). Before that it is noise, unless the first fragment waits: then keep it
/// after that one.
pub fn is_hello_fragment(datagram: &[u8]) -> bool {
    let is_fragment = |message: Option<Message>| {
        message.is_some_and(|message| message.kind == CLIENT_HELLO && message.is_plausible() && message.offset > 0)
    };
    let mut length = 0;
    let fragments_only = records(datagram).all(|record| {
        length += record.bytes.len();
        let is_handshake = record.kind() == HANDSHAKE && record.bytes[1] == 0xfe && !record.is_protected();
        is_handshake && !record.fragment().is_empty() && messages(record.fragment()).all(is_fragment)
    });
    fragments_only && length > 0 && length == datagram.len()
}

/// A record as it was received.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// Header and fragment.
    pub(crate) bytes: &'a [u8],
}

impl<'a> Record<'a> {
    pub(crate) const fn kind(self) -> u8 {
        self.bytes[0]
    }

    /// The epoch in the upper 16 bits, and the sequence number in the others, as in nonces and additional data.
    pub(crate) fn sequence(self) -> u64 {
        number(self.bytes.get(3..11).unwrap_or_default())
    }

    /// Counts the changes of keys (RFC 6347 §4.1): 0 during the handshake, 1 after it. A session has one handshake.
    pub(crate) fn epoch(self) -> u64 {
        self.sequence() >> 48
    }

    pub(crate) fn is_protected(self) -> bool {
        self.bytes[3..5] != [0, 0]
    }

    pub(crate) fn fragment(self) -> &'a [u8] {
        self.bytes.get(RECORD_HEADER..).unwrap_or_default()
    }

    /// Whether it belongs to the flight that ends a handshake (RFC 6347 §4.2.4): ticket, ChangeCipherSpec, Finished.
    pub(crate) fn ends_a_handshake(self) -> bool {
        match self.kind() {
            CHANGE_CIPHER_SPEC => true,
            HANDSHAKE => self.is_protected() || self.fragment().first() == Some(&NEW_SESSION_TICKET),
            _ => false,
        }
    }
}

/// The header of a DTLS 1.2 record whose fragment has `length` bytes. `sequence` is as in [`Record::sequence`].
pub(crate) fn header(kind: u8, sequence: u64, length: usize) -> [u8; RECORD_HEADER] {
    let mut header = [kind, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header[3..11].copy_from_slice(&sequence.to_be_bytes());
    header[11..].copy_from_slice(&(length as u16).to_be_bytes());
    header
}

/// The records of `datagram`, up to its end or to the first incomplete record.
pub(crate) fn records(datagram: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_be_bytes(rest.get(11..RECORD_HEADER)?.try_into().ok()?));
        let (bytes, next) = rest.split_at_checked(RECORD_HEADER + length)?;
        rest = next;
        Some(Record { bytes })
    })
}

/// How many records `datagram` holds; `None` if it is noise. In a plausible datagram, all records are complete, protected
/// ones are long enough to be decrypted, and during a handshake unprotected ones are such as a handshake has.
///
/// OpenSSL ends a session because of some unexpected records, so it must not see noise. A good forgery can still end a
/// handshake, as in every DTLS 1.2. A connected session ignores everything that is not protected.
pub(crate) fn plausible_records(datagram: &[u8], handshaking: bool, overhead: usize) -> Option<usize> {
    let (mut count, mut length) = (0, 0);
    for record in records(datagram) {
        let fragment = record.fragment();
        let plausible = if record.is_protected() {
            fragment.len() >= least_length(record.kind(), handshaking, overhead)
        } else {
            !handshaking || fits(record.kind(), fragment)
        };
        if !plausible {
            return None;
        }
        count += 1;
        length += record.bytes.len();
    }
    // For OpenSSL, an empty datagram is the end of the stream.
    (count > 0 && length == datagram.len()).then_some(count)
}

/// Whether `datagram` begins with a protected packet or alert, which only a connected session can decrypt.
pub fn is_protected_data(datagram: &[u8]) -> bool {
    records(datagram)
        .next()
        .is_some_and(|record| record.is_protected() && matches!(record.kind(), APPLICATION_DATA | ALERT))
}

/// The fewest bytes that the fragment of a protected record of `kind` has. Only application data may be empty (RFC 5246
/// §6.2.1).
fn least_length(kind: u8, handshaking: bool, overhead: usize) -> usize {
    match kind {
        // These wait until the handshake is done. The cipher is not known yet.
        APPLICATION_DATA if handshaking => LEAST_OVERHEAD,
        ALERT if handshaking => LEAST_OVERHEAD + 1,
        APPLICATION_DATA => overhead,
        _ => overhead + 1,
    }
}

/// How many bytes longer a datagram is than its packet, if the cipher adds `overhead`.
pub(crate) fn record_overhead(overhead: usize) -> usize {
    RECORD_HEADER + overhead
}

fn fits(kind: u8, fragment: &[u8]) -> bool {
    match kind {
        CHANGE_CIPHER_SPEC => fragment == [1],
        ALERT => matches!(fragment, [1 | 2, _]),
        HANDSHAKE => {
            !fragment.is_empty() && messages(fragment).all(|message| message.is_some_and(|it| it.is_plausible()))
        }
        _ => false,
    }
}

/// The header of a handshake message, or of a fragment of one (RFC 6347 §4.2.2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    kind: u8,
    /// Bytes of the whole message.
    pub(crate) length: usize,
    /// The number of the message among those of its sender.
    pub(crate) sequence: usize,
    offset: usize,
    fragment_length: usize,
}

impl Message {
    const fn is_plausible(self) -> bool {
        matches!(self.kind, 0..=4 | 11..=16 | 20..=22)
            && self.sequence < MAX_MESSAGES
            && self.offset + self.fragment_length <= self.length
    }
}

/// The headers of the messages in the fragment of an unprotected handshake record. The last is `None` if it is cut off.
pub(crate) fn messages(mut fragment: &[u8]) -> impl Iterator<Item = Option<Message>> {
    std::iter::from_fn(move || {
        if fragment.is_empty() {
            return None;
        }
        let message = fragment.split_at_checked(MESSAGE_HEADER).and_then(|(header, body)| {
            let field = |range: std::ops::Range<usize>| number(&header[range]) as usize;
            let message = Message {
                kind: header[0],
                length: field(1..4),
                sequence: field(4..6),
                offset: field(6..9),
                fragment_length: field(9..12),
            };
            fragment = body.get(message.fragment_length..)?;
            Some(message)
        });
        if message.is_none() {
            fragment = &[];
        }
        Some(message)
    })
}

/// A big-endian number of up to eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cipher_suite::MAX_OVERHEAD;

    fn record(kind: u8, epoch: u8, fragment: &[u8]) -> Vec<u8> {
        let length = (fragment.len() as u16).to_be_bytes();
        [&[kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0][..], &length, fragment].concat()
    }

    #[test]
    fn records_that_a_handshake_has_are_plausible_also_side_by_side() {
        let hello_done = record(HANDSHAKE, 0, &[14, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0]);
        let finished = record(HANDSHAKE, 1, &[0x5a; 40]);
        let change = record(CHANGE_CIPHER_SPEC, 0, &[1]);
        let alert = record(ALERT, 0, &[2, 40]);
        let both = [change.clone(), finished.clone()].concat();
        assert_eq!(plausible_records(&both, true, MAX_OVERHEAD), Some(2));
        for datagram in [&hello_done, &finished, &change, &alert] {
            assert!(plausible_records(datagram, true, MAX_OVERHEAD).is_some(), "{datagram:?}");
        }
    }

    #[test]
    fn a_later_fragment_of_a_hello_is_told_from_a_first_one_and_from_other_messages() {
        let message =
            |kind, offset, length| [&[kind, 0, 0, 100, 0, 1, 0, 0, offset, 0, 0, length][..], &[7; 100]].concat();
        let fragment = |kind, offset, length: u8| message(kind, offset, length)[..12 + usize::from(length)].to_vec();
        let later = record(HANDSHAKE, 0, &fragment(CLIENT_HELLO, 60, 40));
        let first = record(HANDSHAKE, 0, &fragment(CLIENT_HELLO, 0, 60));
        assert!(is_hello_fragment(&later));
        assert!(is_hello_fragment(&[later.clone(), later.clone()].concat()));
        let mut cut = later.clone();
        cut.pop();
        for other in [
            vec![],
            cut,
            first.clone(),
            [first, later].concat(),
            record(HANDSHAKE, 0, &[]),
            record(HANDSHAKE, 1, &fragment(CLIENT_HELLO, 60, 40)),
            record(HANDSHAKE, 0, &fragment(CLIENT_HELLO, 60, 41)),
            record(HANDSHAKE, 0, &fragment(16, 60, 40)),
            record(ALERT, 0, &fragment(CLIENT_HELLO, 60, 40)),
        ] {
            assert!(!is_hello_fragment(&other), "{other:?}");
        }
    }

    #[test]
    fn records_that_no_handshake_has_are_noise() {
        let early_data = record(23, 0, b"hello");
        let unknown = record(25, 0, b"hello");
        let half_an_alert = record(ALERT, 0, &[2]);
        let fragment_past_the_end = record(HANDSHAKE, 0, &[14, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 1]);
        let too_short_to_open = record(HANDSHAKE, 1, &[0; MAX_OVERHEAD]);
        let too_short_a_packet = record(APPLICATION_DATA, 1, &[0; LEAST_OVERHEAD - 1]);
        let an_empty_alert = record(ALERT, 1, &[0; LEAST_OVERHEAD]);
        let mut cut = record(CHANGE_CIPHER_SPEC, 0, &[1]);
        cut.pop();
        for datagram in [
            &early_data,
            &unknown,
            &half_an_alert,
            &fragment_past_the_end,
            &too_short_to_open,
            &too_short_a_packet,
            &an_empty_alert,
            &cut,
            &vec![],
        ] {
            assert!(plausible_records(datagram, true, MAX_OVERHEAD).is_none(), "{datagram:?}");
        }
    }
}
