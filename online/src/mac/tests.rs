use speedwell_field::{F251, F257};

use super::*;

const PLACE: Place = Place { epoch: [1; 16], session: [2; 16], number: 3 };
const P: f64 = 251.0;

fn prg(number: u8) -> Prg {
    Prg::new(&Seed([number; 16]))
}

fn uniform<F: Field>(prg: &mut Prg, n: usize) -> Vec<F> {
    let mut out = vec![F::ZERO; n];
    F::sample(prg, &mut out);
    out
}

fn pending<F: Field>(values: &[F], macs: &[F]) -> Pending<F> {
    Pending { values: Arc::new(values.to_vec()), macs: macs.to_vec() }
}

fn within_five_sigma(passed: u32, tries: u32, probability: f64) {
    let tries = f64::from(tries);
    let (mean, deviation) = (tries * probability, (tries * probability * (1.0 - probability)).sqrt());
    let distance = (f64::from(passed) - mean).abs() / deviation;
    assert!(distance < 5.0, "{passed} of {tries} passed; {mean:.1} ± {deviation:.1} expected");
}

/// Two parties, one opened element, off by one, under a fresh key and a fresh coin: 10^6 times.
#[test]
fn a_forged_opening_passes_as_often_as_theory_says() {
    const TRIES: u32 = 1_000_000;
    const BLOCK: usize = 5_000;
    let (guess, mut prg) = (F251::from_u64(77), prg(1));
    let (mut honest, mut guessed) = (0, 0);
    let mut number = 0_u64;
    while number < u64::from(TRIES) {
        let draws: Vec<F251> = uniform(&mut prg, 4 * BLOCK);
        for draw in draws.chunks(4) {
            // alpha_0, alpha_1, x, and gamma(x)_1; the other share of the MAC is what is left.
            let [alpha_0, alpha_1, x, gamma_1] = [draw[0], draw[1], draw[2], draw[3]];
            let gamma_0 = (alpha_0 + alpha_1) * x - gamma_1;
            let opened = x + F251::ONE;
            let coin = coin(&Place { number, ..PLACE }, &[0; 32], [[1; 32], [2; 32]].iter());
            let sum = sigma(&[pending(&[opened], &[gamma_0])], &coin, alpha_0)
                + sigma(&[pending(&[opened], &[gamma_1])], &coin, alpha_1);
            honest += u32::from(sum == F251::ZERO);
            guessed += u32::from(sum + guess == F251::ZERO);
            number += 1;
        }
    }
    within_five_sigma(honest, TRIES, 2.0 / P - 1.0 / (P * P));
    within_five_sigma(guessed, TRIES, (P - 1.0) / (P * P));
}

/// n parties' shares of vectors of these lengths and of their MACs, and the keys.
fn shared<F: Field>(n: usize, lens: &[usize]) -> (Vec<F>, Vec<Vec<F>>, Vec<Vec<Vec<F>>>) {
    let mut prg = prg(9);
    let alphas: Vec<F> = uniform(&mut prg, n);
    let vectors: Vec<Vec<F>> = lens.iter().map(|len| uniform(&mut prg, *len)).collect();
    let mut macs: Vec<Vec<Vec<F>>> =
        (0..n).map(|_| lens.iter().map(|len| uniform(&mut prg, *len)).collect()).collect();
    for (v, vector) in vectors.iter().enumerate() {
        for (j, x) in vector.iter().enumerate() {
            let others = (1..n).fold(F::ZERO, |sum, p| sum + macs[p][v][j]);
            macs[0][v][j] = F::sum(&alphas) * *x - others;
        }
    }
    (alphas, vectors, macs)
}

fn sum_of_sigmas<F: Field>(alphas: &[F], vectors: &[Vec<F>], macs: &[Vec<Vec<F>>], coin: &[u8; 32]) -> F {
    let sigma_of = |p: usize| {
        let all: Vec<Pending<F>> = vectors.iter().zip(&macs[p]).map(|(x, m)| pending(x, m)).collect();
        sigma(&all, coin, alphas[p])
    };
    (0..alphas.len()).fold(F::ZERO, |sum, p| sum + sigma_of(p))
}

/// Vectors below, at and above the size of a block; an error anywhere shows.
#[test]
fn every_position_of_every_vector_counts() {
    for lens in [vec![1], vec![0, 3, 0], vec![2047, 1], vec![2048], vec![2049, 5], vec![5000, 1, 4096]] {
        let (alphas, vectors, macs) = shared::<speedwell_field::Fp127>(3, &lens);
        let coin = coin(&PLACE, &[5; 32], [[1; 32]].iter());
        assert_eq!(sum_of_sigmas(&alphas, &vectors, &macs, &coin), Field::ZERO);
        for (v, len) in lens.iter().enumerate() {
            for j in [0, 1, len / 2, len.saturating_sub(1), 2047, 2048].into_iter().filter(|j| j < len) {
                let (mut wrong_value, mut wrong_mac) = (vectors.clone(), macs.clone());
                wrong_value[v][j] += Field::ONE;
                wrong_mac[2][v][j] += Field::ONE;
                assert_ne!(
                    sum_of_sigmas(&alphas, &wrong_value, &macs, &coin),
                    Field::ZERO,
                    "{lens:?} {v} {j}"
                );
                assert_ne!(
                    sum_of_sigmas(&alphas, &vectors, &wrong_mac, &coin),
                    Field::ZERO,
                    "{lens:?} {v} {j}"
                );
            }
        }
    }
}

