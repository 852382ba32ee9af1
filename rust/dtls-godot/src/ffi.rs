//! The `unsafe` code of this crate: the library's entry, packets as raw buffers, and a default for object parameters.
#![allow(unsafe_code)]

use dtls_core::{MAX_PACKET, SendError};
use godot::classes::multiplayer_peer::{ConnectionStatus, TransferMode};
use godot::classes::{IMultiplayerPeerExtension, IPacketPeerExtension};
use godot::global::Error;
use godot::init::{ExtensionLibrary, InitStage, gdextension};
use godot::meta::conv::RawPtr;
use godot::meta::{GodotConvert, GodotImmutable};
use godot::obj::{Gd, GodotClass, InstanceId};
use godot::register::godot_api;
use godot::sys::{self, interface_fn};

use crate::class_enum::ClassEnum as _;
use crate::multiplayer::EnetMultiplayerPeer;
use crate::opt_gd::OrNull;
use crate::options::ClientVerification;
use crate::peer::PacketPeerDtls;
use crate::peer::Status;
use crate::report::ReleaseBorrow as _;
use crate::server::monitors;

struct OpenSslDtls;

// A symbol of our own, so that a project can have several Rust addons.
// SAFETY: the one extension of this library; Godot calls its entry symbol once per load.
#[gdextension(entry_symbol = openssl_dtls_init)]
unsafe impl ExtensionLibrary for OpenSslDtls {
    fn on_stage_init(stage: InitStage) {
        if stage == InitStage::Scene {
            Status::register();
            ClientVerification::register();
        }
    }

    fn on_stage_deinit(stage: InitStage) {
        if stage == InitStage::Scene {
            // Their code would be unloaded.
            dtls_io::stop_all();
            monitors::remove_all();
        }
    }
}

/// The methods behind `get_packet`, `put_packet`, `get_var` and so on.
#[godot_api]
impl IPacketPeerExtension for PacketPeerDtls {
    unsafe fn get_packet_rawptr(
        &mut self,
        r_buffer: RawPtr<*mut RawPtr<*const u8>>,
        r_buffer_size: RawPtr<*mut i32>,
    ) -> Error {
        // SAFETY: these are the arguments of this very call.
        let mut out = unsafe { PacketOut::new(r_buffer, r_buffer_size) };
        if !self.is_readable() {
            return self.refuse(Error::ERR_UNCONFIGURED, "PacketPeerDTLSOpenSSL.get_packet: not connected.");
        }
        if self.link.is_of_multiplayer() {
            return self.refuse_packet("get_packet");
        }
        self.link.take_packet(|packet| out.set(packet));
        Error::OK
    }

    unsafe fn put_packet_rawptr(&mut self, p_buffer: RawPtr<*const u8>, p_buffer_size: i32) -> Error {
        // SAFETY: these are the arguments of this very call, and `send` keeps nothing.
        let packet = unsafe { packet_in(p_buffer, p_buffer_size) };
        if self.link.is_of_multiplayer() {
            return self.refuse_packet("put_packet");
        }
        match self.link.send(packet) {
            Ok(code) => code,
            // A client may disconnect between any two lines of a server's script.
            Err((code, SendError::NotConnected)) if self.link.is_server() => code,
            // Clients that ask for short records must not be able to fill the log.
            Err((code, SendError::TooLarge { length: ..=MAX_PACKET, .. })) if self.link.is_server() => code,
            Err((code, error)) => self.refuse(code, &format!("PacketPeerDTLSOpenSSL.put_packet: {error}.")),
        }
    }

    fn get_available_packet_count(&self) -> i32 {
        if self.is_readable() { self.link.available() as i32 } else { 0 }
    }

    fn get_max_packet_size(&self) -> i32 {
        MAX_PACKET as i32
    }
}

/// The methods behind the scene tree's multiplayer.
#[godot_api]
impl IMultiplayerPeerExtension for EnetMultiplayerPeer {
    unsafe fn get_packet_rawptr(
        &mut self,
        r_buffer: RawPtr<*mut RawPtr<*const u8>>,
        r_buffer_size: RawPtr<*mut i32>,
    ) -> Error {
        // SAFETY: these are the arguments of this very call.
        let mut out = unsafe { PacketOut::new(r_buffer, r_buffer_size) };
        match self.take_packet() {
            Some(packet) => {
                // It stays where it is until the next call, also if a script closes the connection meanwhile.
                out.set(packet);
                Error::OK
            }
            None => self.refuse(Error::ERR_UNAVAILABLE, "ENetMultiplayerPeerOpenSSL.get_packet: no packet waits."),
        }
    }

    unsafe fn put_packet_rawptr(&mut self, p_buffer: RawPtr<*const u8>, p_buffer_size: i32) -> Error {
        // SAFETY: these are the arguments of this very call, and `send_packet` keeps nothing.
        let packet = unsafe { packet_in(p_buffer, p_buffer_size) };
        self.send_packet(packet)
    }

