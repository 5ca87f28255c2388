//! The pages that make a tender an exercise under a framework: the need, who pays, for how long; and the award to one provider where
//! nobody competes.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::calendar::Day;
use domain::consortium::framework::{Framework, Lot};
use domain::consortium::{Consortium, CouncilCode};
use domain::ids::{OrganisationId, ServiceId};
use domain::pence::Pence;
use domain::place::{Point, Postcode};
use domain::procurement::exercise::{Direct, DirectGround, Exercise, Radius, RadiusFrom, Share, Step};
use domain::procurement::plan::TenderPlan;
use domain::purchasing::fields::{Answer, Answers, Field as Asked, FieldKind as Kind};
use domain::purchasing::forms::parse_all;
use serde::Deserialize;
use service::people::sign_in::SignedIn;
use service::procurement::exercise::{Available, AwardDirectly, Chosen, GetAvailable, StartExercise};
use service::procurement::tender::{Tender, TenderDraft, TenderView};
use service::{Failure, FieldProblem, ask, perform};

use super::decisions::{answered, consortium};
use super::tender_form::{filled, lines, text};
use super::tenders::page;
use super::{Answered, Done, done};
use crate::blocks::{Block, Fact, on};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, Field, FieldKind};

/// What an exercise says beyond a tender.
const EXERCISE: &[Asked] = &[
    Asked::new(Kind::LongText, "need", "Which need does nobody meet?", "Enter the need")
        .hint("Of many children, with figures; nothing that could tell who one of them is")
        .mandatory(),
    Asked::new(Kind::Number, "beds", "Beds", "Enter the number of beds").at_most(999).mandatory(),
    Asked::new(Kind::Date, "starts_on", "First day", "Enter the first day").mandatory(),
    Asked::new(Kind::Text, "years", "Years of the first term and of each extension", "Enter the years").hint("Like 5+2+2").mandatory(),
    Asked::new(Kind::LongText, "shares", "Who pays, in per cent", "Enter who pays")
        .hint("One on each line, with the per cent after a colon, a council by its code: E06000018: 60")
        .mandatory(),
    Asked::new(Kind::Money, "at_most", "What it may cost at most, with every extension", "Enter the amount").mandatory(),
    Asked::new(Kind::Money, "guaranteed", "What is paid whether or not a child lives there", "Enter the amount").mandatory(),
    Asked::new(Kind::LongText, "ramp_up", "How the beds come into use", "Enter the steps")
        .hint("One step on each line, the month and how many beds there are from then on: 1: 2. Leave it empty when all come at once"),
    Asked::new(Kind::Text, "open_book", "What the provider shows of its costs, and how often", "Enter what it shows"),
    Asked::new(Kind::Number, "radius_miles", "Miles within which the homes must be", "Enter the miles").at_most(999),
    Asked::new(Kind::Text, "radius_name", "The point, city or county from which that is measured", "Enter from where"),
    Asked::new(Kind::Postcode, "radius_postcode", "Postcode of the point", "Enter the postcode")
        .hint("By it homes are checked; without it, and from a border, people judge them. Leave it empty to keep the place that is known"),
];

/// Which framework and lot a new exercise buys from, and what it is called.
const NEW: &[Asked] = &[
    Asked::new(Kind::Text, "reference", "Reference of the exercise", "Enter a reference of its own").mandatory(),
    Asked::new(Kind::Text, "title", "Title", "Enter a title").mandatory(),
];

/// From where a new exercise is begun.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Begun {
    /// The framework's reference.
    #[serde(default)]
    under: String,
}

/// `GET /tenders/exercise`
pub(crate) async fn ask_new(State(site): State<Site>, Who(who): Who, Query(begun): Query<Begun>) -> Answered {
    new_page(&site, &who, &begun.under, None).await
}

/// A lot of a framework as one option of a list.
fn lot_code(framework: &Framework, lot: &Lot) -> String {
    format!("{} {}", framework.reference, lot.code)
}

fn lots(known: &Consortium) -> impl Iterator<Item = (&Framework, &Lot)> {
    known.frameworks.iter().flat_map(|framework| framework.lots.iter().map(move |lot| (framework, lot)))
}

