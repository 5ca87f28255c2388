//! The checks that an offer passes before it is shortlisted: green, amber or red, each with its reason.
//!
//! A red check stops the offer unless a named senior manager overrides it in words. A statutory red is overridden by
//! nobody: the law forbids the placement.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::Day;
use crate::people::Role;
use crate::procurement::contract::Suspension;
use crate::purchasing::offer::PriceStanding;
use crate::purchasing::service::{Gender, ManagerStanding, Need, ServiceFacts, ServiceStanding, Setting};
use crate::registration::Rating;

codes! {
    /// The outcome of a check.
    pub enum GateColour("gate colour") {
        /// Met.
        Green = "GREEN", "Met";
        /// Met with care, or not known: read the reason.
        Amber = "AMBER", "Check";
        /// Not met.
        Red = "RED", "Not met";
    }
}

codes! {
    /// What is checked.
    pub enum GateCode("gate") {
        /// The kind of place is lawful for the child's age.
        Setting = "SETTING", "Lawful setting";
        /// The service is admitted in the lot and category.
        Admitted = "ADMITTED", "Admitted to the framework";
        /// The framework agreement with its provider is not suspended.
        Agreement = "AGREEMENT", "Framework agreement not suspended";
        /// The service is not suspended.
        Standing = "STANDING", "Not suspended";
        /// The rating is in the allowed set.
        Rating = "RATING", "Ofsted rating";
        /// A manager is registered.
        Manager = "MANAGER", "Registered manager";
        /// The child's age is within the registration.
        Age = "AGE", "Registered for the age";
        /// The child's gender is within the registration.
        Gender = "GENDER", "Registered for the gender";
        /// The child's needs are within the registration.
        Needs = "NEEDS", "Registered for the needs";
        /// The provider says that the child fits its statement of purpose.
        Purpose = "PURPOSE", "Within the statement of purpose";
        /// There is room.
        Vacancy = "VACANCY", "Room for the child";
        /// A foster household keeps to the usual limit.
        FosterLimit = "FOSTER_LIMIT", "Fostering limit";
        /// A home has assessed the impact on the children living there.
        Impact = "IMPACT", "Impact on the children living there";
        /// The price is within the maximum.
        Price = "PRICE", "Price within the maximum";
        /// Documents are in date.
        Documents = "DOCUMENTS", "Documents in date";
    }
}

/// Which rules a gate answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GateForce {
    /// The law: nobody overrides it.
    Statutory,
    /// The councils' own rule: a named senior manager may override it in words.
    Local,
}

/// One check with its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// What was checked.
    pub code: GateCode,
    /// The outcome.
    pub colour: GateColour,
    /// Whether a red outcome is the law's.
    pub force: GateForce,
    /// The outcome in a sentence.
    pub reason: String,
}

/// How the service stands to the framework's lot and category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdmissionStanding {
    /// Admitted.
    Admitted,
    /// Not admitted; a purchase off the framework has been approved.
    OffFrameworkApproved,
    /// Not admitted.
    NotAdmitted,
}

/// Who lives in a foster household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Household {
    /// Foster children living there already.
    pub foster_children: u32,
    /// Why more than the usual number may live together.
    pub beyond_limit: BeyondLimit,
}

/// Why a foster household may hold more than the usual number of children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeyondLimit {
    /// Nothing allows it.
    None,
    /// All of them, with those to come, are brothers and sisters.
    AllSiblings,
    /// The local authority has exempted the household.
    Exempted,
}

/// How a home's assessment of the impact on its residents stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpactAssessment {
    /// Nobody lives there, or it is no home.
    NotNeeded,
    /// Not handed in.
    Missing,
    /// It supports the placement.
    Supports,
    /// It advises against it.
    AdvisesAgainst,
}

/// What the provider says of the place on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlaceOffered {
    /// From when it is free.
    pub free_from: Option<Day>,
    /// The last day on which it is free, when there is one.
    pub free_until: Option<Day>,
    /// The child fits the home's statement of purpose; not asked of a foster home.
    pub is_within_purpose: Option<bool>,
}

