//! The hello: the first message each way on every connection, after TLS has proved who is there.
//!
//! Layout: 8 bytes [`MAGIC`], protocol version u16, length u8 and text of the software version, length u16 of the body;
//! then the body by postcard. Integers little-endian. What stands before the body never changes, so that any two
//! versions can tell each other apart. The caller speaks first. Limits: [`MAX_BODY`] bytes, [`MAX_DIGESTS`] digests,
//! names of at most [`MAX_NAME`] bytes of printable ASCII, which is all of a peer's text that is ever shown.

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::fault::{DifferenceKind, DigestDifference, HandshakeFault};
use crate::{PartyId, Roster};

/// First bytes of every connection.
const MAGIC: [u8; 8] = *b"speedwel";
/// Version of everything that travels: hello, frames and control messages.
pub const PROTOCOL_VERSION: u16 = 1;
const MAX_BODY: usize = 8 << 10;
const MAX_DIGESTS: usize = 32;
const MAX_NAME: usize = 64;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// Signs of life, and the start of the session.
    Control,
    /// Frames of this channel.
    Data(u16),
    /// A diagnosis: the hello is answered and that is all.
    Doctor,
}

/// What each end says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) software: String,
    pub(super) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Body {
    pub(super) purpose: Purpose,
    /// The number the sender claims; compared with the key's owner and then not used.
    pub(super) from: u16,
    /// The number the sender believes to talk to.
    pub(super) to: u16,
    /// Milliseconds since 1970 by the sender's clock.
    pub(super) clock_ms: u64,
    /// Fresh for each run of the sender.
    pub(super) nonce: [u8; 32],
    /// Which attempt of this run the connection belongs to; a later one supersedes an earlier.
    pub(super) attempt: u32,
    /// Channels of the session; 0 from a doctor.
    pub(super) channels: u16,
    /// What must be the same at all parties.
    pub(super) digests: Vec<(String, [u8; 32])>,
}

impl Hello {
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        let body = postcard::to_stdvec(&self.body).ok().filter(|body| body.len() <= MAX_BODY)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(PROTOCOL_VERSION.to_le_bytes());
        bytes.push(u8::try_from(self.software.len()).ok()?);
        bytes.extend(self.software.as_bytes());
        bytes.extend(u16::try_from(body.len()).ok()?.to_le_bytes());
        bytes.extend(body);
        self.well_formed().then_some(bytes)
    }

    /// Whether every text can be shown and nothing is beyond the limits.
    pub(super) fn well_formed(&self) -> bool {
        let mut names: Vec<&String> = self.body.digests.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        printable(&self.software)
            && names.len() == self.body.digests.len()
            && names.len() <= MAX_DIGESTS
            && names.into_iter().all(|name| printable(name))
    }

    pub(super) async fn write(&self, stream: &mut (impl AsyncWrite + Unpin)) -> Result<(), HandshakeFault> {
        let bytes = self.encode().ok_or(HandshakeFault::BadHello)?;
        stream.write_all(&bytes).await.map_err(|error| HandshakeFault::of_io(&error))?;
        stream.flush().await.map_err(|error| HandshakeFault::of_io(&error))
    }

    /// Reads a hello; allocates no more than its limits allow, whatever is announced.
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Self, HandshakeFault> {
        let io = |error: std::io::Error| HandshakeFault::of_io(&error);
        let mut magic = [0; MAGIC.len()];
        stream.read_exact(&mut magic).await.map_err(io)?;
        if magic != MAGIC {
            return Err(HandshakeFault::BadHello);
        }
        let theirs = stream.read_u16_le().await.map_err(io)?;
        let mut software = vec![0; usize::from(stream.read_u8().await.map_err(io)?)];
        stream.read_exact(&mut software).await.map_err(io)?;
        let software =
            String::from_utf8(software).ok().filter(|s| printable(s)).ok_or(HandshakeFault::BadHello)?;
        if theirs != PROTOCOL_VERSION {
            return Err(HandshakeFault::Version { ours: PROTOCOL_VERSION, theirs, their_software: software });
        }
        let len = usize::from(stream.read_u16_le().await.map_err(io)?);
        if len > MAX_BODY {
            return Err(HandshakeFault::BadHello);
        }
        let mut body = vec![0; len];
        stream.read_exact(&mut body).await.map_err(io)?;
        let body = match postcard::take_from_bytes(&body) {
            Ok((body, [])) => body,
            _ => return Err(HandshakeFault::BadHello),
        };
        Some(Self { software, body }).filter(Self::well_formed).ok_or(HandshakeFault::BadHello)
    }

    /// Checks who it claims to be and to call, against the key that TLS has proved.
    pub(super) fn check_parties(
        &self,
        holder: PartyId,
        me: PartyId,
        roster: &Roster,
    ) -> Result<(), HandshakeFault> {
        if usize::from(self.body.from) != holder.index() {
            let holder = roster.label(holder);
            return Err(HandshakeFault::WrongClaim { claimed: self.body.from, holder });
        }
        if usize::from(self.body.to) != me.index() {
            return Err(HandshakeFault::OtherPartyCalled);
        }
        Ok(())
    }

    /// Where its digests differ from these, in the order of these.
    pub(super) fn differences(&self, ours: &[(String, [u8; 32])]) -> Vec<DigestDifference> {
        let theirs = &self.body.digests;
        let find = |list: &[(String, [u8; 32])], name: &str| {
            list.iter().find(|(other, _)| other == name).map(|(_, digest)| *digest)
        };
        let mut differences = Vec::new();
        let mut note = |name: &String, kind| differences.push(DigestDifference { name: name.clone(), kind });
        for (name, digest) in ours {
            match find(theirs, name) {
                None => note(name, DifferenceKind::OnlyOurs),
                Some(other) if other != *digest => note(name, DifferenceKind::Differs),
                Some(_) => {}
            }
        }
        for (name, _) in theirs.iter().filter(|(name, _)| find(ours, name).is_none()) {
            note(name, DifferenceKind::OnlyTheirs);
        }
        differences
    }
}

