//! The questions of a referral with what each is for: who is asked, what providers see, which field of the Placements Data
//! Standard it fills, and why it matters. The questions themselves are in [`super::referral_form`].

use serde::Serialize;

use crate::purchasing::fields::{Answers, Field, FieldError};
use crate::purchasing::referral::Urgency;
use crate::purchasing::referral_form::SECTIONS;

/// At which urgency a question is asked before the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedFor {
    /// In every referral: one of the nine questions with which a search can start tonight.
    EveryReferral,
    /// In every referral except an emergency, where it follows within one working day.
    UnlessEmergency,
}

/// Who may read the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The council and, in the anonymised profile, the providers to which the referral is released.
    Providers,
    /// The council; providers that are shortlisted read it with the full papers.
    Council,
    /// Identifies the child. Kept with the child's record, shown to a provider only by the act that releases identity.
    Identity,
}

/// A question of the referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// How it is asked and read. `mandatory` means: before a search is authorised, at the urgencies of `asked_for`.
    pub field: Field,
    /// At which urgency it is asked.
    pub asked_for: AskedFor,
    /// Who may read the answer. [`Audience::Providers`] is the allow-list of the anonymised profile.
    pub audience: Audience,
    /// The key in the Placements Data Standard, version 2.
    pub standard_key: Option<&'static str>,
    /// Why it matters, shown when it is missing.
    pub why: &'static str,
}

impl Question {
    /// A question that providers may see, asked unless it is an emergency.
    #[must_use]
    pub const fn new(field: Field, why: &'static str) -> Self {
        Self { field, asked_for: AskedFor::UnlessEmergency, audience: Audience::Providers, standard_key: None, why }
    }

    /// The same question, asked and mandatory in every referral.
    #[must_use]
    pub const fn always(mut self) -> Self {
        self.asked_for = AskedFor::EveryReferral;
        self.field = self.field.mandatory();
        self
    }

    /// The same question, mandatory unless it is an emergency.
    #[must_use]
    pub const fn mandatory(mut self) -> Self {
        self.field = self.field.mandatory();
        self
    }

    /// The same question, for this audience.
    #[must_use]
    pub const fn only(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// The same question, filling a field of the Placements Data Standard.
    #[must_use]
    pub const fn standard(mut self, key: &'static str) -> Self {
        self.standard_key = Some(key);
        self
    }

    /// Whether the answer goes into the anonymised profile.
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.audience == Audience::Providers
    }

    /// Whether the answer is part of the short set, without which no search starts.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.asked_for == AskedFor::EveryReferral
    }

    fn is_needed(&self, urgency: Urgency, answers: &Answers) -> bool {
        let at_this_urgency = match self.asked_for {
            AskedFor::EveryReferral => true,
            AskedFor::UnlessEmergency => urgency != Urgency::Emergency,
        };
        at_this_urgency && self.field.mandatory && self.field.is_asked(answers)
    }
}

/// A page of the referral's task list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The stable name in addresses.
    pub slug: &'static str,
    /// The heading.
    pub title: &'static str,
    /// The questions in order.
    pub questions: &'static [Question],
}

impl Section {
    /// The questions as [`super::forms::parse_all`] reads them.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.questions.iter().map(|question| &question.field)
    }
}

/// Every question, in the order of the form.
pub fn questions() -> impl Iterator<Item = &'static Question> {
    SECTIONS.iter().flat_map(|section| section.questions)
}

/// The question with this key.
#[must_use]
pub fn question(key: &str) -> Option<&'static Question> {
    questions().find(|question| question.field.key == key)
}

/// The page with this name.
#[must_use]
pub fn section(slug: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.slug == slug)
}

/// A question still to be answered, and why it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The page on which it is asked.
    pub section: &'static str,
    /// The label.
    pub label: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// Whether a search cannot start without it at any urgency.
    pub is_short: bool,
    /// The message for the form.
    pub error: FieldError,
}

/// How complete a referral is, at its urgency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Completeness {
    /// What an authorised search still needs, in the order of the form.
    pub gaps: Vec<Gap>,
    /// Whole percent of the needed answers that are given, rounded down: 100 means all.
    pub percent: u32,
    /// What an emergency may leave open now and owes within one working day.
    pub owed: Vec<Gap>,
}

