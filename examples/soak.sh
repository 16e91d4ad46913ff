#!/usr/bin/env bash
# Whether a producer's memory stays within its bound against a slow cluster: ten million records at full speed, with 4
# partitions and with 1,000, then ten minutes. Fails when more is held than `ProducerConf::buffer_memory` says.
# Usage: examples/soak.sh [RECORDS [SECONDS [DELAY_MS]]]
set -euo pipefail
cd "$(dirname "$0")/.."
records=${1:-10000000} seconds=${2:-600} delay_ms=${3:-2}

cargo build --release --quiet --example perf_producer --example perf_sink
programs=${CARGO_TARGET_DIR:-target}/release/examples
folder=$(mktemp -d)
sink=
end() {
  [ -z "$sink" ] || kill "$sink" 2>/dev/null || true
  rm -rf "$folder"
}
trap end EXIT

soak() { # PARTITIONS DELAY_MS OPTION...
  local partitions=$1 delay_ms=$2
  shift 2
  # That of the sink before.
  rm -f "$folder/address"
  "$programs/perf_sink" --discard --delay-ms "$delay_ms" --partitions "$partitions" >"$folder/address" &
  sink=$!
  until [ -s "$folder/address" ]; do
    kill -0 "$sink"
    sleep 0.1
  done
  "$programs/perf_producer" soak --brokers "$(cat "$folder/address")" --partitions "$partitions" "$@"
  kill "$sink"
  wait "$sink" 2>/dev/null || true
  sink=
}

soak 4 "$delay_ms" --records "$records"
# With more partitions a request takes more.
soak 1000 $((delay_ms * 20)) --records "$records"
soak 4 "$delay_ms" --seconds "$seconds"
