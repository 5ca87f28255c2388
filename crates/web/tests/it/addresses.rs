//! Every address that a row of the route table stands for, in a world where two children of two councils are placed: with
//! the ids of real rows, and with ids of nothing.

use domain::access::{Relation, worker};
use domain::ids::{OrganisationId, ServiceId, SuspensionId};
use domain::people::{Caller, OrganisationKind, Role};
use domain::purchasing::suspension::SuspensionTask;
use service::governance::decision::ListDecisions;
use service::governance::inter_authority::ListCouncilsAgreements;
use service::people::organisation::{Colleagues, InvitePerson, IssueToken, RegisterPerson, RoleToGive, issue_token};
use service::procurement::bidder::papers;
use service::{ask, perform};
use testkit::awarding::{OnRecord, on_record};
use testkit::bidding::{Typed, submitted};
use testkit::case::open_task;
use testkit::placed::{Marks, Placed, placed};
use testkit::{TestDatabase, World, world};
use web::routes::Route;

/// An id that no row has.
pub const NOBODYS: &str = "00000000-0000-4000-8000-0000000000aa";

/// What stands in the sealed bid: an answer, the name of a file, the price a week. Nobody but its bidder reads them.
const BID_MARKS: [&str; 3] = ["Quillbidden", "Quillfiled", "4,713.57"];

/// Two providers that offer for two children, each taken once; a third that is admitted elsewhere and never asked.
pub struct Places {
    pub world: World,
    /// A child of the council, with the first provider. Its rows are the ones that are asked for.
    pub ours: Placed,
    /// A child of the other council, with the second provider.
    pub theirs: Placed,
    /// A token of the council's software, and one of the other's.
    tokens: [String; 2],
    /// The role of somebody who leaves the council, and the other.
    leavers: [String; 2],
    /// An open invitation of the council's, and one of the other's.
    invitations: [String; 2],
    /// The council's decision, and what it agreed on with the other.
    decided: [String; 2],
    /// A tender of both councils that is open for bids.
    tender: String,
    /// A bid of the first provider for it, a file of the same, the bid as it was opened, and one that was opened under the tender beside.
    bid: [String; 4],
    /// What a suspension asks the council about an offer of its child, and the other council.
    frozen: [String; 2],
    /// What evaluation and award left on record under the tender, and under the one beside it.
    records: [OnRecord; 2],
}

impl Places {
    pub async fn on(database: TestDatabase) -> Self {
        let mut world = world(database).await;
        let (_, second) = world.add_provider("Larch Row Care", "1234570", testkit::world::HOME_CATEGORY).await;
        world.add_provider("Never Asked Care", "1234571", ["CCS072", "R1", "R-EDU"]).await;
        let homes: [ServiceId; 2] = [world.home, second];
        let ours = placed(&world, world.council, homes, "ours", ["5,123.11", "5,234.22"]).await;
        let theirs = placed(&world, world.other_council, [homes[1], homes[0]], "theirs", ["5,345.33", "5,456.44"]).await;
        let [mut tokens, mut leavers, mut invitations] = [const { [const { String::new() }; 2] }; 3];
        for (which, council) in [world.council, world.other_council].into_iter().enumerate() {
            let id = &mut tokens[which];
            let wanted = IssueToken { name: "Case system".to_owned(), role: Role::SocialWorker, days: 30 };
            let holder = world.of(council, Role::SocialWorker);
            *id = issue_token(&world.nearhome, &holder, world.key(), &wanted).await.unwrap().0.to_string();
            leavers[which] = leaver(&world, council).await;
            let (email, name, post) = (format!("guest{which}@council.example"), "Sample guest".to_owned(), "Contracts".to_owned());
            let invite = InvitePerson { organisation: council, email, name, role: Role::ContractOfficer, post };
            invitations[which] = perform(&world.nearhome, &worker(), world.key(), &invite).await.unwrap().to_string();
        }
        let officer = world.as_role(Role::ContractOfficer);
        let decision = ask(&world.nearhome, &officer, &ListDecisions).await.unwrap().remove(0).id;
        let agreement = ask(&world.nearhome, &officer, &ListCouncilsAgreements).await.unwrap().remove(0).id;
        let decided = [decision.to_string(), agreement.to_string()];
        let tender = testkit::tendering::published_by_two(&world).await;
        let beside = testkit::tendering::beside(&world, tender).await;
        let typed = Typed {
            answer: format!("We listen. {}", BID_MARKS[0]),
            file: Some((format!("{}.pdf", BID_MARKS[1]), "our policy".to_owned())),
            ..Typed::at(BID_MARKS[2])
        };
        let submission = submitted(&world, ours.providers[0], tender, "R1", &typed).await;
        let papers = papers(&world.nearhome, &world.of(ours.providers[0], Role::ReferralsManager)).await.unwrap();
        let opened = testkit::evaluating::opened_without_prices(&world, tender, submission).await;
        let others = submitted(&world, ours.providers[1], tender, "R1", &Typed::at("4,824.61")).await;
        let elsewhere = testkit::evaluating::opened_without_prices(&world, beside, others).await;
        let bid = [submission.to_string(), papers.files[0].0.to_string(), opened.to_string(), elsewhere.to_string()];
        let kind = SuspensionTask::OfferFrozen.kind(SuspensionId(uuid::Uuid::nil()));
        let [our_task, their_task] =
            [open_task(&world, ours.referral, &kind, "2027-01-05").await, open_task(&world, theirs.referral, &kind, "2027-01-05").await];
        let frozen = [our_task.to_string(), their_task.to_string()];
        let records = [on_record(&world, tender, ours.providers[0]).await, on_record(&world, beside, ours.providers[1]).await];
        Self { world, ours, theirs, tokens, leavers, invitations, decided, tender: tender.to_string(), bid, frozen, records }
    }

