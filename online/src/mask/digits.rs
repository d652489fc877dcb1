//! Tables of the digits of a secret number, made before it is known what they will be compared with.
//!
//! For each digit and each of its values v but the last, ⟦[digit > v]⟧. A comparison with a public digit is then local
//! (Escudero et al., ePrint 2020/338, use the same comparison tree bit by bit). Products a number: for digits of one bit
//! none, of two bits 1, of three bits 4, of four bits 11; rounds: 0, 1, 2, 2.

use speedwell_field::Field;

use crate::error::Result;
use crate::opened::Integers;
use crate::protocol::mul_all;
use crate::session::Session;
use crate::share::Shares;

/// The digits of a vector of secret numbers, lowest first.
pub(crate) struct Digits<F: Field> {
    groups: Vec<Group<F>>,
}

/// One digit of each number.
struct Group<F: Field> {
    /// Its lowest bit.
    at: u32,
    /// Its length in bits, 1 to 4.
    width: u32,
    /// ⟦[digit > v]⟧ for v = 0 … 2^width − 2.
    above: Vec<Shares<F>>,
}

/// A digit, or several, of a secret r beside the same of a public c: ⟦[c < r]⟧ and ⟦[c = r]⟧.
pub(crate) struct Node<F: Field> {
    pub(crate) less: Shares<F>,
    pub(crate) equal: Shares<F>,
}

impl<F: Field> Digits<F> {
    /// The tables of the numbers whose bits are the `planes`, lowest first, in digits of at most `width` bits. No digit
    /// crosses `boundary`.
    pub(crate) async fn make(
        s: &Session<F>,
        planes: &[Shares<F>],
        width: u32,
        boundary: u32,
    ) -> Result<Self> {
        let layout = layout(u32::try_from(planes.len()).unwrap_or(u32::MAX), width, boundary);
        let plane = |at: u32| usize::try_from(at).ok().and_then(|at| planes.get(at));
        // 1. The products of the two bits of each pair: those of digits of four bits have two pairs.
        let mut pairs = Vec::new();
        for (at, width) in &layout {
            if *width >= 2 {
                pairs.push((plane(at.saturating_add(1)), plane(*at)));
            }
            if *width == 4 {
                pairs.push((plane(at.saturating_add(3)), plane(at.saturating_add(2))));
            }
        }
        let pairs: Vec<(&Shares<F>, &Shares<F>)> = pairs.into_iter().filter_map(|(x, y)| x.zip(y)).collect();
        let mut products = mul_all(s, &pairs).await?.into_iter();
        // 2. The upper half of a digit times the lower: [hi = a]·[lo > v].
        let mut halves = Vec::new();
        for (at, width) in &layout {
            let bit = |offset: u32| plane(at.saturating_add(offset)).cloned();
            let low = match (*width, bit(1), bit(0)) {
                (1, ..) => bit(0).map(|bit| Half::of_bit(&bit)),
                (_, Some(b1), Some(b0)) => products.next().map(|both| Half::of_pair(&b1, &b0, &both)),
                _ => None,
            };
            let high = match (*width, bit(3), bit(2)) {
                (3, _, Some(b2)) => Some(Half::of_bit(&b2)),
                (4, Some(b3), Some(b2)) => products.next().map(|both| Half::of_pair(&b3, &b2, &both)),
                _ => None,
            };
            halves.extend(low.map(|low| (*at, *width, low, high)));
        }
        let crossed = halves.iter().filter_map(|(.., low, high)| Some((low, high.as_ref()?)));
        let factors: Vec<(&Shares<F>, &Shares<F>)> = crossed
            .flat_map(|(low, high)| {
                high.is.iter().flat_map(|is| low.above.iter().map(move |above| (is, above)))
            })
            .collect();
        let mut products = mul_all(s, &factors).await?.into_iter();
        let groups = halves.into_iter().map(|(at, width, low, high)| {
            let above = match high {
                None => low.above,
                Some(high) => {
                    let crossed =
                        products.by_ref().take(high.is.len().saturating_mul(low.above.len())).collect();
                    join_halves(&high, &low, crossed)
                }
            };
            Group { at, width, above }
        });
        Ok(Self { groups: groups.collect() })
    }

