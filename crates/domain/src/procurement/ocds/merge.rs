//! Many releases of one contracting process become one record: as it stands (*compiled*), or with every value that each field
//! ever had (*versioned*).
//!
//! The rules are those of the standard's merging routine. A field that is named with `null` is gone; an empty list or object says
//! nothing; items of a list are the same item when their `id` is the same, and an item without one is always another.

use thiserror::Error;

use super::json::{Json, Named, Parts, Text};
use super::rules::{MergeRules, Place, Rule};

/// What shall come of the releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The process as it stands after the last release.
    Compiled,
    /// Every value that each field had, with the release that gave it.
    Versioned,
}

/// Why releases cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MergeFault {
    /// One of them is no object.
    #[error("a release is not an object")]
    NotAnObject,
    /// Several releases can only be put in order by their dates.
    #[error("a release has no `date`, so the releases have no order")]
    NoDate,
    /// The same field is a value in one release, and an object or a list in another.
    #[error("`{}` is a value, an object and a list in different releases", .0.join("/"))]
    Inconsistent(Vec<String>),
    /// An `id` that is neither text nor number tells no items apart.
    #[error("an `id` in `{}` is neither text nor number", .0.join("/"))]
    StrangeId(Vec<String>),
}

impl MergeFault {
    /// The same fault, seen from one step further up.
    fn under(mut self, name: &str) -> Self {
        match &mut self {
            Self::Inconsistent(path) | Self::StrangeId(path) => path.insert(0, name.to_owned()),
            Self::NotAnObject | Self::NoDate => {}
        }
        self
    }
}

/// Merges releases of one contracting process, in the order of their dates; of equal dates the earlier given comes first.
///
/// # Errors
/// [`MergeFault`].
pub fn merge<'a>(mut releases: Vec<Json<'a>>, rules: &MergeRules, form: Form) -> Result<Merged<'a>, MergeFault> {
    if releases.len() > 1 {
        if !releases.iter().all(|release| text(release, "date").is_some()) {
            return Err(MergeFault::NoDate);
        }
        releases.sort_by(|one, other| text(one, "date").cmp(&text(other, "date")));
    }
    let mut merging = Merging { rules, form, releases: Vec::with_capacity(releases.len()), fields: Named::default() };
    let last = releases.len().saturating_sub(1);
    for (number, release) in releases.into_iter().enumerate() {
        // The first says where the names stand, the last what they say; those between would be written over.
        merging.take_in(release, number == 0 || number == last)?;
    }
    Ok(Merged { form, releases: merging.releases, fields: merging.fields })
}

fn text<'b>(release: &'b Json<'_>, name: &str) -> Option<&'b str> {
    release.member(name).and_then(Json::as_text)
}

/// What a release says of itself, for the versions of its values.
#[derive(Debug, Clone)]
struct Head<'a> {
    ocid: Json<'a>,
    id: Json<'a>,
    date: Json<'a>,
    tag: Json<'a>,
}

type Fields<'a> = Named<'a, Slot<'a>>;

