//! A tender from its draft to the opening of its bids.

use domain::calendar::Instant;
use domain::ids::{OrganisationId, SubmissionId, TenderId};
use domain::people::Role;
use domain::procurement::bid::{BidPrice, Envelope, PriceEnvelope, QualityEnvelope};
use domain::procurement::opening::AttemptOutcome::{self, Contributed, NoShare, Opened, QualityNotLocked, TooEarly, WrongPassphrase};
use domain::procurement::tender::Phase;
use service::procurement::opening::{GetOpening, OpeningView, TookPart, make_key, take_part};
use service::procurement::sealing::{Recipient, seal};
use service::procurement::tender::{CancelTender, DraftTender, ExtendDeadline, GetTender, ListTenders, PublishTender};
use service::{Failure, ask, perform};
use store::Reads as _;
use store::procurement::bid::Submission;
use store::procurement::tender::Tender;
use testkit::both;
use testkit::tendering::{draft, opening_officers, passphrase, published};
use testkit::world::{HAZEL_BANK, World, undecided_world, world};

async fn row(world: &World, tender: TenderId) -> Tender {
    let mut reads = world.database.db.begin_read(&world.as_role(Role::ContractOfficer)).await.unwrap();
    reads.get(tender).await.unwrap()
}

/// A bid for the first lot, sealed as the tender says.
async fn sealed_bid(world: &World, tender: TenderId, provider: OrganisationId, name: &str, weekly: i64) {
    let tender = row(world, tender).await;
    let quality = QualityEnvelope {
        provider_name: name.to_owned(),
        company_number: "SYN-1".to_owned(),
        services: Vec::new(),
        declared: vec![true; 3],
        insurances: Vec::new(),
        addenda_read: 0,
        answers: Vec::new(),
        files: Vec::new(),
    };
    let price =
        BidPrice { service: world.home, category: "R-STD".to_owned(), weekly: domain::pence::WeeklyRate(domain::pence::Pence(weekly)) };
    let price = PriceEnvelope { prices: vec![price] };
    let to = |recipient: &Option<String>| recipient.as_ref().unwrap().parse::<Recipient>().unwrap();
    let mut tx = world.as_worker().await;
    let submission = Submission {
        id: SubmissionId(tx.new_id()),
        version: 1,
        org_id: tender.org_id,
        provider_id: provider,
        tender_id: tender.id,
        lot: "R1".to_owned(),
        number: 1,
        quality: seal(&to(&tender.quality_recipient), &serde_json::to_vec(&quality).unwrap()).unwrap(),
        price: seal(&to(&tender.price_recipient), &serde_json::to_vec(&price).unwrap()).unwrap(),
        price_by_bidder: false,
        own_copy: Vec::new(),
        receipt: String::new(),
        submitted_at: tx.at(),
        withdrawn_at: None,
    };
    tx.create(&submission, &serde_json::json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

async fn comes(world: &World, council: OrganisationId, tender: TenderId, envelope: Envelope) -> Result<TookPart, Failure> {
    world.clock.forward(chrono::Duration::seconds(1));
    let officer = world.of(council, Role::ContractOfficer);
    take_part(&world.nearhome, &officer, world.key(), tender, envelope, passphrase(council)).await
}

async fn opening(world: &World, tender: TenderId) -> OpeningView {
    let officer = world.as_role(Role::ContractOfficer);
    ask(&world.nearhome, &officer, &GetOpening { tender, now: world.nearhome.now() }).await.unwrap()
}

fn took_part(outcome: AttemptOutcome, wanting: u32, opened: usize) -> TookPart {
    TookPart { outcome, wanting, opened }
}

both! {
    async fn a_tender_is_published_by_a_decision_and_with_an_opening_officer_in_each_council_only(database) {
        let mut world = undecided_world(database).await;
        let officer = world.as_role(Role::ContractOfficer);
        let draft = draft(&world).await;
        let tender = perform(&world.nearhome, &officer, world.key(), &DraftTender { tender: None, draft: draft.clone() }).await.unwrap();
        let publish = PublishTender { tender, had_planned_notice: false };
        let refused = perform(&world.nearhome, &officer, world.key(), &publish).await.unwrap_err();
        assert!(refused.to_string().contains("no decision of this council approves to procure CCS072"), "{refused}");
        world.decide().await;
        let refused = perform(&world.nearhome, &officer, world.key(), &publish).await.unwrap_err();
        assert!(refused.to_string().contains("is not registered"), "{refused}");
        opening_officers(&mut world).await;
        let providers = ListTenders { now: world.nearhome.now() };
        let bidder = world.as_role(Role::ReferralsManager);
        assert_eq!(ask(&world.nearhome, &bidder, &providers).await.unwrap().len(), 0, "a draft is nobody's business");
        let early = ask(&world.nearhome, &bidder, &GetTender { tender, now: world.nearhome.now() }).await;
        assert!(matches!(early, Err(Failure::Denied(_))), "{early:?}");
        perform(&world.nearhome, &officer, world.key(), &publish).await.unwrap();
        let seen = ask(&world.nearhome, &bidder, &GetTender { tender, now: world.nearhome.now() }).await.unwrap();
        assert_eq!((seen.phase, seen.plan), (Phase::Open, draft.plan.clone()));
        let change = DraftTender { tender: Some((tender, seen.tender.version)), draft };
        let refused = perform(&world.nearhome, &officer, world.key(), &change).await.unwrap_err();
        assert!(refused.to_string().contains("not a draft any more"), "{refused}");
        let by_derby = perform(&world.nearhome, &world.of_other_council(Role::ContractOfficer), world.key(), &change).await;
        assert!(matches!(by_derby, Err(Failure::Denied(_))), "{by_derby:?}");
    }

    async fn a_deadline_moves_to_a_later_time_only_before_it_has_passed_and_everybody_is_told(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let at = |text: &str| Instant::new(text.parse().unwrap());
        let extend = |to: &str| ExtendDeadline { tender, to: at(to), reason: "More homes asked for time".to_owned() };
        let earlier = perform(&world.nearhome, &officer, world.key(), &extend("2027-02-20T12:00:00Z")).await;
        assert!(matches!(earlier, Err(Failure::Refused(_))), "{earlier:?}");
        perform(&world.nearhome, &officer, world.key(), &extend("2027-03-05T12:00:00Z")).await.unwrap();
        let seen = ask(&world.nearhome, &world.as_role(Role::ReferralsManager), &GetTender { tender, now: world.nearhome.now() }).await.unwrap();
        assert_eq!(seen.tender.deadline, at("2027-03-05T12:00:00Z"));
        assert_eq!(seen.addenda.len(), 1);
        assert!(seen.addenda[0].text.contains("5 March 2027 at midday") && seen.addenda[0].text.contains("asked for time"), "{}", seen.addenda[0].text);
        world.clock.set("2027-03-05T12:00:00.000001Z");
        let late = perform(&world.nearhome, &officer, world.key(), &extend("2027-03-12T12:00:00Z")).await.unwrap_err();
        assert!(late.to_string().contains("cannot be moved any more"), "{late}");
        let cancel = CancelTender { tender, reason: "The need has changed".to_owned() };
        perform(&world.nearhome, &officer, world.key(), &cancel).await.unwrap();
        assert_eq!(row(&world, tender).await.phase(world.nearhome.now()), Phase::Cancelled);
    }

    async fn two_councils_open_the_bids_one_alone_cannot_and_every_attempt_is_on_record(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let [council, other] = [world.council, world.other_council];
        let (rowan, _) = world.add_provider("Rowan Homes", "1234570", testkit::world::HOME_CATEGORY).await;
        sealed_bid(&world, tender, world.provider, HAZEL_BANK, 512_345).await;
        sealed_bid(&world, tender, rowan, "Rowan Homes", 523_456).await;
        assert_eq!(comes(&world, council, tender, Envelope::Quality).await.unwrap(), took_part(TooEarly, 2, 0));
        assert_eq!(opening(&world, tender).await.sealed, None, "before the deadline nobody learns how many there are");
        world.clock.set("2027-02-26T12:01:00Z");
        assert_eq!(opening(&world, tender).await.sealed, Some(2));
        let officer = world.of(council, Role::ContractOfficer);
        world.clock.forward(chrono::Duration::seconds(1));
        let wrong = take_part(&world.nearhome, &officer, world.key(), tender, Envelope::Quality, "something else".to_owned()).await.unwrap();
        assert_eq!(wrong.outcome, WrongPassphrase);
        let head = world.of(other, Role::HeadOfContracting);
        make_key(&world.nearhome, &head, world.key(), "another kettle of granite".to_owned()).await.unwrap();
        world.clock.forward(chrono::Duration::seconds(1));
        let late = take_part(&world.nearhome, &head, world.key(), tender, Envelope::Quality, "another kettle of granite".to_owned()).await.unwrap();
        assert_eq!(late.outcome, NoShare, "nothing was shared with a key made after the publication");
        assert_eq!(comes(&world, council, tender, Envelope::Quality).await.unwrap(), took_part(Contributed, 1, 0));
        assert_eq!(comes(&world, council, tender, Envelope::Quality).await.unwrap(), took_part(Contributed, 1, 0), "one council is one, however often it comes");
        world.clock.set("2027-02-26T13:02:00Z");
        assert_eq!(comes(&world, other, tender, Envelope::Quality).await.unwrap(), took_part(Contributed, 1, 0), "the first one's window is over");
        assert_eq!(comes(&world, council, tender, Envelope::Quality).await.unwrap(), took_part(Opened, 0, 2));
        let seen = opening(&world, tender).await;
        let mut providers: Vec<&str> = seen.bids.iter().map(|bid| bid.provider.as_str()).collect();
        providers.sort_unstable();
        assert_eq!(providers, [HAZEL_BANK, "Rowan Homes"]);
        assert!(seen.bids.iter().all(|bid| !bid.is_price_open), "prices stay shut");
        assert_eq!(comes(&world, council, tender, Envelope::Price).await.unwrap().outcome, QualityNotLocked);
        let again = comes(&world, council, tender, Envelope::Quality).await;
        assert!(matches!(again, Err(Failure::Refused(_))), "{again:?}");
        let outcomes: Vec<AttemptOutcome> = opening(&world, tender).await.attempts.iter().map(|attempt| attempt.outcome).collect();
        assert_eq!(outcomes, [TooEarly, WrongPassphrase, NoShare, Contributed, Contributed, Contributed, Opened, QualityNotLocked]);
        let mut reads = world.database.db.begin_read(&officer).await.unwrap();
        let kept = store::procurement::opening::attempts_of(&mut reads, tender).await.unwrap();
        assert!(kept.iter().all(|attempt| attempt.share_sealed.is_none()), "a share is kept no longer than it waits");
    }

    async fn prices_open_by_a_second_opening_when_quality_is_locked(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let [council, other] = [world.council, world.other_council];
        sealed_bid(&world, tender, world.provider, HAZEL_BANK, 512_345).await;
        world.clock.set("2027-02-26T12:01:00Z");
        for from in [council, other] {
            comes(&world, from, tender, Envelope::Quality).await.unwrap();
        }
        let mut locked = row(&world, tender).await;
        let mut tx = world.as_worker().await;
        locked.quality_locked_at = Some(tx.at());
        tx.update(&mut locked, &serde_json::json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(comes(&world, other, tender, Envelope::Price).await.unwrap(), took_part(Contributed, 1, 0));
        assert_eq!(comes(&world, council, tender, Envelope::Price).await.unwrap(), took_part(Opened, 0, 1));
        let mut reads = world.database.db.begin_read(&world.as_role(Role::ContractOfficer)).await.unwrap();
        let bids = store::procurement::bid::opened(&mut reads, tender).await.unwrap();
        assert_eq!(bids[0].price().unwrap().unwrap().prices[0].weekly.0.0, 512_345);
    }

    async fn a_deadline_goes_by_the_clock_that_servers_share_and_not_by_their_own(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let extend = |to: &str| ExtendDeadline { tender, to: Instant::new(to.parse().unwrap()), reason: "More time".to_owned() };
        // This server's clock runs years ahead of everybody's.
        world.clock.set("2057-01-01T12:00:00Z");
        let ahead = perform(&world.nearhome, &officer, world.key(), &extend("2057-02-26T12:00:00Z")).await;
        assert!(matches!(ahead, Err(Failure::Refused(_))), "{ahead:?}");
        let shared = world.nearhome.clone().timed_by_database();
        let outcome = perform(&shared, &officer, world.key(), &extend("2057-02-26T12:00:00Z")).await;
        match world.database.db.engine() {
            store::dialect::Engine::Postgres => assert!(outcome.is_ok(), "{outcome:?}"),
            // All that works on one file is on one machine, and has its clock.
            store::dialect::Engine::Sqlite => assert!(matches!(outcome, Err(Failure::Refused(_))), "{outcome:?}"),
        }
    }
}
