//! The evaluation of bids on screen: what a late conflict of interest says to whom, and that a large evaluation costs and reads like a
//! small one.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::http::StatusCode;
use domain::people::{Caller, Role};
use service::procurement::conflict::DeclareConflict;
use service::procurement::evaluation::GetEvaluation;
use testkit::case::{does, sees};
use testkit::many_bids::{Size, evaluated};
use testkit::{Engine, TestDatabase, World, world};

use crate::browser::Browser;
use crate::markup::faults;

/// Who asks, the beginning of a transaction, the tender for whoever may read it, and then all there is about the evaluation: the tender,
/// its addenda, bidders' services, bids, declarations, scores, agreed scores, evaluators, settlements, outcomes, names.
const MOST: u64 = 14;

/// The page, well made.
async fn page(browser: &Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    assert_eq!(faults(&answer.body), Vec::<String>::new(), "{path}");
    answer.body.replace("&#x2f;", "/").replace("&amp;", "&")
}

/// One more database of the same engine.
async fn another(database: &TestDatabase) -> TestDatabase {
    let engine = if database.address.starts_with("postgres") { Engine::Postgres } else { Engine::Sqlite };
    TestDatabase::fresh(engine).await.unwrap()
}

/// What stands between two words for the first time.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).unwrap_or_else(|| panic!("{from} … {to}: {text}")).0
}

/// A page of an evaluation as the officer who runs it gets it, and how many statements it took.
async fn counted(world: &World, size: Size) -> (String, String, u64) {
    let officer = world.as_role(Role::ContractOfficer);
    let browser = Browser::of(world, &officer).await;
    let tender = tender_of(world, &officer).await;
    let path = format!("/tenders/{tender}/evaluation");
    let (before, began) = (world.database.db.statements_sent(), Instant::now());
    let answer = browser.get(&path).await;
    let (took, sent) = (began.elapsed(), world.database.db.statements_sent() - before);
    println!("{} bids, {} questions: {took:?}, {sent} statements, {} bytes", size.bids, size.questions, answer.body.len());
    (path.clone(), page(&browser, &path).await, sent)
}

async fn tender_of(world: &World, officer: &Caller) -> domain::ids::TenderId {
    let now = world.nearhome.now();
    sees(world, officer, &service::procurement::tender::ListTenders { now }).await.unwrap()[0].tender.id
}

