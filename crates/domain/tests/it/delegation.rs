//! The seed's six resolutions, another council's, and every order in which facts can be recorded.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use domain::Code as _;
use domain::calendar::Day;
use domain::consortium::{Consortium, CouncilCode};
use domain::governance::decision::{Decision, GovernedAct, Ruling};
use domain::governance::delegation::{Actor, Facts, Intent, Refusal, StandingDecision, may_act, posts_held};
use domain::governance::inter_authority::{InterAuthorityAgreement, NotBound, SignedAgreement, may_call_off};
use domain::ids::{DecisionId, PersonId};
use domain::pence::Pence;
use domain::people::Role;
use proptest::prelude::*;
use uuid::Uuid;

const SEED: &str = include_str!("../../../../config/decisions/nottingham-2019-06-11.toml");
const AGREEMENT: &str = include_str!("../../../../config/decisions/d2n2-agreement.toml");
const D2N2: &str = include_str!("../../../../config/d2n2.toml");
const HOMES: &str = "CCS072";

/// An officer's decision of another council: one framework, other posts, nothing consulted, signing before nothing.
const LOAMSHIRE: &str = r#"
council = "E10000902"
body = "Executive director, children"
met_on = "2027-02-01"
item = "OD 14"
title = "Homes along the estuary"
is_key = false
reasons = ["Too few homes"]
origin = "example"
[[resolutions]]
number = 1
[resolutions.ruling.approve_to_procure]
subject = "Homes"
frameworks = ["LH9"]
lead = "E10000902"
partners = []
[[resolutions]]
number = 2
[resolutions.ruling.delegate]
act = "AWARD_FRAMEWORK"
to = "Chief procurement officer"
[[resolutions]]
number = 3
[resolutions.ruling.delegate]
act = "SIGN_CONTRACTS"
to = "Chief procurement officer"
after = ["AWARD_FRAMEWORK"]
"#;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn code(text: &str) -> CouncilCode {
    CouncilCode(text.to_owned())
}

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

fn standing(toml: &str) -> StandingDecision {
    StandingDecision { id: DecisionId(Uuid::from_u128(7)), decision: toml::from_str(toml).unwrap(), ended_on: None }
}

fn actor(number: u128, post: &str) -> Actor {
    Actor { person: person(number), council: code("E06000018"), posts: vec![post.to_owned()] }
}

fn director() -> Actor {
    actor(1, "Director of Children's Integrated Services")
}

fn head() -> Actor {
    actor(2, "Head of Contracting and Procurement")
}

fn on_homes(act: GovernedAct) -> Intent<'static> {
    Intent { act, about: HOMES, amount: Pence::ZERO }
}

/// Everything on record that the award waits for.
fn prepared() -> Facts {
    let id = standing(SEED).id;
    let partners = ["E06000015", "E10000007", "E10000024"];
    Facts {
        consulted: vec![(id, "Portfolio Holder for Early Intervention and Early Years".to_owned())],
        agreed: partners.map(|council| (id, code(council))).to_vec(),
        ..Facts::default()
    }
}

#[test]
fn the_seed_has_six_resolutions_and_can_be_recorded() {
    let decision: Decision = toml::from_str(SEED).unwrap();
    assert_eq!(decision.problems(), []);
    assert_eq!(decision.resolutions.len(), 6);
    assert_eq!(decision.frameworks(), ["CCS034", "CCS072"]);
    assert!(decision.is_example("amount_pence") && !decision.is_example("reasons"));
    let (number, ceiling) = decision.ceiling_on(HOMES).unwrap();
    assert_eq!((number, ceiling.price_base_year.as_str()), (6, "2018/19"));
}

#[test]
fn the_award_names_what_is_missing_one_after_the_other() {
    let decisions = [standing(SEED)];
    let today = day("2019-07-01");
    let award = |actor: &Actor, facts: &Facts, today| {
        may_act(on_homes(GovernedAct::AwardFramework), actor, &decisions, facts, today).map_err(|refusal| refusal.to_string())
    };
    let mut facts = Facts::default();
    assert!(award(&director(), &facts, day("2019-06-10")).unwrap_err().contains("is taken on"));
    assert!(award(&director(), &facts, day("2019-06-19")).unwrap_err().contains("can be called in until"));
    assert_eq!(award(&head(), &facts, today).unwrap_err(), "this is for the Director of Children’s Integrated Services");
    let missing = award(&director(), &facts, today).unwrap_err();
    assert_eq!(missing, "the Portfolio Holder for Early Intervention and Early Years has not been consulted");
    facts.consulted = prepared().consulted;
    assert!(award(&director(), &facts, today).unwrap_err().contains("E06000015"), "Derby has not agreed");
    // What was said under another decision was said of something else.
    let another = DecisionId(Uuid::from_u128(8));
    let elsewhere = Facts { consulted: prepared().consulted.into_iter().map(|(_, who)| (another, who)).collect(), ..prepared() };
    assert!(matches!(
        may_act(on_homes(GovernedAct::AwardFramework), &director(), &decisions, &elsewhere, today),
        Err(Refusal::NotConsulted { .. })
    ));
    let elsewhere = Facts { agreed: prepared().agreed.into_iter().map(|(_, council)| (another, council)).collect(), ..prepared() };
    assert!(matches!(
        may_act(on_homes(GovernedAct::AwardFramework), &director(), &decisions, &elsewhere, today),
        Err(Refusal::PartnerMissing { .. })
    ));
    let authority = award(&director(), &prepared(), day("2019-06-20")).unwrap();
    assert_eq!((authority.resolution, authority.post.as_str()), (3, "Director of Children’s Integrated Services"));
}

