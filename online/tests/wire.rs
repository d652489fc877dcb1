//! The wire: headers, lengths and layouts of every message, and the bytes of all that is not random.
//!
//! Seeds, nonces, commitments and sigmas are fresh in every run, so their layout is pinned and not their bytes. What the
//! parties open is determined by their inputs and the dealer's seed, and with it the digests.
#![allow(missing_docs)]

mod common;

use common::{DEALT, elements, party, run, uniform};
use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Fp127, Goldilocks};
use speedwell_net::tamper::{Direction, Sighting};
use speedwell_net::{Frame, HEADER_BYTES, Header};
use speedwell_online::protocol::{dot, inverse, matmul, mul, square};
use speedwell_online::testing::SESSION;
use speedwell_online::transcript::{Place, Transcript, commit, opens};
use speedwell_online::wire::{Message, bytes_of_frame, bytes_of_round, elements_per_frame, frames_of_round};
use speedwell_online::{AbortCode, Preprocessing, Result, Session};

/// What party 0 of `n` sends and receives in a run of `program`, oldest first.
fn traffic<F: Field>(n: usize, program: impl AsyncFn(&Session<F>) -> Result<()>) -> Vec<Sighting> {
    let run = run::<F>(n).config(|config| config.channel(7)).cheater(0, |event| event.pass());
    let (outcomes, watches) = run.go_watched(async |s| program(s).await);
    assert!(outcomes.iter().all(|outcome| outcome.result == Ok(())));
    watches[0].seen()
}

fn frames(seen: &[Sighting], direction: Direction, peer: usize) -> Vec<Frame> {
    let link = seen.iter().filter(|s| s.direction == direction && s.peer == party(peer));
    link.map(|s| s.frame.clone()).collect()
}

async fn product<F: Field>(s: &Session<F>) -> Result<()> {
    let all = s.input_all(&uniform(s.me().index() as u64, 3)).await?;
    s.reveal(&mul(s, &all[0], &all[1]).await?).await.map(drop)
}

/// The numbers of the kinds and of the abort codes are what a header and a payload hold, for good.
#[test]
fn numbers_are_stable() {
    let numbers: Vec<(Message, u8)> = Message::ALL.into_iter().map(|m| (m, m.number())).collect();
    let pinned = [
        (Message::Start, 1),
        (Message::Open, 2),
        (Message::Seed, 3),
        (Message::Commit, 4),
        (Message::Sigma, 5),
        (Message::Toss, 6),
        (Message::Tossed, 7),
        (Message::Abort, 8),
        (Message::Points, 16),
    ];
    assert_eq!(numbers, pinned);
    for number in 0..=u8::MAX {
        assert_eq!(
            Message::from_number(number).map(Message::number),
            ((1..=8).contains(&number) || number == 16).then_some(number)
        );
        assert_eq!(
            AbortCode::from_byte(number).map(AbortCode::to_byte),
            (1..=7).contains(&number).then_some(number)
        );
    }
    let codes = [
        AbortCode::Peer,
        AbortCode::Check,
        AbortCode::Net,
        AbortCode::Exhausted,
        AbortCode::Usage,
        AbortCode::Stopped,
        AbortCode::PassedOn,
    ];
    assert_eq!(codes.map(AbortCode::to_byte), [1, 2, 3, 4, 5, 6, 7]);
}

/// Kind, round and payload length of each frame of a product that is put in, computed and revealed.
#[test]
fn frames_have_the_documented_order_and_length() {
    fn lengths<F: Field>() {
        let b = F::BYTES;
        let check = [(Message::Seed, 96), (Message::Commit, 32), (Message::Sigma, b + 64)];
        let mut expected = vec![(Message::Open, 16 + 3 * b), (Message::Open, 16 + 6 * b)];
        expected.extend(check);
        expected.push((Message::Open, 16 + 3 * b));
        expected.extend(check);
        for n in [2, 3] {
            let seen = traffic::<F>(n, async |s| product(s).await);
            for peer in 1..n {
                for direction in [Direction::Out, Direction::In] {
                    let frames = frames(&seen, direction, peer);
                    let header = |kind: Message, round: u64| Header {
                        kind: kind.number(),
                        channel: 7,
                        round,
                        epoch: InsecureDealer::<F>::new(DEALT, party(0), n).epoch(),
                        session: SESSION,
                    };
                    assert_eq!(frames[0].header, header(Message::Start, 0));
                    assert_eq!(frames[0].payload.len(), 32);
                    assert_eq!(frames.len(), expected.len() + 1);
                    for (round, (frame, (kind, len))) in frames[1..].iter().zip(&expected).enumerate() {
                        assert_eq!(frame.header, header(*kind, round as u64));
                        assert_eq!(frame.payload.len(), *len);
                    }
                }
            }
        }
    }
    lengths::<Fp127>();
    lengths::<Goldilocks>();
}

