//! What is stored, as the rules want to see it. Nothing here reads or writes the database.

use domain::Code as _;
use domain::calendar::{Day, Instant};
use domain::consortium::{Consortium, CouncilCode};
use domain::money::price::{Maximum, MaximumPrices, PriceError, PriceVerdict, check_offer};
use domain::pence::WeeklyRate;
use domain::place::{Place, PlaceFlags, Point, judge};
use domain::procurement::contract::Suspension;
use domain::purchasing::fields::Answers;
use domain::purchasing::gates::{BeyondLimit, ChildToMatch, Household, ImpactAssessment, PlaceOffered};
use domain::purchasing::offer::{Approvals, OfferFacts, OfferRefusal, PriceStanding, Standing, Wave};
use domain::purchasing::service::{AcceptedGender, AgeRange, Gender, ManagerStanding, Need, ServiceFacts, Setting};
use domain::registration::{Rating, ServiceKind, Urn};
use store::Fault;
use store::market::service::{Admission, Service};

use crate::{Failure, FieldProblem};

/// The service as the checks see it. What the offer says of the foster household, or of the manager today, is nearer to the
/// truth than the register.
pub(crate) fn service_facts(service: &Service, offered: &Answers) -> Result<ServiceFacts, Fault> {
    let number = |key: &str| offered.number(key);
    let needs: Vec<String> = serde_json::from_str(&service.needs).map_err(|error| Fault::inconsistent("service.needs", error))?;
    let registered = ServiceFacts {
        setting: Setting::from(service.kind),
        urn: Urn::parse(&service.urn).ok(),
        rating: service.rating,
        inspected_on: service.inspected_on,
        registered_places: whole(service.places_registered),
        places_taken: whole(service.places_taken),
        is_scope_stated: service.is_scope_stated == Some(true),
        ages: AgeRange { from_years: whole(service.age_from), to_years: whole(service.age_to) },
        genders: accepted(&service.gender),
        needs: needs.iter().filter_map(|code| Need::from_code(code).ok()).collect(),
        manager: offered.one("manager").unwrap_or(if service.is_manager_registered {
            ManagerStanding::Registered
        } else {
            ManagerStanding::Vacant
        }),
        standing: service.status,
        documents: Vec::new(),
    };
    Ok(match service.kind {
        // Not every child in a home was placed through Nearhome.
        ServiceKind::Home => {
            ServiceFacts { places_taken: registered.places_taken.max(number("residents").unwrap_or_default()), ..registered }
        }
        ServiceKind::Fostering => ServiceFacts {
            registered_places: number("approved_number").unwrap_or(registered.registered_places),
            places_taken: number("foster_children").unwrap_or_default(),
            is_scope_stated: number("approved_from_age").is_some() && number("approved_to_age").is_some(),
            ages: AgeRange {
                from_years: number("approved_from_age").unwrap_or(registered.ages.from_years),
                to_years: number("approved_to_age").unwrap_or(registered.ages.to_years),
            },
            ..registered
        },
    })
}

fn whole(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

fn accepted(gender: &str) -> AcceptedGender {
    match gender {
        "FEMALE" | "GIRLS" => AcceptedGender::Girls,
        "MALE" | "BOYS" => AcceptedGender::Boys,
        _ => AcceptedGender::Any,
    }
}

/// The child as the checks see them on the day of the move.
pub(crate) fn child_to_match(referral: &Answers, born_on: Day, on: Day) -> ChildToMatch {
    let together = matches!(referral.text("siblings"), Some("TOGETHER" | "TOGETHER_IF_POSSIBLE"));
    let siblings = referral.number("sibling_count").filter(|_| together).unwrap_or_default();
    ChildToMatch {
        age_years: born_on.age_on(on),
        gender: referral.one("gender").unwrap_or(Gender::Other),
        needs: Need::ALL.iter().copied().filter(|need| referral.get("main_needs").is_some_and(|answer| answer.is(need.code()))).collect(),
        placed_together: siblings.saturating_add(1),
    }
}

/// The foster household of an offer; none for a home. That all are brothers and sisters is believed only of a child who has any:
/// the limit is the law's.
pub(crate) fn household(kind: ServiceKind, referral: &Answers, offered: &Answers) -> Option<Household> {
    let has_siblings = !matches!(referral.text("siblings"), None | Some("NO_SIBLINGS"));
    let beyond_limit = match offered.text("exemption") {
        Some("SIBLINGS") if has_siblings => BeyondLimit::AllSiblings,
        Some("EXEMPTED") => BeyondLimit::Exempted,
        Some(_) | None => BeyondLimit::None,
    };
    let foster_children = offered.number("foster_children").unwrap_or_default();
    (kind == ServiceKind::Fostering).then_some(Household { foster_children, beyond_limit })
}

/// The place on offer, in the provider's words.
pub(crate) fn place(kind: ServiceKind, offered: &Answers) -> PlaceOffered {
    let is_within = offered.get("within_purpose").map(|answer| answer.is("yes"));
    PlaceOffered {
        free_from: offered.day("available_from"),
        free_until: offered.day("available_to"),
        is_within_purpose: is_within.filter(|_| kind == ServiceKind::Home),
    }
}

/// What a home's impact assessment says.
pub(crate) fn impact(kind: ServiceKind, offered: &Answers) -> ImpactAssessment {
    match (kind, offered.text("impact")) {
        (ServiceKind::Fostering, _) | (ServiceKind::Home, Some("EMPTY")) => ImpactAssessment::NotNeeded,
        (ServiceKind::Home, Some("SUPPORTS")) => ImpactAssessment::Supports,
        (ServiceKind::Home, Some("ADVISES_AGAINST")) => ImpactAssessment::AdvisesAgainst,
        (ServiceKind::Home, Some(_) | None) => ImpactAssessment::Missing,
    }
}

/// The category under which a price is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bought<'a> {
    pub framework: &'a str,
    pub category: &'a str,
}

