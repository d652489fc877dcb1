#!/usr/bin/env bash
# A million of every kind of LowGear material among 2, 3 and 5 parties, put together and compared with its definition: values, MACs,
# no repetitions. About ten minutes on two cores. Prints a line for each kind, with the commit, for docs/long-runs.md.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "commit $(git rev-parse --short HEAD), $(rustc --version)"
cargo test --locked --release -p speedwell-offline --lib -- --ignored --nocapture a_million_of_every_kind
