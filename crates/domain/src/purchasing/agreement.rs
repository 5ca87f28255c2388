//! The individual placement agreement: the call-off contract for one child.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::Day;
use crate::money::itemised::ItemisedPrice;
use crate::pence::BasisPoints;
use crate::people::OrganisationKind;

codes! {
    /// Where an agreement stands.
    pub enum AgreementState("agreement state") {
        /// Being prepared by the placements team.
        Draft = "DRAFT", "Draft";
        /// Sent to the provider; its words are fixed from here on.
        Issued = "ISSUED", "Issued";
        /// Signed for the provider.
        ProviderSigned = "PROVIDER_SIGNED", "Signed by the provider";
        /// Signed for the council too.
        CouncilSigned = "LA_SIGNED", "Signed by both";
        /// The child lives there.
        Active = "ACTIVE", "Active";
        /// One side has given notice.
        Notice = "NOTICE", "Under notice";
        /// Over.
        Ended = "ENDED", "Ended";
    }
}

codes! {
    /// What can be done to an agreement.
    pub enum AgreementAct("agreement act") {
        /// The council sends it.
        Issue = "ISSUE", "Issue";
        /// The council takes an unsigned or half-signed agreement back to change it; signatures fall away.
        TakeBack = "TAKE_BACK", "Take back to change";
        /// The provider's signatory signs.
        SignForProvider = "SIGN_FOR_PROVIDER", "Sign for the provider";
        /// The council's signatory signs.
        SignForCouncil = "SIGN_FOR_COUNCIL", "Sign for the council";
        /// The child moves in.
        Start = "START", "Start";
        /// Either side gives notice.
        GiveNotice = "GIVE_NOTICE", "Give notice";
        /// Notice is taken back with the other side's consent.
        TakeNoticeBack = "TAKE_NOTICE_BACK", "Take notice back";
        /// It ends.
        End = "END", "End";
    }
}

impl AgreementAct {
    /// The sides whose act this is. Which roles of a side, is for [`crate::access`].
    #[must_use]
    pub fn sides(self) -> &'static [OrganisationKind] {
        use OrganisationKind::{Council, Provider, System};
        match self {
            Self::Issue | Self::TakeBack | Self::SignForCouncil => &[Council],
            Self::SignForProvider => &[Provider],
            Self::Start | Self::End => &[Council, System],
            Self::GiveNotice | Self::TakeNoticeBack => &[Council, Provider],
        }
    }
}

/// What is known about an agreement at the moment of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgreementFacts {
    /// The side on which whoever acts stands.
    pub side: OrganisationKind,
    /// What the content still lacks, if anything.
    pub lacks: Option<&'static str>,
    /// Whether whoever signs for the council also preferred the offer or wrote the referral.
    pub signatory_took_part: bool,
}

/// How the placement began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StartKind {
    /// Signed first, then started.
    Planned,
    /// Started first; signed within five working days.
    Emergency,
}

/// Why an act on an agreement was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AgreementRefusal {
    /// The act does not belong to this state.
    #[error("`{act}` cannot be done while the agreement is `{state}`")]
    NotNow {
        /// Where it stands.
        state: AgreementState,
        /// What was tried.
        act: AgreementAct,
    },
    /// Something has to be filled in before it is sent.
    #[error("the agreement cannot be issued without {lacks}")]
    Incomplete {
        /// What is missing.
        lacks: &'static str,
    },
    /// The other side's act.
    #[error("`{act}` is an act of the other side of the agreement")]
    OtherSide {
        /// Who tried.
        side: OrganisationKind,
        /// What was tried.
        act: AgreementAct,
    },
    /// The same person chose the home.
    #[error("somebody who did not choose this home must sign for the council")]
    SignatoryTookPart,
    /// A planned placement is signed before it starts.
    #[error("both sides sign before a planned placement starts")]
    NotSigned,
}

