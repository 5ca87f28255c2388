//! A small world that tests share: one council with a person per role, a neighbour council, one provider with a home and a
//! fostering branch, and the configuration of the four councils in force.

use std::sync::Arc;

use domain::Code as _;
use domain::access::{Action, Relation, authorise, worker};
use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::ids::{MembershipId, OrganisationId, PersonId, ServiceId};
use domain::pence::Pence;
use domain::people::{Caller, OrganisationKind, Role};
use domain::purchasing::service::AcceptedGender;
use domain::registration::{Rating, Sector, ServiceKind, Urn};
use service::governance::consortium::ChangeConsortium;
use service::governance::decision::RecordDecision;
use service::governance::inter_authority::{ListCouncilsAgreements, SignCouncilsAgreement, WriteCouncilsAgreement};
use service::market::provider_file::{AdmitService, Judgement, KeepService};
use service::{Nearhome, ask, perform};
use store::people::organisation::{Membership, Organisation, Person};
use store::{Reads as _, Statement, Tx};
use uuid::Uuid;

use crate::{MovedClock, Seeded, TestDatabase};

/// The framework, lot and category to which the home is admitted.
pub const HOME_CATEGORY: [&str; 3] = ["CCS072", "R1", "R-STD"];
/// The framework, lot and category to which the fostering branch is admitted.
pub const FOSTERING_CATEGORY: [&str; 3] = ["CCS034", "F1", "F-STD-11-15"];

/// The provider's name.
/// The provider of the home and the branch.
pub const HAZEL_BANK: &str = "Hazel Bank Care";

/// When the world begins: a Monday morning.
pub const BEGINS: &str = "2026-12-14T10:00:00Z";

/// Councils, a provider, their people and services.
#[derive(Debug)]
pub struct World {
    /// Through its doors everything is done.
    pub nearhome: Nearhome,
    /// The same database, to look behind the doors.
    pub database: TestDatabase,
    /// Stands until a test moves it.
    pub clock: Arc<MovedClock>,
    /// Nottingham City Council.
    pub council: OrganisationId,
    /// Derby City Council, whose people must see nothing of Nottingham's children.
    pub other_council: OrganisationId,
    /// Hazel Bank Care.
    pub provider: OrganisationId,
    /// A children's home, admitted to [`HOME_CATEGORY`].
    pub home: ServiceId,
    /// A fostering branch, admitted to [`FOSTERING_CATEGORY`].
    pub branch: ServiceId,
    /// The same database with a randomness of its own: what councils decide shifts nobody's ids.
    aside: Nearhome,
    callers: Vec<Caller>,
    keys: std::sync::atomic::AtomicU64,
}

/// Makes the world on this database: its councils have decided, and signed what they agreed on with the others.
///
/// # Panics
/// When anything in it is refused.
pub async fn world(database: TestDatabase) -> World {
    let world = undecided_world(database).await;
    world.decide().await;
    for council in [world.council, world.other_council] {
        world.sign_between_councils(council).await;
    }
    world
}

/// The decision of 2019 that the first council of this world took.
pub const DECISION: &str = include_str!("../../../config/decisions/nottingham-2019-06-11.toml");
const BETWEEN_COUNCILS: &str = include_str!("../../../config/decisions/d2n2-agreement.toml");

/// Makes the world on this database, in which no council has decided or signed anything yet.
///
/// # Panics
/// When anything in it is refused.
pub async fn undecided_world(database: TestDatabase) -> World {
    let clock = Arc::new(MovedClock::at(BEGINS));
    let nearhome = Nearhome::new(database.db.clone(), clock.clone(), Arc::new(Seeded::new(1)))
        .with_secrets(crate::secrets_keys())
        .with_passphrase_work(crate::tendering::QUICK);
    let toml = include_str!("../../../config/d2n2.toml");
    let consortium = service::governance::consortium::read(toml).unwrap();
    perform(&nearhome, &worker(), Uuid::from_u128(1), &ChangeConsortium { consortium, is_sample: true }).await.unwrap();
    let mut callers = Vec::new();
    let council = organisation(&nearhome, OrganisationKind::Council, "Nottingham City Council", Some("E06000018"), &mut callers).await;
    let other = organisation(&nearhome, OrganisationKind::Council, "Derby City Council", Some("E06000015"), &mut callers).await;
    let provider = organisation(&nearhome, OrganisationKind::Provider, HAZEL_BANK, None, &mut callers).await;
    let home = keep_service(&nearhome, HAZEL_BANK, ServiceKind::Home, "1234567", HOME_CATEGORY, 600_000).await;
    let branch = keep_service(&nearhome, HAZEL_BANK, ServiceKind::Fostering, "1234568", FOSTERING_CATEGORY, 100_000).await;
    let keys = std::sync::atomic::AtomicU64::new(1_000);
    let aside = Nearhome::new(database.db.clone(), clock.clone(), Arc::new(Seeded::new(1 << 40)));
    World { nearhome, aside, database, clock, council, other_council: other, provider, home, branch, callers, keys }
}

