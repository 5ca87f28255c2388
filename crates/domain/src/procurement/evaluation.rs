//! The scoring of quality: who sees bids, who scores them, what is agreed, and when the scores are locked.
//!
//! Each evaluator scores alone. When enough of them have scored an answer they see each other's scores, agree on one, and say why; from
//! then on none of the single scores changes. Prices stay sealed until every answer that counts has an agreed score.
//!
//! A conflict of interest that turns up late takes the scores of whoever declares it away. What was agreed rests on the scores that were
//! given for it then: with too few of them left it has to be agreed again, by people who are shown neither the score that fell nor its
//! reason. What is locked stays as it is, since prices are open; how each conflict that touches it was dealt with is put on record before
//! anybody awards or signs.

use std::collections::BTreeSet;

use thiserror::Error;

use super::plan::{QualityQuestion, TenderPlan};
use crate::calendar::Instant;
use crate::ids::{OpenedBidId, PersonId};

/// A person named to score the bids of a tender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedEvaluator {
    /// Who.
    pub person: PersonId,
    /// Whether they still do.
    pub is_live: bool,
}

/// What somebody declared before they saw any bid, or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// Who.
    pub person: PersonId,
    /// Whether they have an interest that conflicts. The latest declaration counts.
    pub has_conflict: bool,
    /// When.
    pub at: Instant,
}

/// What somebody declared last.
fn latest(person: PersonId, declared: &[Declared]) -> Option<&Declared> {
    declared.iter().rev().find(|one| one.person == person)
}

/// Whether somebody declared a conflict of interest. What they scored stays on record and counts for nothing.
#[must_use]
pub fn has_conflict(person: PersonId, declared: &[Declared]) -> bool {
    latest(person, declared).is_some_and(|latest| latest.has_conflict)
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
    /// Whose scores counted when it was agreed.
    pub rests_on: Vec<PersonId>,
    /// Who wrote it down.
    pub written_by: PersonId,
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
    /// Something is not agreed yet, or has to be agreed again.
    #[error("{wanting} answers have no agreed score yet{}", of_them_again(*.again))]
    NotAgreed {
        /// How many answers.
        wanting: usize,
        /// How many of them had one that fell with a declared conflict of interest.
        again: usize,
    },
    /// No bid is open.
    #[error("the quality envelopes are not open yet")]
    NotOpen,
    /// Only a conflict that touches what counts has to be dealt with.
    #[error("no agreed score that counts rests on this declaration: there is nothing to deal with")]
    NothingToSettle,
    /// It was put on record how.
    #[error("how this conflict of interest was dealt with is on record")]
    Settled,
}

fn of_them_again(again: usize) -> String {
    if again == 0 {
        return String::new();
    }
    format!("; {again} of them had one that rests on too few people now that a conflict of interest is declared, and are agreed on again")
}

/// Whether somebody may see the bids of a tender and score them.
///
/// # Errors
/// [`EvaluationRefusal::NotNamed`], [`EvaluationRefusal::NotDeclared`] and [`EvaluationRefusal::Conflict`].
pub fn may_see_bids(person: PersonId, named: &[NamedEvaluator], declared: &[Declared]) -> Result<(), EvaluationRefusal> {
    if !named.iter().any(|one| one.person == person && one.is_live) {
        return Err(EvaluationRefusal::NotNamed);
    }
    match latest(person, declared) {
        None => Err(EvaluationRefusal::NotDeclared),
        Some(latest) if latest.has_conflict => Err(EvaluationRefusal::Conflict),
        Some(_) => Ok(()),
    }
}

/// What was agreed about the bids of a tender, and what was declared, before or since.
#[derive(Debug, Clone, Copy)]
pub struct Agreed<'a> {
    /// What the tender says.
    pub plan: &'a TenderPlan,
    /// The agreed scores.
    pub scores: &'a [AgreedScore],
    /// What everybody declared.
    pub declared: &'a [Declared],
    /// When the quality scores were locked.
    pub locked_at: Option<Instant>,
}

/// A conflict of interest that was declared when something rested on whoever declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateConflict {
    /// Whose.
    pub person: PersonId,
    /// How many agreed scores that count rest on theirs, or were written down by them.
    pub touched: usize,
}

