//! `nearhome story`: one child placed from need to home, step by step, each act by the account whose act it is.
//!
//! It runs in a sample database and goes through the same doors as the pages do, sign-in included. The child is synthetic.

use domain::Code as _;
use domain::access::worker;
use domain::calendar::Day;
use domain::consortium::framework::ScoreMethod;
use domain::ids::{OfferId, ReferralId};
use domain::people::{Caller, Role};
use domain::purchasing::fields::{Field, FieldKind};
use domain::purchasing::offer::{DeclineReason, NotSelectedReason};
use domain::purchasing::placement::StartTask;
use domain::purchasing::referral::{InHouseResult, Urgency};
use domain::purchasing::referral_form::SECTIONS;
use domain::registration::ServiceKind;
use serde::Serialize;
use service::governance::approval::{ApprovalsWaiting, DecideApproval};
use service::people::sample::{PASSWORD, SampleAccount, SampleAccounts, code};
use service::people::session::resolve;
use service::people::sign_in;
use service::purchasing::agreement::{GetAgreement, IssueAgreement, SignForCouncil, SignForProvider};
use service::purchasing::board::GetReferral;
use service::purchasing::choice::{PreferOffer, ShortlistOffer};
use service::purchasing::evaluation::{CompareOffers, ScoreOffer};
use service::purchasing::offer::{DeclineRelease, GetRelease, Inbox, SaveOffer, SubmitOffer};
use service::purchasing::placement::{GetPlacement, StartPlacement};
use service::purchasing::referral::{ChildEntry, SavePage, WriteReferral};
use service::purchasing::release::ReleaseReferral;
use service::purchasing::search::{AcceptReferral, AuthoriseSearch, RecordInHouseSearch, ReturnReferral, SubmitReferral};
use service::{Command, Failure, Nearhome, ask, perform};
use store::purchasing::release::InboxLine;
use uuid::Uuid;

use crate::Outcome;
use crate::settings::Common;

/// The child's age, in days: thirteen and a half.
const AGE_DAYS: i64 = 4_930;

/// How long a code of an authenticator is shown.
const CODE_SECONDS: i64 = 30;

/// One step as it is told.
#[derive(Debug, Serialize)]
struct Step {
    who: String,
    what: String,
    result: String,
}

struct Story {
    nearhome: Nearhome,
    accounts: Vec<SampleAccount>,
    council: String,
    steps: Vec<Step>,
    is_quiet: bool,
    /// Who has signed in: a code of the authenticator works once, so nobody signs in twice.
    callers: std::collections::BTreeMap<String, Caller>,
}

pub(crate) async fn story(common: &Common) -> Outcome {
    let nearhome = common.nearhome().await?;
    let accounts = ask(&nearhome, &worker(), &SampleAccounts).await?;
    let officer = accounts.iter().rev().find(|account| account.role == Role::PlacementOfficer);
    let council = officer.ok_or("a story is told in a sample database: load one with `nearhome demo`")?.organisation.clone();
    // Nottingham's is the story of the resolution; another consortium tells its own last council's.
    let council = accounts
        .iter()
        .find(|account| account.organisation.starts_with("Nottingham City"))
        .map_or(council, |found| found.organisation.clone());
    let mut story =
        Story { nearhome, accounts, council, steps: Vec::new(), is_quiet: common.json, callers: std::collections::BTreeMap::new() };
    let referral = story.need().await?;
    story.search(referral).await?;
    story.answers(referral).await?;
    let offer = story.choice(referral).await?;
    story.approvals(referral, offer).await?;
    story.placement(referral).await?;
    if common.json {
        println!("{}", serde_json::to_string_pretty(&story.steps)?);
    }
    Ok(())
}

/// Until the authenticator shows another code, and a second more.
async fn wait_for_next_code(nearhome: &Nearhome, email: &str) {
    let into_step = nearhome.now().utc().timestamp().rem_euclid(CODE_SECONDS);
    let seconds = CODE_SECONDS - into_step + 1;
    eprintln!("    the code of {email} was used already: waiting {seconds} seconds for the next");
    tokio::time::sleep(std::time::Duration::from_secs(seconds.unsigned_abs())).await;
}

impl Story {
    fn tell(&mut self, who: impl std::fmt::Display, what: impl Into<String>, result: impl Into<String>) {
        let step = Step { who: who.to_string(), what: what.into(), result: result.into() };
        if !self.is_quiet {
            println!("{:>2}. {}: {}\n    {}", self.steps.len() + 1, step.who, step.what, step.result);
        }
        self.steps.push(step);
    }

