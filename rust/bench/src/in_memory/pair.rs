//! What is measured of every implementation.

use anyhow::Result;

/// The cipher that all agree on.
pub(crate) const CIPHER: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";

/// Two ends that are connected: the client seals, the server opens.
pub(crate) trait Pair {
    /// The datagram of `packet`.
    fn seal(&mut self, packet: &[u8]) -> Result<Vec<u8>>;

    /// The size of the packet in `datagram`.
    fn open(&mut self, datagram: Vec<u8>) -> Result<usize>;
}
