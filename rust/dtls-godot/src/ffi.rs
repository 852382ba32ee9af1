//! The `unsafe` of this crate: raw packet buffers, and an object parameter that may be left out.
#![allow(unsafe_code)]

use godot::meta::conv::{ByValue, RawPtr};
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, GodotImmutable, ToGodot};
use godot::obj::{Gd, GodotClass};

/// Where `PacketPeerExtension._get_packet` wants the packet.
///
/// The engine reads both places whatever happens, so they are set to "no packet" on creation.
pub(crate) struct PacketOut {
    buffer: *mut RawPtr<*const u8>,
    size: *mut i32,
}

impl PacketOut {
    /// # Safety
    /// The pointers are those of a `_get_packet` call that is under way.
    pub(crate) unsafe fn new(buffer: RawPtr<*mut RawPtr<*const u8>>, size: RawPtr<*mut i32>) -> Self {
        let mut out = Self { buffer: buffer.ptr(), size: size.ptr() };
        out.set(&[]);
        out
    }

    /// Shows `packet` to the engine, which copies it before anything else can touch its owner.
    pub(crate) fn set(&mut self, packet: &[u8]) {
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
/// The arguments are those of a call that is under way, and the result is not kept past it.
pub(crate) unsafe fn packet_in<'a>(buffer: RawPtr<*const u8>, size: i32) -> &'a [u8] {
    let length = usize::try_from(size).unwrap_or(0);
    if buffer.ptr().is_null() || length == 0 {
        return &[];
    }
    // SAFETY: the engine passes a buffer of that size, by the contract above.
    unsafe { std::slice::from_raw_parts(buffer.ptr(), length) }
}

/// An object parameter that may be null and defaults to it.
#[derive(Debug)]
pub(crate) struct OrNull<T: GodotClass>(pub(crate) Option<Gd<T>>);

impl<T: GodotClass> Clone for OrNull<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: GodotClass> GodotConvert for OrNull<T>
where
    Option<Gd<T>>: GodotConvert<Via = Option<Gd<T>>>,
{
    type Via = Option<Gd<T>>;

    fn godot_shape() -> GodotShape {
        <Option<Gd<T>> as GodotConvert>::godot_shape()
    }
}

impl<T: GodotClass> ToGodot for OrNull<T>
where
    Option<Gd<T>>: GodotConvert<Via = Option<Gd<T>>>,
{
    type Pass = ByValue;

    fn to_godot(&self) -> Self::Via {
        self.0.clone()
    }
}

impl<T: GodotClass> FromGodot for OrNull<T>
where
    Option<Gd<T>>: GodotConvert<Via = Option<Gd<T>>>,
{
    fn try_from_godot(via: Self::Via) -> Result<Self, ConvertError> {
        Ok(Self(via))
    }
}

// SAFETY: the default is null, which has nothing to share; other values are never made into defaults.
unsafe impl<T: GodotClass> GodotImmutable for OrNull<T> where Option<Gd<T>>: GodotConvert<Via = Option<Gd<T>>> {}
