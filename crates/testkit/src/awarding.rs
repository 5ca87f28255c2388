//! What an award waits for, for tests of what comes after it.

use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::ids::{AssessmentSummaryId, ChallengeId, EvaluatorId, FrameworkContractId, OrganisationId, TenderId};
use domain::people::{Caller, Role};
use service::governance::decision::{AgreeAsPartner, ListDecisions, RecordConsultation};
use service::people::organisation::{RegisterPerson, RoleToGive};
use service::procurement::challenge::{ChallengeKind, RaiseChallenge};
use service::procurement::evaluator::NameEvaluator;
use service::procurement::result::Summary;
use service::{ask, perform};
use store::procurement::award::{AssessmentSummary, FrameworkContract};

use crate::evaluating::email;
use crate::world::World;

/// The person who holds the post to which the decision of 2019 delegates the award.
///
/// # Panics
/// When they cannot be registered.
pub async fn director(world: &World) -> Caller {
    let post = "Director of Children's Integrated Services".to_owned();
    let person = RegisterPerson {
        email: "integrated@nottingham.example".to_owned(),
        name: "Sample director".to_owned(),
        password: None,
        totp_secret: None,
        roles: vec![RoleToGive { organisation: world.council, role: Role::Director, post }],
        is_sample: true,
    };
    let person = perform(&world.nearhome, &domain::access::worker(), world.key(), &person).await.unwrap();
    Caller { person, ..world.as_role(Role::Director) }
}

/// The portfolio holder is consulted and the three other councils, all of them in this world, agree.
///
/// # Panics
/// When anything of it is refused.
pub async fn consulted(world: &World) {
    consulted_about(world, "CCS072").await;
}

/// The same for whatever else the decision that names it governs.
///
/// # Panics
/// When anything of it is refused.
pub async fn consulted_about(world: &World, about: &str) {
    let officer = world.as_role(Role::ContractOfficer);
    let decisions = ask(&world.nearhome, &officer, &ListDecisions).await.unwrap();
    let decision = decisions.iter().find(|one| one.decision.frameworks().contains(&about)).unwrap().id;
    let said_on = Day::in_uk(world.nearhome.now());
    let about = about.to_owned();
    let who = "Portfolio Holder for Early Intervention and Early Years".to_owned();
    let consults = RecordConsultation { decision, about: about.clone(), who, said: "Agrees with the outcome".to_owned(), said_on };
    perform(&world.nearhome, &officer, world.key(), &consults).await.unwrap();
    for code in ["E06000015", "E10000007", "E10000024"] {
        let council = CouncilCode(code.to_owned());
        let agrees = AgreeAsPartner { decision, about: about.clone(), council, said: "Agrees".to_owned(), said_on };
        perform(&world.nearhome, &domain::access::worker(), world.key(), &agrees).await.unwrap();
    }
}

/// What addresses under a tender name.
#[derive(Debug, Clone, Copy)]
pub struct OnRecord {
    /// The part of one who evaluates.
    pub evaluator: EvaluatorId,
    /// A complaint that is open.
    pub complaint: ChallengeId,
    /// An agreement that nobody has signed.
    pub contract: FrameworkContractId,
    /// With whom it is, and who was told about its bid.
    pub provider: OrganisationId,
}

/// All that the evaluation and the award of a tender leave on record, for a tender whose deadline lies ahead: for tests of who reaches it,
/// not of how it came about.
///
/// # Panics
/// When the database does not take it.
pub async fn on_record(world: &World, tender: TenderId, provider: OrganisationId) -> OnRecord {
    let officer = world.as_role(Role::ContractOfficer);
    let names = NameEvaluator { tender, email: email(world, &world.as_role(Role::SocialWorker)).await };
    let evaluator = perform(&world.nearhome, &officer, world.key(), &names).await.unwrap();
    let wrong_scoring = RaiseChallenge { tender, kind: ChallengeKind::Complaint, about: "The scoring of question 2".to_owned() };
    let complaint = perform(&world.nearhome, &officer, world.key(), &wrong_scoring).await.unwrap();
    let mut tx = world.as_worker().await;
    let summary = AssessmentSummary {
        id: AssessmentSummaryId(tx.new_id()),
        version: 1,
        org_id: world.council,
        provider_id: provider,
        tender_id: tender,
        lot: "R1".to_owned(),
        content: serde_json::to_string(&Summary { lot: "R1".to_owned(), answers: Vec::new(), services: Vec::new() }).unwrap(),
        sent_at: tx.at(),
    };
    tx.create(&summary, &serde_json::json!({ "shape": 1 })).await.unwrap();
    let contract = FrameworkContract {
        id: FrameworkContractId(tx.new_id()),
        version: 1,
        org_id: world.council,
        provider_id: provider,
        tender_id: tender,
        framework: "CCS072".to_owned(),
        detail: "[]".to_owned(),
        signable_from: None,
        provider_signed_at: None,
        provider_signed_by: None,
        provider_signatory: None,
        council_signed_at: None,
        council_signed_by: None,
        council_post: None,
        act_id: None,
        suspended_from: None,
        suspended_until: None,
        ended_on: None,
        ended_reason: None,
        suspended_reason: None,
    };
    tx.create(&contract, &serde_json::json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
    OnRecord { evaluator, complaint, contract: contract.id, provider }
}
