//! The result of a handshake.

use openssl::ssl::SslRef;
use openssl::x509::X509;

use crate::datagram::MAX_PACKET;
use crate::ossl;
use crate::pin::Pin;

/// What the two sides have negotiated, and who the other side is. It outlives the session, for packets that are read later.
pub struct HandshakeInfo {
    cipher: &'static str,
    version: &'static str,
    alpn_protocol: Option<Box<[u8]>>,
    resumed: bool,
    peer_certificate: Option<X509>,
    psk_identity: Option<Box<str>>,
    max_packet: usize,
}

impl std::fmt::Debug for HandshakeInfo {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("HandshakeInfo").field("cipher", &self.cipher).finish_non_exhaustive()
    }
}

impl HandshakeInfo {
    /// Reads it from a connection whose handshake is done.
    pub(crate) fn of(ssl: &SslRef) -> Self {
        Self {
            cipher: ssl.current_cipher().and_then(|cipher| cipher.standard_name()).unwrap_or_default(),
            version: ssl.version_str(),
            alpn_protocol: ssl.selected_alpn_protocol().map(Box::from),
            resumed: ssl.session_reused(),
            peer_certificate: ssl.peer_certificate(),
            psk_identity: ssl.psk_identity().and_then(|identity| str::from_utf8(identity).ok()).map(Box::from),
            max_packet: match ssl.session().map_or(0, ossl::max_fragment_length) {
                0 => MAX_PACKET,
                // RFC 6066 §4: 1 means 2^9 bytes, 2 means 2^10, and so on.
                number => 1 << (8 + u32::from(number)),
            },
        }
    }

    /// The largest packet in bytes: [`MAX_PACKET`], unless the client asked for shorter records (RFC 6066 §4).
    pub const fn max_packet(&self) -> usize {
        self.max_packet
    }

    /// The cipher, by its IANA name.
    pub const fn cipher(&self) -> &'static str {
        self.cipher
    }

    /// The version, for example `DTLSv1.2`.
    pub const fn protocol_version(&self) -> &'static str {
        self.version
    }

    /// The application protocol (RFC 7301), if one was negotiated.
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        self.alpn_protocol.as_deref()
    }

    /// Whether the session resumes an earlier one, so that no certificates were exchanged.
    pub const fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// The other side's certificate. The other side has proved that it holds the private key.
    pub const fn peer_certificate(&self) -> Option<&X509> {
        self.peer_certificate.as_ref()
    }

    /// The fingerprint of that certificate, to pin it.
    pub fn peer_fingerprint(&self) -> Option<Pin> {
        self.peer_certificate.as_ref().and_then(|certificate| Pin::of_certificate(certificate).ok())
    }

    /// The identity of the pre-shared key in use.
    pub fn psk_identity(&self) -> Option<&str> {
        self.psk_identity.as_deref()
    }
}