/// Two errors that cancel under equal coefficients, or under those of the neighbouring place, do not cancel.
#[test]
fn coefficients_differ_from_place_to_place() {
    let (alphas, vectors, macs) = shared::<speedwell_field::Fp127>(2, &[4100]);
    let coin = coin(&PLACE, &[5; 32], [[1; 32]].iter());
    for (i, j) in [(0, 1), (0, 2048), (2047, 2048), (1, 4097)] {
        let mut wrong = vectors.clone();
        wrong[0][i] += Field::ONE;
        wrong[0][j] -= Field::ONE;
        assert_ne!(sum_of_sigmas(&alphas, &wrong, &macs, &coin), Field::ZERO, "{i} {j}");
    }
}

#[test]
fn the_coin_depends_on_everything() {
    let seeds = [[1; 32], [2; 32]];
    let base = coin(&PLACE, &[0; 32], seeds.iter());
    assert_eq!(base, coin(&PLACE, &[0; 32], seeds.iter()));
    let others = [
        coin(&Place { epoch: [9; 16], ..PLACE }, &[0; 32], seeds.iter()),
        coin(&Place { session: [9; 16], ..PLACE }, &[0; 32], seeds.iter()),
        coin(&Place { number: 4, ..PLACE }, &[0; 32], seeds.iter()),
        coin(&PLACE, &[1; 32], seeds.iter()),
        coin(&PLACE, &[0; 32], [[2; 32], [1; 32]].iter()),
        coin(&PLACE, &[0; 32], [[1; 32]].iter()),
        coin(&PLACE, &[0; 32], [[1; 32], [2; 32], [0; 32]].iter()),
    ];
    assert!(others.iter().all(|other| *other != base));
}

/// Coefficients over the toy fields are uniform: chi-square over 10^6 of them, whatever the coin.
#[test]
fn coefficients_are_uniform() {
    fn chi_square<F: Field>(p: usize) -> f64 {
        let n = 1_000_000;
        let mut counts = vec![0_u32; p];
        for number in 0..100 {
            let coin = coin(&Place { number, ..PLACE }, &[0; 32], [[1; 32]].iter());
            for r in uniform::<F>(&mut Prg::new(&coefficient_seed(&coin)), n / 100) {
                counts[r.to_u128().unwrap() as usize] += 1;
            }
        }
        let expected = n as f64 / p as f64;
        counts.iter().map(|c| (f64::from(*c) - expected).powi(2) / expected).sum()
    }
    // 10^-6 quantiles of 250 and 256 degrees of freedom are above 370.
    assert!(chi_square::<F251>(251) < 370.0);
    assert!(chi_square::<F257>(257) < 378.0);
}

#[test]
fn the_digest_sees_values_order_lengths_owners_and_labels() {
    type F = speedwell_field::Fp127;
    let (a, b) = (F::from_u64(1), F::from_u64(2));
    let party = |index| PartyId::new(index);
    let of = |place: &Place, vectors: &[(Option<PartyId>, Vec<F>)], labels: u64| {
        let mut digest = Digest::new(place);
        vectors.iter().for_each(|(owner, values)| digest.absorb(*owner, values));
        digest.finish(labels, &[])
    };
    let digests = [
        of(&PLACE, &[(None, vec![a, b])], 0),
        of(&PLACE, &[(None, vec![b, a])], 0),
        of(&PLACE, &[(None, vec![a, a])], 0),
        of(&PLACE, &[(None, vec![a]), (None, vec![b])], 0),
        of(&PLACE, &[(None, vec![]), (None, vec![a, b])], 0),
        of(&PLACE, &[(None, vec![a, b]), (None, vec![])], 0),
        of(&PLACE, &[(party(0), vec![a, b])], 0),
        of(&PLACE, &[(party(1), vec![a, b])], 0),
        of(&PLACE, &[(None, vec![a, b])], 1),
        of(&Place { number: 4, ..PLACE }, &[(None, vec![a, b])], 0),
        of(&Place { epoch: [9; 16], ..PLACE }, &[(None, vec![a, b])], 0),
        of(&Place { session: [9; 16], ..PLACE }, &[(None, vec![a, b])], 0),
        of(&PLACE, &[], 0),
    ];
    for (i, x) in digests.iter().enumerate() {
        assert!(digests[i + 1..].iter().all(|y| x != y), "{i}");
    }
    assert_eq!(digests[0], of(&PLACE, &[(None, vec![a, b])], 0));
}
