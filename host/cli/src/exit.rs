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

/// It was asked to stop, and did between two batches; the same command goes on there.
pub(crate) const STOPPED: Code = Code(130);

impl Code {
    pub(crate) fn number(self) -> u8 {
        self.0
    }
}

/// `odograft module`: it looked, and what it saw is not good; stdout says what.
pub(crate) const BAD: Code = Code(1);
/// `odograft module`: it could not look; the message says why.
pub(crate) const NO_VERDICT: Code = Code(4);

pub(crate) const HELP: &str = "\
Exit codes:
  0  everything was done
  1  it stopped; the same command goes on from there
  2  the command line was not understood
  3  it ran to the end, and some records were put aside (`odograft status` lists them)
  130  Ctrl-C stopped it between two batches; the same command goes on from there";

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.0)
    }
}

pub(crate) const RECONCILE_HELP: &str = "\
Exit codes:
  0  everything of the pack is in Odoo
  1  something of it is missing (stdout says what), or it stopped (stderr says why)
  2  the command line was not understood";

pub(crate) const VERIFY_HELP: &str = "\
Exit codes:
  0  the ledger is what odograft has written, and all of it
  1  it is not (stdout says where), or it cannot be read (stderr says why)
  2  the command line was not understood";

pub(crate) const MODULE_HELP: &str = "\
Exit codes:
  0  all is well
  1  it is not: a case fails, or a problem, a change or a failure was found; stdout says which
  2  the command line was not understood
  3  `run`: some records were rejected, or the module failed on them
  4  there is no verdict: the one line on stderr says why";
