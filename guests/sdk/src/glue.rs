//! From the contract's functions to a module's rules and back. No logic of any mapping is here.

use crate::Rejection;
use crate::bindings::transform::{effects, manifest};
use crate::context::Context;
use crate::handover::Handover;
use crate::mapped::{Mapped, Upsert};
use crate::module::ModuleSpec;
use crate::target::TargetSpec;

/// The contract's `describe`.
///
/// # Errors
/// A setting that the module cannot work with.
pub fn describe(
    module: &ModuleSpec,
    settings: &[manifest::Setting],
) -> Result<manifest::Manifest, manifest::SettingError> {
    module.manifest(settings)
}

/// The contract's `transform`: one answer per record, in order.
pub fn transform<R>(
    module: &ModuleSpec,
    context: manifest::Context,
    batch: Vec<R>,
    rule: impl Fn(&R, &Context) -> Result<Mapped, Rejection>,
) -> Vec<Result<effects::Outcome, Rejection>> {
    let context = Context::new(module, context);
    let targets = module.active(|name| context.setting(name));
    let answer = |record| rule(record, &context).map(|mapped| outcome(module, &targets, mapped));
    let answers = batch.iter().map(answer).collect();
    // The sandbox is thrown away whole: taking its records apart first would be wasted work.
    core::mem::forget(batch);
    answers
}

/// `targets` are those that are there under the settings.
fn outcome(module: &ModuleSpec, targets: &[&'static TargetSpec], mapped: Mapped) -> effects::Outcome {
    // What the module does not list is out of range for the host, which says so.
    let place = |at: Option<usize>| at.and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX);
    let upsert = |upsert: Upsert| {
        let at = targets.iter().position(|target| core::ptr::eq(*target, upsert.target));
        let fell_away = at.is_none() && module.targets.iter().any(|target| core::ptr::eq(*target, upsert.target));
        (!fell_away).then(|| effects::Upsert { target: place(at), key: upsert.key, cells: upsert.cells })
    };
    let handover = |handover: Handover| {
        let kind = place(module.handovers.iter().position(|spec| core::ptr::eq(*spec, handover.spec)));
        effects::Handover { kind, key: handover.key, document: handover.document }
    };
    effects::Outcome {
        upserts: mapped.upserts.into_iter().filter_map(upsert).collect(),
        handovers: mapped.handovers.into_iter().map(handover).collect(),
        findings: mapped.findings,
    }
}

/// Exports a mapping of Dentally's records: `export_dentally!(MODULE, rule)`, where `rule` is
/// `fn(&dentally::Entity, &Context) -> Result<Mapped, Rejection>`.
#[macro_export]
macro_rules! export_dentally {
    ($module:expr, $rule:expr) => {
        $crate::__export!($module, $rule, dentally, mapping, $crate::dentally::Entity, export_mapper);
    };
}

/// Exports a mapping of Dent-O-Soft's records: `export_dent_o_soft!(MODULE, rule)`, where `rule` is
/// `fn(&dent_o_soft::Entity, &Context) -> Result<Mapped, Rejection>`.
#[macro_export]
macro_rules! export_dent_o_soft {
    ($module:expr, $rule:expr) => {
        $crate::__export!($module, $rule, dent_o_soft, mapping, $crate::dent_o_soft::Entity, export_dent_o_soft_mapper);
    };
}

/// Exports a mapping of the records of Practice by Numbers: `export_practice_by_numbers!(MODULE, rule)`, where `rule` is
/// `fn(&practice_by_numbers::Entity, &Context) -> Result<Mapped, Rejection>`.
#[macro_export]
macro_rules! export_practice_by_numbers {
    ($module:expr, $rule:expr) => {
        $crate::__export!(
            $module,
            $rule,
            practice_by_numbers,
            mapping,
            $crate::practice_by_numbers::Entity,
            export_practice_by_numbers_mapper
        );
    };
}

/// Exports a mapping of PANDA Perio's records: `export_panda_perio!(MODULE, rule)`, where `rule` is
/// `fn(&panda_perio::Entity, &Context) -> Result<Mapped, Rejection>`.
#[macro_export]
macro_rules! export_panda_perio {
    ($module:expr, $rule:expr) => {
        $crate::__export!($module, $rule, panda_perio, mapping, $crate::panda_perio::Entity, export_panda_perio_mapper);
    };
}

/// Exports a mapping of declared tables: `export_tabular!(MODULE, rule)`, where `rule` is
/// `fn(&tabular::Row, &Context) -> Result<Mapped, Rejection>`.
#[macro_export]
macro_rules! export_tabular {
    ($module:expr, $rule:expr) => {
        $crate::__export!($module, $rule, tabular, mapping, $crate::tabular::Row, export_tabular_mapper);
    };
}

/// Exports a flattening rule: `export_perio!(MODULE, rule)`, where `rule` is
/// `fn(&perio::Exam, &Context) -> Result<Mapped, Rejection>`.
#[macro_export]
macro_rules! export_perio {
    ($module:expr, $rule:expr) => {
        $crate::__export!($module, $rule, perio, flattening, $crate::perio::Exam, export_flattener);
    };
}

/// The glue that every contract shares.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($module:expr, $rule:expr, $package:ident, $interface:ident, $record:ty, $export:ident) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bindings::transform::{effects, manifest};

            struct Component;

            impl $crate::bindings::$package::$interface::Guest for Component {
                fn describe(settings: Vec<manifest::Setting>) -> Result<manifest::Manifest, manifest::SettingError> {
                    $crate::describe(&$module, &settings)
                }

                fn transform(
                    context: manifest::Context,
                    texts: String,
                    batch: Vec<$record>,
                ) -> Vec<Result<effects::Outcome, effects::Rejection>> {
                    $crate::texts::enter(texts);
                    $crate::transform(&$module, context, batch, $rule)
                }
            }

    $crate::bindings::$package::$export!(Component with_types_in $crate::exports::$package);
        };
    };
}