#[test]
fn contracts_are_signed_after_the_award_by_another_person() {
    let decisions = [standing(SEED)];
    let today = day("2020-01-06");
    let sign = |actor: &Actor, facts: &Facts| may_act(on_homes(GovernedAct::SignContracts), actor, &decisions, facts, today);
    assert_eq!(sign(&head(), &prepared()), Err(Refusal::NotYet { act: GovernedAct::AwardFramework }));
    let mut facts = prepared();
    facts.done = vec![(GovernedAct::AwardFramework, person(1))];
    assert_eq!(sign(&head(), &facts).unwrap().resolution, 4);
    // The director is made head of contracting as well: still not both acts.
    assert_eq!(sign(&actor(1, "Head of Contracting and Procurement"), &facts), Err(Refusal::SamePerson));
    assert_eq!(sign(&director(), &facts), Err(Refusal::OtherPost { post: "Head of Contracting and Procurement".to_owned() }));
}

#[test]
fn the_ceiling_blocks_by_one_penny() {
    let mut facts = prepared();
    let limit = standing(SEED).decision.ceiling_on(HOMES).unwrap().1.amount_pence;
    facts.spent = vec![(standing(SEED).id, Pence(100))];
    let award = |pence| {
        let intent = Intent { amount: Pence(pence), ..on_homes(GovernedAct::AwardFramework) };
        may_act(intent, &director(), &[standing(SEED)], &facts, day("2019-07-01"))
    };
    assert!(award(limit.0 - 100).is_ok());
    assert!(matches!(award(limit.0 - 99), Err(Refusal::CeilingPassed { .. })));
    assert!(matches!(award(i64::MAX), Err(Refusal::CeilingPassed { .. })));
}

#[test]
fn what_was_revoked_opens_nothing_and_what_follows_it_does() {
    let mut old = standing(SEED);
    old.ended_on = Some(day("2020-03-01"));
    let intent = on_homes(GovernedAct::SignInterAuthorityAgreement);
    let sign = |decisions: &[StandingDecision], today| may_act(intent, &head(), decisions, &Facts::default(), day(today));
    assert!(sign(&[old.clone()], "2020-02-29").is_ok());
    assert!(matches!(sign(&[old.clone()], "2020-03-01"), Err(Refusal::Ended { .. })));
    let mut new = standing(SEED);
    new.id = DecisionId(Uuid::from_u128(8));
    assert_eq!(sign(&[old, new.clone()], "2020-03-01").unwrap().decision, new.id);
}

#[test]
fn another_councils_decision_has_its_own_posts_and_order() {
    let decisions = [standing(LOAMSHIRE), standing(SEED)];
    let officer = |number| Actor { council: code("E10000902"), ..actor(number, "Chief procurement officer") };
    let act = |act, who: &Actor, facts: &Facts| {
        may_act(Intent { act, about: "LH9", amount: Pence::ZERO }, who, &decisions, facts, day("2027-02-01"))
    };
    assert_eq!(act(GovernedAct::AwardFramework, &officer(1), &Facts::default()).unwrap().resolution, 2);
    let facts = Facts { done: vec![(GovernedAct::AwardFramework, person(1))], ..Facts::default() };
    assert_eq!(act(GovernedAct::SignContracts, &officer(1), &facts), Err(Refusal::SamePerson));
    assert!(act(GovernedAct::SignContracts, &officer(2), &facts).is_ok());
    // Nottingham's decision is not Loamshire's, and neither is its framework.
    assert!(matches!(act(GovernedAct::SignInterAuthorityAgreement, &officer(2), &facts), Err(Refusal::NotDelegated { .. })));
    assert!(matches!(act(GovernedAct::AwardFramework, &director(), &facts), Err(Refusal::NotDelegated { .. })));
}

