//! The one place where typed answers are made from what somebody sent.
//!
//! A form, a JSON body and an import all become a [`RawForm`]; [`parse`] turns it into [`Answer`]s or into messages in the
//! words of the GOV.UK error pattern. Inside the system nothing reads a form a second time.

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::pence::Pence;
use crate::purchasing::fields::{Answer, Answers, Field, FieldError, FieldKind};

/// What a form sent: every input's name with its values, in order. Nothing is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawForm(pub BTreeMap<String, Vec<String>>);

impl RawForm {
    /// Collects name and value pairs, keeping repeated names.
    #[must_use]
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut inputs: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            inputs.entry(name).or_default().push(value);
        }
        Self(inputs)
    }

    /// Reads a JSON object as if it had been a form, so that both are judged by the same rules: amounts are whole pence,
    /// days are `2026-12-18`, yes and no are booleans, several options are a list.
    #[must_use]
    pub fn from_json<'a>(fields: impl IntoIterator<Item = &'a Field>, object: &serde_json::Map<String, serde_json::Value>) -> Self {
        let mut raw = Self::default();
        for field in fields {
            let Some(value) = object.get(field.key) else {
                continue;
            };
            for (suffix, text) in json_inputs(field.kind, value) {
                let inputs = raw.0.entry(format!("{}{suffix}", field.key)).or_default();
                inputs.push(text);
            }
        }
        raw
    }

    /// The first value of an input, trimmed; empty when it was not sent.
    #[must_use]
    pub fn value(&self, input: &str) -> &str {
        self.0.get(input).and_then(|values| values.first()).map_or("", |value| value.trim())
    }

    /// Every value of an input that is not blank, trimmed.
    pub fn values(&self, input: &str) -> impl Iterator<Item = &str> {
        self.0.get(input).into_iter().flatten().map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

fn json_inputs(kind: FieldKind, value: &serde_json::Value) -> Vec<(&'static str, String)> {
    use serde_json::Value;
    match (kind, value) {
        (_, Value::Null) => Vec::new(),
        (_, Value::Bool(yes)) => vec![("", if *yes { "yes" } else { "no" }.to_owned())],
        (FieldKind::Money, Value::Number(number)) => match number.as_i64() {
            Some(pence) => vec![("", Pence(pence).to_string())],
            None => vec![("", number.to_string())],
        },
        (_, Value::Number(number)) => vec![("", number.to_string())],
        (FieldKind::Date, Value::String(text)) => {
            let mut parts = text.splitn(3, '-').map(str::to_owned);
            let year = parts.next().unwrap_or_default();
            let month = parts.next().unwrap_or_default();
            let day = parts.next().unwrap_or_default();
            vec![("-year", year), ("-month", month), ("-day", day)]
        }
        (_, Value::String(text)) => vec![("", text.clone())],
        (_, Value::Array(items)) => items.iter().map(|item| ("", item.as_str().map_or_else(|| item.to_string(), str::to_owned))).collect(),
        // An object is never an answer; its text fails the field's own rule with the field's own message.
        (_, Value::Object(_)) => vec![("", value.to_string())],
    }
}

/// Reads one question's answer. `Ok(None)` is "left blank": whether that is acceptable depends on the form's completeness,
/// not on parsing, because a draft may always be saved.
///
/// # Errors
/// [`FieldError`] when something was given that is not an answer to this question.
pub fn parse(field: &Field, raw: &RawForm) -> Result<Option<Answer>, FieldError> {
    match field.kind {
        FieldKind::Date => return parse_day(field, raw),
        FieldKind::ManyOf => return parse_many(field, raw),
        FieldKind::Text
        | FieldKind::LongText
        | FieldKind::Number
        | FieldKind::Money
        | FieldKind::YesNo
        | FieldKind::OneOf
        | FieldKind::Postcode => {}
    }
    let text = raw.value(field.key);
    if text.is_empty() {
        return Ok(None);
    }
    let length = text.chars().count();
    if length > field.max_chars {
        let over = length - field.max_chars;
        return Err(field.error("", format!("{} must be {} characters or fewer. You have {over} too many", field.label, field.max_chars)));
    }
    parse_text(field, text).map(Some)
}

fn parse_text(field: &Field, text: &str) -> Result<Answer, FieldError> {
    let label = field.label;
    match field.kind {
        // Windows line ends would make the same words two different texts.
        FieldKind::Text | FieldKind::LongText => Ok(Answer::Text(text.replace("\r\n", "\n"))),
        FieldKind::Number => match text.parse::<u32>() {
            Ok(number) if number <= field.at_most => Ok(Answer::Number(number)),
            Ok(_) => Err(field.error("", format!("{label} must be {} or less", field.at_most))),
            Err(_) => Err(field.error("", format!("{label} must be a whole number, like 3"))),
        },
        FieldKind::Money => text
            .parse::<Pence>()
            .map(Answer::Pence)
            .map_err(|_| field.error("", format!("{label} must be an amount in pounds, like 1,050.50"))),
        FieldKind::YesNo => match text {
            "yes" => Ok(Answer::Yes(true)),
            "no" => Ok(Answer::Yes(false)),
            _ => Err(field.missing_error()),
        },
        FieldKind::OneOf => match field.option(text) {
            Some(option) => Ok(Answer::One(option.code.to_owned())),
            None => Err(field.missing_error()),
        },
        FieldKind::Postcode => {
            postcode(text).map(Answer::Postcode).ok_or_else(|| field.error("", format!("{label} must be a full UK postcode, like NG1 5FS")))
        }
        // Both are read by their own functions before this one is reached; blank is the only honest answer here.
        FieldKind::Date | FieldKind::ManyOf => Err(field.missing_error()),
    }
}

fn parse_many(field: &Field, raw: &RawForm) -> Result<Option<Answer>, FieldError> {
    let chosen: Vec<&str> = raw.values(field.key).collect();
    if chosen.iter().any(|code| field.option(code).is_none()) {
        return Err(field.missing_error());
    }
    let codes: Vec<String> =
        field.options.iter().filter(|option| chosen.contains(&option.code)).map(|option| option.code.to_owned()).collect();
    Ok((!codes.is_empty()).then_some(Answer::Many(codes)))
}

fn parse_day(field: &Field, raw: &RawForm) -> Result<Option<Answer>, FieldError> {
    let input = |part: &str| raw.value(&format!("{}-{part}", field.key)).to_owned();
    let (day, month, year) = (input("day"), input("month"), input("year"));
    if day.is_empty() && month.is_empty() && year.is_empty() {
        return Ok(None);
    }
    let label = field.label;
    for (part, text) in [("day", &day), ("month", &month), ("year", &year)] {
        if text.is_empty() {
            return Err(field.error(&format!("-{part}"), format!("{label} must include a {part}")));
        }
    }
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = format!("{label} must have a year of 4 numbers, like 2026");
        return Err(field.error("-year", message));
    }
    // Read as a whole day, so that the years that a day may have are ruled in one place.
    let date: Option<Day> = month_number(&month).and_then(|month| format!("{day}/{month}/{year}").parse().ok());
    date.map(|date| Some(Answer::Day(date))).ok_or_else(|| field.error("-day", format!("{label} must be a real date")))
}

