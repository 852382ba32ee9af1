//! The threads of this library, so that all can be stopped before its code goes away.

use std::io;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::budget::Budget;
use crate::command_queue::{Command, CommandQueue};
use crate::statistics::Counters;

/// How long a look-up of a name is waited for. The system's resolver cannot be interrupted.
const PATIENCE: Duration = Duration::from_secs(2);

static IO_THREADS: Mutex<Vec<Weak<Running>>> = Mutex::new(Vec::new());
static LOOKUPS: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// An I/O thread. Dropping it has the thread say close_notify to all, and waits for its end.
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
            // A thread that panicked has nothing left to wait for.
            let _ = handle.join();
        }
    }
}

impl Thread {
    /// Starts a thread that does `run` until a command tells it to stop.
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

    /// What its connections' packets may take while they wait.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether it has ended without having been told to.
    pub(crate) fn has_failed(&self) -> bool {
        !self.command_queue().is_open()
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.running.stop();
    }
}

/// Does `lookup`, which asks the system's resolver, on a thread of its own.
pub(crate) fn spawn_lookup(lookup: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let handle = std::thread::Builder::new().name("dtls-lookup".to_owned()).spawn(lookup)?;
    let mut lookups = LOOKUPS.lock();
    lookups.retain(|other| !other.is_finished());
    lookups.push(handle);
    Ok(())
}

/// Stops every thread of this library, also those of servers and clients that nobody has dropped: their connections say
/// close_notify. Call it before the code is unloaded. A look-up of a name is waited for, but for 2 seconds at most.
pub fn stop_all() {
    let threads = std::mem::take(&mut *IO_THREADS.lock());
    threads.iter().filter_map(Weak::upgrade).for_each(|thread| thread.stop());
    let lookups = std::mem::take(&mut *LOOKUPS.lock());
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline && !lookups.iter().all(JoinHandle::is_finished) {
        std::thread::sleep(Duration::from_millis(1));
    }
}