async fn new_page(site: &Site, who: &SignedIn, under: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let known = consortium(site, who).await?;
    let fits = |framework: &Framework| under.is_empty() || framework.reference == under;
    let options = lots(&known).filter(|(framework, _)| fits(framework)).map(|(framework, lot)| Choice {
        code: lot_code(framework, lot),
        label: format!("{}, lot {}: {}", framework.reference, lot.code, lot.name),
        hint: None,
    });
    let mut fields = vec![Field { options: options.collect(), ..pages::field(FieldKind::OneOf, "lot", "From which lot is it bought?") }];
    fields.extend(NEW.iter().map(|asked| forms::question(asked, &Answers::default())));
    let councils = known.councils.iter();
    let councils = councils.map(|council| Choice { code: council.code.0.clone(), label: council.name.clone(), hint: None });
    fields.push(Field { options: councils.collect(), ..pages::field(FieldKind::ManyOf, "users", "Which councils take part?") });
    fields.extend(EXERCISE.iter().map(|asked| forms::question(asked, &Answers::default())));
    fields.push(openers(&known, known.framework(under), &[]));
    fields.extend(choices(None));
    let form = forms::form(site, "/tenders/exercise", None, fields, "Start the exercise");
    let words = "The providers of the lot compete, by questions that refine the framework’s criteria. Categories and highest prices are taken \
                 over from the framework; questions, rules and the timetable are written on pages of their own.";
    pages::ask(page(site, who, "Start an exercise under a framework", "/tenders".to_owned()), form, vec![Block::text(words)], again)
}

/// Which of the councils that use the framework open the bids.
fn openers(known: &Consortium, under: Option<&Framework>, chosen: &[CouncilCode]) -> Field {
    let uses = |code: &CouncilCode| under.is_none_or(|framework| framework.users.contains(code));
    let options = known.councils.iter().filter(|council| uses(&council.code));
    let options = options.map(|council| Choice { code: council.code.0.clone(), label: council.name.clone(), hint: None });
    Field {
        options: options.collect(),
        value: view::Answer::Codes(chosen.iter().map(|code| code.0.clone()).collect()),
        hint: Some("Those that buy and others as witnesses. Leave all empty for every council that uses the framework".to_owned()),
        required: false,
        ..pages::field(FieldKind::ManyOf, "opened_by", "Which councils open the bids?")
    }
}

/// The councils that are ticked in a list.
fn ticked(posted: &Posted, key: &str) -> Vec<CouncilCode> {
    posted.raw.values(key).filter(|code| !code.is_empty()).map(|code| CouncilCode(code.to_owned())).collect()
}

/// From what the radius is measured, and whether anybody competes.
fn choices(exercise: Option<&Exercise>) -> Vec<Field> {
    let option = |code: &str, label: &str| Choice { code: code.to_owned(), label: label.to_owned(), hint: None };
    let from = RadiusFrom::ALL.iter().map(|one| option(one.code(), one.label()));
    let chosen = exercise.and_then(|one| one.radius.as_ref()).map_or_else(String::new, |radius| radius.from.code().to_owned());
    let grounds = std::iter::once(option("NONE", "The lot’s providers compete"));
    let grounds = grounds.chain(DirectGround::ALL.iter().map(|one| option(one.code(), one.label())));
    let direct = exercise.and_then(|one| one.direct.as_ref());
    vec![
        Field {
            options: from.collect(),
            value: view::Answer::Text(chosen),
            required: false,
            ..pages::field(FieldKind::OneOf, "radius_from", "What is the distance measured from?")
        },
        Field {
            options: grounds.collect(),
            value: view::Answer::Text(direct.map_or("NONE", |one| one.ground.code()).to_owned()),
            ..pages::field(FieldKind::OneOf, "ground", "Is there a competition?")
        },
        Field {
            value: view::Answer::Text(direct.map(|one| one.reason.clone()).unwrap_or_default()),
            required: false,
            hint: Some("Only when nobody competes".to_owned()),
            ..pages::field(FieldKind::LongText, "direct_reason", "Why does nobody compete?")
        },
    ]
}

/// `5+2+2`
fn years(text: &str) -> Result<Vec<u32>, Failure> {
    let wrong = |_| Failure::invalid("years", "Write the years with + between them, like 5+2+2");
    text.split('+').map(|part| part.trim().parse::<u32>()).collect::<Result<_, _>>().map_err(wrong)
}

/// `E06000018: 60`, or the name of another body in the place of the code.
fn share(line: &str) -> Result<Share, Failure> {
    let wrong = || Failure::invalid("shares", format!("Write `{line}` with the per cent after a colon"));
    let (payer, percent) = line.rsplit_once(':').ok_or_else(wrong)?;
    let percent = percent.trim().trim_end_matches('%').trim().parse().map_err(|_| wrong())?;
    let code = CouncilCode(payer.trim().to_owned());
    let (council, other) = if code.is_well_formed() { (Some(code), None) } else { (None, Some(code.0)) };
    Ok(Share { council, other, percent })
}

