//! A home is suspended while officers shortlist, choose, agree and place, on every engine for real: what the suspension saw of each offer
//! is what stands, so nothing went on after it, and each child who lives there has one review.

use std::sync::Arc;

use domain::access::worker;
use domain::ids::{AgreementId, OfferId, ServiceId};
use domain::pence::Pence;
use domain::people::{Caller, Role};
use domain::purchasing::suspension::SuspensionTask;
use domain::registration::ServiceKind;
use service::Failure;
use service::governance::verify::verify;
use service::jobs::sealer::{SealKey, seal};
use service::market::provider_file::AdmitService;
use service::purchasing::agreement::{SignForCouncil, SignForProvider};
use service::purchasing::choice::ShortlistOffer;
use store::Reads as _;
use store::market::service::Service;
use store::market::suspension::{freezes_of, in_force, residents};
use store::purchasing::offer::Offer;
use store::purchasing::placement::Task;
use testkit::case::{approve, completed, day, does, issued, offered, preferred, ready, referral, scored_and_shortlisted};
use testkit::world::{HAZEL_BANK, HOME_CATEGORY, World, service_file, world};
use testkit::{both, proof};

use crate::suspension::{everything, prefer, suspend, to_start};

/// One of the acts that race against a suspension, and the offer that it moves.
#[derive(Debug, Clone)]
enum Racer {
    Shortlist(OfferId),
    Prefer(OfferId),
    Accept(OfferId, AgreementId),
    Start(OfferId, AgreementId),
}

impl Racer {
    fn offer(&self) -> OfferId {
        match self {
            Self::Shortlist(offer) | Self::Prefer(offer) | Self::Accept(offer, _) | Self::Start(offer, _) => *offer,
        }
    }

    /// Whether it was done. Whoever is told that others were first tries again, as people do.
    async fn runs(&self, world: &World) -> bool {
        let officer = world.as_role(Role::PlacementOfficer);
        loop {
            let outcome = match self {
                Self::Shortlist(offer) => does(world, &officer, &ShortlistOffer { offer: *offer }).await.map(drop),
                Self::Prefer(offer) => does(world, &officer, &prefer(*offer)).await.map(drop),
                Self::Accept(_, agreement) => {
                    does(world, &world.as_role(Role::HeadOfContracting), &SignForCouncil { agreement: *agreement }).await.map(drop)
                }
                Self::Start(_, agreement) => does(world, &officer, &to_start(*agreement)).await.map(drop),
            };
            match outcome {
                Ok(()) => return true,
                Err(Failure::Refused(why)) if why.contains("frozen") => return false,
                Err(Failure::Fault(_) | Failure::Conflict(_)) => {}
                Err(other) => panic!("{self:?}: {other:?}"),
            }
        }
    }
}

