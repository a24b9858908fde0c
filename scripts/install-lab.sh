#!/usr/bin/env bash
# Brings the closed lab to a fresh Debian or Ubuntu machine: SIPp, baresip, speech tools, PostgreSQL, Chromium,
# and a real Asterisk 22 from Debian's own packages.
#
# Asterisk is not installed on the machine. Its packages are unpacked into a folder of the cache
# (PBX_BRIDGE_CACHE, by default ~/.cache/pbx-bridge) and run from there with their own C library and
# loader, as the user who starts the lab: no chroot, no root rights, no service, and whatever Asterisk
# the machine may already run is left alone.
#
# Safe to run again: what is there is kept, and with everything there it takes no noticeable time.
#
#   PBX_BRIDGE_CACHE          where the lab keeps what it fetched
#   PBX_BRIDGE_DEBIAN_MIRROR  a Debian mirror to take Asterisk from instead of mmdebstrap's default
set -euo pipefail

cache="${PBX_BRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pbx-bridge}"
root="$cache/asterisk-22"
suite=forky # the Debian release whose asterisk package is 22, the LTS that the lab plays on
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
asterisk_packages=asterisk,asterisk-core-sounds-en-gsm,asterisk-moh-opsound-gsm

# package:file that tells that it is there
host_tools=(
    sip-tester:/usr/bin/sipp
    baresip-core:/usr/bin/baresip
    sox:/usr/bin/sox
    espeak-ng:/usr/bin/espeak-ng
    postgresql:/usr/bin/pg_ctlcluster
    shellcheck:/usr/bin/shellcheck
    chromium:/usr/bin/chromium
    mmdebstrap:/usr/bin/mmdebstrap
    "debian-archive-keyring:$keyring"
)

# shellcheck source=scripts/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

install_host_tools() {
    local entry missing=()
    for entry in "${host_tools[@]}"; do
        [ -e "${entry#*:}" ] || missing+=("${entry%%:*}")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    install_packages "${missing[@]}"
}

# What the unpacked root was made from; another answer than the one kept in it means: build it again.
recipe() { printf '%s %s\n' "$suite" "$asterisk_packages"; }

has_asterisk() {
    [ -x "$root/usr/sbin/asterisk" ] && [ "$(cat "$root/.recipe" 2>/dev/null)" = "$(recipe)" ]
}

# Nothing of the packages is executed, only unpacked (variant "extract"), so no root rights are needed.
# Debian's testing suites may carry a Release file past its date, hence Check-Valid-Until.
unpack_asterisk() {
    local parts
    parts="$(mktemp -d "$cache/.asterisk-22.XXXXXX")"
    # shellcheck disable=SC2064  # this very folder, not whatever the variable holds later
    trap "rm -rf -- '$parts'" EXIT
    say "unpacking Asterisk 22 from Debian $suite into $root (about 20 s)"
    mmdebstrap --quiet --mode=chrootless --variant=extract --keyring="$keyring" \
        --include="$asterisk_packages" \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        "$suite" "$parts/root" ${PBX_BRIDGE_DEBIAN_MIRROR:+"$PBX_BRIDGE_DEBIAN_MIRROR"} \
        2>"$parts/log" || fail "mmdebstrap could not fetch Asterisk: $(tail -n 5 "$parts/log")"
    rm -rf -- "$parts/root/usr/share/doc" "$parts/root/usr/share/man" "$parts/root/usr/share/locale"
    # What Debian's alternatives would have linked, had the packages been configured.
    ln -s en_US_f_Allison "$parts/root/usr/share/asterisk/sounds/en"
    [ -e "$parts/root/usr/share/asterisk/sounds/en/beep.gsm" ] || fail "the sound packages hold no beep"
    recipe >"$parts/root/.recipe"
    rm -rf --one-file-system -- "$root"
    mv -T -- "$parts/root" "$root"
    rm -rf -- "$parts"
}

install_host_tools
mkdir -p -- "$cache"
exec 9>"$cache/.lock"
flock 9 # two that start at once: the second finds the work done
has_asterisk || unpack_asterisk
say "ready: Asterisk 22 in $root"
