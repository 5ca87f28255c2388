//! Who may act by what was decided, and that no council calls off without its signature.

use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::governance::decision::{Decision, GovernedAct};
use domain::ids::DecisionId;
use domain::pence::Pence;
use domain::people::{Caller, Role};
use domain::purchasing::fields::LONG_CHARS;
use service::governance::decision::{
    AgreeAsPartner, GetDecision, ListDecisions, RecordConsultation, RecordDecision, RevokeDecision, WhatMayIDo, read,
};
use service::governance::delegation::{Wanted, act};
use service::governance::inter_authority::{GetCouncilsAgreement, ListCouncilsAgreements, SignCouncilsAgreement, WriteCouncilsAgreement};
use service::people::organisation::{RegisterPerson, RoleToGive};
use service::{Failure, FieldProblem, ask, perform};
use testkit::world::{DECISION, World, undecided_world, world};
use testkit::{both, case};

const HOMES: &str = "CCS072";
const HOLDER: &str = "Portfolio Holder for Early Intervention and Early Years";

/// The person who holds the post to which the award is delegated.
async fn director(world: &World) -> Caller {
    let person = RegisterPerson {
        email: "integrated@nottingham.example".to_owned(),
        name: "Sample director".to_owned(),
        password: None,
        totp_secret: None,
        roles: vec![RoleToGive {
            organisation: world.council,
            role: Role::Director,
            post: "Director of Children's Integrated Services".to_owned(),
        }],
        is_sample: true,
    };
    let person = perform(&world.nearhome, &domain::access::worker(), world.key(), &person).await.unwrap();
    Caller { person, ..world.as_role(Role::Director) }
}

async fn does(world: &World, who: &Caller, wanted: &Wanted) -> Result<String, String> {
    use domain::access::{Action, Relation, authorise};
    let threshold = world.nearhome.db().begin_write(who).await.unwrap();
    let grant = authorise(who, Action::SeeDecisions, Some(Relation::Shared)).unwrap();
    let mut tx = threshold.enter(grant, world.nearhome.now(), world.nearhome.random());
    let outcome = act(&mut tx, wanted).await.map(|(_, post)| post).map_err(|failure| failure.to_string());
    tx.commit().await.unwrap();
    outcome
}

async fn the_decision(world: &World) -> DecisionId {
    let all = ask(&world.nearhome, &world.as_role(Role::ContractOfficer), &ListDecisions).await.unwrap();
    all.first().unwrap().id
}

fn consulted(world: &World, decision: DecisionId) -> RecordConsultation {
    RecordConsultation {
        decision,
        about: HOMES.to_owned(),
        who: HOLDER.to_owned(),
        said: "Agrees with the outcome".to_owned(),
        said_on: Day::in_uk(world.nearhome.now()),
    }
}

/// All that the award waits for; the two councils that are not in this world agree by the worker's hand.
async fn prepare(world: &World, decision: DecisionId) {
    let officer = world.as_role(Role::ContractOfficer);
    perform(&world.nearhome, &officer, world.key(), &consulted(world, decision)).await.unwrap();
    let agrees = AgreeAsPartner {
        decision,
        about: HOMES.to_owned(),
        council: CouncilCode("E06000015".to_owned()),
        said: "Derby agrees".to_owned(),
        said_on: Day::in_uk(world.nearhome.now()),
    };
    let of_derby = world.of_other_council(Role::ContractOfficer);
    let by_nottingham = perform(&world.nearhome, &officer, world.key(), &agrees).await;
    assert!(matches!(by_nottingham, Err(Failure::Denied(_))), "a council's agreement is its own to give: {by_nottingham:?}");
    perform(&world.nearhome, &of_derby, world.key(), &agrees).await.unwrap();
    for (name, code) in PARTNERS {
        let register = service::people::organisation::RegisterOrganisation {
            kind: domain::people::OrganisationKind::Council,
            name: name.to_owned(),
            council_code: Some(code.to_owned()),
            reference: None,
            is_synthetic: true,
        };
        perform(&world.nearhome, &domain::access::worker(), world.key(), &register).await.unwrap();
        let agrees = AgreeAsPartner { council: CouncilCode(code.to_owned()), ..agrees.clone() };
        perform(&world.nearhome, &domain::access::worker(), world.key(), &agrees).await.unwrap();
    }
}

const PARTNERS: [(&str, &str); 2] = [("Derbyshire County Council", "E10000007"), ("Nottinghamshire County Council", "E10000024")];