impl World {
    /// A person of the council, or of the provider, in this role.
    ///
    /// # Panics
    /// For roles that neither has.
    #[must_use]
    pub fn as_role(&self, role: Role) -> Caller {
        let theirs = if role.held_in() == OrganisationKind::Provider { self.provider } else { self.council };
        self.of(theirs, role)
    }

    /// A person of the other council in this role.
    ///
    /// # Panics
    /// For roles that no council has.
    #[must_use]
    pub fn of_other_council(&self, role: Role) -> Caller {
        self.of(self.other_council, role)
    }

    /// A person of any organisation of this world in this role.
    ///
    /// # Panics
    /// For roles that it does not have.
    #[must_use]
    pub fn of(&self, organisation: OrganisationId, role: Role) -> Caller {
        self.callers.iter().find(|caller| caller.organisation == organisation && caller.role == role).unwrap().clone()
    }

    /// Everybody of every organisation.
    #[must_use]
    pub fn everybody(&self) -> &[Caller] {
        &self.callers
    }

    /// One more council of the consortium, with its people.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn add_council(&mut self, name: &str, code: &str) -> OrganisationId {
        organisation(&self.nearhome, OrganisationKind::Council, name, Some(code), &mut self.callers).await
    }

    /// One more provider, with its people and one home that is admitted to this category.
    ///
    /// # Panics
    /// When anything in it is refused.
    pub async fn add_provider(&mut self, name: &str, urn: &str, category: [&str; 3]) -> (OrganisationId, ServiceId) {
        let provider = organisation(&self.nearhome, OrganisationKind::Provider, name, None, &mut self.callers).await;
        (provider, keep_service(&self.nearhome, name, ServiceKind::Home, urn, category, 600_000).await)
    }

    /// Enters the decision of the first council, and puts up the agreement between the councils for signature. Here the first council
    /// leads, since the one that does so elsewhere is not in this world.
    ///
    /// # Panics
    /// When anything in it is refused.
    pub async fn decide(&self) {
        let decision = service::governance::decision::read(DECISION).unwrap();
        perform(&self.aside, &worker(), self.key(), &RecordDecision { decision }).await.unwrap();
        let mut terms = service::governance::inter_authority::read(BETWEEN_COUNCILS).unwrap();
        terms.lead = CouncilCode("E06000018".to_owned());
        perform(&self.aside, &worker(), self.key(), &WriteCouncilsAgreement { terms }).await.unwrap();
    }

    /// Signs the agreement between the councils for one of them.
    ///
    /// # Panics
    /// When there is none, or the signature is refused.
    pub async fn sign_between_councils(&self, council: OrganisationId) {
        let head = self.of(council, Role::HeadOfContracting);
        let agreement = ask(&self.aside, &head, &ListCouncilsAgreements).await.unwrap().first().unwrap().id;
        perform(&self.aside, &head, self.key(), &SignCouncilsAgreement { agreement }).await.unwrap();
    }

    /// Today, by this world's clock.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::in_uk(self.nearhome.now())
    }

    /// A key that no command of this world had.
    #[must_use]
    pub fn key(&self) -> Uuid {
        Uuid::from_u128(self.keys.fetch_add(1, std::sync::atomic::Ordering::Relaxed).into())
    }

    /// How many events the record has: what changed nothing leaves it as it was.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn events(&self) -> usize {
        let mut reads = self.database.db.begin_read(&worker()).await.unwrap();
        let (mut stream, mut version, mut count) = (Uuid::nil(), i64::MIN, 0);
        loop {
            let page = store::record::events_after(&mut reads, stream, version).await.unwrap();
            let Some((last, at, _)) = page.last() else { return count };
            (stream, version) = (*last, *at);
            count += page.len();
        }
    }

    /// The denials in the access log: in which role, and what.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn denials(&self) -> Vec<(String, String)> {
        let mut reads = self.database.db.begin_read(&worker()).await.unwrap();
        let sql = "SELECT role, action FROM access_log WHERE outcome = 'DENIED' ORDER BY at, action";
        let rows = reads.all(Statement { name: "denials", sql }, &[]).await.unwrap();
        rows.iter().map(|row| (row.get("role").unwrap(), row.get("action").unwrap())).collect()
    }

    /// A transaction as the worker, for what no command does.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn as_worker(&self) -> Tx {
        worker_tx(&self.nearhome).await
    }
}