impl Agreed<'_> {
    /// Whether an agreed score counts: until the lock, as long as it rests on enough scores of people without a conflict of interest;
    /// what is locked counts as it was locked.
    #[must_use]
    pub fn counts(&self, score: &AgreedScore) -> bool {
        let standing = score.rests_on.iter().filter(|person| !has_conflict(**person, self.declared));
        self.locked_at.is_some() || count(standing.count()) >= self.plan.evaluators_at_least
    }

    /// The answers that still need an agreed score, in the order of the bids and questions.
    #[must_use]
    pub fn still_to_agree(&self, bids: &[BidToScore]) -> Vec<(OpenedBidId, String)> {
        self.without(bids, &self.known(|score| self.counts(score)))
    }

    /// How many of them had an agreed score that fell.
    #[must_use]
    pub fn to_agree_again(&self, bids: &[BidToScore]) -> usize {
        self.still_to_agree(bids).len().saturating_sub(self.without(bids, &self.known(|_| true)).len())
    }

    fn known(&self, counts: impl Fn(&AgreedScore) -> bool) -> BTreeSet<(OpenedBidId, &str)> {
        self.scores.iter().filter(|score| counts(score)).map(|score| (score.bid, score.question.as_str())).collect()
    }

    fn without(&self, bids: &[BidToScore], agreed: &BTreeSet<(OpenedBidId, &str)>) -> Vec<(OpenedBidId, String)> {
        let going_on = bids.iter().filter(|bid| bid.goes_on);
        let asked = going_on.flat_map(|bid| self.plan.questions_of(&bid.lot).map(|question| (bid.bid, question.code.as_str())));
        asked.filter(|answer| !agreed.contains(answer)).map(|(bid, question)| (bid, question.to_owned())).collect()
    }

    /// Whether the quality scores can be locked, which lets the prices be opened.
    ///
    /// # Errors
    /// [`EvaluationRefusal::Locked`], [`EvaluationRefusal::NotOpen`] and [`EvaluationRefusal::NotAgreed`].
    pub fn may_lock(&self, bids: &[BidToScore]) -> Result<(), EvaluationRefusal> {
        if self.locked_at.is_some() {
            return Err(EvaluationRefusal::Locked);
        }
        if bids.is_empty() {
            return Err(EvaluationRefusal::NotOpen);
        }
        match self.still_to_agree(bids).len() {
            0 => Ok(()),
            wanting => Err(EvaluationRefusal::NotAgreed { wanting, again: self.to_agree_again(bids) }),
        }
    }

    /// The conflicts of interest that somebody has to deal with before the award: of people on whom an agreed score that counts rests,
    /// and whatever was declared after the lock. Nothing is taken out of what is locked; whether it can still be awarded is for people
    /// to say.
    #[must_use]
    pub fn late_conflicts(&self) -> Vec<LateConflict> {
        let counting: Vec<&AgreedScore> = self.scores.iter().filter(|score| self.counts(score)).collect();
        let mut found: Vec<LateConflict> = Vec::new();
        for declared in self.declared.iter().filter(|one| has_conflict(one.person, self.declared)) {
            let person = declared.person;
            let has_part = |score: &&&AgreedScore| score.written_by == person || score.rests_on.contains(&person);
            let touched = counting.iter().filter(has_part).count();
            let is_after_lock = latest(person, self.declared).is_some_and(|last| self.locked_at.is_some_and(|locked| last.at > locked));
            if (touched > 0 || is_after_lock) && found.iter().all(|one| one.person != person) {
                found.push(LateConflict { person, touched });
            }
        }
        found
    }

    /// Whether it can be put on record how somebody's conflict of interest was dealt with.
    ///
    /// # Errors
    /// [`EvaluationRefusal::NothingToSettle`], [`EvaluationRefusal::Settled`] and [`EvaluationRefusal::NoReason`]; that whoever records it
    /// has no conflict themselves is asked before, by [`may_see_bids`].
    pub fn may_settle(&self, of: PersonId, is_settled: bool, how: &str) -> Result<(), EvaluationRefusal> {
        if self.late_conflicts().iter().all(|late| late.person != of) {
            return Err(EvaluationRefusal::NothingToSettle);
        }
        if is_settled {
            return Err(EvaluationRefusal::Settled);
        }
        if how.trim().is_empty() { Err(EvaluationRefusal::NoReason) } else { Ok(()) }
    }
}

/// How the answer to one question of one bid stands.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// What was agreed, about this answer at least.
    pub agreed: Agreed<'a>,
    /// The lot of the bid.
    pub lot: &'a str,
    /// The bid.
    pub bid: OpenedBidId,
    /// The code of the question.
    pub question: &'a str,
    /// The scores that were given, for this answer at least; also those that count for nothing.
    pub scores: &'a [GivenScore],
}

impl Answer<'_> {
    fn asked(&self) -> Result<&QualityQuestion, EvaluationRefusal> {
        let asked = self.agreed.plan.questions_of(self.lot).find(|question| question.code == self.question);
        asked.ok_or_else(|| EvaluationRefusal::OtherQuestion(self.question.to_owned()))
    }

    fn given(&self) -> impl Iterator<Item = &GivenScore> {
        self.scores.iter().filter(|score| score.bid == self.bid && score.question == self.question)
    }

    /// Whose scores count: of those who have no conflict of interest. On them rests what is agreed.
    #[must_use]
    pub fn standing(&self) -> Vec<PersonId> {
        self.given().map(|score| score.by).filter(|person| !has_conflict(*person, self.agreed.declared)).collect()
    }

    /// Whether the answer has an agreed score that counts.
    #[must_use]
    pub fn is_agreed(&self) -> bool {
        let is_this = |score: &&AgreedScore| score.bid == self.bid && score.question == self.question;
        self.agreed.scores.iter().filter(is_this).any(|score| self.agreed.counts(score))
    }

    fn enough(&self) -> bool {
        count(self.standing().len()) >= self.agreed.plan.evaluators_at_least
    }

    fn fits(&self, score: u32, reason: &str) -> Result<(), EvaluationRefusal> {
        let asked = self.asked()?;
        if self.agreed.locked_at.is_some() {
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
        // Whoever has not scored yet has seen nothing; whoever has, may have: also what somebody gave who has a conflict since.
        let was_compared = count(self.given().count()) >= self.agreed.plan.evaluators_at_least;
        if was_compared && self.given().any(|given| given.by == by) { Err(EvaluationRefusal::Compared) } else { Ok(()) }
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
        Err(EvaluationRefusal::FewScores { given: count(self.standing().len()), wanted: self.agreed.plan.evaluators_at_least })
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