/// The number of a month given as a number or as its English name, long or short.
pub(crate) fn month_number(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let text = text.to_lowercase();
    let position = MONTHS.iter().position(|month| text.len() >= 3 && month.starts_with(&text))?;
    u32::try_from(position + 1).ok()
}

/// Reads every one of these questions into `answers`. A question that was refused keeps its former answer, so that
/// nothing saved before is lost; the messages come back in the order of the questions.
pub fn parse_all<'a>(fields: impl IntoIterator<Item = &'a Field>, raw: &RawForm, answers: &mut Answers) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for field in fields {
        match parse(field, raw) {
            Ok(answer) => answers.set(field.key, answer),
            Err(error) => errors.push(error),
        }
    }
    errors
}

/// The mandatory questions that these answers call for and do not answer.
pub fn missing<'a>(fields: impl IntoIterator<Item = &'a Field>, answers: &Answers) -> Vec<FieldError> {
    fields
        .into_iter()
        .filter(|field| field.mandatory && field.is_asked(answers) && answers.get(field.key).is_none())
        .map(Field::missing_error)
        .collect()
}

/// A postcode in capitals with one space before its last three characters; `None` when it does not look like one.
fn postcode(text: &str) -> Option<String> {
    let letters: String = text.chars().filter(|letter| !letter.is_whitespace()).map(|letter| letter.to_ascii_uppercase()).collect();
    if !letters.is_ascii() || !(5..=7).contains(&letters.len()) {
        return None;
    }
    let (outward, inward) = letters.split_at_checked(letters.len() - 3)?;
    (is_outward(outward) && is_inward(inward)).then(|| format!("{outward} {inward}"))
}

/// Whether the text is the first half of a postcode: one or two letters, a digit, and perhaps a digit or a letter.
pub(crate) fn is_outward(text: &str) -> bool {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let area = text.len() - rest.len();
    let mut rest = rest.chars();
    (1..=2).contains(&area)
        && rest.next().is_some_and(|letter| letter.is_ascii_digit())
        && rest.next().is_none_or(|letter| letter.is_ascii_alphanumeric())
        && rest.next().is_none()
}

/// Whether the text is the second half of a postcode: a digit and two letters.
pub(crate) fn is_inward(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|letter| letter.is_ascii_digit())
        && letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.next().is_none()
}

#[cfg(test)]
mod tests {

    use proptest::prelude::*;

    use super::*;
    use crate::purchasing::fields::Choice;

