//! What bidders ask, and what all of them are told.

use domain::ids::{TenderId, TenderQuestionId};
use domain::people::{Caller, Role};
use service::procurement::questions::{AnswerQuestions, AskAboutTender, GetQuestions, QuestionsView, WriteAddendum};
use service::procurement::tender::{AddendumKind, ExtendDeadline};
use service::{Command, Failure, ask, perform};
use store::{Reads as _, Statement};
use testkit::both;
use testkit::tendering::published;
use testkit::world::{HAZEL_BANK, HOME_CATEGORY, World, world};

/// What a bidder writes, whole of which nobody but the council may ever read.
const ASKED: &str = "At Hazel Bank Care we keep our own school. Does its price count as part of the weekly price?";

async fn does<C: Command>(world: &World, who: &Caller, command: &C) -> Result<C::Answer, Failure> {
    perform(&world.nearhome, who, world.key(), command).await
}

async fn sees(world: &World, who: &Caller, tender: TenderId) -> QuestionsView {
    ask(&world.nearhome, who, &GetQuestions { tender, now: world.nearhome.now() }).await.unwrap()
}

fn answer(tender: TenderId, questions: &[TenderQuestionId]) -> AnswerQuestions {
    AnswerQuestions {
        tender,
        questions: questions.to_vec(),
        question: "Does the price of a school on site count as part of the weekly price?".to_owned(),
        text: "No: education is priced apart.".to_owned(),
    }
}

/// Every text of this column, as the worker reads it.
async fn texts(world: &World, sql: &'static str) -> Vec<String> {
    let mut reads = world.database.db.begin_read(&domain::access::worker()).await.unwrap();
    let rows = reads.all(Statement { name: "texts", sql }, &[]).await.unwrap();
    rows.iter().map(|row| row.get::<String>("body").unwrap()).collect()
}

fn fields(failure: Failure) -> Vec<String> {
    let Failure::Invalid(problems) = failure else { panic!("{failure:?}") };
    problems.into_iter().map(|problem| problem.field).collect()
}

