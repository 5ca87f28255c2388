//! Letters about a framework's deadlines: once on the day on which each alarm is reached, whatever the worker did meanwhile.

use std::sync::Arc;

use domain::access::worker;
use domain::consortium::framework::Regime;
use domain::consortium::reaward::Deadline;
use domain::ids::OrganisationId;
use domain::people::Role;
use service::governance::consortium::{ChangeConsortium, ConsortiumInForce};
use service::jobs::reminders::remind;
use service::jobs::run_due;
use service::procurement::framework::GetFramework;
use service::{Nearhome, perform};
use testkit::case::sees;
use testkit::world::{World, world};
use testkit::{Seeded, SmtpServer, both};

use crate::invitation::mailer;

/// The council that leads both frameworks.
async fn lead(world: &mut World) -> OrganisationId {
    world.add_council("Derbyshire County Council", "E10000007").await
}

/// Another process on the same database.
fn started_again(world: &World, seed: u64) -> Nearhome {
    Nearhome::new(world.database.db.clone(), world.clock.clone(), Arc::new(Seeded::new(seed))).with_secrets(testkit::secrets_keys())
}

both! {
    async fn on_the_day_of_each_alarm_the_people_of_the_lead_are_told_once(database) {
        let mut world = world(database).await;
        let derbyshire = lead(&mut world).await;
        world.clock.set("2028-03-30T23:59:59+01:00");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 0, "a second before the day");
        world.clock.set("2028-03-31T00:00:00+01:00");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 4, "two frameworks, an officer and the head of contracting");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 0);
        assert_eq!(remind(&started_again(&world, 3)).await.unwrap(), 0, "a worker that starts again has told it");
        let server = SmtpServer::start().await;
        assert_eq!(run_due(&world.nearhome, &mailer(&server)).await.unwrap(), 4);
        let messages = server.messages();
        let mut to: Vec<String> = messages.iter().flat_map(|message| message.to.clone()).collect();
        to.sort();
        to.dedup();
        let theirs = |role: &str| format!("{role}@{}.example", derbyshire.0.simple());
        assert_eq!(to, [theirs("contract_officer"), theirs("head_of_contracting")]);
        let homes: Vec<&str> = messages.iter().map(|one| one.content.as_str()).filter(|text| text.contains("CCS072")).collect();
        assert_eq!(homes.len(), 2);
        for words in ["Subject: CCS072: Next award due, 31 March 2029", "awarded again by 31 March 2029", "12 months before"] {
            assert!(homes[0].replace("=\n", "").contains(words), "{words}: {}", homes[0]);
        }

        // The page says on which days letters went out.
        let wanted = GetFramework { reference: "CCS072".to_owned(), now: world.nearhome.now() };
        let view = sees(&world, &world.as_role(Role::ContractOfficer), &wanted).await.unwrap();
        assert_eq!(view.deadlines.iter().map(|one| one.deadline).collect::<Vec<_>>(), [Deadline::NextAward, Deadline::End]);
        let sent: Vec<_> = view.deadlines[0].alarms.iter().map(|(_, sent)| *sent).collect();
        assert_eq!(sent, [Some(world.nearhome.now()), None, None]);

        // The worker slept over the next day, and over both that follow.
        world.clock.set("2028-10-04T09:00:00+01:00");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 4, "late, and once");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 0);
        world.clock.set("2029-04-01T09:00:00+01:00");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 0, "the deadline has passed: nobody is reminded of it any more");
        world.clock.set("2034-01-02T09:00:00Z");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 4, "of the end: 12 and 6 months before came and went with nobody awake");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 0);
    }

    async fn workers_that_look_at_the_same_moment_tell_it_once(database) {
        let mut world = world(database).await;
        lead(&mut world).await;
        world.clock.set("2028-09-30T06:00:00+01:00");
        let workers: Vec<_> = (10..16).map(|seed| {
            let nearhome = started_again(&world, seed);
            tokio::spawn(async move { remind(&nearhome).await.unwrap() })
        }).collect();
        let mut letters = 0;
        for worker in workers {
            letters += worker.await.unwrap();
        }
        assert_eq!(letters, 4);
        let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
        assert_eq!(store::outbox::waiting(&mut reads).await.unwrap(), 4);
    }

    async fn whoever_is_not_there_yet_is_told_once_they_are_and_a_schedule_of_ones_own_reminds_too(database) {
        let mut world = world(database).await;
        let mut consortium = sees(&world, &world.as_role(Role::ContractOfficer), &ConsortiumInForce).await.unwrap();
        consortium.frameworks.retain(|framework| framework.reference == "CCS072");
        let homes = &mut consortium.frameworks[0];
        (homes.regime, homes.reopens_every_months) = (Regime::Pa2023Flexible, Some(12));
        let change = ChangeConsortium { consortium, is_sample: true };
        perform(&world.nearhome, &worker(), world.key(), &change).await.unwrap();
        // It re-opens by 31 March 2027; today is less than six months before.
        assert_eq!(remind(&world.nearhome).await.unwrap(), 0, "the council that leads is not here yet");
        lead(&mut world).await;
        assert_eq!(remind(&world.nearhome).await.unwrap(), 2);
        let server = SmtpServer::start().await;
        run_due(&world.nearhome, &mailer(&server)).await.unwrap();
        let words = server.messages()[0].content.replace("=\n", "");
        assert!(words.contains("re-opened by 31 March 2027") && words.contains("reminder of 6 months before"), "{words}");
        assert_eq!(remind(&world.nearhome).await.unwrap(), 0);
    }

    async fn a_worker_that_starts_before_anything_is_configured_has_nobody_to_remind(database) {
        let clock = Arc::new(testkit::MovedClock::at("2026-12-14T10:00:00Z"));
        let nearhome = Nearhome::new(database.db.clone(), clock, Arc::new(Seeded::new(1)));
        assert_eq!(remind(&nearhome).await.unwrap(), 0);
    }
}
