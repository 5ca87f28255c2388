//! A council's side of the offers: every check and every part of the ranking.

use std::collections::BTreeMap;

use domain::access::{Action, Relation, could};
use domain::calendar::{Day, Instant};
use domain::consortium::framework::Criterion;
use domain::consortium::{Consortium, CouncilCode, LocalArea};
use domain::governance::approval::ApprovalKind;
use domain::governance::reading::{OFFER_ANSWERS_OF_PRICE_AND_HOME, is_gate_of_the_child, reads_of_the_child};
use domain::ids::{OfferId, OrganisationId, PersonId, ReferralId, ServiceId};
use domain::money::price::PriceVerdict;
use domain::pence::{Pence, WeeklyRate};
use domain::people::{Caller, Role};
use domain::place::{PlaceFlags, Point, Postcode};
use domain::purchasing::fields::Answers;
use domain::purchasing::gates::{AdmissionStanding, Gate, GateFacts, GateOverride, gates, open_reds};
use domain::purchasing::matching::{Candidate, Ranking, Score as GivenScore, rank};
use domain::purchasing::offer::{DeclineReason, OfferState, PriceStanding};
use domain::purchasing::offer_form::valid_until;
use domain::purchasing::referral::ReferralState;
use domain::registration::{Rating, ServiceKind};
use store::governance::approval::{Approval, ApprovalState};
use store::market::service::{Service, latest_admission};
use store::people::organisation::Organisation;
use store::purchasing::offer::{Offer, Score};
use store::purchasing::referral::{Child, Referral};
use store::{Fault, ReadTx, Reads};
use uuid::Uuid;

use super::facts::{self, Bought};
pub use super::scoring::ScoreOffer;
use crate::{Failure, Query};

/// How a caller stands to an offer: the council that asked owns it.
pub(crate) async fn relation_to_offer(reads: &mut impl Reads, offer: OfferId, caller: &Caller) -> Result<Option<Relation>, Failure> {
    let Some(offer) = reads.find::<Offer>(offer).await? else { return Ok(None) };
    Ok(if offer.org_id == caller.organisation {
        Some(Relation::Own)
    } else if offer.provider_id == caller.organisation {
        Some(Relation::Counterparty)
    } else {
        None
    })
}

/// How a caller stands to a referral: its own council's, or nothing.
pub(crate) async fn relation_to_referral(
    reads: &mut impl Reads,
    referral: ReferralId,
    caller: &Caller,
) -> Result<Option<Relation>, Failure> {
    let referral = reads.find::<Referral>(referral).await?;
    Ok(referral.filter(|referral| referral.org_id == caller.organisation).map(|_| Relation::Own))
}

/// A referral with all that offers are judged by.
#[derive(Debug)]
pub(crate) struct Case {
    pub referral: Referral,
    pub answers: Answers,
    pub born_on: Day,
    /// The first half of the child's home postcode.
    pub home_outward: Option<String>,
    pub council: Organisation,
    pub consortium: Consortium,
    pub offers: Vec<Offer>,
    pub scores: Vec<Score>,
    pub approvals: Vec<Approval>,
}

/// One offer with everything that was found about it.
#[derive(Debug)]
pub(crate) struct Assessed {
    pub service: Service,
    pub provider: Organisation,
    pub gates: Vec<Gate>,
    pub open_reds: Vec<String>,
    pub is_off_framework: bool,
    pub verdict: Option<PriceVerdict>,
    pub price: PriceStanding,
    pub flags: Option<PlaceFlags>,
}

impl Case {
    pub(crate) async fn load(reads: &mut impl Reads, referral: ReferralId) -> Result<Self, Failure> {
        let referral: Referral = reads.get(referral).await?;
        let child: Child = reads.get(referral.child_id).await?;
        let answers = referral.answers()?;
        let born_on = child.born_on.or(answers.day("date_of_birth"));
        let offers = store::purchasing::offer::of_referral(reads, referral.org_id, referral.id).await?;
        let mut approvals = Vec::new();
        for offer in offers.iter().filter(|offer| offer.is_price_exception || offer.state.is_award()) {
            approvals.extend(store::governance::approval::of_offer(reads, referral.org_id, offer.id).await?);
        }
        Ok(Self {
            home_outward: child.home_postcode.as_deref().and_then(|text| Some(Postcode::parse(text).ok()?.outward().to_owned())),
            born_on: born_on.ok_or_else(|| Failure::refused("enter the child's date of birth first"))?,
            council: reads.get(referral.org_id).await?,
            consortium: store::governance::consortium::in_force(reads).await?,
            scores: store::purchasing::offer::scores_of_referral(reads, referral.org_id, referral.id).await?,
            offers,
            approvals,
            answers,
            referral,
        })
    }

