//! The pages of the referral: everything that a provider needs to answer honestly, asked once.
//!
//! The first page is the short set with which a search can start tonight; it takes nine answers. The other pages follow, at
//! once or, in an emergency, within one working day. Together they hold the referral fields of the Placements Data Standard,
//! version 2, and what councils' own request forms ask beyond it.

use crate::purchasing::choices as of;
use crate::purchasing::fields::{Field, FieldKind};
use crate::purchasing::questions::{Audience, Question, Section};

use FieldKind::{Date, LongText, ManyOf, Number, OneOf, Postcode, Text, YesNo};

const fn ask(kind: FieldKind, key: &'static str, label: &'static str, missing: &'static str) -> Field {
    Field::new(kind, key, label, missing)
}

const fn q(field: Field, why: &'static str) -> Question {
    Question::new(field, why)
}

/// The task list, in order. At most twelve pages.
pub const SECTIONS: &[Section] = &[
    Section { slug: "essentials", title: "What we must know to start", questions: ESSENTIALS },
    Section { slug: "child", title: "About the child", questions: CHILD },
    Section { slug: "reason", title: "Why a home is needed", questions: REASON },
    Section { slug: "location", title: "Where", questions: LOCATION },
    Section { slug: "home", title: "The home that is needed", questions: HOME },
    Section { slug: "family", title: "Family and contact", questions: FAMILY },
    Section { slug: "health", title: "Health and communication", questions: HEALTH },
    Section { slug: "risks-to-child", title: "Risks to the child", questions: RISKS_TO_CHILD },
    Section { slug: "risks-to-others", title: "Risks to others", questions: RISKS_TO_OTHERS },
    Section { slug: "education", title: "Education", questions: EDUCATION },
    Section { slug: "wishes", title: "Wishes and outcomes", questions: WISHES },
    Section { slug: "funding", title: "Funding and people", questions: FUNDING },
];

const ESSENTIALS: &[Question] = &[
    q(
        ask(Text, "given_name", "Given name", "Enter the child's given name, or what the child is called"),
        "So that the right child is meant",
    )
    .always()
    .only(Audience::Identity),
    q(
        ask(Date, "date_of_birth", "Date of birth", "Enter the child's date of birth, or your best estimate"),
        "Homes are registered for ages; providers see the age, never the date",
    )
    .always()
    .only(Audience::Identity),
    q(ask(OneOf, "gender", "Gender", "Select the child's gender").options(of::GENDER), "Homes are registered for genders").always(),
    q(
        ask(OneOf, "legal_status", "Legal status", "Select the child's legal status").options(of::LEGAL_STATUS),
        "It decides who may agree to the placement",
    )
    .always(),
    q(
        ask(Date, "needed_by", "Day the placement is needed by", "Enter the day the placement is needed by"),
        "Providers check beds and staff for that day",
    )
    .always(),
    q(
        ask(Text, "search_area", "Area to search in", "Enter the area to search in, for example a town or district")
            .hint("A town, district or first half of a postcode. No addresses"),
        "Nearness to family, friends and school is what most children ask for",
    )
    .always()
    .standard("preferredLocation"),
    q(
        ask(ManyOf, "main_needs", "Main needs", "Select the child's main needs, or `No particular need`").options(of::NEEDS),
        "Homes are registered for needs; without them nobody can say yes",
    )
    .always(),
    q(
        ask(ManyOf, "main_risks", "Risks", "Select every known risk, or `No known risk`").options(of::RISKS),
        "A home must protect this child and those who live there; surprises end placements",
    )
    .always(),
    q(
        ask(LongText, "matching_exclusions", "Who or what the child must not live with", "Enter who or what to avoid, or `nothing known`")
            .hint("For example younger children, male carers, pets. No names"),
        "It saves the child a move",
    )
    .always(),
];