    /// Each digit beside the same digit of the public numbers, from bit `from` up to bit `to`. Local.
    pub(crate) fn beside(&self, public: &Integers, from: u32, to: u32) -> Vec<Node<F>> {
        let mut digits = Vec::with_capacity(public.len());
        let groups = self.groups.iter().filter(|group| from <= group.at && group.at < to);
        groups
            .filter_map(|group| {
                digits.clear();
                digits.extend(public.digits(group.at, group.width));
                let (less, equal) = Shares::look_up(&group.above, &digits)?;
                Some(Node { less, equal })
            })
            .collect()
    }

    /// Each digit beside the same digit of one and the same public number. Local.
    pub(crate) fn beside_public(&self, public: u128) -> Vec<Node<F>> {
        let nodes = self.groups.iter().filter_map(|group| {
            let len = group.above.first()?.len();
            let mask = 1_u128.wrapping_shl(group.width).wrapping_sub(1);
            let digit = usize::try_from(public.checked_shr(group.at).unwrap_or(0) & mask).unwrap_or(0);
            let (less, equal) = Shares::look_up(&group.above, &vec![digit; len])?;
            Some(Node { less, equal })
        });
        nodes.collect()
    }

    /// The tables of the first `n` numbers, and those of the rest.
    pub(crate) fn split_at(self, n: usize) -> (Self, Self) {
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for Group { at, width, above } in self.groups {
            let (head, tail) = above.into_iter().map(|plane| plane.split_at(n)).unzip();
            first.push(Group { at, width, above: head });
            rest.push(Group { at, width, above: tail });
        }
        (Self { groups: first }, Self { groups: rest })
    }
}

/// The local steps of [`Digits::make`] for one digit of four bits, lowest first, and the digit beside `public`: with the
/// products of the two bits of each pair, and of \[hi = a\]·\[lo > v\]. For the test that they branch on no secret.
#[cfg(feature = "testing")]
pub(crate) fn beside_four_bits<F: Field>(
    [b0, b1, b2, b3]: [&Shares<F>; 4],
    [low, high]: [&Shares<F>; 2],
    crossed: Vec<Shares<F>>,
    public: u128,
) -> Option<[Shares<F>; 2]> {
    let (low, high) = (Half::of_pair(b1, b0, low), Half::of_pair(b3, b2, high));
    let group = Group { at: 0, width: 4, above: join_halves(&high, &low, crossed) };
    let Node { less, equal } = Digits { groups: vec![group] }.beside_public(public).pop()?;
    Some([less, equal])
}

/// Where digits of at most `width` bits lie in a number of `bits` bits, without crossing `boundary`.
fn layout(bits: u32, width: u32, boundary: u32) -> Vec<(u32, u32)> {
    let (mut at, mut layout) = (0_u32, Vec::new());
    while at < bits {
        let end = if at < boundary { boundary.min(bits) } else { bits };
        let width = width.clamp(1, 4).min(end.saturating_sub(at));
        layout.push((at, width));
        at = at.saturating_add(width);
    }
    layout
}

/// One or two bits: [d > v] for all v but the last, and [d = a] for all a ≥ 1.
struct Half<F: Field> {
    above: Vec<Shares<F>>,
    is: Vec<Shares<F>>,
}

impl<F: Field> Half<F> {
    fn of_bit(b: &Shares<F>) -> Self {
        Self { above: vec![b.clone()], is: vec![b.clone()] }
    }

    fn of_pair(b1: &Shares<F>, b0: &Shares<F>, both: &Shares<F>) -> Self {
        let either = b1 + b0 - both;
        Self { above: vec![either, b1.clone(), both.clone()], is: vec![b0 - both, b1 - both, both.clone()] }
    }
}

/// [d > v] of d = hi·(L + 1) + lo, where lo has L tables: [hi > a] + [hi = a]·[lo > v]. The product for a = 0 is what
/// the others leave of [lo > v].
fn join_halves<F: Field>(high: &Half<F>, low: &Half<F>, crossed: Vec<Shares<F>>) -> Vec<Shares<F>> {
    let per = low.above.len();
    let none: Vec<Shares<F>> = (0..per)
        .filter_map(|v| {
            let others = crossed.iter().skip(v).step_by(per.max(1));
            Some(others.fold(low.above.get(v)?.clone(), |left, product| left - product))
        })
        .collect();
    let mut products = none.into_iter().chain(crossed);
    let mut above = Vec::new();
    for a in 0..=high.is.len() {
        let greater = high.above.get(a);
        for product in products.by_ref().take(per) {
            above.push(match greater {
                Some(greater) => product + greater,
                None => product,
            });
        }
        above.extend(greater.cloned());
    }
    above
}
