#!/usr/bin/env bash
# Builds every fuzz target as OSS-Fuzz and ClusterFuzzLite want it: the checkout is $SRC/sprag, what is to be run goes to
# $OUT, each program with its corpus and its options.
set -euo pipefail

cd -- "$SRC/sprag"

# The images pin a nightly toolchain of their own.
if [ -n "${RUSTUP_TOOLCHAIN:-}" ]; then export SPRAG_FUZZ_TOOLCHAIN=$RUSTUP_TOOLCHAIN; fi
export SPRAG_FUZZ_SANITIZER=${SANITIZER:-address}
fuzz/run --build

host=$(rustc -vV | sed -n 's/^host: //p')
programs=${CARGO_TARGET_DIR:-$PWD/fuzz/target}/$host/release
for target in fuzz/fuzz_targets/*.rs; do
    name=$(basename -- "$target" .rs)
    cp -- "$programs/$name" "$OUT/$name"
    # The mutator needs room from the start.
    printf '[libfuzzer]\nmax_len = 4096\nlen_control = 0\n' >"$OUT/$name.options"
    if [ -d "fuzz/corpus/$name" ]; then
        python3 -m zipfile -c "$OUT/${name}_seed_corpus.zip" "fuzz/corpus/$name"/*
    fi
done
