//! The options of the referral's questions. Where the Placements Data Standard has its own spelling, it stands beside ours.

use crate::purchasing::fields::Choice;

const fn own(code: &'static str, label: &'static str) -> Choice {
    Choice::new(code, label)
}

const fn std(code: &'static str, label: &'static str, standard: &'static str) -> Choice {
    Choice::standard(code, label, standard)
}

/// Gender, as registrations state it and as a child may say it.
pub const GENDER: &[Choice] = &[own("FEMALE", "Girl or young woman"), own("MALE", "Boy or young man"), own("OTHER", "Another gender")];

/// Legal status (SSDA903 codes).
pub const LEGAL_STATUS: &[Choice] = &[
    own("C1", "Interim care order"),
    own("C2", "Full care order"),
    own("D1", "Freeing order"),
    own("E1", "Placement order"),
    own("J1", "Remanded to local authority or youth detention accommodation"),
    own("J2", "Accommodated under the Police and Criminal Evidence Act 1984"),
    own("J3", "Youth rehabilitation order with residence or intensive fostering"),
    own("L1", "Police protection"),
    own("L2", "Emergency protection order"),
    own("L3", "Child assessment order"),
    own("V2", "Single period of accommodation under section 20"),
    own("V3", "Series of short breaks, each recorded"),
    own("V4", "Series of short breaks, recorded as an agreement"),
];

/// The legal statuses of a child who stays for short breaks and goes home again. A home that takes children for short breaks
/// only is no place for any other child.
pub const SHORT_BREAKS: &[&str] = &["V3", "V4"];

/// The main reason why the child is looked after (SSDA903 category of need).
pub const CATEGORY_OF_NEED: &[Choice] = &[
    own("N1", "Abuse or neglect"),
    own("N2", "Child's disability"),
    own("N3", "Parental illness or disability"),
    own("N4", "Family in acute stress"),
    own("N5", "Family dysfunction"),
    own("N6", "Socially unacceptable behaviour"),
    own("N7", "Low income"),
    own("N8", "Absent parenting"),
];

/// The child's needs. The first seven are the needs for which Ofsted registers homes, so they can be compared.
pub const NEEDS: &[Choice] = &[
    own("EBD", "Emotional and behavioural difficulties"),
    own("MENTAL", "Mental health"),
    own("SENSORY", "Sensory impairment"),
    own("ALCOHOL", "Present alcohol problems"),
    own("DRUGS", "Present drug problems"),
    own("LEARNING", "Learning disability"),
    own("PHYSICAL", "Physical disability"),
    own("HEALTH", "Complex health"),
    own("AUTISM", "Autism or ADHD"),
    own("TRAUMA", "Trauma and attachment"),
    own("SEPARATED", "Separated child seeking asylum"),
    own("PARENT", "Parent and child together"),
    own("NONE", "No particular need"),
];

/// The risks. The standard records each as its own field, whose key stands as the standard spelling; a risk that is not
/// chosen exports as `No known risk`.
pub const RISKS: &[Choice] = &[
    std("SELF_HARM", "To the child: self-harm or suicide", "riskSelfHarm"),
    std("SEXUAL_EXPLOITATION", "To the child: sexual exploitation", "riskSexualExploitation"),
    std("CRIMINAL_EXPLOITATION", "To the child: criminal exploitation", "riskCriminalExploitation"),
    std("SUBSTANCES", "To the child: drug and alcohol use", "riskDrugAlcohol"),
    std("EATING", "To the child: eating disorder", "riskEatingDisorder"),
    std("MISSING", "To the child: going missing", "riskMissing"),
    own("ONLINE", "To the child: online harm"),
    std("PHYSICAL_HARM", "To others: physical harm", "riskToOthersPhysical"),
    std("SEXUAL_HARM", "To others: sexual harm", "riskToOthersSexual"),
    std("FIRE", "To others or property: fire-setting", "riskToOthersFire"),
    std("ANIMALS", "To animals", "riskToOthersAnimals"),
    std("DRAWS_IN_OTHERS", "To others: drawing them into crime", "riskToOthersCriminal"),
    own("ALLEGATIONS", "Allegations against carers"),
    own("OFFENDING", "Offending, bail or remand conditions"),
    own("NONE", "No known risk"),
];

/// How serious a risk is.
pub const RISK_LEVEL: &[Choice] = &[own("LOW", "Low"), own("MEDIUM", "Medium"), own("HIGH", "High")];

/// How likely a kind of home suits the child.
pub const SUITABILITY: &[Choice] = &[
    std("PREFERRED", "Preferred", "Preferred"),
    std("SUITABLE", "Suitable but not preferred", "Suitable but not preferred"),
    std("UNSUITABLE", "Unsuitable", "Unsuitable"),
    std("NOT_SPECIFIED", "Not specified", "Not specified"),
];

