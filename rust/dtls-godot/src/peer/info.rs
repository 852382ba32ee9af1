//! PacketPeerDTLSOpenSSL: what a connection reports about itself and about the other side.

use std::sync::Arc;

use dtls_core::HandshakeInfo;
use godot::builtin::{GString, PackedByteArray, VarDictionary, vdict};
use godot::classes::X509Certificate;
use godot::global::Error;
use godot::obj::Gd;
use godot::register::godot_api;

use super::PacketPeerDtls;
use crate::pem;
use crate::report::ReleaseBorrow as _;

impl PacketPeerDtls {
    /// What the two sides have negotiated. It stays available while packets remain to be read, so that the reader can
    /// tell who sent them.
    fn handshake_info(&self) -> Option<Arc<HandshakeInfo>> {
        if self.is_readable() { self.link.handshake_info() } else { None }
    }
}

#[godot_api(secondary)]
impl PacketPeerDtls {
    /// The IANA name of the connection's cipher, for example [code]TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256[/code];
    /// empty until connected.
    ///
    /// ```gdscript
    /// print("Encrypted with %s" % dtls.get_cipher())
    /// ```
    #[func]
    fn get_cipher(&self) -> GString {
        GString::from(self.handshake_info().map(|handshake_info| handshake_info.cipher()).unwrap_or_default())
    }

    /// The version of DTLS, for example [code]DTLSv1.2[/code]; empty until connected.
    ///
    /// ```gdscript
    /// print("Speaking %s" % dtls.get_protocol_version())
    /// ```
    #[func]
    fn get_protocol_version(&self) -> GString {
        GString::from(self.handshake_info().map(|handshake_info| handshake_info.protocol_version()).unwrap_or_default())
    }

    /// The application protocol that both sides agreed on, one of [member TLSOptionsOpenSSL.alpn_protocols]; empty if
    /// there is none.
    ///
    /// ```gdscript
    /// if dtls.get_alpn_protocol() == "my-game/1":
    /// 	print("An older client")
    /// ```
    #[func]
    fn get_alpn_protocol(&self) -> GString {
        let handshake_info = self.handshake_info();
        let name =
            handshake_info.as_ref().and_then(|handshake_info| handshake_info.alpn_protocol()).unwrap_or_default();
        GString::from(&*String::from_utf8_lossy(name))
    }

    /// Whether the connection resumed an earlier session, so that no certificates were exchanged again; see
    /// [member TLSOptionsOpenSSL.session_resumption].
    ///
    /// ```gdscript
    /// print("Back again" if dtls.is_session_resumed() else "New")
    /// ```
    #[func]
    fn is_session_resumed(&self) -> bool {
        self.handshake_info().is_some_and(|handshake_info| handshake_info.is_resumed())
    }

    /// The other side's certificate. The other side has proved that it holds the private key. [code]null[/code] until
    /// connected, and if the other side presented no certificate. A server requests certificates from its clients with
    /// [member TLSOptionsOpenSSL.client_verification].
    ///
    /// ```gdscript
    /// dtls.get_peer_certificate().save("user://last_player.crt")
    /// ```
    #[func]
    fn get_peer_certificate(&mut self) -> Option<Gd<X509Certificate>> {
        let pem = self.handshake_info()?.peer_certificate()?.to_pem().ok()?;
        self.release_borrow(|| pem::to_certificate(&pem, "PacketPeerDTLSOpenSSL.get_peer_certificate"))
    }

    /// The fingerprint of the other side's certificate: [code]"sha256:"[/code] and 64 hexadecimal digits, the form that
    /// [method TLSOptionsOpenSSL.client_pinned] takes. Empty until connected, and if the other side presented no
    /// certificate.
    ///
    /// ```gdscript
    /// if dtls.get_peer_fingerprint() in banned_players:
    /// 	dtls.disconnect_from_peer()
    /// ```
    #[func]
    fn get_peer_fingerprint(&self) -> GString {
        let fingerprint = self.handshake_info().and_then(|handshake_info| handshake_info.peer_fingerprint());
        fingerprint.map(|fingerprint| GString::from(&fingerprint.to_string())).unwrap_or_default()
    }

