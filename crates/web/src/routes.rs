//! The table of everything that can be asked over HTTP: one row each, with who may ask.
//!
//! A page that is not in the table does not exist, and a row cannot leave out its access: tests walk the table as nobody,
//! as every role, and as another organisation.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use domain::access::Action;
use domain::procurement::bid_file::FILE_BYTES_AT_MOST;
use tower_http::catch_panic::CatchPanicLayer;

use crate::caller::{self, Gate};
use crate::server::{BODY_BYTES_MAX, Site};
use crate::{api, assets, health, pages, problem};

/// How a row is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Looks; changes nothing.
    Get,
    /// Does something.
    Post,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, and the answer is the same for everybody: files, health.
    Open,
    /// Anybody; the page knows who is signed in.
    Public,
    /// Whoever is signed in with a role that could ever do this. Whether they may do it to this thing is decided by the
    /// use case, in the transaction that does it.
    Signed(Action),
    /// Software that shows a token of its organisation, or a person's session, in a role that could ever do this; answered
    /// in JSON.
    Token(Action),
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// How it is asked.
    pub verb: Verb,
    /// The pattern of its path.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    handler: fn() -> MethodRouter<Site>,
}

/// The pattern that a request matched, for the log.
#[derive(Debug, Clone, Copy)]
pub struct Matched(pub &'static str);

macro_rules! table {
    ($($verb:ident $path:literal $access:expr => $handler:expr;)+) => {
        &[$(Route { verb: table!(@verb $verb), path: $path, access: $access, handler: || $verb($handler) },)+]
    };
    (@verb get) => { Verb::Get };
    (@verb post) => { Verb::Post };
}

use Access::{Open, Public, Signed, Token};

static TABLE: &[Route] = table! {
    get "/assets/{name}" Open => assets::serve;
    get "/health" Open => health::health;
    get "/ready" Open => health::ready;

    get "/sign-in" Public => pages::sign_in::ask_password;
    post "/sign-in" Public => pages::sign_in::give_password;
    get "/sign-in/code" Public => pages::sign_in::ask_code;
    post "/sign-in/code" Public => pages::sign_in::give_code;
    post "/sign-out" Public => pages::sign_in::sign_out;
    get "/invitations/{token}" Public => pages::invitations::open;
    post "/invitations/{token}" Public => pages::invitations::accept;
    get "/help" Public => pages::home::help;
    get "/" Signed(Action::SeeHome) => pages::home::home;
    get "/account" Signed(Action::SeeHome) => pages::home::account;
    post "/account" Signed(Action::SeeHome) => pages::sign_in::choose_role;

    get "/inbox" Signed(Action::SeeInbox) => pages::inbox::inbox;
    get "/inbox/{release}" Signed(Action::SeeInbox) => pages::inbox::received;
    get "/inbox/{release}/offer/{page}" Signed(Action::AnswerRelease) => pages::inbox::ask_offer;
    post "/inbox/{release}/offer/{page}" Signed(Action::AnswerRelease) => pages::inbox::save_offer;
    get "/inbox/{release}/send" Signed(Action::AnswerRelease) => pages::inbox::ask_send;
    post "/inbox/{release}/send" Signed(Action::AnswerRelease) => pages::inbox::send;
    get "/inbox/{release}/decline" Signed(Action::AnswerRelease) => pages::inbox::ask_decline;
    post "/inbox/{release}/decline" Signed(Action::AnswerRelease) => pages::inbox::decline;
    get "/inbox/{release}/withdraw" Signed(Action::AnswerRelease) => pages::inbox::ask_withdraw;
    post "/inbox/{release}/withdraw" Signed(Action::AnswerRelease) => pages::inbox::withdraw;

    get "/board" Signed(Action::SeeBoard) => pages::referrals::board;
    get "/referrals/new" Signed(Action::WriteReferral) => pages::referrals::ask_new;
    post "/referrals/new" Signed(Action::WriteReferral) => pages::referrals::write;
    get "/referrals/{id}" Signed(Action::SeeReferral) => pages::referrals::see;
    get "/referrals/{id}/answers" Signed(Action::SeeReferral) => pages::referrals::answers;
    get "/referrals/{id}/section/{section}" Signed(Action::WriteReferral) => pages::referrals::ask_section;
    post "/referrals/{id}/section/{section}" Signed(Action::WriteReferral) => pages::referrals::save_section;
    get "/referrals/{id}/submit" Signed(Action::WriteReferral) => pages::search::ask_step;
    post "/referrals/{id}/submit" Signed(Action::WriteReferral) => pages::search::take_step;
    get "/referrals/{id}/return" Signed(Action::ScreenReferral) => pages::search::ask_step;
    post "/referrals/{id}/return" Signed(Action::ScreenReferral) => pages::search::take_step;
    get "/referrals/{id}/accept" Signed(Action::ScreenReferral) => pages::search::ask_step;
    post "/referrals/{id}/accept" Signed(Action::ScreenReferral) => pages::search::take_step;
    get "/referrals/{id}/in-house" Signed(Action::ScreenReferral) => pages::search::ask_step;
    post "/referrals/{id}/in-house" Signed(Action::ScreenReferral) => pages::search::take_step;
    get "/referrals/{id}/authorise" Signed(Action::AuthoriseSearch) => pages::search::ask_step;
    post "/referrals/{id}/authorise" Signed(Action::AuthoriseSearch) => pages::search::take_step;
    get "/referrals/{id}/withdraw" Signed(Action::WriteReferral) => pages::search::ask_step;
    post "/referrals/{id}/withdraw" Signed(Action::WriteReferral) => pages::search::take_step;
    get "/referrals/{id}/end" Signed(Action::ScreenReferral) => pages::search::ask_step;
    post "/referrals/{id}/end" Signed(Action::ScreenReferral) => pages::search::take_step;
    get "/referrals/{id}/release" Signed(Action::ReleaseReferral) => pages::search::ask_release;
    post "/referrals/{id}/release" Signed(Action::ReleaseReferral) => pages::search::release;
    get "/referrals/{id}/additions" Signed(Action::ReleaseReferral) => pages::additions::ask_additions;
    post "/referrals/{id}/additions" Signed(Action::ReleaseReferral) => pages::additions::send_additions;

    get "/tasks" Signed(Action::SeeBoard) => pages::tasks::list;
    get "/referrals/{id}/frozen/{task}" Signed(Action::CompleteTask) => pages::tasks::ask_frozen;
    post "/referrals/{id}/frozen/{task}" Signed(Action::CompleteTask) => pages::tasks::record_frozen;
    get "/referrals/{id}/panel" Signed(Action::CompleteTask) => pages::tasks::ask_panel;
    post "/referrals/{id}/panel" Signed(Action::CompleteTask) => pages::tasks::record_panel;

    get "/referrals/{id}/offers" Signed(Action::SeeOffers) => pages::offers::compare;
    get "/referrals/{id}/offers/{offer}" Signed(Action::SeeOffers) => pages::offers::offer;
    get "/referrals/{id}/offers/{offer}/score" Signed(Action::ScoreOffer) => pages::offers::ask_score;
    post "/referrals/{id}/offers/{offer}/score" Signed(Action::ScoreOffer) => pages::offers::give_score;
    get "/referrals/{id}/offers/{offer}/shortlist" Signed(Action::PreferOffer) => pages::offers::ask_shortlist;
    post "/referrals/{id}/offers/{offer}/shortlist" Signed(Action::PreferOffer) => pages::offers::shortlist;
    get "/referrals/{id}/offers/{offer}/prefer" Signed(Action::PreferOffer) => pages::offers::ask_prefer;
    post "/referrals/{id}/offers/{offer}/prefer" Signed(Action::PreferOffer) => pages::offers::prefer;
    get "/referrals/{id}/offers/{offer}/override" Signed(Action::OverrideGate) => pages::gate_override::ask;
    post "/referrals/{id}/offers/{offer}/override" Signed(Action::OverrideGate) => pages::gate_override::override_gate;
    get "/referrals/{id}/set-aside" Signed(Action::PreferOffer) => pages::offers::ask_set_aside;
    post "/referrals/{id}/set-aside" Signed(Action::PreferOffer) => pages::offers::set_aside;

    get "/approvals" Signed(Action::SeeApprovals) => pages::approvals::waiting;
    get "/approvals/{id}" Signed(Action::SeeApprovals) => pages::approvals::see;
    post "/approvals/{id}" Signed(Action::DecideApproval) => pages::approvals::decide;

    get "/agreements" Signed(Action::SeeAgreement) => pages::agreements::list;
    get "/agreements/{id}" Signed(Action::SeeAgreement) => pages::agreements::see;
    get "/agreements/{id}/pdf" Signed(Action::SeeAgreement) => pages::agreements::pdf;
    get "/agreements/{id}/sign-council" Signed(Action::SignForCouncil) => pages::agreements::ask_sign;
    post "/agreements/{id}/sign-council" Signed(Action::SignForCouncil) => pages::agreements::sign_for_council;
    get "/agreements/{id}/sign-provider" Signed(Action::SignForProvider) => pages::agreements::ask_sign;
    post "/agreements/{id}/sign-provider" Signed(Action::SignForProvider) => pages::agreements::sign_for_provider;
    get "/referrals/{id}/agreement" Signed(Action::IssueAgreement) => pages::start::ask_agreement;
    post "/referrals/{id}/agreement" Signed(Action::IssueAgreement) => pages::start::issue;
    get "/agreements/{id}/take-back" Signed(Action::IssueAgreement) => pages::agreements::ask_take_back;
    post "/agreements/{id}/take-back" Signed(Action::IssueAgreement) => pages::agreements::take_back;
    get "/agreements/{id}/start" Signed(Action::StartPlacement) => pages::start::ask_start;
    post "/agreements/{id}/start" Signed(Action::StartPlacement) => pages::start::start;
    get "/placements" Signed(Action::SeePlacement) => pages::placements::list;
    get "/placements/{id}" Signed(Action::SeePlacement) => pages::placements::see;
    get "/placements/{id}/tasks/{task}" Signed(Action::CompleteTask) => pages::placements::ask_task;
    post "/placements/{id}/tasks/{task}" Signed(Action::CompleteTask) => pages::placements::complete_task;

    get "/commitments" Signed(Action::SeeCommitments) => pages::consortium::commitments;
    get "/frameworks" Signed(Action::SeeConsortium) => pages::consortium::frameworks;
    get "/services" Signed(Action::SeeServices) => pages::services::list;
    get "/services/{id}" Signed(Action::SeeServices) => pages::services::see;
    get "/services/{id}/standing" Signed(Action::SuspendService) => pages::services::ask_standing;
    post "/services/{id}/standing" Signed(Action::SuspendService) => pages::services::change_standing;
    get "/services/{id}/assure" Signed(Action::AssureService) => pages::services::ask_assurance;
    post "/services/{id}/assure" Signed(Action::AssureService) => pages::services::record_assurance;
    get "/services/{id}/sign" Signed(Action::LiftSuspension) => pages::services::ask_sign;
    post "/services/{id}/sign" Signed(Action::LiftSuspension) => pages::services::sign;
    get "/frameworks/{reference}" Signed(Action::SeeFramework) => pages::frameworks::see;
    get "/tenders" Signed(Action::SeeTenders) => pages::tenders::list;
    get "/tenders/new" Signed(Action::BuildTender) => pages::tender_form::ask_new;
    post "/tenders/new" Signed(Action::BuildTender) => pages::tender_form::start;
    get "/tenders/{id}" Signed(Action::SeeTenders) => pages::tenders::see;
    get "/tenders/{id}/draft/{part}" Signed(Action::BuildTender) => pages::tender_form::ask_part;
    post "/tenders/{id}/draft/{part}" Signed(Action::BuildTender) => pages::tender_form::save_part;
    get "/tenders/{id}/quality" Signed(Action::BuildTender) => pages::tender_form::questions;
    get "/tenders/{id}/quality/{question}" Signed(Action::BuildTender) => pages::tender_form::ask_question;
    post "/tenders/{id}/quality/{question}" Signed(Action::BuildTender) => pages::tender_form::save_question;
    get "/tenders/{id}/publish" Signed(Action::BuildTender) => pages::tenders::ask_publish;
    post "/tenders/{id}/publish" Signed(Action::BuildTender) => pages::tenders::publish;
    get "/tenders/{id}/extend" Signed(Action::BuildTender) => pages::tenders::ask_extend;
    post "/tenders/{id}/extend" Signed(Action::BuildTender) => pages::tenders::extend;
    get "/tenders/{id}/cancel" Signed(Action::BuildTender) => pages::tenders::ask_cancel;
    post "/tenders/{id}/cancel" Signed(Action::BuildTender) => pages::tenders::cancel;
    get "/tenders/{id}/opening" Signed(Action::SeeOpening) => pages::opening::see;
    get "/tenders/{id}/evaluation" Signed(Action::SeeEvaluation) => pages::evaluation::see;
    get "/tenders/{id}/evaluation/declare" Signed(Action::ScoreBids) => pages::conflicts::ask_declare;
    post "/tenders/{id}/evaluation/declare" Signed(Action::ScoreBids) => pages::conflicts::declare;
    get "/tenders/{id}/evaluation/settle" Signed(Action::RunEvaluation) => pages::conflicts::ask_settle;
    post "/tenders/{id}/evaluation/settle" Signed(Action::RunEvaluation) => pages::conflicts::settle;
    get "/tenders/{id}/evaluation/name" Signed(Action::RunEvaluation) => pages::evaluation::ask_name;
    post "/tenders/{id}/evaluation/name" Signed(Action::RunEvaluation) => pages::evaluation::name;
    get "/tenders/{id}/evaluation/end" Signed(Action::RunEvaluation) => pages::evaluation::ask_end;
    post "/tenders/{id}/evaluation/end" Signed(Action::RunEvaluation) => pages::evaluation::end;
    get "/tenders/{id}/evaluation/bids/{bid}" Signed(Action::SeeEvaluation) => pages::scoring::bid;
    post "/tenders/{id}/evaluation/bids/{bid}/score" Signed(Action::ScoreBids) => pages::scoring::score;
    post "/tenders/{id}/evaluation/bids/{bid}/agree" Signed(Action::RunEvaluation) => pages::scoring::agree;
    get "/tenders/{id}/evaluation/lock" Signed(Action::RunEvaluation) => pages::evaluation::ask_lock;
    post "/tenders/{id}/evaluation/lock" Signed(Action::RunEvaluation) => pages::evaluation::lock;
    get "/tenders/{id}/evaluation/outcomes" Signed(Action::RunEvaluation) => pages::evaluation::ask_outcomes;
    post "/tenders/{id}/evaluation/outcomes" Signed(Action::RunEvaluation) => pages::evaluation::record_outcomes;
    get "/tenders/{id}/award" Signed(Action::SeeAward) => pages::award::see;
    get "/tenders/{id}/award/approve" Signed(Action::AwardFramework) => pages::award::ask_approve;
    post "/tenders/{id}/award/approve" Signed(Action::AwardFramework) => pages::award::approve;
    get "/tenders/{id}/award/summaries" Signed(Action::RunAward) => pages::award::ask_summaries;
    post "/tenders/{id}/award/summaries" Signed(Action::RunAward) => pages::award::summaries;
    get "/tenders/{id}/award/notice" Signed(Action::RunAward) => pages::award::ask_notice;
    post "/tenders/{id}/award/notice" Signed(Action::RunAward) => pages::award::notice;
    get "/tenders/{id}/award/challenge" Signed(Action::RunAward) => pages::award::ask_challenge;
    post "/tenders/{id}/award/challenge" Signed(Action::RunAward) => pages::award::challenge;
    get "/tenders/{id}/award/close" Signed(Action::RunAward) => pages::award::ask_close;
    post "/tenders/{id}/award/close" Signed(Action::RunAward) => pages::award::close;
    get "/tenders/{id}/award/countersign" Signed(Action::CountersignFramework) => pages::award::ask_countersign;
    post "/tenders/{id}/award/countersign" Signed(Action::CountersignFramework) => pages::award::countersign;
    get "/tenders/{id}/award/vary" Signed(Action::KeepFrameworkContracts) => pages::contracts::ask_vary;
    post "/tenders/{id}/award/vary" Signed(Action::KeepFrameworkContracts) => pages::contracts::vary;
    get "/tenders/{id}/award/suspend" Signed(Action::KeepFrameworkContracts) => pages::contracts::ask_suspend;
    post "/tenders/{id}/award/suspend" Signed(Action::KeepFrameworkContracts) => pages::contracts::suspend;
    get "/tenders/{id}/award/lift" Signed(Action::KeepFrameworkContracts) => pages::contracts::ask_lift;
    post "/tenders/{id}/award/lift" Signed(Action::KeepFrameworkContracts) => pages::contracts::lift;
    get "/tenders/{id}/award/end" Signed(Action::KeepFrameworkContracts) => pages::contracts::ask_end;
    post "/tenders/{id}/award/end" Signed(Action::KeepFrameworkContracts) => pages::contracts::end;
    get "/tenders/{id}/award/terminate" Signed(Action::KeepFrameworkContracts) => pages::contracts::ask_terminate;
    post "/tenders/{id}/award/terminate" Signed(Action::KeepFrameworkContracts) => pages::contracts::terminate;
    get "/tenders/{id}/award/carry-over" Signed(Action::RunAward) => pages::contracts::ask_carry_over;
    post "/tenders/{id}/award/carry-over" Signed(Action::RunAward) => pages::contracts::carry_over;
    get "/tenders/{id}/award/agreement.pdf" Signed(Action::SeeAward) => pages::printed::agreement_of;
    get "/tenders/{id}/award/letter.pdf" Signed(Action::SeeAward) => pages::printed::letter_of;
    get "/tenders/{id}/result/agreement.pdf" Signed(Action::SeeResult) => pages::printed::own_agreement;
    get "/tenders/{id}/result/letter.pdf" Signed(Action::SeeResult) => pages::printed::own_letter;
    get "/tenders/exercise" Signed(Action::BuildTender) => pages::exercise_form::ask_new;
    post "/tenders/exercise" Signed(Action::BuildTender) => pages::exercise_form::start;
    get "/tenders/{id}/direct" Signed(Action::AwardFramework) => pages::exercise_form::ask_direct;
    post "/tenders/{id}/direct" Signed(Action::AwardFramework) => pages::exercise_form::award_directly;
    get "/tenders/{id}/result" Signed(Action::SeeResult) => pages::award::see_result;
    post "/tenders/{id}/result/sign" Signed(Action::SignFrameworkForProvider) => pages::award::sign;
    get "/tenders/{id}/open/{envelope}" Signed(Action::OpenBids) => pages::opening::ask_part;
    post "/tenders/{id}/open/{envelope}" Signed(Action::OpenBids) => pages::opening::part;
    get "/tenders/elsewhere" Signed(Action::SeeMarket) => pages::elsewhere::list;
    get "/tenders/{id}/questions" Signed(Action::SeeTenders) => pages::tender_questions::see;
    get "/tenders/{id}/questions/ask" Signed(Action::AskAboutTender) => pages::tender_questions::ask_question;
    post "/tenders/{id}/questions/ask" Signed(Action::AskAboutTender) => pages::tender_questions::put_question;
    get "/tenders/{id}/questions/answer" Signed(Action::AnswerBidders) => pages::tender_questions::ask_answer;
    post "/tenders/{id}/questions/answer" Signed(Action::AnswerBidders) => pages::tender_questions::answer;
    get "/tenders/{id}/questions/change" Signed(Action::AnswerBidders) => pages::tender_questions::ask_change;
    post "/tenders/{id}/questions/change" Signed(Action::AnswerBidders) => pages::tender_questions::change;
    get "/tenders/{id}/notices" Signed(Action::SeeNotices) => pages::notices::see;
    get "/tenders/{id}/notices/publish" Signed(Action::PublishNotice) => pages::notices::ask_publish;
    post "/tenders/{id}/notices/publish" Signed(Action::PublishNotice) => pages::notices::publish;
    get "/tenders/{id}/notices/talks" Signed(Action::PublishNotice) => pages::notices::ask_talks;
    post "/tenders/{id}/notices/talks" Signed(Action::PublishNotice) => pages::notices::talks;
    get "/tenders/{id}/notices/supplier" Signed(Action::PublishNotice) => pages::notices::ask_supplier;
    post "/tenders/{id}/notices/supplier" Signed(Action::PublishNotice) => pages::notices::supplier;
    get "/opening-key" Signed(Action::KeepOpeningKey) => pages::opening::ask_key;
    post "/opening-key" Signed(Action::KeepOpeningKey) => pages::opening::keep_key;
    get "/papers" Signed(Action::SeeOwnBids) => pages::papers::list;
    get "/papers/upload" Signed(Action::WriteBid) => pages::papers::ask_upload;
    post "/papers/upload" Signed(Action::WriteBid) => pages::papers::upload;
    get "/papers/{file}" Signed(Action::SeeOwnBids) => pages::papers::download;
    get "/papers/{file}/remove" Signed(Action::WriteBid) => pages::papers::ask_remove;
    post "/papers/{file}/remove" Signed(Action::WriteBid) => pages::papers::remove;
    get "/bids/{tender}" Signed(Action::SeeOwnBids) => pages::bids::lots;
    get "/bids/{tender}/{lot}" Signed(Action::SeeOwnBids) => pages::bids::see;
    get "/bids/{tender}/{lot}/write/{part}" Signed(Action::WriteBid) => pages::bid_form::ask_part;
    post "/bids/{tender}/{lot}/write/{part}" Signed(Action::WriteBid) => pages::bid_form::save_part;
    get "/bids/{tender}/{lot}/check" Signed(Action::SeeOwnBids) => pages::bids::check;
    post "/bids/{tender}/{lot}/submit" Signed(Action::SubmitBid) => pages::bids::submit;
    get "/bids/{tender}/{lot}/own-price" Signed(Action::SubmitBid) => pages::bids::ask_own_price;
    post "/bids/{tender}/{lot}/own-price" Signed(Action::SubmitBid) => pages::bids::submit_own_price;
    get "/bids/{tender}/{lot}/withdraw" Signed(Action::SubmitBid) => pages::bids::ask_withdraw;
    post "/bids/{tender}/{lot}/withdraw" Signed(Action::SubmitBid) => pages::bids::withdraw;
    get "/bid-receipts/{id}" Signed(Action::SeeOwnBids) => pages::bids::receipt;
    get "/bid-receipts/{id}/text" Signed(Action::SeeOwnBids) => pages::bids::receipt_text;
    get "/decisions" Signed(Action::SeeDecisions) => pages::decisions::list;
    get "/decisions/new" Signed(Action::RecordDecision) => pages::decision_form::ask_new;
    post "/decisions/new" Signed(Action::RecordDecision) => pages::decision_form::record;
    get "/decisions/{id}" Signed(Action::SeeDecisions) => pages::decisions::see;
    get "/decisions/{id}/record.pdf" Signed(Action::SeeDecisions) => pages::printed::record;
    get "/decisions/{id}/consultation" Signed(Action::RecordDecision) => pages::decisions::ask_consultation;
    post "/decisions/{id}/consultation" Signed(Action::RecordDecision) => pages::decisions::consult;
    get "/decisions/{id}/agree" Signed(Action::AgreeAsPartner) => pages::decisions::ask_agree;
    post "/decisions/{id}/agree" Signed(Action::AgreeAsPartner) => pages::decisions::agree;
    get "/decisions/{id}/revoke" Signed(Action::RecordDecision) => pages::decisions::ask_revoke;
    post "/decisions/{id}/revoke" Signed(Action::RecordDecision) => pages::decisions::revoke;
    get "/between-councils" Signed(Action::SeeDecisions) => pages::between_councils::list;
    get "/between-councils/{id}" Signed(Action::SeeDecisions) => pages::between_councils::see;
    get "/between-councils/{id}/sign" Signed(Action::SignCouncilsAgreement) => pages::between_councils::ask_sign;
    post "/between-councils/{id}/sign" Signed(Action::SignCouncilsAgreement) => pages::between_councils::sign;
    get "/people" Signed(Action::SeePeople) => pages::people::list;
    get "/people/invite" Signed(Action::InvitePerson) => pages::people::ask_invite;
    post "/people/invite" Signed(Action::InvitePerson) => pages::people::invite;
    get "/people/invited/{id}/withdraw" Signed(Action::InvitePerson) => pages::people::ask_withdraw;
    post "/people/invited/{id}/withdraw" Signed(Action::InvitePerson) => pages::people::withdraw;
    get "/people/{id}/end" Signed(Action::InvitePerson) => pages::people::ask_end;
    post "/people/{id}/end" Signed(Action::InvitePerson) => pages::people::end;
    get "/people/{id}/reset" Signed(Action::InvitePerson) => pages::people::ask_reset;
    post "/people/{id}/reset" Signed(Action::InvitePerson) => pages::people::reset;

    get "/api/v1/openapi.json" Open => api::document::openapi;
    get "/record" Signed(Action::SeeRecord) => pages::record::see;
    get "/record/heads" Signed(Action::SeeRecord) => pages::record::heads;
    get "/tokens" Signed(Action::IssueToken) => pages::tokens::list;
    get "/tokens/new" Signed(Action::IssueToken) => pages::tokens::ask_new;
    post "/tokens/new" Signed(Action::IssueToken) => pages::tokens::issue;
    get "/tokens/{id}/revoke" Signed(Action::IssueToken) => pages::tokens::ask_revoke;
    post "/tokens/{id}/revoke" Signed(Action::IssueToken) => pages::tokens::revoke;

    post "/api/v1/sessions" Open => api::sessions::begin;
    post "/api/v1/sessions/end" Open => api::sessions::end;
    get "/api/v1/me" Token(Action::SeeHome) => api::reference::me;
    get "/api/v1/consortium" Token(Action::SeeConsortium) => api::reference::consortium;
    get "/api/v1/places/{postcode}" Token(Action::SeeConsortium) => api::reference::place;
    get "/api/v1/commitments" Token(Action::SeeCommitments) => api::reference::commitments;
    get "/api/v1/tenders" Token(Action::SeeTenders) => api::tenders::list;
    post "/api/v1/tenders" Token(Action::BuildTender) => api::tenders::draft;
    get "/api/v1/tenders/{id}" Token(Action::SeeTenders) => api::tenders::see;
    post "/api/v1/tenders/{id}/publish" Token(Action::BuildTender) => api::tenders::publish;
    post "/api/v1/tenders/{id}/extend" Token(Action::BuildTender) => api::tenders::extend;
    post "/api/v1/tenders/{id}/cancel" Token(Action::BuildTender) => api::tenders::cancel;
    get "/api/v1/tenders/{id}/opening" Token(Action::SeeOpening) => api::tenders::opening;
    get "/api/v1/bids/{tender}" Token(Action::SeeOwnBids) => api::bids::lots;
    get "/api/v1/bids/{tender}/{lot}" Token(Action::SeeOwnBids) => api::bids::see;
    post "/api/v1/bids/{tender}/{lot}" Token(Action::WriteBid) => api::bids::write;
    post "/api/v1/bids/{tender}/{lot}/submit" Token(Action::SubmitBid) => api::bids::submit;
    post "/api/v1/bids/{tender}/{lot}/withdraw" Token(Action::SubmitBid) => api::bids::withdraw;
    post "/api/v1/bidder-profile" Token(Action::WriteBid) => api::bids::profile;
    get "/api/v1/bid-receipts/{id}" Token(Action::SeeOwnBids) => api::bids::receipt;
    get "/api/v1/tenders/{id}/questions" Token(Action::SeeTenders) => api::notices::questions;
    post "/api/v1/tenders/{id}/questions" Token(Action::AskAboutTender) => api::notices::put_question;
    post "/api/v1/tenders/{id}/answers" Token(Action::AnswerBidders) => api::notices::answer;
    post "/api/v1/tenders/{id}/changes" Token(Action::AnswerBidders) => api::notices::change;
    get "/api/v1/tenders/{id}/notices" Token(Action::SeeNotices) => api::notices::notices;
    post "/api/v1/tenders/{id}/notices" Token(Action::PublishNotice) => api::notices::publish;
    get "/api/v1/tenders/{id}/releases" Token(Action::SeeNotices) => api::notices::releases;
    get "/api/v1/tenders/{id}/evaluation" Token(Action::SeeEvaluation) => api::evaluation::see;
    post "/api/v1/tenders/{id}/evaluation/declaration" Token(Action::ScoreBids) => api::evaluation::declare;
    post "/api/v1/tenders/{id}/evaluators" Token(Action::RunEvaluation) => api::evaluation::name;
    post "/api/v1/tenders/{id}/evaluators/{evaluator}/end" Token(Action::RunEvaluation) => api::evaluation::end;
    get "/api/v1/tenders/{id}/evaluation/bids/{bid}" Token(Action::SeeEvaluation) => api::evaluation::bid;
    post "/api/v1/tenders/{id}/evaluation/bids/{bid}/score" Token(Action::ScoreBids) => api::evaluation::score;
    post "/api/v1/tenders/{id}/evaluation/bids/{bid}/agree" Token(Action::RunEvaluation) => api::evaluation::agree;
    post "/api/v1/tenders/{id}/evaluation/lock" Token(Action::RunEvaluation) => api::evaluation::lock;
    post "/api/v1/tenders/{id}/evaluation/outcomes" Token(Action::RunEvaluation) => api::evaluation::decide;
    get "/api/v1/tenders/{id}/award" Token(Action::SeeAward) => api::award::see;
    post "/api/v1/tenders/{id}/award" Token(Action::AwardFramework) => api::award::award;
    get "/api/v1/tenders/{id}/award/summaries" Token(Action::SeeAward) => api::award::summaries;
    post "/api/v1/tenders/{id}/award/summaries" Token(Action::RunAward) => api::award::send_summaries;
    post "/api/v1/tenders/{id}/award/notice" Token(Action::RunAward) => api::award::notice;
    post "/api/v1/tenders/{id}/award/terminate" Token(Action::KeepFrameworkContracts) => api::framework_agreements::terminate;
    post "/api/v1/tenders/{id}/challenges" Token(Action::RunAward) => api::award::challenge;
    post "/api/v1/tenders/{id}/challenges/{challenge}/close" Token(Action::RunAward) => api::award::close;
    get "/api/v1/tenders/{id}/letters/{bidder}/pdf" Token(Action::SeeAward) => api::award::letter;
    get "/api/v1/tenders/{id}/result" Token(Action::SeeResult) => api::award::result;
    post "/api/v1/tenders/{id}/result/sign" Token(Action::SignFrameworkForProvider) => api::award::sign;
    get "/api/v1/tenders/{id}/result/letter/pdf" Token(Action::SeeResult) => api::award::own_letter;
    get "/api/v1/tenders/{id}/result/agreement/pdf" Token(Action::SeeResult) => api::award::own_agreement;
    post "/api/v1/tenders/{id}/framework-agreements/{contract}/countersign" Token(Action::CountersignFramework) => api::framework_agreements::countersign;
    post "/api/v1/tenders/{id}/framework-agreements/{contract}/vary" Token(Action::KeepFrameworkContracts) => api::framework_agreements::vary;
    post "/api/v1/tenders/{id}/framework-agreements/{contract}/suspend" Token(Action::KeepFrameworkContracts) => api::framework_agreements::suspend;
    post "/api/v1/tenders/{id}/framework-agreements/{contract}/lift" Token(Action::KeepFrameworkContracts) => api::framework_agreements::lift;
    post "/api/v1/tenders/{id}/framework-agreements/{contract}/end" Token(Action::KeepFrameworkContracts) => api::framework_agreements::end;
    get "/api/v1/tenders/{id}/framework-agreements/{contract}/pdf" Token(Action::SeeAward) => api::framework_agreements::pdf;
    get "/api/v1/tenders/{id}/carry-over" Token(Action::RunAward) => api::framework_agreements::candidates;
    post "/api/v1/tenders/{id}/carry-over" Token(Action::RunAward) => api::framework_agreements::carry_over;
    get "/api/v1/frameworks/{reference}" Token(Action::SeeFramework) => api::frameworks::see;
    post "/api/v1/frameworks/{reference}/exercises" Token(Action::BuildTender) => api::frameworks::start;
    get "/api/v1/tenders/{id}/available" Token(Action::AwardFramework) => api::frameworks::available;
    post "/api/v1/tenders/{id}/direct" Token(Action::AwardFramework) => api::frameworks::award_directly;
    get "/api/v1/decisions" Token(Action::SeeDecisions) => api::decisions::list;
    post "/api/v1/decisions" Token(Action::RecordDecision) => api::decisions::record;
    get "/api/v1/decisions/{id}" Token(Action::SeeDecisions) => api::decisions::see;
    get "/api/v1/decisions/{id}/pdf" Token(Action::SeeDecisions) => api::decisions::pdf;
    post "/api/v1/decisions/{id}/consultations" Token(Action::RecordDecision) => api::decisions::consult;
    post "/api/v1/decisions/{id}/agree" Token(Action::AgreeAsPartner) => api::decisions::agree;
    post "/api/v1/decisions/{id}/revoke" Token(Action::RecordDecision) => api::decisions::revoke;
    get "/api/v1/governed-acts" Token(Action::SeeDecisions) => api::decisions::acts;
    get "/api/v1/between-councils" Token(Action::SeeDecisions) => api::decisions::agreements;
    post "/api/v1/between-councils" Token(Action::WriteCouncilsAgreement) => api::decisions::write_agreement;
    get "/api/v1/between-councils/{id}" Token(Action::SeeDecisions) => api::decisions::agreement;
    post "/api/v1/between-councils/{id}/sign" Token(Action::SignCouncilsAgreement) => api::decisions::sign_agreement;
    get "/api/v1/referrals" Token(Action::SeeBoard) => api::referrals::list;
    post "/api/v1/referrals" Token(Action::WriteReferral) => api::referrals::write;
    get "/api/v1/referrals/{id}" Token(Action::SeeReferral) => api::referrals::see;
    post "/api/v1/referrals/{id}/sections/{section}" Token(Action::WriteReferral) => api::referrals::save;
    post "/api/v1/referrals/{id}/submit" Token(Action::WriteReferral) => api::referrals::submit;
    post "/api/v1/referrals/{id}/return" Token(Action::ScreenReferral) => api::referrals::give_back;
    post "/api/v1/referrals/{id}/accept" Token(Action::ScreenReferral) => api::referrals::accept;
    post "/api/v1/referrals/{id}/in-house" Token(Action::ScreenReferral) => api::referrals::in_house;
    post "/api/v1/referrals/{id}/authorise" Token(Action::AuthoriseSearch) => api::referrals::authorise;
    post "/api/v1/referrals/{id}/withdraw" Token(Action::WriteReferral) => api::referrals::withdraw;
    post "/api/v1/referrals/{id}/end" Token(Action::ScreenReferral) => api::referrals::end;
    get "/api/v1/referrals/{id}/profile" Token(Action::SeeReferral) => api::referrals::profile;
    post "/api/v1/referrals/{id}/release" Token(Action::ReleaseReferral) => api::referrals::release;
    post "/api/v1/referrals/{id}/additions" Token(Action::ReleaseReferral) => api::referrals::send_additions;
    get "/api/v1/services/{id}" Token(Action::SeeServices) => api::services::see;
    post "/api/v1/services/{id}/standing" Token(Action::SuspendService) => api::services::change;
    post "/api/v1/services/{id}/assurances" Token(Action::AssureService) => api::services::assure;
    post "/api/v1/services/{id}/sign" Token(Action::LiftSuspension) => api::services::sign;
    get "/api/v1/inbox" Token(Action::SeeInbox) => api::market::inbox;
    get "/api/v1/inbox/{release}" Token(Action::SeeInbox) => api::market::received;
    post "/api/v1/inbox/{release}/offer" Token(Action::AnswerRelease) => api::market::save;
    post "/api/v1/inbox/{release}/send" Token(Action::AnswerRelease) => api::market::send;
    post "/api/v1/inbox/{release}/decline" Token(Action::AnswerRelease) => api::market::decline;
    post "/api/v1/inbox/{release}/withdraw" Token(Action::AnswerRelease) => api::market::withdraw;
    get "/api/v1/referrals/{id}/offers" Token(Action::SeeOffers) => api::choice::compare;
    post "/api/v1/referrals/{id}/offers/{offer}/score" Token(Action::ScoreOffer) => api::choice::score;
    post "/api/v1/referrals/{id}/offers/{offer}/shortlist" Token(Action::PreferOffer) => api::choice::shortlist;
    post "/api/v1/referrals/{id}/offers/{offer}/prefer" Token(Action::PreferOffer) => api::choice::prefer;
    post "/api/v1/referrals/{id}/set-aside" Token(Action::PreferOffer) => api::choice::set_aside;
    get "/api/v1/approvals" Token(Action::SeeApprovals) => api::approvals::waiting;
    get "/api/v1/approvals/{id}" Token(Action::SeeApprovals) => api::approvals::see;
    post "/api/v1/approvals/{id}/decide" Token(Action::DecideApproval) => api::approvals::decide;
    post "/api/v1/approvals/{id}/checks" Token(Action::DecideApproval) => api::approvals::complete_checks;
    post "/api/v1/referrals/{id}/agreement" Token(Action::IssueAgreement) => api::agreements::issue;
    get "/api/v1/agreements" Token(Action::SeeAgreement) => api::agreements::agreements;
    get "/api/v1/agreements/{id}" Token(Action::SeeAgreement) => api::agreements::agreement;
    get "/api/v1/agreements/{id}/pdf" Token(Action::SeeAgreement) => api::agreements::pdf;
    post "/api/v1/agreements/{id}/sign-provider" Token(Action::SignForProvider) => api::agreements::sign_for_provider;
    post "/api/v1/agreements/{id}/sign-council" Token(Action::SignForCouncil) => api::agreements::sign_for_council;
    post "/api/v1/agreements/{id}/take-back" Token(Action::IssueAgreement) => api::agreements::take_back;
    post "/api/v1/agreements/{id}/start" Token(Action::StartPlacement) => api::agreements::start;
    get "/api/v1/placements" Token(Action::SeePlacement) => api::agreements::placements;
    get "/api/v1/placements/{id}" Token(Action::SeePlacement) => api::agreements::placement;
    post "/api/v1/placements/{id}/tasks/{task}" Token(Action::CompleteTask) => api::agreements::complete;
};

/// All rows.
#[must_use]
pub fn table() -> &'static [Route] {
    TABLE
}

