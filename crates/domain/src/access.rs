//! Who may do what: one list of actions, one table of rules, one decision.
//!
//! No data is reached without a [`Grant`], and only [`authorise`] makes one. A grant needs an [`Action`]; an action that
//! has no row in [`POLICY`] is open to nobody. The whole table is printed by a snapshot test (role × action), so every
//! change of it is read by a person.

use thiserror::Error;

use crate::people::{Caller, OrganisationKind, Role};

codes! {
    /// Everything that can be done or looked at.
    pub enum Action("action") {
        /// Prove who one is.
        SignIn = "SIGN_IN", "sign in";
        /// Take up an invitation: set a password and a second factor.
        AcceptInvitation = "ACCEPT_INVITATION", "accept an invitation";
        /// End one's own session.
        SignOut = "SIGN_OUT", "sign out";
        /// See one's own start page.
        SeeHome = "SEE_HOME", "see the start page";
        /// Invite a person into one's own organisation, or end their role.
        InvitePerson = "INVITE_PERSON", "invite people";
        /// See who has which role in one's own organisation.
        SeePeople = "SEE_PEOPLE", "see people and roles";
        /// Create or revoke a token for the organisation's own software.
        IssueToken = "ISSUE_TOKEN", "issue API tokens";
        /// See councils, frameworks, lots, prices and settings.
        SeeConsortium = "SEE_CONSORTIUM", "see frameworks and settings";
        /// Put a new version of the consortium's configuration in force.
        ChangeConsortium = "CHANGE_CONSORTIUM", "change the consortium's configuration";
        /// Register an organisation.
        RegisterOrganisation = "REGISTER_ORGANISATION", "register an organisation";
        /// Find homes and fostering branches.
        SeeServices = "SEE_SERVICES", "see homes and fostering branches";
        /// Enter or correct a home or branch, its rating and places.
        KeepService = "KEEP_SERVICE", "keep the provider file";
        /// Admit a service to a lot and category with its tendered maximum price.
        AdmitService = "ADMIT_SERVICE", "admit a service to a framework";
        /// Restrict, suspend or remove a home or branch for every council.
        SuspendService = "SUSPEND_SERVICE", "restrict or suspend a home or branch";
        /// Record what somebody found who looked whether a suspended home or branch is safe again.
        AssureService = "ASSURE_SERVICE", "record that a home or branch is safe again";
        /// Sign the end of a suspension.
        LiftSuspension = "LIFT_SUSPENSION", "sign the end of a suspension";
        /// Write and submit a referral.
        WriteReferral = "WRITE_REFERRAL", "write a referral";
        /// See the board of referrals of one's own council.
        SeeBoard = "SEE_BOARD", "see the referrals board";
        /// Read a child's referral.
        SeeReferral = "SEE_REFERRAL", "see a referral";
        /// Return or accept a submitted referral, record the in-house search, end a search.
        ScreenReferral = "SCREEN_REFERRAL", "screen a referral";
        /// Allow the search outside the council's own places.
        AuthoriseSearch = "AUTHORISE_SEARCH", "authorise a search";
        /// Send the anonymised profile to the admitted services.
        ReleaseReferral = "RELEASE_REFERRAL", "release a referral to providers";
        /// See the referrals sent to one's own services.
        SeeInbox = "SEE_INBOX", "see referrals received";
        /// Offer a place or decline.
        AnswerRelease = "ANSWER_RELEASE", "offer a place or decline";
        /// Compare the offers made for a child.
        SeeOffers = "SEE_OFFERS", "compare offers";
        /// Score an offer against a criterion.
        ScoreOffer = "SCORE_OFFER", "score an offer";
        /// Choose the offer to go forward with, giving the reason.
        PreferOffer = "PREFER_OFFER", "choose the preferred offer";
        /// Let a red check of an offer pass, in words; never one that the law makes.
        OverrideGate = "OVERRIDE_GATE", "let a failed check pass";
        /// See what waits for one's approval.
        SeeApprovals = "SEE_APPROVALS", "see approvals";
        /// Approve or refuse, with the checks that the regulation asks for.
        DecideApproval = "DECIDE_APPROVAL", "decide an approval";
        /// Write and issue the individual placement agreement.
        IssueAgreement = "ISSUE_AGREEMENT", "issue an agreement";
        /// Read an agreement to which one's organisation is a party.
        SeeAgreement = "SEE_AGREEMENT", "see an agreement";
        /// Sign an agreement for the council.
        SignForCouncil = "SIGN_FOR_COUNCIL", "sign for the council";
        /// Sign an agreement for the provider.
        SignForProvider = "SIGN_FOR_PROVIDER", "sign for the provider";
        /// Record that the child has moved in.
        StartPlacement = "START_PLACEMENT", "start a placement";
        /// Read a placement and its timeline.
        SeePlacement = "SEE_PLACEMENT", "see a placement";
        /// Record that a task of the start pack is done.
        CompleteTask = "COMPLETE_TASK", "complete a task";
        /// See commitments against the ceiling of the decision.
        SeeCommitments = "SEE_COMMITMENTS", "see commitments and ceilings";
        /// Enter the ceiling that a decision sets.
        SetCeiling = "SET_CEILING", "set a ceiling";
        /// Record a decision of one's own council, whom it had consulted, and its end.
        RecordDecision = "RECORD_DECISION", "record decisions";
        /// Enter that one's own council agrees to what a partner is about to do.
        AgreeAsPartner = "AGREE_AS_PARTNER", "agree as a partner council";
        /// Read the decisions of the councils that buy together.
        SeeDecisions = "SEE_DECISIONS", "see decisions";
        /// Write an agreement between the councils.
        WriteCouncilsAgreement = "WRITE_COUNCILS_AGREEMENT", "write an agreement between the councils";
        /// Sign an agreement between the councils for one's own.
        SignCouncilsAgreement = "SIGN_COUNCILS_AGREEMENT", "sign an agreement between the councils";
        /// Read tenders: councils all of them, bidders what is published.
        SeeTenders = "SEE_TENDERS", "see tenders";
        /// Draft, publish, extend and give up a tender.
        BuildTender = "BUILD_TENDER", "build a tender";
        /// Read one's own organisation's bids, their receipts and its papers.
        SeeOwnBids = "SEE_OWN_BIDS", "see your bids";
        /// Keep the organisation's papers and write its bids.
        WriteBid = "WRITE_BID", "write a bid";
        /// Submit and withdraw a bid.
        SubmitBid = "SUBMIT_BID", "submit a bid";
        /// Ask something about a tender before its last moment for questions.
        AskAboutTender = "ASK_ABOUT_TENDER", "ask about a tender";
        /// Answer bidders' questions to all of them, and tell them of changes.
        AnswerBidders = "ANSWER_BIDDERS", "answer bidders";
        /// See which notices a procurement needs and what was published of it.
        SeeNotices = "SEE_NOTICES", "see notices";
        /// Publish what is due of a procurement, and keep what its notices need.
        PublishNotice = "PUBLISH_NOTICE", "publish notices";
        /// Hand over what was published, the register of contracts and the spending, as files.
        ExportPublications = "EXPORT_PUBLICATIONS", "export what is published";
        /// Take in what other bodies publish.
        ImportReleases = "IMPORT_RELEASES", "import what others publish";
        /// See what other bodies buy, from whom and for how much.
        SeeMarket = "SEE_MARKET", "see what others publish";
        /// Have a key with which one takes part in opening bids.
        KeepOpeningKey = "KEEP_OPENING_KEY", "keep an opening key";
        /// Take part in opening bids with one's council's share.
        OpenBids = "OPEN_BIDS", "open bids";
        /// See who took part in an opening, and the list of the opened bids.
        SeeOpening = "SEE_OPENING", "see the opening of bids";
        /// See where the evaluation of bids stands, and the bids once nothing conflicts.
        SeeEvaluation = "SEE_EVALUATION", "see the evaluation of bids";
        /// Declare conflicts of interest in a tender, and score its bids.
        ScoreBids = "SCORE_BIDS", "score bids";
        /// Award a framework.
        AwardFramework = "AWARD_FRAMEWORK", "award a framework";
        /// Tell bidders the result, publish it, and keep challenges.
        RunAward = "RUN_AWARD", "run what follows an award";
        /// See where an award stands, and the agreements that follow it.
        SeeAward = "SEE_AWARD", "see an award";
        /// See what one's own organisation was told about its bids.
        SeeResult = "SEE_RESULT", "see the result of your bids";
        /// Sign a framework agreement for a provider.
        SignFrameworkForProvider = "SIGN_FRAMEWORK_FOR_PROVIDER", "sign a framework agreement for a provider";
        /// Countersign framework agreements for the councils.
        CountersignFramework = "COUNTERSIGN_FRAMEWORK", "countersign a framework agreement";
        /// Change, suspend, resume and end framework agreements, and end a framework before its time.
        KeepFrameworkContracts = "KEEP_FRAMEWORK_CONTRACTS", "change, suspend or end a framework agreement";
        /// See how a framework stands: its awards, their state, and by when it is awarded again.
        SeeFramework = "SEE_FRAMEWORK", "see how a framework stands";
        /// Name evaluators, agree scores, lock them, and decide what becomes of each service.
        RunEvaluation = "RUN_EVALUATION", "run the evaluation of bids";
        /// Read one's organisation's entries of the audit record, export the signed heads.
        SeeRecord = "SEE_RECORD", "see the audit record";
        /// Seal new entries of the audit record.
        SealRecord = "SEAL_RECORD", "seal the audit record";
        /// Do the work that the outbox holds.
        RunJobs = "RUN_JOBS", "run jobs";
    }
}