fn printable(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hello() -> Hello {
        let body = Body {
            purpose: Purpose::Data(3),
            from: 1,
            to: 0,
            clock_ms: 1_700_000_000_000,
            nonce: [9; 32],
            attempt: 4,
            channels: 1,
            digests: vec![("study file".into(), [1; 32]), ("program".into(), [2; 32])],
        };
        Hello { software: "speedwell 0.1.0".into(), body }
    }

    fn read(bytes: &[u8]) -> Result<Hello, HandshakeFault> {
        let mut bytes = bytes;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Hello::read(&mut bytes))
    }

    #[test]
    fn a_hello_reads_back() {
        assert_eq!(read(&hello().encode().unwrap()), Ok(hello()));
    }

    #[test]
    fn another_version_is_told_with_its_software() {
        let mut bytes = hello().encode().unwrap();
        bytes[8] = 7;
        let their_software = "speedwell 0.1.0".into();
        assert_eq!(read(&bytes[..26]), Err(HandshakeFault::Version { ours: 1, theirs: 7, their_software }));
    }

    #[test]
    fn texts_that_cannot_be_shown_and_bodies_that_go_on_are_refused() {
        let mut bytes = hello().encode().unwrap();
        bytes[12] = 0x1b;
        assert_eq!(read(&bytes), Err(HandshakeFault::BadHello));
        let mut bytes = hello().encode().unwrap();
        bytes[26] += 1;
        bytes.push(0);
        assert_eq!(read(&bytes), Err(HandshakeFault::BadHello));
        for name in ["", "tab\t", &"x".repeat(65), "program"] {
            let mut hello = hello();
            hello.body.digests[0].0 = name.into();
            assert_eq!(hello.encode(), None, "{name}");
        }
    }

    #[test]
    fn differences_are_found_both_ways() {
        let ours = [("program".into(), [2; 32]), ("study file".into(), [3; 32]), ("limits".into(), [0; 32])];
        let names: Vec<_> = hello().differences(&ours).into_iter().map(|d| (d.name, d.kind)).collect();
        assert_eq!(
            names,
            [("study file".into(), DifferenceKind::Differs), ("limits".into(), DifferenceKind::OnlyOurs)]
        );
        assert_eq!(hello().differences(&ours[..2]).len(), 1);
        let none = hello().differences(&[]);
        assert!(none.len() == 2 && none.iter().all(|d| d.kind == DifferenceKind::OnlyTheirs));
        assert_eq!(hello().differences(&hello().body.digests), []);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(tail in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..60) {
            let mut bytes = hello().encode().unwrap();
            bytes.truncate(cut);
            bytes.extend(tail);
            if let Ok(hello) = read(&bytes) {
                prop_assert!(hello.well_formed());
            }
        }
    }
}
