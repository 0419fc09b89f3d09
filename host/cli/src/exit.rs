//! Exit codes. Scripts may rely on them.

use std::process::ExitCode;

/// An exit code with a meaning.
#[derive(Clone, Copy)]
pub(crate) struct Code(u8);

/// Everything was done.
pub(crate) const DONE: Code = Code(0);
/// It stopped; the message says why. The ledger keeps what was done, and the same command goes on there.
pub(crate) const FAILED: Code = Code(1);
// 2 is clap's: the command line was not understood.
/// It ran to the end, and some records were put aside; `odograft status` lists them.
pub(crate) const PUT_ASIDE: Code = Code(3);

pub(crate) const HELP: &str = "\
Exit codes:
  0  everything was done
  1  it stopped; the same command goes on from there
  2  the command line was not understood
  3  it ran to the end, and some records were put aside (`odograft status` lists them)";

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.0)
    }
}
