//! Records and messages to forge (RFC 6347 §4.1, §4.2.2).

use dtls_test_support::record::header;
pub(crate) use dtls_test_support::record::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, MESSAGE_HEADER, RECORD_HEADER, records,
};

use crate::script::Script;

/// A record without protection, as the script says.
pub(crate) fn record(script: &mut Script<'_>) -> Vec<u8> {
    let kind = kind(script);
    let sequence = u64::from(script.byte() % 3) << 48 | script.number() as u64;
    let fragment = content(script, kind);
    [&header(kind, sequence, fragment.len())[..], &fragment].concat()
}

/// A client's first hello, without a session or a cookie, as it is sent again with `cookie` (RFC 6347 §4.2.1).
pub(crate) fn with_cookie(hello: &[u8], cookie: &[u8]) -> Vec<u8> {
    /// Behind the headers come the version, the random, and a session of no length; then the length of the cookie.
    const COOKIE: usize = RECORD_HEADER + MESSAGE_HEADER + 2 + 32 + 1;
    let mut hello = [&hello[..COOKIE], &[cookie.len() as u8], cookie, &hello[COOKIE + 1..]].concat();
    let record = hello.len() - RECORD_HEADER;
    hello[11..13].copy_from_slice(&(record as u16).to_be_bytes());
    let message = ((record - MESSAGE_HEADER) as u32).to_be_bytes();
    hello[14..17].copy_from_slice(&message[1..]);
    hello[22..25].copy_from_slice(&message[1..]);
    // Of the record and of the message.
    hello[10] = 1;
    hello[18] = 1;
    hello
}

/// A kind of record; mostly one that there is.
pub(crate) fn kind(script: &mut Script<'_>) -> u8 {
    match script.byte() {
        byte if byte % 5 < 4 => CHANGE_CIPHER_SPEC + byte % 5,
        byte => byte,
    }
}

/// What a record of `kind` may hold, as the script says: a message, a run of one byte, or anything.
pub(crate) fn content(script: &mut Script<'_>, kind: u8) -> Vec<u8> {
    match (script.byte() % 4, kind) {
        (0, HANDSHAKE) => message(script),
        (0, ALERT) => vec![script.byte(), script.byte()],
        (0, CHANGE_CIPHER_SPEC) => vec![1],
        (1, _) => vec![script.byte(); script.number() % 17_000],
        _ => script.string().to_vec(),
    }
}

/// A handshake message or a fragment of one. Its header tells the truth, unless the script says otherwise.
fn message(script: &mut Script<'_>) -> Vec<u8> {
    let (kind, sequence) = (script.byte(), script.byte());
    let body = script.string();
    let length = (body.len() as u32).to_be_bytes();
    let mut header = [kind, 0, 0, length[3], 0, sequence, 0, 0, 0, 0, 0, length[3]];
    for _ in 0..script.below(4) {
        header[script.below(MESSAGE_HEADER)] = script.byte();
    }
    [&header[..], body].concat()
}

/// Changes up to four places: a byte becomes another, bytes are put in, the rest is cut off.
pub(crate) fn change_bytes(datagram: &mut Vec<u8>, script: &mut Script<'_>) {
    for _ in 0..=script.below(4) {
        let (place, what) = (script.number() % (datagram.len() + 1), script.byte());
        match what % 8 {
            0 => datagram.truncate(place),
            1 => drop(datagram.splice(place..place, script.string().iter().copied())),
            _ => {
                if let Some(byte) = datagram.get_mut(place) {
                    *byte ^= script.byte();
                }
            }
        }
    }
}

/// Changes fields of the header of a record, or of the first message in it, to what the script says.
pub(crate) fn change_header(datagram: &mut [u8], script: &mut Script<'_>) {
    /// Where the fields are: type, version, epoch, end of the sequence number and length; then those of the message: type,
    /// length, number, offset and length of the fragment.
    const FIELDS: [std::ops::Range<usize>; 10] =
        [0..1, 1..3, 3..5, 9..11, 11..13, 13..14, 14..17, 17..19, 19..22, 22..25];
    let starts: Vec<usize> = records(datagram).map(|(start, _)| start).collect();
    let start = starts.get(script.below(256) % starts.len().max(1)).copied().unwrap_or(0);
    for _ in 0..=script.below(3) {
        let field = FIELDS[script.below(FIELDS.len())].clone();
        let value = (script.number() as u32).to_be_bytes();
        if let Some(field) = datagram.get_mut(start + field.start..start + field.end) {
            field.copy_from_slice(&value[value.len() - field.len()..]);
        }
    }
}

/// The same messages in fragments of at most `length` bytes, side by side in their records; what is protected stays as it is.
pub(crate) fn refragmented(datagram: &[u8], length: usize, backwards: bool) -> Vec<u8> {
    let mut result = Vec::new();
    for (_, record) in records(datagram) {
        let (header, content) = record.split_at(RECORD_HEADER);
        let mut fragments = if record[0] == HANDSHAKE && record[3..5] == [0, 0] {
            fragments(content, length)
        } else {
            vec![content.to_vec()]
        };
        if backwards {
            fragments.reverse();
        }
        let content = fragments.concat();
        result.extend(&header[..11]);
        result.extend((content.len() as u16).to_be_bytes());
        result.extend(content);
    }
    result
}

fn fragments(mut messages: &[u8], length: usize) -> Vec<Vec<u8>> {
    let mut fragments = Vec::new();
    while let Some((message, after)) = messages.split_at_checked(MESSAGE_HEADER) {
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        let (first, (body, next)) = (number(&message[6..9]), after.split_at(number(&message[9..])));
        messages = next;
        // A message without a body has one fragment.
        for start in (0..body.len().max(1)).step_by(length) {
            let part = &body[start..body.len().min(start + length)];
            let (start, length) = ((first + start) as u32, part.len() as u32);
            fragments.push([&message[..6], &start.to_be_bytes()[1..], &length.to_be_bytes()[1..], part].concat());
        }
    }
    fragments
}
