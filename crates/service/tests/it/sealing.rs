//! Authenticator secrets in the database: sealed, bound to a key that lies elsewhere, and moved to a new key at sign-in.

use std::os::unix::fs::PermissionsExt as _;

use domain::access::worker;
use domain::people::Role;
use service::Failure;
use service::people::sealing::{SecretsKeys, check};
use service::people::sign_in;
use store::people::organisation::{Person, person_by_email};
use testkit::{TestDatabase, both};

use crate::people::{ADDRESS, PASSWORD, Running, SECRET};

const ADA: &str = "ada@riverside.example";

async fn ada(database: &TestDatabase) -> Person {
    let mut reads = database.db.begin_read(&worker()).await.unwrap();
    person_by_email(&mut reads, ADA).await.unwrap().unwrap()
}

both! {
    async fn a_copy_of_the_database_gives_nobodys_codes_away(database) {
        let running = Running::on(&database).await;
        let keys = testkit::secrets_keys();
        check(&database.db, None).await.unwrap();
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let sealed = ada(&database).await.totp_sealed.unwrap();
        assert!(sealed.len() > SECRET.len() && !sealed.windows(4).any(|part| SECRET.windows(4).any(|plain| plain == part)));
        running.sign_in(ADA).await;
        check(&database.db, Some(&keys)).await.unwrap();
        let other = SecretsKeys::read(&"b".repeat(64)).unwrap();
        for keys in [None, Some(&other)] {
            let Err(Failure::Refused(why)) = check(&database.db, keys).await else { panic!("the key is missing") };
            assert!(why.contains(&ada(&database).await.totp_key.unwrap()) && why.contains("(1 people)"), "{why}");
        }
    }

    async fn a_sign_in_moves_the_secret_to_the_key_of_today(database) {
        let mut running = Running::on(&database).await;
        running.person(ADA, &[Role::PlacementOfficer]).await;
        let before = ada(&database).await.totp_key;
        let new = "b".repeat(64);
        let both = SecretsKeys::read(&format!("{new}\n{}", testkit::secrets::SECRETS_KEY)).unwrap();
        running.nearhome = running.nearhome.clone().with_secrets(both);
        let begun = sign_in::begin(&running.nearhome, ADA, PASSWORD, ADDRESS).await.unwrap();
        sign_in::second_factor(&running.nearhome, &begun.token, "000000").await.unwrap_err();
        assert_eq!(ada(&database).await.totp_key, before, "a wrong code changes nothing");
        running.sign_in(ADA).await;
        assert_ne!(ada(&database).await.totp_key, before);
        let new = SecretsKeys::read(&new).unwrap();
        check(&database.db, Some(&new)).await.unwrap();
        running.nearhome = running.nearhome.clone().with_secrets(new);
        running.sign_in(ADA).await;
    }

    async fn a_key_is_made_once_and_read_by_its_owner_only(database) {
        let running = Running::on(&database).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nearhome.secrets");
        assert!(SecretsKeys::load(&path).unwrap().is_none());
        SecretsKeys::load_or_create(&path, &running.nearhome).unwrap();
        let made = std::fs::read_to_string(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        SecretsKeys::load_or_create(&path, &running.nearhome).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), made);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "half a key was left there");
        std::fs::write(&path, "not a key").unwrap();
        assert!(SecretsKeys::load_or_create(&path, &running.nearhome).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "not a key", "what cannot be read is never replaced");
    }
}
