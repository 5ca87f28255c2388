//! The consortium as configuration: which councils buy together, from which frameworks, at what prices, by whose leave.
//!
//! Nothing in this crate names a council, a framework, a price or a weight. They all arrive here as data, and each value
//! says where it comes from ([`Origin`]), so that a screen never shows an example as if somebody had published it.

pub mod cascade;
pub mod framework;
pub mod reaward;
mod validate;

use serde::{Deserialize, Serialize};

use cascade::CascadePreset;
use framework::Framework;
pub use validate::Problem;

use crate::governance::approval::{ApprovalMatrix, ApprovalRow, LaxerRow};
use crate::money::charge::EndDay;
use crate::money::commitment::CommitmentHorizon;
use crate::pence::BasisPoints;
use crate::people::Role;
use crate::procurement::notice::NoticeRule;
use crate::registration::ServiceKind;

/// Where a configured value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody published it: a plausible value that shows how the system works, to be replaced before real use. Shown
    /// with that mark wherever it appears.
    Example,
    /// The councils agreed on it for their own use.
    Agreed,
    /// It was published; the text says where.
    Published(String),
}

impl Origin {
    /// Whether screens must mark the value as an example.
    #[must_use]
    pub fn is_example(&self) -> bool {
        match self {
            Self::Example => true,
            Self::Agreed | Self::Published(_) => false,
        }
    }
}

/// The code that the Office for National Statistics gives a council that is responsible for children: `E06000018`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CouncilCode(pub String);

impl CouncilCode {
    /// Whether it has the form of a code: a letter and eight digits.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let mut characters = self.0.chars();
        characters.next().is_some_and(|first| first.is_ascii_uppercase())
            && self.0.len() == 9
            && characters.all(|character| character.is_ascii_digit())
    }

    /// Whether it is the code of a county with districts below it, in which case no postcode carries it.
    #[must_use]
    pub fn is_county(&self) -> bool {
        self.is_well_formed() && self.0.starts_with("E10")
    }
}

impl std::fmt::Display for CouncilCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Councils that buy together, and everything they agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consortium {
    /// The name on every page.
    pub name: String,
    /// What the councils mean by *local*.
    pub local: LocalArea,
    /// The councils.
    pub councils: Vec<Council>,
    /// Counties with their districts: the postcode file names the district, the law asks for the council responsible for
    /// children. Members' and neighbours' counties; every other code stands for itself.
    #[serde(default)]
    pub counties: Vec<County>,
    /// Who approves what in every council, above what the law asks.
    pub approvals: Vec<ApprovalRow>,
    /// The ways in which a referral reaches providers.
    pub cascades: Vec<CascadePreset>,
    /// Figures that are not part of a framework's terms.
    pub settings: Settings,
    /// How what is procured is published; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
    /// What the councils may buy from.
    pub frameworks: Vec<Framework>,
}

/// The policy test of *local*: within a radius of one point. It says nothing about the law's tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalArea {
    /// What people call the point: *Nottingham city centre*.
    pub reference_point: String,
    /// Metres east on the National Grid.
    pub easting_m: u32,
    /// Metres north on the National Grid.
    pub northing_m: u32,
    /// A home at this distance or nearer is local.
    pub radius_miles: u32,
    /// Where the policy comes from.
    pub origin: Origin,
}

/// One council.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Council {
    /// Its statistical code.
    pub code: CouncilCode,
    /// Its full name.
    pub name: String,
    /// Its short name in addresses of pages.
    pub slug: String,
    /// What national lists, such as Ofsted's, call its area.
    pub area_name: String,
    /// The councils whose areas touch its own, members or not: what regulation 11 calls adjoining.
    pub adjoining: Vec<CouncilCode>,
    /// What its posts are called, and the role that each holds here.
    pub posts: Vec<Post>,
    /// Rows that make its approvals stricter than the consortium's. A laxer row is refused.
    #[serde(default)]
    pub approvals: Vec<ApprovalRow>,
    /// The council’s head of contracting signs agreements between councils without a decision on record here: where that rule comes
    /// from. Absent, a recorded decision must delegate it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs_without_decision: Option<Origin>,
    /// Where other councils send notices of placements in its area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notices_email: Option<String>,
    /// As what it appears in what is published of its procurements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<PublicEntry>,
}

/// A council in the public register of organisations that procure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicEntry {
    /// Its number there, without the name of the register.
    pub register_number: String,
    /// Where suppliers write to.
    pub email: String,
    /// Where the two come from.
    pub origin: Origin,
}

