//! Text that is to be a pin.

use dtls_core::Pin;

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Ok(pin) = text.parse::<Pin>() {
        assert_eq!(pin.to_string().parse(), Ok(pin), "a pin is what it is written as");
    }
}