/// `7: 4`
fn step(line: &str) -> Result<Step, Failure> {
    let wrong = || Failure::invalid("ramp_up", format!("Write `{line}` as a month, a colon and how many beds"));
    let (month, beds) = line.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| wrong());
    Ok(Step { from_month: number(month)?, beds: number(beds)? })
}

/// Where a postcode lies on the National Grid.
fn point_of(site: &Site, postcode: &str) -> Result<Point, Failure> {
    let wrong = |why: &str| Failure::invalid("radius_postcode", why);
    let postcode = Postcode::parse(postcode).map_err(|_| wrong("Enter a full postcode, like NG1 5FS"))?;
    let file = site.nearhome.postcodes().ok_or_else(|| wrong("This installation has no file of postcodes: leave it empty"))?;
    let found = file.find(&postcode).map_err(|_| wrong("The file of postcodes cannot be read"))?;
    found.and_then(|listing| listing.point).ok_or_else(|| wrong("The place of this postcode is not known"))
}

fn radius(answers: &Answers, posted: &Posted, site: &Site) -> Result<Option<Radius>, Failure> {
    let Some(miles) = answers.number("radius_miles").filter(|miles| *miles > 0) else { return Ok(None) };
    let from = RadiusFrom::from_code(posted.value("radius_from")).map_err(|_| Failure::invalid("radius_from", "Select one"))?;
    let name = answers.text("radius_name").map(str::to_owned);
    let name = name.ok_or_else(|| Failure::invalid("radius_name", "Enter from where it is measured"))?;
    let point = match answers.text("radius_postcode") {
        Some(postcode) if from == RadiusFrom::Point => Some(point_of(site, postcode)?),
        Some(_) => return Err(Failure::invalid("radius_postcode", "A border has no postcode: leave this empty, or measure from a point")),
        None => None,
    };
    Ok(Some(Radius { miles, from, name, point }))
}

fn direct(posted: &Posted) -> Result<Option<Direct>, Failure> {
    match posted.value("ground") {
        "NONE" => Ok(None),
        code => {
            let ground = DirectGround::from_code(code).map_err(|_| Failure::invalid("ground", "Select one"))?;
            let reason = posted.exact("direct_reason").trim().to_owned();
            if reason.is_empty() {
                return Err(Failure::invalid("direct_reason", "Enter why nobody competes"));
            }
            Ok(Some(Direct { ground, reason }))
        }
    }
}

/// The exercise as the page has it, and its first day.
fn read(under: &str, posted: &Posted, site: &Site) -> Result<(Exercise, Day), Failure> {
    let answers = answered(EXERCISE, posted)?;
    let starts_on = answers.day("starts_on").ok_or_else(|| Failure::invalid("starts_on", "Enter the first day"))?;
    let exercise = Exercise {
        under: under.to_owned(),
        need: answers.text("need").unwrap_or_default().to_owned(),
        beds: answers.number("beds").unwrap_or_default(),
        shares: lines(&answers, "shares").iter().map(|line| share(line)).collect::<Result<_, _>>()?,
        radius: radius(&answers, posted, site)?,
        years: years(answers.text("years").unwrap_or_default())?,
        guaranteed_pence: answers.pence("guaranteed").unwrap_or_default(),
        at_most_pence: answers.pence("at_most").unwrap_or_default(),
        ramp_up: lines(&answers, "ramp_up").iter().map(|line| step(line)).collect::<Result<_, _>>()?,
        open_book: answers.text("open_book").map(str::to_owned),
        direct: direct(posted)?,
    };
    Ok((exercise, starts_on))
}

