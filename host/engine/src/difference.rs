//! The first thing in which a component's function differs from the contract's, named as a path into the WIT packages.

use wasmtime::component::types::{ComponentFunc, Type as Found};
use wit_parser::{InterfaceId, Resolve, SourceMap, Type, TypeDef, TypeDefKind, TypeOwner};

use crate::earlier::WitFile;

/// Names of a type without one that are told before the rest is left out.
const NAMES: usize = 3;

/// The difference as `` `records.patient.nhs-number`: expected `option<span>`, found `option<u32>` ``; none where the
/// packages cannot tell.
pub(crate) fn first(wit: &[WitFile], interface: &str, function: &str, found: &ComponentFunc) -> Option<String> {
    let resolve = resolve(wit)?;
    let (id, _) = resolve.interfaces.iter().find(|(id, _)| resolve.id_of(*id).as_deref() == Some(interface))?;
    Packages { resolve: &resolve }.function(id, function, found)
}

/// Reads the packages; files of one package stand below one folder.
fn resolve(wit: &[WitFile]) -> Option<Resolve> {
    let mut resolve = Resolve::default();
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    for package in wit.chunk_by(|a, b| folder(a.0) == folder(b.0)) {
        let mut files = SourceMap::new();
        for (path, text) in package {
            files.push_str(path, *text);
        }
        let group = files.parse().ok()?;
        resolve.push_group(group).ok()?;
    }
    Some(resolve)
}

/// Where a comparison ended.
enum Difference {
    /// The two are of different kinds: told where they are named.
    Kind,
    /// Told in full.
    Told(String),
}

struct Packages<'a> {
    resolve: &'a Resolve,
}

impl Packages<'_> {
    fn function(&self, interface: InterfaceId, name: &str, found: &ComponentFunc) -> Option<String> {
        let interface = &self.resolve.interfaces[interface];
        let function = interface.functions.get(name)?;
        let path = format!("{}.{name}", interface.name.as_deref().unwrap_or_default());
        let given: Vec<(&str, Found)> = found.params().collect();
        for (position, param) in function.params.iter().enumerate() {
            let Some((_, found)) = given.get(position) else {
                return Some(format!("`{path}` takes `{}`, and the module's does not", param.name));
            };
            if let Some(told) = self.at(&format!("{path}.{}", param.name), param.ty, found) {
                return Some(told);
            }
        }
        if let Some((extra, _)) = given.get(function.params.len()) {
            return Some(format!("the module's `{path}` takes `{extra}`, which the contract does not have"));
        }
        match (function.result, found.results().next()) {
            (Some(expected), Some(found)) => self.at(&path, expected, &found),
            (Some(_), None) => Some(format!("`{path}` returns something, and the module's does not")),
            (None, Some(_)) => Some(format!("`{path}` returns nothing, and the module's does")),
            (None, None) => None,
        }
    }

    /// Compares where the pair has a name of its own.
    fn at(&self, path: &str, expected: Type, found: &Found) -> Option<String> {
        Some(match self.compare(expected, found)? {
            Difference::Told(told) => told,
            Difference::Kind => {
                format!("`{path}`: expected `{}`, found `{}`", self.word(expected), found_word(found))
            }
        })
    }

    fn compare(&self, expected: Type, found: &Found) -> Option<Difference> {
        let Type::Id(id) = expected else {
            return (self.word(expected) != found_word(found)).then_some(Difference::Kind);
        };
        let def = &self.resolve.types[id];
        match (&def.kind, found) {
            (TypeDefKind::Type(alias), _) => self.compare(*alias, found),
            (TypeDefKind::List(inner), Found::List(found)) => self.compare(*inner, &found.ty()),
            (TypeDefKind::Option(inner), Found::Option(found)) => self.compare(*inner, &found.ty()),
            (TypeDefKind::Result(inner), Found::Result(found)) => {
                self.optional(inner.ok, found.ok()).or_else(|| self.optional(inner.err, found.err()))
            }
            (TypeDefKind::Tuple(inner), Found::Tuple(found)) => {
                let found: Vec<Found> = found.types().collect();
                if found.len() != inner.types.len() {
                    return Some(Difference::Kind);
                }
                inner.types.iter().enumerate().find_map(|(at, expected)| self.compare(*expected, found.get(at)?))
            }
            (TypeDefKind::Record(record), Found::Record(found)) => {
                let expected: Vec<_> =
                    record.fields.iter().map(|field| (field.name.as_str(), Some(field.ty))).collect();
                let found: Vec<_> = found.fields().map(|field| (field.name.to_owned(), Some(field.ty))).collect();
                self.members(def, "field", &expected, &found)
            }
            (TypeDefKind::Variant(variant), Found::Variant(found)) => {
                let expected: Vec<_> = variant.cases.iter().map(|case| (case.name.as_str(), case.ty)).collect();
                let found: Vec<_> = found.cases().map(|case| (case.name.to_owned(), case.ty)).collect();
                self.members(def, "case", &expected, &found)
            }
            (TypeDefKind::Enum(names), Found::Enum(found)) => {
                let expected: Vec<_> = names.cases.iter().map(|case| (case.name.as_str(), None)).collect();
                let found: Vec<_> = found.names().map(|name| (name.to_owned(), None)).collect();
                self.members(def, "case", &expected, &found)
            }
            _ => Some(Difference::Kind),
        }
    }

    fn optional(&self, expected: Option<Type>, found: Option<Found>) -> Option<Difference> {
        match (expected, found) {
            (Some(expected), Some(found)) => self.compare(expected, &found),
            (None, None) => None,
            _ => Some(Difference::Kind),
        }
    }

    /// Compares fields or cases, which stand in order.
    fn members(
        &self,
        def: &TypeDef,
        noun: &str,
        expected: &[(&str, Option<Type>)],
        found: &[(String, Option<Found>)],
    ) -> Option<Difference> {
        let path = |name: &str| format!("{}.{name}", self.path(def));
        for (position, (name, ty)) in expected.iter().enumerate() {
            let told = match found.get(position) {
                Some((here, there)) if here == name => match (ty, there) {
                    (Some(ty), Some(there)) => self.at(&path(name), *ty, there),
                    (None, None) => None,
                    (Some(ty), None) => Some(format!("`{}`: expected `{}`, found nothing", path(name), self.word(*ty))),
                    (None, Some(there)) => {
                        Some(format!("`{}`: expected nothing, found `{}`", path(name), found_word(there)))
                    }
                },
                _ if !found.iter().any(|(here, _)| here == name) => {
                    Some(format!("`{}`: the module's contract has no such {noun}", path(name)))
                }
                Some((here, _)) if !expected.iter().any(|(name, _)| name == here) => {
                    Some(format!("`{}`: a {noun} that this host's contract does not have", path(here)))
                }
                _ => Some(format!("`{}`: the {noun} stands in another place", path(name))),
            };
            if told.is_some() {
                return told.map(Difference::Told);
            }
        }
        let (extra, _) = found.get(expected.len())?;
        Some(Difference::Told(format!("`{}`: a {noun} that this host's contract does not have", path(extra))))
    }

    /// `records.patient`.
    fn path(&self, def: &TypeDef) -> String {
        let name = def.name.as_deref().unwrap_or_default();
        let owner =
            if let TypeOwner::Interface(id) = def.owner { self.resolve.interfaces[id].name.as_deref() } else { None };
        owner.map_or_else(|| name.to_owned(), |owner| format!("{owner}.{name}"))
    }

    /// A type as WIT writes it.
    fn word(&self, ty: Type) -> String {
        let Type::Id(id) = ty else {
            return match ty {
                Type::Bool => "bool",
                Type::U8 => "u8",
                Type::U16 => "u16",
                Type::U32 => "u32",
                Type::U64 => "u64",
                Type::S8 => "s8",
                Type::S16 => "s16",
                Type::S32 => "s32",
                Type::S64 => "s64",
                Type::F32 => "f32",
                Type::F64 => "f64",
                Type::Char => "char",
                Type::String => "string",
                Type::ErrorContext => "error-context",
                Type::Id(_) => "",
            }
            .to_owned();
        };
        let def = &self.resolve.types[id];
        if let Some(name) = &def.name {
            return name.clone();
        }
        let word = |ty: Option<Type>| ty.map_or_else(|| "_".to_owned(), |ty| self.word(ty));
        match &def.kind {
            TypeDefKind::Type(alias) => self.word(*alias),
            TypeDefKind::List(inner) => format!("list<{}>", self.word(*inner)),
            TypeDefKind::Option(inner) => format!("option<{}>", self.word(*inner)),
            TypeDefKind::Result(inner) => format!("result<{}, {}>", word(inner.ok), word(inner.err)),
            TypeDefKind::Tuple(inner) => {
                format!("tuple<{}>", inner.types.iter().map(|ty| self.word(*ty)).collect::<Vec<_>>().join(", "))
            }
            _ => "another type".to_owned(),
        }
    }
}

