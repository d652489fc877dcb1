//! Exit codes: what a script may rely on.

/// How a command ended. The numbers are part of the interface and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// The command ran to its end and the answer is bad: `doctor` has findings, `demo` found a difference.
    Finding = 1,
    /// The command line is wrong. (`clap` gives the same number.)
    CommandLine = 2,
    /// A file, a row or a setting is missing or wrong, found before anything was sent; or a file cannot be written.
    Input = 3,
    /// A peer could not be reached, was refused, went silent, or runs another version or other files; or a process that
    /// this one started was killed.
    Peer = 4,
    /// A check of the protocol failed: a party deviated, or its machine or link corrupted data.
    Check = 5,
    /// The program broke one of its own rules. A report is welcome.
    Internal = 70,
    /// Stopped from outside, by Ctrl-C or a termination signal.
    Interrupted = 130,
}

impl Exit {
    /// The number the process ends with.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The name used in `--json` reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Finding => "finding",
            Self::CommandLine => "command-line",
            Self::Input => "input",
            Self::Peer => "peer",
            Self::Check => "check",
            Self::Internal => "internal",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Exit {
    /// The exit of this number, if there is one.
    pub(crate) fn from_code(code: u64) -> Option<Self> {
        use Exit::*;
        let all = [Done, Finding, CommandLine, Input, Peer, Check, Internal, Interrupted];
        all.into_iter().find(|exit| u64::from(exit.code()) == code)
    }
}

/// The table of exit codes, as the help shows it.
pub(crate) const HELP: &str = "\
Exit codes:
    0  done
    1  done, and the answer is bad: findings of `doctor`, a difference found by `demo`
    2  the command line is wrong
    3  a file, row or setting is missing or wrong, found before anything was sent; or a file cannot be written
    4  a peer was unreachable, refused, silent, or has another version or other files; or a process of `demo` was killed
    5  a check of the protocol failed; no result can be trusted and none was written
   70  a fault of this program
  130  interrupted";
