//! The secrets of sessions in a file, for Wireshark.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use openssl::ssl::SslContextBuilder;
use parking_lot::Mutex;

/// A file in the SSLKEYLOGFILE format (draft-ietf-tls-keylogfile). Whoever reads it can read every session in it.
#[derive(Debug, Clone)]
pub struct KeyLog(Arc<Mutex<File>>);

impl KeyLog {
    /// Opens the file at `path` to append to it; one that is made now is for its owner's eyes only.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(|file| Self(Arc::new(Mutex::new(file))))
    }

    pub(crate) fn watch(&self, context: &mut SslContextBuilder) {
        let log = self.clone();
        context.set_keylog_callback(move |_, line| {
            // In one write, so that several processes can share the file. A full disk is no reason to end a session.
            let _ = log.0.lock().write_all(format!("{line}\n").as_bytes());
        });
    }
}
