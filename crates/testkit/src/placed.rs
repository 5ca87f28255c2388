//! A referral that went the whole way, so that a test finds a real row behind every address: written, released to two
//! providers, two offers, approvals, agreement, a placement with an open task. All of it through the doors.
//!
//! What nobody but the right people may read is marked: each [`Marks`] is text that occurs nowhere else in the world.

use domain::calendar::Day;
use domain::governance::required::ApprovalCheck;
use domain::ids::{AgreementId, ApprovalId, OfferId, OrganisationId, PlacementId, ReferralId, ReleaseId, ServiceId, TaskId};
use domain::pence::Pence;
use domain::people::{Caller, Role};
use domain::purchasing::agreement::Contact;
use domain::purchasing::fields::FieldKind;
use domain::purchasing::offer::NotSelectedReason;
use domain::purchasing::placement::StartTask;
use domain::purchasing::questions::{Audience, Question};
use domain::purchasing::referral::{InHouseResult, Urgency};
use domain::purchasing::referral_form::SECTIONS;
use service::governance::approval::{DecideApproval, GetApproval};
use service::money::ledger::SetCeiling;
use service::purchasing::agreement::{IssueAgreement, SignForCouncil, SignForProvider};
use service::purchasing::board::GetReferral;
use service::purchasing::choice::{PreferOffer, ShortlistOffer};
use service::purchasing::offer::{Inbox, SaveOffer, SubmitOffer};
use service::purchasing::placement::StartPlacement;
use service::purchasing::referral::{ChildEntry, SavePage, WriteReferral};
use service::purchasing::release::ReleaseReferral;
use service::purchasing::scoring::ScoreOffer;
use service::purchasing::search::{AcceptReferral, AuthoriseSearch, RecordInHouseSearch, SubmitReferral};
use service::{Command, ask, perform};
use store::Reads as _;
use store::market::service::Service;

use crate::World;
use crate::world::HOME_CATEGORY;

