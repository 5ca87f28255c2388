//! Judging bids: nobody sees one undeclared, nobody sees another's score too early, prices wait for the lock, and what becomes of each
//! service follows from what it is and what it asks.

use domain::ids::{OpenedBidId, OrganisationId, ServiceId, TenderId};
use domain::people::Role;
use domain::procurement::bid::Envelope;
use domain::procurement::evaluation::EvaluationRefusal;
use domain::registration::{Rating, ServiceKind};
use service::Failure;
use service::market::provider_file::Judgement;
use service::procurement::conflict::DeclareConflict;
use service::procurement::evaluation::{EvaluationView, GetBidToJudge, GetEvaluation};
use service::procurement::evaluator::{EndEvaluator, NameEvaluator};
use service::procurement::outcome::{RecordOutcomes, Rejected};
use service::procurement::scoring::{AgreeScore, LockQuality, ScoreAnswer};
use service::procurement::sealing::{armoured, seal};
use service::procurement::submission::submit_with_own_price;
use service::procurement::tender::CancelTender;
use store::Reads as _;
use store::procurement::evaluation::OutcomeKind;
use store::procurement::tender::Tender;
use testkit::bidding::{Typed, submitted, written};
use testkit::both;
use testkit::case::{does, sees};
use testkit::evaluating::{email, evaluators, judged, opens, scores};
use testkit::tendering::published;
use testkit::world::{HOME_CATEGORY, World, service_file, world};

const LOT: &str = "R1";

/// Submits a bid whose price, which its bidder sealed by itself, equals the highest that the framework publishes.
pub(crate) async fn at_the_maximum(world: &World, tender: TenderId, provider: OrganisationId, home: ServiceId) {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    let key = reads.get::<Tender>(tender).await.unwrap().price_recipient.unwrap();
    drop(reads);
    let price = serde_json::json!({ "prices": [{ "service": home, "category": HOME_CATEGORY[2], "weekly": 680_000 }] });
    let sealed = armoured(&seal(&key.parse().unwrap(), price.to_string().as_bytes()).unwrap()).unwrap();
    let signatory = world.of(provider, Role::ProviderSignatory);
    submit_with_own_price(&world.nearhome, &signatory, world.key(), (tender, LOT), sealed).await.unwrap();
}

/// Three bids whose quality is open: Hazel Bank's is sound, Rowan's home was judged inadequate since, and Larch sealed a price itself that
/// is above the maximum.
async fn three(world: &mut World) -> (TenderId, [OpenedBidId; 3]) {
    let tender = published(world).await;
    let (rowan, _) = world.add_provider("Rowan Homes", "1234570", HOME_CATEGORY).await;
    let (larch, larch_home) = world.add_provider("Larch Homes", "1234571", HOME_CATEGORY).await;
    submitted(world, world.provider, tender, LOT, &Typed::at("4,750.00")).await;
    submitted(world, rowan, tender, LOT, &Typed { name: "Rowan Homes".to_owned(), ..Typed::at("4,000.00") }).await;
    written(world, larch, tender, LOT, &Typed { name: "Larch Homes".to_owned(), ..Typed::at("4,100.00") }).await;
    at_the_maximum(world, tender, larch, larch_home).await;
    let inspected_on = "2027-01-20".parse().unwrap();
    let mut file = service_file("Rowan Homes", ServiceKind::Home, "1234570");
    file.judgements.push(Judgement { rating: Rating::Inadequate, inspected_on, published_on: None, event_number: None });
    does(world, &domain::access::worker(), &file).await.unwrap();
    world.clock.set("2027-02-26T12:30:00Z");
    opens(world, tender, Envelope::Quality).await;
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    let bids = store::procurement::bid::opened(&mut reads, tender).await.unwrap();
    let of = |provider| bids.iter().find(|bid| bid.provider_id == provider).unwrap().id;
    (tender, [of(world.provider), of(rowan), of(larch)])
}