#[test]
fn a_post_is_held_by_name_or_when_it_is_the_only_one_of_the_role() {
    let consortium: Consortium = toml::from_str(D2N2).unwrap();
    let nottingham = consortium.council(&code("E06000018")).unwrap();
    assert_eq!(posts_held(nottingham, Role::HeadOfContracting, "Interim"), ["Head of Contracting and Procurement"]);
    assert_eq!(
        posts_held(nottingham, Role::Director, "director of children's integrated services"),
        ["Director of Children’s Integrated Services"]
    );
    assert!(posts_held(nottingham, Role::Director, "Interim").is_empty(), "two posts have the role: nobody guesses");
    assert!(posts_held(nottingham, Role::SocialWorker, "Head of Contracting and Procurement").iter().all(|post| post == "Social worker"));
}

#[test]
fn a_council_without_its_signature_does_not_call_off() {
    let terms: InterAuthorityAgreement = toml::from_str(AGREEMENT).unwrap();
    assert_eq!(terms.problems(), []);
    let users = terms.parties.clone();
    let (nottingham, derby) = (code("E06000018"), code("E06000015"));
    let signed = |by: &CouncilCode| [SignedAgreement { terms: terms.clone(), signed_by: vec![by.clone()] }];
    let may =
        |council: &CouncilCode, agreements: &[SignedAgreement], today: &str| may_call_off(council, HOMES, &users, agreements, day(today));
    assert_eq!(may(&nottingham, &signed(&nottingham), "2026-04-01"), Ok(()));
    assert!(matches!(may(&derby, &signed(&nottingham), "2026-04-01"), Err(NotBound::NotSigned { .. })));
    assert!(matches!(may(&nottingham, &signed(&nottingham), "2026-03-31"), Err(NotBound::NoAgreement { .. })));
    assert_eq!(may(&nottingham, &signed(&nottingham), "2034-03-31"), Ok(()), "its last day is a day of it");
    assert!(matches!(may(&nottingham, &signed(&nottingham), "2034-04-01"), Err(NotBound::NoAgreement { .. })));
    assert!(matches!(may(&nottingham, &[], "2026-04-01"), Err(NotBound::NoAgreement { .. })));
    // Whoever is not a party is not bound by signing.
    let stranger = code("E10000018");
    assert!(matches!(may(&stranger, &signed(&stranger), "2026-04-01"), Err(NotBound::NotSigned { .. })));
    assert_eq!(may_call_off(&derby, "OWN", std::slice::from_ref(&derby), &[], day("2026-04-01")), Ok(()));
}

#[test]
fn a_decision_that_lacks_what_its_record_needs_is_told_where() {
    let mut decision: Decision = toml::from_str(SEED).unwrap();
    decision.reasons.clear();
    decision.call_in_until = Some(day("2019-06-10"));
    decision.resolutions[3].number = 9;
    if let Ruling::ExpenditureCeiling(ceiling) = &mut decision.resolutions[5].ruling {
        ceiling.amount_pence = Pence::ZERO;
    }
    let paths: Vec<_> = decision.problems().into_iter().map(|problem| problem.path).collect();
    assert_eq!(paths, ["reasons", "call_in_until", "resolutions.4.number", "resolutions.6.amount_pence"]);
}