async fn worker_tx(nearhome: &Nearhome) -> Tx {
    let threshold = nearhome.db().begin_write(&worker()).await.unwrap();
    let grant = authorise(&worker(), Action::RegisterOrganisation, Some(Relation::Shared)).unwrap();
    threshold.enter(grant, nearhome.now(), nearhome.random())
}

async fn organisation(
    nearhome: &Nearhome,
    kind: OrganisationKind,
    name: &str,
    council_code: Option<&str>,
    callers: &mut Vec<Caller>,
) -> OrganisationId {
    let mut tx = worker_tx(nearhome).await;
    let id = OrganisationId(tx.new_id());
    let council_code = council_code.map(str::to_owned);
    let row = Organisation { id, version: 1, kind, name: name.to_owned(), council_code, reference: None, is_synthetic: true };
    tx.create(&row, &serde_json::json!({ "shape": 1 })).await.unwrap();
    for role in Role::ALL.iter().copied().filter(|role| role.held_in() == kind) {
        let person = add_person(&mut tx, id, role).await;
        callers.push(Caller { person, organisation: id, kind, role });
    }
    tx.commit().await.unwrap();
    id
}

async fn add_person(tx: &mut Tx, organisation: OrganisationId, role: Role) -> PersonId {
    let id = PersonId(tx.new_id());
    let person = Person {
        id,
        version: 1,
        email: format!("{}@{}.example", role.code().to_lowercase(), organisation.0.simple()),
        name: format!("Sample {role}"),
        password_hash: None,
        totp_key: None,
        totp_sealed: None,
        totp_confirmed_at: None,
        totp_last_step: 0,
        is_sample: true,
        disabled_at: None,
    };
    tx.create(&person, &serde_json::json!({ "shape": 1 })).await.unwrap();
    let membership = Membership {
        id: MembershipId(tx.new_id()),
        version: 1,
        org_id: organisation,
        person_id: id,
        role,
        post: role.label().to_owned(),
        ended_at: None,
        ended_reason: None,
    };
    tx.create(&membership, &serde_json::json!({ "shape": 1 })).await.unwrap();
    id
}

async fn keep_service(nearhome: &Nearhome, provider: &str, kind: ServiceKind, urn: &str, category: [&str; 3], tendered: i64) -> ServiceId {
    let day = |text: &str| text.parse::<Day>().unwrap();
    let service = service_file(provider, kind, urn);
    let key = |urn: &str, step: u128| Uuid::from_u128(urn.parse::<u128>().unwrap() * 10 + step);
    let kept = perform(nearhome, &worker(), key(urn, 1), &service).await.unwrap();
    let [framework, lot, category] = category.map(str::to_owned);
    let admission = AdmitService {
        service: kept.service,
        framework,
        lot,
        category,
        tendered_max_pence: Pence(tendered),
        admitted_on: day("2026-04-01"),
    };
    perform(nearhome, &worker(), key(urn, 2), &admission).await.unwrap();
    kept.service
}

/// What the provider file says of a home or branch of this world.
///
/// # Panics
/// For a URN that is none.
#[must_use]
pub fn service_file(provider: &str, kind: ServiceKind, urn: &str) -> KeepService {
    let day = |text: &str| text.parse::<Day>().unwrap();
    let judgement =
        Judgement { rating: Rating::Good, inspected_on: day("2026-03-02"), published_on: Some(day("2026-04-01")), event_number: None };
    KeepService {
        provider_name: provider.to_owned(),
        provider_reference: None,
        urn: Urn::parse(urn).unwrap(),
        kind,
        name: Some(format!("{provider} {}", kind.label())),
        sector: Sector::ALL[0],
        postcode: None,
        postcode_is_synthetic: false,
        place: None,
        places_registered: Some(4),
        ages: Some((8, 17)),
        gender: Some(AcceptedGender::Any),
        needs: Vec::new(),
        manager_name: Some("Sample manager".to_owned()),
        is_manager_registered: Some(true),
        registered_on: Some(day("2020-01-06")),
        judgements: vec![judgement],
        is_active: true,
        is_short_break_only: None,
        is_synthetic: true,
    }
}