    /// The offer with this id among those of the referral.
    pub(crate) fn offer(&self, id: OfferId) -> Result<&Offer, Failure> {
        self.offers.iter().find(|offer| offer.id == id).ok_or_else(Failure::absent)
    }

    pub(crate) fn council_code(&self) -> Result<CouncilCode, Fault> {
        let code = self.council.council_code.clone();
        code.map(CouncilCode).ok_or_else(|| Fault::inconsistent("organisation.council_code", "a council without a code"))
    }

    /// Framework, lot and category, which every released referral has; before, there is nothing to compare.
    pub(crate) fn bought(&self) -> Result<(&str, &str, &str), Failure> {
        let referral = &self.referral;
        match (&referral.framework, &referral.lot, &referral.category) {
            (Some(framework), Some(lot), Some(category)) => Ok((framework, lot, category)),
            _ => Err(Failure::refused("this referral was not sent to providers yet, so there are no offers")),
        }
    }

    pub(crate) fn criteria(&self) -> Result<&[Criterion], Failure> {
        let (framework, ..) = self.bought()?;
        let framework = self.consortium.framework(framework);
        Ok(&framework.ok_or_else(|| Failure::refused("the framework of this referral is not configured any more"))?.criteria)
    }

    /// How many offers, this one left out, are preferred or accepted.
    pub(crate) fn other_awards(&self, offer: OfferId) -> u32 {
        let awards = self.offers.iter().filter(|other| other.id != offer && other.state.is_award()).count();
        u32::try_from(awards).unwrap_or(u32::MAX)
    }

    fn price_standing(&self, offer: &Offer) -> PriceStanding {
        let is_given = |approval: &Approval| {
            approval.offer_id == offer.id && approval.kind == ApprovalKind::PriceException && approval.state == ApprovalState::Approved
        };
        if !offer.is_price_exception {
            PriceStanding::Within
        } else if self.approvals.iter().any(is_given) {
            PriceStanding::ExceptionApproved
        } else {
            PriceStanding::ExceptionOpen
        }
    }

    /// Judges one offer by everything that is known today.
    pub(crate) async fn assess(
        &self,
        reads: &mut impl Reads,
        offer: &Offer,
        overrides: &[GateOverride],
        today: Day,
    ) -> Result<Assessed, Failure> {
        let service: Service = reads.get(offer.service_id).await?;
        let provider: Organisation = reads.get(offer.provider_id).await?;
        let offered = offer.answers()?;
        let (framework, lot, category) = self.bought()?;
        let offered_on = Day::in_uk(offer.submitted_at.unwrap_or(self.referral.written_at));
        let admission = store::market::service::admission(reads, service.id, framework, lot, category, offered_on).await?;
        let is_off_framework = admission.as_ref().is_none_or(|admission| !facts::has_place(admission, offered_on));
        // What was offered under the award before is held to what is suspended now.
        let latest = latest_admission(reads, service.id, framework, lot, category).await?;
        let core = WeeklyRate(offer.core_weekly_pence.unwrap_or_default());
        let verdict = facts::verdict(&self.consortium, Bought { framework, category }, admission.as_ref(), core, offered_on)?;
        let moves_in_on = self.referral.needed_by.or_else(|| offered.day("available_from")).unwrap_or(offered_on);
        let gates = gates(&GateFacts {
            service: &facts::service_facts(&service, &offered)?,
            child: &facts::child_to_match(&self.answers, self.born_on, moves_in_on),
            admission: if is_off_framework { AdmissionStanding::NotAdmitted } else { AdmissionStanding::Admitted },
            suspension: latest.as_ref().and_then(facts::suspension),
            allowed_ratings: self.consortium.framework(framework).map_or(&[], |framework| &framework.allowed_ratings),
            household: facts::household(service.kind, &self.answers, &offered),
            place: facts::place(service.kind, &offered),
            impact: facts::impact(service.kind, &offered),
            price: self.price_standing(offer),
            moves_in_on,
            today,
        });
        Ok(Assessed {
            open_reds: open_reds(&gates, overrides),
            gates,
            is_off_framework,
            verdict,
            price: self.price_standing(offer),
            flags: facts::flags(&self.consortium, &self.council_code()?, &service)?,
            service,
            provider,
        })
    }