    /// The addresses of a row of the table: one for each real thing that it can name.
    ///
    /// # Panics
    /// When a parameter has no real thing here: whoever adds a parameter says what stands behind it.
    pub fn addresses(&self, route: &Route) -> Vec<Address> {
        let mut found = vec![Address { real: String::new(), absent: Vec::new(), thing: None }];
        let mut before = "";
        for part in route.path.split('/').skip(1) {
            let choices = if part.starts_with('{') { self.named(before, part) } else { Named::Word(part) };
            found = found.into_iter().flat_map(|address| address.followed_by(&choices)).collect();
            before = part;
        }
        found
    }

    /// What a parameter names, known by the part of the path before it.
    fn named(&self, before: &str, parameter: &str) -> Named {
        let (a, b) = (&self.ours, &self.theirs);
        let [first, second] = &self.records;
        let councils = |id: String, other: String| Thing {
            id,
            other,
            council: a.council,
            provider: None,
            is_post: false,
            to_councils: &[],
            to_providers: &[],
        };
        let of_all = |id: &str, to_councils| Thing { to_councils, ..councils(id.to_owned(), NOBODYS.to_owned()) };
        let shared = |id: String, other: String| Thing { provider: Some(a.providers[0]), ..councils(id, other) };
        let both = [0, 1];
        Named::Things(match (before, parameter) {
            ("section" | "sections", "{section}") => return Named::Word("child"),
            // Of no council's alone, and of no child.
            ("places", "{postcode}") => return Named::Word("NG15FS?council=nottingham"),
            ("offer", "{page}") => return Named::Word("home"),
            // A file of the program, and a secret: nothing in the database that anybody could be refused.
            ("assets", "{name}") | ("invitations", "{token}") => return Named::Word(NOBODYS),
            ("referrals", "{id}") => vec![councils(a.referral.to_string(), b.referral.to_string())],
            ("offers", "{offer}") => both.map(|which| councils(a.offers[which].to_string(), b.offers[which].to_string())).into(),
            ("inbox", "{release}") => both
                .map(|which| Thing {
                    provider: Some(a.providers[which]),
                    is_post: true,
                    ..councils(a.releases[which].to_string(), b.releases[which].to_string())
                })
                .into(),
            ("approvals", "{id}") => a.approvals.iter().map(|id| councils(id.to_string(), b.approvals[0].to_string())).collect(),
            ("agreements", "{id}") => vec![shared(a.agreement.to_string(), b.agreement.to_string())],
            ("placements", "{id}") => vec![shared(a.placement.to_string(), b.placement.to_string())],
            ("people", "{id}") => vec![councils(self.leavers[0].clone(), self.leavers[1].clone())],
            ("invited", "{id}") => vec![councils(self.invitations[0].clone(), self.invitations[1].clone())],
            ("tokens", "{id}") => vec![councils(self.tokens[0].clone(), self.tokens[1].clone())],
            // Read by every council; what is between them belongs to each.
            ("decisions", "{id}") => vec![of_all(&self.decided[0], &[Relation::Shared])],
            ("between-councils", "{id}") => vec![of_all(&self.decided[1], &[Relation::Shared, Relation::Own])],
            // Everybody reads what is published; the council that procures writes it.
            ("tenders", "{id}") => vec![Thing { to_providers: &[Relation::Shared], ..of_all(&self.tender, &[Relation::Shared]) }],
            // Every council's to look at and to suspend; its provider's own.
            ("services", "{id}") => {
                let home = self.world.home.to_string();
                vec![Thing { provider: Some(a.providers[0]), is_post: true, ..of_all(&home, &[Relation::Shared]) }]
            }
            ("frameworks", "{reference}") => return Named::Word("CCS072"),
            ("draft", "{part}") => return Named::Word("about"),
            // Every provider has its own bid for it, written or not; no council has one.
            ("bids", "{tender}") => vec![Thing { to_providers: &[Relation::Own], ..of_all(&self.tender, &[]) }],
            ("{tender}", "{lot}") => return Named::Word("R1"),
            ("bids", "{bid}") => {
                let other = self.bid[3].clone();
                vec![Thing { other, ..of_all(&self.bid[2], &[Relation::Shared, Relation::Own]) }]
            }
            // Found under the one tender, and not under the one beside it.
            ("evaluators", "{evaluator}") => vec![councils(first.evaluator.to_string(), second.evaluator.to_string())],
            ("challenges", "{challenge}") => vec![councils(first.complaint.to_string(), second.complaint.to_string())],
            ("framework-agreements", "{contract}") => vec![councils(first.contract.to_string(), second.contract.to_string())],
            ("letters", "{bidder}") => vec![councils(first.provider.to_string(), second.provider.to_string())],
            ("write", "{part}") => return Named::Word("services"),
            ("bid-receipts", "{id}") | ("papers", "{file}") => {
                let id = self.bid[usize::from(before == "papers")].clone();
                vec![Thing { provider: Some(a.providers[0]), is_post: true, ..councils(id, NOBODYS.to_owned()) }]
            }
            ("quality", "{question}") => return Named::Word("new"),
            ("open", "{envelope}") => return Named::Word("QUALITY"),
            ("frozen", "{task}") => vec![councils(self.frozen[0].clone(), self.frozen[1].clone())],
            ("tasks", "{task}") => vec![councils(a.task.to_string(), b.task.to_string())],
            unknown => panic!("{unknown:?} names nothing real in this world: add what it names"),
        })
    }

