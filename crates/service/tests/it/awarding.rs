//! From decided outcomes to signed agreements: each act by its own post, in its order, after what it waits for.

use domain::calendar::Day;
use domain::ids::TenderId;
use domain::people::Role;
use domain::procurement::bid::Envelope;
use domain::procurement::contract::Standing;
use service::Failure;
use service::procurement::award::{AwardFramework, AwardView, GetAward, RecordAwardNotice};
use service::procurement::challenge::{ChallengeKind, CloseChallenge, RaiseChallenge};
use service::procurement::outcome::RecordOutcomes;
use service::procurement::result::{GetResult, SendSummaries};
use service::procurement::signature::{CountersignFramework, SignFrameworkForProvider};
use testkit::awarding::{consulted, director};
use testkit::bidding::{Typed, submitted};
use testkit::both;
use testkit::case::{does, sees};
use testkit::evaluating::{judged, opens};
use testkit::tendering::published;
use testkit::world::{HOME_CATEGORY, World, world};

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
}
