//! Which staged rows make a record of a source, and in what form the record stands in a file.
//!
//! Every source says it once, as a table of [`Object`]s; a run, captured calls and the cases of modules all follow it. Most
//! sources have the same objects everywhere; one whose manifest declares them has them from there ([`Objects`]).

use std::borrow::Cow;
use std::ops::Deref;

use crate::decode::{DecodeError, Gathered};
use crate::table::Field;
use crate::tabular::Tables;
use crate::texts::Texts;

/// A kind of record: which staged rows make it, and how it is written in a file.
#[derive(Debug, Clone)]
pub struct Object<'a> {
    /// The object, as manifests name it.
    pub name: &'a str,
    /// The staged object with one row for each record: its own row, or its parent's where it has none.
    pub staged: &'a str,
    /// Whether a record in a file names its object, as `"object": "patient"`.
    pub named: bool,
    /// Members that the host adds, true or false. `latest` tells whether the record is its patient's newest.
    pub flags: &'static [&'static str],
    /// The members of a record that hold fields.
    pub parts: Parts<'a>,
}

/// The members of a record that hold fields, as a slice.
#[derive(Debug, Clone)]
pub enum Parts<'a> {
    /// The same everywhere.
    Fixed(&'a [Part<'a>]),
    /// Made of what a manifest declares.
    Declared(Vec<Part<'a>>),
}

/// A member of a record that holds fields.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The member's name: `row`.
    pub member: &'a str,
    /// Where its fields come from.
    pub rows: Rows<'a>,
    /// The fields of the row, or of each.
    pub fields: &'a [Field],
    /// Whether members that are no fields are carried as extra columns.
    pub extras: bool,
    /// Whether records have these fields. Those of a manifest may say no more than how the others are to be read.
    pub carried: bool,
}

/// The rows behind a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows<'a> {
    /// The one row in which the source says how its others are to be read.
    Manifest,
    /// The record's own.
    Own,
    /// All rows of a staged object whose parent the record's key is, in the source's order.
    Below {
        /// The staged object: `reading`.
        staged: &'a str,
        /// The contract's field for them: `readings`.
        list: &'a str,
    },
    /// All rows of a staged object whose parent is one of the rows of an earlier list, in the order of those.
    Under {
        /// The staged object of the earlier list: `invoice`.
        of: &'a str,
        /// The staged object: `invoice_item`.
        staged: &'a str,
        /// The contract's field for them: `invoice_items`.
        list: &'a str,
    },
}

impl<'a> Rows<'a> {
    /// The staged object and the contract's field of rows that are a list.
    const fn list(self) -> Option<(&'a str, &'a str)> {
        match self {
            Self::Below { staged, list } | Self::Under { staged, list, .. } => Some((staged, list)),
            Self::Manifest | Self::Own => None,
        }
    }
}

/// The objects of a source.
#[derive(Debug, Clone)]
pub enum Objects {
    /// Those of its contract.
    Fixed(&'static [Object<'static>]),
    /// Those that a manifest declares.
    Declared(Tables),
}

impl Objects {
    /// All of them, parents first.
    #[must_use]
    pub fn all(&self) -> Cow<'_, [Object<'_>]> {
        match self {
            Self::Fixed(objects) => Cow::Borrowed(*objects),
            Self::Declared(tables) => Cow::Owned(tables.objects()),
        }
    }
}

impl<'a> Deref for Parts<'a> {
    type Target = [Part<'a>];

    fn deref(&self) -> &[Part<'a>] {
        match self {
            Self::Fixed(parts) => parts,
            Self::Declared(parts) => parts,
        }
    }
}

impl Object<'_> {
    /// The name of the member with the key of a record that has no row of its own.
    pub const KEY: &'static str = "key";

    /// Whether the record has a row of its own. One without stands for what lies below its parent, and there is none where
    /// nothing does.
    #[must_use]
    pub fn own(&self) -> bool {
        self.parts.iter().any(|part| part.rows == Rows::Own)
    }
}

impl<'a> Object<'a> {
    /// The rows of its lists, in their order.
    pub fn lists(&self) -> impl Iterator<Item = Rows<'a>> {
        self.parts.iter().map(|part| part.rows).filter(|rows| rows.list().is_some())
    }

    /// The staged objects of the rows of its lists, in their order.
    pub fn below(&self) -> impl Iterator<Item = &'a str> {
        self.parts.iter().filter_map(|part| part.rows.list().map(|(staged, _)| staged))
    }

    /// A record of its own row, in the member `row`, and of what lies below it.
    pub(crate) const fn of_row(name: &'a str, parts: &'a [Part<'a>]) -> Self {
        Self { name, staged: name, named: true, flags: &[], parts: Parts::Fixed(parts) }
    }

    /// A record of all that lies below a parent.
    pub(crate) const fn below_parent(name: &'a str, parent: &'a str, parts: &'a [Part<'a>]) -> Self {
        Self { name, staged: parent, named: true, flags: &[], parts: Parts::Fixed(parts) }
    }
}