impl AgreementState {
    /// Whether the council is bound to pay by this agreement.
    #[must_use]
    pub fn binds(self) -> bool {
        matches!(self, Self::CouncilSigned | Self::Active | Self::Notice)
    }

    /// Where the act leads, if it belongs to this state at all.
    #[must_use]
    pub fn leads_to(self, act: AgreementAct) -> Option<Self> {
        use AgreementAct as Act;
        match (self, act) {
            (Self::Draft, Act::Issue) => Some(Self::Issued),
            (Self::Issued | Self::ProviderSigned, Act::TakeBack) => Some(Self::Draft),
            (Self::Issued, Act::SignForProvider) => Some(Self::ProviderSigned),
            (Self::ProviderSigned, Act::SignForCouncil) => Some(Self::CouncilSigned),
            (Self::CouncilSigned, Act::Start) | (Self::Notice, Act::TakeNoticeBack) => Some(Self::Active),
            (Self::Active, Act::GiveNotice) => Some(Self::Notice),
            // Before the start an agreement ends because the placement fell through; from ACTIVE at once for safety's
            // sake, on closure, or by consent.
            (Self::Draft | Self::Issued | Self::ProviderSigned | Self::CouncilSigned | Self::Active | Self::Notice, Act::End) => {
                Some(Self::Ended)
            }
            (
                _,
                Act::Issue
                | Act::TakeBack
                | Act::SignForProvider
                | Act::SignForCouncil
                | Act::Start
                | Act::GiveNotice
                | Act::TakeNoticeBack
                | Act::End,
            ) => None,
        }
    }

    /// The state after an act. The provider signs first, so that the council's signature is the last act that binds it.
    ///
    /// # Errors
    /// [`AgreementRefusal`] naming what stands in the way.
    pub fn after(self, act: AgreementAct, facts: &AgreementFacts) -> Result<Self, AgreementRefusal> {
        let next = self.leads_to(act).ok_or(AgreementRefusal::NotNow { state: self, act })?;
        if !act.sides().contains(&facts.side) {
            return Err(AgreementRefusal::OtherSide { side: facts.side, act });
        }
        match act {
            AgreementAct::Issue => {
                if let Some(lacks) = facts.lacks {
                    return Err(AgreementRefusal::Incomplete { lacks });
                }
            }
            AgreementAct::SignForCouncil => {
                if facts.signatory_took_part {
                    return Err(AgreementRefusal::SignatoryTookPart);
                }
            }
            AgreementAct::TakeBack
            | AgreementAct::SignForProvider
            | AgreementAct::Start
            | AgreementAct::GiveNotice
            | AgreementAct::TakeNoticeBack
            | AgreementAct::End => {}
        }
        Ok(next)
    }

    /// Whether the child may move in while the agreement stands here.
    ///
    /// # Errors
    /// [`AgreementRefusal::NotNow`] for an agreement that is not with the provider or is over, and
    /// [`AgreementRefusal::NotSigned`] for a planned placement without both signatures. In an emergency the child comes
    /// first and a task asks for the signatures within five working days.
    pub fn lets_start(self, kind: StartKind) -> Result<(), AgreementRefusal> {
        match kind {
            StartKind::Emergency | StartKind::Planned if matches!(self, Self::Draft | Self::Ended) => {
                Err(AgreementRefusal::NotNow { state: self, act: AgreementAct::Start })
            }
            StartKind::Emergency => Ok(()),
            StartKind::Planned if self.binds() => Ok(()),
            StartKind::Planned => Err(AgreementRefusal::NotSigned),
        }
    }
}

/// A child's move to another address, as a provider asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The address of the agreement.
    pub from: String,
    /// The address to which the child would move.
    pub to: String,
    /// The council's approval in writing, if there is one.
    pub approval: Option<MoveApproval>,
}

/// The council's approval of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveApproval {
    /// The day on which it was given.
    pub given_on: Day,
    /// The address that was approved.
    pub to: String,
}

