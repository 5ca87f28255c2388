//! Which approvals one placement needs, from what is known of it: the matrix applied to the facts.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::approval::{ApprovalKind, ApprovalMatrix, ApprovalRow};
use crate::calendar::Day;
use crate::pence::WeeklyRate;
use crate::people::Role;
use crate::place::LegalClass;
use crate::purchasing::placement::{Start, StartMode};
use crate::registration::ServiceKind;

codes! {
    /// Whose home it is.
    pub enum Provision("provision") {
        /// A provider outside the council: private, voluntary or another public body.
        Independent = "INDEPENDENT", "Independent provider";
        /// The placing council's own foster carer or children's home.
        Own = "OWN", "Our own service";
        /// A relative, friend or other person connected with the child.
        ConnectedPerson = "CONNECTED_PERSON", "Connected person";
    }
}

codes! {
    /// A check that an approver answers with evidence. The checks of regulations 10 and 11 are restated in our words.
    pub enum ApprovalCheck("approval check") {
        /// Regulations 10 and 11.
        WishesAndFeelings = "WISHES_AND_FEELINGS", "The child’s wishes and feelings are known and were given due weight";
        /// Regulation 11.
        MostAppropriate = "MOST_APPROPRIATE", "This is the most appropriate placement available and fits the care plan";
        /// Regulation 11.
        RelativesConsulted = "RELATIVES_CONSULTED", "The child’s relatives were consulted where that is appropriate";
        /// Regulation 11, for an area that adjoins the council's own.
        AreaAuthorityNotified = "AREA_AUTHORITY_NOTIFIED", "The council of the area was notified";
        /// Regulation 11, at a distance.
        AreaAuthorityConsulted = "AREA_AUTHORITY_CONSULTED", "The council of the area was consulted";
        /// Regulation 11, at a distance.
        CarePlanSent = "CARE_PLAN_SENT", "The council of the area has a copy of the care plan";
        /// Regulations 10 and 11.
        ReviewingOfficerConsulted = "REVIEWING_OFFICER_CONSULTED", "The independent reviewing officer was consulted";
        /// Regulation 10.
        EducationAdequate = "EDUCATION_ADEQUATE", "Education at the new placement is adequate and fits the personal education plan";
        /// Regulation 10.
        DesignatedTeacherConsulted = "DESIGNATED_TEACHER_CONSULTED", "The designated teacher was consulted";
        /// No home within the council's own service or the child's family would do in time.
        AlternativesConsidered = "ALTERNATIVES_CONSIDERED", "Family, our own homes and cheaper offers were considered, with the reason against each";
        /// Why this price.
        PriceJustified = "PRICE_JUSTIFIED", "The price is itemised and justified by what this child needs";
        /// Why outside the framework.
        FrameworkExhausted = "FRAMEWORK_EXHAUSTED", "No admitted service could meet the need in time";
        /// On what terms, outside the framework.
        TermsAgreed = "TERMS_AGREED", "Terms, registration and insurance of the provider were checked";
    }
}

codes! {
    /// When a check must be answered.
    pub enum CheckTiming("time of a check") {
        /// Before the approval is given.
        BeforeApproval = "BEFORE_APPROVAL", "Before approval";
        /// In an emergency: within five working days of the approval.
        AfterApproval = "AFTER_APPROVAL", "Within 5 working days of approval";
    }
}

/// What is known of a child's schooling when a home is chosen, for regulation 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schooling<'a> {
    /// The school year of the referral, where it was asked.
    pub year_group: Option<u32>,
    /// What the person who chooses says of the move.
    pub is_disrupted: bool,
    /// Why it disrupts nothing; blank when nothing was said.
    pub undisturbed_because: &'a str,
}

impl Schooling<'_> {
    /// The two school years of key stage 4.
    const KEY_STAGE_4: std::ops::RangeInclusive<u32> = 10..=11;

    /// Whether the referral says that the child is in years 10 or 11.
    #[must_use]
    pub fn is_key_stage_4(&self) -> bool {
        self.year_group.is_some_and(|year| Self::KEY_STAGE_4.contains(&year))
    }

    /// Whether the move counts as one that disrupts the education of a pupil in key stage 4. For a child in those years a
    /// bare no is not enough: without the reason the nominated officer decides.
    #[must_use]
    pub fn disrupts_key_stage_4(&self) -> bool {
        self.is_disrupted || (self.is_key_stage_4() && self.undisturbed_because.trim().is_empty())
    }
}

