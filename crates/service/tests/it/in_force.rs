//! What a signed framework agreement puts in force, what follows for it, and who stays on a framework that is awarded again.

use domain::calendar::Day;
use domain::ids::{FrameworkContractId, OrganisationId, ServiceId, TenderId};
use domain::pence::Pence;
use domain::people::Role;
use domain::procurement::contract::Standing;
use domain::procurement::life::FrameworkState;
use domain::procurement::reopening::CarryOver;
use domain::purchasing::gates::{GateCode, GateColour};
use service::Failure;
use service::procurement::award::{AwardFramework, RecordAwardNotice};
use service::procurement::contract::{EndContract, LiftSuspension, SuspendContract, TerminateFramework, VaryContract};
use service::procurement::framework::{CarryOverProvider, FrameworkView, GetCarryOver, GetFramework};
use service::procurement::outcome::RecordOutcomes;
use service::procurement::result::SendSummaries;
use service::procurement::signature::{CountersignFramework, SignFrameworkForProvider};
use service::purchasing::agreement::{SignForCouncil, SignForProvider};
use service::purchasing::choice::{PreferOffer, ShortlistOffer};
use service::purchasing::evaluation::CompareOffers;
use store::market::service::{Admission, admissions_of, admitted};
use testkit::awarding::{consulted, director};
use testkit::both;
use testkit::case::{self, approve, does, issued, preferred, referral, scored_and_shortlisted, sees};
use testkit::world::{HOME_CATEGORY, World, world};

use crate::awarding::{ready, refused, view};

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// What is wrong at the field.
fn problem(failure: &Failure) -> &str {
    let Failure::Invalid(problems) = failure else { panic!("nothing at a field: {failure:?}") };
    problems[0].message.as_str()
}

/// Awarded, told and past its standstill: nobody has signed.
pub(crate) async fn awarded(world: &mut World, tender: TenderId) {
    let officer = world.as_role(Role::ContractOfficer);
    does(world, &officer, &RecordOutcomes { tender, rejected: Vec::new() }).await.unwrap();
    let director = director(world).await;
    consulted(world).await;
    does(world, &director, &AwardFramework { tender }).await.unwrap();
    does(world, &officer, &SendSummaries { tender }).await.unwrap();
    does(world, &officer, &RecordAwardNotice { tender }).await.unwrap();
    world.clock.set("2027-03-10T09:00:00Z");
}

/// The agreement of the provider, signed by both sides.
pub(crate) async fn signed(world: &World, tender: TenderId, provider: OrganisationId) -> FrameworkContractId {
    does(world, &world.of(provider, Role::ProviderSignatory), &SignFrameworkForProvider { tender }).await.unwrap();
    let waiting = view(world, tender).await.contracts.into_iter().find(|line| line.standing == Standing::ProviderSigned);
    let contract = waiting.unwrap().id;
    does(world, &world.as_role(Role::HeadOfContracting), &CountersignFramework { tender, contract }).await.unwrap();
    contract
}

async fn places(world: &World, service: ServiceId) -> Vec<Admission> {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    let [framework, _, category] = HOME_CATEGORY;
    let all = admissions_of(&mut reads, service).await.unwrap();
    all.into_iter().filter(|one| one.framework == framework && one.category == category).collect()
}

/// Whether referrals reach a service on a day.
async fn is_asked(world: &World, service: ServiceId, on: &str) -> bool {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    let [framework, lot, category] = HOME_CATEGORY;
    admitted(&mut reads, framework, lot, category, day(on)).await.unwrap().iter().any(|one| one.id == service)
}

async fn framework(world: &World) -> FrameworkView {
    let wanted = GetFramework { reference: "CCS072".to_owned(), now: world.nearhome.now() };
    sees(world, &world.as_role(Role::PlacementOfficer), &wanted).await.unwrap()
}

