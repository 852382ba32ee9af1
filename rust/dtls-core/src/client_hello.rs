//! Reads a ClientHello and writes the HelloVerifyRequest that answers it (RFC 6347 §4.2.1). Anyone can ask for this
//! answer, so it needs no `SSL` and no allocation.

use crate::prf::RANDOM_LENGTH;
use crate::record::{CLIENT_HELLO, HANDSHAKE, RECORD_HEADER};

/// Size in bytes of our cookies.
pub(crate) const COOKIE_LENGTH: usize = 32;

/// Handshake header: type 1, length 3, message number 2, fragment offset 3, fragment length 3 (RFC 6347 §4.2.2).
const MESSAGE_HEADER: usize = 12;
const HELLO_VERIFY_REQUEST: u8 = 3;
/// DTLS 1.0, whatever version is negotiated later (RFC 6347 §4.2.1).
const REQUEST_VERSION: [u8; 2] = [0xfe, 0xff];
const LONGEST_SESSION_ID: u8 = 32;
/// Version 2, the cookie's length 1, the cookie.
const REQUEST_BODY: usize = 3 + COOKIE_LENGTH;

/// The start of a ClientHello.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientHello<'a> {
    pub(crate) random: &'a [u8; RANDOM_LENGTH],
    /// Empty in a first hello.
    pub(crate) cookie: &'a [u8],
    /// Epoch and number of its record.
    sequence: &'a [u8],
}

impl<'a> ClientHello<'a> {
    /// Reads the first record of `datagram`. It must be complete, and hold the hello up to its cookie.
    pub(crate) fn parse(datagram: &'a [u8]) -> Option<Self> {
        let message = Message::first(datagram).filter(|message| message.kind == CLIENT_HELLO && message.offset == 0)?;
        let (random, rest) = message.body.get(2..)?.split_first_chunk()?;
        let (&session_id, rest) = rest.split_first()?;
        if session_id > LONGEST_SESSION_ID {
            return None;
        }
        let (&cookie, rest) = rest.get(usize::from(session_id)..)?.split_first()?;
        Some(Self { random, cookie: rest.get(..usize::from(cookie))?, sequence: message.sequence })
    }

    /// The datagram that asks the client to return `cookie`. It is at most as long as the shortest ClientHello.
    pub(crate) fn verify_request(
        &self,
        cookie: &[u8; COOKIE_LENGTH],
    ) -> [u8; RECORD_HEADER + MESSAGE_HEADER + REQUEST_BODY] {
        const LENGTH: u8 = REQUEST_BODY as u8;
        let mut request = [0; RECORD_HEADER + MESSAGE_HEADER + REQUEST_BODY];
        let (record, message) = request.split_at_mut(RECORD_HEADER);
        record[0] = HANDSHAKE;
        record[1..3].copy_from_slice(&REQUEST_VERSION);
        // The number of the hello's record: choosing another would need state.
        record[3..11].copy_from_slice(self.sequence);
        record[12] = MESSAGE_HEADER as u8 + LENGTH;
        let (header, body) = message.split_at_mut(MESSAGE_HEADER);
        header[0] = HELLO_VERIFY_REQUEST;
        header[3] = LENGTH;
        header[11] = LENGTH;
        body[..2].copy_from_slice(&REQUEST_VERSION);
        body[2] = COOKIE_LENGTH as u8;
        body[3..].copy_from_slice(cookie);
        request
    }
}

/// A fragment of an unprotected handshake message.
struct Message<'a> {
    sequence: &'a [u8],
    kind: u8,
    offset: usize,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// The first message of `datagram`.
    fn first(datagram: &'a [u8]) -> Option<Self> {
        let (header, rest) = datagram.split_first_chunk::<RECORD_HEADER>()?;
        let [kind, major, _, epoch @ .., high, low] = header;
        let sequence = &header[3..11];
        if (*kind, *major, &epoch[..2]) != (HANDSHAKE, 0xfe, &[0, 0]) {
            return None;
        }
        let fragment = rest.get(..usize::from(u16::from_be_bytes([*high, *low])))?;
        let (header, body) = fragment.split_first_chunk::<MESSAGE_HEADER>()?;
        let [kind, l0, l1, l2, _, _, o0, o1, o2, f0, f1, f2] = *header;
        let number = |high, middle, low| u32::from_be_bytes([0, high, middle, low]) as usize;
        let (length, offset, fragment_length) = (number(l0, l1, l2), number(o0, o1, o2), number(f0, f1, f2));
        let fits = offset + fragment_length <= length;
        Some(Self { sequence, kind, offset, body: body.get(..fragment_length).filter(|_| fits)? })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A record with a whole message, of `kind`, from `offset` on.
    fn datagram(kind: u8, offset: u8, body: &[u8]) -> Vec<u8> {
        let length = body.len() as u8;
        let message = [&[kind, 0, 0, length + offset, 0, 0, 0, 0, offset, 0, 0, length], body].concat();
        [&[HANDSHAKE, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 9, 0, message.len() as u8], &message[..]].concat()
    }

    fn hello(session_id: &[u8], cookie: &[u8]) -> Vec<u8> {
        let random = [7; RANDOM_LENGTH];
        let body = [&[0xfe, 0xfd], &random[..], &[session_id.len() as u8], session_id, &[cookie.len() as u8], cookie];
        datagram(CLIENT_HELLO, 0, &body.concat())
    }

    #[test]
    fn a_hello_shows_its_random_and_its_cookie() {
        for (session_id, cookie) in [(&[][..], &[][..]), (&[1; 32], &[2; 32]), (&[], &[3; 20])] {
            let hello = hello(session_id, cookie);
            let parsed = ClientHello::parse(&hello).unwrap();
            assert_eq!((parsed.random, parsed.cookie), (&[7; RANDOM_LENGTH], cookie));
        }
    }

    #[test]
    fn a_hello_that_is_cut_or_has_a_wrong_length_is_no_hello() {
        let whole = hello(&[1; 32], &[2; 32]);
        assert!((0..whole.len()).all(|length| ClientHello::parse(&whole[..length]).is_none()));
        for (place, value) in [(0, 23), (1, 3), (4, 1), (12, 255), (13, 2), (21, 1), (24, 255), (59, 33), (92, 33)] {
            let mut other = whole.clone();
            other[place] = value;
            assert!(ClientHello::parse(&other).is_none(), "byte {place}");
        }
    }

    #[test]
    fn a_request_for_the_cookie_is_no_longer_than_any_hello_and_takes_its_record_s_number() {
        let shortest = hello(&[], &[]);
        let request = ClientHello::parse(&shortest).unwrap().verify_request(&[5; COOKIE_LENGTH]);
        assert!(request.len() <= shortest.len(), "{} for {} bytes", request.len(), shortest.len());
        assert_eq!(request[3..11], shortest[3..11]);
        let body = [&REQUEST_VERSION[..], &[32], &[5; COOKIE_LENGTH]].concat();
        let mut expected = datagram(HELLO_VERIFY_REQUEST, 0, &body);
        expected[3..11].copy_from_slice(&shortest[3..11]);
        assert_eq!(request[..], expected);
    }
}
