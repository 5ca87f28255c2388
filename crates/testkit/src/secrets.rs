//! A key of secrets that everybody knows.

use service::people::sealing::SecretsKeys;

/// The key as its file holds it, for programs that are started.
pub const SECRETS_KEY: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";

/// The same key, for a Nearhome that a test puts together.
#[must_use]
pub fn secrets_keys() -> SecretsKeys {
    SecretsKeys::read(SECRETS_KEY).unwrap()
}