    /// Judges and ranks all offers that are still in the running.
    pub(crate) async fn rank(&self, reads: &mut impl Reads, today: Day) -> Result<(BTreeMap<OfferId, Assessed>, Ranking), Failure> {
        let mut assessed = BTreeMap::new();
        let mut candidates = Vec::new();
        for offer in self.offers.iter().filter(|offer| offer.submitted_at.is_some()) {
            let found = self.assess(reads, offer, &overrides(offer)?, today).await?;
            if offer.state.is_live() || offer.state == OfferState::Accepted {
                candidates.push(self.candidate(offer, &found)?);
            }
            assessed.insert(offer.id, found);
        }
        let ranking = rank(self.criteria()?, self.consortium.local.radius_miles, &candidates);
        Ok((assessed, ranking))
    }

    fn candidate(&self, offer: &Offer, found: &Assessed) -> Result<Candidate, Failure> {
        let mut scores: BTreeMap<String, Vec<GivenScore>> = BTreeMap::new();
        for score in self.scores.iter().filter(|score| score.offer_id == offer.id) {
            let tenths = u32::try_from(score.tenths).map_err(|error| Fault::inconsistent("score.tenths", error))?;
            scores.entry(score.criterion.clone()).or_default().push(GivenScore { by: score.scored_by, tenths });
        }
        Ok(Candidate {
            offer: offer.id,
            weekly: weekly(offer)?,
            distance_tenths_of_mile: found.flags.map(|flags| flags.miles.tenths),
            submitted_at: offer.submitted_at.unwrap_or(self.referral.written_at),
            scores,
            red_gates: found.open_reds.clone(),
        })
    }
}

/// What an offer costs a week, extras included.
pub(crate) fn weekly(offer: &Offer) -> Result<WeeklyRate, Failure> {
    let core = offer.core_weekly_pence.unwrap_or_default();
    core.plus(offer.extras_weekly_pence.unwrap_or_default()).map(WeeklyRate).map_err(Failure::refused)
}

/// The red checks that a senior manager let pass for an offer.
pub(crate) fn overrides(offer: &Offer) -> Result<Vec<GateOverride>, Fault> {
    serde_json::from_str(&offer.overrides).map_err(|error| Fault::inconsistent("offer.overrides", error))
}

/// All answers to a referral side by side.
#[derive(Debug, Clone, Copy)]
pub struct CompareOffers {
    /// Which referral.
    pub referral: ReferralId,
    /// The day on which it is asked.
    pub today: Day,
}

/// What the comparison shows.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The referral.
    pub referral: ReferralId,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: ReferralState,
    /// Under what is bought: framework, lot and category in words.
    pub category: String,
    /// By what offers are compared.
    pub criteria: Vec<Criterion>,
    /// Ranked, waiting for scores, and stopped by a check.
    pub ranking: Ranking,
    /// Every offer that was sent, whatever became of it.
    pub offers: Vec<OfferCompared>,
    /// Every decline, with its reason.
    pub declines: Vec<Decline>,
    /// The choice, once made, with its reason.
    pub preferred: Option<(OfferId, Option<String>)>,
    /// From where the consortium measures, and its radius.
    pub local: LocalArea,
    /// The first half of the child's home postcode, and only for those who may read the referral. Nobody needs more of it to
    /// compare offers.
    pub home_outward: Option<String>,
}

