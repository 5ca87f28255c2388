//! Places: where a home is, and what the law calls that.

codes! {
    /// How the area in which a home lies stands to the placing council's own: the three cases of regulation 11 of the Care
    /// Planning, Placement and Case Review (England) Regulations 2010. Distance in miles plays no part in it.
    pub enum LegalClass("legal class") {
        /// In the council's own area.
        InArea = "IN_AREA", "In our area";
        /// In the area of a council that adjoins it.
        OutOfAreaAdjoining = "OUT_OF_AREA_ADJOINING", "Out of area, adjoining";
        /// Neither in its own area nor in an adjoining one.
        AtADistance = "AT_A_DISTANCE", "At a distance";
    }
}