/// Why a child may not be moved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoveRefusal {
    /// No approval.
    #[error("the child may not move to another address before the council has approved it in writing")]
    NotApproved,
    /// The approval names another address.
    #[error("the council approved a move to {approved}, not to this address")]
    AnotherAddress {
        /// The approved address.
        approved: String,
    },
    /// The approval came after the move.
    #[error("the approval was given on {}, after the day of the move", .given_on)]
    TooLate {
        /// When it was given.
        given_on: Day,
    },
}

impl Move {
    /// Whether the child may move on this day. Staying at the same address is no move.
    ///
    /// # Errors
    /// [`MoveRefusal`]: an individual placement agreement binds the provider not to move the child to another address
    /// without the purchaser's prior written approval.
    pub fn check(&self, on: Day) -> Result<(), MoveRefusal> {
        if same_address(&self.from, &self.to) {
            return Ok(());
        }
        let approval = self.approval.as_ref().ok_or(MoveRefusal::NotApproved)?;
        if !same_address(&approval.to, &self.to) {
            return Err(MoveRefusal::AnotherAddress { approved: approval.to.clone() });
        }
        if approval.given_on > on {
            return Err(MoveRefusal::TooLate { given_on: approval.given_on });
        }
        Ok(())
    }
}

fn same_address(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    plain(one) == plain(other)
}

/// The number on an agreement: council, year, running number and, for a variation, its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementNumber {
    /// The council's short code, for example `NOTTINGHAM`.
    pub council: String,
    /// The calendar year of issue.
    pub year: i32,
    /// Counts from 1 in each council and year.
    pub sequence: u32,
    /// 0 for the agreement itself; its variations count from 1.
    pub variation: u32,
}

impl AgreementNumber {
    /// The number under which the same agreement is issued again.
    #[must_use]
    pub fn following(self) -> Self {
        Self { variation: self.variation.saturating_add(1), ..self }
    }
}

impl std::fmt::Display for AgreementNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IPA-{}-{}-{:05}", self.council, self.year, self.sequence)?;
        if self.variation > 0 {
            write!(f, "-V{}", self.variation)?;
        }
        Ok(())
    }
}

/// The words and figures of one agreement, fixed when it is issued. From it the document is made, and signatures are
/// given for its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementContent {
    /// Its number.
    pub number: AgreementNumber,
    /// The council.
    pub council: Party,
    /// The provider.
    pub provider: Party,
    /// The child.
    pub child: AgreementChild,
    /// The home or fostering branch.
    pub service: AgreementService,
    /// The set of terms: a framework's terms with their version, or the national model contract for a purchase off the
    /// framework.
    pub terms: String,
    /// The framework's reference; none for a purchase off the framework.
    pub framework: Option<String>,
    /// Lot and category in words.
    pub category: String,
    /// The first day.
    pub starts_on: Day,
    /// The expected last day, when the placement is time-limited.
    pub expected_end_on: Option<Day>,
    /// What is paid a week, line by line: one core line, which the yearly uplift concerns, and the extras.
    pub price: ItemisedPrice,
    /// When each extra is reviewed or ends, by the words of its line.
    pub extras_reviewed_on: BTreeMap<String, Day>,
    /// Who pays which share; together 100%.
    pub funding: Vec<FundingShare>,
    /// Discounts with their conditions.
    pub discounts: Vec<Discount>,
    /// Notice in days after the initial period.
    pub notice_days: u32,
    /// Notice in days during the initial period.
    pub initial_notice_days: u32,
    /// The length of the initial period in days.
    pub initial_period_days: u32,
    /// When the agreement and its extra services are reviewed.
    pub reviews_on: Vec<Day>,
    /// The reference of the child's care or placement plan; in an emergency it may follow.
    pub plan_reference: Option<String>,
    /// What the child's stay is for, in the words of the plan.
    pub outcomes: String,
    /// Further conditions agreed for this child.
    pub conditions: Vec<String>,
    /// The agreement that this one supersedes.
    pub supersedes: Option<String>,
}

