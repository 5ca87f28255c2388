//! An evaluation of any size, for tests of what a page of it costs. Bidders, bids and scores go straight into their tables, since every
//! command for each would take minutes; the envelopes are real, sealed to the tender and opened by officers of two councils.

use std::fmt::Write as _;

use domain::ids::{BidModerationId, BidScoreId, OpenedBidId, OrganisationId, PersonId, ServiceId, SubmissionId, TenderId};
use domain::pence::{Pence, WeeklyRate};
use domain::people::{Caller, OrganisationKind, Role};
use domain::procurement::bid::{BidAnswer, BidPrice, BidService, Envelope, HeldInsurance, PriceEnvelope, QualityEnvelope};
use domain::procurement::plan::{QualityQuestion, TenderPlan};
use domain::record::Digest;
use serde_json::json;
use service::perform;
use service::procurement::conflict::DeclareConflict;
use service::procurement::evaluator::NameEvaluator;
use service::procurement::outcome::RecordOutcomes;
use service::procurement::scoring::LockQuality;
use service::procurement::sealing::{Recipient, seal};
use store::market::service::Service;
use store::people::organisation::Organisation;
use store::procurement::bid::{Submission, opened};
use store::procurement::evaluation::{BidModeration, BidScore};
use store::procurement::tender::Tender;
use store::{Reads as _, Record, Statement, Tx};

use crate::evaluating::{email, evaluators, opens};
use crate::tendering::{draft, opening_officers, publish};
use crate::world::{HOME_CATEGORY, World};

/// How large an evaluation is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Bids for one lot, each with one home at its own price.
    pub bids: u32,
    /// Questions that each of them answers.
    pub questions: u32,
}

/// So many people score every answer.
const EVALUATORS: u32 = 3;

/// A tender whose bids are scored by three people, agreed on, locked, priced and decided.
///
/// # Panics
/// When anything of it is refused.
pub async fn evaluated(world: &mut World, size: Size) -> TenderId {
    opening_officers(world).await;
    let mut draft = draft(world).await;
    draft.plan.questions = (1..=size.questions).map(|number| question(number, 60 / size.questions)).collect();
    draft.plan.evaluators_at_least = EVALUATORS;
    let plan = draft.plan.clone();
    let tender = publish(world, draft).await;
    submitted(world, tender, &plan, size.bids).await;
    world.clock.set("2027-02-26T12:30:00Z");
    opens(world, tender, Envelope::Quality).await;
    let officer = world.as_role(Role::ContractOfficer);
    let judges = three(world, &officer, tender).await;
    scored(world, tender, &plan, &judges, &officer).await;
    perform(&world.nearhome, &officer, world.key(), &LockQuality { tender }).await.unwrap();
    opens(world, tender, Envelope::Price).await;
    perform(&world.nearhome, &officer, world.key(), &RecordOutcomes { tender, rejected: Vec::new() }).await.unwrap();
    tender
}

fn question(number: u32, weight_percent: u32) -> QualityQuestion {
    QualityQuestion {
        code: format!("Q{number}"),
        title: format!("Question {number}"),
        text: format!("What do you do about matter {number}, and how do you know that it works?"),
        lots: Vec::new(),
        words_at_most: 300,
        weight_percent,
        scale_max: 5,
        at_least: None,
        refines: None,
    }
}

/// A number that looks like chance and is the same in every run.
fn drawn(what: &str, below: u64) -> u64 {
    let digest = Digest::of(what.as_bytes());
    u64::from_be_bytes(digest.0[..8].try_into().unwrap()) % below
}

