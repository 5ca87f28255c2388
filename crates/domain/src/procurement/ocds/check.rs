//! Is a release what it should be? First its form, by the profile; then its sense: what refers to what, what comes before what, what
//! adds up, and whether it gives a child away. The second half is what schema validators cannot see.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use chrono::{DateTime, FixedOffset};
use serde::Serialize;

use super::json::Json;
use super::profile::{FIND_A_TENDER, Field, Kind, Profile, Shape};
use super::public_text::points_at_a_child;

codes! {
    /// What is wrong with a field of a release.
    pub enum FaultCode("fault of a release") {
        /// A field that must be there is not.
        Missing = "MISSING", "must be there";
        /// The profile knows no such field.
        Unknown = "UNKNOWN", "is no field of the profile";
        /// The value is of another kind than the field.
        Kind = "KIND", "is of the wrong kind";
        /// A word that is not on the field's list.
        Word = "WORD", "is not on the list";
        /// Nothing is said where something should be.
        Empty = "EMPTY", "is empty";
        /// No date with time and zone.
        Moment = "MOMENT", "is no date with time and zone";
        /// Two releases of one process have the same id.
        Twice = "TWICE", "comes twice";
        /// An organisation that is not among the parties.
        Party = "PARTY", "is not among the parties";
        /// A lot that does not exist.
        Lot = "LOT", "is no lot";
        /// An award that does not exist.
        Award = "AWARD", "is no award";
        /// It ends before it begins.
        Period = "PERIOD", "ends before it begins";
        /// Signed while the standstill runs.
        Standstill = "STANDSTILL", "is within the standstill";
        /// A process that nobody knows.
        Process = "PROCESS", "is no known process";
        /// A bid from after the deadline.
        Late = "LATE", "is after the deadline";
        /// Weights that do not come to a hundred.
        Weights = "WEIGHTS", "do not come to 100";
        /// No notice of the Procurement Act.
        Notice = "NOTICE", "is not UK1 to UK17";
        /// Words by which one child could be known.
        Child = "CHILD", "points at one child";
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What kind of fault.
    pub code: FaultCode,
    /// Where: the number of the release, then names and numbers of items.
    pub path: String,
    /// What was found.
    pub found: String,
}

/// One line: code, path, what is wrong.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::Code as _;
        let between = if self.found.is_empty() { "" } else { ": " };
        write!(f, "{} {} {}{between}{}", self.code.code(), self.path, self.code.label(), self.found)
    }
}

/// Everything that is wrong with the releases of one publisher. `known` are processes that are published elsewhere.
#[must_use]
pub fn check(releases: &[Json<'_>], known: &BTreeSet<String>) -> Vec<Fault> {
    let mut processes: HashMap<&str, Process> = HashMap::new();
    for release in releases {
        processes.entry(text(release, "ocid")).or_default().learn(release);
    }
    let mut checking = Checking { profile: &FIND_A_TENDER, path: String::new(), faults: Vec::new() };
    let mut ids = BTreeSet::new();
    for (number, release) in releases.iter().enumerate() {
        checking.path = format!("/releases/{number}");
        checking.object(release, checking.profile.shape(0));
        let (ocid, id) = (text(release, "ocid"), text(release, "id"));
        if !id.is_empty() && !ids.insert((ocid, id)) {
            checking.at("id").fault(FaultCode::Twice, id);
            checking.up();
        }
        if let Some(process) = processes.get(ocid) {
            checking.sense(release, process);
        }
        checking.processes(release, &|ocid| processes.contains_key(ocid) || known.contains(ocid));
    }
    checking.faults
}

fn get<'j, 'a>(value: &'j Json<'a>, path: &[&str]) -> Option<&'j Json<'a>> {
    path.iter().try_fold(value, |value, name| value.member(name))
}

fn text<'j>(value: &'j Json<'_>, name: &str) -> &'j str {
    get(value, &[name]).and_then(Json::as_text).unwrap_or_default()
}

fn items<'j, 'a>(value: &'j Json<'a>, path: &[&str]) -> &'j [Json<'a>] {
    if let Some(Json::List(items)) = get(value, path) { items } else { &[] }
}

