//! # Permutation networks of any size (Waksman 1968; Beauquier and Darrot 2002)
//!
//! A network of m wires has ⌈log₂ 1⌉ + … + ⌈log₂ m⌉ = m·⌈log₂ m⌉ − 2^⌈log₂ m⌉ + 1 switches in 2·⌈log₂ m⌉ − 1 layers and
//! realises every permutation of its wires. It is a row of ⌊m/2⌋ switches, two networks of ⌊m/2⌋ and ⌈m/2⌉ wires side by
//! side, and another row of switches, one less if m is even. Wires keep their place: a switch joins two places of a vector
//! and exchanges them or not.
//!
//! Differs from the paper: written without recursion, row by row, so that a network of a million wires takes a handful of
//! allocations, both to build and to route.

use zeroize::Zeroizing;

use crate::share::Pair;

/// The switches of a network, layer by layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    size: usize,
    layers: Vec<Vec<Pair>>,
}

/// A network within the network: where its wires stand in the row at hand.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    size: usize,
}

impl Network {
    /// The network of `size` wires.
    pub(crate) fn new(size: usize) -> Self {
        let mut layers = vec![Vec::new(); depth(size)];
        let mut wires: Vec<u32> = (0_u32..).take(size).collect();
        let mut below = wires.clone();
        rows(size, |row, parts| {
            for part in parts {
                let own = &wires[part.range()];
                let pairs = || own.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
                layers[row].extend(pairs());
                if part.size > 2 {
                    layers[row + depth(part.size) - 1].extend(pairs().take(part.closing()));
                }
                let (top, bottom) = below[part.range()].split_at_mut(part.size / 2);
                for (k, wire) in own.iter().enumerate() {
                    *(if goes_up(k, part.size) { &mut top[k / 2] } else { &mut bottom[k / 2] }) = *wire;
                }
            }
            std::mem::swap(&mut wires, &mut below);
        });
        Self { size, layers }
    }

    /// Number of wires.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The switches, layer by layer.
    pub(crate) fn layers(&self) -> &[Vec<Pair>] {
        &self.layers
    }

    /// The controls, layer by layer in one vector, with which wire i comes out at place `destinations[i]`: whether each
    /// switch exchanges its wires. The destinations must be a permutation.
    ///
    /// The work does not depend on the permutation; the places in memory that it visits, and its branches, do.
    pub(crate) fn route(&self, destinations: &[u32]) -> Zeroizing<Vec<bool>> {
        let mut controls: Vec<Zeroizing<Vec<bool>>> =
            self.layers.iter().map(|layer| Zeroizing::new(Vec::with_capacity(layer.len()))).collect();
        let mut row_of = Zeroizing::new(destinations.to_vec());
        let mut below = row_of.clone();
        let mut sources = row_of.clone();
        let mut sides = Zeroizing::new(vec![UNDECIDED; self.size]);
        rows(self.size, |row, parts| {
            for part in parts {
                let (own, source, side) =
                    (&row_of[part.range()], &mut sources[part.range()], &mut sides[part.range()]);
                if part.size < 2 {
                    continue;
                }
                for (wire, out) in (0_u32..).zip(own) {
                    source[at(*out)] = wire;
                }
                split(own, source, side);
                controls[row].extend(side.chunks_exact(2).map(|pair| pair[0] == DOWN));
                if part.size > 2 {
                    let closing = source.iter().step_by(2).take(part.closing());
                    controls[row + depth(part.size) - 1].extend(closing.map(|wire| side[at(*wire)] == DOWN));
                }
                let (top, bottom) = below[part.range()].split_at_mut(part.size / 2);
                for (k, (out, side)) in own.iter().zip(side.iter()).enumerate() {
                    *(if *side == DOWN { &mut bottom[k / 2] } else { &mut top[k / 2] }) = *out / 2;
                }
            }
            std::mem::swap(&mut row_of, &mut below);
        });
        // Of its whole length from the start: a vector that grows leaves copies behind.
        let mut all = Zeroizing::new(Vec::with_capacity(controls.iter().map(|layer| layer.len()).sum()));
        controls.iter().for_each(|layer| all.extend_from_slice(layer));
        all
    }
}

/// Switches of a network of `size` wires.
pub(crate) fn switches(size: usize) -> usize {
    let log = ceil_log2(size);
    let (total, less) = (size.saturating_mul(log), 1_usize.checked_shl(log as u32).unwrap_or(usize::MAX));
    total.saturating_add(1).saturating_sub(less)
}

/// Layers of a network of `size` wires.
pub(crate) fn depth(size: usize) -> usize {
    (2 * ceil_log2(size)).saturating_sub(1)
}

/// ⌈log₂ n⌉, 0 for 0 and 1.
pub(crate) fn ceil_log2(n: usize) -> usize {
    n.checked_next_power_of_two().map_or(usize::BITS, usize::ilog2) as usize
}

