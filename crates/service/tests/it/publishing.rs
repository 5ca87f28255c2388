//! What the public is told of a procurement, release by release.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::access::worker;
use domain::calendar::Day;
use domain::governance::decision::GovernedAct;
use domain::ids::{
    AgreementId, AwardId, BidOutcomeId, BidScoreId, FrameworkContractId, GovernedActId, OpenedBidId, OrganisationId, SubmissionId, TenderId,
};
use domain::pence::{Pence, WeeklyRate};
use domain::people::{Caller, Role};
use domain::procurement::bid::{BidPrice, PriceEnvelope, QualityEnvelope};
use domain::procurement::notice::{Due, Notice, Requirement};
use domain::procurement::ocds::build::Telling;
use domain::procurement::ocds::check::check;
use domain::procurement::ocds::json::Json;
use domain::procurement::register::{PLACEMENTS_AT_LEAST, contracts_register};
use domain::purchasing::agreement::AgreementState;
use serde_json::{Value, json};
use service::procurement::tender::{CancelTender, DraftTender, ExtendDeadline, PublishTender};
use service::publish::notices::{ExportReleases, GetNotices, GetReleases, KeepSupplier, NoticesView, PublishNotice, RecordEngagement};
use service::publish::registers::ExportContracts;
use service::{Failure, ask, perform};
use store::Tx;
use store::governance::decision::GovernedActRow;
use store::procurement::award::{Award, FrameworkContract};
use store::procurement::bid::{OpenedBid, Submission};
use store::procurement::evaluation::{BidOutcome, BidScore, OutcomeKind};
use store::procurement::publication::releases_of;
use store::purchasing::agreement::Agreement;
use testkit::both;
use testkit::case::{offered, referral};
use testkit::tendering::{draft, opening_officers, published};
use testkit::world::{HAZEL_BANK, HOME_CATEGORY, World, world};

async fn does<C: service::Command>(world: &World, who: &Caller, command: &C) -> Result<C::Answer, Failure> {
    world.clock.forward(chrono::Duration::seconds(1));
    perform(&world.nearhome, who, world.key(), command).await
}

async fn tells(world: &World, tender: TenderId, telling: Telling) -> Result<(), Failure> {
    does(world, &world.as_role(Role::ContractOfficer), &PublishNotice { tender, telling }).await.map(drop)
}

async fn notices(world: &World, tender: TenderId) -> NoticesView {
    let officer = world.as_role(Role::ContractOfficer);
    ask(&world.nearhome, &officer, &GetNotices { tender, now: world.nearhome.now() }).await.unwrap()
}

fn due(view: &NoticesView, notice: Notice) -> Due {
    view.lines.iter().find(|line| line.notice == notice).unwrap().due
}

fn is_offered(view: &NoticesView, notice: Notice) -> bool {
    view.lines.iter().find(|line| line.notice == notice).unwrap().telling.is_some()
}

async fn told(world: &World) -> Vec<Vec<Value>> {
    ask(&world.nearhome, &worker(), &ExportReleases).await.unwrap().processes
}

