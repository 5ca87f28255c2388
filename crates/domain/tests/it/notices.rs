//! Which notice is due when, and what it lacks.

use domain::Code as _;
use domain::calendar::Day;
use domain::pence::Pence;
use domain::procurement::notice::{Due, Notice, NoticeRule, Requirement};
use domain::procurement::ocds::build::Telling;
use domain::procurement::public_facts::{Cancelled, PublicFacts, RegisterNumber};

use crate::procured::{at, awarded, day, drafted, signed, story_of, supplier, tell};

fn due(notice: Notice, facts: &PublicFacts, today: &str) -> Due {
    notice.due(facts, &NoticeRule::default(), day(today))
}

fn lacks(notice: Notice, facts: &PublicFacts) -> Vec<Requirement> {
    notice.missing(facts).into_iter().map(|missing| missing.what).collect()
}

fn tendered() -> PublicFacts {
    let mut facts = drafted();
    tell(&mut facts, Telling::Engagement, at("14/3/2025", 10, 49));
    facts.timetable.published_at = Some(at("11/8/2025", 14, 29));
    tell(&mut facts, Telling::Tender, at("11/8/2025", 14, 29));
    facts
}

#[test]
fn the_seventeen_notices_have_the_codes_of_the_act() {
    let codes: Vec<String> = Notice::ALL.iter().map(|notice| notice.code().to_owned()).collect();
    assert_eq!(codes, (1..=17).map(|number| format!("UK{number}")).collect::<Vec<_>>());
}

#[test]
fn the_pipeline_is_due_fifty_six_days_into_the_financial_year() {
    assert_eq!(due(Notice::Pipeline, &drafted(), "1/4/2025"), Due::By(day("26/5/2025")));
    assert_eq!(due(Notice::Pipeline, &drafted(), "26/5/2025"), Due::By(day("26/5/2025")));
    assert_eq!(due(Notice::Pipeline, &drafted(), "27/5/2025"), Due::By(day("26/5/2026")));
    let mut small = drafted();
    small.plan.framework.value_ceiling_pence = Some(Pence(200_000_000));
    assert!(matches!(due(Notice::Pipeline, &small, "1/4/2025"), Due::NotAsked(_)), "£2 million is not above £2 million");
}

#[test]
fn a_planned_notice_counts_from_forty_days_to_twelve_months_before() {
    let rule = NoticeRule::default();
    let tender = day("11/8/2025");
    assert!(rule.shortens(tender.plus_days(-40), tender) && !rule.shortens(tender.plus_days(-39), tender));
    assert!(rule.shortens(day("11/8/2024"), tender) && !rule.shortens(day("10/8/2024"), tender));
}

#[test]
fn talks_with_providers_are_told_before_the_tender_or_explained_in_it() {
    let facts = drafted();
    assert!(matches!(due(Notice::MarketEngagement, &facts, "1/5/2025"), Due::Before(_)));
    assert_eq!(lacks(Notice::Tender, &facts), [Requirement::EngagementReason]);
    let mut explained = drafted();
    explained.engagement.as_mut().unwrap().no_notice_because = Some("By letter".to_owned());
    assert_eq!(lacks(Notice::Tender, &explained), []);
    let mut silent = drafted();
    silent.engagement = None;
    assert_eq!(lacks(Notice::Tender, &silent), []);
    assert!(matches!(due(Notice::MarketEngagement, &silent, "1/5/2025"), Due::NotAsked(_)));
    assert_eq!(lacks(Notice::Tender, &tendered()), []);
}

#[test]
fn the_award_notice_waits_for_the_summaries_and_comes_before_the_standstill() {
    let mut facts = tendered();
    assert!(matches!(due(Notice::ContractAward, &facts, "1/12/2025"), Due::After(_)));
    awarded(&mut facts);
    assert!(matches!(due(Notice::ContractAward, &facts, "30/1/2026"), Due::Before(_)));
    assert_eq!(lacks(Notice::ContractAward, &facts), []);
    let award = facts.award.as_mut().unwrap();
    (award.summaries_sent_at, award.standstill_until) = (None, None);
    award.lots[0].suppliers[0].number = "unknown".to_owned();
    let missing = lacks(Notice::ContractAward, &facts);
    assert_eq!(missing, [Requirement::Suppliers, Requirement::Summaries, Requirement::Standstill]);
}