/// One offer in the comparison.
#[derive(Debug, Clone)]
pub struct OfferCompared {
    /// The offer.
    pub id: OfferId,
    /// For the next form.
    pub version: i64,
    /// Where it stands.
    pub state: OfferState,
    /// The home or branch.
    pub service: ServiceOffered,
    /// Every check, in the order in which people read them.
    pub gates: Vec<Gate>,
    /// Red checks that a senior manager let pass.
    pub overrides: Vec<GateOverride>,
    /// Miles from the consortium's reference point, and the three flags; none while the place is not known.
    pub flags: Option<PlaceFlags>,
    /// Where it stands; none while that is not known.
    pub point: Option<Point>,
    /// Core a week.
    pub core: Pence,
    /// Core and extras a week.
    pub weekly: WeeklyRate,
    /// The same a year.
    pub yearly: Pence,
    /// Against the maxima of the day of the offer; none off the framework.
    pub verdict: Option<PriceVerdict>,
    /// Whether the price may be paid.
    pub price: PriceStanding,
    /// When it was sent.
    pub submitted_at: Option<Instant>,
    /// The last day on which it binds the provider.
    pub valid_until: Option<Day>,
    /// What was answered.
    pub answers: Answers,
    /// Scores so far.
    pub scores: Vec<ScoreShown>,
    /// Why it was not selected or was withdrawn.
    pub outcome_reason: Option<String>,
}

/// The service of an offer.
#[derive(Debug, Clone)]
pub struct ServiceOffered {
    /// Its id.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// The council in whose area it stands; none while the place is not known.
    pub area: Option<String>,
    /// Ofsted's number.
    pub urn: String,
    /// What it is.
    pub kind: ServiceKind,
    /// Whose it is.
    pub provider: OrganisationId,
    /// Their name.
    pub provider_name: String,
    /// The latest judgement.
    pub rating: Rating,
    /// Of which day.
    pub inspected_on: Option<Day>,
    /// Registered places.
    pub places: i64,
    /// Places free.
    pub free: i64,
}

/// One given score.
#[derive(Debug, Clone)]
pub struct ScoreShown {
    /// The criterion's code.
    pub criterion: String,
    /// Tenths of the scale.
    pub tenths: i64,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: PersonId,
}

/// One decline.
#[derive(Debug, Clone)]
pub struct Decline {
    /// By which service.
    pub service: ServiceId,
    /// Its name.
    pub service_name: String,
    /// Why.
    pub reason: Option<DeclineReason>,
    /// The same in the provider's words.
    pub note: Option<String>,
}

impl Query for CompareOffers {
    const ACTION: Action = Action::SeeOffers;
    type Answer = Comparison;

    fn sensitive(&self) -> Option<Uuid> {
        Some(self.referral.0)
    }

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation_to_referral(reads, self.referral, caller).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Comparison, Failure> {
        compare(reads, self.referral, caller, self.today).await
    }
}

pub(crate) async fn compare(reads: &mut ReadTx, referral: ReferralId, caller: &Caller, today: Day) -> Result<Comparison, Failure> {
    let case = Case::load(reads, referral).await?;
    let (mut assessed, ranking) = case.rank(reads, today).await?;
    let mut offers = Vec::new();
    let mut declines = Vec::new();
    for offer in &case.offers {
        if let Some(found) = assessed.remove(&offer.id) {
            offers.push(compared(&case, offer, found)?);
        } else {
            let service: Service = reads.get(offer.service_id).await?;
            let note = offer.answers()?.text("decline_note").map(str::to_owned);
            declines.push(Decline { service: service.id, service_name: service.name, reason: offer.decline_reason, note });
        }
    }
    let (framework, lot, category) = case.bought()?;
    let mut comparison = Comparison {
        referral,
        number: case.referral.number.clone(),
        state: case.referral.state,
        category: case.consortium.category_in_words(framework, lot, category),
        criteria: case.criteria()?.to_vec(),
        ranking,
        offers,
        declines,
        preferred: case.referral.preferred_offer.map(|offer| (offer, case.referral.preferred_reason.clone())),
        home_outward: case.home_outward.clone().filter(|_| could(caller.role, Action::SeeReferral)),
        local: case.consortium.local,
    };
    if !reads_of_the_child(caller.role) {
        comparison.keep_back_the_child();
    }
    Ok(comparison)
}

