//! Where a run's material comes from. There is one source so far, and it is insecure; it serves only where it is compiled
//! in and asked for, and every run that uses it says so.

use speedwell_field::Field;
use speedwell_net::Transport;
use speedwell_online::Preprocessing;

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// A source of material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `speedwell-dealer`, from a coin of all parties.
    #[cfg(feature = "insecure-dealer")]
    InsecureDealer,
}

/// How the source is chosen on the command line.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Choice {
    /// Takes all material from the insecure dealer: NO secrecy and NO protection. For made-up data only.
    #[arg(long)]
    pub(crate) insecure_dealer: bool,
}

impl Choice {
    /// The source asked for.
    pub(crate) fn source(self) -> Outcome<Source> {
        #[cfg(feature = "insecure-dealer")]
        if self.insecure_dealer {
            return Ok(Source::InsecureDealer);
        }
        Err(Failure::new(
            Exit::CommandLine,
            "the preprocessing",
            if self.insecure_dealer {
                "the insecure dealer is not part of this program"
            } else {
                "no source is named"
            },
            "--insecure-dealer, which is the only source so far, in a program built with the feature insecure-dealer",
            "add --insecure-dealer to a run over made-up data; do not run over real data with this version",
        ))
    }
}

impl Source {
    #[cfg_attr(not(feature = "insecure-dealer"), allow(unused_variables, reason = "there is no source then"))]
    /// The source's end at this party, for a session over `link`. All parties open theirs at the same time.
    pub(crate) async fn open<F: Field>(
        self,
        link: &dyn Transport,
        session: [u8; 16],
    ) -> speedwell_online::Result<Box<dyn Preprocessing<F>>> {
        match self {
            #[cfg(feature = "insecure-dealer")]
            Self::InsecureDealer => {
                use speedwell_online::{coin, transcript::Place};
                let place = Place { epoch: [0; 16], session, number: 0 };
                let seed = coin::toss(link, "insecure dealer", &place, 0).await?;
                Ok(Box::new(speedwell_dealer::InsecureDealer::new(seed, link.me(), link.parties())))
            }
        }
    }

    /// The name in reports, and in what the parties compare.
    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "insecure-dealer")]
            Self::InsecureDealer => "insecure-dealer",
        }
    }

    /// What a run with this source says at its start and in its report.
    pub(crate) fn warning(self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "insecure-dealer")]
            Self::InsecureDealer => Some(speedwell_dealer::BANNER),
        }
    }
}

/// A warning that cannot be overlooked.
pub(crate) fn banner(text: &str) -> String {
    let rule = "!".repeat(100);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 96 => {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let body: Vec<String> = lines.iter().map(|line| format!("!! {line}")).collect();
    format!("{rule}\n{}\n{rule}", body.join("\n"))
}
