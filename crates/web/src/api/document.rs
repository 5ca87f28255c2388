//! The `OpenAPI` 3.1 document of everything under `/api/v1`, made from the handlers themselves.

use axum::Json;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi, ToSchema};

use super::{
    agreements, approvals, award, bids, choice, decisions, evaluation, framework_agreements, frameworks, market, notices, reference,
    referrals, services, sessions, tenders,
};
use crate::problem::Told;

/// The document.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Nearhome",
        description = "Homes for children in care: referrals, offers, choice, agreements and placements, for an organisation's own \
                       software. Amounts are whole pence, days are like 2026-12-18, moments are RFC 3339 in UTC."
    ),
    modifiers(&Common),
    components(schemas(Told)),
    tags(
        (name = "reference", description = "Who calls, what the councils agreed, how a place lies"),
        (name = "referrals", description = "A council's referrals"),
        (name = "market", description = "What a provider received, and its answers"),
        (name = "choice", description = "From the offers to the choice"),
        (name = "approvals", description = "What waits for approval"),
        (name = "agreements", description = "Agreements and their signatures"),
        (name = "placements", description = "Placements and their tasks"),
        (name = "decisions", description = "What councils decided and agreed on with each other"),
        (name = "bids", description = "A bidder’s own bids and their receipts"),
        (name = "tenders", description = "What is bought together, and the opening of the bids"),
        (name = "evaluation", description = "Judging bids: declarations, scores, the ranking, what becomes of each service"),
        (name = "award", description = "The award, standstill and challenges, framework agreements and what follows for them"),
        (name = "frameworks", description = "Frameworks from award to award, and exercises under them"),
        (name = "money", description = "Commitments against ceilings")
    ),
    paths(
        sessions::begin, sessions::end,
        reference::me, reference::consortium, reference::place, reference::commitments,
        referrals::list, referrals::write, referrals::see, referrals::save, referrals::submit, referrals::give_back, referrals::accept,
        referrals::in_house, referrals::authorise, referrals::withdraw, referrals::end, referrals::profile, referrals::release, referrals::send_additions,
        market::inbox, market::received, market::save, market::send, market::decline, market::withdraw,
        services::see, services::change, services::assure, services::sign,
        choice::compare, choice::score, choice::shortlist, choice::prefer, choice::set_aside,
        approvals::waiting, approvals::see, approvals::decide, approvals::complete_checks,
        agreements::issue, agreements::agreements, agreements::agreement, agreements::pdf, agreements::sign_for_provider,
        agreements::sign_for_council, agreements::take_back, agreements::start, agreements::placements, agreements::placement, agreements::complete,
        decisions::list, decisions::record, decisions::see, decisions::pdf, decisions::consult, decisions::agree, decisions::revoke, decisions::acts,
        decisions::agreements, decisions::write_agreement, decisions::agreement, decisions::sign_agreement,
        bids::lots, bids::see, bids::write, bids::profile, bids::submit, bids::withdraw, bids::receipt,
        tenders::list, tenders::see, tenders::draft, tenders::publish, tenders::extend, tenders::cancel, tenders::opening,
        notices::questions, notices::put_question, notices::answer, notices::change, notices::notices, notices::publish, notices::releases,
        evaluation::see, evaluation::declare, evaluation::name, evaluation::end, evaluation::bid, evaluation::score, evaluation::agree,
        evaluation::lock, evaluation::decide,
        award::see, award::award, award::summaries, award::send_summaries, award::notice, award::challenge, award::close, award::letter,
        award::result, award::sign, award::own_letter, award::own_agreement,
        framework_agreements::countersign, framework_agreements::vary, framework_agreements::suspend, framework_agreements::lift,
        framework_agreements::end, framework_agreements::pdf, framework_agreements::terminate,
        framework_agreements::candidates, framework_agreements::carry_over,
        frameworks::see, frameworks::start, frameworks::available, frameworks::award_directly,
    )
)]
struct Document;

/// What holds for every operation: the token, the key of an act, and how problems are told.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of the organisation, or a person's session: see docs/API.md"));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
        for (path, item) in &mut document.paths.paths {
            let PathItem { get, post, .. } = item;
            let name: Vec<&str> = path.split(['/', '{', '}']).filter(|part| !matches!(*part, "" | "api" | "v1")).collect();
            let name = name.join("_").replace('-', "_");
            for operation in get.iter_mut() {
                operation.operation_id = Some(format!("get_{name}"));
                problems(operation, false);
            }
            for operation in post.iter_mut() {
                operation.operation_id = Some(format!("post_{name}"));
                // A session is not begun or ended twice by one key: its token is told once.
                if !path.starts_with("/api/v1/sessions") {
                    key(operation);
                }
                problems(operation, true);
            }
        }
    }
}

fn key(operation: &mut Operation) {
    use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(utoipa::openapi::Required::True)
        .schema(Some(uuid()))
        .description(Some("A UUID of your own for this act. The same request with the same key is done once and answered alike."));
    operation.parameters.get_or_insert_default().push(key.build().into());
}

fn uuid() -> Object {
    let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()
}

fn problems(operation: &mut Operation, acts: bool) {
    let problem = |words: &str| -> RefOr<Response> {
        let content = Content::new(Some(Ref::from_schema_name(Told::name())));
        ResponseBuilder::new().description(words).content("application/problem+json", content).build().into()
    };
    let mut told = vec![
        ("400", "The request cannot be read"),
        ("401", "No token, or one that does not work"),
        ("403", "Not in this role"),
        ("404", "There is no such thing, or not for this organisation"),
        ("422", "Something has to be mended, or a rule says no"),
    ];
    if acts {
        told.push(("409", "Somebody else was first, or the key was used for something else"));
    }
    operation.responses.responses.extend(told.into_iter().map(|(status, words)| (status.to_owned(), problem(words))));
}

/// `GET /api/v1/openapi.json`
pub(crate) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