/// One field of the merged release.
#[derive(Debug, Clone)]
enum Slot<'a> {
    /// Nothing was said that lasts.
    Empty,
    /// A value as it is.
    Last(Json<'a>),
    /// Every value, with the number of the release that gave it.
    Versions(Vec<(usize, Json<'a>)>),
    /// An object, member by member.
    Object(Fields<'a>),
    /// A list of objects.
    Items(Items<'a>),
}

/// The items of a list, under the text of their ids; each item without one has a name that no other has.
type Items<'a> = Named<'a, Item<'a>>;

#[derive(Debug, Clone)]
struct Item<'a> {
    /// As first given; nothing for an item without one.
    id: Option<Json<'a>>,
    fields: Fields<'a>,
}

struct Merging<'a, 'r> {
    rules: &'r MergeRules,
    form: Form,
    releases: Vec<Head<'a>>,
    fields: Fields<'a>,
}

impl<'a> Merging<'a, '_> {
    fn take_in(&mut self, release: Json<'a>, stands: bool) -> Result<(), MergeFault> {
        let of = |name| release.member(name).cloned().unwrap_or(Json::Null);
        let head = Head { ocid: of("ocid"), id: of("id"), date: of("date"), tag: of("tag") };
        let Json::Object(members) = release else { return Err(MergeFault::NotAnObject) };
        let mut fields = std::mem::take(&mut self.fields);
        if self.form == Form::Compiled && stands {
            for (name, value) in standing(&head) {
                *fields.entry(Text::plain(name), || Slot::Empty) = Slot::Last(value);
            }
        }
        self.releases.push(head);
        let form = self.form;
        // Of a versioned release `ocid` and `tag` are told apart from its fields, whatever the schema says of them.
        let is_field = |name: &str| name != "tag" && (name != "ocid" || form == Form::Compiled);
        let mut members = members.into_iter().filter(|(name, _)| is_field(name));
        members.try_for_each(|(name, value)| self.field(&mut fields, Place::RELEASE, name, value))?;
        self.fields = fields;
        Ok(())
    }

    fn field(&self, fields: &mut Fields<'a>, place: Place, name: Text<'a>, value: Json<'a>) -> Result<(), MergeFault> {
        let rule = self.rules.of(place, &name);
        match (rule, value) {
            (Rule::Omitted, _) => Ok(()),
            (Rule::Within(_), Json::Object(members)) if members.is_empty() => Ok(()),
            (Rule::Within(_), Json::List(items)) if items.is_empty() => Ok(()),
            (Rule::Within(place), Json::Object(members)) => {
                let slot = fields.entry(name.clone(), || Slot::Empty);
                self.object(slot, place, members).map_err(|fault| fault.under(&name))
            }
            (Rule::Within(place), Json::List(items)) if items.iter().all(|item| matches!(item, Json::Object(_))) => {
                let slot = fields.entry(name.clone(), || Slot::Empty);
                self.items(slot, place, items).map_err(|fault| fault.under(&name))
            }
            (Rule::Whole | Rule::Within(_), value) => {
                self.value(fields.entry(name, || Slot::Empty), value);
                Ok(())
            }
        }
    }

    fn object(&self, slot: &mut Slot<'a>, place: Place, members: Vec<(Text<'a>, Json<'a>)>) -> Result<(), MergeFault> {
        if !matches!(slot, Slot::Object(_)) && slot.is_vacant() {
            *slot = Slot::Object(Fields::default());
        }
        let Slot::Object(fields) = slot else { return Err(MergeFault::Inconsistent(Vec::new())) };
        members.into_iter().try_for_each(|(name, value)| self.field(fields, place, name, value))
    }

    fn items(&self, slot: &mut Slot<'a>, place: Place, given: Vec<Json<'a>>) -> Result<(), MergeFault> {
        if !matches!(slot, Slot::Items(_)) && slot.is_vacant() {
            *slot = Slot::Items(Items::default());
        }
        let Slot::Items(items) = slot else { return Err(MergeFault::Inconsistent(Vec::new())) };
        for item in given {
            let Json::Object(members) = item else { continue };
            let (name, id) = match members.iter().rev().find(|(name, _)| **name == *"id") {
                // No id begins so: an item of its own for ever.
                None => (Text::made(format!("\u{0}{}", items.len())), None),
                Some((_, Json::Null)) => (Text::plain("None"), None),
                Some((_, id @ Json::Text(text))) => (text.clone(), Some(id.clone())),
                Some((_, id @ Json::Number(digits))) => (Text::plain(digits), Some(id.clone())),
                Some((_, Json::Bool(_) | Json::List(_) | Json::Object(_))) => return Err(MergeFault::StrangeId(Vec::new())),
            };
            let item = items.entry(name, || Item { id, fields: Fields::default() });
            let has_id = item.id.is_some();
            let mut members = members.into_iter().filter(|(name, _)| !has_id || **name != *"id");
            members.try_for_each(|(name, value)| self.field(&mut item.fields, place, name, value))?;
        }
        Ok(())
    }

    /// What is an object or a list already stays one: a later value without members says nothing about them.
    fn value(&self, slot: &mut Slot<'a>, value: Json<'a>) {
        if matches!(slot, Slot::Object(_) | Slot::Items(_)) && slot.is_said() {
            return;
        }
        let release = self.releases.len() - 1;
        match (self.form, slot) {
            (Form::Versioned, Slot::Versions(versions)) => {
                // Of two items with the same id in one release the later one counts.
                versions.pop_if(|(of, _)| *of == release);
                if versions.last().is_none_or(|(_, last)| *last != value) {
                    versions.push((release, value));
                }
            }
            (Form::Versioned, slot) => *slot = Slot::Versions(vec![(release, value)]),
            (Form::Compiled, slot) => *slot = Slot::Last(value),
        }
    }
}

impl Slot<'_> {
    /// Whether anything was said here: an object of which every member was left out or empty says nothing.
    fn is_said(&self) -> bool {
        match self {
            Self::Empty => false,
            Self::Last(_) | Self::Versions(_) => true,
            Self::Object(fields) => fields.iter().any(|(_, slot)| slot.is_said()),
            Self::Items(items) => items.iter().any(|(_, item)| item.is_said()),
        }
    }

    /// Whether something of another kind may still come here.
    fn is_vacant(&self) -> bool {
        match self {
            Self::Last(value) => *value == Json::Null,
            Self::Versions(versions) => versions.iter().all(|(_, value)| *value == Json::Null),
            Self::Empty | Self::Object(_) | Self::Items(_) => !self.is_said(),
        }
    }
}

impl Item<'_> {
    fn is_said(&self) -> bool {
        self.id.is_some() || self.fields.iter().any(|(_, slot)| slot.is_said())
    }
}