testkit::both! {
    async fn an_evaluation_of_430_bids_by_three_people_takes_as_many_statements_as_one_of_three_and_can_be_read(database) {
        let other = another(&database).await;
        let (mut few, mut many) = (world(other).await, world(database).await);
        let (small, large) = (Size { bids: 3, questions: 2 }, Size { bids: 430, questions: 30 });
        evaluated(&mut few, small).await;
        let tender = evaluated(&mut many, large).await;
        let (_, _, cost) = counted(&few, small).await;
        let (path, seen, sent) = counted(&many, large).await;
        assert_eq!(sent, cost, "a bid costs no statement");
        assert!(sent <= MOST, "{sent}");

        // The ranking and how it moves, on the page that is asked for once.
        let officer = many.as_role(Role::ContractOfficer);
        let view = sees(&many, &officer, &GetEvaluation { tender }).await.unwrap();
        let ranked = &view.lots[0].ranking.categories[0].ranked;
        assert_eq!((ranked.len(), view.lots[0].moves[0].movements.len()), (430, 31));
        let ranking = between(&seen, "ranking in category R-STD", "</table>");
        let best = [&ranked[0], &ranked[49]].map(|row| (row.name.as_str(), row.total.to_string()));
        for (name, total) in &best {
            assert!(ranking.contains(&format!(">{name}\n")) && ranking.contains(total.as_str()), "{name} {total}");
        }
        assert!(!ranking.contains(&format!(">{}\n", ranked[50].name)), "a part of a long list ends");
        assert_eq!(ranking.matches("<details").count(), 50, "how each total adds up is behind its sums");
        assert!(ranking.contains("lowest price") && ranking.contains("Question 30: agreed score"));
        let moves = between(&seen, "how the ranking moves with the weights", "</table>");
        assert_eq!(moves.matches("role=\"row\"").count(), 32, "each question, the price, and the heads of the columns");
        let movement = &view.lots[0].moves[0].movements[30];
        assert!(movement.up.or(movement.down).is_some_and(|crossing| moves.contains(&crossing.at.to_string())));
        for list in ["Bids", "ranking in category R-STD", "What becomes of each service"] {
            assert!(between(&seen, list, "Next page").contains("1 to 50 of 430"), "{list}");
        }

        // Whoever goes on reading meets each home once.
        let (browser, mut met, mut part) = (Browser::of(&many, &officer).await, Vec::new(), seen);
        loop {
            let ranking = between(&part, "ranking in category R-STD", "how the ranking moves");
            let rows = between(ranking, "<tbody", "</tbody>").split("<tr").skip(1);
            met.extend(rows.map(|row| between(row, "Home or branch\"><span>", "\n").to_owned()));
            let Some((_, next)) = ranking.split_once(&format!("{path}?list=ranking-0-0&before={}", met.len())) else { break };
            assert!(next.contains("Next page"), "{next}");
            part = page(&browser, &format!("{path}?list=ranking-0-0&before={}", met.len())).await;
        }
        assert_eq!(met, ranked.iter().map(|row| row.name.clone()).collect::<Vec<_>>());
        assert_eq!(met.iter().collect::<BTreeSet<_>>().len(), 430);
        assert!(page(&browser, &format!("{path}?list=ranking-0-0&before=9999")).await.contains("1 to 50 of 430"), "an address of nothing");
    }

    async fn whoever_awards_reads_of_a_late_conflict_and_how_it_was_dealt_with(database) {
        let mut world = world(database).await;
        let tender = evaluated(&mut world, Size { bids: 2, questions: 2 }).await;
        let (evaluation, award) = (format!("/tenders/{tender}/evaluation"), format!("/tenders/{tender}/award"));
        let words = "My sister works there now";
        let conflict = DeclareConflict { tender, has_conflict: true, words: words.to_owned() };
        does(&world, &world.as_role(Role::SocialWorker), &conflict).await.unwrap();
        let mut officer = Browser::of(&world, &world.as_role(Role::ContractOfficer)).await;
        let director = Browser::of(&world, &world.as_role(Role::Director)).await;
        for (browser, path) in [(&officer, &evaluation), (&officer, &award), (&director, &award)] {
            let seen = page(browser, path).await;
            for part in ["declared a conflict of interest that touches the scores", words, "Open", "Sample Social worker"] {
                assert!(seen.contains(part), "{path}: {part}: {seen}");
            }
        }
        assert!(page(&officer, &award).await.contains(&format!("href=\"{evaluation}/settle\"")));
        assert!(!page(&director, &award).await.contains("settle"), "the director cannot say how it was dealt with");
        assert!(page(&director, &award).await.contains("1 conflicts of interest were declared"), "nor award before");
        let evaluator = Browser::of(&world, &world.as_role(Role::PlacementOfficer)).await;
        assert!(!page(&evaluator, &evaluation).await.contains(words), "an evaluator reads nothing of another's conflict");

        let form = page(&officer, &format!("{evaluation}/settle")).await;
        let declaration = between(&form, "name=\"declaration\" type=\"radio\" value=\"", "\"").to_owned();
        let wordless = officer.post(&format!("{evaluation}/settle"), &format!("declaration={declaration}")).await;
        assert_eq!(wordless.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wordless.body.contains("Enter how it was dealt with"));
        let none = officer.post(&format!("{evaluation}/settle"), "how=Somehow").await;
        assert!(none.body.contains("Select which conflict of interest"), "{}", none.body);
        let how = "how=A+fourth+person+scored+both+bids";
        let done = officer.post(&format!("{evaluation}/settle"), &format!("declaration={declaration}&{how}")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        for (browser, path) in [(&officer, &evaluation), (&director, &award)] {
            let seen = page(browser, path).await;
            assert!(seen.contains("A fourth person scored both bids") && !seen.contains("touches the scores. Nobody awards"), "{seen}");
        }
        assert!(!page(&officer, &award).await.contains("settle"));
    }
}
