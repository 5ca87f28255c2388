//! Organisations, and the roles that people hold in them.

use crate::ids::{OrganisationId, PersonId};

codes! {
    /// What an organisation is to the consortium.
    pub enum OrganisationKind("kind of organisation") {
        /// A local authority that places children.
        Council = "COUNCIL", "Council";
        /// A registered provider: a company, charity or another body that runs homes or fosters.
        Provider = "PROVIDER", "Provider";
        /// Nearhome itself: the worker's timers and deadlines.
        System = "SYSTEM", "Nearhome";
    }
}

codes! {
    /// A role: what a person does for one organisation (section 11 of the domain notes).
    pub enum Role("role") {
        /// Writes the referral, attends matching, agrees the placement plan.
        SocialWorker = "SOCIAL_WORKER", "Social worker";
        /// Authorises a search.
        TeamManager = "TEAM_MANAGER", "Team manager";
        /// Screens, releases, compares, negotiates, prepares the agreement.
        PlacementOfficer = "PLACEMENT_OFFICER", "Placement officer";
        /// The nominated officer of regulation 11: approves placements out of the area.
        NominatedOfficer = "NOMINATED_OFFICER", "Nominated officer";
        /// Approves fostering agency and residential funding.
        HeadOfService = "HEAD_OF_SERVICE", "Head of service";
        /// The director of children's services: approves placements at a distance.
        Director = "DIRECTOR", "Director of children's services";
        /// Keeps the provider file: admissions, ratings, suspensions.
        ContractOfficer = "CONTRACT_OFFICER", "Contract officer";
        /// Signs contracts and agreements, approves price exceptions.
        HeadOfContracting = "HEAD_OF_CONTRACTING", "Head of contracting";
        /// Pays, forecasts, watches ceilings.
        FinanceOfficer = "FINANCE_OFFICER", "Finance officer";
        /// Checks notifications and the record; changes nothing.
        ReviewingOfficer = "REVIEWING_OFFICER", "Independent reviewing officer";
        /// Invites people and gives them roles; sees no child.
        Administrator = "ADMINISTRATOR", "Administrator";
        /// Answers referrals for a provider.
        ReferralsManager = "REFERRALS_MANAGER", "Referrals manager";
        /// Signs agreements for a provider.
        ProviderSignatory = "PROVIDER_SIGNATORY", "Provider signatory";
        /// The worker process and the installation's command line.
        Worker = "WORKER", "Nearhome worker";
        /// Somebody who has not signed in.
        Visitor = "VISITOR", "visitor";
    }
}

impl Role {
    /// The kind of organisation in which this role can be held.
    #[must_use]
    pub fn held_in(self) -> OrganisationKind {
        match self {
            Self::SocialWorker
            | Self::TeamManager
            | Self::PlacementOfficer
            | Self::NominatedOfficer
            | Self::HeadOfService
            | Self::Director
            | Self::ContractOfficer
            | Self::HeadOfContracting
            | Self::FinanceOfficer
            | Self::ReviewingOfficer
            | Self::Administrator => OrganisationKind::Council,
            Self::ReferralsManager | Self::ProviderSignatory => OrganisationKind::Provider,
            Self::Worker | Self::Visitor => OrganisationKind::System,
        }
    }
}

codes! {
    /// Why a person's role came to its end.
    pub enum RoleEnd("reason for ending a role") {
        /// They work there no longer.
        Left = "LEFT", "They left the organisation";
        /// They do other work now, for which another role is given.
        OtherPost = "OTHER_POST", "They do other work here now";
        /// Longer than the role should stand open unused.
        Away = "AWAY", "They are away for a long time";
        /// It was given by mistake, or is not trusted any more.
        NotTheirs = "NOT_THEIRS", "They should not have this role";
    }
}

/// Who is acting: one person, in one role, for one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person; the worker has an id of its own.
    pub person: PersonId,
    /// The organisation for which they act.
    pub organisation: OrganisationId,
    /// What that organisation is.
    pub kind: OrganisationKind,
    /// The role in which they act.
    pub role: Role,
}