    /// The marks that occur in this text though this person may not read them.
    pub fn leaks(&self, caller: Option<&Caller>, text: &str) -> Vec<String> {
        let is_bidder = caller.is_some_and(|caller| caller.organisation == self.ours.providers[0]);
        let of_bid = BID_MARKS.iter().filter(|_| !is_bidder).map(|mark| (*mark).to_owned());
        let of_children = [&self.ours, &self.theirs].into_iter().flat_map(|placed| kept_from(caller, placed));
        of_children.chain(of_bid).filter(|mark| text.contains(mark)).collect()
    }
}

/// The only role of somebody who never signs in: what is done to it disturbs nobody else's request.
async fn leaver(world: &World, organisation: OrganisationId) -> String {
    let person = RegisterPerson {
        email: format!("leaver@{}.example", organisation.0.simple()),
        name: "Sample leaver".to_owned(),
        password: None,
        totp_secret: None,
        roles: vec![RoleToGive { organisation, role: Role::ContractOfficer, post: "Contracts".to_owned() }],
        is_sample: true,
    };
    let person = perform(&world.nearhome, &worker(), world.key(), &person).await.unwrap();
    let people = ask(&world.nearhome, &world.of(organisation, Role::Administrator), &Colleagues).await.unwrap();
    people.iter().find(|one| one.person == person).unwrap().membership.to_string()
}

