//! Bids: written page by page, sealed when they are submitted, and nobody else's business until they are opened.

use chrono::Duration;
use domain::ids::{OrganisationId, TenderId};
use domain::people::Role;
use domain::procurement::bid::Envelope;
use domain::procurement::bid_draft::{Draft, Profile, Section};
use domain::record::Digest;
use service::procurement::bid::{ListOwnBids, Part, save, see};
use service::procurement::bidder::{RemoveFile, file, papers, save_profile, upload};
use service::procurement::opening::take_part;
use service::procurement::sealing::{armoured, seal};
use service::procurement::submission::{WithdrawBid, content, own_copy, submit, submit_with_own_price};
use service::procurement::tender::{ExtendDeadline, GetTender};
use service::{Failure, ask, perform};
use store::procurement::bid::OpenedBid;
use store::procurement::tender::Tender;
use testkit::bidding::{Typed, pdf, submitted, written};
use testkit::both;
use testkit::tendering::{passphrase, published};
use testkit::world::{HOME_CATEGORY, World, world};

const LOT: &str = "R1";

/// After the deadline, officers of two councils open the bids.
async fn opened(world: &World, tender: TenderId) -> Vec<OpenedBid> {
    world.clock.set("2027-02-26T12:30:00Z");
    opens(world, tender, Envelope::Quality).await
}

async fn opens(world: &World, tender: TenderId, envelope: Envelope) -> Vec<OpenedBid> {
    for council in [world.council, world.other_council] {
        world.clock.forward(Duration::seconds(1));
        let officer = world.of(council, Role::ContractOfficer);
        take_part(&world.nearhome, &officer, world.key(), tender, envelope, passphrase(council)).await.unwrap();
    }
    let mut reads = world.database.db.begin_read(&world.as_role(Role::ContractOfficer)).await.unwrap();
    store::procurement::bid::opened(&mut reads, tender).await.unwrap()
}

async fn row(world: &World, tender: TenderId) -> Tender {
    let mut reads = world.database.db.begin_read(&world.as_role(Role::ContractOfficer)).await.unwrap();
    store::Reads::get(&mut reads, tender).await.unwrap()
}

async fn submits(world: &World, provider: OrganisationId, tender: TenderId) -> Result<domain::ids::SubmissionId, Failure> {
    submit(&world.nearhome, &world.of(provider, Role::ProviderSignatory), world.key(), tender, LOT).await
}

