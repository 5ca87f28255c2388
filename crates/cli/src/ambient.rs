//! The only real clock and the only real randomness of the program.

use domain::calendar::Instant;
use rand::RngCore as _;
use service::{Clock, Randomness};

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> Instant {
        Instant::new(chrono::Utc::now())
    }
}

/// The operating system's randomness.
#[derive(Debug)]
pub(crate) struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn random(&self) -> u128 {
        let mut bytes = [0_u8; 16];
        rand::rng().fill_bytes(&mut bytes);
        u128::from_be_bytes(bytes)
    }
}