codes! {
    /// How the caller's organisation stands to the thing that is acted on.
    pub enum Relation("relation") {
        /// It is theirs: their own child, referral, placement, people.
        Own = "OWN", "own";
        /// They are the other party: invited to answer, or a party to the agreement.
        Counterparty = "COUNTERPARTY", "counterparty";
        /// It is shared by everybody in the consortium: frameworks, services, ratings.
        Shared = "SHARED", "shared";
    }
}

/// One row of the policy: these roles may do this, when their organisation stands so to the thing.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What may be done.
    pub action: Action,
    /// By whom.
    pub roles: &'static [Role],
    /// When their organisation stands so to it.
    pub relation: Relation,
    /// Why: stored with every act that this rule allowed.
    pub reason: &'static str,
}

const fn rule(action: Action, relation: Relation, roles: &'static [Role], reason: &'static str) -> Rule {
    Rule { action, roles, relation, reason }
}

use Relation::{Counterparty, Own, Shared};
use Role::{
    Administrator, ContractOfficer, Director, FinanceOfficer, HeadOfContracting, HeadOfService, NominatedOfficer, PlacementOfficer,
    ProviderSignatory, ReferralsManager, ReviewingOfficer, SocialWorker, TeamManager, Visitor, Worker,
};

const EVERYBODY: &[Role] = &[
    SocialWorker,
    TeamManager,
    PlacementOfficer,
    NominatedOfficer,
    HeadOfService,
    Director,
    ContractOfficer,
    HeadOfContracting,
    FinanceOfficer,
    ReviewingOfficer,
    Administrator,
    ReferralsManager,
    ProviderSignatory,
];
const COUNCIL: &[Role] = &[
    SocialWorker,
    TeamManager,
    PlacementOfficer,
    NominatedOfficer,
    HeadOfService,
    Director,
    ContractOfficer,
    HeadOfContracting,
    FinanceOfficer,
    ReviewingOfficer,
    Administrator,
];
const PROVIDER: &[Role] = &[ReferralsManager, ProviderSignatory];
/// Those who work on a child's case. Contract, finance and system staff see no child.
const CASE: &[Role] = &[SocialWorker, TeamManager, PlacementOfficer, NominatedOfficer, HeadOfService, Director, ReviewingOfficer];
const APPROVERS: &[Role] = &[TeamManager, NominatedOfficer, HeadOfService, Director, HeadOfContracting];