/// What is said to one peer is said to all.
#[test]
fn every_peer_gets_the_same_frames() {
    let seen = traffic::<Fp127>(3, async |s| product(s).await);
    assert_eq!(frames(&seen, Direction::Out, 1), frames(&seen, Direction::Out, 2));
}

/// The layouts, read by hand from an honest run: each commitment opens, in its place and by its maker alone.
#[test]
fn fields_stand_where_the_documentation_says() {
    type F = Fp127;
    let seen = traffic::<F>(2, async |s| product(s).await);
    let epoch = InsecureDealer::<F>::new(DEALT, party(0), 2).epoch();
    for (direction, maker) in [(Direction::Out, party(0)), (Direction::In, party(1))] {
        let all = frames(&seen, direction, 1);
        let of = |message: Message| -> Vec<&[u8]> {
            let kind = message.number();
            all.iter().filter(|f| f.header.kind == kind).map(|f| f.payload.as_ref()).collect()
        };
        let (start, open) = (of(Message::Start), of(Message::Open));
        let (seed, commitment, sigma) = (of(Message::Seed), of(Message::Commit), of(Message::Sigma));
        for number in 0..2_u64 {
            let i = number as usize;
            let place = Place { epoch, session: SESSION, number };
            // The seed's commitment came with the start, or with the sigma of the check before.
            let committed = if i == 0 { start[0] } else { &sigma[0][F::BYTES + 32..] };
            let (value, nonce) = (&seed[i][32..64], seed[i][64..96].try_into().unwrap());
            assert!(opens(&committed.try_into().unwrap(), "mac-check seed", &place, maker, value, &nonce));
            let (value, nonce) = sigma[i][..F::BYTES + 32].split_at(F::BYTES);
            let committed = commitment[i].try_into().unwrap();
            assert!(opens(&committed, "mac-check sigma", &place, maker, value, &nonce.try_into().unwrap()));
        }
        for (round, payload) in open.iter().enumerate() {
            let count = u64::from_le_bytes(payload[..8].try_into().unwrap());
            assert_eq!(count, [3, 6, 3][round]);
            assert_eq!(elements::<F>(payload).len() as u64, count);
        }
    }
    // Both have the same labels and the same digests, and their sigmas cancel.
    let (own, theirs) = (frames(&seen, Direction::Out, 1), frames(&seen, Direction::In, 1));
    for (own, theirs) in own.iter().zip(&theirs) {
        match Message::from_number(own.header.kind) {
            Some(Message::Open) => assert_eq!(own.payload[8..16], theirs.payload[8..16]),
            Some(Message::Seed) => {
                assert_eq!(own.payload[..32], theirs.payload[..32]);
                assert_ne!(own.payload[32..], theirs.payload[32..]);
            }
            Some(Message::Sigma) => {
                let sum =
                    common::decoded::<F>(&own.payload[..16]) + common::decoded::<F>(&theirs.payload[..16]);
                assert_eq!(sum, F::ZERO);
            }
            _ => assert_ne!(own.payload, theirs.payload),
        }
    }
}

/// Nothing fresh is ever the same twice, in one run or in the next.
#[test]
fn fresh_bytes_are_fresh() {
    let mut fresh: Vec<Vec<u8>> = Vec::new();
    for _ in 0..3 {
        for frame in frames(&traffic::<Fp127>(2, async |s| product(s).await), Direction::Out, 1) {
            let payload = &frame.payload;
            match Message::from_number(frame.header.kind) {
                Some(Message::Start | Message::Commit) => fresh.push(payload.to_vec()),
                Some(Message::Seed) => fresh.extend([payload[32..64].to_vec(), payload[64..].to_vec()]),
                Some(Message::Sigma) => fresh.extend([payload[16..48].to_vec(), payload[48..].to_vec()]),
                _ => {}
            }
        }
    }
    let count = fresh.len();
    assert_eq!(count, 3 * (1 + 2 * (2 + 1 + 2)));
    fresh.sort_unstable();
    fresh.dedup();
    assert_eq!(fresh.len(), count);
}