async fn view(world: &World, role: Role, tender: TenderId) -> EvaluationView {
    sees(world, &world.as_role(role), &GetEvaluation { tender }).await.unwrap()
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> String {
    match outcome {
        Err(Failure::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

async fn with_own_prices(world: &mut World, prices: impl Fn(domain::ids::ServiceId) -> serde_json::Value) -> (TenderId, OpenedBidId) {
    let tender = published(world).await;
    let (larch, larch_home) = world.add_provider("Larch Homes", "1234571", HOME_CATEGORY).await;
    submitted(world, world.provider, tender, LOT, &Typed::at("4,750.00")).await;
    written(world, larch, tender, LOT, &Typed { name: "Larch Homes".to_owned(), ..Typed::at("4,100.00") }).await;
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    let key = reads.get::<Tender>(tender).await.unwrap().price_recipient.unwrap();
    drop(reads);
    let text = serde_json::json!({ "prices": prices(larch_home) }).to_string();
    let sealed = armoured(&seal(&key.parse().unwrap(), text.as_bytes()).unwrap()).unwrap();
    let signatory = world.of(larch, Role::ProviderSignatory);
    submit_with_own_price(&world.nearhome, &signatory, world.key(), (tender, LOT), sealed).await.unwrap();
    world.clock.set("2027-02-26T12:30:00Z");
    opens(world, tender, Envelope::Quality).await;
    judged(world, tender, 4).await;
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    let bids = store::procurement::bid::opened(&mut reads, tender).await.unwrap();
    (tender, bids.iter().find(|bid| bid.provider_id == larch).unwrap().id)
}

both! {
    async fn nobody_sees_a_bid_before_they_said_that_nothing_conflicts(database) {
        let mut world = world(database).await;
        let (tender, [hazel, ..]) = three(&mut world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let worker = world.as_role(Role::SocialWorker);
        let stranger = view(&world, Role::SocialWorker, tender).await;
        assert_eq!((stranger.may_see, stranger.bids.len()), (Err(EvaluationRefusal::NotNamed), 0));
        let declares = |has_conflict, words: &str| DeclareConflict { tender, has_conflict, words: words.to_owned() };
        assert!(refused(does(&world, &worker, &declares(false, "")).await).contains("only the people named"));
        let unknown = does(&world, &officer, &NameEvaluator { tender, email: email(&world, &world.as_role(Role::ReferralsManager)).await }).await;
        assert!(matches!(&unknown, Err(Failure::Invalid(problems)) if problems[0].field == "email"), "a bidder judges nobody: {unknown:?}");
        let name = NameEvaluator { tender, email: email(&world, &worker).await };
        assert!(matches!(does(&world, &worker, &name).await, Err(Failure::Denied(_))));
        let part = does(&world, &officer, &name).await.unwrap();
        let score = ScoreAnswer { tender, bid: hazel, question: "CARE".to_owned(), score: 4, reason: "Good".to_owned() };
        assert!(refused(does(&world, &worker, &score).await).contains("declare first"));
        assert!(refused(sees(&world, &worker, &GetBidToJudge { tender, bid: hazel }).await).contains("declare first"));
        let wordless = does(&world, &worker, &declares(true, " ")).await;
        assert!(matches!(&wordless, Err(Failure::Invalid(problems)) if problems[0].field == "words"));
        does(&world, &worker, &declares(false, "")).await.unwrap();
        assert_eq!(view(&world, Role::SocialWorker, tender).await.bids.len(), 3);
        does(&world, &worker, &score).await.unwrap();
        does(&world, &worker, &declares(true, "My sister works there now")).await.unwrap();
        assert!(refused(does(&world, &worker, &score).await).contains("conflict"));
        assert_eq!(view(&world, Role::SocialWorker, tender).await.bids.len(), 0);
        assert!(refused(does(&world, &worker, &declares(false, "")).await).contains("conflict"), "a conflict is not taken back");
        does(&world, &officer, &EndEvaluator { tender, evaluator: part }).await.unwrap();
        assert_eq!(view(&world, Role::SocialWorker, tender).await.may_see, Err(EvaluationRefusal::NotNamed));
        // Whoever runs it declares too.
        assert_eq!(view(&world, Role::ContractOfficer, tender).await.bids.len(), 0);
        assert!(refused(does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await).contains("declare first"));
    }

    async fn each_scores_alone_and_prices_wait_for_the_agreed_scores(database) {
        let mut world = world(database).await;
        let (tender, [hazel, rowan, larch]) = three(&mut world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let [first, second] = evaluators(&world, tender).await;
        let see = |bid| GetBidToJudge { tender, bid };
        let seen = sees(&world, &first, &see(rowan)).await.unwrap();
        assert!(!seen.line.goes_on() && seen.line.services[0].faults.contains("the rating is Inadequate"), "{:?}", seen.line);
        for bid in [hazel, larch] {
            scores(&world, &first, tender, bid, 4).await;
        }
        let alone = sees(&world, &second, &see(hazel)).await.unwrap();
        assert!(alone.answers.iter().all(|answer| answer.all.is_none() && answer.mine.is_none() && answer.given == 1));
        let score = |score: u32, reason: &str| ScoreAnswer { tender, bid: hazel, question: "CARE".to_owned(), score, reason: reason.to_owned() };
        for (wrong, field) in [(score(6, "More"), "score-CARE"), (score(3, " "), "reason-CARE")] {
            let outcome = does(&world, &second, &wrong).await;
            assert!(matches!(&outcome, Err(Failure::Invalid(problems)) if problems[0].field == field), "{outcome:?}");
        }
        let agree = |bid, question: &str| AgreeScore { tender, bid, question: question.to_owned(), agreed: 3, reason: "They agree".to_owned() };
        assert!(refused(does(&world, &officer, &agree(hazel, "CARE")).await).contains("1 of at least 2"));
        assert!(matches!(does(&world, &first, &agree(hazel, "CARE")).await, Err(Failure::Denied(_))), "an evaluator agrees on nothing alone");
        for bid in [hazel, larch] {
            scores(&world, &second, tender, bid, 2).await;
        }
        let compared = sees(&world, &second, &see(hazel)).await.unwrap();
        assert_eq!(compared.answers[0].all.as_ref().map(Vec::len), Some(2), "both have scored: both see");
        assert!(refused(does(&world, &second, &score(4, "As the other one")).await).contains("stays as it is"));
        let lock = LockQuality { tender };
        let early = refused(does(&world, &officer, &lock).await);
        assert!(early.contains("6 answers have no agreed score"), "the inadequate home's bid is not scored: {early}");
        for bid in [hazel, larch] {
            for question in ["CARE", "STABILITY", "LOCAL"] {
                does(&world, &officer, &agree(bid, question)).await.unwrap();
            }
        }
        let off_scale = does(&world, &officer, &AgreeScore { agreed: 6, ..agree(hazel, "CARE") }).await;
        assert!(matches!(&off_scale, Err(Failure::Invalid(problems)) if problems[0].field == "agreed-CARE"), "{off_scale:?}");
        does(&world, &officer, &lock).await.unwrap();
        assert!(refused(does(&world, &first, &score(5, "Late")).await).contains("locked"));
        assert!(refused(does(&world, &officer, &agree(hazel, "CARE")).await).contains("locked"));
        assert!(refused(does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await).contains("not open yet"));
        does(&world, &officer, &CancelTender { tender, reason: "The need is gone".to_owned() }).await.unwrap();
        for act in [does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await.map(drop), does(&world, &first, &score(4, "Good")).await.map(drop)] {
            assert!(refused(act).contains("cancelled"), "nothing is judged of what was given up");
        }
    }

    async fn what_is_too_dear_or_inadequate_is_not_admitted_whatever_else_it_offers(database) {
        let mut world = world(database).await;
        let (tender, [hazel, rowan, larch]) = three(&mut world).await;
        judged(&world, tender, 4).await;
        let seen = view(&world, Role::ContractOfficer, tender).await;
        let [lot] = seen.lots.as_slice() else { panic!("one lot has bids") };
        let ranked = &lot.ranking.categories[0].ranked;
        assert_eq!(ranked.iter().map(|row| (row.bid, row.rank)).collect::<Vec<_>>(), [(hazel, 1)]);
        assert_eq!(ranked[0].total.0, ranked[0].parts.iter().map(|part| part.points.0).sum::<u64>(), "the parts add up");
        let why = |bid| lot.ranking.apart.iter().find(|apart| apart.bid == bid).unwrap().reasons.join("; ");
        assert!(why(larch).contains("£6,800.00"), "equal to the maximum is not below it: {}", why(larch));
        assert!(why(rowan).contains("Inadequate"), "{}", why(rowan));
        assert!(view(&world, Role::PlacementOfficer, tender).await.lots.is_empty(), "evaluators see no prices");
        let officer = world.as_role(Role::ContractOfficer);
        let reject = |reason: &str| RecordOutcomes {
            tender,
            rejected: vec![Rejected { bid: hazel, service: world.home, category: HOME_CATEGORY[2].to_owned(), reason: reason.to_owned() }],
        };
        assert!(matches!(does(&world, &officer, &reject(" ")).await, Err(Failure::Invalid(_))), "nobody is rejected without a reason");
        assert_eq!(does(&world, &officer, &reject("The home closes in May")).await.unwrap(), 0);
        assert_eq!(does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await.unwrap(), 1);
        let outcomes = view(&world, Role::ContractOfficer, tender).await.outcomes;
        let of = |bid| outcomes.iter().find(|one| one.opened_bid_id == bid).map(|one| one.outcome);
        assert_eq!([hazel, rowan, larch].map(of), [Some(OutcomeKind::Admit), Some(OutcomeKind::Reject), Some(OutcomeKind::Reject)]);
        assert_eq!(outcomes.len(), 3, "recording again changes them and adds none");
        let again = view(&world, Role::ContractOfficer, tender).await;
        assert_eq!(domain::procurement::ranking::rank(&again.lots[0].inputs), again.lots[0].ranking, "from what is stored it comes out the same");
    }

    async fn a_price_for_a_service_that_nobody_knows_does_not_keep_outcomes_from_being_recorded(database) {
        let mut world = world(database).await;
        let unknown = "00000000-0000-7000-8000-00000000dead";
        let (tender, _) = with_own_prices(&mut world, |home| serde_json::json!([
            { "service": home, "category": HOME_CATEGORY[2], "weekly": 410_000 },
            { "service": unknown, "category": HOME_CATEGORY[2], "weekly": 1 },
        ])).await;
        let officer = world.as_role(Role::ContractOfficer);
        assert_eq!(does(&world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await.unwrap(), 2);
    }

    async fn somebody_who_evaluated_once_can_be_named_again(database) {
        let mut world = world(database).await;
        let (tender, _) = three(&mut world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let name = NameEvaluator { tender, email: email(&world, &world.as_role(Role::SocialWorker)).await };
        let part = does(&world, &officer, &name).await.unwrap();
        does(&world, &officer, &EndEvaluator { tender, evaluator: part }).await.unwrap();
        assert_eq!(does(&world, &officer, &name).await.unwrap(), part);
    }

    async fn scores_of_somebody_with_a_conflict_do_not_make_up_the_number(database) {
        let mut world = world(database).await;
        let (tender, [hazel, ..]) = three(&mut world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let [first, second] = evaluators(&world, tender).await;
        scores(&world, &first, tender, hazel, 5).await;
        scores(&world, &second, tender, hazel, 2).await;
        does(&world, &first, &DeclareConflict { tender, has_conflict: true, words: "My sister runs it".to_owned() }).await.unwrap();
        let agree = AgreeScore { tender, bid: hazel, question: "CARE".to_owned(), agreed: 5, reason: "They agree".to_owned() };
        assert!(refused(does(&world, &officer, &agree).await).contains("1 of at least 2"));
    }

    async fn an_agreed_score_falls_with_whoever_it_rests_on_and_is_agreed_again_without_being_shown(database) {
        let mut world = world(database).await;
        let (tender, [hazel, _, larch]) = three(&mut world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let [first, second] = evaluators(&world, tender).await;
        let agree = |bid, question: &str, agreed: u32| AgreeScore { tender, bid, question: question.to_owned(), agreed, reason: format!("They agree on {agreed}") };
        for bid in [hazel, larch] {
            for evaluator in [&first, &second] {
                scores(&world, evaluator, tender, bid, 4).await;
            }
            for question in ["CARE", "STABILITY", "LOCAL"] {
                does(&world, &officer, &agree(bid, question, 4)).await.unwrap();
            }
        }
        let clean = view(&world, Role::ContractOfficer, tender).await;
        assert_eq!((clean.still_to_agree, clean.to_agree_again), (0, 0));
        does(&world, &second, &DeclareConflict { tender, has_conflict: true, words: "My sister runs it".to_owned() }).await.unwrap();
        let fell = view(&world, Role::ContractOfficer, tender).await;
        assert_eq!((fell.still_to_agree, fell.to_agree_again, fell.conflicts.len()), (6, 6, 0));
        let line = fell.bids.iter().find(|line| line.id == hazel).unwrap();
        assert_eq!((line.agreed, line.again, line.asked), (0, 3, 3));
        let lock = LockQuality { tender };
        assert!(refused(does(&world, &officer, &lock).await).contains("6 of them had one that rests on too few people"));
        assert!(refused(does(&world, &officer, &agree(hazel, "CARE", 4)).await).contains("1 of at least 2"));
        let own = ScoreAnswer { tender, bid: hazel, question: "CARE".to_owned(), score: 5, reason: "Better after all".to_owned() };
        assert!(refused(does(&world, &first, &own).await).contains("stays as it is"), "they have seen the score that is gone");

        // Somebody else scores in their place, alone: what was agreed is shown to nobody, and does not come back by itself.
        let third = world.as_role(Role::SocialWorker);
        does(&world, &officer, &NameEvaluator { tender, email: email(&world, &third).await }).await.unwrap();
        does(&world, &third, &DeclareConflict { tender, has_conflict: false, words: String::new() }).await.unwrap();
        for who in [&third, &officer] {
            let seen = sees(&world, who, &GetBidToJudge { tender, bid: hazel }).await.unwrap();
            assert!(seen.answers.iter().all(|answer| answer.agreed.is_none() && answer.is_agreed_again && answer.all.is_none() && answer.given == 1));
        }
        for bid in [hazel, larch] {
            scores(&world, &third, tender, bid, 2).await;
        }
        assert!(refused(does(&world, &officer, &lock).await).contains("6 answers have no agreed score"));
        for bid in [hazel, larch] {
            for question in ["CARE", "STABILITY", "LOCAL"] {
                does(&world, &officer, &agree(bid, question, 3)).await.unwrap();
            }
        }
        let again = view(&world, Role::ContractOfficer, tender).await;
        assert_eq!((again.still_to_agree, again.to_agree_again, again.conflicts.len()), (0, 0, 0), "nothing rests on them any more");
        let seen = sees(&world, &officer, &GetBidToJudge { tender, bid: hazel }).await.unwrap();
        assert_eq!(seen.answers[0].agreed, Some((3, "They agree on 3".to_owned())));
        assert_eq!(seen.answers[0].all.as_ref().map(Vec::len), Some(2), "the score that counts for nothing is not among them");
        does(&world, &officer, &lock).await.unwrap();
    }
}
