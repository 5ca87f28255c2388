//! What a council sees of its referrals: the board, one referral with all that belongs to it, pages for its own software.

use domain::Code as _;
use domain::access::{Action, Relation, could};
use domain::calendar::Day;
use domain::ids::ReferralId;
use domain::people::{Caller, OrganisationKind, Role};
use domain::purchasing::fields::Answers;
use domain::purchasing::questions::Completeness;
use domain::purchasing::referral::{InHouseResult, ReferralAct, ReferralState};
use store::ReadTx;
use store::purchasing::placement::Task;
use store::purchasing::referral::{BoardLine, Child, Referral};
use uuid::Uuid;

use crate::purchasing::referral::{all_answers, is_editable, load, own};
use crate::purchasing::timeline::{Happened, steps_of_tasks, timeline, with_note};
use crate::{Failure, Query, Slice, StandingQuery};

/// Lines on one page of the board.
pub const BOARD_PAGE: i64 = 50;

/// A page of the board, most urgent first.
#[derive(Debug, Clone, Copy)]
pub struct Board {
    /// Leave out what is placed, withdrawn or ended.
    pub only_open: bool,
    /// From 1; 0 counts as 1.
    pub page: u32,
    /// Today in the United Kingdom: which tasks are late.
    pub today: Day,
}

/// A page of the board with the size of the whole.
#[derive(Debug, Clone)]
pub struct BoardPage {
    /// At most [`BOARD_PAGE`] lines.
    pub lines: Vec<BoardLine>,
    /// How many there are on all pages.
    pub total: i64,
}

impl Query for Board {
    const ACTION: Action = Action::SeeBoard;
    type Answer = BoardPage;

    async fn relation(&self, _: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(of_council(caller))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<BoardPage, Failure> {
        let offset = i64::from(self.page.saturating_sub(1)) * BOARD_PAGE;
        let (lines, total) =
            store::purchasing::referral::board(reads, caller.organisation, self.only_open, BOARD_PAGE, offset, self.today).await?;
        Ok(BoardPage { lines, total })
    }
}

impl StandingQuery for Board {
    fn parameters(&self) -> String {
        format!("{} {} {}", self.only_open, self.page, self.today.iso())
    }
}

/// A board is of the council for which one acts; providers have none.
fn of_council(caller: &Caller) -> Option<Relation> {
    (caller.kind == OrganisationKind::Council).then_some(Relation::Own)
}

/// Referrals in the order of their numbers, for a council's own software.
#[derive(Debug, Clone)]
pub struct ReferralsPage(pub Slice<String>);

impl Query for ReferralsPage {
    const ACTION: Action = Action::SeeBoard;
    type Answer = Vec<Referral>;

    async fn relation(&self, _: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(of_council(caller))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<Referral>, Failure> {
        Ok(store::purchasing::referral::page(reads, caller.organisation, &self.0).await?)
    }
}

/// One referral with all that belongs to it. Each look is written to the access log.
#[derive(Debug, Clone, Copy)]
pub struct GetReferral {
    /// Which referral.
    pub referral: ReferralId,
}

/// A referral as those who work on the case see it.
#[derive(Debug, Clone)]
pub struct ReferralView {
    /// The referral.
    pub referral: Referral,
    /// The child.
    pub child: Child,
    /// All answers, those that identify the child among them.
    pub answers: Answers,
    /// What is missing, and why it matters.
    pub completeness: Completeness,
    /// What can be done next by somebody in the caller's role; whether it may be done now is decided by the act.
    pub acts: Vec<ReferralAct>,
    /// Whether the caller's role may change the pages now.
    pub is_editable: bool,
    /// What happened, in order.
    pub timeline: Vec<Happened>,
    /// What is to be done for it.
    pub tasks: Vec<Task>,
}

impl ReferralView {
    /// The questions with which it was returned, while they wait for an answer: who asked, when, and what.
    #[must_use]
    pub fn questions(&self) -> Option<&Happened> {
        self.last(ReferralAct::Return).filter(|_| self.referral.state == ReferralState::Returned)
    }

    /// What the council's own search found, with what stands behind it.
    #[must_use]
    pub fn in_house(&self) -> Option<(InHouseResult, Option<&str>)> {
        let said = self.last(ReferralAct::SearchInHouse).and_then(|happened| happened.said.as_deref());
        self.referral.in_house.map(|result| (result, said))
    }

    fn last(&self, act: ReferralAct) -> Option<&Happened> {
        self.timeline.iter().rev().find(|happened| happened.act == Some(act))
    }
}

impl Query for GetReferral {
    const ACTION: Action = Action::SeeReferral;
    type Answer = ReferralView;

    fn sensitive(&self) -> Option<Uuid> {
        Some(self.referral.into())
    }

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(reads, caller, self.referral).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<ReferralView, Failure> {
        let (referral, child) = load(reads, self.referral).await?;
        let answers = all_answers(&referral, &child)?;
        let tasks = store::purchasing::placement::tasks_of(reads, referral.org_id, referral.id.into()).await?;
        let mut timeline = timeline(reads, &[referral.id.into()]).await?;
        with_note(&mut timeline, referral.note.as_deref());
        timeline.extend(steps_of_tasks(reads, &tasks).await?);
        timeline.sort_by_key(|happened| happened.at);
        Ok(ReferralView {
            completeness: Completeness::of(referral.urgency, &answers),
            acts: acts_for(referral.state, caller.role),
            is_editable: is_editable(&referral, &child)? && could(caller.role, Action::WriteReferral),
            timeline,
            tasks,
            answers,
            child,
            referral,
        })
    }
}

/// The acts that lead on from a state and are this role's to do.
#[must_use]
pub fn acts_for(state: ReferralState, role: Role) -> Vec<ReferralAct> {
    let acts = ReferralAct::ALL.iter().copied();
    acts.filter(|act| state.leads_to(*act).is_some() && could(role, action_of(*act))).collect()
}

/// Under which action of the policy an act on a referral is done.
fn action_of(act: ReferralAct) -> Action {
    use ReferralAct as Act;
    match act {
        Act::Submit | Act::Withdraw => Action::WriteReferral,
        Act::Return | Act::Accept | Act::SearchInHouse | Act::EndSearch => Action::ScreenReferral,
        Act::Authorise => Action::AuthoriseSearch,
        Act::Release => Action::ReleaseReferral,
        Act::Shortlist | Act::Prefer | Act::SetAside | Act::AskApproval => Action::PreferOffer,
        Act::RefuseApproval => Action::DecideApproval,
        Act::Place => Action::IssueAgreement,
        Act::FallThrough => Action::StartPlacement,
    }
}
