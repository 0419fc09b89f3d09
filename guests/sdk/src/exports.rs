//! The contract's functions of a module, as the linker knows them.
//!
//! An export macro of the generated bindings looks for `_export_…_cabi` and `__post_return_…` at the path that it is
//! given. What it finds here differs from the generated ones in freeing nothing: the sandbox is thrown away whole.
#![expect(unsafe_code, reason = "the runtime hands addresses over")]

/// One contract's exports: package, interface, and the macro that exports it.
macro_rules! contract {
    ($package:ident, $interface:ident, $cabi:ident) => {
        pub mod $package {
            pub mod exports {
                pub mod odograft {
                    pub mod $package {
                        pub mod $interface {
                            pub use crate::bindings::$package::$interface::{
                                _export_describe_cabi, _export_transform_cabi, $cabi,
                            };

                            /// Nothing is freed.
                            ///
                            /// # Safety
                            /// The runtime calls it.
                            pub unsafe fn __post_return_describe<M>(_: *mut u8) {}

                            /// Nothing is freed.
                            ///
                            /// # Safety
                            /// The runtime calls it.
                            pub unsafe fn __post_return_transform<M>(_: *mut u8) {}
                        }
                    }
                }
            }
        }
    };
}

contract!(dentally, mapping, __export_odograft_dentally_mapping_0_1_0_cabi);
contract!(dent_o_soft, mapping, __export_odograft_dent_o_soft_mapping_0_1_0_cabi);
contract!(practice_by_numbers, mapping, __export_odograft_practice_by_numbers_mapping_0_1_0_cabi);
contract!(panda_perio, mapping, __export_odograft_panda_perio_mapping_0_1_0_cabi);
contract!(tabular, mapping, __export_odograft_tabular_mapping_0_1_0_cabi);
contract!(perio, flattening, __export_odograft_perio_flattening_0_1_0_cabi);
