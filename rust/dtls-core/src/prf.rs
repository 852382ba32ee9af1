//! Derives record keys (RFC 5246 §6.3) and exported keying material (RFC 5705) from a master secret of TLS 1.2.

use std::ffi::CStr;

use openssl::error::ErrorStack;
use openssl::ssl::SslRef;
use zeroize::Zeroizing;

use crate::ossl::Hmac;

/// Size of a hello's random in bytes (RFC 5246 §7.4.1.2).
pub(crate) const RANDOM_LENGTH: usize = 32;

/// Size of a master secret in bytes (RFC 5246 §8.1).
const MASTER_SECRET_LENGTH: usize = 48;

const LONGEST_HASH: usize = 48;

/// The labels of TLS itself. They yield its secrets, so no exporter may start with them (RFC 5705 §4, RFC 7627 §4).
const RESERVED: [&str; 5] =
    ["client finished", "server finished", "master secret", "extended master secret", "key expansion"];

/// A master secret, with the randoms and the hash for which it was negotiated.
pub(crate) struct MasterSecret {
    secret: Zeroizing<Vec<u8>>,
    hash: Hash,
    client_random: [u8; RANDOM_LENGTH],
    server_random: [u8; RANDOM_LENGTH],
}

impl MasterSecret {
    /// The secret of a connection whose handshake is done. `hash` is that of its cipher.
    pub(crate) fn of(ssl: &SslRef, hash: Hash) -> Option<Self> {
        let mut secret = Zeroizing::new(vec![0; MASTER_SECRET_LENGTH]);
        if ssl.session()?.master_key(&mut secret) != MASTER_SECRET_LENGTH {
            return None;
        }
        let (mut client_random, mut server_random) = ([0; RANDOM_LENGTH], [0; RANDOM_LENGTH]);
        ssl.client_random(&mut client_random);
        ssl.server_random(&mut server_random);
        Some(Self { secret, hash, client_random, server_random })
    }

    /// The random of the client's ClientHello.
    pub(crate) const fn client_random(&self) -> &[u8; RANDOM_LENGTH] {
        &self.client_random
    }

    /// Fills `block` with the keys of the records, in the order of RFC 5246 §6.3.
    pub(crate) fn key_block(&self, block: &mut [u8]) -> Result<(), ErrorStack> {
        self.expand(&[b"key expansion", &self.server_random, &self.client_random], block)
    }

    /// Fills `material` for an application. `None` if TLS itself uses the label.
    pub(crate) fn export(&self, label: &str, context: Option<&[u8]>, material: &mut [u8]) -> Option<()> {
        if RESERVED.iter().any(|reserved| label.starts_with(reserved)) {
            return None;
        }
        let length = u16::try_from(context.map_or(0, <[u8]>::len)).ok()?.to_be_bytes();
        let mut seed = vec![label.as_bytes(), &self.client_random, &self.server_random];
        if let Some(context) = context {
            seed.extend([&length[..], context]);
        }
        self.expand(&seed, material).ok()
    }

    /// P_hash of RFC 5246 §5.
    fn expand(&self, seed: &[&[u8]], output: &mut [u8]) -> Result<(), ErrorStack> {
        let mut hmac = Hmac::new(self.hash.name(), &self.secret)?;
        let size = self.hash.size();
        let (mut a, mut block) = (Zeroizing::new([0; LONGEST_HASH]), Zeroizing::new([0; LONGEST_HASH]));
        hmac.sign(seed, &mut *a)?;
        for chunk in output.chunks_mut(size) {
            hmac.sign(&[&[&a[..size]], seed].concat(), &mut *block)?;
            chunk.copy_from_slice(&block[..chunk.len()]);
            let last = a.clone();
            hmac.sign(&[&last[..size]], &mut *a)?;
        }
        Ok(())
    }
}

/// The hash of a cipher's PRF (RFC 5246 §5).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
}

impl Hash {
    const fn name(self) -> &'static CStr {
        match self {
            Self::Sha256 => c"SHA256",
            Self::Sha384 => c"SHA384",
        }
    }

    /// Its size in bytes.
    const fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => LONGEST_HASH,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The test vector for SHA-256 that the TLS working group's list has
    /// (<https://mailarchive.ietf.org/arch/msg/tls/fzVCzk-z3FShgGJ6DOXqM1ydxms/>).
    #[test]
    fn the_expansion_is_that_of_tls() {
        let bytes = |text: &str| -> Vec<u8> {
            text.as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect()
        };
        let secret = MasterSecret {
            secret: Zeroizing::new(bytes("9bbe436ba940f017b17652849a71db35")),
            hash: Hash::Sha256,
            client_random: [0; RANDOM_LENGTH],
            server_random: [0; RANDOM_LENGTH],
        };
        let mut output = [0; 100];
        secret.expand(&[b"test label", &bytes("a0ba9f936cda311827a6f796ffd5198c")], &mut output).unwrap();
        let expected = "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a\
                        6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab\
                        4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701\
                        87347b66";
        assert_eq!(output.to_vec(), bytes(expected));
    }
}
