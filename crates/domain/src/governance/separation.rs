//! Separation of duties: who asks, who scores and who approves are different people.

use thiserror::Error;

use crate::ids::PersonId;

/// The same person would act twice in one purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SamePerson {
    /// The person who asked for the placement scored an offer for it.
    #[error("the person who asked for this placement cannot score the offers for it")]
    RequesterScores,
    /// The person who asked for the placement approves it.
    #[error("the person who asked for this placement cannot approve it")]
    RequesterApproves,
    /// A person who scored an offer approves the choice.
    #[error("a person who scored the offers cannot approve the choice")]
    ScorerApproves,
}

/// Checks that nobody holds two of the three parts of a purchase. Nobody approves while offers are still being scored, so
/// the approver may be unknown; that a scorer scores several offers is no conflict.
///
/// # Errors
/// [`SamePerson`] names the first conflict.
pub fn check_separation(requester: PersonId, scorers: &[PersonId], approver: Option<PersonId>) -> Result<(), SamePerson> {
    if scorers.contains(&requester) {
        return Err(SamePerson::RequesterScores);
    }
    match approver {
        Some(approver) if approver == requester => Err(SamePerson::RequesterApproves),
        Some(approver) if scorers.contains(&approver) => Err(SamePerson::ScorerApproves),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn asking_scoring_and_approving_are_three_peoples_work() {
        let [asks, first, second, approves] = [1, 2, 3, 4].map(|n| PersonId(Uuid::from_u128(n)));
        let scorers = [first, second, first];
        assert_eq!(check_separation(asks, &scorers, Some(approves)), Ok(()));
        assert_eq!(check_separation(asks, &scorers, None), Ok(()));
        assert_eq!(check_separation(first, &scorers, None), Err(SamePerson::RequesterScores));
        assert_eq!(check_separation(asks, &scorers, Some(asks)), Err(SamePerson::RequesterApproves));
        assert_eq!(check_separation(asks, &scorers, Some(second)), Err(SamePerson::ScorerApproves));
    }
}