async fn submitted(world: &World, tender: TenderId, plan: &TenderPlan, bids: u32) {
    let mut tx = world.as_worker().await;
    let row: Tender = tx.get(tender).await.unwrap();
    let like: Service = tx.get(world.home).await.unwrap();
    let recipient = |text: &Option<String>| text.as_ref().unwrap().parse::<Recipient>().unwrap();
    let (to_quality, to_price) = (recipient(&row.quality_recipient), recipient(&row.price_recipient));
    for number in 1..=bids {
        let name = format!("Synthetic Homes {number}");
        let provider = OrganisationId(tx.new_id());
        let organisation = Organisation {
            id: provider,
            version: 1,
            kind: OrganisationKind::Provider,
            name: name.clone(),
            council_code: None,
            reference: None,
            is_synthetic: true,
        };
        tx.create(&organisation, &json!({ "shape": 1 })).await.unwrap();
        let urn = format!("{}", 2_000_000 + number);
        let home = Service {
            id: ServiceId(tx.new_id()),
            org_id: provider,
            urn: urn.clone(),
            name: format!("Synthetic House {number}"),
            version: 1,
            ..like.clone()
        };
        tx.create(&home, &json!({ "shape": 1 })).await.unwrap();
        let quality = quality(plan, &name, &home);
        let weekly = WeeklyRate(Pence(300_000 + i64::try_from(drawn(&name, 370_000)).unwrap()));
        let price = PriceEnvelope { prices: vec![BidPrice { service: home.id, category: HOME_CATEGORY[2].to_owned(), weekly }] };
        let submission = Submission {
            id: SubmissionId(tx.new_id()),
            version: 1,
            org_id: row.org_id,
            provider_id: provider,
            tender_id: tender,
            lot: HOME_CATEGORY[1].to_owned(),
            number: 1,
            quality: seal(&to_quality, &serde_json::to_vec(&quality).unwrap()).unwrap(),
            price: seal(&to_price, &serde_json::to_vec(&price).unwrap()).unwrap(),
            price_by_bidder: false,
            own_copy: Vec::new(),
            receipt: Digest::of(urn.as_bytes()).to_string(),
            submitted_at: tx.at(),
            withdrawn_at: None,
        };
        tx.create(&submission, &json!({ "shape": 1 })).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn quality(plan: &TenderPlan, name: &str, home: &Service) -> QualityEnvelope {
    let insured = |name: &String| HeldInsurance {
        name: name.clone(),
        amount_pence: Pence(1_000_000_000),
        valid_until: "2028-03-31".parse().unwrap(),
    };
    // About two hundred words each.
    let answer = |question: &QualityQuestion| BidAnswer {
        question: question.code.clone(),
        text: format!("{name} answers {}. {}", question.title, "We listen first, and then we act on what we were told. ".repeat(17)),
    };
    QualityEnvelope {
        provider_name: name.to_owned(),
        company_number: "SYN-1".to_owned(),
        services: vec![BidService { service: home.id, urn: home.urn.clone(), name: home.name.clone(), rating: home.rating }],
        declared: vec![true; plan.declarations.len()],
        insurances: plan.insurances.iter().map(|wanted| insured(&wanted.name)).collect(),
        addenda_read: 0,
        answers: plan.questions.iter().map(answer).collect(),
        files: Vec::new(),
    }
}

/// Two evaluators as elsewhere, and one more.
async fn three(world: &World, officer: &Caller, tender: TenderId) -> Vec<Caller> {
    let third = world.as_role(Role::SocialWorker);
    let email = email(world, &third).await;
    perform(&world.nearhome, officer, world.key(), &NameEvaluator { tender, email }).await.unwrap();
    let declares = DeclareConflict { tender, has_conflict: false, words: String::new() };
    perform(&world.nearhome, &third, world.key(), &declares).await.unwrap();
    let mut all = evaluators(world, tender).await.to_vec();
    all.push(third);
    all
}

async fn scored(world: &World, tender: TenderId, plan: &TenderPlan, judges: &[Caller], officer: &Caller) {
    let mut tx = world.as_worker().await;
    let rests_on: Vec<PersonId> = judges.iter().map(|judge| judge.person).collect();
    let rests_on = serde_json::to_string(&rests_on).unwrap();
    for bid in opened(&mut tx, tender).await.unwrap() {
        let (mut scores, mut agreed) = (Vec::new(), Vec::new());
        for question in &plan.questions {
            let worth = |by: usize| i64::try_from(drawn(&format!("{} {} {by}", bid.provider_id, question.code), 4)).unwrap() + 2;
            for (by, judge) in judges.iter().enumerate() {
                scores.push(BidScore {
                    id: BidScoreId(tx.new_id()),
                    version: 1,
                    org_id: judge.organisation,
                    opened_bid_id: bid.id,
                    question: question.code.clone(),
                    person_id: judge.person,
                    score: worth(by),
                    reason: "It says what is done and how they know.".to_owned(),
                });
            }
            agreed.push(moderation(&mut tx, bid.id, question, (officer, worth(0)), &rests_on));
        }
        add_all(&mut tx, &scores).await;
        add_all(&mut tx, &agreed).await;
    }
    tx.commit().await.unwrap();
}

fn moderation(tx: &mut Tx, bid: OpenedBidId, question: &QualityQuestion, (by, agreed): (&Caller, i64), rests_on: &str) -> BidModeration {
    BidModeration {
        id: BidModerationId(tx.new_id()),
        version: 1,
        org_id: by.organisation,
        opened_bid_id: bid,
        question: question.code.clone(),
        agreed,
        reason: "They agree.".to_owned(),
        agreed_by: by.person,
        rests_on: Some(rests_on.to_owned()),
    }
}

/// Adds rows by one statement, without their events: what is verified by the record is looked at elsewhere.
async fn add_all<R: Record>(tx: &mut Tx, rows: &[R]) {
    let wide = R::COLUMNS.len();
    let mut sql = format!("INSERT INTO {} ({}) VALUES ", R::TABLE, R::COLUMNS.join(", "));
    for row in 0..rows.len() {
        let numbers: Vec<String> = (1..=wide).map(|column| format!("${}", row * wide + column)).collect();
        write!(sql, "{}({})", if row == 0 { "" } else { ", " }, numbers.join(", ")).unwrap();
    }
    let values: Vec<_> = rows.iter().flat_map(Record::values).collect();
    let added = tx.execute(Statement { name: "many", sql: texts(sql) }, &values).await.unwrap();
    assert_eq!(usize::try_from(added).unwrap(), rows.len());
}

/// Each text once, since statements are known for good.
fn texts(sql: String) -> &'static str {
    static KNOWN: std::sync::Mutex<Vec<&'static str>> = std::sync::Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap();
    if let Some(text) = known.iter().find(|text| **text == sql) {
        return text;
    }
    let text: &'static str = Box::leak(sql.into_boxed_str());
    known.push(text);
    text
}
