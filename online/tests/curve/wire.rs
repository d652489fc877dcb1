//! The frames of points, the digest over them and the group's sigma, as the description of the wire format has them.

use ark_ec::CurveGroup;
use speedwell_dealer::InsecureDealer;
use speedwell_field::{Field, Prg, Seed};
use speedwell_net::tamper::{Direction, Sighting};
use speedwell_net::{Frame, PartyId};
use speedwell_online::Preprocessing;
use speedwell_online::curve::{Scalar, decode, encode};
use speedwell_online::testing::SESSION;
use speedwell_online::transcript::{Place, Transcript, commit};
use speedwell_online::wire::Message;

use crate::common::{DEALT, party, run};
use crate::{Bls1 as C, affine, clear};

type F = Scalar<C>;

fn message(seen: &[Sighting], direction: Direction, peer: PartyId, message: Message) -> Frame {
    let mut on_link = seen.iter().filter(|s| (s.direction, s.peer) == (direction, peer));
    on_link.find(|s| s.frame.header.kind == message.number()).expect("it was sent").frame.clone()
}

fn bytes(points: &[C]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode::<C>(&affine(points), &mut bytes);
    bytes
}

/// One vector of two points is revealed; party 0 is watched, and everything that it sends is computed again from the
/// dealer's material.
#[test]
fn points_and_their_check_are_as_documented() {
    for n in [2, 3] {
        let (outcomes, watches) = run::<F>(n)
            .cheater(0, |event| event.pass())
            .go_watched(async |s| s.reveal_points::<C>(&s.in_exponent(&s.random(2)?)).await);
        let opened = outcomes[0].result.clone().unwrap();
        let seen = watches[0].seen();
        let sent = |kind| message(&seen, Direction::Out, party(1), kind);

        // The round: an `open` frame without elements, and the points.
        let mut dealer = InsecureDealer::<F>::new(DEALT, party(0), n);
        let x = dealer.randoms(2).unwrap();
        let open = sent(Message::Open);
        assert_eq!((open.header.round, open.payload.len(), &open.payload[..8]), (0, 16, &[0; 8][..]));
        let points = sent(Message::Points);
        assert_eq!(points.header, speedwell_net::Header { kind: 16, ..open.header });
        assert_eq!(points.payload, bytes(&clear::<C>(x.value_shares())));

        // The digest: of nothing for two parties, of the points' sum for three.
        let generator = bytes(&clear::<C>(&[F::ONE]));
        let name = Transcript::new("group").bytes(&generator).finish();
        let mut digest = blake3::Hasher::new_derive_key("speedwell/1 openings since the last check");
        let place = Place { epoch: dealer.epoch(), session: SESSION, number: 0 };
        digest.update(&place.epoch).update(&place.session).update(&[0; 8]);
        if n > 2 {
            digest.update(&(u64::MAX - 1).to_le_bytes()).update(&name).update(&2_u64.to_le_bytes());
            let values: Vec<C> = opened.iter().map(|point| C::from(*point)).collect();
            digest.update(&bytes(&values));
        }
        digest.update(&open.payload[8..]);
        let seed = sent(Message::Seed).payload;
        assert_eq!(&seed[..32], digest.finalize().as_bytes());

        // The group's sigma: Σ r_j·Γ(X_j)_0 − α_0·Σ r_j·X_j, with coefficients of the group's own.
        let seeds = (1..n).map(|peer| message(&seen, Direction::In, party(peer), Message::Seed).payload);
        let transcript = place.transcript("mac-check coin").bytes(&seed[..32]).bytes(&seed[32..64]);
        let coin = seeds.fold(transcript, |t, payload| t.bytes(&payload[32..64])).finish();
        let coin = Transcript::new("mac-check points").bytes(&coin).bytes(&name).finish();
        let mut r = [F::ZERO; 2];
        F::sample(&mut Prg::new(&Seed(coin[..16].try_into().unwrap())), &mut r);
        let gamma: C = clear::<C>(x.mac_shares()).iter().zip(&r).map(|(mac, r)| *mac * r.0).sum();
        let rho: C = opened.iter().zip(&r).map(|(point, r)| *point * r.0).sum();
        let sigma = gamma - rho * dealer.key().alpha().0;
        let payload = sent(Message::Sigma).payload;
        assert_eq!(payload.len(), F::BYTES + 96 + 64);
        // No element of the field was opened.
        assert_eq!(payload[..F::BYTES], [0; 32]);
        assert_eq!(decode::<C>(&payload[F::BYTES..F::BYTES + 96]), Some(sigma.into_affine()));
        let nonce = payload[F::BYTES + 96..F::BYTES + 128].try_into().unwrap();
        let commitment = commit("mac-check sigma", &place, party(0), &payload[..F::BYTES + 96], &nonce);
        assert_eq!(sent(Message::Commit).payload, commitment.to_vec());
    }
}