/// With whom the child can live.
pub const ALONGSIDE: &[Choice] = &[
    std("SOLO", "Nobody: a solo placement", "Solo placement recommended"),
    std("WITH_CHILDREN", "Better with other children", "With other children recommended"),
    std("OLDER_ONLY", "Only with older children", "Only with other older children"),
    std("YOUNGER_ONLY", "Only with younger children", "Only with other younger children"),
    std("NO_PREFERENCE", "No preference", "No preference"),
];

/// Animals in the home.
pub const PETS: &[Choice] = &[
    std("MUST", "Yes, the child's own animal comes too", "Yes - must"),
    std("CAN", "Yes, the child can live with animals", "Yes - can"),
    std("NO", "No", "No"),
    std("NOT_KNOWN", "Not known", "Not Known"),
];

/// Support beyond the home's own.
pub const SUPPORT: &[Choice] = &[
    std("SUPERVISION", "Additional supervision", "additional supervision"),
    std("THERAPY", "Therapeutic support", "therapeutic support"),
    std("RESPITE", "A worker for respite", "a worker for respite"),
    std("TAXIS", "Taxis to school", "taxis to school"),
    std("NONE", "None", "NA"),
    std("OTHER", "Other support", "other (please specify)"),
];

/// Whether there are needs of communication, language or learning.
pub const COMMUNICATION: &[Choice] =
    &[std("YES", "Yes", "Y"), std("NO", "No", "N"), std("NOT_SPECIFIED", "Not specified", "Not Specified")];

/// Which communication the home must be able to use.
pub const LANGUAGES: &[Choice] = &[
    std("ESOL", "English for speakers of other languages (ESOL)", "ESOL"),
    std("BSL", "British Sign Language (BSL)", "BSL"),
    std("MAKATON", "Makaton", "Makaton"),
    std("OTHER", "Another", "Other"),
    std("NONE", "None", "None"),
];

/// Cultural needs.
pub const CULTURE: &[Choice] = &[
    std("REQUIRED", "Must be met", "Required"),
    std("NOT_REQUIRED", "None", "Not required"),
    std("NOT_KNOWN", "Not known", "Not Known"),
    std("OTHER", "Something else", "Other"),
];

/// What kind of stay it is.
pub const KIND_OF_STAY: &[Choice] = &[
    own("SHORT_TERM", "Short term, up to 6 months"),
    own("LONG_TERM", "Long term, more than 6 months"),
    own("PERMANENT", "Permanent"),
    own("RESPITE", "Respite"),
    own("PARENT_AND_CHILD", "Parent and child"),
    own("REMAND", "Remand"),
    own("BRIDGING", "Until another home is ready"),
];

/// What the care plan works towards.
pub const CARE_PLAN_GOAL: &[Choice] = &[
    own("RETURN_HOME", "Return home"),
    own("KINSHIP", "Live with relatives or friends"),
    own("LONG_TERM", "Long-term care"),
    own("ADOPTION", "Adoption"),
    own("INDEPENDENCE", "Independence"),
    own("NOT_DECIDED", "Not decided yet"),
];

/// How far away the home may be.
pub const HOW_FAR: &[Choice] = &[
    own("COUNCIL", "Within the council's area"),
    own("TWENTY_MILES", "Within 20 miles"),
    own("PARTNERSHIP", "Within the four councils' area"),
    own("ANYWHERE", "Further away if it meets the child's needs better"),
    own("AWAY", "Must be away from the home area for safety"),
];

/// Brothers and sisters.
pub const SIBLINGS: &[Choice] = &[
    own("TOGETHER", "Together"),
    own("TOGETHER_IF_POSSIBLE", "Together if possible"),
    own("APART", "Apart, by assessment"),
    own("NO_SIBLINGS", "No brothers or sisters need a home"),
];

/// Education now.
pub const EDUCATION: &[Choice] = &[
    own("MAINSTREAM", "Mainstream school"),
    own("SPECIAL", "Special school"),
    own("ALTERNATIVE", "Alternative provision"),
    own("COLLEGE", "College or training"),
    own("HOME", "Educated at home or with a tutor"),
    own("NOT_IN_SCHOOL", "Not in education now"),
    own("EARLY_YEARS", "Nursery or below school age"),
];

/// Support for special educational needs.
pub const SEN: &[Choice] = &[
    own("NONE", "None"),
    own("SUPPORT", "SEN support"),
    own("EHCP", "Education, health and care plan"),
    own("ASSESSMENT", "Being assessed for a plan"),
];

/// How many staff.
pub const STAFFING: &[Choice] = &[
    own("USUAL", "The home's usual staffing"),
    own("ONE_TO_ONE", "1 to 1 in the day"),
    own("ONE_TO_ONE_ALWAYS", "1 to 1 day and night"),
    own("TWO_TO_ONE", "2 to 1 in the day"),
    own("TWO_TO_ONE_ALWAYS", "2 to 1 day and night"),
];