/// The child as the gates see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildToMatch {
    /// Completed years on the day of the move.
    pub age_years: u32,
    /// Gender.
    pub gender: Gender,
    /// Needs for which homes are registered.
    pub needs: Vec<Need>,
    /// Children to be placed together, this child among them.
    pub placed_together: u32,
}

/// Everything that the gates judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateFacts<'a> {
    /// The service.
    pub service: &'a ServiceFacts,
    /// The child.
    pub child: &'a ChildToMatch,
    /// Its admission.
    pub admission: AdmissionStanding,
    /// Between which days the framework agreement with its provider is suspended.
    pub suspension: Option<Suspension>,
    /// Ratings with which the framework lets a service take children.
    pub allowed_ratings: &'a [Rating],
    /// The household, for a foster home.
    pub household: Option<Household>,
    /// The place as the provider describes it.
    pub place: PlaceOffered,
    /// The impact assessment, for a children's home.
    pub impact: ImpactAssessment,
    /// The price.
    pub price: PriceStanding,
    /// The day on which the child would move in.
    pub moves_in_on: Day,
    /// The day on which it is judged.
    pub today: Day,
}

/// The usual number of foster children in one household (Children Act 1989, schedule 7).
pub const FOSTER_LIMIT: u32 = 3;
/// From this age accommodation with support, but without care, is lawful.
pub const SUPPORTED_FROM_YEARS: u32 = 16;
/// A document that expires this soon after the move is shown as amber.
const EXPIRES_SOON_DAYS: i64 = 30;

/// Every check of an offer, in the order in which people read them.
#[must_use]
pub fn gates(facts: &GateFacts<'_>) -> Vec<Gate> {
    let mut gates = vec![setting(facts), admitted(facts)];
    gates.extend(agreement(facts));
    gates.extend([
        standing(facts.service.standing),
        rating(facts),
        manager(facts.service.manager),
        age(facts),
        gender(facts),
        needs(facts),
    ]);
    gates.extend(facts.place.is_within_purpose.map(purpose));
    gates.push(vacancy(facts));
    gates.extend(facts.household.map(|household| foster_limit(facts, household)));
    if facts.service.setting == Setting::Home {
        gates.push(impact(facts.impact));
    }
    gates.push(price(facts.price));
    gates.push(documents(facts));
    gates
}

fn gate(code: GateCode, colour: GateColour, reason: impl Into<String>) -> Gate {
    Gate { code, colour, force: GateForce::Local, reason: reason.into() }
}

fn statutory(code: GateCode, colour: GateColour, reason: impl Into<String>) -> Gate {
    Gate { code, colour, force: GateForce::Statutory, reason: reason.into() }
}

fn setting(facts: &GateFacts<'_>) -> Gate {
    let age = facts.child.age_years;
    let (colour, reason) = match facts.service.setting {
        Setting::Unregistered => (GateColour::Red, "the setting must be registered with Ofsted and is not".to_owned()),
        Setting::SupportedAccommodation if age < SUPPORTED_FROM_YEARS => {
            (GateColour::Red, format!("a child of {age} may not live in supported accommodation: care, not support alone, until 16"))
        }
        Setting::Home | Setting::Fostering | Setting::SupportedAccommodation if facts.service.urn.is_none() => {
            (GateColour::Red, "the service has no Ofsted number".to_owned())
        }
        Setting::Home | Setting::Fostering | Setting::SupportedAccommodation => {
            (GateColour::Green, format!("{} is lawful at {age}", facts.service.setting))
        }
    };
    statutory(GateCode::Setting, colour, reason)
}

fn admitted(facts: &GateFacts<'_>) -> Gate {
    let (colour, reason) = match facts.admission {
        AdmissionStanding::Admitted => (GateColour::Green, "admitted in this lot and category"),
        AdmissionStanding::OffFrameworkApproved => (GateColour::Amber, "a purchase off the framework, approved"),
        AdmissionStanding::NotAdmitted => (GateColour::Red, "not admitted in this lot and category"),
    };
    gate(GateCode::Admitted, colour, reason)
}

