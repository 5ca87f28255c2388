//! What a placement costs, day by day.

codes! {
    /// Whether the day on which a placement ends is charged.
    pub enum EndDay("end day rule") {
        /// The last day charged is the day before: the next home charges the day of the move.
        NotCounted = "NOT_COUNTED", "The end day is not charged";
        /// The end day is charged as a whole day.
        Counted = "COUNTED", "The end day is charged";
    }
}
