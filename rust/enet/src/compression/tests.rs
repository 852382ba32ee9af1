#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const ALL: [Compression; 4] = [Compression::RangeCoder, Compression::FastLz, Compression::Zlib, Compression::Zstd];

/// Bytes as games send them: few values, repeated runs, and noise.
fn commands() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        proptest::collection::vec(0..4_u8, 0..200),
        (any::<u8>(), 0..400_usize).prop_map(|(byte, count)| vec![byte; count]),
        (proptest::collection::vec(any::<u8>(), 1..12), 1..60_usize).prop_map(|(bytes, count)| bytes.repeat(count)),
    ];
    proptest::collection::vec(piece, 1..12).prop_map(|pieces| {
        let mut commands = pieces.concat();
        commands.truncate(MAXIMUM_COMMANDS);
        commands
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_was_compressed_is_decompressed_to_the_same(commands in commands()) {
        for compression in ALL {
            let mut codec = Codec::new(compression);
            // Twice, as a datagram must not depend on those before it.
            for _ in 0..2 {
                let Some(compressed) = codec.compress(&commands).map(<[u8]>::to_vec) else { continue };
                prop_assert!(compressed.len() < commands.len());
                prop_assert_eq!(codec.decompress(&compressed), Some(&*commands));
            }
        }
    }

    #[test]
    fn any_bytes_are_decompressed_to_a_bounded_length_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..1500),
        mutated in commands(),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for compression in ALL {
            let mut codec = Codec::new(compression);
            let compressed = codec.compress(&mutated).map(<[u8]>::to_vec);
            for mut bytes in [Some(bytes.clone()), compressed].into_iter().flatten().filter(|bytes| !bytes.is_empty()) {
                let position = position.index(bytes.len());
                bytes[position] = byte;
                let length = codec.decompress(&bytes).map_or(0, <[u8]>::len);
                prop_assert!(length <= MAXIMUM_COMMANDS);
            }
        }
    }
}

#[test]
fn commands_that_repeat_are_compressed() {
    for compression in ALL {
        let mut codec = Codec::new(compression);
        let compressed = codec.compress(&[7; 1388]).unwrap();
        assert!(compressed.len() < 40, "{compression:?}: {}", compressed.len());
    }
}

#[test]
fn a_datagram_that_decompresses_to_more_than_the_largest_is_refused() {
    let commands = vec![7; MAXIMUM_COMMANDS + 1];
    for compression in ALL {
        let mut codec = Codec::new(compression);
        let mut output = vec![0; MAXIMUM_COMMANDS];
        let compressor = codec.compressor.as_mut().unwrap();
        let length = compressor.compress(&commands, &mut output).unwrap();
        assert_eq!(codec.decompress(&output[..length]), None, "{compression:?}");
        let length = codec.compressor.as_mut().unwrap().compress(&commands[1..], &mut output).unwrap();
        assert_eq!(codec.decompress(&output[..length]).map(<[u8]>::len), Some(MAXIMUM_COMMANDS), "{compression:?}");
    }
}

#[test]
fn a_datagram_that_compression_has_made_longer_than_the_largest_is_refused() {
    // Stored blocks of zlib without bytes.
    let empty = |blocks: usize| [&[0x78, 0x9c], &*[0, 0, 0, 0xff, 0xff].repeat(blocks), &[3, 0, 0, 0, 0, 1]].concat();
    let mut codec = Codec::new(Compression::Zlib);
    assert_eq!(codec.decompress(&empty(810)), Some(&[][..]));
    assert_eq!(codec.decompress(&empty(820)), None);
}

#[test]
fn a_host_without_compression_refuses_compressed_datagrams() {
    let mut codec = Codec::new(Compression::None);
    assert_eq!(codec.compress(&[7; 1388]), None);
    assert_eq!(codec.decompress(&[7; 20]), None);
}

/// What the engine's `PackedByteArray.compress` makes of [`text`].
const FASTLZ_OF_ENGINE: &str = "1474686520717569636b2062726f776e20666f782c20e00a14003be00b14e038290930313233343536373839\
    e0fd09e07709037461696c";
const ZLIB_OF_ENGINE: &str = "789c2bc94855282ccd4cce56482aca2fcf5348cbafd05128c114b4c62648b14a03432363135333730bcb51d66060\
    952466e60000121280da";
const ZSTD_OF_ENGINE: &str = "28b52ffd601201dd0100940274686520717569636b2062726f776e20666f782c203b2c3b2c3b203031323334353637\
    38397461696c0600832d6a02fa00cd002d80be31994c";

fn text() -> Vec<u8> {
    let phrase = "the quick brown fox, the quick brown fox; ";
    [&*phrase.repeat(3), &*"0123456789".repeat(40), "tail"].concat().into_bytes()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|index| u8::from_str_radix(&hex[index..index + 2], 16).unwrap()).collect()
}

#[test]
fn what_the_engine_compresses_is_decompressed() {
    for (compression, hex) in [
        (Compression::FastLz, FASTLZ_OF_ENGINE),
        (Compression::Zlib, ZLIB_OF_ENGINE),
        (Compression::Zstd, ZSTD_OF_ENGINE),
    ] {
        assert_eq!(Codec::new(compression).decompress(&bytes(hex)), Some(&*text()), "{compression:?}");
    }
}

#[test]
fn text_that_repeats_is_as_short_with_zstd_as_the_engine_makes_it() {
    let mut codec = Codec::new(Compression::Zstd);
    assert!(codec.compress(&text()).unwrap().len() <= bytes(ZSTD_OF_ENGINE).len());
}

/// A frame with a window of 1,024 bytes, unless its window descriptor says otherwise.
fn zstd_frame(window_descriptor: u8, blocks: &[&[u8]]) -> Vec<u8> {
    [&[0x28, 0xb5, 0x2f, 0xfd, 0, window_descriptor][..], &blocks.concat()].concat()
}

/// A block of a repeated byte.
fn zstd_run(length: u32, is_last: bool) -> [u8; 4] {
    let header = (length << 3 | 1 << 1 | u32::from(is_last)).to_le_bytes();
    [header[0], header[1], header[2], 7]
}

#[test]
fn a_frame_of_zstd_with_more_than_a_datagram_or_after_its_end_is_refused() {
    let mut codec = Codec::new(Compression::Zstd);
    let (run, last) = (zstd_run(1024, false), zstd_run(1000, true));
    let right = zstd_frame(0, &[&run, &run, &last]);
    assert_eq!(codec.decompress(&right), Some(&[7; 3048][..]));
    for (wrong, why) in [
        (zstd_frame(0, &[&run, &run, &run, &last, &[0]]), "it goes on after its end"),
        (zstd_frame(0, &[&run, &run, &run, &run, &last]), "it has 5,096 bytes"),
        (zstd_frame(0, &[&zstd_run(1025, true)]), "a block exceeds the window"),
        (zstd_frame(0, &[&run, &run]), "it has no last block"),
        (zstd_frame(3 << 3, &[&last]), "its window has 8,192 bytes"),
        (vec![0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0], "it is to be skipped"),
        (Vec::new(), "it is empty"),
    ] {
        assert_eq!(codec.decompress(&wrong), None, "{why}");
        assert_eq!(codec.decompress(&right).map(<[u8]>::len), Some(3048), "after one of which {why}");
    }
}