/// A home with room for many, on the map.
async fn another_home(world: &World, urn: usize) -> ServiceId {
    let file = service_file(HAZEL_BANK, ServiceKind::Home, &urn.to_string());
    let home = does(world, &worker(), &file).await.unwrap().service;
    let [framework, lot, category] = HOME_CATEGORY.map(str::to_owned);
    let admit =
        AdmitService { service: home, framework, lot, category, tendered_max_pence: Pence(600_000), admitted_on: day("2026-04-01") };
    does(world, &worker(), &admit).await.unwrap();
    let mut tx = world.as_worker().await;
    let mut row: Service = tx.get(home).await.unwrap();
    (row.easting, row.northing, row.places_registered) = (Some(457_200), Some(339_900), 100);
    row.council_code = Some("E06000018".to_owned());
    tx.update(&mut row, &serde_json::json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
    home
}

/// Offers of a home at each step at which the next one must not be taken once it is suspended, and a child who lives there.
async fn field(world: &World, home: ServiceId, numbers: &mut u32) -> Vec<Racer> {
    let mut racers = Vec::new();
    let offer = async |numbers: &mut u32| {
        *numbers += 1;
        let (referral, releases) = referral(world, *numbers, &[home], HOME_CATEGORY).await;
        (referral, offered(world, releases[0], "5,000").await)
    };
    for _ in 0..2 {
        racers.push(Racer::Shortlist(offer(numbers).await.1));
        let (_, waiting) = offer(numbers).await;
        scored_and_shortlisted(world, waiting).await;
        racers.push(Racer::Prefer(waiting));
    }
    for step in 0..3 {
        let (referral, chosen) = offer(numbers).await;
        scored_and_shortlisted(world, chosen).await;
        for approval in preferred(world, chosen).await {
            approve(world, approval).await;
        }
        let agreement = issued(world, referral).await.agreement;
        does(world, &world.as_role(Role::ProviderSignatory), &SignForProvider { agreement }).await.unwrap();
        completed(world, referral).await;
        if step == 0 {
            racers.push(Racer::Accept(chosen, agreement));
            continue;
        }
        does(world, &world.as_role(Role::HeadOfContracting), &SignForCouncil { agreement }).await.unwrap();
        if step == 1 {
            racers.push(Racer::Start(chosen, agreement));
        } else {
            does(world, &world.as_role(Role::PlacementOfficer), &to_start(agreement)).await.unwrap();
        }
    }
    racers
}

/// What the record says after a race: the suspension saw every offer as it stands, and every child who lives there has one review.
async fn judged(world: &World, home: ServiceId, done: &[(Racer, bool)], round: usize) {
    let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
    let suspension = in_force(&mut reads, home).await.unwrap().unwrap();
    let freezes = freezes_of(&mut reads, suspension.id).await.unwrap();
    for (racer, was_first) in done {
        let offer: Offer = reads.get(racer.offer()).await.unwrap();
        let frozen: Vec<_> = freezes.iter().filter(|freeze| freeze.offer_id == offer.id).map(|freeze| freeze.state_then).collect();
        let has_moved_in = matches!(racer, Racer::Start(..)) && *was_first;
        let expected = if has_moved_in { Vec::new() } else { vec![offer.state] };
        assert_eq!(frozen, expected, "round {round}: {racer:?} came after the suspension had looked (done: {was_first})");
    }
    let mut living: Vec<uuid::Uuid> = residents(&mut reads, home).await.unwrap().into_iter().map(|(id, _)| id.0).collect();
    let kind = SuspensionTask::RiskReview.kind(suspension.id);
    let tasks = everything::<Task>(world).await;
    let mut reviewed: Vec<uuid::Uuid> = tasks.into_iter().filter(|task| task.kind == kind).map(|task| task.subject_id).collect();
    living.sort();
    reviewed.sort();
    assert!(!living.is_empty());
    assert_eq!(reviewed, living, "round {round}: one review for each child who lives there");
}

both! {
    async fn no_offer_is_chosen_after_a_suspension_and_every_child_has_one_review_in_every_round(database) {
        let world = Arc::new(world(database).await);
        ready(&world, 1_000_000_000_000).await;
        let rounds = proof::rounds(8, 150);
        let (mut numbers, mut before, mut after) = (0, 0, 0);
        for round in 0..rounds {
            let home = another_home(&world, 2_000_000 + round).await;
            let mut racers = field(&world, home, &mut numbers).await;
            // First in every other round, for it has more to do than any of them.
            let turn = if round.is_multiple_of(2) { 0 } else { round % racers.len() };
            let by = round % racers.len();
            racers.rotate_left(by);
            // Somebody of the other council, before whom PostgreSQL puts a wall around all of these children.
            let suspender: Caller = world.of_other_council(Role::ContractOfficer);
            let mut races = Vec::new();
            let mut suspending = None;
            for (place, racer) in racers.into_iter().enumerate() {
                if place == turn {
                    let (world, suspender) = (world.clone(), suspender.clone());
                    suspending = Some(tokio::spawn(async move {
                        while let Err(failure) = does(&world, &suspender, &suspend(home)).await {
                            assert!(matches!(failure, Failure::Fault(_) | Failure::Conflict(_)), "{failure:?}");
                        }
                    }));
                }
                let world = world.clone();
                races.push(tokio::spawn(async move { (racer.clone(), racer.runs(&world).await) }));
            }
            suspending.unwrap().await.unwrap();
            let mut done = Vec::new();
            for race in races {
                done.push(race.await.unwrap());
            }
            before += done.iter().filter(|(_, was_first)| *was_first).count();
            after += done.iter().filter(|(_, was_first)| !was_first).count();
            judged(&world, home, &done, round).await;
            proof::progress("races against a suspension", round + 1, rounds);
        }
        println!("{before} acts came before their suspension, {after} after it");
        assert!(before > 0 && after > 0, "{before} before, {after} after: nothing raced");
        let key = SealKey::new([7; 32]);
        seal(&world.nearhome, &key).await.unwrap();
        let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
        let report = verify(&mut reads, key.public(), &[]).await.unwrap();
        assert_eq!(report.finding, None, "a task or a freeze of another council broke a chain");
    }
}
