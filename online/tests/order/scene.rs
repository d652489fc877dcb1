//! Programs run at n parties, and rows that they read.

use std::fmt::Debug;

use speedwell_field::{Field, Fp127};
use speedwell_online::order::Direction;
use speedwell_online::{Bit, Int, Interval, Result, Session, Shares};

use crate::common::{party, prg, run};

pub type F = Fp127;

pub const SIZES: [usize; 7] = [0, 1, 2, 3, 5, 8, 17];

pub fn all_get<F: Field, T: PartialEq + Debug>(
    n: usize,
    program: impl AsyncFn(&Session<F>) -> Result<T>,
) -> T {
    let mut outcomes = run::<F>(n).go(program);
    let value = outcomes.remove(0).result.unwrap();
    for outcome in outcomes {
        assert_eq!(outcome.result.as_ref(), Ok(&value));
    }
    value
}

/// Numbers that the first party puts in.
pub async fn secret<F: Field>(s: &Session<F>, values: &[i128]) -> Result<Shares<F>> {
    let elements: Vec<F> = values.iter().map(|x| F::from_i128(*x)).collect();
    s.input(party(0), values.len(), (s.me() == party(0)).then_some(&elements)).await
}

pub async fn secret_bits<F: Field>(s: &Session<F>, keys: &[u64], bits: usize) -> Result<Vec<Bit<F>>> {
    let mut planes = Vec::new();
    for at in 0..bits {
        let plane: Vec<i128> = keys.iter().map(|key| i128::from(key >> at & 1)).collect();
        planes.push(Bit::assume(secret(s, &plane).await?));
    }
    Ok(planes)
}

pub async fn clear<F: Field>(s: &Session<F>, x: &Shares<F>) -> Result<Vec<i128>> {
    if x.is_empty() {
        return Ok(Vec::new());
    }
    Ok(s.reveal(x).await?.iter().map(|x| x.to_i128().unwrap()).collect())
}

pub async fn all_clear<F: Field>(s: &Session<F>, columns: &[Shares<F>]) -> Result<Vec<Vec<i128>>> {
    let mut all = Vec::new();
    for column in columns {
        all.push(clear(s, column).await?);
    }
    Ok(all)
}

pub fn count(rows: usize) -> Vec<i128> {
    (0..rows as i128).collect()
}

pub fn numbers(seed: u64, n: usize, below: u64) -> Vec<u64> {
    let mut bytes = vec![0; 8 * n];
    prg(seed).fill(&mut bytes);
    bytes.chunks(8).map(|b| u64::from_le_bytes(b.try_into().unwrap()) % below).collect()
}

pub async fn secret_int<F: Field>(s: &Session<F>, values: &[i128], range: Interval) -> Result<Int<F>> {
    Ok(Int::assume(secret(s, values).await?, range))
}

pub fn sorted_in_clear(keys: &[i128], direction: Direction) -> (Vec<i128>, Vec<i128>) {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    match direction {
        Direction::Ascending => order.sort_by_key(|row| keys[*row]),
        Direction::Descending => order.sort_by_key(|row| std::cmp::Reverse(keys[*row])),
    }
    (order.iter().map(|row| keys[*row]).collect(), order.iter().map(|row| *row as i128).collect())
}