    /// The identity of the pre-shared key that the connection uses; empty until connected, and for connections with
    /// certificates.
    ///
    /// ```gdscript
    /// players[dtls.get_psk_identity()] = dtls
    /// ```
    #[func]
    fn get_psk_identity(&self) -> GString {
        let handshake_info = self.handshake_info();
        GString::from(
            handshake_info.as_ref().and_then(|handshake_info| handshake_info.psk_identity()).unwrap_or_default(),
        )
    }

    /// Derives [param length] bytes (1 to 4096) that only the two sides of this connection can know. Both sides get the
    /// same bytes for the same [param label] and [param context] (RFC 5705). Use them to bind something to this
    /// connection, for example a login: a token that is signed together with these bytes is useless on another
    /// connection. An empty [param context] counts as none.
    ///
    /// Returns an empty array and pushes an error when not connected or when an argument is not valid.
    ///
    /// ```gdscript
    /// var binding := dtls.export_keying_material("EXPORTER-my-game-login", 32)
    /// dtls.put_var({ token = token, proof = hmac(token_secret, binding) })
    /// ```
    #[func]
    fn export_keying_material(
        &mut self,
        label: GString,
        length: i64,
        #[opt(default = &PackedByteArray::new())] context: PackedByteArray,
    ) -> PackedByteArray {
        let (label, context) = (label.to_string(), context.to_vec());
        // A negative length is out of range, too.
        let length = usize::try_from(length).unwrap_or(0);
        let exported = self.link.ask(move |session| {
            session.export_keying_material(&label, length, Some(&*context).filter(|context| !context.is_empty()))
        });
        match exported.unwrap_or(Err(dtls_core::ExportError::NotConnected)) {
            Ok(material) => PackedByteArray::from(&material[..]),
            Err(error) => {
                let message = format!("PacketPeerDTLSOpenSSL.export_keying_material: {error}.");
                self.refuse(Error::ERR_INVALID_PARAMETER, &message);
                PackedByteArray::new()
            }
        }
    }

    /// The largest packet in bytes that fits into one datagram of [member TLSOptionsOpenSSL.mtu]. Larger packets arrive
    /// only if the network carries fragmented datagrams. 0 until connected.
    ///
    /// ```gdscript
    /// if snapshot.size() > dtls.get_max_payload_size():
    /// 	push_warning("This snapshot may be lost on some networks")
    /// ```
    #[func]
    fn get_max_payload_size(&self) -> i64 {
        self.link.max_payload() as i64
    }

    /// What the connection has done so far, in numbers. They remain available after it has ended:
    ///
    /// - [code]packets_sent[/code], [code]bytes_sent[/code], [code]packets_received[/code],
    ///   [code]bytes_received[/code]: what the script sent and what arrived, without the overhead of encryption.
    /// - [code]dropped_noise[/code]: datagrams that were not DTLS. [code]dropped_records[/code]: records that could not
    ///   be decrypted because they were forged, altered or replayed. [code]dropped_full[/code]: packets that arrived
    ///   while the queue was full.
    /// - [code]retransmissions[/code]: how often the handshake had to retransmit.
    /// - [code]handshake_usec[/code]: how long the handshake took, in microseconds; 0 until it is done.
    /// - [code]queued_packets[/code]: how many packets wait to be read.
    ///
    /// ```gdscript
    /// print("Handshake: %.1f ms" % (dtls.get_statistics().handshake_usec / 1000.0))
    /// ```
    #[func]
    fn get_statistics(&self) -> VarDictionary {
        let counts = self.link.statistics();
        vdict! {
            "packets_sent" => counts.packets_sent as i64,
            "bytes_sent" => counts.bytes_sent as i64,
            "packets_received" => counts.packets_received as i64,
            "bytes_received" => counts.bytes_received as i64,
            "dropped_noise" => counts.dropped_noise as i64,
            "dropped_records" => counts.dropped_records as i64,
            "dropped_full" => self.link.overflowed() as i64,
            "retransmissions" => i64::from(counts.retransmissions),
            "handshake_usec" => counts.handshake_time.map_or(0, |time| time.as_micros() as i64),
            "queued_packets" => self.link.available() as i64,
        }
    }
}
