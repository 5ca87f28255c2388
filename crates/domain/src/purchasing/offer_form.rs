//! The pages of an offer: four for a children's home, four for a foster home.

use crate::calendar::Day;
use crate::money::itemised::{ItemisedPrice, PriceLine, PriceLineKind};
use crate::money::price::PriceError;
use crate::pence::WeeklyRate;
use crate::purchasing::fields::{Answers, Choice, Field, FieldKind, Page};
use crate::registration::ServiceKind;

use FieldKind::{Date, LongText, ManyOf, Money, Number, OneOf, Text, YesNo};

const fn ask(kind: FieldKind, key: &'static str, label: &'static str, missing: &'static str) -> Field {
    Field::new(kind, key, label, missing)
}

const MANAGER: &[Choice] = &[
    Choice::new("REGISTERED", "Registered manager in post"),
    Choice::new("APPLIED", "Manager has applied to register"),
    Choice::new("VACANT", "No manager in post"),
];

const INCLUDED: &[Choice] = &[
    Choice::new("POCKET_MONEY", "Pocket money and savings"),
    Choice::new("CLOTHING", "Clothing"),
    Choice::new("ACTIVITIES", "Activities and holidays"),
    Choice::new("SCHOOL_RUN", "Journeys to school"),
    Choice::new("FAMILY_TIME", "Journeys to family time"),
    Choice::new("EQUIPMENT", "Equipment and computer"),
    Choice::new("THERAPY", "Therapy"),
    Choice::new("EDUCATION", "Education"),
];

const EXEMPTION: &[Choice] = &[
    Choice::new("WITHIN", "No, three children or fewer"),
    Choice::new("SIBLINGS", "No, all are brothers and sisters"),
    Choice::new("EXEMPTED", "Yes, and it has been given"),
    Choice::new("NEEDED", "Yes, and it has to be asked for"),
];

const IMPACT: &[Choice] = &[
    Choice::new("SUPPORTS", "It supports the placement"),
    Choice::new("ADVISES_AGAINST", "It advises against the placement"),
    Choice::new("EMPTY", "Nobody lives in the home yet"),
];

const CARE: Page = Page {
    slug: "care",
    title: "How you will care for this child",
    fields: &[
        ask(LongText, "needs_met", "How you will meet each need", "Enter how you will meet each need in the profile").mandatory(),
        ask(LongText, "risks_met", "How you will manage each risk", "Enter how you will manage each named risk").mandatory(),
        ask(LongText, "wishes_met", "How this fits what the child wants", "Enter how this home fits what the child wants").mandatory(),
        ask(LongText, "transition", "Visits and moving in", "Enter how the child will get to know the home and move in").mandatory(),
    ],
};

const PRICE: Page = Page {
    slug: "price",
    title: "Price",
    fields: &[
        ask(Money, "core_weekly", "Core price a week", "Enter the core price a week")
            .hint("The home and its care. It may not be above your tendered maximum")
            .mandatory(),
        ask(Money, "education_weekly", "Education a week", "Enter the price of education a week"),
        ask(Text, "education_what", "What the education is", "Enter what the education is")
            .asked_if("education_weekly", &["some"])
            .mandatory(),
        ask(Money, "therapy_weekly", "Therapy a week", "Enter the price of therapy a week"),
        ask(Text, "therapy_what", "What the therapy is", "Enter what the therapy is and who gives it")
            .asked_if("therapy_weekly", &["some"])
            .mandatory(),
        ask(Money, "one_to_one_weekly", "One-to-one support a week", "Enter the price of one-to-one support a week"),
        ask(Text, "one_to_one_what", "Hours and ratio", "Enter the hours and the ratio")
            .asked_if("one_to_one_weekly", &["some"])
            .mandatory(),
        ask(Money, "transport_weekly", "Transport a week", "Enter the price of transport a week"),
        ask(Text, "transport_what", "Which journeys", "Enter which journeys").asked_if("transport_weekly", &["some"]).mandatory(),
        ask(Money, "other_weekly", "Another extra a week", "Enter the price of the other extra a week"),
        ask(Text, "other_what", "What the other extra is", "Enter what the other extra is").asked_if("other_weekly", &["some"]).mandatory(),
        ask(ManyOf, "included", "Included in the core price", "Select what the core price includes").options(INCLUDED),
        ask(LongText, "discounts", "Discounts and their conditions", "Enter discounts and their conditions"),
    ],
};

const TERMS: Page = Page {
    slug: "terms",
    title: "Dates, conditions and contact",
    fields: &[
        ask(Date, "available_from", "Free from", "Enter the day from which the place is free").mandatory(),
        ask(Date, "available_to", "Free until", "Enter the last day on which the place is free"),
        ask(Date, "valid_until", "Offer valid until", "Enter the last day on which you are bound by this offer").mandatory(),
        ask(LongText, "conditions", "Conditions", "Enter any conditions, or leave this blank"),
        ask(Text, "contact_name", "Whom to call", "Enter the name of the person to call").mandatory(),
        ask(Text, "contact_phone", "Telephone", "Enter a telephone number").mandatory(),
    ],
};