both! {
    async fn what_one_bidder_asks_all_are_told_and_nobody_learns_who_asked(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let (larch, _) = world.add_provider("Larch Row Care", "1234570", HOME_CATEGORY).await;
        let (asker, other) = (world.as_role(Role::ReferralsManager), world.of(larch, Role::ReferralsManager));
        let officer = world.as_role(Role::ContractOfficer);
        let letters = texts(&world, "SELECT body FROM job").await.len();
        let first = does(&world, &asker, &AskAboutTender { tender, text: ASKED.to_owned() }).await.unwrap();
        world.clock.forward(chrono::Duration::seconds(1));
        let second = does(&world, &other, &AskAboutTender { tender, text: "Is a school priced apart?".to_owned() }).await.unwrap();
        let waiting = sees(&world, &officer, tender).await.asked;
        assert_eq!(waiting.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), [ASKED, "Is a school priced apart?"]);
        assert!(!format!("{waiting:?}").contains(&world.provider.to_string()), "nobody is shown who asked");
        assert_eq!(sees(&world, &asker, tender).await.asked.len(), 1, "one’s own");
        assert_eq!(sees(&world, &other, tender).await.asked[0].id, second);
        for nobody in [world.of_other_council(Role::ContractOfficer), world.as_role(Role::SocialWorker), world.as_role(Role::Director)] {
            assert_eq!(sees(&world, &nobody, tender).await.asked, [], "{:?}", nobody.role);
        }
        does(&world, &officer, &answer(tender, &[first, second])).await.unwrap();
        for who in [&asker, &other, &officer, &world.of_other_council(Role::ContractOfficer)] {
            let told = sees(&world, who, tender).await.told;
            assert_eq!((told.len(), told[0].kind, told[0].text.as_str()), (1, AddendumKind::Answer, "No: education is priced apart."));
            assert!(told[0].question.as_deref().unwrap().starts_with("Does the price of a school on site"));
            assert!(!format!("{told:?}").contains("Hazel Bank"));
        }
        assert_eq!(sees(&world, &asker, tender).await.asked[0].answer, Some(1));
        let again = does(&world, &officer, &answer(tender, &[first])).await;
        assert!(matches!(again, Err(Failure::Refused(_))), "{again:?}");
        let sent = texts(&world, "SELECT body FROM job").await;
        // Two who procure hear of each question, two of each provider of the answer.
        assert_eq!(sent.len() - letters, 2 * 2 + 2 * 2);
        for secret in ["school", HAZEL_BANK, "Larch"] {
            assert!(!sent.iter().any(|letter| letter.contains(secret)), "{secret} is in a letter");
            let events = texts(&world, "SELECT body FROM event WHERE stream_kind LIKE 'tender%'").await;
            assert!(events.len() > 4 && !events.iter().any(|event| event.contains(secret)), "{secret} is in the record");
        }
    }

    async fn an_answer_that_could_give_the_asker_or_a_child_away_is_refused_at_its_field(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let (asker, officer) = (world.as_role(Role::ReferralsManager), world.as_role(Role::ContractOfficer));
        let question = does(&world, &asker, &AskAboutTender { tender, text: ASKED.to_owned() }).await.unwrap();
        let sound = answer(tender, &[question]);
        let refused = async |wrong: AnswerQuestions| fields(does(&world, &officer, &wrong).await.unwrap_err());
        assert_eq!(refused(AnswerQuestions { question: ASKED.to_owned(), ..sound.clone() }).await, ["question"]);
        assert_eq!(refused(AnswerQuestions { text: "As HAZEL BANK CARE rightly says".to_owned(), ..sound.clone() }).await, ["text"]);
        assert_eq!(refused(AnswerQuestions { text: "Think of a boy aged 9".to_owned(), question: " ".to_owned(), ..sound.clone() }).await, ["question", "text"]);
        assert_eq!(refused(AnswerQuestions { questions: Vec::new(), ..sound.clone() }).await, ["questions"]);
        assert_eq!(refused(AnswerQuestions { questions: vec![question, question], ..sound.clone() }).await, ["questions"]);
        let child = AskAboutTender { tender, text: "Would you send us a girl aged 13?".to_owned() };
        assert_eq!(fields(does(&world, &asker, &child).await.unwrap_err()), ["text"]);
        let by_derby = does(&world, &world.of_other_council(Role::ContractOfficer), &sound).await;
        assert!(matches!(by_derby, Err(Failure::Denied(_))), "{by_derby:?}");
        let by_bidder = does(&world, &asker, &sound).await;
        assert!(matches!(by_bidder, Err(Failure::Denied(_))), "{by_bidder:?}");
        does(&world, &officer, &sound).await.unwrap();
    }

    async fn questions_end_at_their_last_moment_and_answers_while_bidders_can_use_them(database) {
        let mut world = world(database).await;
        let tender = published(&mut world).await;
        let (asker, officer) = (world.as_role(Role::ReferralsManager), world.as_role(Role::ContractOfficer));
        world.clock.set("2027-01-22T17:00:00Z");
        let wanted = AskAboutTender { tender, text: "May a home open later?".to_owned() };
        let question = does(&world, &asker, &wanted).await.unwrap();
        world.clock.set("2027-01-22T17:00:00.000001Z");
        let late = does(&world, &asker, &wanted).await.unwrap_err();
        assert!(late.to_string().contains("questions could be asked until 22 January 2027 at 5:00pm"), "{late}");
        world.clock.set("2027-01-29T23:00:00Z");
        assert!(!sees(&world, &officer, tender).await.is_overdue);
        world.clock.set("2027-01-30T00:00:01Z");
        assert!(sees(&world, &officer, tender).await.is_overdue);
        world.clock.set("2027-02-17T09:00:00Z");
        let late = does(&world, &officer, &answer(tender, &[question])).await.unwrap_err();
        assert!(late.to_string().contains("bidders have 10 days to use an answer"), "{late}");
        let change = WriteAddendum { tender, text: "Annex B has a new table.".to_owned() };
        assert!(matches!(does(&world, &officer, &change).await, Err(Failure::Refused(_))));
        let to = domain::calendar::Instant::new("2027-03-05T12:00:00Z".parse().unwrap());
        does(&world, &officer, &ExtendDeadline { tender, to, reason: "A question came late".to_owned() }).await.unwrap();
        does(&world, &officer, &answer(tender, &[question])).await.unwrap();
        does(&world, &officer, &change).await.unwrap();
        let told = sees(&world, &asker, tender).await.told;
        let kinds: Vec<_> = told.iter().map(|one| (one.number, one.kind)).collect();
        assert_eq!(kinds, [(1, AddendumKind::Deadline), (2, AddendumKind::Answer), (3, AddendumKind::Addendum)]);
    }
}