impl Comparison {
    /// Who approves a price sees the offers, their prices, homes, checks and ranks, and nothing that anybody wrote about the child:
    /// no answer on care, no reason of a choice, score, check or decline.
    fn keep_back_the_child(&mut self) {
        self.home_outward = None;
        self.preferred = self.preferred.take().map(|(offer, _)| (offer, None));
        for decline in &mut self.declines {
            decline.note = None;
        }
        for apart in &mut self.ranking.stopped {
            apart.reasons = vec!["a check stops this offer".to_owned()];
        }
        for offer in &mut self.offers {
            offer.answers.0.retain(|key, _| OFFER_ANSWERS_OF_PRICE_AND_HOME.contains(&key.as_str()));
            offer.outcome_reason = None;
            offer.scores.iter_mut().for_each(|score| score.reason.clear());
            offer.overrides.iter_mut().for_each(|one| one.reason.clear());
            offer.gates.iter_mut().filter(|gate| is_gate_of_the_child(gate.code)).for_each(|gate| gate.reason.clear());
        }
    }
}

/// The council in whose area a home stands, by name. Of councils that are no members the consortium keeps names of counties only.
fn area_of(consortium: &Consortium, code: Option<&str>) -> Option<String> {
    let code = CouncilCode(code?.to_owned());
    let code = consortium.responsible_council(&code);
    let county = || consortium.counties.iter().find(|county| county.code == *code).map(|county| county.name.clone());
    let name = consortium.council(code).map(|council| council.name.clone()).or_else(county);
    Some(name.unwrap_or_else(|| "A council outside the consortium".to_owned()))
}

fn compared(case: &Case, offer: &Offer, found: Assessed) -> Result<OfferCompared, Failure> {
    let weekly = weekly(offer)?;
    let answers = offer.answers()?;
    let point = facts::point(&found.service);
    let of_offer = case.scores.iter().filter(|score| score.offer_id == offer.id);
    let shown = |score: &Score| ScoreShown {
        criterion: score.criterion.clone(),
        tenths: score.tenths,
        reason: score.reason.clone(),
        by: score.scored_by,
    };
    Ok(OfferCompared {
        id: offer.id,
        version: offer.version,
        state: offer.state,
        service: ServiceOffered {
            id: found.service.id,
            name: found.service.name,
            area: area_of(&case.consortium, found.service.council_code.as_deref()),
            urn: found.service.urn,
            kind: found.service.kind,
            provider: found.provider.id,
            provider_name: found.provider.name,
            rating: found.service.rating,
            inspected_on: found.service.inspected_on,
            places: found.service.places_registered,
            free: found.service.places_registered - found.service.places_taken,
        },
        gates: found.gates,
        overrides: overrides(offer)?,
        flags: found.flags,
        point,
        core: offer.core_weekly_pence.unwrap_or_default(),
        weekly,
        yearly: weekly.per_year().map_err(Failure::refused)?,
        verdict: found.verdict,
        price: found.price,
        submitted_at: offer.submitted_at,
        valid_until: valid_until(&answers),
        answers,
        scores: of_offer.map(shown).collect(),
        outcome_reason: offer.outcome_reason.clone(),
    })
}

/// The same comparison by the referral's number: of the caller's own council, or of any for the command line, which works for
/// the whole installation. A child is not named in it.
#[derive(Debug, Clone)]
pub struct RankReferral {
    /// Such as `R-2026-0007`: each council counts its own.
    pub number: String,
    /// The ONS code of the council whose referral it is; needed where several councils have one of this number.
    pub council: Option<String>,
    /// The day on which it is asked.
    pub today: Day,
}

impl RankReferral {
    async fn find(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<(Referral, Relation)>, Failure> {
        let mut found = Vec::new();
        for referral in store::purchasing::referral::by_number(reads, &self.number).await? {
            let council: Organisation = reads.get(referral.org_id).await?;
            if self.council.is_some() && self.council != council.council_code {
                continue;
            }
            if caller.role == Role::Worker {
                found.push((referral, Relation::Shared));
            } else if referral.org_id == caller.organisation {
                found.push((referral, Relation::Own));
            }
        }
        Ok(found)
    }
}

impl Query for RankReferral {
    const ACTION: Action = Action::SeeOffers;
    type Answer = Comparison;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(self.find(reads, caller).await?.first().map(|(_, relation)| *relation))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Comparison, Failure> {
        match self.find(reads, caller).await?.as_slice() {
            [] => Err(Failure::absent()),
            [(referral, _)] => compare(reads, referral.id, caller, self.today).await,
            [_, _, ..] => Err(Failure::refused(format!("several councils have a referral {}: say which", self.number))),
        }
    }
}
