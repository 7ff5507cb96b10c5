#!/bin/bash -eu
# Builds every fuzz target as ClusterFuzzLite and OSS-Fuzz ask for it: their environment says with which sanitizer, and each target
# is put into $OUT beside its seeds, its dictionary and its options. scripts/fuzz-engine runs this as they do.
cd "$SRC/lengthwise"

[ "${FUZZING_LANGUAGE:-rust}" = rust ] || { echo "build.sh: $FUZZING_LANGUAGE is not rust" >&2; exit 1; }
[ "${FUZZING_ENGINE:-libfuzzer}" = libfuzzer ] ||
    { echo "build.sh: the targets run under libFuzzer, not under $FUZZING_ENGINE" >&2; exit 1; }
case ${SANITIZER:-address} in
    address) sanitizer=address ;;
    # Rust has none for undefined behaviour, and what coverage needs is in RUSTFLAGS.
    none | undefined | coverage) sanitizer=none ;;
    *) echo "build.sh: there is no build with the sanitizer $SANITIZER" >&2; exit 1 ;;
esac

target_dir=${WORK:-fuzz}/target
cargo fuzz build --release --debug-assertions --sanitizer "$sanitizer" --target-dir "$target_dir"

built=$target_dir/$(rustc -vV | sed -n 's/^host: //p')/release
for target in $(cargo fuzz list); do
    # It fails on purpose, and would be reported every day.
    [ "$target" != canary ] || continue
    cp "$built/$target" "$OUT/"
    cp fuzz/oss-fuzz/libfuzzer.options "$OUT/$target.options"
    seeds=("fuzz/corpus/$target")
    [ ! -d "fuzz/regressions/$target" ] || seeds+=("fuzz/regressions/$target")
    rm -f "$OUT/${target}_seed_corpus.zip"
    zip -jqr "$OUT/${target}_seed_corpus.zip" "${seeds[@]}"
    dictionary=$target
    # Their inputs are the decoder's.
    case $target in differential | frame_reader) dictionary=decoder ;; esac
    [ ! -f "fuzz/dictionaries/$dictionary.dict" ] ||
        cp "fuzz/dictionaries/$dictionary.dict" "$OUT/$target.dict"
done
