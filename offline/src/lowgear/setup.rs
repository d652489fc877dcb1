//! Set-up of an epoch: keys of both roles, shares of the MAC key, proofs of all of them.
//!
//! | step | message | content |
//! |---|---|---|
//! | S0 | all | digest of parameters and number of parties; the most batches that the sender takes in a block; for n ≥ 3 an echo |
//! | S1 | joint coin | the epoch's name; `a` of every party and role is expanded from it |
//! | S2 | P_i → all | `b` of both roles; K_i = Enc(α_i · 1) under the MAC role; to each peer alone: seed of its shares of P_i's input masks |
//! | S3–S5 | all | two proofs of keys and the diagonal proof of K_i (`proof`): commitments, echo, coin, responses |
//!
//! Every verifier checks every proof before any use of a key. α_i is uniform, and encrypted once in its life.

use std::sync::Arc;

use bytes::Bytes;
use speedwell_field::{Field, Prg};
use speedwell_net::PartyId;
use speedwell_online::transcript::Transcript;
use speedwell_online::{Error, MacKey, PeerFault, Result, UsageFault};
use zeroize::Zeroizing;

use super::Settings;
use super::cheat::{Cheat, Weakness};
use super::engine::{Budget, Engine, Peer, Secret};
use super::link::{Kind, Link};
use super::proof::{
    DiagonalProver, DiagonalVerifier, Encrypted, KeyProver, KeyVerifier, Prover, Verifier, prove, seed_of,
};
use super::work::{Spares, Workers};
use crate::bgv::{
    Bgv, Choice, Ciphertext, Eval, FactorRole, MacRole, Poly, PublicKey, Randomness, Role, SecretKey, Wide,
};

/// A key pair and what of it is public.
struct Pair<R: Role> {
    secret: SecretKey<R>,
    public: PublicKey<R>,
}

/// Runs the set-up over `link`; it enters the epoch.
pub(super) async fn set_up<F: Field>(
    link: &mut Link,
    settings: &Settings,
    cheat: Cheat<F>,
) -> Result<Engine<F>> {
    let (me, n) = (link.me(), link.parties());
    let workers = Workers::new(settings.threads)?;
    let params = settings.params.clone();
    // S0.
    let (digest, block) = greet(link, settings).await?;
    let most = params.replies_per_epoch();
    // The parameters were derived for this field, or there would be none.
    let bgv = Bgv::<F>::new(params, Choice::Best).map_err(|_| UsageFault::Entropy)?;

    // S1.
    let coin = link.toss("lowgear set-up").await?;
    let epoch = link.place(0).transcript("lowgear epoch").bytes(&digest).bytes(&coin).finish();
    let (epoch, _) = epoch.split_first_chunk().unwrap_or((&[0; 16], &[]));
    link.enter(*epoch);

    // S2.
    let secret = Secret::fresh()?;
    let broken = |_| Error::from(UsageFault::Entropy);
    let one_key = link.defences.lack(Weakness::OneKeyForBothRoles);
    let factor_byte = if one_key { MacRole::BYTE } else { FactorRole::BYTE };
    let mut mac = pair::<F, MacRole>(&bgv, &coin, me, &secret, MacRole::BYTE).map_err(broken)?;
    let mut factor = pair::<F, FactorRole>(&bgv, &coin, me, &secret, factor_byte).map_err(broken)?;
    cheat.key(&bgv, &mut mac.secret, &mut mac.public);
    cheat.key(&bgv, &mut factor.secret, &mut factor.public);
    let mut alpha = Zeroizing::new([F::ZERO]);
    F::sample(&mut secret.stream("lowgear MAC key", &[]), alpha.as_mut_slice());
    let alpha = F::sum(alpha.as_slice());
    let mut constant = Zeroizing::new(vec![F::ZERO; bgv.ring().dimension()]);
    constant.iter_mut().take(1).for_each(|first| *first = alpha);
    let n_slots = bgv.ring().dimension();
    let randomness = Randomness::sample(&mut secret.stream("lowgear encrypted MAC key", &[]), n_slots);
    let mut witness = Encrypted { plain: Wide::centred(&constant), randomness: randomness.map_err(broken)? };
    cheat.witness(None, &mut witness);
    let Encrypted { plain, randomness } = witness;
    let cipher = bgv.encrypt(&mac.public, &plain, &randomness);

    let mut message = Vec::new();
    bgv.encode_key(&mac.public, &mut message);
    bgv.encode_key(&factor.public, &mut message);
    bgv.encode_ciphertext(&cipher, &mut message);
    let len = message.len();
    let messages = link.exchange(Kind::Keys, Bytes::from(message), &link.each(len)).await?;
    let mut theirs = Vec::new();
    for (peer, message) in link.peers().zip(&messages) {
        theirs.push(decode(&bgv, &coin, factor_byte, peer, message)?);
    }
    let own_seeds = exchange_seeds(link, &secret).await?;
    let (own_seeds, their_seeds) = own_seeds;

    // S3 to S5.
    let own: Vec<Box<dyn Prover + Send + '_>> = vec![
        Box::new(KeyProver::new(&bgv, &mac.public, &mac.secret)),
        Box::new(KeyProver::new(&bgv, &factor.public, &factor.secret)),
        Box::new(DiagonalProver::new(&bgv, &mac.public, &cipher, alpha, &randomness)),
    ];
    let mut own = cheat.provers(0, own);
    let verifiers: Vec<Vec<Box<dyn Verifier + Sync + '_>>> = theirs
        .iter()
        .map(|(mac, factor, cipher)| -> Vec<Box<dyn Verifier + Sync + '_>> {
            vec![
                Box::new(KeyVerifier::new(&bgv, mac)),
                Box::new(KeyVerifier::new(&bgv, factor)),
                Box::new(DiagonalVerifier::new(&bgv, mac, cipher)),
            ]
        })
        .collect();
    prove(link, &workers, 0, &mut own, &verifiers).await?;
    drop((own, verifiers));

    let peers = link.peers().zip(theirs).zip(their_seeds);
    let peers = peers.map(|((party, (mac, factor, alpha)), seed)| Peer { party, mac, factor, alpha, seed });
    let mut engine = Engine {
        alpha: bgv.constant_multiplier(alpha),
        key: Arc::new(MacKey::new(me, n, alpha)),
        workers,
        epoch: *epoch,
        block,
        mac: mac.secret,
        factor: factor.secret,
        factor_public: factor.public,
        peers: peers.collect(),
        secret,
        own_seeds,
        budget: Budget::new(most),
        cheat,
        defences: link.defences,
        scratch: Spares::new(),
        bgv,
    };
    Cheat::set_up(&mut engine);
    Ok(engine)
}

