#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const ALL: [Compression; 3] = [Compression::RangeCoder, Compression::FastLz, Compression::Zlib];

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

fn text() -> Vec<u8> {
    let phrase = "the quick brown fox, the quick brown fox; ";
    [&*phrase.repeat(3), &*"0123456789".repeat(40), "tail"].concat().into_bytes()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|index| u8::from_str_radix(&hex[index..index + 2], 16).unwrap()).collect()
}

#[test]
fn what_the_engine_compresses_is_decompressed() {
    for (compression, hex) in [(Compression::FastLz, FASTLZ_OF_ENGINE), (Compression::Zlib, ZLIB_OF_ENGINE)] {
        assert_eq!(Codec::new(compression).decompress(&bytes(hex)), Some(&*text()), "{compression:?}");
    }
}