/// A suspension keeps the place on the framework and makes no new placement under it: neither today nor on the day of the move. Off the
/// framework there is no agreement that could be suspended.
fn agreement(facts: &GateFacts<'_>) -> Option<Gate> {
    let stops = |suspension: &Suspension| suspension.holds(facts.today) || suspension.holds(facts.moves_in_on);
    match facts.admission {
        AdmissionStanding::OffFrameworkApproved | AdmissionStanding::NotAdmitted => None,
        AdmissionStanding::Admitted => Some(match facts.suspension.filter(stops) {
            None => gate(GateCode::Agreement, GateColour::Green, "new placements are made under it"),
            Some(suspension) => {
                gate(GateCode::Agreement, GateColour::Red, format!("suspended {suspension}: no new placements with this provider"))
            }
        }),
    }
}

fn standing(standing: ServiceStanding) -> Gate {
    let (colour, reason) = match standing {
        ServiceStanding::Active => (GateColour::Green, "open for placements"),
        ServiceStanding::Restricted => (GateColour::Amber, "open under conditions: read them"),
        ServiceStanding::Suspended => (GateColour::Red, "suspended: no new placements"),
        ServiceStanding::Removed => (GateColour::Red, "no longer admitted"),
    };
    gate(GateCode::Standing, colour, reason)
}

fn rating(facts: &GateFacts<'_>) -> Gate {
    let rating = facts.service.rating;
    let is_allowed = facts.allowed_ratings.contains(&rating);
    let (colour, reason) = match rating {
        // No configuration makes an inadequate home acceptable.
        Rating::Inadequate => (GateColour::Red, "rated inadequate: no new placements until quality is assured"),
        Rating::RequiresImprovement => (GateColour::Amber, "requires improvement: read the action plan"),
        Rating::NotYetInspected if is_allowed => (GateColour::Amber, "not inspected yet: visit before the move"),
        Rating::Outstanding | Rating::Good if is_allowed => (GateColour::Green, "rated well enough"),
        Rating::Outstanding | Rating::Good | Rating::NotYetInspected => (GateColour::Red, "this rating is not accepted by the framework"),
    };
    gate(GateCode::Rating, colour, format!("{rating}: {reason}"))
}

fn manager(manager: ManagerStanding) -> Gate {
    let colour = match manager {
        ManagerStanding::Registered => GateColour::Green,
        ManagerStanding::Applied | ManagerStanding::Vacant => GateColour::Amber,
    };
    gate(GateCode::Manager, colour, manager.to_string())
}

/// No list says for whom a home is registered, and a guess must not look like a check.
const NOT_STATED: &str = "for whom the service is registered is not on record: read its certificate";

fn age(facts: &GateFacts<'_>) -> Gate {
    let (ages, age) = (facts.service.ages, facts.child.age_years);
    if !facts.service.is_scope_stated {
        return gate(GateCode::Age, GateColour::Amber, format!("the child is {age}; {NOT_STATED}"));
    }
    let colour = if ages.holds(age) { GateColour::Green } else { GateColour::Red };
    gate(GateCode::Age, colour, format!("the child is {age}; registered for {} to {}", ages.from_years, ages.to_years))
}

fn gender(facts: &GateFacts<'_>) -> Gate {
    if !facts.service.is_scope_stated {
        return gate(GateCode::Gender, GateColour::Amber, NOT_STATED);
    }
    let colour = if facts.service.accepts(facts.child.gender) { GateColour::Green } else { GateColour::Red };
    gate(GateCode::Gender, colour, format!("registered for: {}", facts.service.genders))
}