    /// Signs in as a role of the story's council.
    async fn of_council(&mut self, role: Role) -> Outcome<Caller> {
        let account = self.accounts.iter().find(|account| account.role == role && account.organisation == self.council).cloned();
        self.signed_in(&account.ok_or_else(|| format!("{} has no account as {role}", self.council))?).await
    }

    /// With password and code, as a person does; the caller is what the session says.
    async fn signed_in(&mut self, account: &SampleAccount) -> Outcome<Caller> {
        if let Some(caller) = self.callers.get(&account.email) {
            return Ok(caller.clone());
        }
        let begun = sign_in::begin(&self.nearhome, &account.email, PASSWORD, "127.0.0.1").await?;
        let token = match sign_in::second_factor(&self.nearhome, &begun.token, &code(&self.nearhome, &account.email)?).await {
            // A code works once. Whoever tells the story twice within half a minute waits for the next one.
            Err(Failure::Invalid(_)) => {
                wait_for_next_code(&self.nearhome, &account.email).await;
                sign_in::second_factor(&self.nearhome, &begun.token, &code(&self.nearhome, &account.email)?).await?
            }
            other => other?,
        };
        let signed_in = resolve(&self.nearhome, &token).await?.ok_or("the session ended at once")?;
        self.callers.insert(account.email.clone(), signed_in.caller.clone());
        Ok(signed_in.caller)
    }

    async fn act<C: Command>(&self, caller: &Caller, command: &C) -> Outcome<C::Answer> {
        Ok(perform(&self.nearhome, caller, Uuid::from_u128(self.nearhome.random()), command).await?)
    }

    fn today(&self) -> Day {
        Day::in_uk(self.nearhome.now())
    }

    async fn version(&self, caller: &Caller, referral: ReferralId) -> Outcome<i64> {
        Ok(ask(&self.nearhome, caller, &GetReferral { referral }).await?.referral.version)
    }

    /// What somebody answers to a question, plainly synthetic.
    fn input(&self, field: &Field) -> Vec<(String, String)> {
        let pair = |value: &str| vec![(field.key.to_owned(), value.to_owned())];
        let day = |day: Day| {
            let (year, month, of_month) = day.parts();
            let parts = [("day", of_month.to_string()), ("month", month.to_string()), ("year", year.to_string())];
            parts.map(|(part, value)| (format!("{}-{part}", field.key), value)).to_vec()
        };
        match (field.key, field.kind) {
            ("case_number" | "available_to" | "ended_on", _) | (_, FieldKind::Money) => Vec::new(),
            ("within_purpose", _) => pair("yes"),
            ("given_name", _) => pair("Synthetic"),
            ("family_name", _) => pair("Child"),
            ("home_postcode", _) => pair("NG7 2QB"),
            ("date_of_birth", _) => day(self.today().plus_days(-AGE_DAYS)),
            (_, FieldKind::Date) => day(self.today().plus_days(21)),
            (_, FieldKind::Text | FieldKind::LongText) => pair("As the synthetic care plan says"),
            (_, FieldKind::Number) => pair("0"),
            (_, FieldKind::YesNo) => pair("no"),
            (_, FieldKind::OneOf | FieldKind::ManyOf) => field.options.first().map(|first| pair(first.code)).unwrap_or_default(),
            (_, FieldKind::Postcode) => pair("NG1 5FS"),
        }
    }

