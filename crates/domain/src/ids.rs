//! The registry of typed ids: an id of one kind cannot be passed where another is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub Uuid);
            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
            }
            impl std::str::FromStr for $name {
                type Err = uuid::Error;
                fn from_str(text: &str) -> Result<Self, uuid::Error> { Uuid::parse_str(text).map(Self) }
            }
            impl From<$name> for Uuid { fn from(id: $name) -> Uuid { id.0 } }
            impl $name {
                /// The typed id for this uuid.
                #[must_use]
                pub fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            }
        )+
        /// Calls the given macro with every typed id, so that other crates can teach each id their own trait.
        #[macro_export]
        macro_rules! for_each_id { ($then:ident) => { $then! { $($crate::ids::$name),+ } }; }
    };
}

ids! {
    /// A council or a provider.
    OrganisationId,
    /// Somebody who signs in.
    PersonId,
    /// One person's role in one organisation.
    MembershipId,
    /// An invitation sent by email.
    InvitationId,
    /// A token with which an organisation's own software calls the API.
    ApiTokenId,
    /// The shared configuration of the councils that buy together.
    ConsortiumId,
    /// A children's home or a fostering branch: what Ofsted registers.
    ServiceId,
    /// One judgement in a service's rating history.
    RatingId,
    /// A service's place on a framework's lot and category, with its tendered maximum price.
    AdmissionId,
    /// A child, known to their own council only.
    ChildId,
    /// A child's need for a placement.
    ReferralId,
    /// The anonymised profile of a referral, sent to one service.
    ReleaseId,
    /// A provider's answer to a release.
    OfferId,
    /// One criterion's score of one offer, given by a named person.
    ScoreId,
    /// An approval that the law or the council's matrix asks for.
    ApprovalId,
    /// The individual placement agreement for one child.
    AgreementId,
    /// A child living in a place.
    PlacementId,
    /// A thing that must be done by a day, such as a notice.
    TaskId,
    /// A movement in the ledger of commitments.
    CommitmentId,
    /// A ceiling that a decision sets on spending.
    CeilingId,
    /// A council's recorded decision.
    DecisionId,
    /// That somebody was consulted, or that a partner agreed, before an act under a decision.
    ConsultationId,
    /// An act that was done under a delegation.
    GovernedActId,
    /// An agreement between the councils that buy together.
    InterAuthorityAgreementId,
    /// One council's signature on it.
    InterAuthoritySignatureId,
    /// A tender: the procurement of one framework, or of its next round.
    TenderId,
    /// An answer, a change or a new deadline that every bidder is told.
    AddendumId,
    /// A bidder's question.
    TenderQuestionId,
    /// The key with which an officer takes part in opening bids.
    OpeningKeyId,
    /// One council's share of a tender's key.
    TenderShareId,
    /// An officer's attempt to take part in an opening.
    OpeningAttemptId,
    /// The key under which a bidder's own papers are kept.
    BidderKeyId,
    /// What a bidder says about itself in every bid.
    BidderProfileId,
    /// A file of a bidder.
    BidderFileId,
    /// A bidder's work on one lot of a tender.
    BidId,
    /// A sealed bid as it was submitted.
    SubmissionId,
    /// A file of a submitted bid, sealed.
    SubmittedFileId,
    /// A bid after the opening.
    OpenedBidId,
    /// A person who scores the bids of a tender.
    EvaluatorId,
    /// What an evaluator declared about conflicts of interest.
    ConflictDeclarationId,
    /// How a conflict of interest that was declared late was dealt with.
    ConflictSettlementId,
    /// One evaluator's score of one answer.
    BidScoreId,
    /// The score on which the evaluators agreed.
    BidModerationId,
    /// Whether one service is admitted to one category, and why.
    BidOutcomeId,
    /// The award of a framework.
    AwardId,
    /// What a bidder was told about one of its bids.
    AssessmentSummaryId,
    /// A challenge to an award or a complaint about a procurement.
    ChallengeId,
    /// The framework agreement with one provider.
    FrameworkContractId,
    /// A numbered change to a framework agreement.
    FrameworkVariationId,
    /// A supplier that stays on a framework when the whole of it is awarded again.
    CarriedOverId,
    /// What was published of a procurement at one moment.
    PublishedReleaseId,
    /// The talks with providers before a tender.
    MarketEngagementId,
    /// What public registers say about a supplier.
    PublicSupplierId,
    /// What another body published of a procurement of its own.
    OutsideReleaseId,
    /// A reminder of a framework's deadline that went out.
    FrameworkReminderId,
    /// A restriction or suspension of a service.
    SuspensionId,
    /// What somebody found who looked whether a suspended service is safe again.
    AssuranceId,
    /// One signature under the end of a suspension.
    SuspensionSignatureId,
    /// An offer that a suspension froze.
    OfferFreezeId,
    /// A job in the outbox.
    JobId,
    /// A signed head of the audit log.
    CheckpointId,
}