/// What decides which approvals a placement needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacementFacts {
    /// How the home's area stands to the council's own.
    pub legal_class: LegalClass,
    /// A foster home or a children's home.
    pub service: ServiceKind,
    /// Whose home it is.
    pub provision: Provision,
    /// Core and extras per week.
    pub weekly: WeeklyRate,
    /// Whether the core price is above a maximum.
    pub has_price_exception: bool,
    /// Whether the service is not admitted to a framework of the council.
    pub is_off_framework: bool,
    /// Whether the move disrupts the education of a pupil in key stage 4.
    pub disrupts_key_stage_4: bool,
    /// Planned or emergency.
    pub mode: StartMode,
}

impl PlacementFacts {
    /// Regulation 11 leaves out a connected person and a foster carer whom the placing council itself approved.
    fn is_exempt_from_regulation_11(&self) -> bool {
        match (self.provision, self.service) {
            (Provision::ConnectedPerson, ServiceKind::Fostering | ServiceKind::Home) | (Provision::Own, ServiceKind::Fostering) => true,
            (Provision::Own, ServiceKind::Home) | (Provision::Independent, ServiceKind::Fostering | ServiceKind::Home) => false,
        }
    }
}

/// A check of one approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredCheck {
    /// What the approver must be satisfied of.
    pub check: ApprovalCheck,
    /// By when.
    pub timing: CheckTiming,
}

/// An approval that a placement needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredApproval {
    /// The approval.
    pub kind: ApprovalKind,
    /// The roles any one of which may give it.
    pub decided_by: Vec<Role>,
    /// Why this placement needs it, in words for the approver.
    pub reason: String,
    /// What the approver answers.
    pub checks: Vec<RequiredCheck>,
}

/// Why an approval cannot be given as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApprovalRefused {
    /// The role may not decide it.
    #[error("{kind} is not decided by a {role}")]
    NotTheirs {
        /// The approval.
        kind: ApprovalKind,
        /// The role of the person who tried.
        role: Role,
    },
    /// Checks are without evidence.
    #[error("give evidence for: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unanswered(Vec<ApprovalCheck>),
}

/// A check answered: the evidence is a sentence, a document or a name and a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The check.
    pub check: ApprovalCheck,
    /// What shows it.
    pub evidence: String,
}

/// The checks that an emergency approval leaves open, and the day by which they are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChecks {
    /// The checks; none when everything was answered.
    pub checks: Vec<ApprovalCheck>,
    /// The last day for them.
    pub due_on: Day,
}

impl RequiredApproval {
    /// Whether the approval may be given today, in this role, with these answers; and what stays open afterwards.
    ///
    /// # Errors
    /// [`ApprovalRefused::NotTheirs`], and [`ApprovalRefused::Unanswered`] for every check due now without evidence.
    pub fn check(&self, role: Role, answers: &[Answer], today: Day) -> Result<OpenChecks, ApprovalRefused> {
        if !self.decided_by.contains(&role) {
            return Err(ApprovalRefused::NotTheirs { kind: self.kind, role });
        }
        let is_answered = |check: ApprovalCheck| answers.iter().any(|answer| answer.check == check && !answer.evidence.trim().is_empty());
        let open = |timing| {
            let open = self.checks.iter().filter(move |required| required.timing == timing && !is_answered(required.check));
            open.map(|required| required.check).collect::<Vec<_>>()
        };
        let missing = open(CheckTiming::BeforeApproval);
        if !missing.is_empty() {
            return Err(ApprovalRefused::Unanswered(missing));
        }
        let due_on = today.add_working_days(Start::EMERGENCY_WORKING_DAYS);
        Ok(OpenChecks { checks: open(CheckTiming::AfterApproval), due_on })
    }
}

