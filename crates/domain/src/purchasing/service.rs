//! What the rules need to know of a service: its registration, its rating, its room and its standing with the councils.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::registration::{Rating, ServiceKind, Urn};

codes! {
    /// The kind of place in which a child would live, the two that may never be bought for everybody among them.
    pub enum Setting("setting") {
        /// A registered children's home.
        Home = "HOME", "Children's home";
        /// A foster home of a registered agency.
        Fostering = "FOSTERING", "Foster home";
        /// Accommodation with support, not care, for 16 and 17 year olds.
        SupportedAccommodation = "SUPPORTED_ACCOMMODATION", "Supported accommodation";
        /// A place that should be registered and is not.
        Unregistered = "UNREGISTERED", "Unregistered setting";
    }
}

impl From<ServiceKind> for Setting {
    fn from(kind: ServiceKind) -> Self {
        match kind {
            ServiceKind::Home => Self::Home,
            ServiceKind::Fostering => Self::Fostering,
        }
    }
}

codes! {
    /// A need for which Ofsted registers a service.
    pub enum Need("need") {
        /// Emotional and behavioural difficulties.
        Behaviour = "EBD", "Emotional and behavioural difficulties";
        /// Mental disorders.
        MentalHealth = "MENTAL", "Mental health";
        /// Sensory impairment.
        Sensory = "SENSORY", "Sensory impairment";
        /// Present alcohol problems.
        Alcohol = "ALCOHOL", "Present alcohol problems";
        /// Present drug problems.
        Drugs = "DRUGS", "Present drug problems";
        /// Learning disability.
        Learning = "LEARNING", "Learning disability";
        /// Physical disability.
        Physical = "PHYSICAL", "Physical disability";
    }
}

codes! {
    /// A child's gender as the referral states it.
    pub enum Gender("gender") {
        /// Girl or young woman.
        Female = "FEMALE", "Girl or young woman";
        /// Boy or young man.
        Male = "MALE", "Boy or young man";
        /// Another gender.
        Other = "OTHER", "Another gender";
    }
}

codes! {
    /// Which children a service is registered for.
    pub enum AcceptedGender("accepted gender") {
        /// All children.
        Any = "ANY", "All children";
        /// Girls and young women.
        Girls = "GIRLS", "Girls and young women";
        /// Boys and young men.
        Boys = "BOYS", "Boys and young men";
    }
}

codes! {
    /// How a service stands with the councils.
    pub enum ServiceStanding("service standing") {
        /// Open for placements.
        Active = "ACTIVE", "Active";
        /// Open under conditions, for example one child at a time.
        Restricted = "RESTRICTED", "Restricted";
        /// No new placements.
        Suspended = "SUSPENDED", "Suspended";
        /// No longer admitted.
        Removed = "REMOVED", "Removed";
    }
}

codes! {
    /// Whether a manager is registered.
    pub enum ManagerStanding("manager standing") {
        /// Registered with Ofsted.
        Registered = "REGISTERED", "Registered manager in post";
        /// Appointed; the application is with Ofsted.
        Applied = "APPLIED", "Manager has applied to register";
        /// Nobody.
        Vacant = "VACANT", "No manager in post";
    }
}

/// Ages for which a service is registered, in completed years, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeRange {
    /// The youngest.
    pub from_years: u32,
    /// The oldest.
    pub to_years: u32,
}

impl AgeRange {
    /// Whether a child of this age fits.
    #[must_use]
    pub fn holds(self, age_years: u32) -> bool {
        (self.from_years..=self.to_years).contains(&age_years)
    }
}

/// A document that a service has to keep in date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentInDate {
    /// For example `Public liability insurance` or `Statement of purpose`.
    pub name: String,
    /// Its last day; none when it was never handed in.
    pub expires_on: Option<Day>,
}

/// The facts of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceFacts {
    /// What kind of place it is.
    pub setting: Setting,
    /// Ofsted's number; none for a place that is not registered.
    pub urn: Option<Urn>,
    /// The latest judgement.
    pub rating: Rating,
    /// The day of the inspection behind it.
    pub inspected_on: Option<Day>,
    /// Places for which it is registered; for fostering, the places of the offered household.
    pub registered_places: u32,
    /// Places taken on the day the child would move in.
    pub places_taken: u32,
    /// Whether ages and genders were ever stated. No list of Ofsted's does.
    pub is_scope_stated: bool,
    /// Ages for which it is registered or approved.
    pub ages: AgeRange,
    /// Genders for which it is registered or approved.
    pub genders: AcceptedGender,
    /// Needs for which it is registered; empty when nobody has recorded them.
    pub needs: Vec<Need>,
    /// Its manager.
    pub manager: ManagerStanding,
    /// Its standing with the councils.
    pub standing: ServiceStanding,
    /// The documents it has to keep in date.
    pub documents: Vec<DocumentInDate>,
}

impl ServiceFacts {
    /// Whether a child of this gender fits the registration. A child of another gender is discussed, not refused by a list.
    #[must_use]
    pub fn accepts(&self, gender: Gender) -> bool {
        match (self.genders, gender) {
            (AcceptedGender::Any, Gender::Female | Gender::Male | Gender::Other)
            | (AcceptedGender::Girls, Gender::Female | Gender::Other)
            | (AcceptedGender::Boys, Gender::Male | Gender::Other) => true,
            (AcceptedGender::Girls, Gender::Male) | (AcceptedGender::Boys, Gender::Female) => false,
        }
    }

    /// Places still free.
    #[must_use]
    pub fn free_places(&self) -> u32 {
        self.registered_places.saturating_sub(self.places_taken)
    }
}
