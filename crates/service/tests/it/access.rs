//! What no page needs of the policy, tried as everybody by the use cases themselves.
//!
//! Together with the walk over the route table in `web` this meets every line of the reviewed matrix once by an act that it
//! allows, and tries each act as every role that it does not allow. A line taken out of the program is still in the matrix:
//! what it allowed is then refused where it is expected.

use std::collections::BTreeSet;

use domain::access::{Action, visitor, worker};
use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::pence::Pence;
use domain::people::{Caller, OrganisationKind, Role};
use domain::registration::ServiceKind;
use service::governance::consortium::{ChangeConsortium, ConsortiumInForce};
use service::governance::decision::{AgreeAsPartner, ListDecisions, RecordDecision};
use service::governance::heads::SignedHeads;
use service::governance::inter_authority::{ListCouncilsAgreements, WriteCouncilsAgreement};
use service::jobs::run_due;
use service::jobs::sealer::{SealKey, seal};
use service::market::provider_file::{AdmitService, Services};
use service::money::ledger::SetCeiling;
use service::people::invitation::{InvitePerson, accept_invitation};
use service::people::organisation::{IssueToken, RegisterOrganisation, Tokens, issue_token};
use service::people::sample::SampleAccounts;
use service::people::session::sign_out;
use service::people::sign_in;
use service::procurement::tender::{DraftTender, ListTenders};
use service::publish::notices::ExportReleases;
use service::publish::outside::ImportReleases;
use service::purchasing::evaluation::RankReferral;
use service::{Command, Failure, Query, ask, perform};
use testkit::reviewed::{Codes, Matrix, WITHOUT_PAGE, codes};
use testkit::world::{HOME_CATEGORY, World, service_file, world};
use testkit::{SmtpServer, both, signed_in};

use crate::invitation::{mailer, token_in};

struct Walk {
    world: World,
    matrix: Matrix,
    met: BTreeSet<Codes>,
}

impl Walk {
    /// What was tried succeeds or fails by its own rules exactly when the matrix allows it, to anything of the caller's own.
    fn judge<T>(&mut self, action: Action, caller: &Caller, outcome: &Result<T, Failure>) {
        let lines = self.matrix.allows(action, caller.role, domain::Code::ALL);
        let is_denied = matches!(outcome, Err(Failure::Denied(_)));
        assert_eq!(is_denied, lines.is_empty(), "{} by {}", action, caller.role);
        self.met.extend(lines.into_iter().map(codes));
    }

    async fn does<C: Command>(&mut self, caller: &Caller, command: &C) {
        let outcome = perform(&self.world.nearhome, caller, self.world.key(), command).await;
        self.judge(C::ACTION, caller, &outcome);
    }

    async fn sees<Q: Query>(&mut self, caller: &Caller, query: &Q) {
        let outcome = ask(&self.world.nearhome, caller, query).await;
        self.judge(Q::ACTION, caller, &outcome);
    }

    /// Everything that has no page, as one person.
    async fn tries(&mut self, caller: &Caller, number: usize) {
        let consortium = service::governance::consortium::read(include_str!("../../../../config/d2n2.toml")).unwrap();
        self.does(caller, &ChangeConsortium { consortium, is_sample: true }).await;
        let register = RegisterOrganisation {
            kind: OrganisationKind::Provider,
            name: format!("Synthetic provider {number}"),
            council_code: None,
            reference: None,
            is_synthetic: true,
        };
        self.does(caller, &register).await;
        self.sees(caller, &Services { limit: 1, ..Services::default() }).await;
        self.does(caller, &service_file("Hazel Bank Care", ServiceKind::Home, &(2_000_000 + number).to_string())).await;
        let [framework, lot, category] = HOME_CATEGORY.map(str::to_owned);
        let (service, admitted_on) = (self.world.home, "2026-04-01".parse().unwrap());
        self.does(caller, &AdmitService { service, framework, lot, category, tendered_max_pence: Pence(1), admitted_on }).await;
        let ceiling = SetCeiling {
            council: if caller.role == Role::Worker { self.world.council } else { caller.organisation },
            framework: HOME_CATEGORY[0].to_owned(),
            decision: format!("Sample decision {number}"),
            price_base_year: "2025/26".to_owned(),
            limit: Pence(1),
            is_example: true,
        };
        self.does(caller, &ceiling).await;
        self.sees(caller, &SignedHeads).await;
        self.sees(caller, &ExportReleases).await;
        self.does(caller, &ImportReleases { releases: Vec::new() }).await;
        self.sees(caller, &Tokens).await;
        let token = IssueToken { name: String::new(), role: Role::SocialWorker, days: 1 };
        let issued = issue_token(&self.world.nearhome, caller, self.world.key(), &token).await;
        self.judge(Action::IssueToken, caller, &issued);
    }

