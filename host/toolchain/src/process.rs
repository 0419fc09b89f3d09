//! Running other programs.

use std::io;
use std::process::{Command, ExitStatus, Stdio};

/// A program that did not do what it was run for.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It is not there, or cannot be run.
    #[error("`{command}` cannot be started: {cause}; hint: install it, or put it on the path")]
    Start {
        /// The command line.
        command: String,
        /// Why.
        cause: io::Error,
    },
    /// It ended with another status than 0. What it had to say was printed.
    #[error("`{command}` ended with {status}; hint: what it printed before says why")]
    Status {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// Its output was asked for, and it ended with another status than 0.
    #[error("`{command}` ended with {status}: {errors}; hint: run it by hand to see more")]
    Output {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to standard error.
        errors: String,
    },
    /// It changes the system, and this user may not.
    #[error(
        "`{program}` needs root, and `sudo` asks for a password here; hint: run the command as root once, or let an administrator install the packages"
    )]
    Root {
        /// The program.
        program: String,
    },
}

/// Runs it with its output on the terminal.
///
/// # Errors
/// It cannot be started, or ends with another status than 0.
pub fn run(command: &mut Command) -> Result<(), ProcessError> {
    let status = command.status().map_err(|cause| ProcessError::Start { command: shown(command), cause })?;
    if !status.success() {
        return Err(ProcessError::Status { command: shown(command), status });
    }
    Ok(())
}

/// Whether it runs and succeeds; its output is thrown away.
pub fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// What it prints, without the last line break.
///
/// # Errors
/// It cannot be started, or ends with another status than 0.
pub fn output(command: &mut Command) -> Result<String, ProcessError> {
    let output = command.output().map_err(|cause| ProcessError::Start { command: shown(command), cause })?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(ProcessError::Output { command: shown(command), status: output.status, errors });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A command that changes the system: as it is for root, else through `sudo` without a password.
///
/// # Errors
/// The user is not root, and `sudo` wants a password.
pub fn as_root(program: &str) -> Result<Command, ProcessError> {
    if output(Command::new("id").arg("-u"))? == "0" {
        return Ok(Command::new(program));
    }
    if !succeeds(Command::new("sudo").args(["-n", "true"])) {
        return Err(ProcessError::Root { program: program.to_owned() });
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    Ok(command)
}
