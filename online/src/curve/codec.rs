//! Points in bytes: ark-serialize's uncompressed form, read strictly.
//!
//! ark-serialize's own validation is not enough: for BLS12-381 it looks at the subgroup of uncompressed points, by a test
//! that is only sound on the curve, and not at the curve equation; and some encodings of other curves have several byte
//! strings for one point. So a point is read without validation, compared with its re-encoding, and then checked in full.

use ark_ec::AffineRepr;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Valid, Validate};

use super::Curve;

/// Length of a point in bytes.
#[must_use]
pub fn point_bytes<C: Curve>() -> usize {
    C::Affine::zero().uncompressed_size()
}

/// Appends the canonical bytes of points.
pub fn encode<C: Curve>(points: &[C::Affine], out: &mut Vec<u8>) {
    out.reserve(points.len().saturating_mul(point_bytes::<C>()));
    for point in points {
        let written = point.serialize_uncompressed(&mut *out);
        debug_assert!(written.is_ok(), "writing to a vector cannot fail");
    }
}

/// The point with these bytes; `None` unless they are the canonical encoding of a point of the prime-order subgroup.
#[must_use]
pub fn decode<C: Curve>(bytes: &[u8]) -> Option<C::Affine> {
    if bytes.len() != point_bytes::<C>() {
        return None;
    }
    let point = C::Affine::deserialize_with_mode(bytes, Compress::No, Validate::No).ok()?;
    let mut again = Vec::with_capacity(bytes.len());
    encode::<C>(&[point], &mut again);
    // On the curve, and in the subgroup.
    (again == bytes && point.check().is_ok()).then_some(point)
}