/// One side of the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its legal name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Whom to call.
    pub contacts: Vec<Contact>,
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// What they are, for example `Social worker` or `Emergency duty team`.
    pub post: String,
    /// Their name; none for a duty desk.
    pub name: Option<String>,
    /// Telephone.
    pub telephone: String,
    /// Email.
    pub email: String,
}

/// The child as the agreement names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementChild {
    /// The council's case number.
    pub case_number: String,
    /// Full name.
    pub name: String,
    /// Date of birth.
    pub date_of_birth: Day,
    /// Gender in words.
    pub gender: String,
    /// Legal status in words.
    pub legal_status: String,
    /// Disability in words; blank for none.
    pub disability: String,
    /// Special educational needs in words; blank for none.
    pub special_educational_needs: String,
}

impl AgreementChild {
    /// Leaves the number and the date of birth, and takes out what describes the child.
    pub fn describe_nothing(&mut self) {
        let words = [&mut self.gender, &mut self.legal_status, &mut self.disability, &mut self.special_educational_needs];
        words.into_iter().for_each(String::clear);
    }
}

/// The home or branch as the agreement names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementService {
    /// Its name.
    pub name: String,
    /// Its Ofsted number.
    pub urn: String,
    /// The address at which the child will live: the home's, or the foster carers'.
    pub address: String,
    /// The registered manager.
    pub registered_manager: String,
}

/// Who pays which share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundingShare {
    /// For example `Children's social care`, `Education`, `Integrated care board`.
    pub funder: String,
    /// Of the weekly price.
    pub share: BasisPoints,
}

/// The shares of a price do not make a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the shares of social care, education and health add up to {percent}%, not to 100%")]
pub struct SharesRefused {
    /// What they add up to.
    pub percent: u32,
}

/// Who pays a placement, in whole percent of the weekly price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FundingSplit {
    /// Children's social care.
    pub social_care: u32,
    /// Education.
    pub education: u32,
    /// The integrated care board.
    pub health: u32,
}

impl FundingSplit {
    /// What a referral says: education and health pay their shares, children's social care what is left.
    #[must_use]
    pub fn asked(education: u32, health: u32) -> Self {
        Self { social_care: 100_u32.saturating_sub(education.saturating_add(health)), education, health }
    }

    /// The lines of the agreement. Who pays nothing has none.
    ///
    /// # Errors
    /// [`SharesRefused`] when they do not add up to 100 %.
    pub fn lines(self) -> Result<Vec<FundingShare>, SharesRefused> {
        let parts = [("Children's social care", self.social_care), ("Education", self.education), ("Integrated care board", self.health)];
        let percent = parts.iter().fold(0_u32, |sum, (_, percent)| sum.saturating_add(*percent));
        if percent != 100 {
            return Err(SharesRefused { percent });
        }
        let line = |(funder, percent): (&str, u32)| {
            let share = BasisPoints(i32::try_from(percent).ok()?.checked_mul(100)?);
            (percent > 0).then(|| FundingShare { funder: funder.to_owned(), share })
        };
        Ok(parts.into_iter().filter_map(line).collect())
    }
}

/// A discount with its condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// The condition, for example `Second child of a sibling group`.
    pub condition: String,
    /// Off the core price.
    pub off: BasisPoints,
}