/// Decides for each wire by which of the two inner networks it goes: the two wires of a switch by different ones, before
/// and after. The last output comes from the lower one, and the last of an odd number of wires enters it.
fn split(destinations: &[u32], sources: &[u32], sides: &mut [u8]) {
    let last = destinations.len() - 1;
    let odd = last.is_multiple_of(2);
    sides.fill(UNDECIDED);
    if last == 1 {
        // One switch: it says itself whether it exchanges.
        sides[0] = if destinations[0] == 1 { DOWN } else { UP };
        return;
    }
    let mut follow = |mut wire: usize, side: u8| {
        while sides[wire] == UNDECIDED {
            sides[wire] = side;
            if odd && wire == last {
                break;
            }
            sides[wire ^ 1] = UP + DOWN - side;
            let out = at(destinations[wire ^ 1]);
            if odd && out == last {
                break;
            }
            wire = at(sources[out ^ 1]);
        }
    };
    follow(at(sources[last]), DOWN);
    for wire in (0..last).step_by(2) {
        follow(wire, UP);
    }
}

const UNDECIDED: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;

impl Part {
    fn range(self) -> std::ops::Range<usize> {
        self.start..self.start + self.size
    }

    /// Switches in the last row of its own.
    fn closing(self) -> usize {
        (self.size - 1) / 2
    }
}

/// Which inner network wire k enters if its switch does not exchange.
fn goes_up(k: usize, size: usize) -> bool {
    k.is_multiple_of(2) && k + 1 < size
}

/// Goes through the nested networks, those of one nesting at a time.
fn rows(size: usize, mut visit: impl FnMut(usize, &[Part])) {
    let mut parts = vec![Part { start: 0, size }];
    let mut row = 0;
    while parts.iter().any(|part| part.size > 1) {
        visit(row, &parts);
        let halves = |part: &Part| {
            let half = part.size / 2;
            let inner = [
                Part { start: part.start, size: half },
                Part { start: part.start + half, size: part.size - half },
            ];
            inner.into_iter().filter(|part| part.size > 0).collect::<Vec<_>>()
        };
        parts = parts.iter().filter(|part| part.size > 2).flat_map(halves).collect();
        row += 1;
    }
}

fn at(wire: u32) -> usize {
    wire as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the wires come out.
    fn through(network: &Network, controls: &[bool]) -> Vec<u32> {
        let mut wires: Vec<u32> = (0..network.size() as u32).collect();
        let pairs = network.layers().iter().flatten();
        for ([i, j], _) in pairs.zip(controls).filter(|(_, exchange)| **exchange) {
            wires.swap(*i as usize, *j as usize);
        }
        let mut destinations = vec![0; wires.len()];
        (0..).zip(&wires).for_each(|(place, wire)| destinations[*wire as usize] = place);
        destinations
    }

    fn next_permutation(p: &mut [u32]) -> bool {
        let Some(i) = (1..p.len()).rev().find(|i| p[i - 1] < p[*i]) else { return false };
        let j = (i..p.len()).rev().find(|j| p[*j] > p[i - 1]).unwrap();
        p.swap(i - 1, j);
        p[i..].reverse();
        true
    }

    #[test]
    fn every_permutation_of_up_to_eight_wires_is_routed() {
        for size in 0..=8 {
            let network = Network::new(size);
            let mut p: Vec<u32> = (0..size as u32).collect();
            loop {
                assert_eq!(through(&network, &network.route(&p)), p);
                if !next_permutation(&mut p) {
                    break;
                }
            }
        }
    }

    #[test]
    fn large_networks_route_and_have_the_size_they_should() {
        for size in (9..70).chain([127, 128, 129, 1000, 4097, 20_000]) {
            let network = Network::new(size);
            let count: usize = network.layers().iter().map(Vec::len).sum();
            assert_eq!(count, (1..=size).map(ceil_log2).sum::<usize>());
            assert_eq!((count, network.layers().len()), (switches(size), depth(size)));
            // 7919 is prime and divides none of the sizes.
            let p: Vec<u32> = (0..size).map(|k| (k * 7919 % size) as u32).collect();
            assert_eq!(through(&network, &network.route(&p)), p);
            let reversed: Vec<u32> = (0..size as u32).rev().collect();
            assert_eq!(through(&network, &network.route(&reversed)), reversed);
        }
    }

    #[test]
    fn no_layer_touches_a_wire_twice() {
        for size in [2, 3, 7, 16, 33, 1000] {
            for layer in Network::new(size).layers() {
                let mut wires: Vec<u32> = layer.iter().flatten().copied().collect();
                wires.sort_unstable();
                assert!(wires.windows(2).all(|w| w[0] < w[1]));
            }
        }
    }
}
