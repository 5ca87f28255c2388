//! The anonymised profile: what providers see of a referral before they are shortlisted.
//!
//! Made by allow-list, never by taking things away: an answer is in the profile only if its question says so, its kind is
//! the question's kind, and its options are the question's options. Free text is the one place where a name can hide, so
//! [`warnings`] reads it before release, and a person decides.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::purchasing::choices::SHORT_BREAKS;
use crate::purchasing::fields::{Answer, Answers};
use crate::purchasing::forms::{is_inward, is_outward, month_number};
use crate::purchasing::questions::questions;
use crate::purchasing::referral_form::SECTIONS;

/// What identifies the child: kept apart from the referral's other answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildIdentity {
    /// Given name, or what the child is called.
    pub given_name: String,
    /// Family name, when it is known.
    pub family_name: Option<String>,
    /// Date of birth, or the best estimate.
    pub date_of_birth: Day,
    /// The council's number for the child.
    pub case_number: Option<String>,
    /// Full home postcode.
    pub home_postcode: Option<String>,
    /// School or college.
    pub school_name: Option<String>,
    /// Names of those who work with the child, as the referral has them. Who they are tells whose child it is.
    pub other_names: Vec<String>,
}

impl std::fmt::Debug for ChildIdentity {
    /// Says nothing of the child, so that no log or error can.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChildIdentity(…)")
    }
}

impl ChildIdentity {
    /// The identity among answers; `None` without a given name and a date of birth.
    #[must_use]
    pub fn from_answers(answers: &Answers) -> Option<Self> {
        let text = |key: &str| answers.text(key).map(str::to_owned);
        Some(Self {
            given_name: text("given_name")?,
            family_name: text("family_name"),
            date_of_birth: answers.day("date_of_birth")?,
            case_number: text("case_number"),
            home_postcode: text("home_postcode"),
            school_name: text("school_name"),
            other_names: ["social_worker", "manager", "reviewing_officer"].iter().filter_map(|key| text(key)).collect(),
        })
    }

    /// The identity as answers, to be judged together with the referral's own.
    #[must_use]
    pub fn answers(&self) -> Answers {
        let mut answers = Answers::default();
        let text = |text: &String| Answer::Text(text.clone());
        answers.set("given_name", Some(text(&self.given_name)));
        answers.set("family_name", self.family_name.as_ref().map(text));
        answers.set("date_of_birth", Some(Answer::Day(self.date_of_birth)));
        answers.set("case_number", self.case_number.as_ref().map(text));
        answers.set("home_postcode", self.home_postcode.clone().map(Answer::Postcode));
        answers.set("school_name", self.school_name.as_ref().map(text));
        answers
    }
}

/// The anonymised profile. The release adds the referral's number and the placing council.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Age in completed years on the day of release.
    pub age_years: u32,
    /// The first half of the home postcode.
    pub home_outward: Option<String>,
    /// The released answers.
    pub answers: Answers,
}

/// One line of a profile as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProfileLine {
    /// The heading under which it stands.
    pub section: &'static str,
    /// The question's key.
    pub key: &'static str,
    /// The question's label.
    pub label: &'static str,
    /// The answer in words.
    pub text: String,
}

impl Profile {
    /// Makes the profile of a referral on a day.
    #[must_use]
    pub fn of(answers: &Answers, child: &ChildIdentity, on: Day) -> Self {
        let mut released = Answers::default();
        for question in questions().filter(|question| question.is_released()) {
            let answer = answers.get(question.field.key).filter(|answer| answer.fits(&question.field));
            released.set(question.field.key, answer.cloned());
        }
        Self {
            age_years: child.date_of_birth.age_on(on),
            home_outward: child.home_postcode.as_deref().and_then(outward),
            answers: released,
        }
    }

    /// Whether the child needs short breaks only, and goes home again between them.
    #[must_use]
    pub fn is_for_short_breaks(&self) -> bool {
        self.answers.get("legal_status").is_some_and(|answer| SHORT_BREAKS.iter().any(|code| answer.is(code)))
    }

