//! The threads of this library, recorded so that all of them can be stopped before its code is unloaded.

use std::io;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::budget::Budget;
use crate::command_queue::{Command, CommandQueue};
use crate::statistics::Counters;

/// How long to wait for a name lookup to finish. The system's resolver cannot be interrupted.
const PATIENCE: Duration = Duration::from_secs(2);

static IO_THREADS: Mutex<Vec<Weak<Running>>> = Mutex::new(Vec::new());
static LOOKUPS: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// An I/O thread. Dropping it makes the thread send close_notify to all peers, and waits until the thread has ended.
pub(crate) struct Thread {
    running: Arc<Running>,
    budget: Arc<Budget>,
    counters: Arc<Counters>,
}

struct Running {
    command_queue: Arc<CommandQueue>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Running {
    fn stop(&self) {
        self.command_queue.post(Command::Stop);
        if let Some(handle) = self.handle.lock().take() {
            // A panicked thread needs no further handling here.
            let _ = handle.join();
        }
    }
}

impl Thread {
    /// Starts a thread that runs `run` until a command tells it to stop.
    pub(crate) fn start(
        name: &str,
        command_queue: Arc<CommandQueue>,
        budget: Arc<Budget>,
        counters: Arc<Counters>,
        run: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let handle = std::thread::Builder::new().name(name.to_owned()).spawn(run)?;
        let running = Arc::new(Running { command_queue, handle: Mutex::new(Some(handle)) });
        let mut all = IO_THREADS.lock();
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(&running));
        Ok(Self { running, budget, counters })
    }

    pub(crate) fn command_queue(&self) -> &Arc<CommandQueue> {
        &self.running.command_queue
    }

    /// The budget for the waiting packets of its connections.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether it has ended without being told to.
    pub(crate) fn has_failed(&self) -> bool {
        !self.command_queue().channel.is_open()
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.running.stop();
    }
}

/// Runs `lookup`, which calls the system's resolver, on a separate thread.
pub(crate) fn spawn_lookup(lookup: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let handle = std::thread::Builder::new().name("dtls-lookup".to_owned()).spawn(lookup)?;
    let mut lookups = LOOKUPS.lock();
    lookups.retain(|other| !other.is_finished());
    lookups.push(handle);
    Ok(())
}

/// Stops every thread of this library, including those of servers and clients that were not dropped. Their connections
/// send close_notify. Call it before the code is unloaded. It waits for name lookups, but for 2 seconds at most.
pub fn stop_all() {
    let threads = std::mem::take(&mut *IO_THREADS.lock());
    threads.iter().filter_map(Weak::upgrade).for_each(|thread| thread.stop());
    let lookups = std::mem::take(&mut *LOOKUPS.lock());
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline && !lookups.iter().all(JoinHandle::is_finished) {
        std::thread::sleep(Duration::from_millis(1));
    }
}