    /// A thin referral is returned with questions, comes back complete, and is authorised.
    async fn need(&mut self) -> Outcome<ReferralId> {
        let social_worker = self.of_council(Role::SocialWorker).await?;
        let officer = self.of_council(Role::PlacementOfficer).await?;
        let manager = self.of_council(Role::TeamManager).await?;
        let child = ChildEntry {
            case_number: format!("SYN-{:06}", self.nearhome.random() % 1_000_000),
            given_name: "Synthetic".to_owned(),
            family_name: "Child".to_owned(),
            born_on: self.today().plus_days(-AGE_DAYS),
            home_postcode: Some("NG7 2QB".to_owned()),
            is_synthetic: true,
        };
        let case_number = child.case_number.clone();
        let written = self.act(&social_worker, &WriteReferral { child, urgency: Urgency::Planned, even_though_open: false }).await?;
        let referral = written.id;
        self.tell(social_worker.role, "writes a referral for a synthetic child of 13", written.number);
        for section in SECTIONS {
            let fields = section.fields().filter(|field| field.key != "case_number");
            self.fill(&social_worker, referral, section.slug, fields, &case_number).await?;
        }
        let version = self.version(&social_worker, referral).await?;
        let stands = self.act(&social_worker, &SubmitReferral { referral, version }).await?;
        let questions = "Which school can continue? Who may not live with the child?".to_owned();
        let stands = self.act(&officer, &ReturnReferral { referral, version: stands.version, questions: questions.clone() }).await?;
        self.tell(officer.role, format!("returns it: {questions}"), stands.state.label());
        let stands = self.act(&social_worker, &SubmitReferral { referral, version: stands.version }).await?;
        let stands = self.act(&officer, &AcceptReferral { referral, version: stands.version }).await?;
        self.tell(social_worker.role, "completes it and sends it again", stands.state.label());
        let reason = "No in-house home is free for the child's needs".to_owned();
        let search = RecordInHouseSearch { referral, version: stands.version, result: InHouseResult::NoVacancy, reason: reason.clone() };
        let stands = self.act(&officer, &search).await?;
        self.tell(officer.role, "searches in-house first", reason);
        let stands = self.act(&manager, &AuthoriseSearch { referral, version: stands.version }).await?;
        self.tell(manager.role, "authorises the search", stands.state.label());
        Ok(referral)
    }

    async fn fill(
        &self,
        caller: &Caller,
        referral: ReferralId,
        section: &str,
        fields: impl Iterator<Item = &'static Field>,
        case_number: &str,
    ) -> Outcome {
        let mut pairs: Vec<(String, String)> = fields.flat_map(|field| self.input(field)).collect();
        pairs.push(("case_number".to_owned(), case_number.to_owned()));
        let version = self.version(caller, referral).await?;
        let saved = self.act(caller, &SavePage { referral, version, section: section.to_owned(), pairs }).await?;
        match saved.problems.first() {
            None => Ok(()),
            Some(problem) => Err(format!("{section}, {}: {}", problem.field, problem.message).into()),
        }
    }

    /// The anonymised profile goes to every admitted home.
    async fn search(&mut self, referral: ReferralId) -> Outcome {
        let officer = self.of_council(Role::PlacementOfficer).await?;
        let consortium = ask(&self.nearhome, &officer, &service::governance::consortium::ConsortiumInForce).await?;
        let framework =
            consortium.frameworks.iter().find(|framework| framework.service == ServiceKind::Home).ok_or("no framework for homes")?;
        let lot = framework.lots.first().ok_or("no lot")?;
        let category = lot.categories.first().ok_or("no category")?;
        let release = ReleaseReferral {
            referral,
            version: self.version(&officer, referral).await?,
            framework: framework.reference.clone(),
            lot: lot.code.clone(),
            category: category.code.clone(),
            closes_at: None,
            warnings_read: true,
        };
        let released = self.act(&officer, &release).await?;
        let what = format!("releases the anonymised profile under {}, {}", framework.reference, category.name);
        self.tell(officer.role, what, format!("{} homes asked, answers until {}", released.services, released.closes_at));
        Ok(())
    }

    /// Providers with accounts answer: offers, declines, and one offer above its tendered maximum.
    async fn answers(&mut self, referral: ReferralId) -> Outcome {
        let number = {
            let officer = self.of_council(Role::PlacementOfficer).await?;
            ask(&self.nearhome, &officer, &GetReferral { referral }).await?.referral.number
        };
        let managers: Vec<_> = self.accounts.iter().filter(|account| account.role == Role::ReferralsManager).cloned().collect();
        let (mut offers, mut declines) = (0_u32, 0_u32);
        for account in managers {
            let provider = self.signed_in(&account).await?;
            let inbox = ask(&self.nearhome, &provider, &Inbox(service::Slice::first(200))).await?;
            let is_asked = |line: &InboxLine| line.number == number && line.council == self.council && line.answer.is_none();
            let asked: Vec<_> = inbox.into_iter().filter(is_asked).collect();
            for (position, line) in asked.into_iter().enumerate() {
                if position > 0 || offers == 3 {
                    let decline = DeclineRelease {
                        release: line.id,
                        reason: DeclineReason::ALL.first().copied().ok_or("no reasons")?,
                        note: String::new(),
                    };
                    self.act(&provider, &decline).await?;
                    declines += 1;
                    continue;
                }
                let seen = ask(&self.nearhome, &provider, &GetRelease { release: line.id, today: self.today() }).await?;
                let tendered = seen.maximum.and_then(|maximum| maximum.tendered).ok_or("no tendered maximum")?.0.0;
                // The third asks for more than it tendered.
                let core = if offers == 2 { tendered + 10_000 } else { tendered - 20_000 * i64::from(offers + 1) };
                for page in seen.pages {
                    let mut pairs: Vec<_> = page.fields.iter().flat_map(|field| self.input(field)).collect();
                    pairs.push(("core_weekly".to_owned(), format!("{}.{:02}", core / 100, core % 100)));
                    let kept = self
                        .act(&provider, &SaveOffer { release: line.id, version: None, page: Some(page.slug.to_owned()), pairs })
                        .await?;
                    if let Some(problem) = kept.problems.first() {
                        return Err(format!("{}, {}: {}", page.slug, problem.field, problem.message).into());
                    }
                }
                let kept = self.act(&provider, &SubmitOffer { release: line.id }).await?;
                offers += 1;
                let price = domain::pence::Pence(core);
                let result = if kept.is_price_exception {
                    format!("{price} a week: above its tendered maximum, a price exception")
                } else {
                    format!("{price} a week")
                };
                self.tell(provider.role, format!("offers a place in {}", line.service), result);
            }
        }
        self.tell("Providers", "decline with a coded reason", declines.to_string());
        if offers == 0 { Err("nobody with an account was asked".into()) } else { Ok(()) }
    }

