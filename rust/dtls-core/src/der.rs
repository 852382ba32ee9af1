//! Whether the bytes of a certificate are DER, as RFC 5280 §4.1 demands. OpenSSL also reads BER, in which a value has many
//! encodings.

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

const CONSTRUCTED: u8 = 0x20;
/// The class of a tag, and whether its number is in further bytes.
const CLASS: u8 = 0xc0;
const LONG_TAG: u8 = 0x1f;

/// How deep values may lie in others; those of a certificate take ten or so.
const MAX_DEPTH: u8 = 32;

/// The beginning of a standard extension: its identifier is 2.5.29 and one more byte.
const STANDARD_EXTENSION: [u8; 4] = [6, 3, 0x55, 0x1d];
const SUBJECT_ALTERNATIVE_NAME: u8 = 17;
/// The tags of a GeneralName (RFC 5280 §4.2.1.6).
const GENERAL_NAMES: [u8; 9] = [0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88];

/// Whether a certificate, with the standard extensions in it, is DER (X.690 §10 and §11).
pub(crate) fn is_der(certificate: &[u8]) -> bool {
    is_list(certificate, 0) == Some(1)
}

struct Value<'a> {
    tag: u8,
    content: &'a [u8],
}

/// How many values `bytes` are, if each is DER.
fn is_list(mut bytes: &[u8], depth: u8) -> Option<usize> {
    let mut count = 0;
    while !bytes.is_empty() {
        let (value, rest) = read(bytes)?;
        if depth == MAX_DEPTH || !is_strict(&value, depth + 1) {
            return None;
        }
        bytes = rest;
        count += 1;
    }
    Some(count)
}

/// The first value of `bytes`, if its length is definite and in the fewest bytes, and what follows it.
fn read(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let (&tag, mut rest) = bytes.split_first()?;
    if tag & LONG_TAG == LONG_TAG {
        let last = rest.iter().position(|byte| byte & 0x80 == 0)?;
        rest = &rest[last + 1..];
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // Longer ones do not fit into a message of a handshake.
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let fewest = length[0] != 0 && (length.len() > 1 || length[0] >= 0x80);
            (fewest.then(|| length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))?, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((Value { tag, content }, rest))
}

fn is_strict(value: &Value<'_>, depth: u8) -> bool {
    let content = value.content;
    match value.tag {
        BOOLEAN => matches!(content, [0 | 0xff]),
        INTEGER => match content {
            [] => false,
            [_] => true,
            [0, second, ..] => *second >= 0x80,
            [0xff, second, ..] => *second < 0x80,
            _ => true,
        },
        BIT_STRING => match content {
            [0] => true,
            [unused @ 0..8, .., last] => last & ((1 << unused) - 1) == 0,
            _ => false,
        },
        NULL => content.is_empty(),
        SEQUENCE => is_list(content, depth).is_some() && is_extension_strict(content, depth),
        SET => is_list(content, depth).is_some(),
        // Strings in pieces.
        tag if tag & CLASS == 0 => tag & CONSTRUCTED == 0,
        tag => tag & CONSTRUCTED == 0 || is_list(content, depth).is_some(),
    }
}

/// Whether `sequence`, if it is a standard extension, holds one value in DER.
fn is_extension_strict(sequence: &[u8], depth: u8) -> bool {
    let Some((kind, mut rest)) = sequence.strip_prefix(&STANDARD_EXTENSION).and_then(<[u8]>::split_first) else {
        return true;
    };
    while let Some((value, others)) = read(rest) {
        if value.tag == OCTET_STRING {
            return is_list(value.content, depth) == Some(1)
                && (*kind != SUBJECT_ALTERNATIVE_NAME || are_general_names(value.content));
        }
        rest = others;
    }
    true
}

/// Whether each name is whole: a tag of a GeneralName does not tell a string in pieces from a list.
fn are_general_names(list: &[u8]) -> bool {
    let Some((Value { content: mut names, .. }, _)) = read(list) else { return false };
    while let Some((name, rest)) = read(names) {
        if !GENERAL_NAMES.contains(&name.tag) {
            return false;
        }
        names = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mozilla_s_roots_are_der() {
        for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            assert!(is_der(root), "{root:?}");
        }
    }

    #[test]
    fn one_value_has_one_encoding() {
        for strict in [
            &[0x30, 0][..],
            &[1, 1, 0xff],
            &[2, 2, 0, 0x80],
            &[2, 1, 0],
            &[3, 2, 7, 0x80],
            &[3, 1, 0],
            &[0x9f, 0x81, 1, 1, 5],
            &[0x30, 9, 6, 3, 0x55, 0x1d, 0x0f, 4, 2, 5, 0],
        ] {
            assert!(is_der(strict), "{strict:02x?}");
        }
        for lax in [
            &[][..],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x81, 0],
            &[0x30, 0x84, 0, 0, 0, 0],
            &[0x30, 0, 0x30, 0],
            &[0x30, 1],
            &[1, 1, 1],
            &[2, 0],
            &[2, 2, 0, 1],
            &[2, 2, 0xff, 0x80],
            &[3, 0],
            &[3, 2, 7, 0xff],
            &[3, 2, 8, 0],
            &[5, 1, 0],
            &[0x24, 3, 4, 1, 1],
            &[0x30, 11, 6, 3, 0x55, 0x1d, 0x0f, 4, 4, 5, 0, 5, 0],
        ] {
            assert!(!is_der(lax), "{lax:02x?}");
        }
    }

    #[test]
    fn values_within_a_thousand_others_are_refused_at_once() {
        let mut nested = Vec::new();
        for _ in 0..1000 {
            let length = (nested.len() as u16).to_be_bytes();
            let header = match nested.len() {
                0..0x80 => vec![0x30, length[1]],
                0x80..0x100 => vec![0x30, 0x81, length[1]],
                _ => vec![0x30, 0x82, length[0], length[1]],
            };
            nested = [header, nested].concat();
        }
        assert!(!is_der(&nested));
    }
}