fn moment(value: Option<&Json<'_>>) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(value?.as_text()?).ok()
}

/// The text of an id, be it text or a number.
fn id(value: &Json<'_>) -> String {
    match get(value, &["id"]) {
        Some(Json::Text(text)) => text.to_string(),
        Some(Json::Number(digits)) => (*digits).to_owned(),
        Some(Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_)) | None => String::new(),
    }
}

/// What all releases of a process say together, since a later one need not repeat it.
#[derive(Default)]
struct Process {
    lots: BTreeSet<String>,
    /// Each award with the end of its standstill.
    awards: HashMap<String, Option<DateTime<FixedOffset>>>,
    deadline: Option<DateTime<FixedOffset>>,
}

impl Process {
    fn learn(&mut self, release: &Json<'_>) {
        self.lots.extend(items(release, &["tender", "lots"]).iter().map(id));
        for award in items(release, &["awards"]) {
            let until = moment(get(award, &["standstillPeriod", "endDate"]));
            let kept = self.awards.entry(id(award)).or_default();
            *kept = until.or(*kept);
        }
        self.deadline = moment(get(release, &["tender", "tenderPeriod", "endDate"])).or(self.deadline);
    }
}

struct Checking<'p> {
    profile: &'p Profile,
    path: String,
    faults: Vec<Fault>,
}