/// The same under another decision, with all councils registered.
async fn agree_again(world: &World, decision: DecisionId) {
    let officer = world.as_role(Role::ContractOfficer);
    perform(&world.nearhome, &officer, world.key(), &consulted(world, decision)).await.unwrap();
    for code in ["E06000015", "E10000007", "E10000024"] {
        let agrees = AgreeAsPartner {
            decision,
            about: HOMES.to_owned(),
            council: CouncilCode(code.to_owned()),
            said: "Still agrees".to_owned(),
            said_on: Day::in_uk(world.nearhome.now()),
        };
        perform(&world.nearhome, &domain::access::worker(), world.key(), &agrees).await.unwrap();
    }
}

both! {
    async fn each_act_of_the_seed_is_blocked_until_what_it_waits_for_is_on_record(database) {
        let world = world(database).await;
        let (director, head) = (director(&world).await, world.as_role(Role::HeadOfContracting));
        let award = Wanted { act: GovernedAct::AwardFramework, about: HOMES.to_owned(), amount: Pence(1_000) };
        let sign = Wanted::free(GovernedAct::SignContracts, HOMES);
        let decision = the_decision(&world).await;
        assert_eq!(does(&world, &director, &award).await.unwrap_err(), format!("the {HOLDER} has not been consulted"));
        assert!(does(&world, &head, &sign).await.unwrap_err().contains("Award the framework"));
        prepare(&world, decision).await;
        assert_eq!(does(&world, &head, &award).await.unwrap_err(), "this is for the Director of Children’s Integrated Services");
        // Another director of the same council does not hold the post.
        let other = world.as_role(Role::Director);
        assert!(does(&world, &other, &award).await.unwrap_err().contains("this is for the Director"));
        let dear = Wanted { amount: Pence(12_500_000_001), ..award.clone() };
        assert!(does(&world, &director, &dear).await.unwrap_err().contains("would pass the ceiling"));
        assert_eq!(does(&world, &director, &award).await.unwrap(), "Director of Children’s Integrated Services");
        assert_eq!(does(&world, &head, &sign).await.unwrap(), "Head of Contracting and Procurement");
        let seen = ask(&world.nearhome, &head, &GetDecision { decision }).await.unwrap();
        let acts: Vec<_> = seen.acts.iter().map(|act| (act.act, act.resolution, act.about.as_str())).collect();
        assert!(acts.contains(&(GovernedAct::AwardFramework, Some(3), HOMES)) && acts.contains(&(GovernedAct::SignContracts, Some(4), HOMES)));
        assert_eq!(seen.consultations.len(), 4);
        // Nothing of this opens the other framework.
        let fostering = Wanted { about: "CCS034".to_owned(), ..award.clone() };
        assert!(does(&world, &director, &fostering).await.unwrap_err().contains("consulted"));
        let contracts = Wanted::free(GovernedAct::SignContracts, "CCS034");
        assert!(does(&world, &head, &contracts).await.unwrap_err().contains("Award the framework"));
        // What was committed counts: the rest of the ceiling is a thousand pence less.
        let rest = Wanted { amount: Pence(12_499_999_001), ..award };
        assert!(does(&world, &director, &rest).await.unwrap_err().contains("£10.00 is committed already"));
        // Nor does a new decision open the ceiling again.
        let later = Decision { met_on: "2020-01-14".parse().unwrap(), call_in_until: None, ..seen.decision };
        let officer = world.as_role(Role::ContractOfficer);
        let new = perform(&world.nearhome, &officer, world.key(), &RecordDecision { decision: later }).await.unwrap();
        let end = RevokeDecision { decision, version: 1, reason: "Replaced".to_owned(), followed_by: Some(new) };
        perform(&world.nearhome, &officer, world.key(), &end).await.unwrap();
        let without = "has not been consulted";
        assert!(does(&world, &director, &rest).await.unwrap_err().contains(without), "it was consulted on under the old decision");
        agree_again(&world, new).await;
        assert!(does(&world, &director, &rest).await.unwrap_err().contains("£10.00 is committed already"));
    }

    async fn what_i_may_do_is_told_with_the_reason(database) {
        let world = world(database).await;
        let head = world.as_role(Role::HeadOfContracting);
        let on = Day::in_uk(world.nearhome.now());
        let all = ask(&world.nearhome, &head, &WhatMayIDo { on }).await.unwrap();
        assert_eq!(all.len(), 6, "three acts on two frameworks");
        let open: Vec<_> = all.iter().filter(|one| one.outcome.is_ok()).map(|one| one.act).collect();
        assert_eq!(open, [GovernedAct::SignInterAuthorityAgreement; 2]);
        let blocked = all.iter().filter_map(|one| one.outcome.as_ref().err());
        assert!(blocked.into_iter().all(|why| why.contains("this is for the") || why.contains("first on record")));
        // Derby recorded nothing: its rules let it sign the agreement, and nothing else.
        let derby = ask(&world.nearhome, &world.of_other_council(Role::HeadOfContracting), &WhatMayIDo { on }).await.unwrap();
        assert!(derby.iter().all(|one| one.outcome.is_ok() == (one.act == GovernedAct::SignInterAuthorityAgreement)));
        // Once Derby has decided who signs, its rules open nothing that the decision does not.
        let seed = DECISION.replace("E06000018", "E06000015").replace("\"Head of Contracting and Procurement\"", "\"Director of Law\"");
        let decision = read(&seed).unwrap();
        let officer = world.of_other_council(Role::ContractOfficer);
        perform(&world.nearhome, &officer, world.key(), &RecordDecision { decision }).await.unwrap();
        let derby = ask(&world.nearhome, &world.of_other_council(Role::HeadOfContracting), &WhatMayIDo { on }).await.unwrap();
        let signing: Vec<_> = derby.iter().filter(|one| one.act == GovernedAct::SignInterAuthorityAgreement).map(|one| &one.outcome).collect();
        assert_eq!(signing, [&Err("this is for the Director of Law".to_owned()); 2]);
    }

    async fn a_decision_is_superseded_never_edited(database) {
        let world = world(database).await;
        let (officer, head) = (world.as_role(Role::ContractOfficer), world.as_role(Role::HeadOfContracting));
        let old = the_decision(&world).await;
        let decision = read(DECISION).unwrap();
        let again = perform(&world.nearhome, &officer, world.key(), &RecordDecision { decision: decision.clone() }).await;
        assert!(matches!(again, Err(Failure::Refused(_))), "{again:?}");
        let later = Decision { met_on: "2020-01-14".parse().unwrap(), call_in_until: None, item: "9".to_owned(), ..decision };
        let new = perform(&world.nearhome, &officer, world.key(), &RecordDecision { decision: later }).await.unwrap();
        let revoke = |version, followed_by, reason: &str| RevokeDecision { decision: old, version, reason: reason.to_owned(), followed_by };
        let of_derby = Decision { council: CouncilCode("E06000015".to_owned()), ..read(DECISION).unwrap() };
        let derbys = world.of_other_council(Role::ContractOfficer);
        let of_derby = perform(&world.nearhome, &derbys, world.key(), &RecordDecision { decision: of_derby }).await.unwrap();
        let strange = perform(&world.nearhome, &officer, world.key(), &revoke(1, Some(of_derby), "Replaced")).await;
        assert!(matches!(strange, Err(Failure::Invalid(_))), "another council's decision: {strange:?}");
        let silent = perform(&world.nearhome, &officer, world.key(), &revoke(1, Some(new), " ")).await;
        assert!(matches!(silent, Err(Failure::Invalid(_))), "{silent:?}");
        // As many characters as the form allows, whatever bytes they take; one more is told as such at the field.
        let (most, more) = ("é".repeat(LONG_CHARS), "é".repeat(LONG_CHARS + 1));
        let told = |tried: Result<_, Failure>| match tried {
            Err(Failure::Invalid(mut problems)) => problems.remove(0),
            other => panic!("{other:?}"),
        };
        let long = perform(&world.nearhome, &officer, world.key(), &revoke(1, Some(new), &more)).await.map(|_| ());
        assert_eq!(told(long), FieldProblem::at("reason", "Use 5000 characters or fewer"));
        let asked = |said: &str| RecordConsultation { said: said.to_owned(), ..consulted(&world, old) };
        let long = perform(&world.nearhome, &officer, world.key(), &asked(&more)).await.map(|_| ());
        assert_eq!(told(long), FieldProblem::at("said", "Use 5000 characters or fewer"));
        perform(&world.nearhome, &officer, world.key(), &asked(&most)).await.unwrap();
        let itself = perform(&world.nearhome, &officer, world.key(), &revoke(1, Some(old), "Replaced")).await;
        assert!(matches!(itself, Err(Failure::Invalid(_))), "{itself:?}");
        let stale = perform(&world.nearhome, &officer, world.key(), &revoke(7, Some(new), "Replaced")).await;
        assert!(matches!(stale, Err(Failure::Conflict(_))), "{stale:?}");
        let of_derby = perform(&world.nearhome, &world.of_other_council(Role::ContractOfficer), world.key(), &revoke(1, None, "No")).await;
        assert!(matches!(of_derby, Err(Failure::Denied(_))), "{of_derby:?}");
        perform(&world.nearhome, &officer, world.key(), &revoke(1, Some(new), &most)).await.unwrap();
        assert!(perform(&world.nearhome, &officer, world.key(), &consulted(&world, old)).await.is_err(), "nothing is recorded under it");
        let sign = Wanted::free(GovernedAct::SignInterAuthorityAgreement, HOMES);
        assert!(does(&world, &head, &sign).await.is_ok(), "the new decision delegates it");
        let end = RevokeDecision { decision: new, version: 1, reason: "Withdrawn".to_owned(), followed_by: None };
        perform(&world.nearhome, &officer, world.key(), &end).await.unwrap();
        assert!(does(&world, &head, &sign).await.unwrap_err().contains("no longer stands"));
    }

    async fn providers_see_no_decision_and_councils_see_each_others(database) {
        let world = world(database).await;
        let decision = the_decision(&world).await;
        let derby = ask(&world.nearhome, &world.of_other_council(Role::PlacementOfficer), &GetDecision { decision }).await.unwrap();
        assert_eq!(derby.council, world.council);
        let provider = world.as_role(Role::ProviderSignatory);
        assert!(matches!(ask(&world.nearhome, &provider, &ListDecisions).await, Err(Failure::Denied(_))));
        // Behind the door too: on PostgreSQL the rows themselves are hidden.
        if world.database.db.engine() == store::dialect::Engine::Postgres {
            let mut reads = world.database.db.begin_read(&provider).await.unwrap();
            assert_eq!(store::governance::decision::all(&mut reads).await.unwrap().len(), 0);
            assert_eq!(store::governance::inter_authority::all(&mut reads).await.unwrap().len(), 0);
        }
    }

    async fn an_agreement_is_signed_once_by_the_right_post_of_a_party(database) {
        let world = undecided_world(database).await;
        let nottingham = world.as_role(Role::HeadOfContracting);
        let officer = world.as_role(Role::ContractOfficer);
        world.decide().await;
        let agreement = ask(&world.nearhome, &officer, &ListCouncilsAgreements).await.unwrap().first().unwrap().id;
        let sign = SignCouncilsAgreement { agreement };
        let wrong_role = perform(&world.nearhome, &officer, world.key(), &sign).await;
        assert!(matches!(wrong_role, Err(Failure::Denied(_))), "{wrong_role:?}");
        let wrong_post = perform(&world.nearhome, &director(&world).await, world.key(), &sign).await.unwrap_err();
        assert_eq!(wrong_post.to_string(), "this is for the Head of Contracting and Procurement");
        perform(&world.nearhome, &nottingham, world.key(), &sign).await.unwrap();
        let twice = perform(&world.nearhome, &nottingham, world.key(), &sign).await.unwrap_err();
        assert_eq!(twice.to_string(), "this council has signed already");
        let seen = ask(&world.nearhome, &officer, &GetCouncilsAgreement { agreement }).await.unwrap();
        let signed: Vec<_> = seen.parties.iter().map(|(_, name, signature)| (name.as_str(), signature.is_some())).collect();
        assert_eq!(signed[..2], [("Nottingham City Council", true), ("Derby City Council", false)]);
        let again = perform(&world.nearhome, &officer, world.key(), &WriteCouncilsAgreement { terms: seen.terms }).await;
        assert!(matches!(again, Err(Failure::Invalid(_))), "the edition is on record: {again:?}");
    }

    async fn a_council_without_its_signature_issues_no_agreement_for_a_child(database) {
        let world = undecided_world(database).await;
        case::ready(&world, 90_000_000).await;
        let referral = case::approved(&world, 1, "5,600.00").await;
        let issue = case::to_issue(referral);
        let officer = world.as_role(Role::PlacementOfficer);
        world.decide().await;
        world.sign_between_councils(world.other_council).await;
        let refused = perform(&world.nearhome, &officer, world.key(), &issue).await.unwrap_err().to_string();
        assert!(refused.contains("signature on") && refused.contains("is not on file"), "{refused}");
        world.sign_between_councils(world.council).await;
        perform(&world.nearhome, &officer, world.key(), &issue).await.unwrap();
    }
}