/// Those who procure, and who open bids.
const PROCURERS: &[Role] = &[ContractOfficer, HeadOfContracting];

/// The whole policy. An action without a row is open to nobody.
pub const POLICY: &[Rule] = &[
    rule(Action::SignIn, Shared, &[Visitor], "anybody may try to prove who they are"),
    rule(Action::AcceptInvitation, Shared, &[Visitor], "whoever holds the invitation may take it up"),
    rule(Action::SignOut, Own, EVERYBODY, "one's own session"),
    rule(Action::SeeHome, Own, EVERYBODY, "one's own start page"),
    rule(Action::InvitePerson, Own, &[Administrator, ProviderSignatory], "keeps the people of their own organisation"),
    rule(Action::InvitePerson, Shared, &[Worker], "the first administrator of an organisation is invited by the installation"),
    rule(Action::SeePeople, Own, &[Administrator, ProviderSignatory], "keeps the people of their own organisation"),
    rule(Action::SeePeople, Shared, &[Worker], "lists the accounts of a sample database at its terminal"),
    rule(Action::IssueToken, Own, &[Administrator, ProviderSignatory], "keeps the connections of their own organisation"),
    rule(
        Action::IssueToken,
        Own,
        &[SocialWorker, PlacementOfficer, ReviewingOfficer, ReferralsManager],
        "answers for software that acts in their own role",
    ),
    rule(Action::SeeConsortium, Shared, EVERYBODY, "frameworks and prices are open to all who work under them"),
    rule(Action::SeeConsortium, Shared, &[Worker], "works by the configuration in force"),
    rule(Action::ChangeConsortium, Shared, &[HeadOfContracting, Worker], "keeps the frameworks for the consortium"),
    rule(Action::RegisterOrganisation, Shared, &[ContractOfficer, Worker], "keeps the provider file"),
    rule(Action::SeeServices, Shared, COUNCIL, "what can be bought is shared by the councils"),
    rule(Action::SeeServices, Own, PROVIDER, "one's own homes and branches"),
    rule(Action::SeeServices, Shared, &[Worker], "imports and loads the provider file"),
    rule(Action::KeepService, Shared, &[ContractOfficer, Worker], "keeps the provider file"),
    rule(Action::AdmitService, Shared, &[ContractOfficer, Worker], "keeps the admissions to the framework"),
    rule(Action::SuspendService, Shared, PROCURERS, "keeps children out of a place that is not safe, for every council at once"),
    rule(Action::AssureService, Shared, PROCURERS, "answers for the quality of what is bought"),
    rule(
        Action::LiftSuspension,
        Shared,
        &[HeadOfService, Director, ContractOfficer, HeadOfContracting],
        "signs that a place is safe again, with somebody of another post",
    ),
    rule(Action::WriteReferral, Own, &[SocialWorker, PlacementOfficer], "works on the child's case"),
    rule(Action::SeeBoard, Own, CASE, "works on the council's cases"),
    rule(Action::SeeReferral, Own, CASE, "works on the child's case"),
    rule(Action::ScreenReferral, Own, &[PlacementOfficer], "the placement service screens and searches"),
    rule(Action::AuthoriseSearch, Own, &[TeamManager, HeadOfService], "answers for the search and its budget"),
    rule(Action::ReleaseReferral, Own, &[PlacementOfficer], "the placement service releases to the market"),
    rule(Action::SeeInbox, Own, PROVIDER, "referrals sent to one's own services"),
    rule(Action::AnswerRelease, Counterparty, &[ReferralsManager], "was asked to answer"),
    rule(Action::SeeOffers, Own, CASE, "works on the child's case"),
    rule(Action::SeeOffers, Own, &[HeadOfContracting], "approves price exceptions"),
    rule(Action::SeeOffers, Shared, &[Worker], "ranks for whoever runs the installation: no child is named"),
    rule(Action::ScoreOffer, Own, &[SocialWorker, PlacementOfficer], "judges offers for the child"),
    rule(Action::PreferOffer, Own, &[PlacementOfficer], "the placement service proposes the placement"),
    rule(Action::OverrideGate, Own, &[HeadOfService, Director], "answers for placing against a failed check"),
    rule(Action::SeeApprovals, Own, APPROVERS, "approves placements"),
    rule(Action::DecideApproval, Own, APPROVERS, "approves placements"),
    rule(Action::IssueAgreement, Own, &[PlacementOfficer], "the placement service prepares the agreement"),
    rule(Action::SeeAgreement, Own, CASE, "works on the child's case"),
    rule(Action::SeeAgreement, Own, &[HeadOfContracting, FinanceOfficer], "signs or pays what was agreed"),
    rule(Action::SeeAgreement, Counterparty, PROVIDER, "is a party to the agreement"),
    rule(Action::SignForCouncil, Own, &[HeadOfContracting, HeadOfService], "signs for the council"),
    rule(Action::SignForProvider, Counterparty, &[ProviderSignatory], "signs for the provider"),
    rule(Action::StartPlacement, Own, &[PlacementOfficer], "the placement service records the start"),
    rule(Action::SeePlacement, Own, CASE, "works on the child's case"),
    rule(Action::SeePlacement, Counterparty, PROVIDER, "cares for the child"),
    rule(Action::CompleteTask, Own, &[SocialWorker, PlacementOfficer], "does the start pack"),
    rule(Action::SeeCommitments, Own, &[FinanceOfficer, HeadOfContracting, HeadOfService, Director], "answers for the budget"),
    rule(Action::SetCeiling, Own, &[FinanceOfficer], "enters what the decision resolved"),
    rule(Action::SetCeiling, Shared, &[Worker], "enters what the decision resolved"),
    rule(Action::RecordDecision, Own, &[ContractOfficer], "keeps the record of what their council decided"),
    rule(Action::RecordDecision, Shared, &[Worker], "enters decisions at the terminal"),
    rule(Action::AgreeAsPartner, Shared, &[ContractOfficer], "answers for their own council’s agreement"),
    rule(Action::AgreeAsPartner, Shared, &[Worker], "enters decisions at the terminal"),
    rule(Action::SeeDecisions, Shared, COUNCIL, "councils that buy together see by whose leave"),
    rule(Action::SeeDecisions, Shared, &[Worker], "lists decisions at the terminal"),
    rule(Action::WriteCouncilsAgreement, Own, &[ContractOfficer], "prepares the agreement for the council that leads"),
    rule(Action::WriteCouncilsAgreement, Shared, &[Worker], "enters the agreement at the terminal"),
    rule(Action::SignCouncilsAgreement, Own, &[HeadOfContracting, Director], "signs for the council, if a decision or its rules say so"),
    rule(Action::SeeTenders, Shared, EVERYBODY, "what is bought is told to all who buy it and to all who may bid"),
    rule(Action::SeeTenders, Shared, &[Worker], "lists tenders at the terminal"),
    rule(Action::BuildTender, Own, PROCURERS, "procures for the councils"),
    rule(Action::BuildTender, Shared, &[Worker], "enters a tender's file at the terminal"),
    rule(Action::SeeOwnBids, Own, PROVIDER, "one's own organisation's bids"),
    rule(Action::WriteBid, Own, &[ReferralsManager], "writes the bids of their organisation"),
    rule(Action::SubmitBid, Own, &[ProviderSignatory], "binds their organisation by its bid"),
    rule(Action::AskAboutTender, Shared, PROVIDER, "whoever may bid may ask"),
    rule(Action::AnswerBidders, Own, PROCURERS, "procures for the councils"),
    rule(Action::SeeNotices, Shared, COUNCIL, "councils that buy together see what the public is told"),
    rule(Action::PublishNotice, Own, PROCURERS, "procures for the councils"),
    rule(Action::ExportPublications, Shared, &[Worker], "hands over files at the terminal"),
    rule(Action::ImportReleases, Shared, &[Worker], "takes in files at the terminal"),
    rule(Action::SeeMarket, Shared, PROCURERS, "learns what others pay before it procures"),
    rule(Action::KeepOpeningKey, Own, PROCURERS, "is an opening officer of their council"),
    rule(Action::OpenBids, Shared, PROCURERS, "takes part with their council’s share"),
    rule(Action::SeeOpening, Shared, PROCURERS, "takes part in the opening or answers for it"),
    rule(Action::SeeOpening, Shared, &[Director], "answers for the award"),
    rule(Action::SeeEvaluation, Shared, COUNCIL, "evaluators come from all of the councils; bids are shown to those who declared"),
    rule(Action::ScoreBids, Shared, COUNCIL, "scores what they were named for, after they declared"),
    rule(Action::RunEvaluation, Own, PROCURERS, "procures for the councils"),
    rule(Action::AwardFramework, Own, &[Director], "approves the outcome by delegation"),
    rule(Action::RunAward, Own, PROCURERS, "procures for the councils"),
    rule(Action::SeeAward, Own, PROCURERS, "procures for the councils"),
    rule(Action::SeeAward, Own, &[Director], "answers for the award"),
    rule(Action::SeeResult, Shared, PROVIDER, "one's own organisation's result"),
    rule(Action::SignFrameworkForProvider, Shared, &[ProviderSignatory], "binds their organisation by the agreement"),
    rule(Action::CountersignFramework, Own, &[HeadOfContracting], "signs contracts by delegation"),
    rule(Action::KeepFrameworkContracts, Own, &[HeadOfContracting], "answers for the councils’ contracts"),
    rule(Action::SeeFramework, Shared, COUNCIL, "what can be bought, and until when, is shared by the councils"),
    rule(Action::SeeRecord, Own, &[ReviewingOfficer, Administrator], "checks the record of their own council"),
    rule(Action::SeeRecord, Shared, &[Worker], "exports the signed heads at the terminal"),
    rule(Action::SealRecord, Shared, &[Worker], "the sealer"),
    rule(Action::RunJobs, Shared, &[Worker], "the worker"),
];

