//! SHA-256 and fresh randomness, both from `ring`, which rustls uses already.

use ring::digest::{Context, SHA256};
use ring::rand::SecureRandom;

/// SHA-256 of the parts one after the other. The caller sees to it that they cannot be split otherwise.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// A hash whose parts are prefixed by their lengths, so that no other list of parts has the same input.
pub(crate) struct LabelledHash(Context);

impl LabelledHash {
    pub(crate) fn new(label: &str) -> Self {
        Self(Context::new(&SHA256)).part(label.as_bytes())
    }

    #[must_use]
    pub(crate) fn part(mut self, part: &[u8]) -> Self {
        let len = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.0.update(&len.to_le_bytes());
        self.0.update(part);
        self
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.0.finish().as_ref());
        digest
    }
}

/// 32 bytes of the operating system, or nothing if it has none to give.
pub(crate) fn nonce() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    ring::rand::SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labelled_parts_cannot_be_split_otherwise() {
        let hash = |parts: &[&[u8]]| parts.iter().fold(LabelledHash::new("l"), |h, p| h.part(p)).finish();
        let all = [hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]), hash(&[b"abc"]), hash(&[b"abc", b""])];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn sha256_is_sha256() {
        let digest = sha256(&[b"a", b"bc"]);
        assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}
