//! What may still be committed under a ceiling.

codes! {
    /// How far ahead an agreement without an end date commits money.
    pub enum CommitmentHorizon("commitment horizon") {
        /// To the end of the framework under which it was made.
        FrameworkEnd = "FRAMEWORK_END", "To the end of the framework";
        /// For as long as such agreements usually last.
        ExpectedDuration = "EXPECTED_DURATION", "For the expected duration";
    }
}