/// Leave to do one action, with the reason that allowed it. Only [`authorise`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    action: Action,
    caller: Caller,
    reason: &'static str,
}

impl Grant {
    /// What may be done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }
    /// By whom.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
    /// Why: goes into the record with the act.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

/// Why leave was not given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Denied {
    /// Nobody is signed in.
    #[error("sign in first")]
    SignInFirst,
    /// The caller may not know that the thing exists; looks exactly like absence.
    #[error("not found")]
    NotVisible,
    /// The caller may see it but not do this.
    #[error("your role, {role}, may not {action}")]
    NotAllowed {
        /// The role in which they act.
        role: Role,
        /// What they tried.
        action: Action,
    },
}

/// Rules, and what follows from them. The program knows one policy, [`IN_FORCE`]; tests also weigh what is left of it when a
/// line is taken out.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a>(pub &'a [Rule]);

/// The policy by which everything is decided.
pub const IN_FORCE: Policy<'static> = Policy(POLICY);

impl Policy<'_> {
    /// As [`authorise`], under these rules.
    ///
    /// # Errors
    /// As [`authorise`].
    pub fn authorise(&self, caller: &Caller, action: Action, relation: Option<Relation>) -> Result<Grant, Denied> {
        let granted = relation.and_then(|relation| {
            self.0.iter().find(|rule| rule.action == action && rule.relation == relation && rule.roles.contains(&caller.role))
        });
        match (granted, relation) {
            (Some(rule), _) => Ok(Grant { action, caller: caller.clone(), reason: rule.reason }),
            (None, _) if caller.role == Visitor => Err(Denied::SignInFirst),
            (None, None) => Err(Denied::NotVisible),
            (None, Some(_)) => Err(Denied::NotAllowed { role: caller.role, action }),
        }
    }

    /// The matrix of roles and actions as text, for the snapshot that people read.
    #[must_use]
    pub fn matrix(&self) -> String {
        use std::fmt::Write as _;

        use crate::Code as _;
        let mut text = String::new();
        for action in Action::ALL {
            text.push_str(action.code());
            text.push('\n');
            for rule in self.0.iter().filter(|rule| rule.action == *action) {
                let roles: Vec<_> = rule.roles.iter().map(|role| role.code()).collect();
                let _ = writeln!(text, "  {:<12} {} ({})", rule.relation.code(), roles.join(" "), rule.reason);
            }
        }
        text
    }
}

