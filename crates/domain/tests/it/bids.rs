//! A bid while it is written: what is missing, where, and why.

use domain::consortium::Consortium;
use domain::ids::{BidderFileId, ServiceId};
use domain::pence::Pence;
use domain::procurement::bid::{BidAnswer, BidFile, BidService};
use domain::procurement::bid_draft::{
    Against, Draft, Missing, Paper, Profile, Section, TypedInsurance, TypedPrice, complete, price_field, words,
};
use domain::procurement::plan::{OpeningRule, PriceFormula, QualityQuestion, StandstillKind, StandstillRule, TenderPlan, WantedInsurance};
use domain::procurement::tender::TenderPeriodRule;
use domain::registration::Rating;
use proptest::prelude::*;
use uuid::Uuid;

const HOME: ServiceId = ServiceId(Uuid::from_u128(1));
const OTHER: ServiceId = ServiceId(Uuid::from_u128(2));
const FILE: BidderFileId = BidderFileId(Uuid::from_u128(3));
/// Of the example configuration: £5,800 a week at the most.
const CATEGORY: &str = "R-STD";

fn plan() -> TenderPlan {
    let consortium: Consortium = toml::from_str(include_str!("../../../../config/d2n2.toml")).unwrap();
    let framework = consortium.frameworks.into_iter().find(|framework| framework.reference == "CCS072").unwrap();
    let question = |code: &str, lots: &[&str]| QualityQuestion {
        code: code.to_owned(),
        title: format!("Question {code}"),
        text: "How?".to_owned(),
        lots: lots.iter().map(|lot| (*lot).to_owned()).collect(),
        words_at_most: 5,
        weight_percent: 30,
        scale_max: 5,
        at_least: None,
        refines: None,
    };
    TenderPlan {
        framework,
        reopening: None,
        exercise: None,
        description: "Homes".to_owned(),
        cpv: "85000000".to_owned(),
        area: "UKF1".to_owned(),
        declarations: vec!["We are who we say we are".to_owned(), "We paid our taxes".to_owned()],
        insurances: vec![WantedInsurance { name: "Public liability".to_owned(), at_least_pence: Pence(1_000_000_000) }],
        questions: vec![question("Q1", &[]), question("Q2", &["R1"]), question("Q3", &["elsewhere"])],
        price_weight_percent: 40,
        price_formula: PriceFormula::LowestInProportion,
        suppliers_at_most: None,
        evaluators_at_least: 2,
        opening: OpeningRule { councils_at_least: 2, window_minutes: 30 },
        opened_by: Vec::new(),
        standstill: StandstillRule { kind: StandstillKind::Voluntary, working_days: 8 },
        open_challenge_stops: Vec::new(),
        tender_period: TenderPeriodRule { days_at_least: 25, days_after_planned_notice: 10, days_after_answers: 5 },
    }
}

fn service(service: ServiceId) -> BidService {
    BidService { service, urn: "1234567".to_owned(), name: "Hazel House".to_owned(), rating: Rating::Good }
}

fn file(sha256: &str) -> BidFile {
    BidFile { name: "policy.pdf".to_owned(), media_type: "application/pdf".to_owned(), size: 9, sha256: sha256.to_owned(), content: None }
}

fn profile() -> Profile {
    let insurance =
        TypedInsurance { name: "Public liability".to_owned(), amount: "£10,000,000.00".to_owned(), valid_until: "31/3/2027".to_owned() };
    Profile {
        provider_name: "Hazel Bank Care".to_owned(),
        company_number: "01234567".to_owned(),
        insurances: vec![insurance],
        papers: vec![Paper { name: "Safeguarding policy".to_owned(), valid_until: String::new(), file: FILE }],
    }
}

fn draft() -> Draft {
    let answer = |question: &str, text: &str| BidAnswer { question: question.to_owned(), text: text.to_owned() };
    Draft {
        services: vec![HOME],
        declared: vec![true, true],
        addenda_read: 2,
        answers: vec![answer("Q1", "With a ten-year-old plan"), answer("Q2", " one\ntwo  three four five ")],
        prices: vec![TypedPrice { service: HOME, category: CATEGORY.to_owned(), weekly: "4,750.00".to_owned() }],
        files: vec![FILE],
    }
}

fn missing(profile: &Profile, draft: &Draft) -> Vec<Missing> {
    let plan = plan();
    let files = [(FILE, file("aa"))];
    let services = [service(HOME), service(OTHER)];
    let lot = plan.lot("R1").unwrap();
    let against = Against { plan: &plan, lot, services: &services, files: &files, addenda: 2, on: "30/9/2026".parse().unwrap() };
    complete(profile, draft, &against).err().unwrap_or_default()
}

/// That this change of a complete bid is told at this field, in words with this in them, and that nothing else is.
fn only(change: impl Fn(&mut Profile, &mut Draft), section: Section, field: &str, reason: &str) {
    let (mut profile, mut draft) = (profile(), draft());
    change(&mut profile, &mut draft);
    match missing(&profile, &draft).as_slice() {
        [one] => assert!(
            one.section == section && one.field == field && one.reason.contains(reason),
            "expected {section} {field} {reason}, found {one:?}"
        ),
        other => panic!("{field}: {other:?}"),
    }
}