    /// Scores by named people, gates, a ranking whose parts add up; the officer chooses and says why.
    async fn choice(&mut self, referral: ReferralId) -> Outcome<OfferId> {
        let officer = self.of_council(Role::PlacementOfficer).await?;
        let compared = ask(&self.nearhome, &officer, &CompareOffers { referral, today: Day::in_uk(self.nearhome.now()) }).await?;
        for (position, offer) in compared.offers.iter().enumerate() {
            for criterion in compared.criteria.iter().filter(|criterion| criterion.how == ScoreMethod::Scored) {
                let tenths = 45 - 5 * u32::try_from(position).unwrap_or(0).min(8);
                let reason = "Read with the synthetic care plan".to_owned();
                self.act(&officer, &ScoreOffer { offer: offer.id, criterion: criterion.code.clone(), tenths, reason }).await?;
            }
        }
        let compared = ask(&self.nearhome, &officer, &CompareOffers { referral, today: Day::in_uk(self.nearhome.now()) }).await?;
        self.tell(officer.role, "compares the offers", crate::rank::describe(&compared));
        let is_within = |id: OfferId| {
            compared.offers.iter().any(|offer| offer.id == id && offer.verdict.is_some_and(|verdict| !verdict.is_exception()))
        };
        let eligible: Vec<_> = compared.ranking.ranked.iter().filter(|ranked| is_within(ranked.offer)).collect();
        let chosen = eligible.get(1).or(eligible.first()).ok_or("no offer can be ranked")?;
        let reason =
            if chosen.rank > 1 { "The child has met the staff of this home and wishes to live there" } else { "First in the ranking" };
        self.act(&officer, &ShortlistOffer { offer: chosen.offer }).await?;
        let prefer =
            PreferOffer { offer: chosen.offer, reason: reason.to_owned(), disrupts_key_stage_4: false, undisturbed_because: String::new() };
        let preferred = self.act(&officer, &prefer).await?;
        let result = format!("{}; {} approvals are asked for", preferred.state, preferred.approvals.len());
        self.tell(officer.role, format!("prefers rank {}: {reason}", chosen.rank), result);
        Ok(chosen.offer)
    }

    /// Everybody whose approval is asked gives it, in order, with evidence for each check.
    async fn approvals(&mut self, referral: ReferralId, offer: OfferId) -> Outcome {
        let roles = [Role::TeamManager, Role::NominatedOfficer, Role::HeadOfService, Role::HeadOfContracting, Role::Director];
        let mut callers = Vec::new();
        for role in roles.into_iter().filter(|role| *role != Role::TeamManager) {
            callers.push(self.of_council(role).await?);
        }
        loop {
            let Some(first) = callers.first() else { return Err("no approvers".into()) };
            let waiting = ask(&self.nearhome, first, &ApprovalsWaiting(service::Slice::first(200))).await?;
            let Some(next) =
                waiting.into_iter().filter(|view| view.referral == referral && view.offer == offer).min_by_key(|view| view.position)
            else {
                return Ok(());
            };
            let may = callers.iter().find(|caller| next.checks.decided_by.contains(&caller.role));
            let caller = may.ok_or_else(|| format!("nobody in the story may decide `{}`", next.kind))?.clone();
            let answers = next.checks.checks.iter().map(|check| (check.check, "Recorded in the synthetic case file".to_owned())).collect();
            let reason = "The checks are met".to_owned();
            let decided = self.act(&caller, &DecideApproval { approval: next.id, answers, approve: true, reason }).await?;
            let what = format!("decides `{}`: {} ({} checks answered)", next.kind, next.why, next.checks.checks.len());
            self.tell(caller.role, what, decided.approval.label());
        }
    }