fn needs(facts: &GateFacts<'_>) -> Gate {
    if facts.service.needs.is_empty() && !facts.child.needs.is_empty() {
        return gate(GateCode::Needs, GateColour::Amber, "the registered needs are not recorded: read the statement of purpose");
    }
    let unmet: Vec<&str> =
        facts.child.needs.iter().filter(|need| !facts.service.needs.contains(need)).map(|need| crate::Code::label(*need)).collect();
    if unmet.is_empty() {
        return gate(GateCode::Needs, GateColour::Green, "registered for the child's needs");
    }
    gate(GateCode::Needs, GateColour::Red, format!("not registered for: {}", unmet.join(", ")))
}

fn purpose(is_within: bool) -> Gate {
    if is_within {
        gate(GateCode::Purpose, GateColour::Green, "the provider says that the child fits it")
    } else {
        gate(GateCode::Purpose, GateColour::Red, "the provider says that the child does not fit it")
    }
}

/// Whether there is room, and on the day of the move.
fn vacancy(facts: &GateFacts<'_>) -> Gate {
    let (free, wanted, day) = (facts.service.free_places(), facts.child.placed_together.max(1), facts.moves_in_on);
    let room = format!("{free} of {} places free; {wanted} needed", facts.service.registered_places);
    let (colour, reason) = match (facts.place.free_from, facts.place.free_until) {
        _ if free < wanted => (GateColour::Red, room),
        (Some(from), _) if from > day => (GateColour::Amber, format!("{room}, but free only from {from}, and the child moves on {day}")),
        (_, Some(until)) if until < day => {
            (GateColour::Amber, format!("{room}, but free only until {until}, and the child moves on {day}"))
        }
        _ => (GateColour::Green, room),
    };
    gate(GateCode::Vacancy, colour, reason)
}

/// Above the usual limit, without kinship or an exemption, the law takes the household for an unregistered children's home.
fn foster_limit(facts: &GateFacts<'_>, household: Household) -> Gate {
    let total = household.foster_children.saturating_add(facts.child.placed_together.max(1));
    let (colour, why) = match household.beyond_limit {
        BeyondLimit::None if total > FOSTER_LIMIT => (GateColour::Red, "more than the usual limit of 3: needs an exemption"),
        BeyondLimit::Exempted if total > FOSTER_LIMIT => (GateColour::Amber, "above the usual limit of 3, with an exemption"),
        BeyondLimit::AllSiblings if total > FOSTER_LIMIT => (GateColour::Green, "all brothers and sisters"),
        BeyondLimit::None | BeyondLimit::AllSiblings | BeyondLimit::Exempted => (GateColour::Green, "within the usual limit of 3"),
    };
    statutory(GateCode::FosterLimit, colour, format!("{total} foster children: {why}"))
}

fn impact(impact: ImpactAssessment) -> Gate {
    let (colour, reason) = match impact {
        ImpactAssessment::NotNeeded => (GateColour::Green, "nobody lives there yet"),
        ImpactAssessment::Supports => (GateColour::Green, "the impact assessment supports the placement"),
        ImpactAssessment::Missing => (GateColour::Red, "the impact assessment is missing"),
        ImpactAssessment::AdvisesAgainst => (GateColour::Red, "the impact assessment advises against the placement"),
    };
    gate(GateCode::Impact, colour, reason)
}

/// A price above the maximum may be discussed: it stops the choice, not the shortlist (`OfferRefusal::PriceExceptionOpen`).
fn price(price: PriceStanding) -> Gate {
    let (colour, reason) = match price {
        PriceStanding::Within => (GateColour::Green, "within the maximum"),
        PriceStanding::ExceptionApproved => (GateColour::Amber, "above the maximum, approved as an exception"),
        PriceStanding::ExceptionOpen => (GateColour::Amber, "above the maximum: cannot be preferred before the exception is approved"),
    };
    gate(GateCode::Price, colour, reason)
}

