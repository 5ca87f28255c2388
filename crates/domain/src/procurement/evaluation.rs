//! The scoring of quality: who sees bids, who scores them, what is agreed, and when the scores are locked.
//!
//! Each evaluator scores alone. When enough of them have scored an answer they see each other's scores, agree on one, and say why; from
//! then on none of the single scores changes. Prices stay sealed until every answer that counts has an agreed score.

use thiserror::Error;

use super::plan::{QualityQuestion, TenderPlan};
use crate::ids::{OpenedBidId, PersonId};

/// A person named to score the bids of a tender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedEvaluator {
    /// Who.
    pub person: PersonId,
    /// Whether they still do.
    pub is_live: bool,
}

/// What somebody declared before they saw any bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// Who.
    pub person: PersonId,
    /// Whether they have an interest that conflicts. The latest declaration counts.
    pub has_conflict: bool,
}

/// One evaluator's score of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenScore {
    /// Of which bid.
    pub bid: OpenedBidId,
    /// For which question.
    pub question: String,
    /// By whom.
    pub by: PersonId,
    /// From 0 to the top of the question's scale.
    pub score: u32,
}

/// The score on which the evaluators agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedScore {
    /// Of which bid.
    pub bid: OpenedBidId,
    /// For which question.
    pub question: String,
    /// From 0 to the top of the question's scale.
    pub agreed: u32,
}

/// Why something about the evaluation is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvaluationRefusal {
    /// Somebody who was not named.
    #[error("only the people named as evaluators of this tender see and score its bids")]
    NotNamed,
    /// Nobody sees a bid before they said whether they have a conflict of interest.
    #[error("declare first whether you have a conflict of interest: no bid is shown before")]
    NotDeclared,
    /// They declared a conflict.
    #[error("you declared a conflict of interest: another person scores in your place")]
    Conflict,
    /// The tender asks something else.
    #[error("the lot does not ask the question {0}")]
    OtherQuestion(String),
    /// Outside the scale.
    #[error("a score is between 0 and {0}")]
    OffScale(u32),
    /// A score without a reason helps nobody.
    #[error("give the reason in words: bidders are told it")]
    NoReason,
    /// Others may have seen it.
    #[error("enough people have scored this answer and may see each other’s scores: yours stays as it is")]
    Compared,
    /// It is agreed.
    #[error("the score of this answer is agreed")]
    Agreed,
    /// Prices can be opened now, or are.
    #[error("the quality scores are locked")]
    Locked,
    /// Nothing to agree on yet.
    #[error("{given} of at least {wanted} people have scored this answer")]
    FewScores {
        /// How many did.
        given: u32,
        /// How many must.
        wanted: u32,
    },
    /// Something is not agreed yet.
    #[error("{0} answers have no agreed score yet")]
    NotAgreed(usize),
    /// No bid is open.
    #[error("the quality envelopes are not open yet")]
    NotOpen,
}

/// Whether somebody may see the bids of a tender and score them.
///
/// # Errors
/// [`EvaluationRefusal::NotNamed`], [`EvaluationRefusal::NotDeclared`] and [`EvaluationRefusal::Conflict`].
pub fn may_see_bids(person: PersonId, named: &[NamedEvaluator], declared: &[Declared]) -> Result<(), EvaluationRefusal> {
    if !named.iter().any(|one| one.person == person && one.is_live) {
        return Err(EvaluationRefusal::NotNamed);
    }
    match declared.iter().rev().find(|one| one.person == person) {
        None => Err(EvaluationRefusal::NotDeclared),
        Some(latest) if latest.has_conflict => Err(EvaluationRefusal::Conflict),
        Some(_) => Ok(()),
    }
}

/// How the answer to one question of one bid stands.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// What the tender says.
    pub plan: &'a TenderPlan,
    /// The lot of the bid.
    pub lot: &'a str,
    /// The bid.
    pub bid: OpenedBidId,
    /// The code of the question.
    pub question: &'a str,
    /// All scores of the tender.
    pub scores: &'a [GivenScore],
    /// All agreed scores of the tender.
    pub agreed: &'a [AgreedScore],
    /// Whether the quality scores are locked.
    pub is_locked: bool,
}