/// An opened bid with words that nobody outside may read, and what became of it.
async fn bids(tx: &mut Tx, world: &World, tender: TenderId, provider: OrganisationId, outcome: OutcomeKind, number: &str) {
    let submission = Submission {
        id: SubmissionId(tx.new_id()),
        version: 1,
        org_id: world.council,
        provider_id: provider,
        tender_id: tender,
        lot: "R1".to_owned(),
        number: 1,
        quality: Vec::new(),
        price: Vec::new(),
        price_by_bidder: false,
        own_copy: Vec::new(),
        receipt: "CANARY".to_owned(),
        submitted_at: tx.at(),
        withdrawn_at: None,
    };
    tx.create(&submission, &json!({ "shape": 1 })).await.unwrap();
    let quality = QualityEnvelope {
        provider_name: format!("Synthetic Homes {number}"),
        company_number: number.to_owned(),
        services: Vec::new(),
        declared: vec![true; 3],
        insurances: Vec::new(),
        addenda_read: 0,
        answers: vec![domain::procurement::bid::BidAnswer { question: "CARE".to_owned(), text: "CANARY".to_owned() }],
        files: Vec::new(),
    };
    let price =
        PriceEnvelope { prices: vec![BidPrice { service: world.home, category: "R-STD".to_owned(), weekly: WeeklyRate(Pence(777_777)) }] };
    let opened = OpenedBid {
        id: OpenedBidId(tx.new_id()),
        version: 1,
        org_id: world.council,
        tender_id: tender,
        submission_id: submission.id,
        provider_id: provider,
        lot: "R1".to_owned(),
        quality: serde_json::to_string(&quality).unwrap(),
        price: Some(serde_json::to_string(&price).unwrap()),
        opened_at: tx.at(),
        price_opened_at: Some(tx.at()),
    };
    tx.create(&opened, &json!({ "shape": 1 })).await.unwrap();
    let (opened_bid_id, org_id) = (opened.id, world.council);
    let score = BidScore {
        id: BidScoreId(tx.new_id()),
        version: 1,
        org_id,
        opened_bid_id,
        question: "CARE".to_owned(),
        person_id: world.as_role(Role::ContractOfficer).person,
        score: 3,
        reason: "CANARY".to_owned(),
    };
    tx.create(&score, &json!({ "shape": 1 })).await.unwrap();
    let row = BidOutcome {
        id: BidOutcomeId(tx.new_id()),
        version: 1,
        org_id,
        opened_bid_id,
        service_id: world.home,
        category: "R-STD".to_owned(),
        outcome,
        reason: "CANARY".to_owned(),
        weekly_pence: Pence(777_777),
    };
    tx.create(&row, &json!({ "shape": 1 })).await.unwrap();
}