impl<'a> Part<'a> {
    /// The contract's field for the rows of a list.
    #[must_use]
    pub fn list(&self) -> Option<&'a str> {
        self.rows.list().map(|(_, list)| list)
    }

    /// The record's own row, as the member `row`.
    pub(crate) const fn row(fields: &'a [Field]) -> Self {
        Self { member: "row", rows: Rows::Own, fields, extras: true, carried: true }
    }

    /// The source's manifest, as the member `manifest`.
    pub(crate) const fn manifest(fields: &'a [Field]) -> Self {
        Self { member: "manifest", rows: Rows::Manifest, fields, extras: false, carried: true }
    }

    /// A manifest of which no record has anything: it says how texts are to be read.
    pub(crate) const fn locale(fields: &'a [Field]) -> Self {
        Self { carried: false, ..Self::manifest(fields) }
    }

    /// Rows below the record, as a member named as the contract's field.
    pub(crate) const fn below(staged: &'a str, list: &'a str, fields: &'a [Field]) -> Self {
        Self { member: list, rows: Rows::Below { staged, list }, fields, extras: true, carried: true }
    }

    /// Rows below those of the earlier list of `of`, as a member named as the contract's field.
    pub(crate) const fn under(of: &'a str, staged: &'a str, list: &'a str, fields: &'a [Field]) -> Self {
        Self { member: list, rows: Rows::Under { of, staged, list }, fields, extras: true, carried: true }
    }
}

/// The staged rows of one record, as JSON text.
#[derive(Debug, Clone, Copy)]
pub struct Staged<'a> {
    /// The record's key: that of its own row, or its parent's.
    pub key: &'a str,
    /// Its own row; empty for a record without one.
    pub row: &'a str,
    /// For each list of its object the rows below it, each with its key.
    pub lists: &'a [Vec<(&'a str, &'a str)>],
    /// Whether it is its patient's newest, for objects with that flag.
    pub latest: bool,
}

impl<'a> Staged<'a> {
    /// The rows of the object's first list.
    pub(crate) fn first_list(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.list(0)
    }

    /// The rows of one of the object's lists, which count from 0.
    pub(crate) fn list(&self, at: usize) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.lists.get(at).into_iter().flatten().copied()
    }
}

/// The setting by which a module is told the account's lists: JSON, object, key, row.
pub const LISTS: &str = "lists";

/// A source's way from staged rows to its records.
pub trait Assemble: Sized + Send + Sync {
    /// A record.
    type Record;

    /// The source's objects, parents first; empty for a source whose manifest declares them.
    const OBJECTS: &'static [Object<'static>];

    /// The staged object with the one row, under the key `manifest`, that says how the others are to be read; none where
    /// the rows themselves tell.
    const MANIFEST: Option<&'static str>;

    /// The staged objects that records of other objects name by their numbers alone, for the setting [`LISTS`].
    const LISTS: &'static [&'static str] = &[];

    /// Records of one call.
    const BATCH: usize;

    /// The fields of a staged object's rows; none for an object of another source.
    #[must_use]
    fn fields(staged: &str) -> Option<&'static [Field]> {
        let parts = |object: &'static Object<'_>| object.parts.iter().map(move |part| (object, part));
        let is = |(object, part): &(&Object<'_>, &Part<'_>)| match part.rows {
            Rows::Own => object.staged == staged,
            Rows::Below { staged: below, .. } | Rows::Under { staged: below, .. } => below == staged,
            Rows::Manifest => false,
        };
        Self::OBJECTS.iter().flat_map(parts).find(is).map(|(_, part)| part.fields)
    }

    /// The objects of a source with this manifest; `{}` for a source without one.
    ///
    /// # Errors
    /// The manifest does not declare what it should.
    fn objects(_manifest: &str) -> Result<Objects, DecodeError> {
        Ok(Objects::Fixed(Self::OBJECTS))
    }

    /// Takes what the manifest says; `{}` for a source without one.
    ///
    /// # Errors
    /// It does not say what is needed.
    fn open(manifest: &str) -> Result<Self, DecodeError>;

    /// The record of these rows. Its text goes into the batch's `texts`, which the record points into.
    ///
    /// # Errors
    /// Another object, or an own row that is no record.
    fn assemble(
        &self,
        object: &Object<'_>,
        rows: &Staged<'_>,
        texts: &mut Texts,
    ) -> Result<Gathered<Self::Record>, DecodeError>;
}
