#!/usr/bin/env bash
# All that needs a GPU, in ten minutes: the CUDA tests, the kernels' times beside the CPU's,
# ResNet-18 on CIFAR-10 in batches of 1,000, and fine-tuning beside a frozen net.
#
#     bash benchmarks/gpu/run.sh [FOLDER [PART...]]  # results go to FOLDER, else results/gpu/raw
#     bash benchmarks/gpu/run.sh --quick [FOLDER]    # tiny sizes, on the CPU too: does it all run?
#
# Its parts are tests, kernels, resnet and finetuning: those that are named, else all of them.
#
# On a machine without the network run `python benchmarks/gpu/prepare.py` first, elsewhere, and
# bring benchmarks/gpu/carried along.  Each part ends by itself within its seconds; what it has by
# then is written.  README.md has more.
set -u
cd "$(dirname "$0")/../.."
quick=""
if [ "${1:-}" = "--quick" ]; then quick="--quick"; shift; fi
out=$(realpath -m "${1:-benchmarks/results/${quick:+quick/}gpu/raw}")
python=${PYTHON:-$(command -v python3 || command -v python)}
parts=" ${*:2} "
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
for wheel in benchmarks/gpu/carried/*.whl; do  # of pure Python: they are read as they are
    [ -f "$wheel" ] && export PYTHONPATH="$PYTHONPATH:$PWD/$wheel"
done

card=$("$python" -c 'import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else "")') || {
    echo "This needs torch, which $python does not have: set PYTHON= to a Python that has it."
    exit 1
}
if [ -z "$card" ] && [ -z "$quick" ]; then
    echo "There is no CUDA device on this machine, so nothing was measured; --quick tries it all on the CPU."
    exit 0
fi
mkdir -p "$out"
echo "on ${card:-the CPU}, results in $out"

part() { # NAME SECONDS COMMAND...: what it says goes to NAME.txt too
    local name=$1 seconds=$2
    shift 2
    [[ $parts = "  " || $parts = *" $name "* ]] || return 0
    echo "== $name"
    timeout --kill-after=5 "$seconds" "$@" 2>&1 | tee "$out/$name.txt"
    local code=${PIPESTATUS[0]}
    if [ "$code" = 124 ]; then echo "$name was stopped after $seconds s" | tee -a "$out/$name.txt"; fi
    [ "$code" = 0 ] || failed="$failed $name"
}

failed=""
part tests 120 "$python" -m pytest -q -p no:cacheprovider -rs -k "cuda or on_the_device" -m "slow or not slow" \
    tests/strategies/test_invariants.py tests/kernels/test_distances.py tests/models/test_nets.py
part kernels 110 "$python" benchmarks/gpu/on_device.py kernels --seconds 100 --out "$out" $quick
part resnet 190 "$python" benchmarks/gpu/on_device.py resnet --seconds 170 --out "$out" $quick
part finetuning 150 "$python" benchmarks/gpu/on_device.py finetuning --seconds 130 --out "$out" $quick
if [ -n "$failed" ]; then echo "Not whole:$failed"; exit 1; fi