impl Completeness {
    /// Judges the answers, the child's own record among them (`ChildIdentity::answers`).
    #[must_use]
    pub fn of(urgency: Urgency, answers: &Answers) -> Self {
        let (mut needed, mut given) = (0_u32, 0_u32);
        let (mut gaps, mut owed) = (Vec::new(), Vec::new());
        for section in SECTIONS {
            for question in section.questions {
                let is_answered = answers.get(question.field.key).is_some_and(|answer| answer.fits(&question.field));
                let is_needed = question.is_needed(urgency, answers);
                needed += u32::from(is_needed);
                given += u32::from(is_needed && is_answered);
                if is_answered {
                    continue;
                }
                if is_needed {
                    gaps.push(gap(section, question));
                } else if question.is_needed(Urgency::Planned, answers) {
                    owed.push(gap(section, question));
                }
            }
        }
        let percent = (given * 100).checked_div(needed).unwrap_or(100);
        Self { gaps, percent, owed }
    }

    /// Labels of what is missing from the short set (`ReferralFacts::unanswered_short`).
    #[must_use]
    pub fn unanswered_short(&self) -> Vec<&'static str> {
        self.gaps.iter().filter(|gap| gap.is_short).map(|gap| gap.label).collect()
    }

    /// Labels of all that is missing (`ReferralFacts::unanswered`).
    #[must_use]
    pub fn unanswered(&self) -> Vec<&'static str> {
        self.gaps.iter().map(|gap| gap.label).collect()
    }

    /// Whether the referral may be sent to the placements team: the short set is answered.
    #[must_use]
    pub fn may_be_submitted(&self) -> bool {
        self.gaps.iter().all(|gap| !gap.is_short)
    }

    /// Whether a search may be authorised: everything needed at this urgency is answered.
    #[must_use]
    pub fn may_be_authorised(&self) -> bool {
        self.gaps.is_empty()
    }
}

fn gap(section: &Section, question: &Question) -> Gap {
    Gap {
        section: section.slug,
        label: question.field.label,
        why: question.why,
        is_short: question.is_short(),
        error: question.field.missing_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::purchasing::fields::{Answer, FieldKind};

    fn an_answer(field: &Field) -> Option<Answer> {
        let first = || field.options.first().map(|option| option.code.to_owned());
        match field.kind {
            FieldKind::Text | FieldKind::LongText => Some(Answer::Text("as discussed".to_owned())),
            FieldKind::Number => Some(Answer::Number(1)),
            FieldKind::Money => Some(Answer::Pence(crate::pence::Pence(1))),
            FieldKind::Date => Day::of(2012, 5, 3).map(Answer::Day),
            FieldKind::YesNo => Some(Answer::Yes(false)),
            FieldKind::OneOf => first().map(Answer::One),
            FieldKind::ManyOf => first().map(|code| Answer::Many(vec![code])),
            FieldKind::Postcode => Some(Answer::Postcode("NG1 5FS".to_owned())),
        }
    }

    #[test]
    fn an_emergency_needs_nine_answers_and_owes_the_rest() {
        let mut answers = Answers::default();
        let empty = Completeness::of(Urgency::Emergency, &answers);
        assert_eq!((empty.gaps.len(), empty.percent, empty.may_be_submitted()), (9, 0, false));
        for question in questions().filter(|question| question.is_short()) {
            answers.set(question.field.key, an_answer(&question.field));
        }
        let emergency = Completeness::of(Urgency::Emergency, &answers);
        assert!(emergency.may_be_authorised() && emergency.percent == 100 && !emergency.owed.is_empty());
        let planned = Completeness::of(Urgency::Planned, &answers);
        assert!(planned.may_be_submitted() && !planned.may_be_authorised());
        assert_eq!(planned.gaps.len(), emergency.owed.len());
        assert!(planned.gaps.iter().all(|gap| !gap.why.is_empty() && !gap.error.message.is_empty()));
    }

    #[test]
    fn a_risk_that_is_named_has_to_be_told() {
        let mut answers = Answers::default();
        for question in questions() {
            answers.set(question.field.key, an_answer(&question.field));
        }
        assert!(Completeness::of(Urgency::Planned, &answers).may_be_authorised());
        answers.set("main_risks", Some(Answer::Many(vec!["FIRE".to_owned()])));
        answers.set("fire_story", None);
        let gaps = Completeness::of(Urgency::Planned, &answers).gaps;
        assert_eq!(gaps.iter().map(|gap| gap.error.key).collect::<Vec<_>>(), ["fire_story"]);
    }
}