/// `POST /tenders/exercise`
pub(crate) async fn start(State(site): State<Site>, Who(who): Who, posted: Posted) -> Answered {
    let known = consortium(&site, &who).await?;
    let outcome = match begun(&site, &known, &posted) {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(id) => Ok(done(&format!("/tenders/{id}"), Done::Saved)),
        Err(failure) => new_page(&site, &who, "", Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// The exercise as the page begins it.
fn begun(site: &Site, known: &Consortium, posted: &Posted) -> Result<StartExercise, Failure> {
    let chosen = lots(known).find(|(framework, lot)| lot_code(framework, lot) == posted.value("lot"));
    let (under, lot) = chosen.ok_or_else(|| Failure::invalid("lot", "Select a lot"))?;
    let mut answers = Answers::default();
    if let Some(first) = parse_all(NEW, &posted.raw, &mut answers).into_iter().next() {
        return Err(Failure::invalid(first.key, first.message));
    }
    let named = |key: &'static str| answers.text(key).map(str::to_owned).ok_or_else(|| Failure::invalid(key, "Enter this"));
    let (reference, title) = (named("reference")?, named("title")?);
    let (exercise, starts_on) = read(&under.reference, posted, site)?;
    let (users, opened_by) = (ticked(posted, "users"), ticked(posted, "opened_by"));
    Ok(StartExercise { lot: lot.code.clone(), reference, title, users, opened_by, starts_on, exercise })
}

/// The page of a draft on which its exercise is changed.
pub(super) fn fields(view: &TenderView, known: &Consortium) -> Vec<Field> {
    let Some(exercise) = &view.plan.exercise else { return Vec::new() };
    let joined = |lines: Vec<String>| text(&lines.join("\n"));
    let payer = |share: &Share| share.council.as_ref().map_or_else(|| share.other.clone().unwrap_or_default(), |code| code.0.clone());
    let years: Vec<String> = exercise.years.iter().map(u32::to_string).collect();
    let mut values = vec![
        ("need", text(&exercise.need)),
        ("beds", Answer::Number(exercise.beds)),
        ("starts_on", Answer::Day(view.plan.framework.starts_on)),
        ("years", text(&years.join("+"))),
        ("shares", joined(exercise.shares.iter().map(|share| format!("{}: {}", payer(share), share.percent)).collect())),
        ("at_most", Answer::Pence(exercise.at_most_pence)),
        ("guaranteed", Answer::Pence(exercise.guaranteed_pence)),
        ("ramp_up", joined(exercise.ramp_up.iter().map(|step| format!("{}: {}", step.from_month, step.beds)).collect())),
        ("open_book", text(exercise.open_book.as_deref().unwrap_or_default())),
    ];
    if let Some(radius) = &exercise.radius {
        values.extend([("radius_miles", Answer::Number(radius.miles)), ("radius_name", text(&radius.name))]);
    }
    let mut fields = filled(EXERCISE, values);
    fields.push(openers(known, known.framework(&exercise.under), &view.plan.opened_by));
    fields.extend(choices(Some(exercise)));
    fields
}

/// Takes the page's exercise into the draft.
pub(super) fn change(draft: &mut TenderDraft, posted: &Posted, site: &Site) -> Result<(), Failure> {
    let Some(known) = &draft.plan.exercise else { return Err(Failure::absent()) };
    let (mut exercise, starts_on) = read(&known.under, posted, site)?;
    // The postcode is not typed again: the place of the point stays while its name does.
    if let (Some(new), Some(old)) = (&mut exercise.radius, &known.radius) {
        new.point = new.point.or_else(|| old.point.filter(|_| new.name == old.name));
    }
    (draft.plan.exercise, draft.plan.framework.starts_on) = (Some(exercise), starts_on);
    draft.plan.opened_by = ticked(posted, "opened_by");
    Ok(())
}

/// What an exercise says, for everybody who reads the tender.
pub(super) fn facts(exercise: &Exercise, known: &Consortium, plan: &TenderPlan) -> Block {
    let (bought, starts_on) = (&plan.framework, plan.framework.starts_on);
    let name = |code: &CouncilCode| known.council(code).map_or_else(|| code.to_string(), |council| council.name.clone());
    let payer = |share: &Share| share.council.as_ref().map_or_else(|| share.other.clone().unwrap_or_default(), name);
    let shares: Vec<String> = exercise.shares.iter().map(|share| format!("{}: {}%", payer(share), share.percent)).collect();
    let steps: Vec<String> = exercise.ramp_up.iter().map(|step| format!("{} beds from month {}", step.beds, step.from_month)).collect();
    let years: Vec<String> = exercise.years.iter().map(u32::to_string).collect();
    let term = format!("{} years, from {} to {} at the latest", years.join(" + "), on(starts_on), on(exercise.last_day(starts_on)));
    let mut rows = vec![
        Fact::new("Under", exercise.under.as_str()),
        Fact::new("The need", exercise.need.as_str()),
        Fact::new("Beds", exercise.beds.to_string()),
        Fact::new("Term", term),
        Fact::new("Who pays", shares.join("\n")),
        Fact::new("Guaranteed", exercise.guaranteed_pence.to_string()),
        Fact::new("At most", exercise.at_most_pence.to_string()),
    ];
    rows.extend(exercise.per_bed_and_week().map(|pence| Fact::new("At most for a bed and week", pence.to_string())));
    if !steps.is_empty() {
        rows.push(Fact::new("Ramp-up", steps.join("\n")));
    }
    if let Some(radius) = &exercise.radius {
        let words = format!("Within {} miles of {} ({})", radius.miles, radius.name, radius.from.label().to_lowercase());
        let judged = match (radius.from, radius.point) {
            (RadiusFrom::Point, Some(_)) => "Checked by the place of each home",
            (RadiusFrom::Point, None) => "Judged by people: the place of the point is not on record",
            (RadiusFrom::CityBorder | RadiusFrom::CountyBorder, _) => "Judged by people: it is measured from a border",
        };
        rows.push(Fact::new("Where", format!("{words}\n{judged}")));
    }
    if exercise.direct.is_none() {
        let words = if bought.continue_on_expiry { "This competition may finish" } else { "This competition ends with it" };
        rows.push(Fact::new("If the framework comes to its end first", words));
        let openers: Vec<String> = plan.openers().iter().map(name).collect();
        rows.push(Fact::new("Councils that hold a share of the key to the bids", openers.join("\n")));
    }
    rows.extend(exercise.open_book.as_ref().map(|what| Fact::new("Open book", what.as_str())));
    if let Some(direct) = &exercise.direct {
        rows.push(Fact::new("No competition", format!("{}\n{}", direct.ground.label(), direct.reason)));
    }
    Block::Facts { title: Some("The exercise".to_owned()), rows }
}

async fn available(site: &Site, who: &SignedIn, id: &str) -> Result<(Tender, Vec<Available>), Stopped> {
    let today = Day::in_uk(site.nearhome.now());
    Ok(ask(&site.nearhome, &who.caller, &GetAvailable { tender: pages::id(id)?, today }).await?)
}

fn input(one: &Available) -> String {
    format!("price-{}-{}", one.service.service, one.service.category)
}

/// What is said beside the price of a place.
fn offered(one: &Available) -> String {
    let place = one.place.as_ref().map(|(_, words)| format!("; {words}")).unwrap_or_default();
    format!("{}; at most {} a week{place}. Leave it empty if nothing is bought here", one.provider_name, one.service.weekly)
}

fn direct_page(site: &Site, who: &SignedIn, tender: &Tender, available: &[Available], again: Option<(&Posted, &Wrong)>) -> Answered {
    let option = |one: &Available| Choice { code: one.provider.to_string(), label: one.provider_name.clone(), hint: None };
    let mut providers: Vec<Choice> = available.iter().map(option).collect();
    providers.sort_by(|one, other| one.label.cmp(&other.label));
    providers.dedup_by(|one, other| one.code == other.code);
    let mut fields = vec![Field { options: providers, ..pages::field(FieldKind::OneOf, "provider", "To which provider?") }];
    fields.extend(available.iter().map(|one| Field {
        hint: Some(offered(one)),
        required: false,
        ..pages::field(FieldKind::Money, &input(one), &format!("{}, category {}, a week", one.service.name, one.service.category))
    }));
    let here = format!("/tenders/{}", tender.id);
    let form = forms::form(site, format!("{here}/direct"), None, fields, "Award it");
    let words = "You award this to one provider without a competition, on the ground that the exercise names, by the decision that delegates \
                 it to your post.";
    pages::ask(page(site, who, "Award without a competition", here), form, vec![Block::text(words)], again)
}

/// `GET /tenders/{id}/direct`
pub(crate) async fn ask_direct(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let (tender, found) = available(&site, &who, &id).await?;
    direct_page(&site, &who, &tender, &found, None)
}

/// `POST /tenders/{id}/direct`
pub(crate) async fn award_directly(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let (tender, found) = available(&site, &who, &id).await?;
    let outcome = match chosen(&found, &posted) {
        Ok((provider, chosen)) => {
            let command = AwardDirectly { tender: tender.id, provider, chosen };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop)
        }
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => Ok(done(&format!("/tenders/{}/award", tender.id), Done::MovedOn)),
        Err(failure) => direct_page(&site, &who, &tender, &found, Some((&posted, &Wrong::with(failure)?))),
    }
}

fn chosen(available: &[Available], posted: &Posted) -> Result<(OrganisationId, Vec<Chosen>), Failure> {
    let provider = posted.value("provider").parse::<OrganisationId>().map_err(|_| Failure::invalid("provider", "Select a provider"))?;
    let (mut chosen, mut problems) = (Vec::new(), Vec::new());
    for one in available {
        let typed = posted.value(&input(one));
        if typed.is_empty() {
            continue;
        }
        let service: ServiceId = one.service.service;
        match typed.parse::<Pence>() {
            Ok(weekly) => chosen.push(Chosen { service, category: one.service.category.clone(), weekly }),
            Err(error) => problems.push(FieldProblem::at(input(one), error.to_string())),
        }
    }
    if problems.is_empty() { Ok((provider, chosen)) } else { Err(Failure::Invalid(problems)) }
}