const CHILD: &[Question] = &[
    q(ask(Text, "family_name", "Family name", "Enter the child's family name"), "The agreement names the child")
        .mandatory()
        .only(Audience::Identity),
    q(ask(Text, "case_number", "Case number", "Enter the child's case number"), "It ties the referral to the child's record")
        .mandatory()
        .only(Audience::Identity)
        .standard("childId"),
    q(
        ask(Postcode, "home_postcode", "Home postcode", "Enter the child's home postcode")
            .hint("Leave blank for a separated child seeking asylum"),
        "Distance from home is measured from it; providers see the first half only",
    )
    .only(Audience::Identity),
    q(ask(Text, "ethnicity", "Ethnicity", "Enter the child's ethnicity"), "A home that reflects the child").mandatory(),
    q(ask(Text, "religion", "Religion", "Enter the child's religion, or `none`"), "A home that respects the child's faith"),
    q(
        ask(Text, "first_language", "First language", "Enter the child's first language"),
        "The child must be understood from the first hour",
    )
    .mandatory(),
    q(
        ask(OneOf, "cultural_needs", "Cultural needs", "Select whether there are cultural needs")
            .options(of::CULTURE)
            .hint("For example a place of worship, food, hair and skin care"),
        "A home that can meet them",
    )
    .mandatory()
    .standard("culturalNeeds"),
    q(
        ask(LongText, "cultural_details", "What the home must offer", "Enter which cultural needs the home must meet")
            .asked_if("cultural_needs", &["REQUIRED", "OTHER"]),
        "The provider has to say how",
    )
    .mandatory(),
    q(
        ask(
            LongText,
            "character",
            "What the child is like",
            "Enter what the child is like: interests, strengths, what others enjoy about them",
        ),
        "Carers say yes to a child, not to a list of risks",
    )
    .mandatory(),
];

const REASON: &[Question] = &[
    q(ask(LongText, "reason", "Why a home is needed now", "Enter why a home is needed now"), "Providers judge how settled the child is")
        .mandatory(),
    q(
        ask(OneOf, "need_code", "Category of need", "Select the category of need").options(of::CATEGORY_OF_NEED),
        "The yearly return asks for it",
    )
    .mandatory()
    .only(Audience::Council),
    q(
        ask(OneOf, "kind_of_stay", "Kind of stay", "Select the kind of stay").options(of::KIND_OF_STAY),
        "Carers are approved for kinds of stay",
    )
    .mandatory(),
    q(
        ask(OneOf, "care_plan_goal", "Goal of the care plan", "Select the goal of the care plan").options(of::CARE_PLAN_GOAL),
        "Long-term intent decides whether a home invests",
    )
    .mandatory(),
    q(
        ask(LongText, "expected_duration", "How long, as far as known", "Enter how long the stay is expected to be"),
        "A bed is planned for that time",
    ),
    q(
        ask(
            LongText,
            "current_situation",
            "Where the child lives now",
            "Enter what kind of place the child lives in now, without the address",
        ),
        "It says what works and what does not",
    )
    .mandatory(),
    q(
        ask(
            LongText,
            "previous_placements",
            "Earlier placements and why they ended",
            "Enter earlier placements and why they ended, or `none`",
        ),
        "So that the same reason does not end the next one",
    )
    .mandatory(),
    q(
        ask(
            YesNo,
            "deprivation_of_liberty",
            "Deprivation of liberty order",
            "Select yes if there is or will be a deprivation of liberty order",
        ),
        "Few homes can carry one out lawfully",
    )
    .mandatory()
    .standard("deprivationOfLiberty"),
    q(
        ask(LongText, "liberty_restrictions", "Restrictions in the order", "Enter the restrictions that the order allows")
            .asked_if("deprivation_of_liberty", &["yes"]),
        "The home must be able to keep to them",
    )
    .mandatory(),
];

const LOCATION: &[Question] = &[
    q(
        ask(OneOf, "how_far", "How far away the home may be", "Select how far away the home may be").options(of::HOW_FAR),
        "Further away needs a more senior approval",
    )
    .mandatory(),
    q(
        ask(LongText, "why_away", "Why the child must be away from the area", "Enter why the child must be away from the area")
            .asked_if("how_far", &["AWAY", "ANYWHERE"]),
        "The approver has to read it",
    )
    .mandatory()
    .only(Audience::Council),
    q(
        ask(LongText, "areas_to_avoid", "Areas to avoid", "Enter areas to avoid, or `none`").hint("Districts only; no names of people"),
        "The child may be in danger there",
    )
    .mandatory(),
    q(
        ask(LongText, "places_that_matter", "Places that matter", "Enter what should stay within reach")
            .hint("For example a club, friends, a clinic"),
        "It makes a home feel near",
    ),
];