/// The tendered and the published maximum that hold for a service, each with its days.
pub(crate) fn maxima(
    consortium: &Consortium,
    bought: Bought<'_>,
    admission: &Admission,
) -> Result<(MaximumPrices, MaximumPrices), Failure> {
    let category = consortium.framework(bought.framework).and_then(|framework| framework.category(bought.category));
    let (_, category) = category.ok_or_else(|| Failure::refused(format!("the category {} is not configured", bought.category)))?;
    let (weekly, from) = (WeeklyRate(admission.tendered_max_pence), admission.admitted_on);
    let tendered = Maximum { weekly, from, to: admission.ended_on.map(|ended| ended.plus_days(-1)) };
    let published = category.maximum_prices().map_err(Failure::refused)?;
    Ok((MaximumPrices::new(vec![tendered]).map_err(Failure::refused)?, published))
}

/// How a core price stands to the maxima of the day of the offer; nothing for a service off the framework, whose price is
/// bound by its own approval alone.
pub(crate) fn verdict(
    consortium: &Consortium,
    bought: Bought<'_>,
    admission: Option<&Admission>,
    core: WeeklyRate,
    offered_on: Day,
) -> Result<Option<PriceVerdict>, Failure> {
    let Some(admission) = admission.filter(|admission| has_place(admission, offered_on)) else { return Ok(None) };
    let (tendered, published) = maxima(consortium, bought, admission)?;
    match check_offer(core, &tendered, &published, offered_on) {
        Ok(verdict) => Ok(Some(verdict)),
        Err(error @ PriceError::NoMaximumOn { .. }) => Err(Failure::refused(error)),
        Err(error) => Err(Failure::invalid("core_weekly", error.to_string())),
    }
}

/// Whether an admission holds on a day and is not suspended.
pub(crate) fn is_admitted(admission: &Admission, on: Day) -> bool {
    has_place(admission, on) && !suspension(admission).is_some_and(|suspension| suspension.holds(on))
}

/// Whether an admission holds on a day, suspended or not: whoever is suspended keeps the place and its prices.
pub(crate) fn has_place(admission: &Admission, on: Day) -> bool {
    admission.admitted_on <= on && admission.ended_on.is_none_or(|ended| on < ended)
}

/// Between which days an admission makes no new placement.
pub(crate) fn suspension(admission: &Admission) -> Option<Suspension> {
    Suspension::of(admission.suspended_from, admission.suspended_until)
}

/// Where a service stands on the National Grid; nothing while that is not known.
pub(crate) fn point(service: &Service) -> Option<Point> {
    Some(Point { easting: i32::try_from(service.easting?).ok()?, northing: i32::try_from(service.northing?).ok()? })
}

/// The three flags of a service for a placing council; nothing while its place is not known.
pub(crate) fn flags(consortium: &Consortium, placing: &CouncilCode, service: &Service) -> Result<Option<PlaceFlags>, Failure> {
    let Some((point, council)) = point(service).zip(service.council_code.clone()) else { return Ok(None) };
    judge(consortium, placing, &Place { point, council: CouncilCode(council) }).map(Some).map_err(Failure::refused)
}

/// Frozen while the service takes no new placements, and when it was judged inadequate after the offer was made and nobody has found
/// it safe since.
pub(crate) fn standing_since(service: &Service, submitted_at: Option<Instant>) -> Standing {
    let submitted_on = submitted_at.map(Day::in_uk);
    if !service.status.takes_children() {
        return Standing::Frozen { since: service.suspended_on.or(submitted_on).unwrap_or(Day::FIRST) };
    }
    match (service.rating, service.inspected_on, submitted_on) {
        (Rating::Inadequate, Some(since), Some(submitted)) if since >= submitted && service.assured_on.is_none_or(|on| on < since) => {
            Standing::Frozen { since }
        }
        _ => Standing::Clear,
    }
}

/// Refuses what would bring a child nearer to a service that takes no new placements.
pub(crate) fn not_frozen(service: &Service, submitted_at: Option<Instant>) -> Result<(), Failure> {
    match standing_since(service, submitted_at) {
        Standing::Clear => Ok(()),
        Standing::Frozen { since } => Err(Failure::refused(OfferRefusal::Frozen { since })),
    }
}

/// Facts of an offer in which nothing stands in the way; each act fills in what concerns it.
pub(crate) fn calm(today: Day) -> OfferFacts {
    OfferFacts {
        missing: Vec::new(),
        wave: Wave::Open,
        standing: Standing::Clear,
        same_home_offers: 0,
        other_awards: 0,
        red_gates: Vec::new(),
        price: PriceStanding::Within,
        rank: None,
        reason: String::new(),
        valid_until: None,
        today,
        approvals: Approvals::Open,
    }
}

/// Every open question as a problem at its input.
pub(crate) fn problems(errors: Vec<domain::purchasing::fields::FieldError>) -> Vec<FieldProblem> {
    errors.into_iter().map(|error| FieldProblem::at(error.input, error.message)).collect()
}