/// The award as a later step of the procurement leaves it.
async fn awards(world: &World, tender: TenderId, other: OrganisationId, until: Option<Day>) -> Award {
    let mut tx = world.as_worker().await;
    bids(&mut tx, world, tender, world.provider, OutcomeKind::Admit, "00000001").await;
    bids(&mut tx, world, tender, other, OutcomeKind::Reject, "00000002").await;
    let act = GovernedActRow {
        id: GovernedActId(tx.new_id()),
        version: 1,
        org_id: world.council,
        decision_id: None,
        resolution: None,
        act: GovernedAct::AwardFramework,
        about: "CCS072".to_owned(),
        post: "CANARY".to_owned(),
        done_by: world.as_role(Role::Director).person,
        amount_pence: Pence::ZERO,
    };
    tx.create(&act, &json!({ "shape": 1 })).await.unwrap();
    let award = Award {
        id: AwardId(tx.new_id()),
        version: 1,
        org_id: world.council,
        tender_id: tender,
        act_id: act.id,
        detail: "CANARY".to_owned(),
        summaries_sent_at: Some(tx.at()),
        notice_published_at: None,
        standstill_until: until,
        terminated_on: None,
        terminated_reason: None,
    };
    tx.create(&award, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
    award
}

async fn signs(world: &World, tender: TenderId) {
    let mut tx = world.as_worker().await;
    let contract = FrameworkContract {
        id: FrameworkContractId(tx.new_id()),
        version: 1,
        org_id: world.council,
        provider_id: world.provider,
        tender_id: tender,
        framework: "CCS072".to_owned(),
        detail: serde_json::json!([{ "service": world.home, "lot": "R1", "name": "CANARY", "category": "R-STD", "weekly": 475_000 }])
            .to_string(),
        signable_from: None,
        provider_signed_at: Some(tx.at()),
        provider_signed_by: None,
        provider_signatory: Some("CANARY".to_owned()),
        council_signed_at: Some(tx.at()),
        council_signed_by: None,
        council_post: Some("CANARY".to_owned()),
        act_id: None,
        suspended_from: None,
        suspended_until: None,
        ended_on: None,
        ended_reason: None,
        suspended_reason: None,
    };
    tx.create(&contract, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

fn sound(releases: &[Value]) {
    let texts: Vec<String> = releases.iter().map(Value::to_string).collect();
    let read: Vec<Json<'_>> = texts.iter().map(|text| Json::read(text).unwrap()).collect();
    assert_eq!(check(&read, &BTreeSet::new()), []);
}

fn shared(tool: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("NEARHOME_SHARED").map_or_else(beside, Into::into);
    if shared.join("tools").join(tool).exists() {
        return Some(shared);
    }
    eprintln!("SKIPPED: {tool} is not in {}, so it saw nothing of what is handed over", shared.join("tools").display());
    None
}

/// The files that outsiders get, beside the published validators. One agreement of the council, and not a placement of one child.
async fn handed_over(world: &World) {
    let folder = tempfile::tempdir().unwrap();
    let told = ask(&world.nearhome, &worker(), &ExportReleases).await.unwrap();
    let register = ask(&world.nearhome, &worker(), &ExportContracts).await.unwrap();
    assert_eq!((register.entries.len(), register.held_back.len()), (1, 0), "{register:?}");
    let table = contracts_register(&register.entries);
    assert!(table.contains("CCS072-") && table.contains(",01234567,n/a,true,false,") && !table.contains("CANARY"), "{table}");
    let files = told.files(world.nearhome.now()).unwrap();
    assert_eq!(files[2].1.lines().count(), 1);
    for (name, text) in files.iter().map(|(name, text)| (*name, text)).chain([("contracts.csv", &table)]) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    if let Some(shared) = shared("ocds-check") {
        let said =
            Command::new(shared.join("tools/ocds-check")).args(["releases.json", "records.json"]).current_dir(&folder).output().unwrap();
        let words = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(
            said.status.success() && words.matches("validation errors: 0").count() == 2,
            "{words}{}",
            String::from_utf8_lossy(&said.stderr)
        );
    }
    if let Some(shared) = shared("lgtc_csv_check.py") {
        let (tool, schema) = (shared.join("tools/lgtc_csv_check.py"), shared.join("ocds/bundle/lga/contracts.json"));
        let said = Command::new("python3").arg(tool).arg(schema).arg(folder.path().join("contracts.csv")).output().unwrap();
        assert!(said.status.success(), "{}{table}", String::from_utf8_lossy(&said.stdout));
    }
}

/// An agreement for one child, signed by the council, that is full of what nobody may read.
async fn places(world: &World, number: u32) {
    let (referral, releases) = referral(world, number, &[world.home], HOME_CATEGORY).await;
    let offer = offered(world, releases[0], "5000.00").await;
    let mut tx = world.as_worker().await;
    let agreement = Agreement {
        id: AgreementId(tx.new_id()),
        version: 1,
        org_id: world.council,
        provider_id: world.provider,
        referral_id: referral,
        offer_id: offer,
        service_id: world.home,
        number: format!("Zebedee/{number}"),
        state: AgreementState::CouncilSigned,
        starts_on: "2027-01-04".parse().unwrap(),
        weekly_pence: Pence(500_013),
        content: "Zebedee Quillfeather, born 4 May 2013".to_owned(),
        issued_at: tx.at(),
        provider_signed_by: None,
        provider_signed_at: Some(tx.at()),
        council_signed_by: None,
        council_signed_at: Some(tx.at()),
        taken_back_reason: None,
    };
    tx.create(&agreement, &json!({ "shape": 1 })).await.unwrap();
    tx.commit().await.unwrap();
}

both! {
    async fn the_register_tells_of_placements_together_and_of_no_child(database) {
        let world = world(database).await;
        let officer = world.as_role(Role::ContractOfficer);
        let supplier = KeepSupplier {
            supplier: world.provider,
            register_number: "01234567".to_owned(),
            charity_number: "1012345".to_owned(),
            is_small: true,
            is_voluntary: true,
        };
        for number in 1..=PLACEMENTS_AT_LEAST {
            let register = ask(&world.nearhome, &worker(), &ExportContracts).await.unwrap();
            assert!(register.entries.is_empty(), "{register:?}");
            if number == 4 {
                assert!(register.held_back[0].contains("enter what public registers say"), "{register:?}");
                does(&world, &officer, &supplier).await.unwrap();
            } else if number == 5 {
                assert!(register.held_back[0].contains("4 placements") && register.held_back[0].contains("too few"), "{register:?}");
            }
            places(&world, u32::try_from(number).unwrap()).await;
        }
        let register = ask(&world.nearhome, &worker(), &ExportContracts).await.unwrap();
        let table = contracts_register(&register.entries);
        assert_eq!((register.entries.len(), register.held_back.len(), table.lines().count()), (1, 0, 2), "{table}");
        assert!(table.contains(HAZEL_BANK) && table.contains(",01234567,1012345,true,true,"), "{table}");
        for secret in ["Zebedee", "Sample", "SYN-", "2027-01-04", "NG7", "5000"] {
            assert!(!table.contains(secret), "{secret} is published: {table}");
        }
    }

    async fn a_procurement_is_published_from_its_talks_to_its_contracts_and_no_secret_gets_out(database) {
        let mut world = world(database).await;
        opening_officers(&mut world).await;
        let (larch, _) = world.add_provider("Larch Row Care", "1234570", HOME_CATEGORY).await;
        let officer = world.as_role(Role::ContractOfficer);
        let plan = draft(&world).await;
        let tender = does(&world, &officer, &DraftTender { tender: None, draft: plan }).await.unwrap();
        let day = |text: &str| text.parse::<Day>().unwrap();
        let talks = RecordEngagement {
            tender,
            first_on: day("2026-11-02"),
            last_on: day("2026-11-13"),
            about: "Two mornings with providers of homes".to_owned(),
            no_notice_because: String::new(),
        };
        does(&world, &officer, &talks).await.unwrap();
        tells(&world, tender, Telling::Engagement).await.unwrap();
        let early = tells(&world, tender, Telling::Tender).await.unwrap_err();
        assert!(early.to_string().contains("the tender is not published"), "{early}");
        does(&world, &officer, &PublishTender { tender, had_planned_notice: false }).await.unwrap();
        assert!(matches!(due(&notices(&world, tender).await, Notice::Tender), Due::Before(_)));
        tells(&world, tender, Telling::Tender).await.unwrap();
        let to = domain::calendar::Instant::new("2027-03-05T12:00:00Z".parse().unwrap());
        does(&world, &officer, &ExtendDeadline { tender, to, reason: "More homes asked for time".to_owned() }).await.unwrap();
        assert!(is_offered(&notices(&world, tender).await, Notice::Tender), "a change is told by the same notice");
        tells(&world, tender, Telling::TenderChange).await.unwrap();

        world.clock.set("2027-03-04T12:00:00Z");
        let mut award = awards(&world, tender, larch, None).await;
        world.clock.set("2027-03-15T09:00:00Z");
        let view = notices(&world, tender).await;
        let line = view.lines.iter().find(|line| line.notice == Notice::ContractAward).unwrap();
        assert_eq!(line.missing.iter().map(|missing| missing.what).collect::<Vec<_>>(), [Requirement::Standstill]);
        let refused = tells(&world, tender, Telling::Award).await.unwrap_err();
        assert!(refused.to_string().contains("last day of the standstill"), "{refused}");
        let mut tx = world.as_worker().await;
        award.standstill_until = Some(day("2027-03-24"));
        tx.update(&mut award, &json!({ "shape": 1 })).await.unwrap();
        tx.commit().await.unwrap();
        let supplier = KeepSupplier {
            supplier: world.provider,
            register_number: "01234567".to_owned(),
            charity_number: String::new(),
            is_small: true,
            is_voluntary: false,
        };
        does(&world, &officer, &supplier).await.unwrap();
        tells(&world, tender, Telling::Award).await.unwrap();
        let none = tells(&world, tender, Telling::Contracts).await.unwrap_err();
        assert!(none.to_string().contains("No contract is signed"), "{none}");
        world.clock.set("2027-03-25T09:00:00Z");
        signs(&world, tender).await;
        let by = Day::in_uk(world.nearhome.now()).plus_days(119);
        assert_eq!(due(&notices(&world, tender).await, Notice::ContractDetails), Due::By(by));
        tells(&world, tender, Telling::Contracts).await.unwrap();

        handed_over(&world).await;
        let processes = told(&world).await;
        assert_eq!(processes.len(), 1);
        sound(&processes[0]);
        let tags: Vec<String> = processes[0].iter().map(|release| release["tag"].to_string()).collect();
        assert_eq!(tags, [r#"["planning"]"#, r#"["tender"]"#, r#"["tenderUpdate"]"#, r#"["award"]"#, r#"["award","contract"]"#]);
        let last = processes[0].last().unwrap();
        let suppliers = last["awards"].as_array().unwrap().iter().map(|award| award["suppliers"].as_array().map_or(0, Vec::len));
        assert_eq!(suppliers.collect::<Vec<_>>(), [1, 0, 0, 0], "one supplier in the first of four lots");
        assert_eq!(last["awards"][0]["suppliers"][0]["id"], "GB-COH-01234567", "as the council entered it");
        assert_eq!(last["bids"]["statistics"][0]["value"], 2);
        assert_eq!(last["contracts"].as_array().unwrap().len(), 1);
        let all = serde_json::to_string(&processes).unwrap();
        for secret in ["CANARY", "777777", "7777", &world.home.to_string(), "Sample"] {
            assert!(!all.contains(secret), "{secret} is published");
        }
    }

    async fn what_was_published_never_changes(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        tells(&world, tender, Telling::Tender).await.unwrap();
        let mut tx = world.as_worker().await;
        let mut row = releases_of(&mut tx, tender).await.unwrap().remove(0);
        let before = row.body.clone();
        row.body = "{}".to_owned();
        let refused = tx.update(&mut row, &json!({ "shape": 1 })).await;
        assert!(refused.is_err(), "{refused:?}");
        drop(tx);
        let officer = world.as_role(Role::ContractOfficer);
        let kept = ask(&world.nearhome, &officer, &GetReleases { tender, now: world.nearhome.now() }).await.unwrap();
        assert_eq!(kept["releases"][0], serde_json::from_str::<Value>(&before).unwrap());
        let again = tells(&world, tender, Telling::Tender).await.unwrap_err();
        assert!(again.to_string().contains("publish a change of it"), "{again}");
        does(&world, &officer, &CancelTender { tender, reason: "The need has changed".to_owned() }).await.unwrap();
        assert_eq!(due(&notices(&world, tender).await, Notice::ProcurementTermination), Due::Now);
        tells(&world, tender, Telling::Cancellation).await.unwrap();
        let processes = told(&world).await;
        sound(&processes[0]);
        assert_eq!(processes[0][1]["tender"]["statusDetails"], "The need has changed");
        assert_eq!(processes[0][1]["tender"]["amendments"], Value::Null, "the end is no change of the tender");
    }

    async fn only_those_who_procure_publish_and_no_word_about_a_child_gets_out(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let publish = PublishNotice { tender, telling: Telling::Tender };
        let by_derby = does(&world, &world.of_other_council(Role::ContractOfficer), &publish).await;
        assert!(matches!(by_derby, Err(Failure::Denied(_))), "{by_derby:?}");
        let by_worker = does(&world, &world.as_role(Role::SocialWorker), &publish).await;
        assert!(matches!(by_worker, Err(Failure::Denied(_))), "{by_worker:?}");
        let bidder = world.as_role(Role::ReferralsManager);
        let seen = ask(&world.nearhome, &bidder, &GetNotices { tender, now: world.nearhome.now() }).await;
        assert!(matches!(seen, Err(Failure::Denied(_))), "{seen:?}");
        let officer = world.as_role(Role::ContractOfficer);
        let to = domain::calendar::Instant::new("2027-03-05T12:00:00Z".parse().unwrap());
        tells(&world, tender, Telling::Tender).await.unwrap();
        let reason = "We wait for a boy aged 9".to_owned();
        does(&world, &officer, &ExtendDeadline { tender, to, reason }).await.unwrap();
        let refused = tells(&world, tender, Telling::TenderChange).await.unwrap_err();
        assert!(refused.to_string().contains("Take out of the change"), "{refused}");
        let wrong = KeepSupplier {
            supplier: world.provider,
            register_number: "Ltd 5".to_owned(),
            charity_number: "01234567".to_owned(),
            is_small: true,
            is_voluntary: false,
        };
        let Err(Failure::Invalid(problems)) = does(&world, &officer, &wrong).await else { panic!("{HAZEL_BANK} was kept") };
        assert_eq!(problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(), ["register_number", "charity_number"]);
    }
}
