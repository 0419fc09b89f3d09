//! The contract's functions of an overlay, as the linker knows them.
//!
//! An export macro of the generated bindings looks for `_export_…_cabi` and `__post_return_…` at the path that it is
//! given. What it finds here differs from the generated ones in handing the batch on before it is lifted.
#![expect(unsafe_code, reason = "the runtime hands addresses over")]

/// One contract's exports: package, interface, the bindings of the mapping below, a record, the interface with its
/// version, and the macro that exports it.
macro_rules! contract {
    ($package:ident, $interface:ident, $below:ident, $record:ty, $import:literal, $cabi:ident) => {
        pub mod $package {
            pub mod exports {
                pub mod odograft {
                    pub mod $package {
                        pub mod $interface {
                            pub use crate::bindings::$package::$interface::$cabi;

                            use core::marker::PhantomData;

                            use crate::bindings::transform::{effects, manifest};
                            use crate::bindings::{$below as below, $package as own};
                            use crate::overlay::flat::{Answer, List};
                            use crate::overlay::glue::{self, Overlay};

                            /// What the generated bindings lift a call for.
                            struct Lifted<O>(PhantomData<O>);

                            impl<O: Overlay<Record = $record>> own::$interface::Guest for Lifted<O> {
                                fn describe(
                                    given: Vec<manifest::Setting>,
                                ) -> Result<manifest::Manifest, manifest::SettingError> {
                                    O::spec().over(&given, below::$interface::describe).map(|both| both.manifest)
                                }

                                fn transform(
                                    context: manifest::Context,
                                    texts: String,
                                    batch: Vec<$record>,
                                ) -> Vec<Result<effects::Outcome, effects::Rejection>> {
                                    crate::texts::enter(texts);
                                    glue::rules::<O>(context, &batch);
                                    // The sandbox is thrown away whole, and the answers are elsewhere.
                                    core::mem::forget(batch);
                                    Vec::new()
                                }
                            }

                            #[cfg(target_arch = "wasm32")]
                            #[link(wasm_import_module = $import)]
                            unsafe extern "C" {
                                #[link_name = "transform"]
                                fn transform_below(
                                    as_of: i64,
                                    settings: *mut u8,
                                    settings_length: usize,
                                    texts: *mut u8,
                                    texts_length: usize,
                                    batch: *mut u8,
                                    batch_length: usize,
                                    answers: *mut List<Answer>,
                                );
                            }

                            /// Only a sandbox has a mapping below.
                            #[cfg(not(target_arch = "wasm32"))]
                            #[expect(clippy::too_many_arguments, reason = "they are the contract's, flattened")]
                            unsafe fn transform_below(
                                _: i64,
                                _: *mut u8,
                                _: usize,
                                _: *mut u8,
                                _: usize,
                                _: *mut u8,
                                _: usize,
                                _: *mut List<Answer>,
                            ) {
                                unreachable!("{}", $import);
                            }

                            /// The contract's `describe`.
                            ///
                            /// # Safety
                            /// The runtime calls it.
                            pub unsafe fn _export_describe_cabi<O: Overlay<Record = $record>>(
                                settings: *mut u8,
                                length: usize,
                            ) -> *mut u8 {
                                // SAFETY: the arguments are passed on.
                                unsafe { own::$interface::_export_describe_cabi::<Lifted<O>>(settings, length) }
                            }

                            /// The contract's `transform`.
                            ///
                            /// # Safety
                            /// The runtime calls it.
                            pub unsafe fn _export_transform_cabi<O: Overlay<Record = $record>>(
                                as_of: i64,
                                settings: *mut u8,
                                settings_length: usize,
                                texts: *mut u8,
                                texts_length: usize,
                                batch: *mut u8,
                                batch_length: usize,
                            ) -> *mut u8 {
                                // SAFETY: a list of settings lies there.
                                let given = unsafe { List::at(settings, settings_length) };
                                let transform = |down: List<_>| {
                                    let mut answers = Vec::new().into();
                                    let (down, length) = down.place();
                                    // SAFETY: the mapping below has the same function of the same contract, and the
                                    // runtime writes its answers in this guest's memory.
                                    unsafe {
                                        transform_below(
                                            as_of,
                                            down,
                                            length,
                                            texts,
                                            texts_length,
                                            batch,
                                            batch_length,
                                            &raw mut answers,
                                        );
                                    }
                                    answers
                                };
                                if glue::begin::<O>(&given, batch_length, below::$interface::describe, transform) {
                                    // SAFETY: the arguments are passed on, and nothing looks at them after.
                                    unsafe {
                                        own::$interface::_export_transform_cabi::<Lifted<O>>(
                                            as_of,
                                            settings,
                                            settings_length,
                                            texts,
                                            texts_length,
                                            batch,
                                            batch_length,
                                        );
                                    }
                                }
                                // Where the runtime looks for them.
                                Vec::leak(vec![glue::answers()]).as_mut_ptr().cast()
                            }

                            /// Nothing is freed: the sandbox is thrown away whole.
                            ///
                            /// # Safety
                            /// The runtime calls it.
                            pub unsafe fn __post_return_describe<O>(_: *mut u8) {}

                            /// Nothing is freed: the sandbox is thrown away whole.
                            ///
                            /// # Safety
                            /// The runtime calls it.
                            pub unsafe fn __post_return_transform<O>(_: *mut u8) {}
                        }
                    }
                }
            }
        }
    };
}

contract!(
    dentally,
    mapping,
    dentally_below,
    crate::dentally::Entity,
    "odograft:dentally/mapping@0.1.0",
    __export_odograft_dentally_mapping_0_1_0_cabi
);
contract!(
    perio,
    flattening,
    perio_below,
    crate::perio::Exam,
    "odograft:perio/flattening@0.1.0",
    __export_odograft_perio_flattening_0_1_0_cabi
);