    /// Agreement, two signatures, the move, the start pack.
    async fn placement(&mut self, referral: ReferralId) -> Outcome {
        let officer = self.of_council(Role::PlacementOfficer).await?;
        // The child moves in today: a start is recorded when the child is there.
        let starts_on = self.today();
        let address = "Address as registered (sample)".to_owned();
        let issue = IssueAgreement {
            referral,
            starts_on,
            expected_end_on: None,
            service_address: address.clone(),
            council_address: address.clone(),
            provider_address: address,
            council_contacts: vec![domain::purchasing::agreement::Contact {
                post: "Placement service".to_owned(),
                name: None,
                telephone: "01632 960000".to_owned(),
                email: "placements@council.example".to_owned(),
            }],
            plan_reference: Some("Synthetic care plan 1".to_owned()),
            outcomes: "The child is settled and in school".to_owned(),
            conditions: Vec::new(),
            funding: Vec::new(),
            discounts: Vec::new(),
            reviews_on: vec![starts_on.plus_days(28)],
        };
        let issued = self.act(&officer, &issue).await?;
        self.tell(officer.role, "issues the individual placement agreement", issued.number.clone());
        self.sign(issued.agreement).await?;
        let view = ask(&self.nearhome, &officer, &GetAgreement { agreement: issued.agreement }).await?;
        let start = StartPlacement {
            agreement: issued.agreement,
            started_on: starts_on,
            is_emergency: false,
            emergency_reason: String::new(),
            done: StartTask::ALL.to_vec(),
            others_because: NotSelectedReason::BetterMatch,
            others_note: "Another home was chosen for this child".to_owned(),
        };
        let started = self.act(&officer, &start).await?;
        self.tell(
            officer.role,
            format!("records the move on {starts_on}; {} others hear the outcome and why", started.told),
            started.referral.label(),
        );
        let placed = ask(&self.nearhome, &officer, &GetPlacement { placement: started.placement, today: self.today() }).await?;
        let row = &placed.placement;
        let miles = domain::place::Miles { tenths: u32::try_from(row.tenths_of_miles).unwrap_or(0) };
        let yes = |is: bool| if is { "yes" } else { "no" };
        let result = format!(
            "{miles} miles from the reference point, local: {}, inside the footprint: {}, legal class: {}, {} a week ({})",
            yes(row.is_within_radius),
            yes(row.is_in_footprint),
            row.legal_class,
            row.weekly_pence,
            view.state,
        );
        self.tell("The placement", format!("in {}", placed.service_name), result);
        Ok(())
    }

    /// The provider signs first; the council's signature takes the place and commits the money.
    async fn sign(&mut self, agreement: domain::ids::AgreementId) -> Outcome {
        let signatories: Vec<_> = self.accounts.iter().filter(|account| account.role == Role::ProviderSignatory).cloned().collect();
        let mut signed = None;
        for account in signatories {
            let signatory = self.signed_in(&account).await?;
            match self.act(&signatory, &SignForProvider { agreement }).await {
                Ok(kept) => signed = Some((signatory.role, kept.state)),
                // Every other provider finds nothing there: that is the point.
                Err(_) => continue,
            }
            break;
        }
        let (role, state) = signed.ok_or("the provider has no signatory")?;
        self.tell(role, "signs for the provider", state.label());
        let head = self.of_council(Role::HeadOfContracting).await?;
        let kept = self.act(&head, &SignForCouncil { agreement }).await?;
        let ledger = ask(&self.nearhome, &head, &service::money::ledger::Commitments).await?;
        let committed: Vec<_> = ledger.ceilings.iter().filter(|ceiling| ceiling.committed.0 > 0).collect();
        let stands = committed.first().map_or_else(String::new, |ceiling| {
            format!("; {} of {} committed under {}", ceiling.committed, ceiling.limit, ceiling.framework)
        });
        self.tell(head.role, "signs for the council", format!("{}{stands}", kept.state.label()));
        Ok(())
    }
}
