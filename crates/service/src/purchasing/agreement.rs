//! The individual placement agreement: issued when everything is approved, signed by the provider, then by the council. The
//! council's signature takes the place and commits the money, or does not happen.

use domain::access::{Action, Relation, could};
use domain::calendar::{Day, Instant};
use domain::ids::{AgreementId, CommitmentId, PersonId, ReferralId};
use domain::money::itemised::ItemisedPrice;
use domain::people::{Caller, OrganisationKind};
use domain::purchasing::agreement::{
    AgreementAct, AgreementChild, AgreementContent, AgreementFacts, AgreementNumber, AgreementService, AgreementState, Contact, Discount,
    FundingShare, FundingSplit, Party,
};
use domain::purchasing::fields::Answers;
use domain::purchasing::gates::GateCode;
use domain::purchasing::offer::{Approvals, OfferAct, OfferFacts};
use domain::purchasing::offer_form::price;
use domain::purchasing::placement::StartTask;
use domain::purchasing::questions::question;
use domain::registration::ServiceKind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::governance::approval::Approval;
use store::market::service::Service;
use store::people::organisation::{Organisation, Person};
use store::purchasing::agreement::Agreement;
use store::purchasing::offer::Offer;
use store::purchasing::referral::{Child, Referral};
use store::{Fault, ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use super::choice::known;
use super::evaluation::{Case, overrides, relation_to_referral};
use super::facts::not_frozen;
use super::tasks::close_seen;
use crate::governance::inter_authority::check_bound;
use crate::money::ledger;
use crate::{Command, Failure, Query, Slice};

/// How a caller stands to an agreement: the council's own, the provider's as its other party.
pub(crate) async fn relation(reads: &mut impl Reads, agreement: AgreementId, caller: &Caller) -> Result<Option<Relation>, Failure> {
    let Some(agreement) = reads.find::<Agreement>(agreement).await? else { return Ok(None) };
    Ok(if agreement.org_id == caller.organisation {
        Some(Relation::Own)
    } else if agreement.provider_id == caller.organisation {
        Some(Relation::Counterparty)
    } else {
        None
    })
}

/// Writes the agreement for the preferred offer and sends it to the provider. What is not said here comes from the referral,
/// the offer and the framework's terms.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssueAgreement {
    /// The referral whose offer was approved.
    pub referral: ReferralId,
    /// The first day.
    pub starts_on: Day,
    /// The expected last day of a placement for a limited time.
    pub expected_end_on: Option<Day>,
    /// The address at which the child will live.
    pub service_address: String,
    /// The council's address.
    pub council_address: String,
    /// The provider's address.
    pub provider_address: String,
    /// Whom to call in the council, the emergency duty team among them.
    pub council_contacts: Vec<Contact>,
    /// The reference of the care or placement plan; in an emergency it may follow.
    pub plan_reference: Option<String>,
    /// What the stay is for, in the words of the plan.
    pub outcomes: String,
    /// Further conditions agreed for this child.
    pub conditions: Vec<String>,
    /// Who pays which share; empty when it is as the referral says.
    pub funding: Vec<FundingShare>,
    /// Discounts with their conditions.
    pub discounts: Vec<Discount>,
    /// When the agreement is reviewed.
    pub reviews_on: Vec<Day>,
}

/// Where an agreement stands after an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementKept {
    /// The agreement.
    pub agreement: AgreementId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: AgreementState,
    /// The money that the council's signature committed.
    pub commitment: Option<CommitmentId>,
}

impl AgreementKept {
    fn of(agreement: &Agreement, commitment: Option<CommitmentId>) -> Self {
        Self { agreement: agreement.id, number: agreement.number.clone(), state: agreement.state, commitment }
    }
}