both! {
    async fn a_later_bid_takes_the_place_of_the_whole_and_the_last_one_is_opened(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let signatory = world.as_role(Role::ProviderSignatory);
        let first = submitted(&world, world.provider, tender, LOT, &Typed::at("4,750.00")).await;
        world.clock.forward(Duration::minutes(1));
        let typed = Typed { answer: "We changed our minds.".to_owned(), file: Some(("Plan.pdf".to_owned(), "our plan".to_owned())), ..Typed::at("4,700.00") };
        let second = submitted(&world, world.provider, tender, LOT, &typed).await;
        let seen = see(&world.nearhome, &signatory, tender, LOT).await.unwrap();
        assert_eq!(seen.submitted.iter().map(|one| (one.id, one.number)).collect::<Vec<_>>(), [(first, 1), (second, 2)]);
        assert!(!seen.is_changed_since());
        let old = own_copy(&world.nearhome, &signatory, first).await.unwrap();
        assert_eq!((old.replaced_by, old.copy.price.as_ref().unwrap().prices[0].weekly.0.0), (Some(second), 475_000));
        let new = own_copy(&world.nearhome, &signatory, second).await.unwrap();
        assert_eq!(new.receipt_digest, Digest::of(new.copy.receipt.as_bytes()).to_string());
        let sha256 = Digest::of(&pdf("our plan")).to_string();
        let listed = format!("file: {} bytes, sha256 {sha256}, application/pdf, Plan.pdf", pdf("our plan").len());
        assert!(new.copy.receipt.contains(&listed), "{}", new.copy.receipt);
        assert!(new.copy.receipt.contains("taken at: 2026-12-14T10:01:"), "{}", new.copy.receipt);
        let bids = opened(&world, tender).await;
        assert_eq!(bids.len(), 1, "one bidder, one lot, one bid");
        assert_eq!(bids[0].submission_id, second);
        let quality = bids[0].quality().unwrap();
        assert!(quality.answers.iter().all(|answer| answer.text == "We changed our minds."));
        assert_eq!(bids[0].price, None);
        let mut reads = world.database.db.begin_read(&world.as_role(Role::ContractOfficer)).await.unwrap();
        assert_eq!(*content(&mut reads, &quality.files[0]).await.unwrap(), pdf("our plan"), "its files open with it");
        let mut altered = quality.files[0].clone();
        altered.content.as_mut().unwrap().key = "0".repeat(64);
        assert!(content(&mut reads, &altered).await.is_err(), "without its key it does not");
    }

    async fn prices_that_a_bidder_sealed_itself_are_seen_by_nobody_before_they_open(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let (rowan, rowan_home) = world.add_provider("Rowan Homes", "1234570", HOME_CATEGORY).await;
        let signatory = world.as_role(Role::ProviderSignatory);
        // A price that the form would refuse is no matter: what is written as price does not count.
        written(&world, world.provider, tender, LOT, &Typed::at("9,999,999.00")).await;
        let own = |price: String| submit_with_own_price(&world.nearhome, &signatory, world.key(), (tender, LOT), price);
        for nothing in ["not sealed", ""].map(str::to_owned) {
            let refused = own(nothing).await;
            assert!(matches!(&refused, Err(Failure::Invalid(problems)) if problems[0].field == "sealed_price"), "{refused:?}");
        }
        let key = row(&world, tender).await.price_recipient.unwrap();
        let over = serde_json::json!({ "prices": [{ "service": world.home, "category": HOME_CATEGORY[2], "weekly": 999_999_900 }] });
        let sealed = seal(&key.parse().unwrap(), over.to_string().as_bytes()).unwrap();
        let submission = own(armoured(&sealed).unwrap()).await.unwrap();
        let copy = own_copy(&world.nearhome, &signatory, submission).await.unwrap().copy;
        assert_eq!(copy.price, None, "there is no copy of what nobody saw");
        // Another seals to a key that is not the tender's.
        let elsewhere = row(&world, tender).await.quality_recipient.unwrap();
        let lost = seal(&elsewhere.parse().unwrap(), over.to_string().replace(&world.home.to_string(), &rowan_home.to_string()).as_bytes()).unwrap();
        written(&world, rowan, tender, LOT, &Typed::at("4,700.00")).await;
        let other = world.of(rowan, Role::ProviderSignatory);
        submit_with_own_price(&world.nearhome, &other, world.key(), (tender, LOT), armoured(&lost).unwrap()).await.unwrap();

        opened(&world, tender).await;
        let mut locked = row(&world, tender).await;
        let mut tx = world.as_worker().await;
        locked.quality_locked_at = Some(tx.at());
        tx.update(&mut locked, &serde_json::json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        let bids = opens(&world, tender, Envelope::Price).await;
        let prices = |provider| bids.iter().find(|bid| bid.provider_id == provider).unwrap().price().unwrap().unwrap().prices;
        assert_eq!(prices(world.provider)[0].weekly.0.0, 999_999_900, "it is judged when it is open");
        assert_eq!(prices(rowan), [], "what cannot be read holds no price, and keeps nobody else's shut");
    }

    async fn a_bid_is_late_by_a_microsecond(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let (rowan, _) = world.add_provider("Rowan Homes", "1234570", HOME_CATEGORY).await;
        for provider in [world.provider, rowan] {
            written(&world, provider, tender, LOT, &Typed::at("4,750.00")).await;
        }
        world.clock.set("2027-02-26T12:00:00Z");
        submits(&world, world.provider, tender).await.unwrap();
        world.clock.forward(Duration::microseconds(1));
        let late = submits(&world, rowan, tender).await.unwrap_err();
        assert!(matches!(&late, Failure::Refused(why) if why == "the deadline was 26 February 2027 at midday; no bid is taken after it"), "{late:?}");
        let writer = world.of(rowan, Role::ReferralsManager);
        let saved = save(&world.nearhome, &writer, tender, LOT, Part::Services(Vec::new())).await;
        assert!(matches!(saved, Err(Failure::Refused(_))), "{saved:?}");
        let withdraw = WithdrawBid { tender, lot: LOT.to_owned() };
        let signatory = world.as_role(Role::ProviderSignatory);
        assert!(matches!(perform(&world.nearhome, &signatory, world.key(), &withdraw).await, Err(Failure::Refused(_))), "nor withdrawn");
        let seen = see(&world.nearhome, &writer, tender, LOT).await.unwrap();
        assert_eq!(seen.draft.prices.len(), 1, "what was written stays visible to its bidder");
        assert_eq!(opened(&world, tender).await.len(), 1);
    }

    async fn what_is_missing_is_told_at_its_field_and_nothing_typed_is_lost(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let nothing = submits(&world, world.provider, tender).await;
        assert!(matches!(nothing, Err(Failure::Invalid(_))), "{nothing:?}");
        // The published maximum of the category, to the penny.
        let now = world.nearhome.now();
        let writer = world.as_role(Role::ReferralsManager);
        let plan = ask(&world.nearhome, &writer, &GetTender { tender, now }).await.unwrap().plan;
        let maximum = plan.framework.category(HOME_CATEGORY[2]).unwrap().1.maximum_on(plan.framework.starts_on).unwrap().weekly.0;
        written(&world, world.provider, tender, LOT, &Typed::at(&maximum.to_string())).await;
        let Err(Failure::Invalid(problems)) = submits(&world, world.provider, tender).await else { panic!("it is no bid") };
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.field.starts_with("price-") && problem.message.contains("below the published maximum"), "{problem:?}");
        let seen = see(&world.nearhome, &writer, tender, LOT).await.unwrap();
        assert_eq!(seen.draft.prices[0].weekly, maximum.to_string());
        assert_eq!(seen.complete.unwrap_err()[0].section, Section::Prices);
        // A word of the council after the bid was written must be read before it is sent.
        written(&world, world.provider, tender, LOT, &Typed::at("4,750.00")).await;
        let to = domain::calendar::Instant::new("2027-03-05T12:00:00Z".parse().unwrap());
        let extend = ExtendDeadline { tender, to, reason: "More time".to_owned() };
        perform(&world.nearhome, &world.as_role(Role::ContractOfficer), world.key(), &extend).await.unwrap();
        let Err(Failure::Invalid(problems)) = submits(&world, world.provider, tender).await else { panic!("it is no bid") };
        assert_eq!(problems[0].field, "addenda");
    }

    async fn another_provider_and_the_councils_see_nothing_of_a_bid(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let (rowan, _) = world.add_provider("Rowan Homes", "1234570", HOME_CATEGORY).await;
        let typed = Typed { file: Some(("Plan.pdf".to_owned(), "our plan".to_owned())), ..Typed::at("4,750.00") };
        let submission = submitted(&world, world.provider, tender, LOT, &typed).await;
        let own = papers(&world.nearhome, &world.as_role(Role::ReferralsManager)).await.unwrap();
        let theirs = own.files[0].0;
        let others = [world.of(rowan, Role::ReferralsManager), world.of(rowan, Role::ProviderSignatory), world.as_role(Role::ContractOfficer), world.as_role(Role::Director)];
        for other in &others {
            let denied = |outcome: Result<(), Failure>| assert!(matches!(outcome, Err(Failure::Denied(_))), "{:?}: {outcome:?}", other.role);
            denied(own_copy(&world.nearhome, other, submission).await.map(drop));
            denied(file(&world.nearhome, other, theirs).await.map(drop));
            denied(perform(&world.nearhome, other, world.key(), &RemoveFile { file: theirs }).await);
        }
        for council in &others[2..] {
            assert!(matches!(see(&world.nearhome, council, tender, LOT).await, Err(Failure::Denied(_))), "a council bids for nothing");
        }
        let seen = see(&world.nearhome, &others[0], tender, LOT).await.unwrap();
        assert!(seen.submitted.is_empty() && seen.files.is_empty() && seen.draft == Draft::default(), "its own, which is blank");
        let lines = ask(&world.nearhome, &others[0], &ListOwnBids { tender }).await.unwrap();
        assert!(lines.iter().all(|line| line.submitted.is_none() && line.saved_at.is_none()));
        // Behind the door too: on PostgreSQL the rows themselves are hidden.
        if world.database.db.engine() == store::dialect::Engine::Postgres {
            let mut reads = world.database.db.begin_read(&others[0]).await.unwrap();
            assert!(store::procurement::bid::standing(&mut reads, tender).await.unwrap().is_empty());
            assert!(store::procurement::bid::of_lot(&mut reads, world.provider, tender, LOT).await.unwrap().is_none());
            assert!(store::procurement::bid::key_of(&mut reads, world.provider).await.unwrap().is_none());
        }
    }

    async fn a_bid_can_be_withdrawn_and_sent_again_and_who_may_not_sign_may_not_send(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let (writer, signatory) = (world.as_role(Role::ReferralsManager), world.as_role(Role::ProviderSignatory));
        written(&world, world.provider, tender, LOT, &Typed::at("4,750.00")).await;
        let sent = submit(&world.nearhome, &writer, world.key(), tender, LOT).await;
        assert!(matches!(sent, Err(Failure::Denied(_))), "{sent:?}");
        let key = world.key();
        let first = submit(&world.nearhome, &signatory, key, tender, LOT).await.unwrap();
        let twice = submit(&world.nearhome, &signatory, key, tender, LOT).await.unwrap();
        assert_eq!(first, twice, "a form that is sent twice is one bid");
        let withdraw = WithdrawBid { tender, lot: LOT.to_owned() };
        perform(&world.nearhome, &signatory, world.key(), &withdraw).await.unwrap();
        let again = perform(&world.nearhome, &signatory, world.key(), &withdraw).await.unwrap_err();
        assert_eq!(again.to_string(), "no bid of yours stands for this lot");
        assert_eq!(see(&world.nearhome, &writer, tender, LOT).await.unwrap().standing(), None);
        assert!(opened(&world, tender).await.is_empty(), "a withdrawn bid is not opened, nor one that it replaced");
        world.clock.set("2027-02-01T12:00:00Z");
        let second = submits(&world, world.provider, tender).await.unwrap();
        assert_eq!(see(&world.nearhome, &writer, tender, LOT).await.unwrap().standing().unwrap().id, second);
    }

    async fn a_file_that_nobody_could_read_is_named_when_it_is_uploaded(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let writer = world.as_role(Role::ReferralsManager);
        let why = async |name: &str, content: Vec<u8>| match upload(&world.nearhome, &writer, name, content).await {
            Err(Failure::Invalid(problems)) => problems[0].message.clone(),
            other => panic!("{other:?}"),
        };
        assert!(why("empty.pdf", Vec::new()).await.contains("is empty"));
        assert!(why("program.pdf", b"MZ".to_vec()).await.contains("must be a PDF"));
        assert!(why("cut.pdf", pdf("words")[..60].to_vec()).await.contains("cannot be read as a PDF"));
        let locked = String::from_utf8(pdf("words")).unwrap().replace("/Size 2", "/Encrypt 5 0 R /Size 2").into_bytes();
        assert!(why("locked.pdf", locked).await.contains("protected by a password"));
        let kept = upload(&world.nearhome, &writer, "one.pdf", pdf("words")).await.unwrap();
        assert!(why("two.pdf", pdf("words")).await.contains("uploaded already, as one.pdf"));
        save(&world.nearhome, &writer, tender, LOT, Part::Files(vec![kept])).await.unwrap();
        let (about, bytes) = file(&world.nearhome, &writer, kept).await.unwrap();
        assert_eq!((about.name.as_str(), bytes.as_slice()), ("one.pdf", pdf("words").as_slice()));
        perform(&world.nearhome, &writer, world.key(), &RemoveFile { file: kept }).await.unwrap();
        let seen = see(&world.nearhome, &writer, tender, LOT).await.unwrap();
        assert!(seen.complete.unwrap_err().iter().any(|one| one.section == Section::Files && one.reason.contains("removed")));
        assert!(file(&world.nearhome, &writer, kept).await.is_err());
        save_profile(&world.nearhome, &writer, Profile::default()).await.unwrap();
    }
}
