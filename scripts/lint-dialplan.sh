#!/usr/bin/env bash
# Runs asterisklint over the dialplan as an administrator includes it: docker/asterisk's
# extensions.conf with dialplan/ beside it as pbx-bridge/, the layout of a real /etc/asterisk.
# Exits 1 when asterisklint has anything to say. No finding is filtered: what asterisklint is too
# old to know (StasisBroadcast, IFMODULE) it is taught by the custom command in asterisk-22/.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
unset ALINT_IGNORE

etc="$(mktemp -d)"
trap 'rm -rf -- "$etc"' EXIT
cp docker/asterisk/*.conf "$etc"
cp -R dialplan "$etc/pbx-bridge"

asterisklint=asterisklint
[ -x .venv/bin/asterisklint ] && asterisklint=.venv/bin/asterisklint
PYTHONPATH="$PWD/scripts/asterisk-22${PYTHONPATH:+:$PYTHONPATH}" \
    "$asterisklint" dialplan-check-22 "$etc/extensions.conf"
echo "dialplan: asterisklint has nothing to say"