impl Command for IssueAgreement {
    const ACTION: Action = Action::IssueAgreement;
    type Answer = AgreementKept;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation_to_referral(threshold, self.referral, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<AgreementKept, Failure> {
        // One that was taken back is written anew: the record keeps what it said before.
        let earlier = store::purchasing::agreement::of_referral(tx, self.referral).await?;
        if earlier.as_ref().is_some_and(|earlier| earlier.state != AgreementState::Draft) {
            return Err(Failure::refused("the agreement for this child has been issued"));
        }
        let case = Case::load(tx, self.referral).await?;
        let preferred = case.referral.preferred_offer.ok_or_else(|| Failure::refused("choose the preferred offer first"))?;
        let offer = case.offer(preferred)?;
        all_approved(tx, offer).await?;
        let (reference, ..) = case.bought()?;
        if let Some(framework) = case.consortium.framework(reference) {
            check_bound(tx, offer.org_id, framework, Day::in_uk(tx.at())).await?;
        }
        let found = case.assess(tx, offer, &overrides(offer)?, Day::in_uk(tx.at())).await?;
        not_frozen(&found.service, offer.submitted_at)?;
        let child: Child = tx.get(case.referral.child_id).await?;
        let answers = offer.answers()?;
        let itemised = price(&answers).map_err(Failure::refused)?;
        let weekly_pence = itemised.total().0;
        let number = match &earlier {
            Some(earlier) => earlier.content()?.number.following(),
            None => self.number(tx, &case).await?,
        };
        let content = self.content(&case, &child, &found.service, &found.provider, &answers, itemised, number)?;
        let facts = AgreementFacts { side: OrganisationKind::Council, lacks: content.lacks(), signatory_took_part: false };
        let state = AgreementState::Draft.after(AgreementAct::Issue, &facts).map_err(Failure::refused)?;
        let (id, version) = match &earlier {
            Some(earlier) => (earlier.id, earlier.version),
            None => (AgreementId(tx.new_id()), 1),
        };
        let mut agreement = Agreement {
            id,
            version,
            org_id: offer.org_id,
            provider_id: offer.provider_id,
            referral_id: offer.referral_id,
            offer_id: offer.id,
            service_id: offer.service_id,
            number: content.number.to_string(),
            state,
            starts_on: self.starts_on,
            weekly_pence,
            content: serde_json::to_string(&content).map_err(|error| Fault::inconsistent("agreement.content", error))?,
            issued_at: tx.at(),
            provider_signed_by: None,
            provider_signed_at: None,
            council_signed_by: None,
            council_signed_at: None,
            taken_back_reason: None,
        };
        let event = json!({ "shape": 1, "state": state, "number": agreement.number, "offer": offer.id });
        match earlier {
            Some(_) => tx.update(&mut agreement, &event).await?,
            None => tx.create(&agreement, &event).await?,
        }
        Ok(AgreementKept::of(&agreement, None))
    }
}

async fn all_approved(tx: &mut Tx, offer: &Offer) -> Result<(), Failure> {
    let approvals = store::governance::approval::of_offer(tx, offer.org_id, offer.id).await?;
    let open: Vec<String> = approvals.iter().filter(|approval| approval.is_missing()).map(|approval| approval.kind.to_string()).collect();
    if open.is_empty() && !approvals.iter().any(Approval::is_given) {
        return Err(Failure::refused("no approval has been recorded: every placement is approved by a named person"));
    }
    if open.is_empty() { Ok(()) } else { Err(Failure::refused(format!("these approvals are still to be given: {}", open.join(", ")))) }
}

impl IssueAgreement {
    async fn number(&self, tx: &mut Tx, case: &Case) -> Result<AgreementNumber, Failure> {
        let council = case.consortium.council(&case.council_code()?);
        let council = council.ok_or_else(|| Failure::refused("this council is not in the configuration"))?.slug.to_uppercase();
        let issued = store::purchasing::agreement::how_many(tx, case.referral.org_id).await?;
        let sequence = u32::try_from(issued + 1).map_err(|error| Fault::inconsistent("agreement.number", error))?;
        Ok(AgreementNumber { council, year: Day::in_uk(tx.at()).parts().0, sequence, variation: 0 })
    }

