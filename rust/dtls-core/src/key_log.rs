//! A file of session secrets, with which Wireshark decrypts captures.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use openssl::ssl::SslContextBuilder;
use parking_lot::Mutex;

/// A file in the SSLKEYLOGFILE format (draft-ietf-tls-keylogfile). Anyone who reads it can decrypt the sessions in it.
///
/// Secrets that cannot be written, for example because the disk is full, are missing in it. The first failure is told on
/// the standard error output. Sessions go on.
#[derive(Debug, Clone)]
pub struct KeyLog(Arc<Mutex<Log>>);

#[derive(Debug)]
struct Log {
    file: File,
    has_failed: bool,
}

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
        options.open(path).map(|file| Self(Arc::new(Mutex::new(Log { file, has_failed: false }))))
    }

    pub(crate) fn watch(&self, context: &mut SslContextBuilder) {
        let log = self.clone();
        context.set_keylog_callback(move |_, line| log.0.lock().append(line));
    }
}

impl Log {
    fn append(&mut self, line: &str) {
        // One write, so that several processes can share the file.
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        if let Err(error) = written
            && !std::mem::replace(&mut self.has_failed, true)
        {
            // There is nobody else to tell: this may be any thread, and the session is fine. Without an output, so be it.
            let _ = writeln!(io::stderr(), "The key log lacks the secrets of a connection: {error}.");
        }
    }
}