    /// What belongs to a kind of caller by construction: nobody else can even ask it.
    async fn by_construction(&mut self) {
        let nearhome = self.world.nearhome.clone();
        self.judge(Action::SignIn, &visitor(), &sign_in::begin(&nearhome, "nobody@council.example", "wrong", "").await);
        for caller in self.world.everybody().to_vec() {
            let token = signed_in(&nearhome, &caller).await;
            self.judge(Action::SignOut, &caller, &sign_out(&nearhome, &token).await);
        }
        let worker = worker();
        let organisation = self.world.council;
        let invite = InvitePerson {
            organisation,
            email: "a@b.example".to_owned(),
            name: "A".to_owned(),
            role: Role::Administrator,
            post: "B".to_owned(),
        };
        self.does(&worker, &invite).await;
        testkit::case::referral(&self.world, 1, &[self.world.home], HOME_CATEGORY).await;
        self.sees(&worker, &RankReferral { number: "R-2026-0001".to_owned(), council: None, today: Day::FIRST }).await;
        self.sees(&worker, &SampleAccounts).await;
        self.sees(&worker, &ConsortiumInForce).await;
        let draft = testkit::tendering::draft(&self.world).await;
        self.does(&worker, &DraftTender { tender: None, draft }).await;
        self.sees(&worker, &ListTenders { now: nearhome.now() }).await;
        // Both are on record already: refused by their own rules, and by nobody's role.
        let decision = service::governance::decision::read(testkit::world::DECISION).unwrap();
        self.does(&worker, &RecordDecision { decision }).await;
        self.sees(&worker, &ListDecisions).await;
        let terms = ask(&nearhome, &worker, &ListCouncilsAgreements).await.unwrap().remove(0).terms;
        self.does(&worker, &WriteCouncilsAgreement { terms }).await;
        let decision = ask(&nearhome, &worker, &ListDecisions).await.unwrap().remove(0).id;
        let council = CouncilCode("E06000015".to_owned());
        let on = domain::calendar::Day::in_uk(nearhome.now());
        let agree = AgreeAsPartner { decision, about: String::new(), council, said: String::new(), said_on: on };
        self.does(&worker, &agree).await;
        self.judge(Action::SealRecord, &worker, &seal(&nearhome, &SealKey::new([7; 32])).await);
        let server = SmtpServer::start().await;
        self.judge(Action::RunJobs, &worker, &run_due(&nearhome, &mailer(&server)).await);
        let accepted = accept_invitation(&nearhome, &token_in(&server), "seventeen slow barges").await;
        assert!(!matches!(accepted, Err(Failure::Invalid(_) | Failure::Refused(_))), "{accepted:?}");
        self.judge(Action::AcceptInvitation, &visitor(), &accepted);
    }
}

both! {
    async fn what_has_no_page_is_open_to_exactly_those_whom_the_matrix_names(database) {
        let mut walk = Walk { world: world(database).await, matrix: Matrix::read(), met: BTreeSet::new() };
        let everybody = [walk.world.everybody(), &[worker(), visitor()]].concat();
        for (number, caller) in everybody.iter().enumerate() {
            walk.tries(caller, number).await;
        }
        walk.by_construction().await;
        let is_page = |action: Action| !WITHOUT_PAGE.contains(&action);
        let signs_in = |role: Role| role.held_in() != OrganisationKind::System;
        let lines = walk.matrix.all().filter(|line| !(is_page(line.0) && signs_in(line.2))).map(codes);
        let missed: Vec<_> = lines.filter(|line| !walk.met.contains(line)).collect();
        assert_eq!(missed, [], "lines that nothing needs");
    }
}
