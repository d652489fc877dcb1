//! What a study costs, from the same program without peers and without values.

use speedwell_net::PartyId;
use speedwell_online::Report;
use speedwell_stats::compute;

use super::question::Question;
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;
use crate::file::value::{Field, SecurityBits};

/// The plan of a study at party `me` of so many.
pub(crate) fn plan(question: &Question, field: Field, me: PartyId) -> Outcome<Report> {
    over_field!(field, F => plan_over::<F>(question, me))
}

/// Statistical security of a run with this plan, in bits: the level agreed on, or that of the field's MACs over all checks
/// of the run, those of its preprocessing included, if it is lower.
pub(crate) fn security_bits(agreed: SecurityBits, field: Field, plan: &Report, preprocessing: u64) -> u32 {
    let checks = plan.checks.saturating_add(preprocessing);
    u32::from(agreed).min(over_field!(field, F => speedwell_online::mac_level::<F>(checks)))
}

fn plan_over<F: speedwell_field::Field>(question: &Question, me: PartyId) -> Outcome<Report> {
    let Question { layout, receivers } = question;
    let own = vec![0; layout.cells().len()];
    speedwell_online::plan::<F, _, _>(me, layout.parties(), async |session| {
        compute(session, layout, &own, receivers).await
    })
    .map_err(|error| Failure::internal("the plan", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_field_gives_less_than_what_was_agreed_on() {
        let plan = Report { checks: 2, ..Report::default() };
        assert_eq!(security_bits(SecurityBits::DEFAULT, Field::Fp127, &plan, 6), 64);
        assert_eq!(security_bits(SecurityBits::DEFAULT, Field::Goldilocks, &plan, 0), 61);
        assert_eq!(security_bits(SecurityBits::DEFAULT, Field::Goldilocks, &plan, 6), 59);
    }
}