const HOME: &[Question] = &[
    q(
        ask(OneOf, "foster_care", "Foster care", "Select whether foster care suits the child").options(of::SUITABILITY),
        "It decides which providers are asked",
    )
    .mandatory()
    .standard("fosterCareSuitability"),
    q(
        ask(OneOf, "residential_care", "Children's home", "Select whether a children's home suits the child").options(of::SUITABILITY),
        "It decides which providers are asked",
    )
    .mandatory()
    .standard("residentialCareSuitability"),
    q(
        ask(OneOf, "supported_accommodation", "Supported accommodation", "Select whether supported accommodation suits the child")
            .options(of::SUITABILITY)
            .hint("Never for a child under 16"),
        "Support without care, for 16 and 17 year olds only",
    )
    .mandatory()
    .standard("supportedAccommodationSuitability"),
    q(
        ask(OneOf, "alongside", "Who the child can live with", "Select who the child can live with").options(of::ALONGSIDE),
        "The children already there count as much",
    )
    .mandatory()
    .standard("livingCompanions"),
    q(
        ask(OneOf, "pets", "Living with animals", "Select whether the child can live with animals").options(of::PETS),
        "Many foster homes have animals",
    )
    .mandatory()
    .standard("pets"),
    q(ask(YesNo, "adaptations", "Adapted home", "Select yes if the home must be adapted"), "Adapted homes are few and are found first")
        .mandatory()
        .standard("homeAdaptation"),
    q(
        ask(LongText, "adaptation_details", "Which adaptations", "Enter which adaptations and equipment are needed")
            .asked_if("adaptations", &["yes"]),
        "The provider checks doors, stairs and bathrooms",
    )
    .mandatory(),
    q(
        ask(OneOf, "staffing", "Staffing for a children's home", "Select the staffing").options(of::STAFFING),
        "It decides most of the price",
    ),
    q(
        ask(Number, "support_hours", "Hours of extra support a week", "Enter the hours of extra support a week").at_most(336),
        "It is priced apart",
    ),
    q(
        ask(ManyOf, "additional_support", "Additional support", "Select the additional support").options(of::SUPPORT),
        "It is priced apart and reviewed",
    )
    .standard("additionalSupport"),
    q(
        ask(LongText, "other_support", "Which other support", "Enter which other support is needed")
            .asked_if("additional_support", &["OTHER"]),
        "It is priced apart and reviewed",
    )
    .mandatory(),
    q(
        ask(LongText, "carer_skills", "Skills the carers or staff need", "Enter the skills that carers or staff need"),
        "Offers are judged by it",
    )
    .mandatory(),
];

const FAMILY: &[Question] = &[
    q(
        ask(OneOf, "siblings", "Brothers and sisters", "Select whether brothers or sisters need a home too").options(of::SIBLINGS),
        "Brothers and sisters belong together unless their needs say otherwise",
    )
    .mandatory(),
    q(
        ask(Number, "sibling_count", "How many to place with", "Enter the number of brothers and sisters to place with")
            .at_most(12)
            .asked_if("siblings", &["TOGETHER", "TOGETHER_IF_POSSIBLE"]),
        "The home needs the beds",
    )
    .mandatory()
    .standard("siblingCount"),
    q(
        ask(LongText, "siblings_apart_reason", "Why apart", "Enter why brothers and sisters are to live apart")
            .asked_if("siblings", &["APART"]),
        "The law asks for the reason",
    )
    .mandatory()
    .only(Audience::Council),
    q(
        ask(LongText, "parent_assessment", "Parenting assessment", "Enter the kind of assessment and its length in weeks")
            .asked_if("main_needs", &["PARENT"]),
        "Carers are trained for it, and the stay is limited",
    )
    .mandatory(),
    q(
        ask(Date, "court_on", "Next court date", "Enter the next court date").asked_if("main_needs", &["PARENT"]),
        "The placement must last until then",
    )
    .only(Audience::Council),
    q(
        ask(
            LongText,
            "contact",
            "Time with family and others",
            "Enter who the child sees, how often, and who supervises. Use `mother`, `grandfather`, not names",
        ),
        "The home must be able to make it happen",
    )
    .mandatory(),
];