    #[expect(clippy::too_many_arguments, reason = "an agreement is made of all these parts, each of another table")]
    fn content(
        &self,
        case: &Case,
        child: &Child,
        service: &Service,
        provider: &Organisation,
        offered: &Answers,
        price: ItemisedPrice,
        number: AgreementNumber,
    ) -> Result<AgreementContent, Failure> {
        let (reference, _, category) = case.bought()?;
        let framework = case.consortium.framework(reference).ok_or_else(|| Failure::refused(format!("{reference} is not configured")))?;
        let category = framework.category(category).map(|(lot, category)| format!("{}, {}", lot.name, category.name));
        let settings = &case.consortium.settings;
        let party = |organisation: &Organisation, address: &str, contacts| Party {
            name: organisation.name.clone(),
            address: address.trim().to_owned(),
            contacts,
        };
        let funding =
            if self.funding.is_empty() { funding(&case.answers).lines().map_err(Failure::refused)? } else { self.funding.clone() };
        Ok(AgreementContent {
            number,
            council: party(&case.council, &self.council_address, self.council_contacts.clone()),
            provider: party(provider, &self.provider_address, contact_of(offered)),
            child: named(case, child),
            service: AgreementService {
                name: service.name.clone(),
                urn: service.urn.clone(),
                address: self.service_address.trim().to_owned(),
                registered_manager: service.manager_name.clone().unwrap_or_default(),
            },
            terms: framework.terms_version.clone(),
            framework: Some(framework.reference.clone()),
            category: category.unwrap_or_default(),
            starts_on: self.starts_on,
            expected_end_on: self.expected_end_on,
            price,
            extras_reviewed_on: std::collections::BTreeMap::new(),
            funding,
            discounts: self.discounts.clone(),
            notice_days: settings.notice_days,
            initial_notice_days: settings.settling_in_notice_days,
            initial_period_days: settings.settling_in_days,
            reviews_on: self.reviews_on.clone(),
            plan_reference: self.plan_reference.clone(),
            outcomes: self.outcomes.trim().to_owned(),
            conditions: self.conditions.clone(),
            supersedes: None,
        })
    }
}

/// Who pays, as the referral says.
#[must_use]
pub fn funding(answers: &Answers) -> FundingSplit {
    let percent = |key| answers.number(key).unwrap_or_default();
    FundingSplit::asked(percent("education_percent"), percent("health_percent"))
}

/// Whom the provider named in its offer.
fn contact_of(offered: &Answers) -> Vec<Contact> {
    let name = offered.text("contact_name").map(str::to_owned);
    let telephone = offered.text("contact_phone").unwrap_or_default().to_owned();
    vec![Contact { post: "Contact of the offer".to_owned(), name, telephone, email: String::new() }]
}

/// The child as the agreement names them: from the referral's own answers.
fn named(case: &Case, child: &Child) -> AgreementChild {
    let words = |key: &str| {
        let answer = question(key).zip(case.answers.get(key));
        answer.map(|(question, answer)| answer.shown(&question.field)).unwrap_or_default()
    };
    AgreementChild {
        case_number: child.case_number.clone(),
        name: format!("{} {}", child.given_name, child.family_name).trim().to_owned(),
        date_of_birth: case.born_on,
        gender: words("gender"),
        legal_status: words("legal_status"),
        disability: words("disability"),
        special_educational_needs: words("sen"),
    }
}

/// Signs for the provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignForProvider {
    /// The agreement.
    pub agreement: AgreementId,
}

impl Command for SignForProvider {
    const ACTION: Action = Action::SignForProvider;
    type Answer = AgreementKept;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.agreement, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<AgreementKept, Failure> {
        let mut agreement: Agreement = tx.get(self.agreement).await?;
        let facts = AgreementFacts { side: OrganisationKind::Provider, lacks: None, signatory_took_part: false };
        agreement.state = agreement.state.after(AgreementAct::SignForProvider, &facts).map_err(Failure::refused)?;
        (agreement.provider_signed_by, agreement.provider_signed_at) = (Some(tx.caller().person), Some(tx.at()));
        let event = json!({ "shape": 1, "state": agreement.state });
        tx.update(&mut agreement, &event).await?;
        Ok(AgreementKept::of(&agreement, None))
    }
}

/// Signs for the council: the last act that binds it. Takes the place and commits the money in the same transaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignForCouncil {
    /// The agreement.
    pub agreement: AgreementId,
}