/// The action that a page needs, if there is such a page and it needs one.
#[must_use]
pub fn action_of(path: &str) -> Option<Action> {
    let row = TABLE.iter().find(|route| route.verb == Verb::Get && route.path == path)?;
    match row.access {
        Access::Signed(action) => Some(action),
        Access::Open | Access::Public | Access::Token(_) => None,
    }
}

/// The nearest page at or above this path: where somebody goes on who was signed out when they sent a form.
#[must_use]
pub fn page_above(path: &str) -> &str {
    let is_page = |path: &str| {
        TABLE.iter().any(|route| route.verb == Verb::Get && matches!(route.access, Public | Signed(_)) && fits(route.path, path))
    };
    let mut path = path;
    while !path.is_empty() && !is_page(path) {
        path = path.rsplit_once('/').map_or("", |(above, _)| above);
    }
    if path.is_empty() { "/" } else { path }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(got)) if wanted == got || (wanted.starts_with('{') && !got.is_empty()) => {}
            (Some(_) | None, Some(_) | None) => return false,
        }
    }
}

/// The table as a router, each row behind its gate.
/// The one address that takes a file.
const UPLOAD: &str = "/papers/upload";

pub(crate) fn router(site: &Site) -> Router {
    let mut router = Router::new();
    for route in TABLE {
        let gate = Gate { site: site.clone(), access: route.access, pattern: route.path };
        // A file may be larger than any form.
        let most = if route.path == UPLOAD { FILE_BYTES_AT_MOST + 64 * 1024 } else { BODY_BYTES_MAX };
        let handler: MethodRouter<Site> = (route.handler)().layer(DefaultBodyLimit::max(most));
        router = router
            .route(route.path, handler.layer(CatchPanicLayer::custom(problem::panicked)).layer(from_fn_with_state(gate, caller::gate)));
    }
    let nowhere = Gate { site: site.clone(), access: Access::Public, pattern: "" };
    let fallback = get(pages::nowhere).post(pages::nowhere).layer(from_fn_with_state(nowhere, caller::gate));
    router.fallback_service(fallback.with_state(site.clone())).with_state(site.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_the_page_that_it_was_on() {
        assert_eq!(page_above("/account"), "/account");
        assert_eq!(page_above("/sign-in/code/anything"), "/sign-in/code");
        assert_eq!(page_above("/nowhere/at/all"), "/");
    }
}
