# The same list as the continuous integration.
check:
    .ci/run

# The long versions of the statistical and adversarial tests.
long:
    SPEEDWELL_LONG=1 cargo test --release --workspace