const HEALTH: &[Question] = &[
    q(
        ask(
            OneOf,
            "communication_needs",
            "Communication, language or learning needs",
            "Select whether there are communication, language or learning needs",
        )
        .options(of::COMMUNICATION),
        "Carers have to be able to talk with the child",
    )
    .mandatory()
    .standard("communicationNeeds"),
    q(
        ask(ManyOf, "communication", "What the home must be able to use", "Select what the home must be able to use, or `None`")
            .options(of::LANGUAGES),
        "Carers have to be able to talk with the child",
    )
    .mandatory()
    .standard("specificCommunicationRequirements"),
    q(ask(YesNo, "interpreter", "Interpreter", "Select yes if an interpreter is needed"), "It has to be booked"),
    q(ask(LongText, "health", "Health", "Enter the child's health, or `no concerns`"), "Care has to go on without a gap").mandatory(),
    q(ask(LongText, "medication", "Medication", "Enter the child's medication, or `none`"), "Staff must be trained to give it").mandatory(),
    q(
        ask(LongText, "disability", "Disability", "Enter the child's disability")
            .asked_if("main_needs", &["PHYSICAL", "SENSORY", "LEARNING"]),
        "The provider has to say how the home meets it",
    )
    .mandatory(),
    q(
        ask(LongText, "behaviour", "What helps and what upsets", "Enter what helps the child and what upsets them"),
        "The first days depend on it",
    )
    .mandatory(),
    q(ask(Text, "diet", "Diet and allergies", "Enter diet and allergies, or `none`"), "The first meal").mandatory(),
];

const fn level(key: &'static str, label: &'static str, risk: &'static [&'static str]) -> Question {
    q(
        ask(OneOf, key, label, "Select how serious this risk is").options(of::RISK_LEVEL).asked_if("main_risks", risk),
        "Homes have to judge it against the children already there",
    )
    .mandatory()
}

const fn story(key: &'static str, label: &'static str, risk: &'static [&'static str]) -> Question {
    q(
        ask(LongText, key, label, "Enter what happened, when it last happened, and what works").asked_if("main_risks", risk),
        "What works is worth more than what happened",
    )
    .mandatory()
}

const RISKS_TO_CHILD: &[Question] = &[
    level("self_harm", "Self-harm or suicide: how serious", &["SELF_HARM"]),
    story("self_harm_story", "Self-harm or suicide: last time and what works", &["SELF_HARM"]),
    level("sexual_exploitation", "Sexual exploitation: how serious", &["SEXUAL_EXPLOITATION"]),
    story("sexual_exploitation_story", "Sexual exploitation: last time and what works", &["SEXUAL_EXPLOITATION"]),
    level("criminal_exploitation", "Criminal exploitation: how serious", &["CRIMINAL_EXPLOITATION"]),
    story("criminal_exploitation_story", "Criminal exploitation: last time and what works", &["CRIMINAL_EXPLOITATION"]),
    level("substances", "Drugs and alcohol: how serious", &["SUBSTANCES"]),
    story("substances_story", "Drugs and alcohol: last time and what works", &["SUBSTANCES"]),
    level("eating", "Eating disorder: how serious", &["EATING"]),
    story("eating_story", "Eating disorder: last time and what works", &["EATING"]),
    level("missing", "Going missing: how serious", &["MISSING"]),
    story("missing_story", "Going missing: last time and what works", &["MISSING"]),
    story("online_story", "Online harm: last time and what works", &["ONLINE"]),
    q(ask(LongText, "risk_other", "Any other risk to the child", "Enter any other risk to the child"), "Surprises end placements")
        .standard("riskOther"),
];