/// What may come to be on record, in any order and any number.
#[derive(Debug, Clone)]
enum Fact {
    Consulted(u128, &'static str),
    Agreed(u128, &'static str),
    Done(usize, u128),
    Spent(u128, i64),
}

fn a_fact() -> impl Strategy<Value = Fact> {
    let councils = prop::sample::select(vec!["E06000018", "E06000015", "E10000007", "E10000024"]);
    let people = prop::sample::select(vec!["Portfolio Holder for Early Intervention and Early Years", "Mayor"]);
    prop_oneof![
        (6_u128..9, people).prop_map(|(under, who)| Fact::Consulted(under, who)),
        (6_u128..9, councils).prop_map(|(under, council)| Fact::Agreed(under, council)),
        (0..GovernedAct::ALL.len(), 0_u128..4).prop_map(|(act, by)| Fact::Done(act, by)),
        (6_u128..9, 0_i64..20_000_000_000).prop_map(|(under, pence)| Fact::Spent(under, pence)),
    ]
}

fn recorded(facts: &[Fact]) -> Facts {
    let mut all = Facts::default();
    let under = |number: u128| DecisionId(Uuid::from_u128(number));
    for fact in facts {
        match *fact {
            Fact::Consulted(by, who) => all.consulted.push((under(by), who.to_owned())),
            Fact::Agreed(by, council) => all.agreed.push((under(by), code(council))),
            Fact::Done(act, by) => all.done.push((GovernedAct::ALL[act], person(by))),
            Fact::Spent(by, pence) => all.spent.push((under(by), Pence(pence))),
        }
    }
    all
}

proptest! {
    /// Whatever was recorded: an act goes through only under a live delegation to a post that the actor holds, all of it met.
    #[test]
    fn no_facts_let_an_act_through_without_a_live_delegation(
        facts in prop::collection::vec(a_fact(), 0..24),
        ready in any::<bool>(),
        act in prop::sample::select(GovernedAct::ALL.to_vec()),
        who in 0_u128..4,
        post in prop::sample::select(vec!["Director of Children’s Integrated Services", "Head of Contracting and Procurement", "Mayor"]),
        ended in prop::option::of(-20_i64..40),
        today in -20_i64..40,
        about in prop::sample::select(vec![HOMES, "CCS034", "OTHER"]),
        amount in 0_i64..20_000_000_000,
    ) {
        let mut decision = standing(SEED);
        let met_on = decision.decision.met_on;
        decision.ended_on = ended.map(|days| met_on.plus_days(days));
        let today = met_on.plus_days(today);
        let mut facts = recorded(&facts);
        if ready {
            facts.consulted.extend(prepared().consulted);
            facts.agreed.extend(prepared().agreed);
        }
        let (who, intent) = (actor(who, post), Intent { act, about, amount: Pence(amount) });
        // Said again in other words, from the minutes rather than from the code.
        let needed = match act {
            GovernedAct::AwardFramework => "Director of Children’s Integrated Services",
            GovernedAct::SignContracts | GovernedAct::SignInterAuthorityAgreement => "Head of Contracting and Procurement",
        };
        let is_live = decision.ended_on.is_none_or(|ended| today < ended) && today > day("2019-06-19");
        let did = |act| facts.done.iter().any(|(done, by)| *done == act && *by == who.person);
        let is_open = is_live && about != "OTHER" && post == needed && match act {
            GovernedAct::AwardFramework => {
                let holder = facts.consulted.iter().any(|(under, who)| *under == decision.id && who.starts_with("Portfolio"));
                let agreed = |council: &str| facts.agreed.contains(&(decision.id, code(council)));
                holder && ["E06000015", "E10000007", "E10000024"].into_iter().all(agreed) && !did(GovernedAct::SignContracts)
            }
            GovernedAct::SignContracts => {
                facts.done.iter().any(|(done, _)| *done == GovernedAct::AwardFramework) && !did(GovernedAct::AwardFramework)
            }
            GovernedAct::SignInterAuthorityAgreement => true,
        };
        let spent: i64 = facts.spent.iter().filter(|(under, _)| *under == decision.id).map(|(_, pence)| pence.0).sum();
        let is_open = is_open && spent + amount <= 12_500_000_000;
        let outcome = may_act(intent, &who, std::slice::from_ref(&decision), &facts, today);
        prop_assert_eq!(outcome.is_ok(), is_open, "{:?}", outcome);
        prop_assert!(may_act(intent, &who, &[], &facts, today).is_err());
    }

    /// Whatever agreements there are, of whatever term and whoever signed: a council calls off under a framework that it shares only
    /// with its own signature on an agreement that binds it, covers the framework and runs today.
    #[test]
    fn no_agreements_let_a_council_call_off_without_its_signature(
        agreements in prop::collection::vec((0_u8..4, 0_u8..4, 0_u8..4, -30_i64..30, 0_i64..40), 0..6),
        council in 0_usize..3,
        framework in 0_usize..2,
        is_shared in any::<bool>(),
    ) {
        let terms: InterAuthorityAgreement = toml::from_str(AGREEMENT).unwrap();
        let today = day("2027-01-04");
        let (councils, frameworks) = (["E06000018", "E06000015", "E10000007"].map(code), ["CCS034", HOMES]);
        // Which of the first two are in the set.
        let among = |set: u8| (0..2).filter(move |which| set & (1 << which) != 0);
        let signed: Vec<SignedAgreement> = agreements.iter().map(|(parties, signatures, covered, from, days)| {
            let starts_on = today.plus_days(*from);
            SignedAgreement {
                terms: InterAuthorityAgreement {
                    parties: among(*parties).map(|which| councils[which].clone()).collect(),
                    frameworks: among(*covered).map(|which| frameworks[which].to_owned()).collect(),
                    starts_on,
                    ends_on: starts_on.plus_days(*days),
                    ..terms.clone()
                },
                signed_by: among(*signatures).map(|which| councils[which].clone()).collect(),
            }
        }).collect();
        let users = if is_shared { councils.to_vec() } else { vec![councils[council].clone()] };
        let is_bound = agreements.iter().any(|(parties, signatures, covered, from, days)| {
            let names = |set: &u8, which: usize| which < 2 && set & (1 << which) != 0;
            names(parties, council) && names(signatures, council) && names(covered, framework) && *from <= 0 && from + days >= 0
        });
        let outcome = may_call_off(&councils[council], frameworks[framework], &users, &signed, today);
        prop_assert_eq!(outcome.is_ok(), is_bound || !is_shared, "{:?}", outcome);
    }
}
