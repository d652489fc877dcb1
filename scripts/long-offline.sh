#!/usr/bin/env bash
# LowGear at length: every kind over the scalar fields of BLS12-381 and BN254, and a million of every kind over Fp127 among 2, 3
# and 5 parties (SPEEDWELL_PARTIES="3 5" for some of these); put together and compared with its definition: values, MACs, no repetitions.
# About ten minutes on two quiet cores. Prints a line for each kind, with commit and time, for docs/long-runs.md.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "commit $(git rev-parse --short HEAD), $(rustc --version), $(date -u +%FT%TZ), load $(cut -d' ' -f1 /proc/loadavg)"
cargo test --locked --release -p speedwell-offline --lib -- --ignored --nocapture --test-threads 1 lowgear
echo "ended $(date -u +%FT%TZ)"