    /// The profile as providers read it: the form's order, answered questions only.
    #[must_use]
    pub fn lines(&self) -> Vec<ProfileLine> {
        let mut lines = Vec::new();
        for section in SECTIONS {
            for question in section.questions.iter().filter(|question| question.is_released()) {
                if let Some(answer) = self.answers.get(question.field.key) {
                    lines.push(ProfileLine {
                        section: section.title,
                        key: question.field.key,
                        label: question.field.label,
                        text: answer.shown(&question.field),
                    });
                }
            }
        }
        lines
    }
}

fn outward(postcode: &str) -> Option<String> {
    let first = postcode.split_whitespace().next()?;
    is_outward(first).then(|| first.to_owned())
}

codes! {
    /// What the check before release found.
    pub enum WarningKind("release warning") {
        /// A name of the child, a relative or a carer.
        Name = "NAME", "A name";
        /// The child's date of birth.
        DateOfBirth = "DATE_OF_BIRTH", "The date of birth";
        /// A full postcode.
        Postcode = "POSTCODE", "A full postcode";
        /// The child's school.
        School = "SCHOOL", "The school";
        /// A telephone, NHS or case number.
        Number = "NUMBER", "A telephone or case number";
        /// An email address.
        Email = "EMAIL", "An email address";
    }
}

/// One thing in a free text that may identify the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseWarning {
    /// The question in whose answer it stands.
    pub key: &'static str,
    /// The question's label.
    pub label: &'static str,
    /// What it seems to be.
    pub kind: WarningKind,
    /// The words found, so that the officer can see them at once.
    pub found: String,
}