impl Checking<'_> {
    fn at(&mut self, step: impl fmt::Display) -> &mut Self {
        use fmt::Write as _;
        let _ = write!(self.path, "/{step}");
        self
    }

    fn up(&mut self) {
        self.path.truncate(self.path.rfind('/').unwrap_or(0));
    }

    fn fault(&mut self, code: FaultCode, found: impl Into<String>) {
        self.faults.push(Fault { code, path: self.path.clone(), found: found.into() });
    }

    fn object(&mut self, value: &Json<'_>, shape: Option<&Shape>) {
        let Some(shape) = shape else { return };
        let Json::Object(members) = value else { return self.fault(FaultCode::Kind, "an object is asked for") };
        if members.is_empty() {
            self.fault(FaultCode::Empty, "");
        }
        for field in shape.fields.iter().filter(|field| field.is_required) {
            if matches!(value.member(field.name), None | Some(Json::Null)) {
                self.at(field.name).fault(FaultCode::Missing, "");
                self.up();
            }
        }
        for (name, value) in members {
            self.at(&**name);
            match field(shape, name) {
                None => self.fault(FaultCode::Unknown, ""),
                Some(_) if *value == Json::Null => {}
                Some(field) => self.value(value, &field.kind),
            }
            self.up();
        }
        if shape.name == "Period" {
            self.period(value);
        }
        if shape.name == "Document" && get(value, &["noticeType"]).is_some_and(|said| !is_notice(said)) {
            self.at("noticeType").fault(FaultCode::Notice, text(value, "noticeType"));
            self.up();
        }
        if !matches!(shape.name, "Address" | "ContactPoint" | "Identifier") {
            self.public_texts(value);
        }
    }

    fn value(&mut self, value: &Json<'_>, kind: &Kind) {
        let is = match (kind, value) {
            (Kind::Anything, _) => true,
            (Kind::Object(at), _) => return self.object(value, self.profile.shape(*at)),
            (Kind::List { of, .. }, Json::List(items)) => return self.list(items, of),
            (_, Json::Text(text)) if text.is_empty() => return self.fault(FaultCode::Empty, ""),
            (Kind::OneOf(words), Json::Text(text)) => {
                if !words.contains(&&**text) {
                    self.fault(FaultCode::Word, &**text);
                }
                true
            }
            (Kind::Moment, Json::Text(text)) => {
                if DateTime::parse_from_rfc3339(text).is_err() {
                    self.fault(FaultCode::Moment, &**text);
                }
                true
            }
            (Kind::Country, Json::Text(text)) => is_code(text, 2),
            (Kind::Currency, Json::Text(text)) => is_code(text, 3),
            (Kind::Text | Kind::Link | Kind::Id, Json::Text(_)) | (Kind::Number, Json::Number(_)) | (Kind::YesNo, Json::Bool(_)) => true,
            (Kind::Whole | Kind::Id, Json::Number(digits)) => digits.bytes().all(|digit| digit == b'-' || digit.is_ascii_digit()),
            _ => false,
        };
        if !is {
            self.fault(FaultCode::Kind, format!("{} is asked for", asked(kind)));
        }
    }

    fn list(&mut self, items: &[Json<'_>], of: &Kind) {
        if items.is_empty() {
            self.fault(FaultCode::Empty, "");
        }
        for (number, item) in items.iter().enumerate() {
            self.at(number).value(item, of);
            self.up();
        }
    }

    fn period(&mut self, period: &Json<'_>) {
        let (start, end) = (moment(get(period, &["startDate"])), moment(get(period, &["endDate"])));
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            self.fault(FaultCode::Period, format!("{start} to {end}"));
        }
    }

    fn public_texts(&mut self, value: &Json<'_>) {
        let Json::Object(members) = value else { return };
        for (name, value) in members {
            if let Some(found) = value.as_text().and_then(points_at_a_child) {
                self.at(&**name).fault(FaultCode::Child, found);
                self.up();
            }
        }
    }

    /// What refers to what, and what comes before what.
    fn sense(&mut self, release: &Json<'_>, process: &Process) {
        let parties: BTreeSet<String> = items(release, &["parties"]).iter().map(id).collect();
        let base = self.path.clone();
        for (path, organisation) in organisations(release) {
            if !parties.contains(&id(organisation)) {
                self.path = format!("{base}/{path}/id");
                self.fault(FaultCode::Party, id(organisation));
            }
        }
        for (path, lot) in related_lots(release) {
            if !lot.as_text().is_some_and(|lot| process.lots.contains(lot)) {
                self.path = format!("{base}/{path}");
                self.fault(FaultCode::Lot, lot.as_text().unwrap_or_default());
            }
        }
        for (number, contract) in items(release, &["contracts"]).iter().enumerate() {
            self.path = format!("{base}/contracts/{number}");
            self.contract(contract, process);
        }
        for (number, bid) in items(release, &["bids", "details"]).iter().enumerate() {
            let sent = moment(get(bid, &["date"]));
            if sent.zip(process.deadline).is_some_and(|(sent, deadline)| sent > deadline) {
                self.path = format!("{base}/bids/details/{number}/date");
                self.fault(FaultCode::Late, text(bid, "date"));
            }
        }
        for (number, lot) in items(release, &["tender", "lots"]).iter().enumerate() {
            if let Some(sum) = weights(lot).filter(|sum| (sum - 100.0).abs() > 1e-9) {
                self.path = format!("{base}/tender/lots/{number}/awardCriteria/criteria");
                self.fault(FaultCode::Weights, format!("they come to {sum}"));
            }
        }
        self.path = base;
    }

    fn contract(&mut self, contract: &Json<'_>, process: &Process) {
        let award = match get(contract, &["awardID"]) {
            Some(Json::Text(text)) => text.to_string(),
            Some(Json::Number(digits)) => (*digits).to_owned(),
            _ => return,
        };
        let Some(standstill) = process.awards.get(&award) else {
            self.at("awardID").fault(FaultCode::Award, award);
            return self.up();
        };
        let signed = moment(get(contract, &["dateSigned"]));
        if let Some((signed, until)) = signed.zip(*standstill).filter(|(signed, until)| signed <= until) {
            self.at("dateSigned").fault(FaultCode::Standstill, format!("{signed}, and the standstill runs until {until}"));
            self.up();
        }
    }

    fn processes(&mut self, release: &Json<'_>, is_known: &dyn Fn(&str) -> bool) {
        for (number, related) in items(release, &["relatedProcesses"]).iter().enumerate() {
            let process = text(related, "identifier");
            if text(related, "scheme") == "ocid" && !is_known(process) {
                self.at("relatedProcesses").at(number).at("identifier").fault(FaultCode::Process, process);
                (0..3).for_each(|_| self.up());
            }
        }
    }
}

