//! A file of session secrets, with which Wireshark decrypts captures.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use openssl::ssl::SslContextBuilder;
use parking_lot::Mutex;

/// A file in the SSLKEYLOGFILE format (draft-ietf-tls-keylogfile). Anyone who reads it can decrypt the sessions in it.
#[derive(Debug, Clone)]
pub struct KeyLog(Arc<Mutex<File>>);

impl KeyLog {
    /// Opens the file at `path` to append to it. On Unix, only its owner may read a new file.
    ///
    /// # Errors
    /// When the system refuses.
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
            // One write, so that several processes can share the file. A full disk must not end a session.
            let _ = log.0.lock().write_all(format!("{line}\n").as_bytes());
        });
    }
}
