//! Flight 1 of triples and squares: proven encryptions of the factors `a`, and for triples the authenticated factors `b`.
//!
//! 1a. A'_i = Enc_i(a'_i) to all; 1b. C3 = b_j K_i - Enc~(e) to each; 1c–1e. the proof, for 2a' and 2A'. See `proof`.

use bytes::Bytes;
use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::transcript::Transcript;
use speedwell_online::{Error, PeerFault, Result, UsageFault};
use zeroize::Zeroizing;

use super::engine::{Engine, ReplyPlace};
use super::link::{Kind, Link};
use super::proof::{BlockProver, BlockVerifier, Encrypted, Verifier, prove};
use super::stream::stream;
use crate::bgv::{Ciphertext, FactorRole, Multiplier, Randomness, Wide};

/// A proven block. Wiped when dropped.
pub(super) struct Factors<F: Field> {
    pub(super) batches: Vec<Batch<F>>,
    /// Hash of everything that was broadcast for it, the same at all parties.
    pub(super) broadcast: [u8; 32],
}

/// One batch of a proven block.
pub(super) struct Batch<F: Field> {
    /// Our factors a_i, in coefficients.
    pub(super) a: Zeroizing<Vec<F>>,
    /// Everybody else's A_i, doubled, in the order of the peers.
    pub(super) theirs: Vec<Ciphertext<FactorRole>>,
    /// Of triples alone.
    pub(super) second: Option<Second<F>>,
}

/// Our second factors, authenticated.
pub(super) struct Second<F: Field> {
    /// b_i, in coefficients.
    pub(super) b: Zeroizing<Vec<F>>,
    /// g(b)_i, in coefficients.
    pub(super) mac: Zeroizing<Vec<F>>,
    /// b_i, to multiply with.
    pub(super) multiplier: Multiplier,
}

/// What making a batch leaves here.
struct Made<F: Field> {
    a: Zeroizing<Vec<F>>,
    witness: Encrypted,
    digest: [u8; 32],
    second: Option<Second<F>>,
}

/// What a batch brings.
struct Taken<F: Field> {
    ciphers: Vec<Ciphertext<FactorRole>>,
    digests: Vec<[u8; 32]>,
    mac: Zeroizing<Vec<F>>,
}

/// Runs flight 1 for `count` batches, with second factors or without.
pub(super) async fn factors<F: Field>(
    engine: &Engine<F>,
    link: &Link,
    job: u64,
    count: usize,
    with_second: bool,
) -> Result<Factors<F>> {
    let (cipher_len, reply_len) = (engine.bgv.ciphertext_len(), engine.bgv.reply_len());
    let wants = |_: PartyId| {
        let mut wants = vec![(Kind::Factors, cipher_len)];
        wants.extend(with_second.then_some((Kind::Replies, reply_len)));
        wants
    };
    // 1a, 1b.
    let (made, taken) = stream(
        link,
        &engine.workers,
        count,
        |batch| make(engine, job, batch, with_second),
        wants,
        |_, incoming| take(engine, incoming),
    )
    .await?;

    // 1c to 1e.
    let (mut own, mut witness, mut digests) = (Vec::new(), Vec::new(), Vec::new());
    for Made { a, witness: encrypted, digest, second } in made {
        own.push((a, second));
        witness.push(encrypted);
        digests.push(digest);
    }
    let peers = engine.peers.len();
    let mut ciphers: Vec<Vec<Ciphertext<FactorRole>>> = (0..peers).map(|_| Vec::new()).collect();
    let mut their_digests: Vec<Vec<[u8; 32]>> = (0..peers).map(|_| Vec::new()).collect();
    let mut macs = Vec::new();
    for batch in taken {
        ciphers.iter_mut().zip(batch.ciphers).for_each(|(list, cipher)| list.push(cipher));
        their_digests.iter_mut().zip(batch.digests).for_each(|(list, digest)| list.push(digest));
        macs.push(batch.mac);
    }
    let prover = BlockProver::new(&engine.bgv, &engine.factor_public, &digests, &witness);
    let mut provers = engine.cheat.provers(job, vec![Box::new(prover)]);
    let verifiers: Vec<Vec<Box<dyn Verifier + Sync + '_>>> = engine
        .peers
        .iter()
        .zip(&ciphers)
        .zip(&their_digests)
        .map(|((peer, ciphers), digests)| -> Vec<Box<dyn Verifier + Sync + '_>> {
            vec![Box::new(BlockVerifier::new(&engine.bgv, &peer.factor, digests, ciphers))]
        })
        .collect();
    prove(link, &engine.workers, job, &mut provers, &verifiers).await?;
    drop((provers, verifiers));
    drop(witness);

    // Both sides double: the proof speaks of 2A'.
    let mut batches = Vec::with_capacity(count);
    let mut ciphers: Vec<_> = ciphers.into_iter().map(Vec::into_iter).collect();
    for ((a, mut second), mac) in own.into_iter().zip(macs) {
        if let Some(second) = &mut second {
            F::add_assign_slice(&mut second.mac, &mac);
        }
        let mut theirs: Vec<_> = ciphers.iter_mut().filter_map(Iterator::next).collect();
        theirs.iter_mut().for_each(|cipher| engine.bgv.double(cipher));
        batches.push(Batch { a, theirs, second });
    }
    Ok(Factors { batches, broadcast: broadcast(engine, link, &digests, &their_digests) })
}