/// The field with this name; a field of text may also come in another language, as `title_cy`.
fn field<'s>(shape: &'s Shape, name: &str) -> Option<&'s Field> {
    shape.field(name).or_else(|| {
        let (base, language) = name.rsplit_once('_')?;
        let is_language = (2..=3).contains(&language.split('-').next()?.len());
        shape.field(base).filter(|field| is_language && field.kind == Kind::Text)
    })
}

fn asked(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Link | Kind::Moment | Kind::OneOf(_) => "text",
        Kind::Number => "a number",
        Kind::Whole => "a whole number",
        Kind::YesNo => "true or false",
        Kind::Id => "text or a whole number",
        Kind::Country => "the two letters of a country",
        Kind::Currency => "the three letters of a currency",
        Kind::Anything => "anything",
        Kind::Object(_) => "an object",
        Kind::List { .. } => "a list",
    }
}

fn is_code(text: &str, letters: usize) -> bool {
    text.len() == letters && text.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// UK1 to UK17, the notices of the Procurement Act 2023.
fn is_notice(said: &Json<'_>) -> bool {
    let number = said.as_text().and_then(|text| text.strip_prefix("UK"));
    number.is_some_and(|number| !number.starts_with(['0', '+']) && number.parse().is_ok_and(|number: u32| (1..=17).contains(&number)))
}

/// Whoever is named where the profile asks for one of the parties.
fn organisations<'j, 'a>(release: &'j Json<'a>) -> Vec<(String, &'j Json<'a>)> {
    let mut named: Vec<(String, &Json<'_>)> = Vec::new();
    let one = [&["buyer"][..], &["tender", "procuringEntity"]];
    named.extend(one.into_iter().filter_map(|path| Some((path.join("/"), get(release, path)?))));
    let mut all = |path: String, list: &'j [Json<'a>]| {
        named.extend(list.iter().enumerate().map(|(number, item)| (format!("{path}/{number}"), item)));
    };
    all("tender/tenderers".to_owned(), items(release, &["tender", "tenderers"]));
    for (number, award) in items(release, &["awards"]).iter().enumerate() {
        all(format!("awards/{number}/suppliers"), items(award, &["suppliers"]));
    }
    for (number, bid) in items(release, &["bids", "details"]).iter().enumerate() {
        all(format!("bids/details/{number}/tenderers"), items(bid, &["tenderers"]));
    }
    named.retain(|(_, organisation)| !id(organisation).is_empty());
    named
}

/// Wherever a lot is named by its id.
fn related_lots<'j, 'a>(release: &'j Json<'a>) -> Vec<(String, &'j Json<'a>)> {
    let mut named = Vec::new();
    for (number, award) in items(release, &["awards"]).iter().enumerate() {
        let lots = items(award, &["relatedLots"]).iter().enumerate();
        named.extend(lots.map(|(lot, name)| (format!("awards/{number}/relatedLots/{lot}"), name)));
    }
    for (kind, list) in
        [("tender/items", items(release, &["tender", "items"])), ("bids/statistics", items(release, &["bids", "statistics"]))]
    {
        let lots = list.iter().enumerate().filter_map(|(number, item)| Some((number, get(item, &["relatedLot"])?)));
        named.extend(lots.map(|(number, name)| (format!("{kind}/{number}/relatedLot"), name)));
    }
    named
}

/// The sum of a lot's exact percentages; nothing when it has none.
fn weights(lot: &Json<'_>) -> Option<f64> {
    let numbers = items(lot, &["awardCriteria", "criteria"]).iter().flat_map(|criterion| items(criterion, &["numbers"]));
    let exact = numbers.filter(|number| text(number, "weight") == "percentageExact");
    let weights: Vec<f64> = exact.filter_map(|number| get(number, &["number"])?.as_number()).collect();
    (!weights.is_empty()).then(|| weights.iter().sum())
}
