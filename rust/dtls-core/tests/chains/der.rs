//! Writes DER (X.690), and what is wrong on purpose.

use openssl::asn1::Asn1Object;

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const UTF8: u8 = 0x0c;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

/// A value of `tag`, its length in the fewest bytes.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let header = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        0x100..0x1_0000 => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        _ => vec![tag, 0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8],
    };
    [header, content].concat()
}

/// The same value with its length in four bytes, which only BER allows.
pub fn long_length(der: &[u8]) -> Vec<u8> {
    let (tag, content) = split(der);
    [&[tag, 0x84], &(content.len() as u32).to_be_bytes()[..], content].concat()
}

/// The same constructed value with an end in place of a length, which only BER allows.
pub fn indefinite_length(der: &[u8]) -> Vec<u8> {
    let (tag, content) = split(der);
    [&[tag, 0x80], content, &[0, 0]].concat()
}

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, parts)
}

pub fn integer(bytes: &[u8]) -> Vec<u8> {
    tlv(INTEGER, &[bytes])
}

pub fn oid(dotted: &str) -> Vec<u8> {
    tlv(0x06, &[Asn1Object::from_str(dotted).unwrap().as_slice()])
}

/// A name of one attribute: a common name in a string of type `tag`.
pub fn common_name(tag: u8, text: &[u8]) -> Vec<u8> {
    sequence(&[&tlv(SET, &[&sequence(&[&oid("2.5.4.3"), &tlv(tag, &[text])])])])
}

/// The tag and the content of a value.
pub fn split(der: &[u8]) -> (u8, &[u8]) {
    let header = match der[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let size = usize::from(long & 0x7f);
            (2 + size, der[2..2 + size].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
    };
    (der[0], &der[header.0..][..header.1])
}

/// The values that stand one after the other in `content`, each with its header.
pub fn values(mut content: &[u8]) -> Vec<&[u8]> {
    let mut values = Vec::new();
    while !content.is_empty() {
        let inner = split(content).1;
        let length = inner.as_ptr().addr() - content.as_ptr().addr() + inner.len();
        let (value, rest) = content.split_at(length);
        values.push(value);
        content = rest;
    }
    values
}