/// What one parameter of a path can be.
enum Named {
    Word(&'static str),
    Things(Vec<Thing>),
}

/// A row that an address names.
#[derive(Debug, Clone)]
pub struct Thing {
    id: String,
    /// A row of the same kind in the other child's case.
    other: String,
    council: OrganisationId,
    provider: Option<OrganisationId>,
    /// It is a provider's post: received, and thereby its own.
    is_post: bool,
    /// How every council stands to it, whosever it is.
    to_councils: &'static [Relation],
    /// How every provider stands to it, whosever it is.
    to_providers: &'static [Relation],
}

impl Thing {
    /// How somebody's organisation stands to it.
    pub fn stands(&self, caller: &Caller) -> Vec<Relation> {
        let everybodys = if caller.kind == OrganisationKind::Council { self.to_councils } else { self.to_providers };
        if caller.organisation == self.council {
            [&[Relation::Own], everybodys].concat()
        } else if !everybodys.is_empty() {
            everybodys.to_vec()
        } else if self.provider == Some(caller.organisation) {
            if self.is_post { vec![Relation::Own, Relation::Counterparty] } else { vec![Relation::Counterparty] }
        } else {
            Vec::new()
        }
    }
}

/// One real address, the same with ids of nothing in each of its places, and what it is about.
#[derive(Debug, Clone)]
pub struct Address {
    pub real: String,
    /// Also the crossed ones: a real first id with a second that belongs to another child.
    pub absent: Vec<String>,
    pub thing: Option<Thing>,
}

impl Address {
    fn followed_by(self, choices: &Named) -> Vec<Self> {
        let with = |part: &str| Self {
            real: format!("{}/{part}", self.real),
            absent: self.absent.iter().map(|absent| format!("{absent}/{part}")).collect(),
            thing: self.thing.clone(),
        };
        let things = match choices {
            Named::Word(word) => return vec![with(word)],
            Named::Things(things) => things,
        };
        let named = |thing: &Thing| {
            let mut address = with(&thing.id);
            address.absent.push(format!("{}/{NOBODYS}", self.real));
            if self.thing.is_some() {
                address.absent.extend(self.absent.iter().map(|absent| format!("{absent}/{NOBODYS}")));
                address.absent.push(format!("{}/{}", self.real, thing.other));
            }
            address.thing = Some(thing.clone());
            address
        };
        things.iter().map(named).collect()
    }
}

/// What of a child's case this person must not read. Stated apart from the policy, so that the one can catch the other.
fn kept_from(caller: Option<&Caller>, placed: &Placed) -> Vec<String> {
    let Marks { case_number, given_name, family_name, notes, profile, offers: [won, lost], prices: [won_price, lost_price] } =
        &placed.marks;
    let name = [given_name.clone(), family_name.clone()];
    let winning = [won.clone(), (*won_price).to_owned()];
    let losing = [lost.clone(), (*lost_price).to_owned()];
    let words = [notes.clone(), profile.clone()];
    let everything = || [&name[..], &winning, &losing, &words, std::slice::from_ref(case_number)].concat();
    let Some(caller) = caller else { return everything() };
    if caller.organisation == placed.council {
        return match caller.role {
            Role::SocialWorker
            | Role::TeamManager
            | Role::PlacementOfficer
            | Role::NominatedOfficer
            | Role::HeadOfService
            | Role::Director
            | Role::ReviewingOfficer => Vec::new(),
            // Approves prices and signs, with the reasons that were given; the child has a number.
            Role::HeadOfContracting => name.into(),
            // Pays what was agreed for a child with a number.
            Role::FinanceOfficer => [&name[..], &losing, &words].concat(),
            Role::ContractOfficer
            | Role::Administrator
            | Role::ReferralsManager
            | Role::ProviderSignatory
            | Role::Worker
            | Role::Visitor => everything(),
        };
    }
    match placed.providers.iter().position(|provider| *provider == caller.organisation) {
        // The agreement is about this child, by name.
        Some(0) => [&losing[..], &words[..1]].concat(),
        Some(_) => [&name[..], &winning, &[case_number.clone(), notes.clone()]].concat(),
        None => everything(),
    }
}