#[test]
fn contract_details_are_due_within_120_days_of_the_earliest_signature_not_yet_told() {
    let mut facts = tendered();
    awarded(&mut facts);
    tell(&mut facts, Telling::Award, at("30/1/2026", 15, 27));
    assert!(matches!(due(Notice::ContractDetails, &facts, "1/3/2026"), Due::After(_)));
    facts.contracts = vec![signed(1, &["F1"], at("31/3/2026", 9, 0)), signed(2, &["F1"], at("2/4/2026", 9, 0))];
    let last = day("31/3/2026").plus_days(119);
    assert_eq!(due(Notice::ContractDetails, &facts, "3/4/2026"), Due::By(last), "the day of the signature is the first of the 120");
    assert_eq!(last, day("28/7/2026"));
    tell(&mut facts, Telling::Contracts, at("1/4/2026", 9, 0));
    assert_eq!(due(Notice::ContractDetails, &facts, "3/4/2026"), Due::By(day("2/4/2026").plus_days(119)));
    tell(&mut facts, Telling::Contracts, at("3/4/2026", 9, 0));
    assert_eq!(due(Notice::ContractDetails, &facts, "3/4/2026"), Due::Published(at("3/4/2026", 9, 0)));
    let thirty = NoticeRule { details_days: 30, ..NoticeRule::default() };
    facts.published.truncate(3);
    assert_eq!(Notice::ContractDetails.due(&facts, &thirty, day("3/4/2026")), Due::By(day("29/4/2026")));
}

#[test]
fn the_end_of_a_contract_is_told_within_thirty_days() {
    let mut facts = drafted();
    story_of(&mut facts);
    facts.published.pop();
    assert_eq!(due(Notice::ContractTermination, &facts, "4/9/2026"), Due::By(day("29/9/2026")), "of 31 August");
}

#[test]
fn a_tender_that_is_given_up_is_told_at_once() {
    let mut facts = tendered();
    assert!(matches!(due(Notice::ProcurementTermination, &facts, "1/9/2025"), Due::After(_)));
    facts.cancelled = Some(Cancelled { at: at("1/9/2025", 9, 0), reason: "Not needed".to_owned() });
    assert_eq!(due(Notice::ProcurementTermination, &facts, "1/9/2025"), Due::Now);
    assert_eq!(lacks(Notice::ProcurementTermination, &facts), []);
}

#[test]
fn an_older_framework_has_none_of_these_notices() {
    let mut facts = drafted();
    facts.plan.framework.regime = domain::consortium::framework::Regime::Pcr2015;
    assert!(Notice::ALL.iter().all(|notice| matches!(due(*notice, &facts, "1/4/2025"), Due::NotAsked(_))));
}

#[test]
fn each_field_of_the_tender_notice_is_asked_for() {
    let lacking = |change: &dyn Fn(&mut PublicFacts)| {
        let mut facts = tendered();
        change(&mut facts);
        lacks(Notice::Tender, &facts)
    };
    assert_eq!(lacking(&|facts| facts.title.clear()), [Requirement::Title]);
    assert_eq!(lacking(&|facts| facts.plan.description.clear()), [Requirement::Description]);
    assert_eq!(lacking(&|facts| facts.councils[2].register_number = None), [Requirement::Councils]);
    assert_eq!(lacking(&|facts| facts.councils[0].email = None), [Requirement::Contact]);
    assert_eq!(lacking(&|facts| facts.plan.framework.value_ceiling_pence = None), [Requirement::Value]);
    assert_eq!(lacking(&|facts| facts.plan.cpv = "853113".to_owned()), [Requirement::Cpv]);
    assert_eq!(lacking(&|facts| facts.plan.area.clear()), [Requirement::Area]);
    assert_eq!(lacking(&|facts| facts.plan.framework.ends_on = Day::FIRST), [Requirement::Term]);
    assert_eq!(lacking(&|facts| facts.plan.framework.ends_on = day("1/4/2034")), [Requirement::OpenScheme]);
    assert_eq!(lacking(&|facts| facts.timetable.deadline = at("11/9/2025", 9, 0)), [Requirement::Questions]);
    assert_eq!(lacking(&|facts| facts.site.clear()), [Requirement::Submission]);
    assert_eq!(lacking(&|facts| facts.plan.price_weight_percent = 39), [Requirement::Criteria]);
    assert_eq!(lacking(&|facts| facts.plan.framework.users.clear()), [Requirement::CallOff]);
    assert_eq!(lacking(&|facts| facts.plan.questions[0].text = "Our Sam, 13 years old".to_owned()), [Requirement::NoChild]);
}

#[test]
fn numbers_of_companies_and_charities_are_told_apart() {
    let number = |text: &str| domain::procurement::public_facts::Supplier { number: text.to_owned(), ..supplier(1) }.register_number();
    assert_eq!(number(" sc 123456"), Some(RegisterNumber::Company("SC123456".to_owned())));
    assert_eq!(number("01234567"), Some(RegisterNumber::Company("01234567".to_owned())));
    assert_eq!(number("1012345"), Some(RegisterNumber::Charity("1012345".to_owned())));
    for neither in ["", "12345", "S1234567", "123456789", "ABCDEFGH"] {
        assert_eq!(number(neither), None, "{neither}");
    }
}
