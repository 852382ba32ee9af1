//! DTLSServerOpenSSL in the editor's Debugger, under Monitors.

use std::cell::RefCell;
use std::time::Instant;

use dtls_io::Statistics;
use godot::builtin::{Callable, GString, StringName, Variant};
use godot::classes::Performance;
use godot::global::Error;
use godot::meta::ToGodot;
use godot::obj::{Gd, InstanceId, Singleton, WithBaseField};
use godot::register::godot_api;

use super::DtlsServer;
use crate::report::ReleaseBorrow as _;

thread_local! {
    /// The monitors of all servers. The main thread has them; others use no engine object.
    static SHOWN: RefCell<Vec<StringName>> = const { RefCell::new(Vec::new()) };
}

/// A value that a monitor shows for a listening server.
enum Metric {
    Now(fn(&Statistics) -> u64),
    PerSecond(fn(&Statistics) -> u64),
}

const METRICS: [(&str, Metric); 7] = [
    ("connections", Metric::Now(|counts| counts.connections)),
    ("handshakes_per_second", Metric::PerSecond(|counts| counts.handshakes_done)),
    ("packets_received_per_second", Metric::PerSecond(|counts| counts.packets_received)),
    ("packets_sent_per_second", Metric::PerSecond(|counts| counts.packets_sent)),
    ("bytes_received_per_second", Metric::PerSecond(|counts| counts.bytes_received)),
    ("bytes_sent_per_second", Metric::PerSecond(|counts| counts.bytes_sent)),
    ("drops_per_second", Metric::PerSecond(Statistics::drops)),
];

#[godot_api(secondary)]
impl DtlsServer {
    /// Shows this server in the editor's Debugger, under Monitors: its connections, and its handshakes, packets, bytes
    /// and drops per second. [param category] names the group of monitors; give each server its own. The monitors
    /// disappear together with the server.
    ///
    /// Returns [constant @GlobalScope.ERR_ALREADY_EXISTS] when the category is already in use.
    ///
    /// ```gdscript
    /// server.register_monitors("Lobby")
    /// ```
    #[func]
    fn register_monitors(&mut self, #[opt(default = "DTLS")] category: GString) -> Error {
        let names = METRICS.map(|(name, _)| StringName::from(&format!("{category}/{name}")));
        let mut performance = Performance::singleton();
        if names.iter().any(|name| performance.has_custom_monitor(name)) {
            return self.refuse(
                Error::ERR_ALREADY_EXISTS,
                &format!(
                    "DTLSServerOpenSSL.register_monitors: there are monitors of \"{category}\" already; choose another."
                ),
            );
        }
        let server = self.base().instance_id();
        for (name, (_, metric)) in names.iter().zip(METRICS) {
            performance.add_custom_monitor(name, &reader(server, metric));
        }
        SHOWN.with_borrow_mut(|shown| shown.extend(names.clone()));
        self.monitors.extend(names);
        Error::OK
    }
}

impl DtlsServer {
    /// Removes the monitors from the Debugger.
    pub(crate) fn remove_monitors(&mut self) {
        for name in self.monitors.drain(..) {
            let is_shown = SHOWN.with_borrow_mut(|shown| {
                let place = shown.iter().position(|other| *other == name);
                place.map(|place| shown.swap_remove(place)).is_some()
            });
            // When the library is unloaded, its servers go after the engine's singletons, and after `remove_all`.
            if is_shown {
                Performance::singleton().remove_custom_monitor(&name);
            }
        }
    }
}

/// Removes the monitors of all servers. Call it before the library is unloaded: the Debugger would go on to call its code.
pub(crate) fn remove_all() {
    for name in SHOWN.take() {
        Performance::singleton().remove_custom_monitor(&name);
    }
}

/// The callable from which the Debugger reads a monitor. It holds no reference to the server.
fn reader(server: InstanceId, metric: Metric) -> Callable {
    let mut last: Option<(Instant, u64)> = None;
    Callable::from_fn("dtls_monitor", move |_arguments| -> Variant {
        let counts = match Gd::<DtlsServer>::try_from_instance_id(server) {
            Ok(server) => server.bind().native.as_ref().map(dtls_io::Server::statistics).unwrap_or_default(),
            Err(_) => Statistics::default(),
        };
        match metric {
            Metric::Now(read) => (read(&counts) as i64).to_variant(),
            Metric::PerSecond(read) => {
                let (now, count) = (Instant::now(), read(&counts));
                let (then, before) = last.replace((now, count)).unwrap_or((now, count));
                let seconds = now.duration_since(then).as_secs_f64();
                // A server that was stopped and started again counts from 0.
                let more = count.saturating_sub(before) as f64;
                (if seconds > 0.0 { more / seconds } else { 0.0 }).to_variant()
            }
        }
    })
}
