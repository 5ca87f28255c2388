//! The evaluation of a tender's bids, for tests of what comes before and after it.

use domain::ids::{OpenedBidId, SubmissionId, TenderId};
use domain::people::{Caller, Role};
use domain::procurement::bid::{Envelope, QualityEnvelope};
use service::procurement::conflict::DeclareConflict;
use service::procurement::evaluation::GetEvaluation;
use service::procurement::evaluator::NameEvaluator;
use service::procurement::opening::take_part;
use service::procurement::scoring::{AgreeScore, LockQuality, ScoreAnswer};
use service::{ask, perform};
use store::Reads as _;
use store::people::organisation::Person;
use store::procurement::bid::{OpenedBid, Submission};

use crate::tendering::passphrase;
use crate::world::World;

/// Under which email somebody signs in.
///
/// # Panics
/// When nobody knows them.
pub async fn email(world: &World, caller: &Caller) -> String {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    reads.get::<Person>(caller.person).await.unwrap().email
}

/// Officers of two councils open one kind of envelope, with the clock past the deadline.
///
/// # Panics
/// When it is refused.
pub async fn opens(world: &World, tender: TenderId, envelope: Envelope) {
    for council in [world.council, world.other_council] {
        world.clock.forward(chrono::Duration::seconds(1));
        let officer = world.of(council, Role::ContractOfficer);
        take_part(&world.nearhome, &officer, world.key(), tender, envelope, passphrase(council)).await.unwrap();
    }
}

/// An opened bid in the record of a tender whose deadline lies ahead: for tests of who reaches it, not of how it came about.
///
/// # Panics
/// When the database does not take it.
pub async fn opened_without_prices(world: &World, tender: TenderId, submission: SubmissionId) -> OpenedBidId {
    let mut tx = world.as_worker().await;
    let submission: Submission = tx.get(submission).await.unwrap();
    let quality = QualityEnvelope {
        provider_name: "Hazel Bank Care".to_owned(),
        company_number: "01234567".to_owned(),
        services: Vec::new(),
        declared: Vec::new(),
        insurances: Vec::new(),
        addenda_read: 0,
        answers: Vec::new(),
        files: Vec::new(),
    };
    let bid = OpenedBid {
        id: OpenedBidId(tx.new_id()),
        version: 1,
        org_id: submission.org_id,
        tender_id: tender,
        submission_id: submission.id,
        provider_id: submission.provider_id,
        lot: submission.lot,
        quality: serde_json::to_string(&quality).unwrap(),
        price: None,
        opened_at: tx.at(),
        price_opened_at: None,
    };
    tx.create(&bid, &serde_json::json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
    bid.id
}

/// Two evaluators, one of each council of this world, named and free of conflicts, and so is the officer who runs the evaluation.
///
/// # Panics
/// When anything of it is refused.
pub async fn evaluators(world: &World, tender: TenderId) -> [Caller; 2] {
    let officer = world.as_role(Role::ContractOfficer);
    let both = [world.as_role(Role::PlacementOfficer), world.of_other_council(Role::HeadOfService)];
    for evaluator in &both {
        let email = email(world, evaluator).await;
        perform(&world.nearhome, &officer, world.key(), &NameEvaluator { tender, email }).await.unwrap();
    }
    let declares = DeclareConflict { tender, has_conflict: false, words: String::new() };
    for person in both.iter().chain([&officer]) {
        perform(&world.nearhome, person, world.key(), &declares).await.unwrap();
    }
    both
}

/// Scores every answer of a bid alike, as one evaluator.
///
/// # Panics
/// When it is refused.
pub async fn scores(world: &World, evaluator: &Caller, tender: TenderId, bid: OpenedBidId, score: u32) {
    let plan = ask(&world.nearhome, evaluator, &GetEvaluation { tender }).await.unwrap().plan;
    for question in &plan.questions {
        let command = ScoreAnswer {
            tender,
            bid,
            question: question.code.clone(),
            score,
            reason: format!("It is worth {score} of {}.", question.scale_max),
        };
        perform(&world.nearhome, evaluator, world.key(), &command).await.unwrap();
    }
}

/// From open quality envelopes to open prices: everything that goes on is scored alike by two evaluators, agreed on and locked.
///
/// # Panics
/// When anything of it is refused.
pub async fn judged(world: &World, tender: TenderId, score: u32) {
    let officer = world.as_role(Role::ContractOfficer);
    let evaluators = evaluators(world, tender).await;
    let view = ask(&world.nearhome, &officer, &GetEvaluation { tender }).await.unwrap();
    for bid in view.bids.iter().filter(|bid| bid.goes_on()) {
        for evaluator in &evaluators {
            scores(world, evaluator, tender, bid.id, score).await;
        }
        for question in &view.plan.questions {
            let agree =
                AgreeScore { tender, bid: bid.id, question: question.code.clone(), agreed: score, reason: "Both say so.".to_owned() };
            perform(&world.nearhome, &officer, world.key(), &agree).await.unwrap();
        }
    }
    perform(&world.nearhome, &officer, world.key(), &LockQuality { tender }).await.unwrap();
    opens(world, tender, Envelope::Price).await;
}
