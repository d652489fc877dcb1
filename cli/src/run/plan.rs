//! What a study costs, from the same program without peers and without values.

use speedwell_field::Field;
use speedwell_net::PartyId;
use speedwell_online::Report;
use speedwell_stats::compute;

use super::question::Question;
use crate::failure::{Failure, Outcome};
use crate::fields::over_field;

/// The plan of a study at party `me` of so many.
pub(crate) fn plan(question: &Question, field: crate::file::value::Field, me: PartyId) -> Outcome<Report> {
    over_field!(field, F => plan_over::<F>(question, me))
}

fn plan_over<F: Field>(question: &Question, me: PartyId) -> Outcome<Report> {
    let Question { layout, receivers } = question;
    let own = vec![0; layout.cells().len()];
    speedwell_online::plan::<F, _, _>(me, layout.parties(), async |session| {
        compute(session, layout, &own, receivers).await
    })
    .map_err(|error| Failure::internal("the plan", error))
}
