#!/bin/sh
# Runs every fuzz target: fuzz/run.sh COUNT [TARGET…] (default: 1,000,000 inputs each, all targets).
# Needs cargo-fuzz (cargo install cargo-fuzz --locked) and a C++ compiler; no sanitizer, so that the
# pinned toolchain does. Inputs that fail are left in fuzz/artifacts/TARGET.
set -eu
cd "$(dirname "$0")"
count=${1:-1000000}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- $(ls fuzz_targets | sed 's/\.rs$//')
export RUSTC_BOOTSTRAP=1
for target in "$@"; do
    mkdir -p "corpus/$target" "seeds/$target"
    echo "== $target, $count inputs"
    cargo fuzz run --fuzz-dir . -s none "$target" "corpus/$target" "seeds/$target" -- \
        -runs="$count" -print_final_stats=1 -verbosity=0 -timeout=10 -rss_limit_mb=1024
done