fn documents(facts: &GateFacts<'_>) -> Gate {
    let day = facts.moves_in_on;
    if facts.service.documents.is_empty() {
        return gate(GateCode::Documents, GateColour::Amber, "none is on record: ask for insurance, certificate and statement of purpose");
    }
    let named = |is_named: &dyn Fn(Option<Day>) -> bool| -> Vec<&str> {
        facts.service.documents.iter().filter(|document| is_named(document.expires_on)).map(|document| document.name.as_str()).collect()
    };
    let out_of_date = named(&|expires| expires.is_none_or(|expires| expires < day));
    if !out_of_date.is_empty() {
        return gate(GateCode::Documents, GateColour::Red, format!("missing or out of date: {}", out_of_date.join(", ")));
    }
    let soon = named(&|expires| expires.is_some_and(|expires| day.days_until(expires) < EXPIRES_SOON_DAYS));
    if !soon.is_empty() {
        return gate(GateCode::Documents, GateColour::Amber, format!("expires soon after the move: {}", soon.join(", ")));
    }
    gate(GateCode::Documents, GateColour::Green, "in date on the day of the move")
}

/// A named senior manager's decision to let an offer pass a red check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateOverride {
    /// The check.
    pub code: GateCode,
    /// The role in which it was decided.
    pub by: Role,
    /// Why.
    pub reason: String,
}

/// Why a check cannot be overridden.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OverrideRefusal {
    /// It is not red.
    #[error("this check is met: there is nothing to override")]
    NotRed,
    /// The law.
    #[error("nobody may override this check, because the law forbids the placement: {reason}")]
    Statutory {
        /// The gate's reason.
        reason: String,
    },
    /// Not senior enough.
    #[error("a head of service or the director overrides a check, not a {by}")]
    NotSenior {
        /// The role that tried.
        by: Role,
    },
    /// No words.
    #[error("give a reason for the override")]
    ReasonNeeded,
}

impl Gate {
    /// Whether this role may override this check with these words.
    ///
    /// # Errors
    /// [`OverrideRefusal`]: a statutory red is refused whoever asks.
    pub fn check_override(&self, by: Role, reason: &str) -> Result<(), OverrideRefusal> {
        if self.colour != GateColour::Red {
            return Err(OverrideRefusal::NotRed);
        }
        if self.force == GateForce::Statutory {
            return Err(OverrideRefusal::Statutory { reason: self.reason.clone() });
        }
        if !matches!(by, Role::HeadOfService | Role::Director) {
            return Err(OverrideRefusal::NotSenior { by });
        }
        if reason.trim().is_empty() {
            return Err(OverrideRefusal::ReasonNeeded);
        }
        Ok(())
    }

    /// Whether one of these overrides holds for this check. Each is judged again, so that one made while a check was local
    /// does not outlive the check's becoming statutory.
    #[must_use]
    pub fn is_overridden(&self, overrides: &[GateOverride]) -> bool {
        overrides.iter().any(|one| one.code == self.code && self.check_override(one.by, &one.reason).is_ok())
    }
}