/// A component's type, which has no names of its own.
fn found_word(ty: &Found) -> String {
    let names = |noun: &str, names: Vec<String>| {
        let rest = if names.len() > NAMES { ", …" } else { "" };
        format!("{noun} {{{}{rest}}}", names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    let word = |ty: Option<Found>| ty.map_or_else(|| "_".to_owned(), |ty| found_word(&ty));
    match ty {
        Found::Bool => "bool".to_owned(),
        Found::U8 => "u8".to_owned(),
        Found::U16 => "u16".to_owned(),
        Found::U32 => "u32".to_owned(),
        Found::U64 => "u64".to_owned(),
        Found::S8 => "s8".to_owned(),
        Found::S16 => "s16".to_owned(),
        Found::S32 => "s32".to_owned(),
        Found::S64 => "s64".to_owned(),
        Found::Float32 => "f32".to_owned(),
        Found::Float64 => "f64".to_owned(),
        Found::Char => "char".to_owned(),
        Found::String => "string".to_owned(),
        Found::List(list) => format!("list<{}>", found_word(&list.ty())),
        Found::Option(option) => format!("option<{}>", found_word(&option.ty())),
        Found::Result(result) => format!("result<{}, {}>", word(result.ok()), word(result.err())),
        Found::Tuple(tuple) => {
            format!("tuple<{}>", tuple.types().map(|ty| found_word(&ty)).collect::<Vec<_>>().join(", "))
        }
        Found::Record(record) => names("record", record.fields().map(|field| field.name.to_owned()).collect()),
        Found::Variant(variant) => names("variant", variant.cases().map(|case| case.name.to_owned()).collect()),
        Found::Enum(found) => names("enum", found.names().map(ToOwned::to_owned).collect()),
        Found::Flags(flags) => names("flags", flags.names().map(ToOwned::to_owned).collect()),
        _ => "another type".to_owned(),
    }
}