/// Text by which a leak is known.
#[derive(Debug, Clone)]
pub struct Marks {
    /// The council's number for the child, by which agreements name them.
    pub case_number: String,
    /// The child's given name.
    pub given_name: String,
    /// The child's family name.
    pub family_name: String,
    /// In every answer in words that only the council reads.
    pub notes: String,
    /// In every answer in words that the asked providers read too.
    pub profile: String,
    /// In each offer's answers in words: the winner's, the other's.
    pub offers: [String; 2],
    /// Each offer's core price, as pounds: the winner's, the other's.
    pub prices: [&'static str; 2],
}

impl Marks {
    fn of(word: &str, prices: [&'static str; 2]) -> Self {
        Self {
            case_number: format!("CASE-{word}"),
            given_name: format!("Zeph{word}"),
            family_name: format!("Quill{word}"),
            notes: format!("council-notes-{word}"),
            profile: format!("profile-words-{word}"),
            offers: [format!("winning-offer-{word}"), format!("other-offer-{word}")],
            prices,
        }
    }
}

/// One child's way from need to home.
#[derive(Debug)]
pub struct Placed {
    /// Whose child.
    pub council: OrganisationId,
    /// Which provider's offer was taken, and whose was not.
    pub providers: [OrganisationId; 2],
    /// The referral.
    pub referral: ReferralId,
    /// What each of the two was sent.
    pub releases: [ReleaseId; 2],
    /// What each of the two offered.
    pub offers: [OfferId; 2],
    /// Every approval that was asked.
    pub approvals: Vec<ApprovalId>,
    /// The agreement, signed by both.
    pub agreement: AgreementId,
    /// The placement.
    pub placement: PlacementId,
    /// A task of its start pack that is not done.
    pub task: TaskId,
    /// What must not be read by others.
    pub marks: Marks,
}

/// Puts the homes on the map, in the middle of Nottingham, and lets the council spend. Gives whose homes they are.
///
/// # Panics
/// When anything of it is refused.
pub async fn prepare(world: &World, council: OrganisationId, homes: [ServiceId; 2]) -> [OrganisationId; 2] {
    let mut tx = world.as_worker().await;
    let mut providers = [council; 2];
    for (home, provider) in homes.into_iter().zip(&mut providers) {
        let mut service: Service = tx.get(home).await.unwrap();
        *provider = service.org_id;
        (service.easting, service.northing) = (Some(457_200), Some(339_900));
        service.council_code = Some("E06000018".to_owned());
        tx.update(&mut service, &serde_json::json!({ "shape": 1 })).await.unwrap();
    }
    tx.commit().await.unwrap();
    let ceiling = SetCeiling {
        council,
        framework: HOME_CATEGORY[0].to_owned(),
        decision: "Sample decision".to_owned(),
        price_base_year: "2025/26".to_owned(),
        limit: Pence(10_000_000_000),
        is_example: true,
    };
    perform(&world.nearhome, &world.of(council, Role::FinanceOfficer), world.key(), &ceiling).await.unwrap();
    providers
}

/// Places a child of this council in the first of these homes; the second one's offer is not taken. `marked` is in every mark.
///
/// # Panics
/// When a step is refused.
pub async fn placed(world: &World, council: OrganisationId, homes: [ServiceId; 2], marked: &str, prices: [&'static str; 2]) -> Placed {
    let way = Way { world, council, marks: Marks::of(marked, prices) };
    let providers = prepare(world, council, homes).await;
    let referral = way.authorised().await;
    let releases = way.released(referral, homes).await;
    let mut offers = [OfferId(uuid::Uuid::nil()); 2];
    for (which, offer) in offers.iter_mut().enumerate() {
        *offer = way.offered(providers[which], releases[which], which).await;
        way.scored(*offer).await;
    }
    let approvals = way.approved(offers[0]).await;
    let agreement = way.signed(referral, providers[0]).await;
    let (placement, task) = way.started(agreement).await;
    Placed { council, providers, referral, releases, offers, approvals, agreement, placement, task, marks: way.marks }
}

struct Way<'a> {
    world: &'a World,
    council: OrganisationId,
    marks: Marks,
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

impl Way<'_> {
    fn officer(&self) -> Caller {
        self.world.of(self.council, Role::PlacementOfficer)
    }

    async fn does<C: Command>(&self, caller: &Caller, command: &C) -> C::Answer {
        perform(&self.world.nearhome, caller, self.world.key(), command).await.unwrap()
    }

    async fn as_role<C: Command>(&self, role: Role, command: &C) -> C::Answer {
        self.does(&self.world.of(self.council, role), command).await
    }

    async fn version(&self, referral: ReferralId) -> i64 {
        ask(&self.world.nearhome, &self.officer(), &GetReferral { referral }).await.unwrap().referral.version
    }

    async fn authorised(&self) -> ReferralId {
        let child = ChildEntry {
            case_number: self.marks.case_number.clone(),
            given_name: self.marks.given_name.clone(),
            family_name: self.marks.family_name.clone(),
            born_on: day("2013-05-03"),
            home_postcode: Some("NG7 2QB".to_owned()),
            is_synthetic: true,
        };
        let written = WriteReferral { child, urgency: Urgency::Planned, even_though_open: false };
        let referral = self.as_role(Role::SocialWorker, &written).await.id;
        for section in SECTIONS {
            let pairs = section.questions.iter().flat_map(|question| self.answer(question)).collect();
            let version = self.version(referral).await;
            let page = SavePage { referral, version, section: section.slug.to_owned(), pairs };
            assert_eq!(self.as_role(Role::SocialWorker, &page).await.problems, [], "{}", section.slug);
        }
        let version = self.version(referral).await;
        let version = self.as_role(Role::SocialWorker, &SubmitReferral { referral, version }).await.version;
        let version = self.as_role(Role::PlacementOfficer, &AcceptReferral { referral, version }).await.version;
        let search = RecordInHouseSearch { referral, version, result: InHouseResult::NoVacancy, reason: self.marks.notes.clone() };
        let version = self.as_role(Role::PlacementOfficer, &search).await.version;
        self.as_role(Role::TeamManager, &AuthoriseSearch { referral, version }).await;
        referral
    }

    fn answer(&self, question: &Question) -> Vec<(String, String)> {
        let key = question.field.key;
        let words = match question.audience {
            Audience::Providers => &self.marks.profile,
            Audience::Council | Audience::Identity => &self.marks.notes,
        };
        let value = match (key, question.field.kind) {
            ("given_name", _) => self.marks.given_name.as_str(),
            ("case_number", _) => self.marks.case_number.as_str(),
            ("family_name", _) => self.marks.family_name.as_str(),
            ("home_postcode", _) => "NG7 2QB",
            ("date_of_birth", _) => return date(key, ["3", "5", "2013"]),
            ("needed_by", _) => return date(key, ["18", "12", "2026"]),
            (_, FieldKind::Text | FieldKind::LongText) => words,
            (_, FieldKind::Number | FieldKind::Money) => "1",
            (_, FieldKind::YesNo) => "no",
            (_, FieldKind::OneOf | FieldKind::ManyOf) => question.field.options[0].code,
            (_, FieldKind::Postcode) => "NG1 5FS",
            (_, FieldKind::Date) => return Vec::new(),
        };
        vec![(key.to_owned(), value.to_owned())]
    }

    async fn released(&self, referral: ReferralId, homes: [ServiceId; 2]) -> [ReleaseId; 2] {
        let [framework, lot, category] = HOME_CATEGORY.map(str::to_owned);
        let version = self.version(referral).await;
        let release = ReleaseReferral { referral, version, framework, lot, category, closes_at: None, warnings_read: true };
        self.as_role(Role::PlacementOfficer, &release).await;
        let mut reads = self.world.database.db.begin_read(&domain::access::worker()).await.unwrap();
        let sent = store::purchasing::release::of_referral(&mut reads, self.council, referral).await.unwrap();
        homes.map(|home| sent.iter().find(|release| release.service_id == home).unwrap().id)
    }

    async fn offered(&self, provider: OrganisationId, release: ReleaseId, which: usize) -> OfferId {
        let manager = self.world.of(provider, Role::ReferralsManager);
        assert!(
            ask(&self.world.nearhome, &manager, &Inbox(service::Slice::first(200))).await.unwrap().iter().any(|line| line.id == release)
        );
        let pairs = offer_pairs(&self.marks.offers[which], self.marks.prices[which]);
        let saved = self.does(&manager, &SaveOffer { release, version: None, page: None, pairs }).await;
        assert_eq!(saved.problems, []);
        self.does(&manager, &SubmitOffer { release }).await.offer
    }

    async fn scored(&self, offer: OfferId) {
        for criterion in ["MATCH", "STABILITY"] {
            let score = ScoreOffer { offer, criterion: criterion.to_owned(), tenths: 40, reason: self.marks.notes.clone() };
            self.as_role(Role::PlacementOfficer, &score).await;
        }
    }

    /// Shortlists and prefers the offer, and gives every approval that this asks for.
    async fn approved(&self, offer: OfferId) -> Vec<ApprovalId> {
        let mut asked = self.as_role(Role::PlacementOfficer, &ShortlistOffer { offer }).await.approvals;
        let prefer =
            PreferOffer { offer, reason: self.marks.notes.clone(), disrupts_key_stage_4: false, undisturbed_because: String::new() };
        asked.extend(self.as_role(Role::PlacementOfficer, &prefer).await.approvals);
        for approval in &asked {
            let director = self.world.of(self.council, Role::Director);
            let view = ask(&self.world.nearhome, &director, &GetApproval { approval: *approval, today: self.world.today() }).await.unwrap();
            let answers: Vec<(ApprovalCheck, String)> =
                view.checks.checks.iter().map(|one| (one.check, self.marks.notes.clone())).collect();
            let decide = DecideApproval { approval: *approval, answers, approve: true, reason: self.marks.notes.clone() };
            self.as_role(view.checks.decided_by[0], &decide).await;
        }
        asked
    }

    async fn signed(&self, referral: ReferralId, provider: OrganisationId) -> AgreementId {
        let telephone = "0115 496 0001".to_owned();
        let issue = IssueAgreement {
            referral,
            starts_on: day("2027-01-04"),
            expected_end_on: None,
            service_address: "1 Sample Row, Nottingham".to_owned(),
            council_address: "1 Sample Square, Nottingham".to_owned(),
            provider_address: "2 Sample Road, Nottingham".to_owned(),
            council_contacts: vec![Contact { post: "Social worker".to_owned(), name: None, telephone, email: String::new() }],
            plan_reference: Some("CP-1".to_owned()),
            outcomes: "Back to school".to_owned(),
            conditions: Vec::new(),
            funding: Vec::new(),
            discounts: Vec::new(),
            reviews_on: Vec::new(),
        };
        let agreement = self.as_role(Role::PlacementOfficer, &issue).await.agreement;
        self.does(&self.world.of(provider, Role::ProviderSignatory), &SignForProvider { agreement }).await;
        self.as_role(Role::HeadOfContracting, &SignForCouncil { agreement }).await;
        agreement
    }

    /// An emergency's start leaves its pack open.
    async fn started(&self, agreement: AgreementId) -> (PlacementId, TaskId) {
        let start = StartPlacement {
            agreement,
            started_on: Day::in_uk(self.world.nearhome.now()),
            is_emergency: true,
            emergency_reason: self.marks.notes.clone(),
            done: vec![StartTask::RegistrationChecked],
            others_because: NotSelectedReason::BetterMatch,
            others_note: String::new(),
        };
        let started = self.as_role(Role::PlacementOfficer, &start).await;
        (started.placement, started.open[0])
    }
}

fn date(key: &str, [day, month, year]: [&str; 3]) -> Vec<(String, String)> {
    [("day", day), ("month", month), ("year", year)].map(|(part, value)| (format!("{key}-{part}"), value.to_owned())).to_vec()
}

fn offer_pairs(words: &str, core: &str) -> Vec<(String, String)> {
    let plain = [
        ("residents", "0"),
        ("impact", "EMPTY"),
        ("staff_day", words),
        ("staff_night", words),
        ("manager", "REGISTERED"),
        ("within_purpose", "yes"),
        ("needs_met", words),
        ("risks_met", words),
        ("wishes_met", words),
        ("transition", words),
        ("core_weekly", core),
        ("contact_name", words),
        ("contact_phone", "0115 496 0000"),
    ];
    let dates = [date("available_from", ["1", "1", "2027"]), date("valid_until", ["31", "3", "2027"])];
    plain.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().chain(dates.concat()).collect()
}