impl AgreementContent {
    /// What the content still lacks before it can be issued, in the words of [`AgreementRefusal::Incomplete`].
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        let shares: i64 = self.funding.iter().map(|one| i64::from(one.share.0)).sum();
        let blank = |text: &str| text.trim().is_empty();
        if shares != i64::from(BasisPoints::WHOLE.0) {
            Some("funding shares that add up to 100%")
        } else if blank(&self.service.urn) {
            Some("the service's Ofsted number")
        } else if blank(&self.service.address) {
            Some("the address at which the child will live")
        } else if blank(&self.terms) {
            Some("the terms that apply")
        } else if self.council.contacts.is_empty() || self.provider.contacts.is_empty() {
            Some("a contact on each side")
        } else if self.expected_end_on.is_some_and(|end| end <= self.starts_on) {
            Some("an end later than the start")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn facts(side: OrganisationKind) -> AgreementFacts {
        AgreementFacts { side, lacks: None, signatory_took_part: false }
    }

    #[test]
    fn the_provider_signs_first_and_each_side_signs_for_itself() {
        let (council, provider) = (facts(OrganisationKind::Council), facts(OrganisationKind::Provider));
        let issued = AgreementState::Draft.after(AgreementAct::Issue, &council).unwrap();
        assert!(matches!(issued.after(AgreementAct::SignForCouncil, &council), Err(AgreementRefusal::NotNow { .. })));
        assert!(matches!(issued.after(AgreementAct::SignForProvider, &council), Err(AgreementRefusal::OtherSide { .. })));
        let half = issued.after(AgreementAct::SignForProvider, &provider).unwrap();
        let chooser = AgreementFacts { signatory_took_part: true, ..council };
        assert_eq!(half.after(AgreementAct::SignForCouncil, &chooser), Err(AgreementRefusal::SignatoryTookPart));
        assert!(half.after(AgreementAct::SignForCouncil, &council).unwrap().binds());
    }

    #[test]
    fn an_emergency_may_start_unsigned_and_a_planned_placement_may_not() {
        assert_eq!(AgreementState::Issued.lets_start(StartKind::Planned), Err(AgreementRefusal::NotSigned));
        assert_eq!(AgreementState::Issued.lets_start(StartKind::Emergency), Ok(()));
        assert!(matches!(AgreementState::Draft.lets_start(StartKind::Emergency), Err(AgreementRefusal::NotNow { .. })));
    }

    #[test]
    fn a_child_moves_only_with_prior_approval_of_that_address() {
        let day = |number| Day::of(2026, 12, number).unwrap();
        let with = |approval| Move { from: "1 Elm Row, NG1 1AA".to_owned(), to: "2 Oak Row, NG2 2BB".to_owned(), approval };
        assert_eq!(with(None).check(day(2)), Err(MoveRefusal::NotApproved));
        let approved = |given_on, to: &str| Some(MoveApproval { given_on, to: to.to_owned() });
        assert_eq!(with(approved(day(1), "2 oak row NG2 2BB")).check(day(2)), Ok(()));
        assert_eq!(with(approved(day(3), "2 Oak Row, NG2 2BB")).check(day(2)), Err(MoveRefusal::TooLate { given_on: day(3) }));
        assert!(matches!(with(approved(day(1), "3 Ash Row")).check(day(2)), Err(MoveRefusal::AnotherAddress { .. })));
    }

    #[test]
    fn the_shares_of_a_price_add_up_to_a_hundred_percent() {
        let shares = |education, health| {
            FundingSplit::asked(education, health).lines().map(|lines| lines.iter().map(|line| line.share.0).collect::<Vec<_>>())
        };
        assert_eq!(shares(0, 0), Ok(vec![10_000]));
        assert_eq!(shares(25, 15), Ok(vec![6_000, 2_500, 1_500]));
        assert_eq!(shares(60, 40), Ok(vec![6_000, 4_000]));
        assert_eq!(FundingSplit { social_care: 99, education: 0, health: 0 }.lines(), Err(SharesRefused { percent: 99 }));
        assert_eq!(shares(60, 41), Err(SharesRefused { percent: 101 }));
    }

    #[test]
    fn numbers_tell_agreement_and_variation_apart() {
        let number = AgreementNumber { council: "DERBY".to_owned(), year: 2026, sequence: 42, variation: 0 };
        assert_eq!(number.to_string(), "IPA-DERBY-2026-00042");
        assert_eq!(AgreementNumber { variation: 2, ..number }.to_string(), "IPA-DERBY-2026-00042-V2");
    }
}