/// The approvals that a placement needs, in the order in which they are asked for.
#[must_use]
pub fn required_approvals(matrix: &ApprovalMatrix, facts: &PlacementFacts) -> Vec<RequiredApproval> {
    let mut required = Vec::new();
    for row in matrix.rows().iter().filter(|row| row.applies_at(facts.weekly)) {
        if let Some(reason) = reason(row, facts) {
            let timed = |&check: &ApprovalCheck| RequiredCheck { check, timing: timing(row.kind, check, facts.mode) };
            required.push(RequiredApproval {
                kind: row.kind,
                decided_by: row.decided_by.clone(),
                reason,
                checks: checks(row.kind).iter().map(timed).collect(),
            });
        }
    }
    required
}

/// Why the placement needs the approval of this row; nothing when it does not.
fn reason(row: &ApprovalRow, facts: &PlacementFacts) -> Option<String> {
    let is_fostering = facts.service == ServiceKind::Fostering;
    let is_home = facts.service == ServiceKind::Home;
    let is_independent = facts.provision == Provision::Independent;
    let is_under_regulation_11 = !facts.is_exempt_from_regulation_11();
    let (is_needed, reason) = match row.kind {
        ApprovalKind::FosteringInArea => {
            (is_fostering && facts.legal_class == LegalClass::InArea, "the foster home is in the council’s own area")
        }
        ApprovalKind::FosteringFunding => (is_fostering && is_independent, "the foster home belongs to an independent agency"),
        ApprovalKind::ResidentialFunding => (is_home && is_independent, "the children’s home belongs to an independent provider"),
        ApprovalKind::ResidentialPlacement => (is_home, "the child would live in a children’s home"),
        ApprovalKind::OffFramework => (facts.is_off_framework, "the service is not on a framework of the council"),
        ApprovalKind::OffFrameworkContract => (facts.is_off_framework, "there is no framework contract with the provider"),
        ApprovalKind::PriceException => (facts.has_price_exception, "the core price is above a maximum price"),
        ApprovalKind::HighCost => {
            let from = row.from_weekly.map_or_else(String::new, |from| format!("; the panel decides from {from}"));
            return Some(format!("the placement costs {}{from}", facts.weekly));
        }
        ApprovalKind::KeyStage4Move => (facts.disrupts_key_stage_4, "the move disrupts the education of a pupil in key stage 4"),
        ApprovalKind::OutOfArea => (
            is_under_regulation_11 && facts.legal_class == LegalClass::OutOfAreaAdjoining,
            "the home is outside the council’s area, in an area that adjoins it",
        ),
        ApprovalKind::AtADistance => (
            is_under_regulation_11 && facts.legal_class == LegalClass::AtADistance,
            "the home is outside the council’s area and every area that adjoins it",
        ),
    };
    is_needed.then(|| reason.to_owned())
}

/// What the approver of each kind must be satisfied of.
fn checks(kind: ApprovalKind) -> &'static [ApprovalCheck] {
    use ApprovalCheck as Check;
    match kind {
        ApprovalKind::FosteringInArea | ApprovalKind::ResidentialPlacement => &[Check::WishesAndFeelings, Check::MostAppropriate],
        ApprovalKind::FosteringFunding | ApprovalKind::ResidentialFunding => &[Check::AlternativesConsidered],
        ApprovalKind::OffFramework => &[Check::FrameworkExhausted],
        ApprovalKind::OffFrameworkContract => &[Check::TermsAgreed],
        ApprovalKind::PriceException => &[Check::PriceJustified],
        ApprovalKind::HighCost => &[Check::AlternativesConsidered, Check::PriceJustified],
        ApprovalKind::KeyStage4Move => {
            &[Check::WishesAndFeelings, Check::EducationAdequate, Check::DesignatedTeacherConsulted, Check::ReviewingOfficerConsulted]
        }
        ApprovalKind::OutOfArea => &[
            Check::WishesAndFeelings,
            Check::MostAppropriate,
            Check::RelativesConsulted,
            Check::AreaAuthorityNotified,
            Check::ReviewingOfficerConsulted,
        ],
        ApprovalKind::AtADistance => &[
            Check::WishesAndFeelings,
            Check::MostAppropriate,
            Check::RelativesConsulted,
            Check::AreaAuthorityConsulted,
            Check::CarePlanSent,
            Check::ReviewingOfficerConsulted,
        ],
    }
}

