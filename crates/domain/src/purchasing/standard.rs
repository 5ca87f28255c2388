//! How a referral maps to the Placements Data Standard, version 2: most fields are questions (`Question::standard_key`) or
//! options of `main_risks` (`Choice::standard`); the rest is known from the record.

/// Fields of the Placements Data Standard that nobody is asked for, because the record knows them, and where it does.
pub const STANDARD_FROM_RECORD: &[(&str, &str)] = &[
    ("neededBy", "the referral's urgency"),
    ("totalWeeklyCost", "the agreement's weekly total"),
    ("placementLocation", "the placement's postcode"),
    ("preferabilityLocation", "the placement's distance against `how_far`"),
    ("educationContinuity", "the placement's answer to `keep_school`"),
    ("providerURN", "the placement's service"),
    ("siblingsPlacedTogether", "live placements of the sibling group at one service"),
    ("placementType", "the kind of service"),
    ("referralOfficerName", "the event that submitted the referral"),
    ("referralDate", "the event that submitted the referral"),
    ("placementOfficerName", "the event that started the placement"),
    ("placementDate", "the event that started the placement"),
    ("costOfficerName", "the event that issued the agreement"),
    ("costDate", "the event that issued the agreement"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::purchasing::choices as of;
    use crate::purchasing::fields::FieldKind::{ManyOf, OneOf};
    use crate::purchasing::questions::{Audience, questions};
    use crate::purchasing::referral_form::SECTIONS;

    /// The keys of the standard, version 2, in its own order.
    const STANDARD: &[&str] = &[
        "childId",
        "neededBy",
        "siblingCount",
        "preferredLocation",
        "communicationNeeds",
        "specificCommunicationRequirements",
        "homeAdaptation",
        "culturalNeeds",
        "livingCompanions",
        "pets",
        "additionalSupport",
        "deprivationOfLiberty",
        "fosterCareSuitability",
        "residentialCareSuitability",
        "supportedAccommodationSuitability",
        "riskSelfHarm",
        "riskSexualExploitation",
        "riskCriminalExploitation",
        "riskDrugAlcohol",
        "riskEatingDisorder",
        "riskMissing",
        "riskOther",
        "riskToOthersPhysical",
        "riskToOthersSexual",
        "riskToOthersFire",
        "riskToOthersAnimals",
        "riskToOthersCriminal",
        "riskToOthersOther",
        "totalWeeklyCost",
        "placementLocation",
        "preferabilityLocation",
        "educationContinuity",
        "providerURN",
        "siblingsPlacedTogether",
        "placementType",
        "referralOfficerName",
        "referralDate",
        "placementOfficerName",
        "placementDate",
        "costOfficerName",
        "costDate",
    ];

    #[test]
    fn every_field_of_the_standard_is_asked_or_known_once() {
        let asked = questions().filter_map(|question| question.standard_key);
        let risks = of::RISKS.iter().filter_map(|risk| risk.standard);
        let known = STANDARD_FROM_RECORD.iter().map(|(key, _)| *key);
        let mut found: Vec<&str> = asked.chain(risks).chain(known).collect();
        let mut wanted = STANDARD.to_vec();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_referral_has_at_most_twelve_pages_and_an_emergency_nine_questions() {
        assert!(SECTIONS.len() <= 12);
        assert_eq!(questions().filter(|question| question.is_short()).count(), 9);
        assert!(questions().filter(|question| question.is_short()).all(|question| question.field.mandatory));
    }

    #[test]
    fn keys_are_unique_and_every_choice_has_options() {
        let keys: BTreeSet<&str> = questions().map(|question| question.field.key).collect();
        assert_eq!(keys.len(), questions().count());
        for question in questions() {
            let has_options = matches!(question.field.kind, OneOf | ManyOf);
            assert_eq!(has_options, !question.field.options.is_empty(), "{}", question.field.key);
            if let Some(condition) = question.field.asked_if {
                assert!(keys.contains(condition.key), "{} depends on {}", question.field.key, condition.key);
            }
        }
    }

    #[test]
    fn what_identifies_a_child_is_never_released() {
        for key in ["given_name", "family_name", "date_of_birth", "case_number", "home_postcode", "school_name"] {
            let question = questions().find(|question| question.field.key == key);
            assert_eq!(question.map(|question| question.audience), Some(Audience::Identity), "{key}");
        }
    }
}