impl Command for SignForCouncil {
    const ACTION: Action = Action::SignForCouncil;
    type Answer = AgreementKept;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.agreement, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<AgreementKept, Failure> {
        let mut agreement: Agreement = tx.get(self.agreement).await?;
        let referral: Referral = tx.get(agreement.referral_id).await?;
        let by = tx.caller().person;
        let took_part = referral.written_by == by || referral.preferred_by == Some(by);
        let facts = AgreementFacts { side: OrganisationKind::Council, lacks: None, signatory_took_part: took_part };
        agreement.state = agreement.state.after(AgreementAct::SignForCouncil, &facts).map_err(Failure::refused)?;
        let placement = store::purchasing::placement::of_referral(tx, referral.id).await?;
        if let Some(placement) = &placement {
            // An emergency: the child lives there already, and the place was taken on that day.
            agreement.state = agreement.state.after(AgreementAct::Start, &facts).map_err(Failure::refused)?;
            close_seen(tx, agreement.org_id, placement.id.0, StartTask::AgreementSigned).await?;
        } else {
            take_up(tx, &agreement).await?;
        }
        let starts_on = placement.map_or(agreement.starts_on, |placement| placement.started_on);
        let commitment = promise(tx, &agreement, &referral, starts_on).await?;
        (agreement.council_signed_by, agreement.council_signed_at) = (Some(by), Some(tx.at()));
        let event = json!({ "shape": 1, "state": agreement.state, "commitment": commitment });
        tx.update(&mut agreement, &event).await?;
        Ok(AgreementKept::of(&agreement, Some(commitment)))
    }
}

/// Commits what the agreement is expected to cost from this day: the agreed first day, or that of the move once it is known.
pub(crate) async fn promise(tx: &mut Tx, agreement: &Agreement, referral: &Referral, starts_on: Day) -> Result<CommitmentId, Failure> {
    let consortium = store::governance::consortium::in_force(tx).await?;
    let service: Service = tx.get(agreement.service_id).await?;
    let framework = referral.framework.as_deref().ok_or_else(|| Fault::inconsistent("referral.framework", "an agreement without one"))?;
    let ends_on = agreement.content()?.expected_end_on;
    let weekly = domain::pence::WeeklyRate(agreement.weekly_pence);
    let expected = ledger::expected(&consortium, framework, service.kind, weekly, starts_on, ends_on)?;
    ledger::commit(tx, agreement.org_id, framework, agreement.id, &expected).await
}

/// Takes the place and accepts the offer, judged once more because days lie between the choice and this moment.
pub(crate) async fn take_up(tx: &mut Tx, agreement: &Agreement) -> Result<(), Failure> {
    let mut service: Service = tx.get(agreement.service_id).await?;
    let is_counted = service.kind == ServiceKind::Home || service.places_registered > 0;
    if is_counted && service.places_taken >= service.places_registered {
        return Err(Failure::refused(format!("the last place was taken: {} has no place left", service.name)));
    }
    let case = Case::load(tx, agreement.referral_id).await?;
    let mut offer = case.offer(agreement.offer_id)?.clone();
    let today = Day::in_uk(tx.at());
    let mut found = case.assess(tx, &offer, &overrides(&offer)?, today).await?;
    if is_counted {
        // The place itself is what is taken below, conditionally: room is not judged by a picture of it.
        let passed = found.gates.iter().find(|gate| gate.code == GateCode::Vacancy).map(|gate| format!("{}: ", gate.code));
        found.open_reds.retain(|red| passed.as_ref().is_none_or(|vacancy| !red.starts_with(vacancy)));
    }
    let facts = OfferFacts { approvals: Approvals::Given, ..known(&case, &offer, &found, today)? };
    all_approved(tx, &offer).await?;
    offer.state = offer.state.after(OfferAct::Accept, &facts).map_err(Failure::refused)?;
    let event = json!({ "shape": 1, "state": offer.state, "agreement": agreement.id });
    tx.update(&mut offer, &event).await?;
    if is_counted {
        service.places_taken += 1;
        tx.update(&mut service, &json!({ "shape": 1, "change": "a place was taken" })).await?;
    }
    Ok(())
}

