//! The macros that make a component of an overlay.

/// Exports an overlay over a mapping of Dentally's records: `export_dentally_overlay!(OVERLAY, Patient: [rule, …], …)`,
/// where a rule is `fn(&dentally::Patient, &mut Made<'_>, &Context) -> Result<(), Rejection>`. Rules are asked in their
/// order; the first that rejects a record ends it.
#[macro_export]
macro_rules! export_dentally_overlay {
    ($overlay:expr $(, $object:ident: [$($rule:expr),* $(,)?])* $(,)?) => {
        $crate::__export_overlay!(
            $overlay, $crate::dentally::Entity, dentally, export_mapper, [$($($rule),*),*],
            |record, made, context| {
                $(if let $crate::dentally::Entity::$object(record) = record {
                    $($rule(record, made, context)?;)*
                })*
            }
        );
    };
}

/// Exports an overlay over a flattening rule: `export_perio_overlay!(OVERLAY, [rule, …])`, where a rule is
/// `fn(&perio::Exam, &mut Made<'_>, &Context) -> Result<(), Rejection>`. Rules are asked in their order; the first that
/// rejects an exam ends it.
#[macro_export]
macro_rules! export_perio_overlay {
    ($overlay:expr, [$($rule:expr),* $(,)?]) => {
        $crate::__export_overlay!(
            $overlay, $crate::perio::Exam, perio, export_flattener, [$($rule),*],
            |record, made, context| { $($rule(record, made, context)?;)* }
        );
    };
}

/// The glue that every contract shares.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_overlay {
    (
        $overlay:expr, $record:ty, $package:ident, $export:ident, [$($rule:expr),*],
        |$one:ident, $made:ident, $context:ident| $body:block
    ) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;

            impl $crate::overlay::Overlay for Component {
                type Record = $record;
                const RULES: bool = { let rules: &[&str] = &[$(stringify!($rule)),*]; !rules.is_empty() };

                fn spec() -> &'static $crate::overlay::OverlaySpec {
                    &$overlay
                }

                fn rules(
                    $one: &$record,
                    $made: &mut $crate::overlay::Made<'_>,
                    $context: &$crate::Context,
                ) -> Result<(), $crate::Rejection> {
                    $body
                    Ok(())
                }
            }

            $crate::bindings::$package::$export!(Component with_types_in $crate::overlay::exports::$package);
        };
    };
}