const HOME: Page = Page {
    slug: "home",
    title: "The home",
    fields: &[
        ask(Number, "residents", "Children living there now", "Enter how many children live there now").at_most(50).mandatory(),
        ask(
            LongText,
            "residents_about",
            "Their age bands and genders",
            "Enter the age bands and genders of the children living there, without names",
        )
        .asked_if("residents", &["some"])
        .mandatory(),
        ask(OneOf, "impact", "Impact assessment", "Select what the impact assessment says").options(IMPACT).mandatory(),
        ask(LongText, "impact_summary", "What the impact assessment says", "Enter what the impact assessment says, in short")
            .asked_if("impact", &["SUPPORTS", "ADVISES_AGAINST"])
            .mandatory(),
        ask(Text, "staff_day", "Staff to children in the day", "Enter the staffing in the day, for example 2 to 3").mandatory(),
        ask(Text, "staff_night", "Staff at night", "Enter the staffing at night, waking or sleeping").mandatory(),
        ask(OneOf, "manager", "Registered manager", "Select how the manager stands").options(MANAGER).mandatory(),
        ask(YesNo, "within_purpose", "Within the statement of purpose", "Select yes if the child fits your statement of purpose")
            .mandatory(),
    ],
};

const FOSTER: Page = Page {
    slug: "carers",
    title: "The foster carers",
    fields: &[
        ask(Text, "carer_code", "Carer code", "Enter your own code for the carers").hint("Not their names").mandatory(),
        ask(Number, "approved_number", "Approved for how many children", "Enter for how many children they are approved")
            .at_most(12)
            .mandatory(),
        ask(Number, "approved_from_age", "Approved from age", "Enter the youngest age they are approved for").at_most(18).mandatory(),
        ask(Number, "approved_to_age", "Approved to age", "Enter the oldest age they are approved for").at_most(18).mandatory(),
        ask(Number, "foster_children", "Foster children living there now", "Enter how many foster children live there now")
            .at_most(12)
            .mandatory(),
        ask(OneOf, "exemption", "Exemption from the usual limit of three", "Select whether an exemption is needed")
            .options(EXEMPTION)
            .mandatory(),
        ask(LongText, "household", "Who lives there", "Enter who lives there: other children's ages, adults, animals. No names")
            .mandatory(),
        ask(LongText, "skills", "Skills and experience", "Enter the carers' skills and experience").mandatory(),
        ask(Text, "languages", "Languages and faith", "Enter the languages spoken and the faith practised"),
        ask(Text, "reach", "School and family time", "Enter how the child will get to school and to family time").mandatory(),
    ],
};

const HOME_PAGES: &[Page] = &[HOME, CARE, PRICE, TERMS];
const FOSTER_PAGES: &[Page] = &[FOSTER, CARE, PRICE, TERMS];

/// The pages of an offer by this kind of service.
#[must_use]
pub fn pages(kind: ServiceKind) -> &'static [Page] {
    match kind {
        ServiceKind::Home => HOME_PAGES,
        ServiceKind::Fostering => FOSTER_PAGES,
    }
}

/// Every question of an offer by this kind of service.
pub fn fields(kind: ServiceKind) -> impl Iterator<Item = &'static Field> {
    pages(kind).iter().flat_map(|page| page.fields)
}

/// The last day on which the provider is bound.
#[must_use]
pub fn valid_until(answers: &Answers) -> Option<Day> {
    answers.day("valid_until")
}

/// The itemised price of an offer.
///
/// # Errors
/// [`PriceError`], for example when the core price is missing or an extra does not say what it is.
pub fn price(answers: &Answers) -> Result<ItemisedPrice, PriceError> {
    const LINES: &[(PriceLineKind, &str, &str)] = &[
        (PriceLineKind::Core, "core_weekly", ""),
        (PriceLineKind::Education, "education_weekly", "education_what"),
        (PriceLineKind::Therapy, "therapy_weekly", "therapy_what"),
        (PriceLineKind::OneToOne, "one_to_one_weekly", "one_to_one_what"),
        (PriceLineKind::Transport, "transport_weekly", "transport_what"),
        (PriceLineKind::Other, "other_weekly", "other_what"),
    ];
    let lines = LINES.iter().filter_map(|(kind, weekly, what)| {
        // An extra of £0 is no extra; a core price of £0 is refused by the price itself.
        let weekly = answers.pence(weekly).filter(|amount| *kind == PriceLineKind::Core || amount.0 != 0)?;
        Some(PriceLine { kind: *kind, description: answers.text(what).unwrap_or_default().to_owned(), weekly: WeeklyRate(weekly) })
    });
    ItemisedPrice::new(lines.collect())
}

#[cfg(test)]
mod tests {

    use std::collections::BTreeSet;

    use super::*;
    use crate::Code as _;
    use crate::pence::Pence;
    use crate::purchasing::fields::Answer;
    use crate::purchasing::forms::missing;

    #[test]
    fn a_provider_answers_on_at_most_four_pages_with_unique_questions() {
        for kind in ServiceKind::ALL {
            assert!(pages(*kind).len() <= 4);
            let keys: BTreeSet<&str> = fields(*kind).map(|field| field.key).collect();
            assert_eq!(keys.len(), fields(*kind).count());
        }
    }

    #[test]
    fn a_price_is_core_and_named_extras() {
        let mut answers = Answers::default();
        assert_eq!(price(&answers), Err(PriceError::CoreLines(0)));
        answers.set("core_weekly", Some(Answer::Pence(Pence(500_000))));
        answers.set("therapy_weekly", Some(Answer::Pence(Pence(25_050))));
        assert!(missing(fields(ServiceKind::Home), &answers).iter().any(|error| error.key == "therapy_what"));
        assert_eq!(price(&answers), Err(PriceError::NoDescription(PriceLineKind::Therapy)));
        answers.set("therapy_what", Some(Answer::Text("weekly session, by a clinical psychologist".to_owned())));
        assert_eq!(price(&answers).unwrap().total(), WeeklyRate(Pence(525_050)));
    }
}
