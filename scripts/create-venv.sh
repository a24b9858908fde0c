#!/usr/bin/env bash
# Makes .venv beside the Makefile: the locked dependencies, by hash, and the project itself, editable.
# PYTHON names another interpreter than python3; it must be 3.11 or newer.
set -euo pipefail

# shellcheck source=scripts/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

python="${PYTHON:-python3}"

command -v "$python" >/dev/null || install_packages python3 python3-venv
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is $("$python" -V 2>&1), and pbx-bridge needs Python 3.11 or newer: name one with PYTHON=..."
"$python" -c 'import ensurepip' 2>/dev/null || install_packages python3-venv

# A copied or half-made environment is thrown away rather than mended.
.venv/bin/python -c 'import pip' 2>/dev/null || "$python" -m venv --clear .venv
say "installing the locked dependencies into .venv"
.venv/bin/python -m pip install --quiet --use-pep517 --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --no-deps -e .
touch .venv