/// Sentences of the red checks that stand, after the overrides that hold (`OfferFacts::red_gates`).
#[must_use]
pub fn open_reds(gates: &[Gate], overrides: &[GateOverride]) -> Vec<String> {
    gates
        .iter()
        .filter(|gate| gate.colour == GateColour::Red)
        .filter(|gate| !gate.is_overridden(overrides))
        .map(|gate| format!("{}: {}", gate.code, gate.reason))
        .collect()
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::Code as _;
    use crate::purchasing::service::{AcceptedGender, AgeRange, DocumentInDate};
    use crate::registration::Urn;

    fn service(setting: Setting) -> ServiceFacts {
        ServiceFacts {
            setting,
            urn: Some(Urn::parse("1234567").unwrap()),
            rating: Rating::Good,
            inspected_on: None,
            registered_places: 4,
            places_taken: 1,
            is_scope_stated: true,
            ages: AgeRange { from_years: 8, to_years: 17 },
            genders: AcceptedGender::Any,
            needs: vec![Need::Behaviour],
            manager: ManagerStanding::Registered,
            standing: ServiceStanding::Active,
            documents: vec![DocumentInDate { name: "Insurance".to_owned(), expires_on: Day::of(2027, 3, 31) }],
        }
    }

    fn child(age_years: u32, placed_together: u32) -> ChildToMatch {
        ChildToMatch { age_years, gender: Gender::Female, needs: vec![Need::Behaviour], placed_together }
    }

    fn judged(service: &ServiceFacts, child: &ChildToMatch, household: Option<Household>, code: GateCode) -> Gate {
        let facts = GateFacts {
            service,
            child,
            admission: AdmissionStanding::Admitted,
            suspension: None,
            allowed_ratings: &[Rating::Good, Rating::Outstanding],
            household,
            place: PlaceOffered { is_within_purpose: Some(true), ..PlaceOffered::default() },
            impact: ImpactAssessment::Supports,
            price: PriceStanding::Within,
            moves_in_on: Day::of(2026, 12, 18).unwrap(),
            today: Day::of(2026, 12, 14).unwrap(),
        };
        gates(&facts).into_iter().find(|gate| gate.code == code).unwrap()
    }

    #[test]
    fn a_child_of_15_is_never_placed_in_supported_accommodation() {
        let supported = service(Setting::SupportedAccommodation);
        let gate = judged(&supported, &child(15, 1), None, GateCode::Setting);
        assert_eq!((gate.colour, gate.force), (GateColour::Red, GateForce::Statutory));
        for role in Role::ALL {
            assert!(matches!(gate.check_override(*role, "we must"), Err(OverrideRefusal::Statutory { .. })));
        }
        assert_eq!(judged(&supported, &child(16, 1), None, GateCode::Setting).colour, GateColour::Green);
    }

    #[test]
    fn four_foster_children_are_lawful_only_as_siblings_or_with_an_exemption() {
        let foster = service(Setting::Fostering);
        let colour = |beyond_limit| {
            let household = Household { foster_children: 3, beyond_limit };
            judged(&foster, &child(10, 1), Some(household), GateCode::FosterLimit).colour
        };
        assert_eq!(colour(BeyondLimit::None), GateColour::Red);
        assert_eq!(colour(BeyondLimit::AllSiblings), GateColour::Green);
        assert_eq!(colour(BeyondLimit::Exempted), GateColour::Amber);
    }

    #[test]
    fn inadequate_is_red_whatever_the_configuration_and_only_a_senior_manager_overrides_it() {
        let mut home = service(Setting::Home);
        home.rating = Rating::Inadequate;
        let gate = judged(&home, &child(13, 1), None, GateCode::Rating);
        assert_eq!(gate.colour, GateColour::Red);
        assert_eq!(gate.check_override(Role::PlacementOfficer, "why"), Err(OverrideRefusal::NotSenior { by: Role::PlacementOfficer }));
        assert_eq!(gate.check_override(Role::HeadOfService, "  "), Err(OverrideRefusal::ReasonNeeded));
        let one = GateOverride { code: GateCode::Rating, by: Role::HeadOfService, reason: "stays with her brother".to_owned() };
        assert!(open_reds(std::slice::from_ref(&gate), &[one]).is_empty());
        assert_eq!(open_reds(&[gate], &[]).len(), 1);
        home.rating = Rating::RequiresImprovement;
        assert_eq!(judged(&home, &child(13, 1), None, GateCode::Rating).colour, GateColour::Amber);
    }

    #[test]
    fn registration_room_and_documents_are_checked() {
        let mut home = service(Setting::Home);
        assert_eq!(judged(&home, &child(7, 1), None, GateCode::Age).colour, GateColour::Red);
        assert_eq!(judged(&home, &child(9, 3), None, GateCode::Vacancy).colour, GateColour::Green);
        assert_eq!(judged(&home, &child(9, 4), None, GateCode::Vacancy).colour, GateColour::Red);
        home.genders = AcceptedGender::Boys;
        assert_eq!(judged(&home, &child(9, 1), None, GateCode::Gender).colour, GateColour::Red);
        home.is_scope_stated = false;
        for code in [GateCode::Age, GateCode::Gender] {
            assert_eq!(judged(&home, &child(9, 1), None, code).colour, GateColour::Amber, "a guess is no check");
        }
        home.documents = vec![DocumentInDate { name: "Insurance".to_owned(), expires_on: Day::of(2026, 12, 17) }];
        assert_eq!(judged(&home, &child(9, 1), None, GateCode::Documents).colour, GateColour::Red);
        home.documents = Vec::new();
        assert_eq!(judged(&home, &child(9, 1), None, GateCode::Documents).colour, GateColour::Amber, "nothing known is not in date");
        home.needs = vec![Need::Physical];
        assert_eq!(judged(&home, &child(9, 1), None, GateCode::Needs).colour, GateColour::Red);
    }

    #[test]
    fn a_place_that_is_free_too_late_is_amber_and_a_child_outside_the_purpose_red() {
        let (home, child, day) = (service(Setting::Home), child(13, 1), Day::of(2026, 12, 18).unwrap());
        let colour = |place: PlaceOffered, code| {
            let facts = GateFacts {
                service: &home,
                child: &child,
                admission: AdmissionStanding::Admitted,
                suspension: None,
                allowed_ratings: &[Rating::Good],
                household: None,
                place,
                impact: ImpactAssessment::Supports,
                price: PriceStanding::Within,
                moves_in_on: day,
                today: day,
            };
            gates(&facts).into_iter().find(|gate| gate.code == code).map(|gate| gate.colour)
        };
        let known = PlaceOffered { free_from: Some(day), free_until: Some(day), is_within_purpose: Some(true) };
        assert_eq!(colour(known, GateCode::Vacancy), Some(GateColour::Green));
        assert_eq!(colour(PlaceOffered { free_from: Some(day.plus_days(1)), ..known }, GateCode::Vacancy), Some(GateColour::Amber));
        assert_eq!(colour(PlaceOffered { free_until: Some(day.plus_days(-1)), ..known }, GateCode::Vacancy), Some(GateColour::Amber));
        assert_eq!(colour(known, GateCode::Purpose), Some(GateColour::Green));
        assert_eq!(colour(PlaceOffered { is_within_purpose: Some(false), ..known }, GateCode::Purpose), Some(GateColour::Red));
        assert_eq!(colour(PlaceOffered { is_within_purpose: None, ..known }, GateCode::Purpose), None);
    }

    #[test]
    fn a_suspended_agreement_is_red_today_and_on_the_day_of_the_move_and_concerns_nobody_off_the_framework() {
        let (home, child, day) = (service(Setting::Home), child(13, 1), |number| Day::of(2026, 12, number).unwrap());
        let judged = |admission, suspension, today, moves_in_on| {
            let facts = GateFacts {
                service: &home,
                child: &child,
                admission,
                suspension,
                allowed_ratings: &[Rating::Good],
                household: None,
                place: PlaceOffered::default(),
                impact: ImpactAssessment::Supports,
                price: PriceStanding::Within,
                moves_in_on,
                today,
            };
            gates(&facts).into_iter().find(|gate| gate.code == GateCode::Agreement)
        };
        let suspended = Some(Suspension { from: day(10), until: Some(day(20)) });
        let colour = |suspension, today, moves| judged(AdmissionStanding::Admitted, suspension, day(today), day(moves)).unwrap().colour;
        assert_eq!(colour(None, 14, 18), GateColour::Green);
        assert_eq!((colour(suspended, 9, 9), colour(suspended, 21, 21)), (GateColour::Green, GateColour::Green));
        assert_eq!((colour(suspended, 10, 31), colour(suspended, 20, 31)), (GateColour::Red, GateColour::Red), "it is chosen then");
        assert_eq!((colour(suspended, 9, 10), colour(suspended, 9, 20)), (GateColour::Red, GateColour::Red), "the child moves then");
        let open = Some(Suspension { from: day(10), until: None });
        let gate = judged(AdmissionStanding::Admitted, open, day(31), day(31)).unwrap();
        assert_eq!(gate.reason, "suspended from 10 December 2026 until further notice: no new placements with this provider");
        assert_eq!(judged(AdmissionStanding::NotAdmitted, suspended, day(14), day(18)), None);
    }
}
