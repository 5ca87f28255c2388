//! What is no record goes when its time is over, and not before.

use chrono::Duration;
use domain::people::Role;
use service::jobs::retention::{Forgotten, Keep, forget};
use service::people::invitation::InvitePerson;
use service::people::kept_form::{KeptForm, keep, kept};
use service::people::sign_in;
use service::{Failure, perform};
use testkit::{both, signed_in, world};

both! {
    async fn sessions_attempts_and_keys_go_when_their_time_is_over(database) {
        let world = world(database).await;
        let keep = Keep::default();
        forget(&world.nearhome, keep).await.unwrap();
        let token = signed_in(&world.nearhome, &world.as_role(Role::SocialWorker)).await;
        let wrong = sign_in::begin(&world.nearhome, "nobody@council.example", "wrong", "192.0.2.1").await;
        assert!(matches!(wrong, Err(Failure::Invalid(_))), "{wrong:?}");
        let administrator = world.as_role(Role::Administrator);
        let invite = InvitePerson {
            organisation: world.council,
            email: "guest@council.example".to_owned(),
            name: "Sample Guest".to_owned(),
            role: Role::SocialWorker,
            post: "Social worker".to_owned(),
        };
        let key = world.key();
        let invited = perform(&world.nearhome, &administrator, key, &invite).await.unwrap();

        // The session is over after eight hours; a minute before its thirty days all is there.
        world.clock.forward(Duration::hours(8 + 30 * 24) - Duration::minutes(1));
        assert_eq!(forget(&world.nearhome, keep).await.unwrap(), Forgotten::default());
        world.clock.forward(Duration::minutes(2));
        assert_eq!(forget(&world.nearhome, keep).await.unwrap(), Forgotten { sessions: 1, ..Forgotten::default() });
        assert!(sign_in::resolve(&world.nearhome, &token).await.unwrap().is_none());
        let again = perform(&world.nearhome, &administrator, key, &invite).await.unwrap();
        assert_eq!(again, invited, "the key went too early");

        let live = signed_in(&world.nearhome, &world.as_role(Role::SocialWorker)).await;
        world.clock.forward(Duration::minutes(5));
        assert!(sign_in::resolve(&world.nearhome, &live).await.unwrap().is_some());
        let short = Keep { attempts_days: 0, keys_days: 0, ..keep };
        let gone = forget(&world.nearhome, short).await.unwrap();
        assert!(gone.attempts > 0 && gone.keys > 0 && gone.sessions == 0, "{gone:?}");
        assert!(sign_in::resolve(&world.nearhome, &live).await.unwrap().is_some(), "a session in use went");
    }

    async fn a_form_that_waits_is_sealed_and_goes_unread_after_a_day(database) {
        let world = world(database).await;
        let writer = world.as_role(Role::SocialWorker);
        let session = signed_in(&world.nearhome, &writer).await;
        let form = KeptForm { path: "/referrals/new".to_owned(), pairs: vec![("given_name".to_owned(), "Robin".to_owned())] };
        let key = keep(&world.nearhome, &session, &form).await.unwrap().unwrap();
        assert_eq!(kept(&world.nearhome, writer.person, &key).await.unwrap(), Some(form));
        let colleague = world.as_role(Role::TeamManager).person;
        assert_eq!(kept(&world.nearhome, colleague, &key).await.unwrap(), None);
        assert_eq!(kept(&world.nearhome, writer.person, &session).await.unwrap(), None, "another key");

        let began = world.nearhome.now().plus_minutes(-1);
        let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
        let sealed = store::people::kept_form::of_person(&mut reads, writer.person, began).await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&sealed).into_owned();
        assert!(!text.contains("Robin") && !text.contains("referrals"), "{text}");
        drop(reads);
        // Laid under a colleague's name, it opens for nobody.
        let mut tx = world.as_worker().await;
        store::people::kept_form::keep(&mut tx, colleague, sealed).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kept(&world.nearhome, colleague, &key).await.unwrap(), None);

        world.clock.forward(Duration::hours(25));
        assert_eq!(forget(&world.nearhome, Keep::default()).await.unwrap().forms, 2);
    }
}
