//! PacketPeerDTLSOpenSSL as a PacketPeer: what `get_packet`, `put_packet`, `get_var` and the like come down to.
#![allow(unsafe_code)]

use dtls_core::MAX_PACKET;
use godot::classes::IPacketPeerExtension;
use godot::global::Error;
use godot::meta::conv::RawPtr;
use godot::register::godot_api;

use crate::ffi::{PacketOut, packet_in};
use crate::peer::PacketPeerDtls;

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
            return Error::ERR_UNCONFIGURED;
        }
        if let Some(packet) = self.received.pop() {
            out.set(packet);
        }
        Error::OK
    }

    unsafe fn put_packet_rawptr(&mut self, p_buffer: RawPtr<*const u8>, p_buffer_size: i32) -> Error {
        // SAFETY: these are the arguments of this very call, and `send` keeps nothing.
        let packet = unsafe { packet_in(p_buffer, p_buffer_size) };
        self.send(packet)
    }

    fn get_available_packet_count(&self) -> i32 {
        if self.is_readable() { self.received.len() as i32 } else { 0 }
    }

    fn get_max_packet_size(&self) -> i32 {
        MAX_PACKET as i32
    }
}
