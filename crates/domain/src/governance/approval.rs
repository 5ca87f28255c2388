//! The approval matrix: which approvals a placement may need, and in which roles they are given.
//!
//! Three layers, each of which can only tighten the one below: the law (in code, because it holds for everybody), the
//! consortium's matrix and the council's own rows (both configuration). Regulations 10 and 11 of the Care Planning,
//! Placement and Case Review (England) Regulations 2010 are the law meant here.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::consortium::Origin;
use crate::pence::WeeklyRate;
use crate::people::Role;

codes! {
    /// An approval that a placement may need, in the order in which they are asked for.
    pub enum ApprovalKind("approval") {
        /// A foster home in the council's own area.
        FosteringInArea = "FOSTERING_IN_AREA", "Foster home in our area";
        /// Money for a foster home of an independent agency.
        FosteringFunding = "FOSTERING_FUNDING", "Fostering agency funding";
        /// Money for a children's home of an independent provider.
        ResidentialFunding = "RESIDENTIAL_FUNDING", "Children’s home funding";
        /// A home whose provider is not on the framework.
        OffFramework = "OFF_FRAMEWORK", "Placement off the framework";
        /// The contract with a provider that is not on the framework.
        OffFrameworkContract = "OFF_FRAMEWORK_CONTRACT", "Contract off the framework";
        /// A core price above a maximum.
        PriceException = "PRICE_EXCEPTION", "Price above the maximum";
        /// A weekly price from the high-cost threshold upwards: the panel's decision, recorded by its chair.
        HighCost = "HIGH_COST", "High-cost panel";
        /// A move that disrupts the education of a pupil in key stage 4 (regulation 10).
        KeyStage4Move = "KEY_STAGE_4_MOVE", "Move in key stage 4";
        /// A home outside the council's area, in an area that adjoins it (regulation 11).
        OutOfArea = "OUT_OF_AREA", "Placement out of area";
        /// A children's home, as a placement.
        ResidentialPlacement = "RESIDENTIAL_PLACEMENT", "Children’s home placement";
        /// A home outside the council's area and every adjoining one (regulation 11).
        AtADistance = "AT_A_DISTANCE", "Placement at a distance";
    }
}

/// One row of a matrix: an approval, who may give it, and from which weekly price it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRow {
    /// The approval.
    pub kind: ApprovalKind,
    /// The roles that may give it; any one of them is enough.
    pub decided_by: Vec<Role>,
    /// The weekly price from which it is needed; always needed when absent.
    #[serde(rename = "from_weekly_pence", default, skip_serializing_if = "Option::is_none")]
    pub from_weekly: Option<WeeklyRate>,
    /// Where the row comes from.
    pub origin: Origin,
}

impl ApprovalRow {
    /// Whether the row asks for its approval at this weekly price.
    #[must_use]
    pub fn applies_at(&self, weekly: WeeklyRate) -> bool {
        self.from_weekly.is_none_or(|from| weekly >= from)
    }
}

/// A row that would loosen the layer below it, or says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LaxerRow {
    /// Nobody could give the approval.
    #[error("`{0}`: the row names no role that may decide")]
    NobodyDecides(ApprovalKind),
    /// The same approval has two rows in one layer.
    #[error("`{0}`: the approval has two rows")]
    Twice(ApprovalKind),
    /// A role may decide that may not in the layer below.
    #[error("`{kind}`: {role} may not decide it; the stricter rule below it allows {allowed}")]
    RoleAdded {
        /// The row's approval.
        kind: ApprovalKind,
        /// The role that was added.
        role: Role,
        /// The roles of the layer below.
        allowed: String,
    },
    /// The approval would be needed only from a higher price than in the layer below.
    #[error("`{kind}`: the approval is needed {}; it cannot wait for {from}", .below.map_or_else(|| "at every price".to_owned(), |below| format!("from {below}")))]
    HigherThreshold {
        /// The row's approval.
        kind: ApprovalKind,
        /// The threshold of the row.
        from: WeeklyRate,
        /// The threshold of the layer below; none when it is needed at every price.
        below: Option<WeeklyRate>,
    },
}

/// What must be approved and by whom: at most one row for each approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalMatrix(Vec<ApprovalRow>);

impl ApprovalMatrix {
    /// What the regulations ask of every council in England. The director may decide whatever the nominated officer may;
    /// a placement at a distance is for the director alone.
    #[must_use]
    pub fn legal_minimum() -> Self {
        let law = |kind, decided_by: &[Role], regulation: &str| ApprovalRow {
            kind,
            decided_by: decided_by.to_vec(),
            from_weekly: None,
            origin: Origin::Published(format!(
                "Care Planning, Placement and Case Review (England) Regulations 2010, regulation {regulation}"
            )),
        };
        let officer = [Role::NominatedOfficer, Role::Director];
        Self(vec![
            law(ApprovalKind::KeyStage4Move, &officer, "10"),
            law(ApprovalKind::OutOfArea, &officer, "11"),
            law(ApprovalKind::AtADistance, &[Role::Director], "11"),
        ])
    }