fn make<F: Field>(
    engine: &Engine<F>,
    job: u64,
    batch: usize,
    with_second: bool,
) -> Result<(Made<F>, Vec<Vec<(Kind, Bytes)>>)> {
    let number = u64::try_from(batch).unwrap_or(u64::MAX);
    let mut a = Zeroizing::new(engine.uniform("lowgear factor", &[job, number]));
    let mut prg = engine.secret.stream("lowgear encrypted factor", &[job, number]);
    let randomness = Randomness::sample(&mut prg, engine.batch()).map_err(|_| UsageFault::Entropy)?;
    let mut witness = Encrypted { plain: Wide::centred(&a), randomness };
    engine.cheat.witness(Some((job, batch)), &mut witness);
    let cipher = engine.bgv.encrypt(&engine.factor_public, &witness.plain, &witness.randomness);
    let mut bytes = Vec::new();
    engine.bgv.encode_ciphertext(&cipher, &mut bytes);
    let digest = blake3::hash(&bytes).into();
    let bytes = Bytes::from(bytes);
    // What is used is 2a'.
    let half = a.clone();
    F::add_assign_slice(&mut a, &half);
    let mut outgoing: Vec<Vec<(Kind, Bytes)>> =
        engine.peers.iter().map(|_| vec![(Kind::Factors, bytes.clone())]).collect();
    if !with_second {
        return Ok((Made { a, witness, digest, second: None }, outgoing));
    }

    let b = Zeroizing::new(engine.uniform("lowgear second factor", &[job, number]));
    let multiplier = engine.bgv.multiplier(&b);
    let mut mac = b.clone();
    F::scale_slice(&mut mac, engine.key.alpha());
    for (peer, outgoing) in engine.peers.iter().zip(&mut outgoing) {
        let mut reply = Vec::new();
        let place = ReplyPlace { job, batch, which: 3, to: peer.party };
        engine.reply(&peer.mac, &multiplier, &peer.alpha, place, &mut mac, &mut reply)?;
        outgoing.push((Kind::Replies, Bytes::from(reply)));
    }
    Ok((Made { a, witness, digest, second: Some(Second { b, mac, multiplier }) }, outgoing))
}

fn take<F: Field>(engine: &Engine<F>, incoming: &[Vec<Vec<u8>>]) -> Result<Taken<F>> {
    let (mut ciphers, mut digests) = (Vec::new(), Vec::new());
    let mut mac = Zeroizing::new(vec![F::ZERO; engine.batch()]);
    for (peer, messages) in engine.peers.iter().zip(incoming) {
        let mut messages = messages.iter();
        let cipher = messages.next().map_or(&[][..], Vec::as_slice);
        digests.push(blake3::hash(cipher).into());
        let cipher = engine.bgv.decode_ciphertext(cipher);
        ciphers.push(cipher.map_err(|_| Error::peer(peer.party, PeerFault::Malformed))?);
        if let Some(reply) = messages.next() {
            engine.add_reply(&engine.mac, peer.party, reply, &mut mac)?;
        }
    }
    Ok(Taken { ciphers, digests, mac })
}

/// The digests of all ciphertexts of the block, by party.
fn broadcast<F: Field>(
    engine: &Engine<F>,
    link: &Link,
    own: &[[u8; 32]],
    theirs: &[Vec<[u8; 32]>],
) -> [u8; 32] {
    let mut theirs = theirs.iter();
    let lists = PartyId::all(link.parties())
        .map(|party| if party == engine.me() { own } else { theirs.next().map_or(&[][..], Vec::as_slice) });
    let hash = lists.flatten().fold(Transcript::new("lowgear block"), |hash, digest| hash.bytes(digest));
    hash.finish()
}