/// How the councils publish what they procure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// What the ids of our contracting processes begin with; the registry of open contracting gives it to a publisher.
    pub ocid_prefix: String,
    /// Who publishes.
    pub publisher: String,
    /// The address at which Nearhome is reached, where bids are made.
    pub site: String,
    /// The days and amounts of the law.
    #[serde(default)]
    pub notices: NoticeRule,
    /// Where these come from.
    pub origin: Origin,
}

/// A county where two tiers of council share the work; the upper one is responsible for children.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct County {
    /// The county council's statistical code.
    pub code: CouncilCode,
    /// Its name.
    pub name: String,
    /// The codes of its districts.
    pub districts: Vec<CouncilCode>,
}

/// A post in a council: decisions name posts, not people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// The council's own title.
    pub title: String,
    /// What the post may do here.
    pub role: Role,
    /// Where the title comes from.
    pub origin: Origin,
}

/// Figures that hold for every agreement of the consortium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where these figures come from.
    pub origin: Origin,
    /// The preset by which an emergency is released, whatever the framework names.
    pub emergency_cascade: String,
    /// Whether the day on which a placement ends is charged.
    pub end_day: EndDay,
    /// Days of notice that either side gives.
    pub notice_days: u32,
    /// The first days of a placement, in which a shorter notice is enough.
    pub settling_in_days: u32,
    /// Days of notice in the first days.
    pub settling_in_notice_days: u32,
    /// How far ahead an agreement without an end commits money.
    pub commitment_horizon: CommitmentHorizon,
    /// Weeks for which an agreement with a fostering agency is expected to last.
    pub expected_weeks_fostering: u32,
    /// Weeks for which an agreement with a children's home is expected to last.
    pub expected_weeks_residential: u32,
    /// Shares of a ceiling at which finance is told, lowest first.
    pub ceiling_alerts_basis_points: Vec<BasisPoints>,
    /// Days after which a posted vacancy is reminded of.
    pub vacancy_stale_days: u32,
    /// Days after which a posted vacancy is hidden.
    pub vacancy_hidden_days: u32,
    /// A home or branch that requires improvement is suspended, too, as one that is inadequate always is.
    #[serde(default)]
    pub improvement_suspends: bool,
}

impl Settings {
    /// Weeks for which an agreement under a framework of this service is expected to last.
    #[must_use]
    pub fn expected_weeks(&self, service: ServiceKind) -> u32 {
        match service {
            ServiceKind::Fostering => self.expected_weeks_fostering,
            ServiceKind::Home => self.expected_weeks_residential,
        }
    }
}

impl Consortium {
    /// The council with this code.
    #[must_use]
    pub fn council(&self, code: &CouncilCode) -> Option<&Council> {
        self.councils.iter().find(|council| council.code == *code)
    }

    /// The council that is responsible for children where a postcode lies: the county for a district, else the code itself.
    #[must_use]
    pub fn responsible_council<'a>(&'a self, code: &'a CouncilCode) -> &'a CouncilCode {
        self.counties.iter().find(|county| county.districts.contains(code)).map_or(code, |county| &county.code)
    }

    /// The framework with this reference.
    #[must_use]
    pub fn framework(&self, reference: &str) -> Option<&Framework> {
        self.frameworks.iter().find(|framework| framework.reference == reference)
    }

    /// Framework, lot and category in words, for headings; their codes when they are no longer configured.
    #[must_use]
    pub fn category_in_words(&self, framework: &str, lot: &str, category: &str) -> String {
        let named = self.framework(framework).and_then(|one| Some((one, one.category(category)?)));
        named.filter(|(_, (in_lot, _))| in_lot.code == lot).map_or_else(
            || [framework, lot, category].join(", "),
            |(framework, (lot, category))| format!("{}, {}: {}, {}", framework.title, framework.reference, lot.name, category.name),
        )
    }

    /// The cascade preset with this code.
    #[must_use]
    pub fn cascade(&self, code: &str) -> Option<&CascadePreset> {
        self.cascades.iter().find(|preset| preset.code == code)
    }

    /// What one council must have approved and by whom: the law, tightened by the consortium, tightened by the council.
    ///
    /// # Errors
    /// [`LaxerRow`] when a row of either would loosen the layer below it.
    pub fn approval_matrix(&self, council: &Council) -> Result<ApprovalMatrix, LaxerRow> {
        ApprovalMatrix::legal_minimum().tightened_by(&self.approvals)?.tightened_by(&council.approvals)
    }

    /// Every problem of the configuration, each with its path and reason; none when it can be used.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        validate::problems(self)
    }
}