    /// This matrix with stricter or additional rows laid over it.
    ///
    /// A row is stricter when every role that it names may already decide and when it asks at least as often: from the
    /// same or a lower price. An approval that this matrix does not know is an additional one.
    ///
    /// # Errors
    /// [`LaxerRow`] names the first row that would loosen the matrix, that comes twice or that nobody could decide.
    pub fn tightened_by(&self, rows: &[ApprovalRow]) -> Result<Self, LaxerRow> {
        let mut tightened = self.0.clone();
        for (index, row) in rows.iter().enumerate() {
            if row.decided_by.is_empty() {
                return Err(LaxerRow::NobodyDecides(row.kind));
            }
            if rows.iter().take(index).any(|earlier| earlier.kind == row.kind) {
                return Err(LaxerRow::Twice(row.kind));
            }
            match tightened.iter_mut().find(|below| below.kind == row.kind) {
                None => tightened.push(row.clone()),
                Some(below) => {
                    check_stricter(below, row)?;
                    *below = row.clone();
                }
            }
        }
        tightened.sort_by_key(|row| row.kind);
        Ok(Self(tightened))
    }

    /// The row of an approval, if the matrix has one.
    #[must_use]
    pub fn row(&self, kind: ApprovalKind) -> Option<&ApprovalRow> {
        self.0.iter().find(|row| row.kind == kind)
    }

    /// Every row, in the order in which approvals are asked for.
    #[must_use]
    pub fn rows(&self) -> &[ApprovalRow] {
        &self.0
    }
}

fn check_stricter(below: &ApprovalRow, row: &ApprovalRow) -> Result<(), LaxerRow> {
    let kind = row.kind;
    if let Some(&role) = row.decided_by.iter().find(|role| !below.decided_by.contains(role)) {
        let names: Vec<String> = below.decided_by.iter().map(ToString::to_string).collect();
        let allowed = names.join(" or ");
        return Err(LaxerRow::RoleAdded { kind, role, allowed });
    }
    match (below.from_weekly, row.from_weekly) {
        (None, Some(from)) => Err(LaxerRow::HigherThreshold { kind, from, below: None }),
        (Some(low), Some(from)) if from > low => Err(LaxerRow::HigherThreshold { kind, from, below: Some(low) }),
        (None, None) | (Some(_), None | Some(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Code as _;
    use crate::pence::Pence;

    fn row(kind: ApprovalKind, decided_by: &[Role], from: Option<i64>) -> ApprovalRow {
        ApprovalRow {
            kind,
            decided_by: decided_by.to_vec(),
            from_weekly: from.map(|pence| WeeklyRate(Pence(pence))),
            origin: Origin::Agreed,
        }
    }

    #[test]
    fn a_council_may_send_every_placement_out_of_area_to_its_director() {
        let strict = [row(ApprovalKind::OutOfArea, &[Role::Director], None)];
        let matrix = ApprovalMatrix::legal_minimum().tightened_by(&strict).unwrap();
        assert_eq!(matrix.row(ApprovalKind::OutOfArea).unwrap().decided_by, [Role::Director]);
    }

    #[test]
    fn a_laxer_row_is_refused_by_name() {
        let law = ApprovalMatrix::legal_minimum();
        let lax = [row(ApprovalKind::AtADistance, &[Role::NominatedOfficer], None)];
        let refused = law.tightened_by(&lax).unwrap_err();
        assert!(refused.to_string().starts_with("`Placement at a distance`"), "{refused}");
        let priced = [row(ApprovalKind::OutOfArea, &[Role::Director], Some(1))];
        assert!(matches!(law.tightened_by(&priced), Err(LaxerRow::HigherThreshold { below: None, .. })));
        let panel = |from| [row(ApprovalKind::HighCost, &[Role::Director], Some(from))];
        let matrix = law.tightened_by(&panel(1_000_000)).unwrap();
        assert!(matrix.tightened_by(&panel(1_000_001)).is_err());
        assert!(matrix.tightened_by(&panel(800_000)).is_ok());
        let nobody = [row(ApprovalKind::HighCost, &[], None)];
        assert_eq!(law.tightened_by(&nobody), Err(LaxerRow::NobodyDecides(ApprovalKind::HighCost)));
    }

    fn any_row() -> impl Strategy<Value = ApprovalRow> {
        (proptest::sample::select(ApprovalKind::ALL), proptest::sample::subsequence(Role::ALL, 1..4), proptest::option::of(1_i64..1_000))
            .prop_map(|(kind, roles, from)| row(kind, &roles, from))
    }

    proptest! {
        #[test]
        fn no_layer_ever_lets_somebody_decide_whom_the_law_does_not(
            consortium in proptest::collection::vec(any_row(), 0..4),
            council in proptest::collection::vec(any_row(), 0..4),
        ) {
            let law = ApprovalMatrix::legal_minimum();
            let merged = law.tightened_by(&consortium).and_then(|matrix| matrix.tightened_by(&council));
            for required in law.rows() {
                let Ok(matrix) = &merged else { continue };
                let row = matrix.row(required.kind).unwrap();
                prop_assert!(row.from_weekly.is_none());
                prop_assert!(row.decided_by.iter().all(|role| required.decided_by.contains(role)));
            }
        }
    }
}