    fn get_available_packet_count(&self) -> i32 {
        self.unread() as i32
    }

    fn get_max_packet_size(&self) -> i32 {
        // As the engine's.
        1 << 24
    }

    fn get_packet_channel(&self) -> i32 {
        self.packet_channel()
    }

    fn get_packet_mode(&self) -> TransferMode {
        self.packet_mode()
    }

    fn get_packet_peer(&self) -> i32 {
        self.packet_peer()
    }

    fn set_transfer_channel(&mut self, p_channel: i32) {
        self.transfer_channel = p_channel;
    }

    fn get_transfer_channel(&self) -> i32 {
        self.transfer_channel
    }

    fn set_transfer_mode(&mut self, p_mode: TransferMode) {
        self.transfer_mode = p_mode;
    }

    fn get_transfer_mode(&self) -> TransferMode {
        self.transfer_mode
    }

    fn set_target_peer(&mut self, p_peer: i32) {
        self.target_peer = p_peer;
    }

    fn is_server(&self) -> bool {
        self.is_hosting()
    }

    fn poll(&mut self) {
        self.poll_network();
    }

    fn close(&mut self) {
        self.close_network();
    }

    fn disconnect_peer(&mut self, p_peer: i32, p_force: bool) {
        self.disconnect(p_peer, p_force);
    }

    fn get_unique_id(&self) -> i32 {
        self.unique_id()
    }

    fn set_refuse_new_connections(&mut self, p_enable: bool) {
        self.set_refusing(p_enable);
    }

    fn is_refusing_new_connections(&self) -> bool {
        self.is_refusing()
    }

    fn is_server_relay_supported(&self) -> bool {
        true
    }

    fn get_connection_status(&self) -> ConnectionStatus {
        self.connection_status()
    }
}

impl PacketPeerDtls {
    fn refuse_packet(&mut self, method: &str) -> Error {
        let message = format!(
            "PacketPeerDTLSOpenSSL.{method}: the packets of this connection are those of its ENetMultiplayerPeerOpenSSL; \
             use that."
        );
        self.refuse(Error::ERR_UNAVAILABLE, &message)
    }
}

/// The output of `PacketPeerExtension._get_packet`.
///
/// The engine always reads both places, so they are set to "no packet" on creation.
struct PacketOut {
    buffer: *mut RawPtr<*const u8>,
    size: *mut i32,
}

impl PacketOut {
    /// # Safety
    /// The pointers are those of a `_get_packet` call in progress.
    unsafe fn new(buffer: RawPtr<*mut RawPtr<*const u8>>, size: RawPtr<*mut i32>) -> Self {
        let mut out = Self { buffer: buffer.ptr(), size: size.ptr() };
        out.set(&[]);
        out
    }

    /// Returns `packet` to the engine, which copies it before anything else can change it.
    fn set(&mut self, packet: &[u8]) {
        // SAFETY: by the contract of `new` both pointers are the engine's own locals, valid during the call.
        unsafe {
            self.buffer.write(RawPtr::new(packet.as_ptr()));
            self.size.write(packet.len() as i32);
        }
    }
}

/// The packet of a `PacketPeerExtension._put_packet` call.
///
/// # Safety
/// The arguments are those of a call in progress, and the result is not used after it.
unsafe fn packet_in<'a>(buffer: RawPtr<*const u8>, size: i32) -> &'a [u8] {
    let length = usize::try_from(size).unwrap_or(0);
    if buffer.ptr().is_null() || length == 0 {
        return &[];
    }
    // SAFETY: the engine passes a buffer of that size, by the contract above.
    unsafe { std::slice::from_raw_parts(buffer.ptr(), length) }
}

/// A listening server's peer by its ID, which [`PacketPeerDtls::native`] set as the tag of its connection. `None` once it is
/// freed.
///
/// gdext's own look-up compares class names, which takes as long as everything else that a server does for a packet.
pub(crate) fn peer_by_id(id: InstanceId) -> Option<Gd<PacketPeerDtls>> {
    // SAFETY: the engine knows all IDs and gives null for one that is freed; those of other classes never come here, and
    // the engine uses none twice. The place is that of an object's pointer.
    let found = unsafe {
        Gd::from_sys_init_opt(|place| {
            place
                .cast::<sys::GDExtensionObjectPtr>()
                .write(interface_fn!(object_get_instance_from_id)(id.to_i64().cast_unsigned()));
        })
    };
    // The look-up did not count a reference. The clone does.
    let found = std::mem::ManuallyDrop::new(found?);
    Some(Gd::clone(&found))
}

// SAFETY: the only default is null, which shares nothing.
unsafe impl<T: GodotClass> GodotImmutable for OrNull<T> where Option<Gd<T>>: GodotConvert<Via = Option<Gd<T>>> {}
