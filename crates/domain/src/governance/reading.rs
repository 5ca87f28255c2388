//! Who reads what about the child on the way to a decision. A price is approved on the price, the home and the checks that are
//! about them; what is written about the child is for those who work on the case.

use super::approval::ApprovalKind;
use super::required::ApprovalCheck;
use crate::access::{Action, could};
use crate::people::Role;
use crate::purchasing::gates::GateCode;

/// Whether this role reads what is written about a child. The installation's own terminal ranks offers and prints no answers.
#[must_use]
pub fn reads_of_the_child(role: Role) -> bool {
    could(role, Action::SeeReferral) || role == Role::Worker
}

/// Whether this role reads the evidence given for a check of an approval of this kind.
#[must_use]
pub fn reads_evidence(role: Role, kind: ApprovalKind, check: ApprovalCheck) -> bool {
    reads_of_the_child(role) || (is_of_price_or_terms(kind) && !is_check_of_the_child(check))
}

/// Whether this role reads the words with which an approval of this kind was decided.
#[must_use]
pub fn reads_decision(role: Role, kind: ApprovalKind) -> bool {
    reads_of_the_child(role) || is_of_price_or_terms(kind)
}

/// Whether the reason of a check of an offer tells of the child: its age, needs, or how it would get on with others.
#[must_use]
pub fn is_gate_of_the_child(gate: GateCode) -> bool {
    use GateCode as Gate;
    match gate {
        Gate::Setting | Gate::Age | Gate::Gender | Gate::Needs | Gate::Purpose | Gate::Vacancy | Gate::FosterLimit | Gate::Impact => true,
        Gate::Admitted | Gate::Agreement | Gate::Standing | Gate::Rating | Gate::Manager | Gate::Price | Gate::Documents => false,
    }
}

/// The answers of an offer that say nothing of the child: price, dates, and who works in the home. What is not listed is kept back.
pub const OFFER_ANSWERS_OF_PRICE_AND_HOME: &[&str] = &[
    "core_weekly",
    "education_weekly",
    "therapy_weekly",
    "one_to_one_weekly",
    "transport_weekly",
    "other_weekly",
    "included",
    "discounts",
    "available_from",
    "available_to",
    "valid_until",
    "contact_name",
    "contact_phone",
    "staff_day",
    "staff_night",
    "manager",
];

fn is_of_price_or_terms(kind: ApprovalKind) -> bool {
    use ApprovalKind as Kind;
    match kind {
        Kind::PriceException | Kind::OffFrameworkContract => true,
        Kind::FosteringInArea
        | Kind::FosteringFunding
        | Kind::ResidentialFunding
        | Kind::ResidentialPlacement
        | Kind::OffFramework
        | Kind::HighCost
        | Kind::KeyStage4Move
        | Kind::OutOfArea
        | Kind::AtADistance => false,
    }
}

fn is_check_of_the_child(check: ApprovalCheck) -> bool {
    use ApprovalCheck as Check;
    match check {
        Check::WishesAndFeelings
        | Check::MostAppropriate
        | Check::RelativesConsulted
        | Check::AreaAuthorityNotified
        | Check::AreaAuthorityConsulted
        | Check::CarePlanSent
        | Check::ReviewingOfficerConsulted
        | Check::EducationAdequate
        | Check::DesignatedTeacherConsulted
        | Check::AlternativesConsidered => true,
        Check::PriceJustified | Check::FrameworkExhausted | Check::TermsAgreed => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code as _;
    use crate::purchasing::offer_form::pages;
    use crate::registration::ServiceKind;

    #[test]
    fn who_approves_prices_reads_why_the_price_is_justified_and_nothing_of_the_child() {
        for kind in ApprovalKind::ALL {
            for check in ApprovalCheck::ALL {
                let is_of_money = *check == ApprovalCheck::PriceJustified && *kind == ApprovalKind::PriceException;
                let is_of_terms = is_of_price_or_terms(*kind) && !is_check_of_the_child(*check);
                let reads = reads_evidence(Role::HeadOfContracting, *kind, *check);
                assert_eq!(reads, is_of_money || is_of_terms, "{} {}", kind.code(), check.code());
                assert!(reads_evidence(Role::Director, *kind, *check));
            }
        }
        let of_the_child = [ApprovalCheck::WishesAndFeelings, ApprovalCheck::RelativesConsulted, ApprovalCheck::EducationAdequate];
        for check in of_the_child {
            assert!(!reads_evidence(Role::HeadOfContracting, ApprovalKind::PriceException, check), "{}", check.code());
        }
    }

    #[test]
    fn what_is_open_of_an_offer_is_asked_in_it_and_long_text_about_care_is_not() {
        let asked = |key: &str| {
            ServiceKind::ALL.iter().any(|kind| pages(*kind).iter().any(|page| page.fields.iter().any(|field| field.key == key)))
        };
        for key in OFFER_ANSWERS_OF_PRICE_AND_HOME {
            assert!(asked(key), "{key} is not asked");
        }
        for key in ["needs_met", "risks_met", "wishes_met", "transition", "impact_summary", "residents_about", "household", "conditions"] {
            assert!(!OFFER_ANSWERS_OF_PRICE_AND_HOME.contains(&key), "{key} is about children");
        }
    }
}