/// What a compiled release says of itself after a release.
fn standing<'a>(head: &Head<'a>) -> [(&'static str, Json<'a>); 4] {
    let shown = |value: &Json<'a>| value.as_text().unwrap_or("None").to_owned();
    let id = format!("{}-{}", shown(&head.ocid), shown(&head.date));
    let compiled = Json::List(vec![Json::Text(Text::plain("compiled"))]);
    [("tag", compiled), ("id", Json::Text(Text::made(id))), ("date", head.date.clone()), ("ocid", head.ocid.clone())]
}

/// The merged release, ready to be written.
#[derive(Debug, Clone)]
pub struct Merged<'a> {
    form: Form,
    releases: Vec<Head<'a>>,
    fields: Fields<'a>,
}

impl Merged<'_> {
    /// Writes it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut members = Parts::begin(out, b'{');
        if let (Form::Versioned, Some(last)) = (self.form, self.releases.last()) {
            last.ocid.write(members.member(&Text::plain("ocid")));
        }
        write_fields(&mut members, &self.fields, &self.releases);
        members.end(b'}');
    }
}

/// Writes all fields but those that are gone or of which nothing was said.
fn write_fields(members: &mut Parts<'_>, fields: &Fields<'_>, releases: &[Head<'_>]) {
    for (name, slot) in fields.iter() {
        if slot.is_said() && !matches!(slot, Slot::Last(Json::Null)) {
            write_slot(slot, releases, members.member(name));
        }
    }
}

fn write_slot(slot: &Slot<'_>, releases: &[Head<'_>], out: &mut Vec<u8>) {
    match slot {
        Slot::Empty => Json::Null.write(out),
        Slot::Last(value) => value.write(out),
        Slot::Versions(versions) => {
            let mut list = Parts::begin(out, b'[');
            for (release, value) in versions {
                write_version(releases.get(*release), value, list.next());
            }
            list.end(b']');
        }
        Slot::Object(fields) => {
            let mut members = Parts::begin(out, b'{');
            write_fields(&mut members, fields, releases);
            members.end(b'}');
        }
        Slot::Items(items) => {
            let mut list = Parts::begin(out, b'[');
            for (_, item) in items.iter().filter(|(_, item)| item.is_said()) {
                write_item(item, releases, list.next());
            }
            list.end(b']');
        }
    }
}

fn write_item(item: &Item<'_>, releases: &[Head<'_>], out: &mut Vec<u8>) {
    let mut members = Parts::begin(out, b'{');
    if let Some(id) = &item.id {
        id.write(members.member(&Text::plain("id")));
    }
    write_fields(&mut members, &item.fields, releases);
    members.end(b'}');
}

fn write_version(release: Option<&Head<'_>>, value: &Json<'_>, out: &mut Vec<u8>) {
    let mut members = Parts::begin(out, b'{');
    if let Some(release) = release {
        release.id.write(members.member(&Text::plain("releaseID")));
        release.date.write(members.member(&Text::plain("releaseDate")));
        release.tag.write(members.member(&Text::plain("releaseTag")));
    }
    value.write(members.member(&Text::plain("value")));
    members.end(b'}');
}