/// Reads every free text of a profile for what may identify the child. It errs on the side of warning: `Grace` the name and
/// `grace` the word look alike, and an officer who has read the sentence may release it.
#[must_use]
pub fn warnings(profile: &Profile, child: &ChildIdentity) -> Vec<ReleaseWarning> {
    let mut warnings = Vec::new();
    for question in questions().filter(|question| question.is_released()) {
        let Some(Answer::Text(text)) = profile.answers.get(question.field.key) else {
            continue;
        };
        for (kind, found) in findings(text, child) {
            let warning = ReleaseWarning { key: question.field.key, label: question.field.label, kind, found };
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    warnings
}

fn findings(text: &str, child: &ChildIdentity) -> Vec<(WarningKind, String)> {
    let words = words(text);
    let mut found = Vec::new();
    let names = std::iter::once(&child.given_name).chain(&child.family_name).chain(&child.other_names);
    for name in names {
        found.extend(name_parts(name).filter(|part| words.contains(part)).map(|part| (WarningKind::Name, part)));
    }
    if let Some(school) = &child.school_name {
        found.extend(school_words(school).filter(|part| words.contains(part)).map(|part| (WarningKind::School, part)));
    }
    if let Some(number) = &child.case_number
        && contains_run(&words, &self::words(number))
    {
        found.push((WarningKind::Number, number.clone()));
    }
    found.extend(postcodes(&words).map(|postcode| (WarningKind::Postcode, postcode)));
    found.extend(birth_dates(&words, child.date_of_birth).map(|date| (WarningKind::DateOfBirth, date)));
    found.extend(long_numbers(text).into_iter().map(|number| (WarningKind::Number, number)));
    let emails = text.split_whitespace().filter(|word| word.split_once('@').is_some_and(|(who, at)| !who.is_empty() && !at.is_empty()));
    found.extend(emails.map(|email| (WarningKind::Email, email.to_owned())));
    found
}

/// The words of a text in lower case: runs of letters and digits.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The parts of a name that are worth a warning; an initial alone is not.
fn name_parts(name: &str) -> impl Iterator<Item = String> {
    words(name).into_iter().filter(|part| part.chars().count() > 1)
}

/// The words that make a school's name its own.
fn school_words(school: &str) -> impl Iterator<Item = String> {
    const SHARED: &[&str] = &[
        "academy",
        "college",
        "primary",
        "secondary",
        "school",
        "infant",
        "infants",
        "junior",
        "juniors",
        "nursery",
        "special",
        "saint",
        "church",
        "catholic",
        "community",
        "high",
        "grammar",
        "sixth",
        "form",
        "centre",
        "with",
        "girls",
        "boys",
        "trust",
    ];
    words(school).into_iter().filter(|word| word.chars().count() > 3 && !SHARED.contains(&word.as_str()))
}

fn contains_run(words: &[String], run: &[String]) -> bool {
    !run.is_empty() && words.windows(run.len()).any(|window| window == run)
}

/// Full postcodes, written with a space or without. The first half alone is what a profile may say.
pub(crate) fn postcodes(words: &[String]) -> impl Iterator<Item = String> {
    let joined = words.iter().filter(|word| {
        let middle = word.len().saturating_sub(3);
        word.split_at_checked(middle).is_some_and(|(first, second)| is_outward(first) && is_inward(second))
    });
    let apart = words.windows(2).filter_map(|pair| match pair {
        [first, second] if is_outward(first) && is_inward(second) => Some(format!("{first} {second}")),
        _ => None,
    });
    joined.cloned().chain(apart).map(|postcode| postcode.to_uppercase())
}

/// Spellings of the date of birth: `3/5/2012`, `3rd May 2012`, `03-05-12`, `2012-05-03`, `May 3`, `3 May`.
fn birth_dates(words: &[String], born_on: Day) -> impl Iterator<Item = String> {
    let (year, month, day) = born_on.parts();
    let is_year = move |word: &String| word.parse() == Ok(year) || (word.len() == 2 && word.parse() == Ok(year.rem_euclid(100)));
    let is_month = move |word: &String| month_number(word) == Some(month);
    let is_day = move |word: &String| word.trim_end_matches(|letter: char| letter.is_ascii_lowercase()).parse() == Ok(day);
    // A day with a month's name is enough: the year follows from the age in the profile.
    let is_named = move |word: &String| is_month(word) && word.chars().all(char::is_alphabetic);
    let full = words.windows(3).filter(move |window| match window {
        [a, b, c] => (is_day(a) && is_month(b) && is_year(c)) || (is_year(a) && is_month(b) && is_day(c)),
        _ => false,
    });
    let named = words.windows(2).filter(move |window| match window {
        [a, b] => (is_day(a) && is_named(b)) || (is_named(a) && is_day(b)),
        _ => false,
    });
    full.chain(named).map(|window| window.join(" "))
}

/// Runs of ten or more digits, with the spaces, brackets and dashes that people put into telephone numbers.
fn long_numbers(text: &str) -> Vec<String> {
    const DIGITS: usize = 10;
    let mut numbers = Vec::new();
    let mut run = String::new();
    // One letter past the end closes the last run.
    for letter in text.chars().chain(std::iter::once('\n')) {
        let belongs = letter.is_ascii_digit() || (!run.is_empty() && matches!(letter, ' ' | '-' | '(' | ')'));
        if belongs {
            run.push(letter);
            continue;
        }
        if run.chars().filter(char::is_ascii_digit).count() >= DIGITS {
            numbers.push(run.trim_end_matches([' ', '-', '(', ')']).to_owned());
        }
        run.clear();
    }
    numbers
}

#[cfg(test)]
mod tests {

    use proptest::prelude::*;

    use super::*;
    use crate::purchasing::fields::FieldKind;
    use crate::purchasing::questions::question;

    fn child() -> ChildIdentity {
        ChildIdentity {
            given_name: "Zephyrine".to_owned(),
            family_name: Some("Quillfeather-Ash".to_owned()),
            date_of_birth: Day::of(2012, 5, 3).unwrap(),
            case_number: Some("NC-204417".to_owned()),
            home_postcode: Some("NG7 2QB".to_owned()),
            school_name: Some("Saint Wendreda Primary School".to_owned()),
            other_names: vec!["Tamsin Brackenbury".to_owned()],
        }
    }

    fn kinds(text: &str) -> Vec<WarningKind> {
        let mut answers = Answers::default();
        answers.set("contact", Some(Answer::Text(text.to_owned())));
        let on = Day::of(2026, 11, 23).unwrap();
        warnings(&Profile::of(&answers, &child(), on), &child()).into_iter().map(|warning| warning.kind).collect()
    }

    #[test]
    fn the_profile_says_age_and_outward_postcode() {
        let profile = Profile::of(&child().answers(), &child(), Day::of(2026, 5, 2).unwrap());
        assert_eq!((profile.age_years, profile.home_outward.as_deref()), (13, Some("NG7")));
        assert!(profile.answers.0.is_empty());
    }

    #[test]
    fn free_text_is_read_for_what_identifies_the_child() {
        assert_eq!(kinds("sees mother on Saturdays in NG7"), []);
        assert_eq!(kinds("ZEPHYRINE's aunt"), [WarningKind::Name]);
        assert_eq!(kinds("with Mrs Brackenbury"), [WarningKind::Name]);
        assert_eq!(kinds("lives at ng72qb"), [WarningKind::Postcode]);
        assert_eq!(kinds("lives at NG7 2QB."), [WarningKind::Postcode]);
        assert_eq!(kinds("goes to St Wendreda's"), [WarningKind::School]);
        for date in ["03/05/2012", "3-5-12", "3rd May", "2012-05-03", "May 3 2012"] {
            assert!(kinds(&format!("born {date}")).contains(&WarningKind::DateOfBirth), "{date}");
        }
        assert_eq!(kinds("ring 0115 496 0123"), [WarningKind::Number]);
        assert_eq!(kinds("file nc 204417"), [WarningKind::Number]);
        assert_eq!(kinds("write to a.b@example.org"), [WarningKind::Email]);
    }

    /// Any answer at all, whether or not it suits the question: a form can be tampered with.
    fn any_answer(secret: String) -> impl Strategy<Value = Answer> {
        prop_oneof![
            Just(Answer::One(secret.clone())),
            Just(Answer::Many(vec![secret.clone()])),
            Just(Answer::Postcode(secret)),
            any::<bool>().prop_map(Answer::Yes),
            (0_u32..20).prop_map(Answer::Number),
            Just(Answer::Day(Day(chrono::NaiveDate::MAX))),
        ]
    }

    proptest! {
        #[test]
        fn no_identity_reaches_the_profile_from_structured_answers(
            picks in proptest::collection::vec(0_usize..120, 0..60),
            answers in proptest::collection::vec(any_answer("Zephyrine".to_owned()), 60),
        ) {
            let child = child();
            let secrets = ["Zephyrine", "Quillfeather-Ash", "2012-05-03", "NC-204417", "2QB", "Wendreda", "Brackenbury"];
            let mut all = child.answers();
            for (pick, answer) in picks.iter().zip(&answers) {
                if let Some(question) = questions().nth(*pick).filter(|question| {
                    !matches!(question.field.kind, FieldKind::Text | FieldKind::LongText)
                }) {
                    all.set(question.field.key, Some(answer.clone()));
                }
            }
            let profile = Profile::of(&all, &child, Day::of(2026, 11, 23).unwrap());
            let seen = format!("{} {:?}", serde_json::to_string(&profile).unwrap(), profile.lines());
            for secret in secrets {
                prop_assert!(!seen.contains(secret), "{secret} in {seen}");
            }
            for key in profile.answers.0.keys() {
                prop_assert!(question(key).is_some_and(crate::purchasing::questions::Question::is_released));
            }
        }

        #[test]
        fn a_name_in_free_text_is_always_found(before in "[a-z ,.]{0,20}", after in "[ ,.'][a-z ,.]{0,20}") {
            let text = format!("{before} Zephyrine{after}");
            prop_assert!(kinds(&text).contains(&WarningKind::Name));
        }
    }
}