/// Compares the parameters; their digest, and the batches of a block: as many as the party with the least memory takes.
async fn greet(link: &Link, settings: &Settings) -> Result<([u8; 32], usize)> {
    let (n, params) = (link.parties(), &settings.params);
    let parties = u64::try_from(n).unwrap_or(u64::MAX);
    let digest = Transcript::new("lowgear parameters").bytes(&params.fingerprint()).number(parties).finish();
    let own = u32::try_from(settings.block(n)).unwrap_or(u32::MAX);
    let hello = [digest.as_slice(), &own.to_le_bytes()].concat();
    let theirs = link.exchange(Kind::Hello, Bytes::from(hello), &link.each(36)).await?;
    let mut blocks = vec![own];
    for (peer, hello) in link.peers().zip(&theirs) {
        let Some((theirs, block)) = hello.split_first_chunk::<32>() else {
            return Err(Error::peer(peer, PeerFault::WrongLength));
        };
        if *theirs != digest {
            return Err(UsageFault::Parameters { peer }.into());
        }
        let block = block.try_into().map_or(0, u32::from_le_bytes);
        if !(1..=params.block()).contains(&block) {
            return Err(Error::peer(peer, PeerFault::Malformed));
        }
        blocks.insert(peer.index().min(blocks.len()), block);
    }
    // A party that names each peer another size is found here, and nobody else is blamed for it.
    let hash = Transcript::new("lowgear blocks").bytes(&digest);
    link.echo(blocks.iter().fold(hash, |hash, block| hash.number(u64::from(*block))).finish()).await?;
    let block = blocks.into_iter().min().unwrap_or(1);
    Ok((digest, usize::try_from(block).unwrap_or(1)))
}

/// `a` of a party's key pair, from the coin: the owner never chooses it.
fn public_element<F: Field>(bgv: &Bgv<F>, coin: &[u8; 32], owner: PartyId, role: u8) -> Poly<Eval> {
    let hash = Transcript::new("lowgear public element").bytes(coin).party(owner).bytes(&[role]).finish();
    bgv.expand(&seed_of(&hash))
}

fn pair<F: Field, R: Role>(
    bgv: &Bgv<F>,
    coin: &[u8; 32],
    me: PartyId,
    secret: &Secret,
    role: u8,
) -> std::result::Result<Pair<R>, crate::bgv::SamplerError> {
    let mut prg: Prg = secret.stream("lowgear key pair", &[u64::from(role)]);
    let (secret, public) = bgv.keygen(public_element(bgv, coin, me, role), &mut prg)?;
    Ok(Pair { secret, public })
}

type Public = (PublicKey<MacRole>, PublicKey<FactorRole>, Ciphertext<MacRole>);

/// A peer's keys and encrypted share, from its message.
fn decode<F: Field>(
    bgv: &Bgv<F>,
    coin: &[u8; 32],
    factor_byte: u8,
    peer: PartyId,
    message: &[u8],
) -> Result<Public> {
    let parts = message.split_at_checked(bgv.key_len()).and_then(|(mac, rest)| {
        let (factor, cipher) = rest.split_at_checked(bgv.key_len())?;
        Some((mac, factor, cipher))
    });
    let (mac, factor, cipher) = parts.ok_or(Error::peer(peer, PeerFault::WrongLength))?;
    let malformed = |_| Error::peer(peer, PeerFault::Malformed);
    let mac = bgv.decode_key(public_element(bgv, coin, peer, MacRole::BYTE), mac).map_err(malformed)?;
    let factor = bgv.decode_key(public_element(bgv, coin, peer, factor_byte), factor).map_err(malformed)?;
    Ok((mac, factor, bgv.decode_ciphertext(cipher).map_err(malformed)?))
}

/// Gives each peer the seed of its value shares of our input masks: ours by peer, and theirs.
async fn exchange_seeds(link: &Link, secret: &Secret) -> Result<(Vec<Secret>, Vec<Secret>)> {
    let mut own = Vec::new();
    for peer in link.peers() {
        let mut seed = Secret::zero();
        let index = u64::try_from(peer.index()).unwrap_or(u64::MAX);
        secret.stream("lowgear input seed", &[index]).fill(seed.bytes_mut());
        link.send(peer, Kind::Seed, Bytes::copy_from_slice(seed.bytes())).await?;
        own.push(seed);
    }
    let theirs = link.gather(Kind::Seed, &link.each(32)).await?;
    let theirs = theirs.into_iter().map(|bytes| {
        let bytes = Zeroizing::new(bytes);
        let mut seed = Secret::zero();
        seed.bytes_mut().iter_mut().zip(bytes.iter()).for_each(|(seed, byte)| *seed = *byte);
        seed
    });
    Ok((own, theirs.collect()))
}
