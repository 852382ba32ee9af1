//! What a frame (RFC 8878) claims to hold. A decoder makes room for it, and works on it, before it knows better.

/// Block_Type
const RAW: u64 = 0;
const RUN: u64 = 1;
const COMPRESSED: u64 = 2;

/// The shortest copy of the format.
const SHORTEST_COPY: u64 = 3;

/// Whether no block of a frame claims more literals or copies than those of `length` bytes.
pub(super) fn are_at_most(length: u64, frame: &[u8]) -> bool {
    check(length, frame).is_some()
}

fn check(length: u64, mut frame: &[u8]) -> Option<()> {
    let _magic = number(&mut frame, 4)?;
    let descriptor = number(&mut frame, 1)? as usize;
    let is_single_segment = descriptor & 0x20 != 0;
    let window = usize::from(!is_single_segment);
    let dictionary_id = [0, 1, 2, 4][descriptor & 3];
    let content_size = [usize::from(is_single_segment), 2, 4, 8][descriptor >> 6];
    frame.split_off(..window + dictionary_id + content_size)?;
    loop {
        let header = number(&mut frame, 3)?;
        let size = (header >> 3) as usize;
        match header >> 1 & 3 {
            RAW => drop(frame.split_off(..size)?),
            RUN => drop(number(&mut frame, 1)?),
            COMPRESSED => check_block(length, frame.split_off(..size)?)?,
            _ => return None,
        }
        if header & 1 != 0 {
            return Some(());
        }
    }
}

fn check_block(length: u64, mut block: &[u8]) -> Option<()> {
    let first = *block.first()?;
    let (kind, format) = (first & 3, first >> 2 & 3);
    // Of Literals_Section_Header: its bytes, those before the size, and the bits of the size.
    let (bytes, before, bits) = match (kind, format) {
        (0 | 1, 0 | 2) => (1, 3, 5),
        (0 | 1, 1) => (2, 4, 12),
        (0 | 1, _) => (3, 4, 20),
        (_, 0 | 1) => (3, 4, 10),
        (_, 2) => (4, 4, 14),
        (_, _) => (5, 4, 18),
    };
    let sizes = number(&mut block, bytes)? >> before;
    let literals = sizes & ((1 << bits) - 1);
    let stored = match kind {
        0 => literals,
        1 => 1,
        _ => sizes >> bits,
    };
    block.split_off(..stored as usize)?;
    let copies = match number(&mut block, 1)? {
        count @ ..128 => count,
        255 => number(&mut block, 2)? + 0x7f00,
        high => (high - 128) << 8 | number(&mut block, 1)?,
    };
    (literals <= length && copies <= length / SHORTEST_COPY).then_some(())
}

/// The number in the next bytes, of which the first is the lowest.
fn number(input: &mut &[u8], bytes: usize) -> Option<u64> {
    let bytes = input.split_off(..bytes)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of one compressed block.
    fn frame(block: &[u8]) -> Vec<u8> {
        let [first, second, third, _] = ((block.len() as u32) << 3 | 0b101).to_le_bytes();
        [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0, first, second, third], block].concat()
    }

    #[test]
    fn what_a_frame_claims_is_known_before_it_is_decoded() {
        let literals = |header: u32| header.to_le_bytes()[..3].to_vec();
        for (block, is_much, what) in [
            ([&literals(1000 << 4 | 0b1101)[..], &[7, 0]].concat(), false, "1,000 literals, all the same"),
            ([&literals(1001 << 4 | 0b1101)[..], &[7, 0]].concat(), true, "1,001 literals, all the same"),
            ([&literals(3 << 14 | 1000 << 4 | 0b0010)[..], &[1, 2, 3, 0]].concat(), false, "1,000 literals in 3 bytes"),
            ([&literals(3 << 14 | 1001 << 4 | 0b0010)[..], &[1, 2, 3, 0]].concat(), true, "1,001 literals in 3 bytes"),
            (vec![0, 129, 77], false, "333 copies"),
            (vec![0, 129, 78], true, "334 copies"),
            (vec![0, 255, 0, 0], true, "32,512 copies"),
            (vec![3 << 3, 1, 2], true, "more literals than there are"),
            (vec![0], true, "no number of copies"),
            (vec![], true, "nothing"),
        ] {
            assert_eq!(are_at_most(1000, &frame(&block)), !is_much, "{what}");
        }
    }
}