#[test]
fn a_complete_bid_is_two_envelopes_and_the_prices_are_in_one_of_them() {
    let plan = plan();
    let files = [(FILE, file("aa"))];
    let lot = plan.lot("R1").unwrap();
    let services = [service(HOME), service(OTHER)];
    let against = Against { plan: &plan, lot, services: &services, files: &files, addenda: 2, on: "30/9/2026".parse().unwrap() };
    let (quality, price) = complete(&profile(), &draft(), &against).unwrap();
    let asked: Vec<_> = quality.answers.iter().map(|answer| answer.question.as_str()).collect();
    assert_eq!(asked, ["Q1", "Q2"], "another lot's question is not asked");
    assert_eq!(quality.files.len(), 1, "a file that is used twice goes once");
    assert_eq!(quality.services, [service(HOME)]);
    assert_eq!(price.prices.len(), 1);
    assert!(!serde_json::to_string(&quality).unwrap().contains("475000"), "a price in the envelope of quality");
}

#[test]
fn each_thing_that_is_missing_is_told_at_its_field() {
    use Section::{Answers, Declarations, Files, Prices, Profile as About, Services};
    only(|profile, _| profile.provider_name = " ".to_owned(), About, "provider_name", "Enter the name");
    only(|profile, _| profile.company_number = "12".to_owned(), About, "company_number", "6 to 8");
    only(|profile, _| profile.insurances[0].amount.clear(), About, "insurance-0-amount", "public liability");
    only(|profile, _| profile.insurances[0].amount = "9,999,999.99".to_owned(), About, "insurance-0-amount", "£10,000,000.00 or more");
    only(|profile, _| profile.insurances[0].valid_until = "29/9/2026".to_owned(), About, "insurance-0-until", "ended on 29 September 2026");
    only(|profile, _| profile.papers[0].valid_until = "29/9/2026".to_owned(), About, "paper-0-until", "replace it");
    only(|profile, _| profile.papers[0].valid_until = "soon".to_owned(), About, "paper-0-until", "as a date");
    only(|_, draft| draft.services.clear(), Services, "services", "at least one");
    only(|_, draft| draft.declared[1] = false, Declarations, "declared-1", "Confirm");
    only(|_, draft| draft.addenda_read = 1, Declarations, "addenda", "up to number 2");
    only(|_, draft| draft.answers[0].text = " \n".to_owned(), Answers, "answer-Q1", "Question Q1");
    only(|_, draft| draft.answers[0].text = "one two three four five six".to_owned(), Answers, "answer-Q1", "has 6 words: at most 5");
    only(|_, draft| draft.prices.clear(), Prices, &price_field(HOME, "R-STD"), "Hazel House");
    only(|_, draft| draft.services.push(OTHER), Prices, &price_field(OTHER, "R-STD"), "Hazel House");
    only(|_, draft| draft.files.push(BidderFileId(Uuid::from_u128(9))), Files, &format!("file-{}", Uuid::from_u128(9)), "removed");
}

#[test]
fn a_price_equal_to_the_published_maximum_is_told_at_its_field() {
    let field = price_field(HOME, CATEGORY);
    let at = |weekly: &'static str| move |_: &mut Profile, draft: &mut Draft| draft.prices[0].weekly = weekly.to_owned();
    let published = plan();
    let published = published.framework.category(CATEGORY).unwrap().1.maximum_on(published.framework.starts_on).unwrap().weekly.0;
    let typed = |pence: i64| format!("{}.{:02}", pence / 100, pence % 100);
    for (weekly, is_taken) in [(published.0 - 1, true), (published.0, false), (published.0 + 1, false)] {
        let mut draft = draft();
        draft.prices[0].weekly = typed(weekly);
        let found = missing(&profile(), &draft);
        assert_eq!(found.is_empty(), is_taken, "{weekly}: {found:?}");
        assert!(found.iter().all(|one| one.field == field && one.reason.contains(&format!("below the published maximum of {published}"))));
    }
    only(at("0"), Section::Prices, &field, "more than £0");
    only(at("about 4,000"), Section::Prices, &field, "in pounds");
}

proptest! {
    /// A limit counts words as people count them: spaces and line ends of any number stand between two.
    #[test]
    fn words_are_what_stands_between_spaces(parts in proptest::collection::vec("[a-z’'-]{1,9}", 0..40), gap in "[ \n\t\u{a0}]{1,3}") {
        prop_assert_eq!(words(&parts.join(&gap)), parts.len());
        prop_assert_eq!(words(&format!("{gap}{}{gap}", parts.join(&gap))), parts.len());
    }

    /// However much is wrong, the answer names it, and a bid is complete only if nothing is.
    #[test]
    fn nothing_typed_breaks_the_form(text in ".{0,30}", number in any::<u32>(), is_declared in any::<bool>()) {
        let mut profile = profile();
        profile.insurances[0].amount.clone_from(&text);
        profile.papers[0].valid_until.clone_from(&text);
        let mut draft = draft();
        draft.prices[0].weekly.clone_from(&text);
        draft.declared = vec![is_declared];
        draft.addenda_read = number;
        let found = missing(&profile, &draft);
        prop_assert!(found.iter().any(|one| one.field == "declared-1"), "the second declaration is never made");
    }
}