/// In an emergency regulation 11 asks for the child's wishes and the fit of the placement first, and gives five working
/// days for the rest. No other approval has such a second half.
fn timing(kind: ApprovalKind, check: ApprovalCheck, mode: StartMode) -> CheckTiming {
    let is_regulation_11 = kind == ApprovalKind::OutOfArea || kind == ApprovalKind::AtADistance;
    let is_first = check == ApprovalCheck::WishesAndFeelings || check == ApprovalCheck::MostAppropriate;
    match mode {
        StartMode::Emergency if is_regulation_11 && !is_first => CheckTiming::AfterApproval,
        StartMode::Emergency | StartMode::Planned => CheckTiming::BeforeApproval,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Code as _;
    use crate::consortium::Origin;
    use crate::pence::Pence;

    fn row(kind: ApprovalKind, decided_by: &[Role], from: Option<i64>) -> ApprovalRow {
        ApprovalRow {
            kind,
            decided_by: decided_by.to_vec(),
            from_weekly: from.map(|pence| WeeklyRate(Pence(pence))),
            origin: Origin::Agreed,
        }
    }

    fn home(legal_class: LegalClass) -> PlacementFacts {
        PlacementFacts {
            legal_class,
            service: ServiceKind::Home,
            provision: Provision::Independent,
            weekly: WeeklyRate(Pence(563_525)),
            has_price_exception: false,
            is_off_framework: false,
            disrupts_key_stage_4: false,
            mode: StartMode::Planned,
        }
    }

    fn kinds(matrix: &ApprovalMatrix, facts: &PlacementFacts) -> Vec<ApprovalKind> {
        required_approvals(matrix, facts).iter().map(|required| required.kind).collect()
    }

    fn answers(checks: &[RequiredCheck]) -> Vec<Answer> {
        checks.iter().map(|required| Answer { check: required.check, evidence: "case note of 2 November".to_owned() }).collect()
    }

    #[test]
    fn at_a_distance_the_director_decides_after_consulting_and_sending_the_care_plan() {
        let required = required_approvals(&ApprovalMatrix::legal_minimum(), &home(LegalClass::AtADistance));
        let [approval] = required.as_slice() else { unreachable!("one approval, not {required:?}") };
        assert_eq!((approval.kind, approval.decided_by.as_slice()), (ApprovalKind::AtADistance, [Role::Director].as_slice()));
        let checks: Vec<ApprovalCheck> = approval.checks.iter().map(|required| required.check).collect();
        assert!(checks.contains(&ApprovalCheck::AreaAuthorityConsulted) && checks.contains(&ApprovalCheck::CarePlanSent));
        assert!(!checks.contains(&ApprovalCheck::AreaAuthorityNotified));
    }

    #[test]
    fn in_years_10_and_11_a_bare_no_is_not_enough() {
        let said = |year_group, is_disrupted, undisturbed_because| {
            Schooling { year_group, is_disrupted, undisturbed_because }.disrupts_key_stage_4()
        };
        assert!(said(Some(10), false, " ") && said(Some(11), false, "") && said(Some(10), true, "same school"));
        assert!(!said(Some(10), false, "same school") && !said(Some(9), false, "") && !said(Some(12), false, "") && !said(None, false, ""));
        assert!(said(None, true, ""), "who chooses may know more than the referral says");
    }

    #[test]
    fn in_an_adjoining_area_the_nominated_officer_decides_unless_the_council_is_stricter() {
        let law = ApprovalMatrix::legal_minimum();
        let facts = home(LegalClass::OutOfAreaAdjoining);
        let decided_by = |matrix: &ApprovalMatrix| required_approvals(matrix, &facts).first().unwrap().decided_by.clone();
        assert_eq!(decided_by(&law), [Role::NominatedOfficer, Role::Director]);
        let derbyshire = law.tightened_by(&[row(ApprovalKind::OutOfArea, &[Role::Director], None)]).unwrap();
        assert_eq!(decided_by(&derbyshire), [Role::Director]);
        assert_eq!(kinds(&law, &home(LegalClass::InArea)), []);
    }

    #[test]
    fn the_panel_decides_from_its_threshold_upwards() {
        let panel = [row(ApprovalKind::HighCost, &[Role::Director], Some(1_000_000))];
        let matrix = ApprovalMatrix::legal_minimum().tightened_by(&panel).unwrap();
        let at = |pence| PlacementFacts { weekly: WeeklyRate(Pence(pence)), ..home(LegalClass::InArea) };
        assert_eq!(kinds(&matrix, &at(999_999)), []);
        let required = required_approvals(&matrix, &at(1_000_000));
        assert_eq!(required.first().unwrap().reason, "the placement costs £10,000.00 a week; the panel decides from £10,000.00 a week");
    }

    #[test]
    fn connected_people_and_own_carers_are_outside_regulation_11_but_own_homes_are_not() {
        let law = ApprovalMatrix::legal_minimum();
        let far = home(LegalClass::AtADistance);
        let foster = PlacementFacts { service: ServiceKind::Fostering, ..far };
        assert_eq!(kinds(&law, &PlacementFacts { provision: Provision::ConnectedPerson, ..foster }), []);
        assert_eq!(kinds(&law, &PlacementFacts { provision: Provision::Own, ..foster }), []);
        assert_eq!(kinds(&law, &PlacementFacts { provision: Provision::Own, ..far }), [ApprovalKind::AtADistance]);
        let moved = PlacementFacts { provision: Provision::Own, disrupts_key_stage_4: true, ..foster };
        assert_eq!(kinds(&law, &moved), [ApprovalKind::KeyStage4Move]);
    }

    #[test]
    fn an_approval_without_evidence_is_refused_and_an_emergency_leaves_checks_for_five_days() {
        let today = Day::of(2026, 12, 18).unwrap();
        let law = ApprovalMatrix::legal_minimum();
        let planned = required_approvals(&law, &home(LegalClass::AtADistance)).remove(0);
        assert!(matches!(planned.check(Role::NominatedOfficer, &[], today), Err(ApprovalRefused::NotTheirs { .. })));
        assert!(matches!(planned.check(Role::Director, &[], today), Err(ApprovalRefused::Unanswered(checks)) if checks.len() == 6));
        assert_eq!(planned.check(Role::Director, &answers(&planned.checks), today).unwrap().checks, []);
        let mut blank = answers(&planned.checks);
        blank.first_mut().unwrap().evidence = "  ".to_owned();
        assert!(planned.check(Role::Director, &blank, today).is_err());

        let facts = PlacementFacts { mode: StartMode::Emergency, ..home(LegalClass::AtADistance) };
        let emergency = required_approvals(&law, &facts).remove(0);
        let first_two = answers(emergency.checks.get(..2).unwrap());
        let open = emergency.check(Role::Director, &first_two, today).unwrap();
        assert_eq!((open.checks.len(), open.due_on), (4, Day::of(2026, 12, 29).unwrap()));
    }

    #[test]
    fn everything_at_once_is_asked_for_in_order() {
        let all: Vec<ApprovalRow> = ApprovalKind::ALL.iter().map(|&kind| row(kind, &[Role::Director], None)).collect();
        let matrix = ApprovalMatrix::legal_minimum().tightened_by(&all).unwrap();
        let facts = PlacementFacts {
            has_price_exception: true,
            is_off_framework: true,
            disrupts_key_stage_4: true,
            ..home(LegalClass::AtADistance)
        };
        let asked = kinds(&matrix, &facts);
        assert!(asked.is_sorted());
        assert_eq!(asked.len(), 8);
    }

    proptest! {
        #[test]
        fn a_stricter_matrix_never_asks_for_less(
            class in proptest::sample::select(LegalClass::ALL),
            provision in proptest::sample::select(Provision::ALL),
            service in proptest::sample::select(ServiceKind::ALL),
            disrupts_key_stage_4: bool,
            weekly in 1_i64..2_000_000,
            threshold in proptest::option::of(1_i64..2_000_000),
        ) {
            let law = ApprovalMatrix::legal_minimum();
            let more = [row(ApprovalKind::HighCost, &[Role::Director], threshold), row(ApprovalKind::OutOfArea, &[Role::Director], None)];
            let stricter = law.tightened_by(&more).unwrap();
            let facts = PlacementFacts { provision, service, disrupts_key_stage_4, weekly: WeeklyRate(Pence(weekly)), ..home(class) };
            let asked = kinds(&stricter, &facts);
            prop_assert!(kinds(&law, &facts).iter().all(|kind| asked.contains(kind)));
        }
    }
}