/// One agreement.
#[derive(Debug, Clone, Copy)]
pub struct GetAgreement {
    /// Which.
    pub agreement: AgreementId,
}

/// What a party reads of an agreement.
#[derive(Debug, Clone)]
pub struct AgreementView {
    /// The agreement.
    pub id: AgreementId,
    /// For the next form.
    pub version: i64,
    /// Where it stands.
    pub state: AgreementState,
    /// The referral.
    pub referral: ReferralId,
    /// When it was issued.
    pub issued_at: Instant,
    /// What was agreed. Those of the council who do not work on the child's case, but sign or pay, read the child's number,
    /// not the name; those who pay read nothing that describes the child. What they do not read is empty, in the document too.
    pub content: AgreementContent,
    /// Who signed for the provider, by name, and when.
    pub provider_signed: Option<(String, Instant)>,
    /// Who signed for the council, by name, and when.
    pub council_signed: Option<(String, Instant)>,
    /// Why the council took it back, while it is not issued anew.
    pub taken_back_reason: Option<String>,
}

impl Query for GetAgreement {
    const ACTION: Action = Action::SeeAgreement;
    type Answer = AgreementView;

    fn sensitive(&self) -> Option<Uuid> {
        Some(self.agreement.0)
    }

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(reads, self.agreement, caller).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<AgreementView, Failure> {
        let agreement: Agreement = reads.get(self.agreement).await?;
        let mut content = agreement.content()?;
        if caller.kind == OrganisationKind::Council && !could(caller.role, Action::SeeReferral) {
            content.child.name.clear();
            // Whoever signs must see what is signed; whoever pays need not know why a child needs what is paid for.
            if !could(caller.role, Action::SignForCouncil) {
                content.child.describe_nothing();
            }
        }
        let provider_signed = signed(reads, agreement.provider_signed_by, agreement.provider_signed_at).await?;
        let council_signed = signed(reads, agreement.council_signed_by, agreement.council_signed_at).await?;
        Ok(AgreementView {
            id: agreement.id,
            version: agreement.version,
            state: agreement.state,
            referral: agreement.referral_id,
            issued_at: agreement.issued_at,
            content,
            provider_signed,
            council_signed,
            taken_back_reason: agreement.taken_back_reason,
        })
    }
}

async fn signed(reads: &mut ReadTx, by: Option<PersonId>, at: Option<Instant>) -> Result<Option<(String, Instant)>, Failure> {
    let Some((by, at)) = by.zip(at) else { return Ok(None) };
    let name = reads.find::<Person>(by).await?.map_or_else(|| by.to_string(), |person| person.name);
    Ok(Some((name, at)))
}

/// A part of the agreements to which the caller's organisation is a party, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Agreements(pub Slice<(Instant, Uuid)>);

/// One line of the list.
#[derive(Debug, Clone)]
pub struct AgreementLine {
    /// The agreement.
    pub id: AgreementId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: AgreementState,
    /// When it was sent to the provider.
    pub issued_at: Instant,
    /// The first day.
    pub starts_on: Day,
    /// The service's name.
    pub service_name: String,
}

impl Query for Agreements {
    const ACTION: Action = Action::SeeAgreement;
    type Answer = Vec<AgreementLine>;

    async fn relation(&self, _: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(if caller.kind == OrganisationKind::Provider { Relation::Counterparty } else { Relation::Own }))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<AgreementLine>, Failure> {
        let agreements = if caller.kind == OrganisationKind::Provider {
            store::purchasing::agreement::of_provider(reads, caller.organisation, &self.0).await?
        } else {
            store::purchasing::agreement::of_council(reads, caller.organisation, &self.0).await?
        };
        let mut lines = Vec::new();
        for one in agreements {
            let service_name = reads.get::<Service>(one.service_id).await?.name;
            lines.push(AgreementLine {
                id: one.id,
                number: one.number,
                state: one.state,
                issued_at: one.issued_at,
                starts_on: one.starts_on,
                service_name,
            });
        }
        Ok(lines)
    }
}