both! {
    async fn the_first_signature_puts_the_next_award_in_force_and_closes_the_one_before(database) {
        let mut world = world(database).await;
        let tender = ready(&mut world).await;
        let before = framework(&world).await;
        assert_eq!(before.deadlines[0].due_on, day("2029-03-31"));
        assert_eq!(before.rounds[0].state, FrameworkState::Evaluation);
        awarded(&mut world, tender).await;
        assert_eq!(framework(&world).await.framework, before.framework, "nothing holds before both have signed");
        let rowan = {
            let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
            store::market::service::by_urn(&mut reads, "1234570").await.unwrap().unwrap()
        };
        signed(&world, tender, world.provider).await;

        let after = framework(&world).await;
        let before_all = before.clone();
        let (old, new) = (before.framework.unwrap(), after.framework.clone().unwrap());
        assert_eq!((new.reawarded_on.as_slice(), new.starts_on), ([day("2027-04-01")].as_slice(), old.starts_on));
        assert_eq!(new.terms_version, "2027-1");
        assert_eq!(after.deadlines[0].due_on, day("2032-03-31"), "five years from the second award");
        for (was, is) in old.lots.iter().flat_map(|lot| &lot.categories).zip(new.lots.iter().flat_map(|lot| &lot.categories)) {
            assert_eq!(was.maximum_on(day("2027-03-31")).map(|row| row.weekly), is.maximum_on(day("2027-03-31")).map(|row| row.weekly));
        }
        let [old_place, new_place] = places(&world, world.home).await.try_into().unwrap();
        assert_eq!((old_place.ended_on, new_place.admitted_on), (Some(day("2027-04-01")), day("2027-04-01")));
        assert_eq!((new_place.tendered_max_pence, new_place.ended_on), (Pence(475_000), None));
        for (on, asked) in [("2027-03-31", true), ("2027-04-01", true)] {
            assert_eq!(is_asked(&world, world.home, on).await, asked, "{on}");
        }
        assert!(is_asked(&world, rowan.id, "2027-03-31").await, "the award that stands is bought from until its last day");
        assert!(!is_asked(&world, rowan.id, "2027-04-01").await, "no agreement, no place");
        assert_eq!(after.rounds[0].state, FrameworkState::Awarded);
        world.clock.set("2027-04-01T09:00:00+01:00");
        assert_eq!(framework(&world).await.rounds[0].state, FrameworkState::Live);

        // The page says which terms hold when, what put them in force, and on which each agreement was made.
        let told = |view: &FrameworkView| -> Vec<_> {
            view.terms.iter().map(|(terms, _)| (terms.version.clone().unwrap(), terms.from, terms.until, terms.by)).collect()
        };
        assert_eq!(told(&before_all), [("CCS072-1".to_owned(), day("2026-04-01"), day("2034-03-31"), None)]);
        let second = ("2027-1".to_owned(), day("2027-04-01"), day("2034-03-31"), Some(tender));
        assert_eq!(told(&after), [("CCS072-1".to_owned(), day("2026-04-01"), day("2027-03-31"), None), second]);
        assert!(after.terms[1].1.as_ref().unwrap().contains("next award"));
        let made: Vec<_> = after.agreements.iter().map(|one| (one.provider.as_str(), one.terms.as_str(), one.standing)).collect();
        assert_eq!(made, [(testkit::world::HAZEL_BANK, "2027-1", Standing::InForce)], "who has not signed has made none");

        // Whoever signs later is on it from that day.
        signed(&world, tender, rowan.org_id).await;
        assert!(is_asked(&world, rowan.id, "2027-04-01").await);
        assert_eq!(framework(&world).await.framework.unwrap().reawarded_on, [day("2027-04-01")], "put in force once");
    }

    async fn an_agreement_is_changed_suspended_resumed_and_ended_and_a_framework_terminated(database) {
        let mut world = world(database).await;
        let tender = ready(&mut world).await;
        awarded(&mut world, tender).await;
        let contract = signed(&world, tender, world.provider).await;
        let (head, officer) = (world.as_role(Role::HeadOfContracting), world.as_role(Role::ContractOfficer));
        let vary = |from: &str, what: &str| VaryContract { tender, contract, from: day(from), what: what.to_owned() };
        assert!(does(&world, &officer, &vary("2027-04-01", "More homes")).await.is_err(), "the head of contracting keeps agreements");
        let unsaid = does(&world, &head, &vary("2027-04-01", " ")).await.unwrap_err();
        assert!(problem(&unsaid).contains("in words"), "{unsaid:?}");
        assert!(problem(&does(&world, &head, &vary("2027-03-09", "More homes")).await.unwrap_err()).contains("today or later"));
        does(&world, &head, &vary("2027-04-01", "Reports come each month")).await.unwrap();
        does(&world, &head, &vary("2027-05-01", "Reports come each quarter")).await.unwrap();

        let suspend = |from: &str, until: Option<&str>| SuspendContract {
            tender, contract, from: day(from), until: until.map(day), reason: "A notice of Ofsted".to_owned(),
        };
        let backwards = does(&world, &head, &suspend("2027-04-10", Some("2027-04-09"))).await.unwrap_err();
        assert!(problem(&backwards).contains("before the first"), "{backwards:?}");
        does(&world, &head, &suspend("2027-04-10", Some("2027-04-20"))).await.unwrap();
        assert!(refused(does(&world, &head, &suspend("2027-05-10", None)).await).contains("is suspended since"));
        for (on, asked) in [("2027-04-09", true), ("2027-04-10", false), ("2027-04-20", false), ("2027-04-21", true)] {
            assert_eq!(is_asked(&world, world.home, on).await, asked, "{on}");
        }
        world.clock.set("2027-04-15T09:00:00+01:00");
        let lines = view(&world, tender).await.contracts;
        let line = lines.iter().find(|line| line.id == contract).unwrap();
        assert_eq!((line.standing, line.variations.len(), line.variations[1].number), (Standing::Suspended, 2, 2));
        does(&world, &head, &LiftSuspension { tender, contract, reason: "The notice was withdrawn".to_owned() }).await.unwrap();
        assert!(is_asked(&world, world.home, "2027-04-15").await && !is_asked(&world, world.home, "2027-04-14").await);
        let again = does(&world, &head, &LiftSuspension { tender, contract, reason: "Again".to_owned() }).await;
        assert!(refused(again).contains("not suspended"));

        let end = EndContract { tender, contract, on: day("2027-06-01"), reason: "By agreement".to_owned() };
        does(&world, &head, &end).await.unwrap();
        assert!(is_asked(&world, world.home, "2027-05-31").await && !is_asked(&world, world.home, "2027-06-01").await);
        let terminate = TerminateFramework { tender, on: day("2027-05-01"), reason: "The councils part".to_owned() };
        assert!(does(&world, &officer, &terminate).await.is_err());
        does(&world, &head, &terminate).await.unwrap();
        assert!(!is_asked(&world, world.home, "2027-05-01").await, "the earlier end holds");
        assert_eq!(framework(&world).await.framework.unwrap().ends_on, day("2027-04-30"));
        assert_eq!(framework(&world).await.rounds[0].state, FrameworkState::Live);
        world.clock.set("2027-05-01T09:00:00+01:00");
        assert_eq!(framework(&world).await.rounds[0].state, FrameworkState::Terminated);
        assert!(refused(does(&world, &head, &terminate).await).contains("the framework is over"));
    }

    async fn a_suspension_reaches_the_offers_that_were_made_before_it_and_they_keep_their_place(database) {
        let mut world = world(database).await;
        let tender = ready(&mut world).await;
        awarded(&mut world, tender).await;
        let contract = signed(&world, tender, world.provider).await;
        world.clock.set("2027-04-05T09:00:00+01:00");
        case::ready(&world, 10_000_000_000).await;
        let head = world.as_role(Role::HeadOfContracting);
        let (first, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let mut pairs = case::home_pairs("4,700");
        pairs.iter_mut().filter(|(name, _)| name == "valid_until-month").for_each(|(_, month)| "5".clone_into(month));
        let offer = case::sent(&world, releases[0], pairs.clone()).await;
        scored_and_shortlisted(&world, offer).await;
        let (second, releases) = referral(&world, 2, &[world.home], HOME_CATEGORY).await;
        let chosen = case::sent(&world, releases[0], pairs).await;
        scored_and_shortlisted(&world, chosen).await;
        for approval in preferred(&world, chosen).await {
            approve(&world, approval).await;
        }
        let agreement = issued(&world, second).await.agreement;

        let suspend = SuspendContract { tender, contract, from: day("2027-04-06"), until: None, reason: "A notice of Ofsted".to_owned() };
        does(&world, &head, &suspend).await.unwrap();
        world.clock.set("2027-04-06T09:00:00+01:00");
        let officer = world.as_role(Role::PlacementOfficer);
        let prefer = PreferOffer { offer, reason: String::new(), disrupts_key_stage_4: false, undisturbed_because: String::new() };
        let why = refused(does(&world, &officer, &prefer).await);
        assert!(why.contains("Framework agreement not suspended: suspended from 6 April 2027 until further notice"), "{why}");
        let shown = sees(&world, &officer, &CompareOffers { referral: first, today: world.today() }).await.unwrap();
        let colour = |code| shown.offers[0].gates.iter().find(|gate| gate.code == code).map(|gate| gate.colour);
        assert_eq!((colour(GateCode::Admitted), colour(GateCode::Agreement)), (Some(GateColour::Green), Some(GateColour::Red)));
        assert!(shown.offers[0].verdict.is_some(), "its price is held to the framework’s as before");

        // What was chosen before is not taken up: the second signature would accept the offer.
        does(&world, &world.as_role(Role::ProviderSignatory), &SignForProvider { agreement }).await.unwrap();
        let why = refused(does(&world, &head, &SignForCouncil { agreement }).await);
        assert!(why.contains("suspended from 6 April 2027"), "{why}");
        let lift = LiftSuspension { tender, contract, reason: "The notice was withdrawn".to_owned() };
        does(&world, &head, &lift).await.unwrap();
        does(&world, &head, &SignForCouncil { agreement }).await.unwrap();
        does(&world, &officer, &prefer).await.unwrap();
    }

    async fn an_offer_that_is_made_under_a_suspension_is_on_the_framework_and_cannot_be_chosen(database) {
        let mut world = world(database).await;
        let tender = ready(&mut world).await;
        awarded(&mut world, tender).await;
        let contract = signed(&world, tender, world.provider).await;
        world.clock.set("2027-04-05T09:00:00+01:00");
        case::ready(&world, 10_000_000_000).await;
        let (referral, releases) = referral(&world, 1, &[world.home], HOME_CATEGORY).await;
        let suspend =
            SuspendContract { tender, contract, from: day("2027-04-05"), until: Some(day("2027-04-09")), reason: "A notice".to_owned() };
        does(&world, &world.as_role(Role::HeadOfContracting), &suspend).await.unwrap();
        let mut pairs = case::home_pairs("4,700");
        pairs.iter_mut().filter(|(name, _)| name == "valid_until-month").for_each(|(_, month)| "5".clone_into(month));
        let offer = case::sent(&world, releases[0], pairs).await;
        let officer = world.as_role(Role::PlacementOfficer);
        let why = refused(does(&world, &officer, &ShortlistOffer { offer }).await);
        assert!(why.contains("suspended from 5 April 2027 to 9 April 2027") && !why.contains("not admitted"), "{why}");
        let shown = sees(&world, &officer, &CompareOffers { referral, today: world.today() }).await.unwrap();
        assert!(shown.offers[0].verdict.is_some());
        world.clock.set("2027-04-10T09:00:00+01:00");
        does(&world, &officer, &ShortlistOffer { offer }).await.unwrap();
    }

    async fn a_provider_stays_on_an_open_framework_without_a_new_tender_at_the_prices_that_it_asked(database) {
        let mut world = world(database).await;
        let (larch, larch_home) = world.add_provider("Larch Row Care", "1234580", HOME_CATEGORY).await;
        let tender = ready(&mut world).await;
        let officer = world.as_role(Role::ContractOfficer);
        let stays = |provider, ground| CarryOverProvider { tender, provider, ground, reason: "It serves children well".to_owned() };
        let (_, candidates) = sees(&world, &officer, &GetCarryOver { tender }).await.unwrap();
        let larchs = candidates.iter().find(|one| one.provider == larch).unwrap();
        assert!(!larchs.has_tendered && larchs.keeps.len() == 1 && larchs.ground.is_none());
        let anew = does(&world, &officer, &stays(world.provider, CarryOver::Status)).await.unwrap_err();
        assert!(problem(&anew).contains("tenders anew"), "{anew:?}");
        let stranger = does(&world, &officer, &stays(world.council, CarryOver::Status)).await.unwrap_err();
        assert!(problem(&stranger).contains("on the framework"), "{stranger:?}");
        does(&world, &officer, &stays(larch, CarryOver::Status)).await.unwrap();
        let twice = does(&world, &officer, &stays(larch, CarryOver::EarlierTender)).await.unwrap_err();
        assert!(problem(&twice).contains("decided already"), "{twice:?}");
        awarded(&mut world, tender).await;
        let seen = view(&world, tender).await;
        assert_eq!((seen.admitted, seen.contracts.len(), seen.carried_over.len()), ((3, 3), 3, 1));
        let late = does(&world, &officer, &stays(larch, CarryOver::Status)).await;
        assert!(refused(late).contains("before the award"));
        let kept = places(&world, larch_home).await[0].tendered_max_pence;
        signed(&world, tender, larch).await;
        let [old, new] = places(&world, larch_home).await.try_into().unwrap();
        assert_eq!((old.ended_on, new.tendered_max_pence), (Some(day("2027-04-01")), kept));
    }
}
