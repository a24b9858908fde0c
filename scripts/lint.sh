#!/usr/bin/env bash
# Every check that needs no call: style, types, the arrows between packages, scripts, dialplan, images.
# All of them run, so that one reading tells everything; exits 1 when any had something to say.
set -uo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit
PATH="$PWD/.venv/bin:$PATH"
failed=()

check() {
    printf '== %s\n' "$*"
    "$@" || failed+=("$1${2:+ $2}")
}

check ruff check .
check ruff format --check .
check mypy
check lint-imports
check shellcheck -x scripts/*.sh .ci/run
check scripts/lint-dialplan.sh
check python scripts/lint_docker.py

if [ "${#failed[@]}" -gt 0 ]; then
    printf 'lint: something to mend in:%s\n' "$(printf ' [%s]' "${failed[@]}")" >&2
    exit 1
fi
echo "lint: clean"
