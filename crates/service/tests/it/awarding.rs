//! From decided outcomes to signed agreements: each act by its own post, in its order, after what it waits for.

use domain::calendar::Day;
use domain::ids::{ConflictDeclarationId, FrameworkContractId, OrganisationId, TenderId};
use domain::people::{Caller, Role};
use domain::procurement::bid::Envelope;
use domain::procurement::contract::Standing;
use domain::procurement::reopening::CarryOver;
use service::procurement::award::{AwardFramework, AwardView, GetAward, RecordAwardNotice};
use service::procurement::challenge::{ChallengeKind, CloseChallenge, RaiseChallenge};
use service::procurement::conflict::{DeclareConflict, SettleConflict};
use service::procurement::contract::{EndContract, LiftSuspension, SuspendContract, TerminateFramework, VaryContract};
use service::procurement::evaluation::GetEvaluation;
use service::procurement::evaluator::{EndEvaluator, NameEvaluator};
use service::procurement::exercise::AwardDirectly;
use service::procurement::framework::CarryOverProvider;
use service::procurement::outcome::RecordOutcomes;
use service::procurement::result::{GetResult, SendSummaries};
use service::procurement::scoring::{AgreeScore, LockQuality, ScoreAnswer};
use service::procurement::signature::{CountersignFramework, SignFrameworkForProvider};
use service::procurement::tender::CancelTender;
use service::{Command, Failure};
use testkit::awarding::{consulted, director};
use testkit::bidding::{Typed, submitted};
use testkit::both;
use testkit::case::{does, sees};
use testkit::evaluating::{judged, opens};
use testkit::tendering::published;
use testkit::world::{HOME_CATEGORY, World, world};
use uuid::Uuid;

/// Two sound bids, scored, with open prices.
pub(crate) async fn ready(world: &mut World) -> TenderId {
    let tender = published(world).await;
    let (rowan, _) = world.add_provider("Rowan Homes", "1234570", HOME_CATEGORY).await;
    submitted(world, world.provider, tender, "R1", &Typed::at("4,750.00")).await;
    submitted(world, rowan, tender, "R1", &Typed { name: "Rowan Homes".to_owned(), ..Typed::at("4,900.00") }).await;
    world.clock.set("2027-02-26T12:30:00Z");
    opens(world, tender, Envelope::Quality).await;
    judged(world, tender, 4).await;
    tender
}

pub(crate) async fn view(world: &World, tender: TenderId) -> AwardView {
    let today = Day::in_uk(world.nearhome.now());
    sees(world, &world.as_role(Role::ContractOfficer), &GetAward { tender, today }).await.unwrap()
}

pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> String {
    match outcome {
        Err(Failure::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

both! {
    async fn a_framework_is_awarded_told_held_and_signed_each_by_its_own_post(database) {
        let mut world = world(database).await;
        let tender = ready(&mut world).await;
        let (director, other_director) = (director(&world).await, world.as_role(Role::Director));
        let (officer, head) = (world.as_role(Role::ContractOfficer), world.as_role(Role::HeadOfContracting));
        let award = AwardFramework { tender };
        assert!(refused(does(&world, &director, &award).await).contains("2 services have no outcome yet"));
        assert_eq!(does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await.unwrap(), 2);
        assert!(refused(does(&world, &director, &award).await).contains("has not been consulted"));
        consulted(&world).await;
        assert!(refused(does(&world, &other_director, &award).await).contains("this is for the Director of Children’s Integrated Services"));
        for not_delegated in [&officer, &head] {
            assert!(matches!(does(&world, not_delegated, &award).await, Err(Failure::Denied(_))));
        }
        let complaint = RaiseChallenge { tender, kind: ChallengeKind::Complaint, about: "The scoring of question 2".to_owned() };
        let complaint = does(&world, &officer, &complaint).await.unwrap();
        assert!(refused(does(&world, &director, &award).await).contains("1 challenges or complaints are open"));
        let close = CloseChallenge { tender, challenge: complaint, outcome: "Explained".to_owned() };
        does(&world, &officer, &close).await.unwrap();
        assert!(refused(does(&world, &officer, &SendSummaries { tender }).await).contains("not awarded yet"));
        does(&world, &director, &award).await.unwrap();
        assert!(refused(does(&world, &director, &award).await).contains("was made"));
        assert!(refused(does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await).contains("outcomes stay"));
        let awarded = view(&world, tender).await;
        assert_eq!((awarded.admitted, awarded.contracts.len(), awarded.contracts[0].standing), ((2, 2), 2, Standing::Prepared));

        // The bidders hear first, then the public.
        let signatory = world.as_role(Role::ProviderSignatory);
        let sign = SignFrameworkForProvider { tender };
        let today = Day::in_uk(world.nearhome.now());
        let result = sees(&world, &signatory, &GetResult { tender, today }).await.unwrap();
        assert!(result.summaries.is_empty() && result.contract.is_none(), "nothing is told before it is told to all");
        assert!(refused(does(&world, &officer, &RecordAwardNotice { tender }).await).contains("first each bidder is told"));
        assert_eq!(does(&world, &officer, &SendSummaries { tender }).await.unwrap(), 2);
        let result = sees(&world, &signatory, &GetResult { tender, today }).await.unwrap();
        let [(_, summary)] = result.summaries.as_slice() else { panic!("one bid, one summary") };
        assert_eq!((summary.answers.len(), summary.answers[0].1, summary.services[0].1), (3, 4, true));
        assert!(!format!("{result:?}").contains("Rowan"), "nobody reads of another's bid");
        assert!(refused(does(&world, &signatory, &sign).await).contains("cannot be signed yet"));
        does(&world, &officer, &RecordAwardNotice { tender }).await.unwrap();

        // Friday 26 February is the first of eight working days: the last is Tuesday 9 March.
        assert_eq!(view(&world, tender).await.award.unwrap().standstill_until, Some("2027-03-09".parse().unwrap()));
        world.clock.set("2027-03-09T23:59:59Z");
        assert!(refused(does(&world, &signatory, &sign).await).contains("the standstill lasts until"));
        world.clock.set("2027-03-10T09:00:00Z");
        let contract = result.contract.unwrap().id;
        let countersign = CountersignFramework { tender, contract };
        assert!(refused(does(&world, &head, &countersign).await).contains("the provider signs first"));
        let challenge = RaiseChallenge { tender, kind: ChallengeKind::Challenge, about: "Under the Act".to_owned() };
        let challenge = does(&world, &officer, &challenge).await.unwrap();
        assert!(refused(does(&world, &signatory, &sign).await).contains("a challenge is open"));
        does(&world, &officer, &CloseChallenge { tender, challenge, outcome: "Withdrawn".to_owned() }).await.unwrap();
        does(&world, &signatory, &sign).await.unwrap();
        assert!(refused(does(&world, &signatory, &sign).await).contains("signed already"));
        for (who, role) in [(&director, "director"), (&officer, "officer")] {
            assert!(matches!(does(&world, who, &countersign).await, Err(Failure::Denied(_))), "{role}");
        }
        does(&world, &head, &countersign).await.unwrap();
        assert!(refused(does(&world, &head, &countersign).await).contains("signed already"));
        let signed = view(&world, tender).await;
        let line = signed.contracts.iter().find(|line| line.id == contract).unwrap();
        assert_eq!((line.standing, line.council_signed.as_ref().map(|(_, post)| post.as_str())), (Standing::InForce, Some("Head of Contracting and Procurement")));
        assert_eq!(signed.contracts.iter().filter(|line| line.standing == Standing::Prepared).count(), 1, "the other provider has still to sign");
    }

    async fn a_conflict_after_the_lock_changes_no_score_and_nobody_awards_or_signs_before_it_is_dealt_with(database) {
        let mut world = world(database).await;
        let tender = ready(&mut world).await;
        let (director, officer, head) = (director(&world).await, world.as_role(Role::ContractOfficer), world.as_role(Role::HeadOfContracting));
        let [first, second] = [world.as_role(Role::PlacementOfficer), world.of_other_council(Role::HeadOfService)];
        let before = sees(&world, &officer, &GetEvaluation { tender }).await.unwrap();
        let conflict = |words: &str| DeclareConflict { tender, has_conflict: true, words: words.to_owned() };
        let declared = does(&world, &second, &conflict("My sister works there now")).await.unwrap();
        let after = sees(&world, &officer, &GetEvaluation { tender }).await.unwrap();
        assert_eq!(after.lots[0].ranking, before.lots[0].ranking, "what is locked stays as it was");
        let [late] = after.conflicts.as_slice() else { panic!("it is shown") };
        assert_eq!((late.touched, late.settled.is_none(), late.words.as_str()), (6, true, "My sister works there now"));
        does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await.unwrap();
        consulted(&world).await;
        let shown = view(&world, tender).await;
        assert_eq!(shown.conflicts.len(), 1);
        assert!(shown.blocks_award.iter().any(|why| why.contains("1 conflicts of interest")), "{:?}", shown.blocks_award);
        assert!(refused(does(&world, &director, &AwardFramework { tender }).await).contains("1 conflicts of interest"));

        // Whoever runs the evaluation says how it was dealt with, in words and once.
        let settle = |how: &str| SettleConflict { tender, declaration: declared, how: how.to_owned() };
        for not_running in [&first, &second, &director] {
            assert!(matches!(does(&world, not_running, &settle("It is nothing")).await, Err(Failure::Denied(_))));
        }
        assert!(refused(does(&world, &head, &settle("It is nothing")).await).contains("declare first"));
        let wordless = does(&world, &officer, &settle(" ")).await;
        assert!(matches!(&wordless, Err(Failure::Invalid(problems)) if problems[0].field == "how"), "{wordless:?}");
        let unknown = SettleConflict { declaration: ConflictDeclarationId(Uuid::nil()), ..settle("Which?") };
        assert!(matches!(does(&world, &officer, &unknown).await, Err(Failure::Invalid(_))));
        let how = "A third person scored both bids and came to the same ranking";
        does(&world, &officer, &settle(how)).await.unwrap();
        assert!(refused(does(&world, &officer, &settle("Otherwise")).await).contains("on record"));
        assert_eq!(view(&world, tender).await.conflicts[0].settled.as_ref().map(|(how, ..)| how.as_str()), Some(how));
        does(&world, &director, &AwardFramework { tender }).await.unwrap();

        // Another one after the notice: the provider may sign, which binds nobody; the council does not before it is dealt with.
        does(&world, &officer, &SendSummaries { tender }).await.unwrap();
        does(&world, &officer, &RecordAwardNotice { tender }).await.unwrap();
        world.clock.set("2027-03-10T09:00:00Z");
        let declared = does(&world, &first, &conflict("We are engaged since Sunday")).await.unwrap();
        does(&world, &world.as_role(Role::ProviderSignatory), &SignFrameworkForProvider { tender }).await.unwrap();
        let contract = view(&world, tender).await.contracts.into_iter().find(|line| line.standing == Standing::ProviderSigned).unwrap().id;
        let countersign = CountersignFramework { tender, contract };
        assert!(refused(does(&world, &head, &countersign).await).contains("1 conflicts of interest"));
        does(&world, &officer, &SettleConflict { tender, declaration: declared, how: "It began after the scores".to_owned() }).await.unwrap();
        does(&world, &head, &countersign).await.unwrap();
    }

    async fn of_what_was_given_up_nothing_is_judged_awarded_or_signed(database) {
        let mut world = world(database).await;
        let tender = ready(&mut world).await;
        let (director, officer, head) = (director(&world).await, world.as_role(Role::ContractOfficer), world.as_role(Role::HeadOfContracting));
        let (evaluator, signatory) = (world.as_role(Role::PlacementOfficer), world.as_role(Role::ProviderSignatory));
        does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await.unwrap();
        consulted(&world).await;
        let challenge = RaiseChallenge { tender, kind: ChallengeKind::Complaint, about: "The scoring".to_owned() };
        let challenge = does(&world, &officer, &challenge).await.unwrap();
        let seen = sees(&world, &officer, &GetEvaluation { tender }).await.unwrap();
        does(&world, &officer, &CancelTender { tender, reason: "The need is gone".to_owned() }).await.unwrap();
        let before = world.events().await;

        let (bid, question, words) = (seen.bids[0].id, "CARE".to_owned(), "Because".to_owned());
        let nil = Uuid::nil();
        let (contract, declaration, from) = (FrameworkContractId(nil), ConflictDeclarationId(nil), "2027-03-01".parse().unwrap());
        let gone = Gone(&world);
        gone.refuses(&officer, &NameEvaluator { tender, email: "robin@council.example".to_owned() }).await;
        gone.refuses(&officer, &EndEvaluator { tender, evaluator: seen.evaluators[0].id }).await;
        gone.refuses(&evaluator, &DeclareConflict { tender, has_conflict: true, words: words.clone() }).await;
        gone.refuses(&officer, &SettleConflict { tender, declaration, how: words.clone() }).await;
        gone.refuses(&evaluator, &ScoreAnswer { tender, bid, question: question.clone(), score: 4, reason: words.clone() }).await;
        gone.refuses(&officer, &AgreeScore { tender, bid, question, agreed: 4, reason: words.clone() }).await;
        gone.refuses(&officer, &LockQuality { tender }).await;
        gone.refuses(&officer, &RecordOutcomes { tender, rejected: Vec::new() }).await;
        let carried = CarryOverProvider { tender, provider: OrganisationId(nil), ground: CarryOver::Status, reason: words.clone() };
        gone.refuses(&officer, &carried).await;
        gone.refuses(&director, &AwardFramework { tender }).await;
        gone.refuses(&director, &AwardDirectly { tender, provider: world.provider, chosen: Vec::new() }).await;
        gone.refuses(&officer, &SendSummaries { tender }).await;
        gone.refuses(&officer, &RecordAwardNotice { tender }).await;
        gone.refuses(&signatory, &SignFrameworkForProvider { tender }).await;
        gone.refuses(&head, &CountersignFramework { tender, contract }).await;
        gone.refuses(&head, &VaryContract { tender, contract, from, what: words.clone() }).await;
        gone.refuses(&head, &SuspendContract { tender, contract, from, until: None, reason: words.clone() }).await;
        gone.refuses(&head, &LiftSuspension { tender, contract, reason: words.clone() }).await;
        gone.refuses(&head, &EndContract { tender, contract, on: from, reason: words.clone() }).await;
        gone.refuses(&head, &TerminateFramework { tender, on: from, reason: words }).await;
        assert_eq!(world.events().await, before, "what is refused changes nothing");

        // That it was given up can be challenged like the rest, and what was raised is answered.
        does(&world, &officer, &CloseChallenge { tender, challenge, outcome: "Explained".to_owned() }).await.unwrap();
        let challenge = RaiseChallenge { tender, kind: ChallengeKind::Challenge, about: "It should have gone on".to_owned() };
        does(&world, &officer, &challenge).await.unwrap();
    }
}

/// A world whose tender was given up.
struct Gone<'a>(&'a World);

impl Gone<'_> {
    async fn refuses<C: Command>(&self, who: &Caller, command: &C)
    where
        C::Answer: std::fmt::Debug,
    {
        let why = refused(does(self.0, who, command).await);
        assert!(why.contains("was cancelled") || why.contains("was given up"), "{}: {why}", std::any::type_name::<C>());
    }
}