const RISKS_TO_OTHERS: &[Question] = &[
    level("physical_harm", "Physical harm: how serious", &["PHYSICAL_HARM"]),
    story("physical_harm_story", "Physical harm: last time and what works", &["PHYSICAL_HARM"]),
    level("sexual_harm", "Sexual harm: how serious", &["SEXUAL_HARM"]),
    story("sexual_harm_story", "Sexual harm: last time and what works", &["SEXUAL_HARM"]),
    level("fire", "Fire-setting: how serious", &["FIRE"]),
    story("fire_story", "Fire-setting: last time and what works", &["FIRE"]),
    story("animals_story", "Harm to animals: last time and what works", &["ANIMALS"]),
    story("draws_in_story", "Drawing others into crime: last time and what works", &["DRAWS_IN_OTHERS"]),
    story("allegations_story", "Allegations: what was said and what protects everybody", &["ALLEGATIONS"]),
    story("offending_story", "Offending: conditions and who supervises", &["OFFENDING"]),
    q(
        ask(LongText, "risk_to_others_other", "Any other risk to others or property", "Enter any other risk to others or property"),
        "Surprises end placements",
    )
    .standard("riskToOthersOther"),
];

const EDUCATION: &[Question] = &[
    q(
        ask(OneOf, "education", "Education now", "Select the child's education now").options(of::EDUCATION),
        "School is where change hurts most",
    )
    .mandatory(),
    q(ask(Text, "school_name", "School or college", "Enter the name of the school or college"), "Distance to school is measured from it")
        .only(Audience::Identity),
    q(
        ask(Number, "year_group", "School year", "Enter the school year").at_most(13),
        "In years 10 and 11 a change of school needs its own approval",
    ),
    q(
        ask(OneOf, "sen", "Special educational needs", "Select the support for special educational needs").options(of::SEN),
        "It decides who pays for what",
    )
    .mandatory(),
    q(
        ask(YesNo, "keep_school", "Stay at the same school", "Select yes if the child should stay at the same school"),
        "It limits the distance",
    )
    .mandatory(),
    q(ask(YesNo, "registered_education", "Education on site", "Select yes if the home must offer registered education"), "Few homes do")
        .mandatory(),
    q(ask(LongText, "transport", "Transport", "Enter what transport to school is needed"), "It is priced apart"),
];

const WISHES: &[Question] = &[
    q(
        ask(LongText, "childs_wishes", "What the child wants", "Enter what the child wants, in the child's own words if you can"),
        "The law asks for it, and it is the child's life",
    )
    .mandatory(),
    q(
        ask(LongText, "familys_wishes", "What the family wants", "Enter what the family wants").hint("No names"),
        "Placements last longer with their support",
    ),
    q(
        ask(LongText, "success", "What success looks like", "Enter what should be better in six months"),
        "Offers are judged by it, and the agreement reviewed",
    )
    .mandatory(),
];

const FUNDING: &[Question] = &[
    q(
        ask(Number, "education_percent", "Share paid by education, in percent", "Enter the share paid by education").at_most(100),
        "The agreement states who pays",
    )
    .only(Audience::Council),
    q(
        ask(Number, "health_percent", "Share paid by the integrated care board, in percent", "Enter the share paid by health").at_most(100),
        "The agreement states who pays",
    )
    .only(Audience::Council),
    q(ask(Text, "social_worker", "Social worker", "Enter the social worker's name"), "Somebody must answer questions")
        .mandatory()
        .only(Audience::Council),
    q(
        ask(Text, "social_worker_phone", "Social worker's telephone", "Enter the social worker's telephone number"),
        "Somebody must answer questions",
    )
    .mandatory()
    .only(Audience::Council),
    q(ask(Text, "manager", "Team manager", "Enter the team manager's name"), "Somebody authorises the search").only(Audience::Council),
    q(
        ask(Text, "reviewing_officer", "Independent reviewing officer", "Enter the independent reviewing officer's name"),
        "They are told before a move",
    )
    .only(Audience::Council),
];