/// A hash of all bytes that are determined, for a program that uses every protocol. It changes when the wire, the labels,
/// the digests, the dealer or the fields' streams change; then parties of two versions do not understand each other.
#[test]
fn the_bytes_that_are_not_random_are_pinned() {
    async fn program<F: Field>(s: &Session<F>) -> Result<()> {
        let all = s.input_all(&uniform(s.me().index() as u64, 4)).await?;
        let (x, y) = (&all[0], &all[1]);
        let parts = [
            mul(s, x, y).await?,
            square(s, x).await?,
            dot(s, x, y).await?,
            matmul(s, x, y, (2, 2, 2)).await?,
            inverse(s, x).await?,
        ];
        drop(s.open_statistical(s.random(2)?).await?);
        s.reveal_to(party(1), &parts[0]).await?;
        drop(s.reveal(&speedwell_online::Shares::concat(&parts.each_ref()).unwrap()).await?);
        Ok(())
    }
    fn hash<F: Field>(n: usize) -> String {
        let seen = traffic::<F>(n, async |s| program(s).await);
        let mut hash = Transcript::new("wire");
        for peer in 1..n {
            for direction in [Direction::Out, Direction::In] {
                for frame in frames(&seen, direction, peer) {
                    let header = frame.header.encode(frame.payload.len()).unwrap();
                    let stable = match Message::from_number(frame.header.kind).unwrap() {
                        Message::Open => &frame.payload[..],
                        Message::Seed => &frame.payload[..32],
                        _ => &[],
                    };
                    hash = hash.bytes(&header).bytes(stable);
                }
            }
        }
        hash.finish()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }
    let hashes = [hash::<Fp127>(2), hash::<Fp127>(3), hash::<Goldilocks>(2), hash::<Goldilocks>(3)];
    assert_eq!(hashes, ["36c90825cb44939e", "7f0af0e13ee8e1b8", "f41f8bec52a85053", "45d794a3c9816dbb"]);
}

/// One commitment, computed once and for all.
#[test]
fn a_commitment_is_pinned() {
    let place = Place { epoch: [1; 16], session: [2; 16], number: 3 };
    let commitment = commit("mac-check seed", &place, party(4), &[5; 32], &[6; 32]);
    // SHA3-256 over each input with its length, eight bytes little-endian, in front.
    use sha3::Digest;
    let inputs: [&[u8]; 8] = [
        b"speedwell/1",
        b"mac-check seed",
        &[1; 16],
        &[2; 16],
        &3_u64.to_le_bytes(),
        &4_u64.to_le_bytes(),
        &[5; 32],
        &[6; 32],
    ];
    let hash = inputs.iter().fold(sha3::Sha3_256::new(), |hash, input| {
        hash.chain_update((input.len() as u64).to_le_bytes()).chain_update(input)
    });
    assert_eq!(commitment.as_slice(), hash.finalize().as_slice());
}

/// Long rounds: as many elements as fit in a frame, the count and the labels in the first one alone.
#[test]
fn long_rounds_are_cut_where_the_documentation_says() {
    fn cut<F: Field>() {
        let fit = elements_per_frame::<F>();
        assert_eq!(fit, 262_128 / F::BYTES);
        for len in [0, 1, fit, fit + 1, 2 * fit, 2 * fit + 3] {
            let seen = traffic::<F>(2, async |s| s.open(s.random(len)?).await.map(drop));
            for direction in [Direction::Out, Direction::In] {
                let frames = &frames(&seen, direction, 1)[1..];
                assert_eq!(frames.len(), frames_of_round::<F>(len));
                assert_eq!(frames.len(), len.div_ceil(fit).max(1));
                assert!(frames.iter().all(|frame| frame.header == frames[0].header));
                let mut left = len;
                for (i, frame) in frames.iter().enumerate() {
                    let count = left.min(fit);
                    assert_eq!(frame.payload.len(), if i == 0 { 16 } else { 0 } + count * F::BYTES);
                    left -= count;
                }
                let bytes: u64 = frames.iter().map(|frame| frame.wire_bytes() as u64).sum();
                assert_eq!(bytes, bytes_of_round::<F>(len));
            }
        }
    }
    cut::<Fp127>();
    cut::<Goldilocks>();
    assert_eq!(bytes_of_frame(32), HEADER_BYTES as u64 + 32);
}
