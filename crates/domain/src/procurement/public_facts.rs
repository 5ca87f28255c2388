//! What the public may know of a procurement. Notices and releases are made of this and of nothing else: a score, a losing price, a
//! moderator's reason or a word about a child has no field here, so it cannot be published.

use crate::calendar::{Day, Instant};
use crate::consortium::CouncilCode;
use crate::consortium::framework::Regime;
use crate::ids::{FrameworkContractId, OrganisationId, SubmissionId};
use crate::pence::Pence;

use super::notice::Notice;
use super::plan::TenderPlan;
use super::tender::Timetable;

/// Everything that may be told of one procurement, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicFacts {
    /// The id of the contracting process in open contracting; it never changes.
    pub ocid: String,
    /// The title of the tender.
    pub title: String,
    /// What the tender says.
    pub plan: TenderPlan,
    /// The councils that buy, the one that procures first.
    pub councils: Vec<PublicBody>,
    /// The address at which bids are made.
    pub site: String,
    /// When what happens.
    pub timetable: Timetable,
    /// The talks with providers before the tender, if there were any.
    pub engagement: Option<Engagement>,
    /// What was changed since the tender was published, in order.
    pub changes: Vec<Change>,
    /// That it was given up.
    pub cancelled: Option<Cancelled>,
    /// What the bids led to.
    pub award: Option<PublicAward>,
    /// The agreements that the council has signed, in order.
    pub contracts: Vec<PublicContract>,
    /// The ocid of the process whose framework this one renews.
    pub renews: Option<String>,
    /// The ocid of the process whose framework this one buys under, if that was told here.
    pub under: Option<String>,
    /// What went out so far, in order.
    pub published: Vec<Published>,
}

/// A notice that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Which.
    pub notice: Notice,
    /// The number of the release that told it, from 1 within the procurement.
    pub number: i64,
    /// When.
    pub at: Instant,
}

impl PublicFacts {
    /// When a notice first went out.
    #[must_use]
    pub fn first(&self, notice: Notice) -> Option<Instant> {
        self.moments(notice).min()
    }

    /// When a notice last went out.
    #[must_use]
    pub fn latest(&self, notice: Notice) -> Option<Instant> {
        self.moments(notice).max()
    }

    fn moments(&self, notice: Notice) -> impl Iterator<Item = Instant> {
        self.published.iter().filter(move |one| one.notice == notice).map(|one| one.at)
    }

    /// The most that may be spent, VAT included.
    #[must_use]
    pub fn value(&self) -> Option<Pence> {
        self.plan.framework.value_ceiling_pence
    }

    /// Whether the Procurement Act 2023 asks for notices at all.
    #[must_use]
    pub fn is_under_the_act(&self) -> bool {
        match self.plan.framework.regime {
            Regime::Pa2023Open | Regime::Pa2023Flexible => true,
            Regime::Pcr2015 | Regime::Spot => false,
        }
    }

    /// Every supplier that the award names, each once, in the order of the lots.
    pub fn suppliers(&self) -> impl Iterator<Item = &Supplier> {
        let named = self.award.iter().flat_map(|award| &award.lots).flat_map(|lot| &lot.suppliers);
        let mut seen = std::collections::BTreeSet::new();
        named.filter(move |supplier| seen.insert(supplier.id))
    }
}

/// A council as the public knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicBody {
    /// Its statistical code.
    pub code: CouncilCode,
    /// Its full name.
    pub name: String,
    /// Its number in the register of public procurement organisations: `AAAA-0001-XXXX`.
    pub register_number: Option<String>,
    /// Where suppliers write to.
    pub email: Option<String>,
}

/// A provider as public registers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplier {
    /// Which organisation it is here; it stands in for a number that nobody gave.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// Its number at Companies House or in the register of charities, as it was typed.
    pub number: String,
    /// Whether it is a small or medium enterprise, once somebody said so.
    pub is_small: Option<bool>,
    /// Whether it is a voluntary or community organisation or a social enterprise, once somebody said so.
    pub is_voluntary: Option<bool>,
}

/// The register in which a supplier's number stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterNumber {
    /// Companies House: eight characters.
    Company(String),
    /// The register of charities in England and Wales: six or seven digits.
    Charity(String),
}

impl Supplier {
    /// The register and the number as it stands there; nothing when the number is of neither form.
    #[must_use]
    pub fn register_number(&self) -> Option<RegisterNumber> {
        let number: String = self.number.chars().filter(|one| !one.is_whitespace()).collect::<String>().to_uppercase();
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_company = number.len() == 8
            && number.get(2..).is_some_and(digits)
            && number.get(..2).is_some_and(|first| digits(first) || first.bytes().all(|byte| byte.is_ascii_uppercase()));
        match number.len() {
            8 if is_company => Some(RegisterNumber::Company(number)),
            6 | 7 if digits(&number) => Some(RegisterNumber::Charity(number)),
            _ => None,
        }
    }
}

/// Talks with the market before the tender (section 16 of the Procurement Act 2023).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engagement {
    /// Their first day.
    pub from: Day,
    /// Their last day.
    pub to: Day,
    /// What was talked about and how providers could take part.
    pub about: String,
    /// Why no notice of them went out, where none did.
    pub no_notice_because: Option<String>,
}

/// A change of a published tender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The number of the addendum.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// What changed, in the words that every bidder was sent.
    pub text: String,
}

/// The end of a procurement without an award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    /// When it was decided.
    pub at: Instant,
    /// Why, in the words that every bidder was sent.
    pub reason: String,
}

/// What the bids led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAward {
    /// When the delegated post decided, for those who may read that.
    pub decided_at: Option<Instant>,
    /// When every bidder had its assessment summary.
    pub summaries_sent_at: Option<Instant>,
    /// The last day on which no contract may be signed; nothing where no standstill is kept.
    pub standstill_until: Option<Day>,
    /// For each lot who is admitted.
    pub lots: Vec<AwardedLot>,
    /// Who bid: no price and no score.
    pub bids: Vec<PublicBid>,
}

/// Who is admitted to a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardedLot {
    /// The code of the lot.
    pub lot: String,
    /// The providers with a service admitted to it, none when no bid succeeded.
    pub suppliers: Vec<Supplier>,
}

/// That a provider bid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicBid {
    /// Its number here; it says nothing.
    pub id: SubmissionId,
    /// For which lot.
    pub lot: String,
    /// Who.
    pub bidder: Supplier,
    /// When it came in.
    pub submitted_at: Instant,
}

/// An agreement that both have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicContract {
    /// Its number here.
    pub id: FrameworkContractId,
    /// With whom.
    pub supplier: Supplier,
    /// The codes of its lots.
    pub lots: Vec<String>,
    /// When the council signed.
    pub signed_at: Instant,
    /// Its last day, when it ended before its time.
    pub ended_on: Option<Day>,
}