impl Answer<'_> {
    fn asked(&self) -> Result<&QualityQuestion, EvaluationRefusal> {
        let asked = self.plan.questions_of(self.lot).find(|question| question.code == self.question);
        asked.ok_or_else(|| EvaluationRefusal::OtherQuestion(self.question.to_owned()))
    }

    fn given(&self) -> impl Iterator<Item = &GivenScore> {
        self.scores.iter().filter(|score| score.bid == self.bid && score.question == self.question)
    }

    fn is_agreed(&self) -> bool {
        self.agreed.iter().any(|agreed| agreed.bid == self.bid && agreed.question == self.question)
    }

    fn enough(&self) -> bool {
        count(self.given().count()) >= self.plan.evaluators_at_least
    }

    fn fits(&self, score: u32, reason: &str) -> Result<(), EvaluationRefusal> {
        let asked = self.asked()?;
        if self.is_locked {
            return Err(EvaluationRefusal::Locked);
        }
        if score > asked.scale_max {
            return Err(EvaluationRefusal::OffScale(asked.scale_max));
        }
        if reason.trim().is_empty() { Err(EvaluationRefusal::NoReason) } else { Ok(()) }
    }

    /// Whether somebody may give this score, or change the one that they gave.
    ///
    /// # Errors
    /// [`EvaluationRefusal`]; whether they may see the bid is asked before, by [`may_see_bids`].
    pub fn may_score(&self, by: PersonId, score: u32, reason: &str) -> Result<(), EvaluationRefusal> {
        self.fits(score, reason)?;
        if self.is_agreed() {
            return Err(EvaluationRefusal::Agreed);
        }
        // Whoever has not scored yet has seen nothing; whoever has, may have.
        if self.enough() && self.given().any(|given| given.by == by) { Err(EvaluationRefusal::Compared) } else { Ok(()) }
    }

    /// Whether somebody sees what the others gave: only when enough have scored, and an evaluator only after their own score.
    #[must_use]
    pub fn shows_others(&self, to: PersonId, is_evaluator: bool) -> bool {
        self.enough() && (!is_evaluator || self.is_agreed() || self.given().any(|given| given.by == to))
    }

    /// Whether this score can be agreed on, or the agreed one changed, which is possible until the lock.
    ///
    /// # Errors
    /// [`EvaluationRefusal`].
    pub fn may_agree(&self, agreed: u32, reason: &str) -> Result<(), EvaluationRefusal> {
        self.fits(agreed, reason)?;
        if self.enough() {
            return Ok(());
        }
        Err(EvaluationRefusal::FewScores { given: count(self.given().count()), wanted: self.plan.evaluators_at_least })
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A bid as far as the lock asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BidToScore {
    /// Which.
    pub bid: OpenedBidId,
    /// For which lot.
    pub lot: String,
    /// Whether any of its services goes on by what the quality envelope shows. A bid without one is not scored.
    pub goes_on: bool,
}

/// The answers that still need an agreed score, in the order of the bids and questions.
#[must_use]
pub fn still_to_agree(plan: &TenderPlan, bids: &[BidToScore], agreed: &[AgreedScore]) -> Vec<(OpenedBidId, String)> {
    let agreed: std::collections::BTreeSet<(OpenedBidId, &str)> = agreed.iter().map(|one| (one.bid, one.question.as_str())).collect();
    let going_on = bids.iter().filter(|bid| bid.goes_on);
    let asked = going_on.flat_map(|bid| plan.questions_of(&bid.lot).map(|question| (bid.bid, question.code.as_str())));
    asked.filter(|answer| !agreed.contains(answer)).map(|(bid, question)| (bid, question.to_owned())).collect()
}

/// Whether the quality scores can be locked, which lets the prices be opened.
///
/// # Errors
/// [`EvaluationRefusal::Locked`], [`EvaluationRefusal::NotOpen`] and [`EvaluationRefusal::NotAgreed`].
pub fn may_lock(plan: &TenderPlan, bids: &[BidToScore], agreed: &[AgreedScore], is_locked: bool) -> Result<(), EvaluationRefusal> {
    if is_locked {
        return Err(EvaluationRefusal::Locked);
    }
    if bids.is_empty() {
        return Err(EvaluationRefusal::NotOpen);
    }
    match still_to_agree(plan, bids, agreed).len() {
        0 => Ok(()),
        wanting => Err(EvaluationRefusal::NotAgreed(wanting)),
    }
}