    const NEEDED_BY: Field =
        Field::new(FieldKind::Date, "needed_by", "Day the placement is needed by", "Enter the day the placement is needed by");
    const PRICE: Field = Field::new(FieldKind::Money, "price", "Core price", "Enter the core price");
    const HOURS: Field = Field::new(FieldKind::Number, "hours", "Hours", "Enter the hours").at_most(168);
    const HOME: Field = Field::new(FieldKind::Postcode, "home", "Home postcode", "Enter the home postcode");
    const RISKS: Field = Field::new(FieldKind::ManyOf, "risks", "Risks", "Select every known risk")
        .options(&[Choice::new("FIRE", "Fire"), Choice::new("MISSING", "Missing")]);

    fn raw(pairs: &[(&str, &str)]) -> RawForm {
        RawForm::from_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn refused(field: &Field, pairs: &[(&str, &str)]) -> (String, String) {
        let error = parse(field, &raw(pairs)).unwrap_err();
        (error.input, error.message)
    }

    #[test]
    fn blank_is_no_answer_and_no_error() {
        for field in [NEEDED_BY, PRICE, HOURS, HOME, RISKS] {
            assert_eq!(parse(&field, &raw(&[(field.key, "  ")])), Ok(None));
        }
        assert_eq!(NEEDED_BY.missing_error().input, "needed_by-day");
    }

    #[test]
    fn a_date_names_the_part_that_is_wrong() {
        let parts = |day, month, year| [("needed_by-day", day), ("needed_by-month", month), ("needed_by-year", year)];
        let expected = Answer::Day(Day::of(2026, 12, 18).unwrap());
        assert_eq!(parse(&NEEDED_BY, &raw(&parts("18", "12", "2026"))), Ok(Some(expected.clone())));
        assert_eq!(parse(&NEEDED_BY, &raw(&parts(" 18 ", "Dec", "2026"))), Ok(Some(expected)));
        assert_eq!(refused(&NEEDED_BY, &parts("18", "", "2026")).0, "needed_by-month");
        assert_eq!(refused(&NEEDED_BY, &parts("18", "12", "26")).0, "needed_by-year");
        let real = ("needed_by-day".to_owned(), "Day the placement is needed by must be a real date".to_owned());
        assert_eq!(refused(&NEEDED_BY, &parts("31", "11", "2026")), real);
    }

    #[test]
    fn other_kinds_are_read_or_refused_in_words() {
        assert_eq!(parse(&PRICE, &raw(&[("price", "£5,635.25")])), Ok(Some(Answer::Pence(Pence(563_525)))));
        assert_eq!(refused(&PRICE, &[("price", "lots")]).1, "Core price must be an amount in pounds, like 1,050.50");
        assert_eq!(refused(&HOURS, &[("hours", "169")]).1, "Hours must be 168 or less");
        assert_eq!(refused(&HOURS, &[("hours", "1.5")]).1, "Hours must be a whole number, like 3");
        assert_eq!(parse(&HOME, &raw(&[("home", "ng15fs")])), Ok(Some(Answer::Postcode("NG1 5FS".to_owned()))));
        assert_eq!(refused(&HOME, &[("home", "NG1")]).1, "Home postcode must be a full UK postcode, like NG1 5FS");
        let both = Answer::Many(vec!["FIRE".to_owned(), "MISSING".to_owned()]);
        assert_eq!(parse(&RISKS, &raw(&[("risks", "MISSING"), ("risks", "FIRE")])), Ok(Some(both)));
        assert_eq!(refused(&RISKS, &[("risks", "<script>")]).1, "Select every known risk");
    }

    #[test]
    fn json_is_judged_by_the_same_rules() {
        let body = serde_json::json!({ "needed_by": "2026-12-18", "price": 563_525, "hours": 12, "risks": ["FIRE"], "home": { "a": 1 } });
        let raw = RawForm::from_json(&[NEEDED_BY, PRICE, HOURS, HOME, RISKS], body.as_object().unwrap());
        let mut answers = Answers::default();
        let errors = parse_all(&[NEEDED_BY, PRICE, HOURS, HOME, RISKS], &raw, &mut answers);
        assert_eq!(errors.iter().map(|error| error.key).collect::<Vec<_>>(), ["home"]);
        assert_eq!(answers.pence("price"), Some(Pence(563_525)));
        assert_eq!(answers.day("needed_by"), Day::of(2026, 12, 18));
        let stored: Answers = serde_json::from_str(&serde_json::to_string(&answers).unwrap()).unwrap();
        assert_eq!(stored, answers);
    }

    proptest! {
        #[test]
        fn no_input_at_all_breaks_the_parser(text in "\\PC{0,40}", day in "\\PC{0,6}", month in "\\PC{0,10}", year in "\\PC{0,6}") {
            for field in [PRICE, HOURS, HOME, RISKS] {
                if let Ok(Some(answer)) = parse(&field, &raw(&[(field.key, &text)])) {
                    prop_assert!(answer.fits(&field));
                }
            }
            let parts = raw(&[("needed_by-day", &day), ("needed_by-month", &month), ("needed_by-year", &year)]);
            prop_assert!(parse(&NEEDED_BY, &parts).map_or_else(|error| !error.message.is_empty(), |_| true));
        }
    }
}
