//! sendmmsg(2), recvmmsg(2) and getsockopt(2) of this process, which fail as often as a test likes.
//!
//! The library, linked into this binary, finds these in place of libc's. They make the system call themselves.
#![allow(unsafe_code)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use nix::errno::Errno;
use nix::libc::{
    SOL_UDP, SYS_getsockopt, SYS_recvmmsg, SYS_sendmmsg, UDP_SEGMENT, c_int, c_uint, c_void, mmsghdr, socklen_t,
    syscall, timespec,
};

/// What the next calls of a function return instead of being made.
pub struct Faults {
    errno: AtomicI32,
    left: AtomicU32,
    calls: AtomicU32,
    successes: AtomicU32,
    failures: AtomicU32,
    /// What the next injected failure arms.
    then: Mutex<Option<(&'static Faults, Errno)>>,
}

/// Of sendmmsg with datagrams each in a message of its own.
pub static SENDING: Faults = Faults::none();

/// Of sendmmsg with datagrams as the segments of one message.
pub static SENDING_SEGMENTS: Faults = Faults::none();

/// Of getsockopt, where it asks whether the system makes segments.
pub static ASKING_FOR_SEGMENTS: Faults = Faults::none();

/// Of recvmmsg.
pub static RECEIVING: Faults = Faults::none();

impl Faults {
    const fn none() -> Self {
        Self {
            errno: AtomicI32::new(0),
            left: AtomicU32::new(0),
            calls: AtomicU32::new(0),
            successes: AtomicU32::new(0),
            failures: AtomicU32::new(0),
            then: Mutex::new(None),
        }
    }

    /// Has the next `times` calls fail.
    pub fn inject(&self, errno: Errno, times: u32) {
        self.errno.store(errno as i32, Ordering::SeqCst);
        self.left.store(times, Ordering::SeqCst);
    }

    /// Has the next call fail, and then the next one of `other`.
    pub fn inject_before(&self, errno: Errno, other: &'static Self) {
        *self.then.lock().unwrap() = Some((other, errno));
        self.inject(errno, 1);
    }

    /// Lets all calls be made.
    pub fn clear(&self) {
        *self.then.lock().unwrap() = None;
        self.left.store(0, Ordering::SeqCst);
    }

    /// How many calls are yet to fail.
    pub fn left(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }

    /// How many calls there have been.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    /// How many have succeeded. A call may still be under way.
    pub fn successes(&self) -> u32 {
        self.successes.load(Ordering::SeqCst)
    }

    /// How many have failed, by injection or not.
    pub fn failures(&self) -> u32 {
        self.failures.load(Ordering::SeqCst)
    }

    /// Notes the result of a call that was made.
    fn note(&self, result: c_int) -> c_int {
        let count = if result < 0 { &self.failures } else { &self.successes };
        count.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// Whether this call fails; errno is set then.
    fn strike(&self) -> bool {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let fails = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails {
            self.failures.fetch_add(1, Ordering::SeqCst);
            if let Some((other, errno)) = self.then.lock().unwrap().take() {
                other.inject(errno, 1);
            }
            Errno::from_raw(self.errno.load(Ordering::SeqCst)).set();
        }
        fails
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sendmmsg(socket: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int {
    // SAFETY: the library sends one message at least.
    let segments = unsafe { (*messages).msg_hdr.msg_iovlen };
    let faults = if segments > 1 { &SENDING_SEGMENTS } else { &SENDING };
    if faults.strike() {
        return -1;
    }
    // SAFETY: the caller's arguments are those of the system call.
    faults.note(unsafe { syscall(SYS_sendmmsg, socket, messages, count, flags) as c_int })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn recvmmsg(
    socket: c_int,
    messages: *mut mmsghdr,
    count: c_uint,
    flags: c_int,
    timeout: *mut timespec,
) -> c_int {
    if RECEIVING.strike() {
        return -1;
    }
    // SAFETY: as above.
    RECEIVING.note(unsafe { syscall(SYS_recvmmsg, socket, messages, count, flags, timeout) as c_int })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getsockopt(
    socket: c_int,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    length: *mut socklen_t,
) -> c_int {
    if level == SOL_UDP && name == UDP_SEGMENT && ASKING_FOR_SEGMENTS.strike() {
        return -1;
    }
    // SAFETY: as above.
    unsafe { syscall(SYS_getsockopt, socket, level, name, value, length) as c_int }
}
