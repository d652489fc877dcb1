//! What a session offers for points.
#![allow(clippy::arithmetic_side_effects, reason = "the operators of a group are total")]

use std::sync::Arc;

use ark_ec::CurveGroup;
use speedwell_field::ArkField;
use speedwell_field::CurveField;
use speedwell_net::PartyId;

use super::openings::{Openings, Request};
use super::{Base, OpenedPoints, Points, PointsOpening};
use crate::error::{Result, UsageFault};
use crate::prep::Masks;
use crate::round::{Class, Slot};
use crate::session::Session;
use crate::share::Shares;

impl<S: CurveField> Session<ArkField<S>> {
    /// ⟦x⟧·G for the group's generator G: shares in the exponent. Local; the table of G is made at the first call.
    #[must_use]
    pub fn in_exponent<C: CurveGroup<ScalarField = S>>(&self, x: &Shares<ArkField<S>>) -> Points<C> {
        if x.is_ghost() {
            return Points::from_scalars(x, |_| Vec::new());
        }
        x * self.generator::<C>().as_ref()
    }

    /// Public points, as shares that hide nothing.
    #[must_use]
    pub fn constant_points<C: CurveGroup<ScalarField = S>>(&self, points: &[C::Affine]) -> Points<C> {
        let key = Arc::clone(&self.core().key);
        if self.is_planning() {
            return Points::ghost(&key, points.len());
        }
        Points::zeros(&key, points.len()).add_public(points)
    }

    /// Opens points that are masked by fresh uniform ones used once (kind U). One round, which openings of field elements
    /// share; unchecked until the next check. It joins the current round when called; awaiting the result ends the round.
    pub fn open_points<C: CurveGroup<ScalarField = S>>(&self, x: Points<C>) -> PointsOpening<C> {
        self.request_points(Class::Uniform, x)
    }

    /// Reveals points to everybody (kind V): check, open, check, give. Reveals at one level share both checks.
    ///
    /// # Errors
    /// Whatever ends the session; [`Error::Usage`](crate::Error::Usage) for points that carry a fault.
    pub async fn reveal_points<C: CurveGroup<ScalarField = S>>(
        &self,
        x: &Points<C>,
    ) -> Result<Vec<C::Affine>> {
        let opened = self.request_points(Class::Visible, x.clone()).await?;
        Ok(self.give_points(&opened))
    }

    /// Reveals points to one party: check, open X + r·G with a fresh mask r of that party, check, subtract. `None` at the
    /// others. Material: one mask a point.
    ///
    /// # Errors
    /// As [`reveal_points`](Self::reveal_points), and [`Error::Exhausted`](crate::Error::Exhausted).
    pub async fn reveal_points_to<C: CurveGroup<ScalarField = S>>(
        &self,
        party: PartyId,
        x: &Points<C>,
    ) -> Result<Option<Vec<C::Affine>>> {
        let Masks { shares, clear } = self.masks(party, x.len())?;
        let opened = self.request_points(Class::Visible, x + &self.in_exponent(&shares)).await?;
        let Some(clear) = clear else { return Ok(None) };
        if self.is_planning() {
            return Ok(Some(self.give_points(&opened)));
        }
        let masks = self.generator::<C>().multiples(&clear);
        let points: Vec<C> = opened.values().iter().zip(&masks).map(|(x, mask)| -*mask + *x).collect();
        Ok(Some(C::normalize_batch(&points)))
    }

    fn request_points<C: CurveGroup<ScalarField = S>>(&self, class: Class, x: Points<C>) -> PointsOpening<C> {
        let mut core = self.core();
        if let Some(error) = core.failure() {
            return PointsOpening(Err(Some(error.clone())));
        }
        let len = x.len();
        match x.admit(&core.key, core.setup.planning).and_then(|()| x.into_parts()) {
            Ok((values, macs)) => {
                let slot = Slot::default();
                let request = Request { class, len, values, macs, slot: Arc::clone(&slot) };
                let gated = core.announce(class, len);
                let Some(openings) = core.groups.of::<Openings<C>>() else {
                    return PointsOpening(Err(Some(UsageFault::ForeignShares.into())));
                };
                openings.request(request, gated);
                let label = openings.label();
                core.label(label);
                PointsOpening(Ok(slot))
            }
            Err(error) => PointsOpening(Err(Some(error))),
        }
    }

    /// The points behind an opening whose check has passed.
    fn give_points<C: CurveGroup<ScalarField = S>>(&self, opened: &OpenedPoints<C>) -> Vec<C::Affine> {
        if self.is_planning() {
            vec![C::generator().into_affine(); opened.len()]
        } else {
            opened.values().to_vec()
        }
    }

    /// The table of the group's generator.
    fn generator<C: CurveGroup<ScalarField = S>>(&self) -> Arc<Base<C>> {
        let known = self.core().groups.of::<Openings<C>>().and_then(|openings| openings.generator.clone());
        known.unwrap_or_else(|| {
            let base = Arc::new(Base::new(C::generator()));
            if let Some(openings) = self.core().groups.of::<Openings<C>>() {
                openings.generator = Some(Arc::clone(&base));
            }
            base
        })
    }
}
