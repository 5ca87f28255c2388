//! The program and the key of its secrets.

use std::process::Stdio;

use crate::installation::install;
use crate::programs::{Program, nearhome};

#[tokio::test]
async fn the_first_start_makes_a_key_and_a_lost_one_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let address = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let without_key = |address: &str| {
        let mut command = nearhome(address, folder.path());
        command.env_remove("NEARHOME_SECRETS_KEY");
        command
    };
    let (old, new) = (address("old.sqlite"), address("new.sqlite"));
    install(&old, 1, 0).await;
    for verb in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["accounts"]] {
        let refused = without_key(&old).args(verb).stderr(Stdio::piped()).output().await.unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains("sealed with a key that was not given"), "{verb:?}: {said}");
    }
    let key = folder.path().join("nearhome.secrets");
    assert!(!key.exists(), "a key was made where one is lost");
    assert!(without_key(&new).arg("migrate").status().await.unwrap().success());
    assert!(!key.exists(), "migrating needs no key");
    for _ in 0..2 {
        let (served, _) = Program::serve(without_key(&new)).await;
        served.kill().await;
    }
    assert_eq!(std::fs::read_to_string(&key).unwrap().trim().len(), 64);
    let wrong = without_key(&old).arg("accounts").stderr(Stdio::piped()).output().await.unwrap();
    assert!(!wrong.status.success(), "another key does not open it");
}
