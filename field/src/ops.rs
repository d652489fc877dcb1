//! Operators of a field type, in terms of its inherent `plus`, `minus`, `times` and `negated`.

/// Implements the operators that [`crate::Field`] asks for.
macro_rules! field_operators {
    ([$($generics:tt)*] $field:ty) => {
        impl<$($generics)*> core::ops::Add for $field {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.plus(other)
            }
        }
        impl<$($generics)*> core::ops::Sub for $field {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.minus(other)
            }
        }
        impl<$($generics)*> core::ops::Mul for $field {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.times(other)
            }
        }
        impl<$($generics)*> core::ops::Neg for $field {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                self.negated()
            }
        }
        impl<$($generics)*> core::ops::AddAssign for $field {
            #[inline(always)]
            fn add_assign(&mut self, other: Self) {
                *self = self.plus(other);
            }
        }
        impl<$($generics)*> core::ops::SubAssign for $field {
            #[inline(always)]
            fn sub_assign(&mut self, other: Self) {
                *self = self.minus(other);
            }
        }
        impl<$($generics)*> core::ops::MulAssign for $field {
            #[inline(always)]
            fn mul_assign(&mut self, other: Self) {
                *self = self.times(other);
            }
        }
    };
}
pub(crate) use field_operators;