/// Decides whether this caller may do this, given how their organisation stands to the thing.
///
/// `None` as relation means that their organisation has nothing to do with it.
///
/// # Errors
/// [`Denied::SignInFirst`] for visitors; [`Denied::NotVisible`] when the organisation has no relation to the thing;
/// [`Denied::NotAllowed`] when another role would be needed.
pub fn authorise(caller: &Caller, action: Action, relation: Option<Relation>) -> Result<Grant, Denied> {
    IN_FORCE.authorise(caller, action, relation)
}

/// Whether this role could ever do this action, whatever the thing: decides which links a page shows.
#[must_use]
pub fn could(role: Role, action: Action) -> bool {
    POLICY.iter().any(|rule| rule.action == action && rule.roles.contains(&role))
}

/// The worker: Nearhome's own timers and the installation's command line.
#[must_use]
pub fn worker() -> Caller {
    nobody(Worker)
}

/// Somebody who has not signed in.
#[must_use]
pub fn visitor() -> Caller {
    nobody(Visitor)
}

fn nobody(role: Role) -> Caller {
    use crate::ids::{OrganisationId, PersonId};
    Caller { person: PersonId(uuid::Uuid::nil()), organisation: OrganisationId(uuid::Uuid::nil()), kind: OrganisationKind::System, role }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code as _;

    fn as_role(role: Role) -> Caller {
        Caller { role, ..worker() }
    }

    #[test]
    fn every_action_has_a_rule_and_every_rule_a_role_that_can_stand_so() {
        for action in Action::ALL {
            assert!(POLICY.iter().any(|rule| rule.action == *action), "{} is open to nobody", action.code());
        }
        for rule in POLICY {
            assert!(!rule.roles.is_empty() && !rule.reason.is_empty());
            for role in rule.roles {
                let outsider = rule.relation == Counterparty && role.held_in() != OrganisationKind::Provider;
                assert!(!outsider, "{} cannot be a counterparty", role.code());
            }
        }
    }

    #[test]
    fn contract_and_finance_staff_and_administrators_see_no_child() {
        for action in [Action::SeeReferral, Action::SeeBoard, Action::SeePlacement, Action::WriteReferral] {
            for role in [ContractOfficer, FinanceOfficer, Administrator] {
                assert!(!could(role, action), "{} may {}", role.code(), action.code());
            }
        }
    }

    #[test]
    fn absence_of_a_relation_looks_like_absence_of_the_thing() {
        assert_eq!(authorise(&as_role(PlacementOfficer), Action::SeeReferral, None), Err(Denied::NotVisible));
        assert!(matches!(authorise(&as_role(FinanceOfficer), Action::SeeReferral, Some(Own)), Err(Denied::NotAllowed { .. })));
        let grant = authorise(&as_role(PlacementOfficer), Action::SeeReferral, Some(Own)).unwrap();
        assert_eq!(grant.reason(), "works on the child's case");
    }
}
