//! Who reaches a child's case, and who may let somebody else reach one.
//!
//! System staff keep people, roles and tokens, and see no child. That would be worth nothing if they could give themselves
//! what they keep: a token in a role that reaches children, or such a role under their own address. So what reaches children
//! is passed on by those who reach them already, and where system staff must do it, others hear of it.

use thiserror::Error;

use crate::Code as _;
use crate::access::{Action, could};
use crate::people::{OrganisationKind, Role};

/// What shows, or writes, the case of a child who can be told from others. An agreement is not among them: whoever only pays
/// or signs it reads a number in the place of the child's name.
const CASE_OF_A_CHILD: [Action; 4] = [Action::WriteReferral, Action::SeeBoard, Action::SeeReferral, Action::SeePlacement];

/// Whether somebody in this role reaches the cases of children; read from the policy, so that the two cannot differ.
#[must_use]
pub fn reaches_children(role: Role) -> bool {
    CASE_OF_A_CHILD.iter().any(|action| could(role, *action))
}

/// Whether the role keeps the people and the connections of its own organisation.
#[must_use]
pub fn keeps_people(role: Role) -> bool {
    could(role, Action::InvitePerson) && role.held_in() != OrganisationKind::System
}

/// Whether software may act in a role. What the law or the council's own rules ask of a named person, approving and
/// signing, is never given to a machine; neither is keeping people.
#[must_use]
pub fn software_may_act_as(role: Role) -> bool {
    match role {
        Role::SocialWorker
        | Role::PlacementOfficer
        | Role::ContractOfficer
        | Role::FinanceOfficer
        | Role::ReviewingOfficer
        | Role::ReferralsManager => true,
        Role::TeamManager
        | Role::NominatedOfficer
        | Role::HeadOfService
        | Role::Director
        | Role::HeadOfContracting
        | Role::Administrator
        | Role::ProviderSignatory
        | Role::Worker
        | Role::Visitor => false,
    }
}

/// Why somebody may not issue a token, or keep one working; in words for the question of the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoToken {
    /// Approvals and signatures are given by people.
    #[error("Select a role in which software may act: approvals and signatures are given by people")]
    ForPeopleOnly,
    /// It would open children's cases to somebody who does not reach them.
    #[error("A token that acts as {words} reaches children. Ask somebody who is {words} here to issue it", words = .role.label().to_lowercase())]
    HolderIssues {
        /// As what the software would act.
        role: Role,
    },
    /// Neither keeps connections nor has the role.
    #[error("Select your own role: whoever keeps the connections issues tokens in others")]
    OwnRoleOnly,
}

/// Whether somebody who holds these roles in an organisation may answer for its software in this one. Asked when a token is
/// issued, and again at each of its calls: it works no longer than whoever issued it could issue it.
///
/// # Errors
/// [`NoToken`] with what would help.
pub fn may_answer_for(held: &[Role], software: Role) -> Result<(), NoToken> {
    if !software_may_act_as(software) {
        return Err(NoToken::ForPeopleOnly);
    }
    if held.contains(&software) {
        return Ok(());
    }
    if reaches_children(software) {
        return Err(NoToken::HolderIssues { role: software });
    }
    if held.iter().copied().any(keeps_people) { Ok(()) } else { Err(NoToken::OwnRoleOnly) }
}

/// Whether they may stop a token. Whoever keeps connections stops any, which opens nothing to anybody.
#[must_use]
pub fn may_stop(held: &[Role], software: Role) -> bool {
    held.contains(&software) || held.iter().copied().any(keeps_people)
}

/// Whether somebody in this role hears when a colleague invites a person into a role that reaches children: those who keep
/// people too, and those who answer for the children's service.
#[must_use]
pub fn hears_of_invitations(role: Role) -> bool {
    keeps_people(role) || matches!(role, Role::HeadOfService | Role::Director)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM_STAFF: [Role; 1] = [Role::Administrator];

    #[test]
    fn those_who_work_on_a_case_and_both_sides_of_a_provider_reach_children() {
        let reach: Vec<Role> = Role::ALL.iter().copied().filter(|role| reaches_children(*role)).collect();
        let expected = [
            Role::SocialWorker,
            Role::TeamManager,
            Role::PlacementOfficer,
            Role::NominatedOfficer,
            Role::HeadOfService,
            Role::Director,
            Role::ReviewingOfficer,
            Role::ReferralsManager,
            Role::ProviderSignatory,
        ];
        assert_eq!(reach, expected);
    }

    #[test]
    fn system_staff_issue_no_token_that_reaches_a_child() {
        for software in Role::ALL.iter().copied() {
            let may = may_answer_for(&SYSTEM_STAFF, software).is_ok();
            assert!(!(may && reaches_children(software)), "an administrator reaches children as {software}");
        }
        assert_eq!(may_answer_for(&SYSTEM_STAFF, Role::PlacementOfficer), Err(NoToken::HolderIssues { role: Role::PlacementOfficer }));
        assert_eq!(may_answer_for(&SYSTEM_STAFF, Role::FinanceOfficer), Ok(()));
    }

    #[test]
    fn a_token_opens_no_more_than_its_issuer_has() {
        for held in Role::ALL.iter().copied() {
            for software in Role::ALL.iter().copied().filter(|software| may_answer_for(&[held], *software).is_ok()) {
                assert!(held == software || !reaches_children(software), "{held} issues a token as {software}");
            }
        }
        assert_eq!(may_answer_for(&[Role::SocialWorker], Role::SocialWorker), Ok(()));
        assert_eq!(may_answer_for(&[Role::SocialWorker], Role::FinanceOfficer), Err(NoToken::OwnRoleOnly));
        assert_eq!(
            may_answer_for(&[Role::ProviderSignatory], Role::ReferralsManager),
            Err(NoToken::HolderIssues { role: Role::ReferralsManager })
        );
        assert_eq!(may_answer_for(&[Role::Director], Role::Director), Err(NoToken::ForPeopleOnly), "not even their own");
    }

    #[test]
    fn whoever_keeps_connections_stops_any_token_and_others_those_of_their_role() {
        assert!(may_stop(&SYSTEM_STAFF, Role::PlacementOfficer) && may_stop(&[Role::SocialWorker], Role::SocialWorker));
        assert!(!may_stop(&[Role::SocialWorker], Role::FinanceOfficer) && !may_stop(&[], Role::SocialWorker));
    }

    #[test]
    fn administrators_and_heads_hear_of_invitations() {
        let hear: Vec<Role> = Role::ALL.iter().copied().filter(|role| hears_of_invitations(*role)).collect();
        assert_eq!(hear, [Role::HeadOfService, Role::Director, Role::Administrator, Role::ProviderSignatory]);
    }
}
