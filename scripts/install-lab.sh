#!/usr/bin/env bash
# Brings the closed lab to a fresh Debian or Ubuntu machine: SIPp, baresip, speech tools, PostgreSQL, Chromium,
# and two real Asterisks from Debian's own packages: 22, and 16 for those who are still on it.
#
# Asterisk is not installed on the machine. Its packages are unpacked into folders of the cache
# (PBX_BRIDGE_CACHE, by default ~/.cache/pbx-bridge) and run from there with their own C library and
# loader, as the user who starts the lab: no chroot, no root rights, no service, and whatever Asterisk
# the machine may already run is left alone.
#
# Safe to run again: what is there is kept, and with everything there it takes no noticeable time.
#
#   PBX_BRIDGE_CACHE          where the lab keeps what it fetched
#   PBX_BRIDGE_DEBIAN_MIRROR  a Debian mirror to take Asterisk from instead of Debian's own
set -euo pipefail

cache="${PBX_BRIDGE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pbx-bridge}"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The Debian release that has each version, and the packages to take from it.
declare -A suites=([22]=forky [16]=bullseye)
declare -A packages=(
    [22]="asterisk,asterisk-core-sounds-en-gsm,asterisk-moh-opsound-gsm"
    [16]="asterisk,asterisk-voicemail,asterisk-core-sounds-en-gsm,asterisk-moh-opsound-gsm"
)

# package:file that tells that it is there, for every machine's own folder a pattern
host_tools=(
    sip-tester:/usr/bin/sipp
    baresip-core:/usr/bin/baresip
    curl:/usr/bin/curl
    sox:/usr/bin/sox
    espeak-ng:/usr/bin/espeak-ng
    postgresql:/usr/bin/pg_ctlcluster
    shellcheck:/usr/bin/shellcheck
    chromium:/usr/bin/chromium
    "libatomic1:/usr/lib/*/libatomic.so.1" # for Playwright's own Node.js
    mmdebstrap:/usr/bin/mmdebstrap
    "debian-archive-keyring:$keyring"
)

# shellcheck source=scripts/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

install_host_tools() {
    local entry missing=()
    for entry in "${host_tools[@]}"; do
        compgen -G "${entry#*:}" >/dev/null || missing+=("${entry%%:*}")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    install_packages "${missing[@]}"
}

# What an unpacked root was made from; another answer than the one kept in it means: build it again.
recipe() { printf '%s %s\n' "${suites[$1]}" "${packages[$1]}"; }

has_asterisk() {
    local root="$cache/asterisk-$1"
    [ -x "$root/usr/sbin/asterisk" ] && [ "$(cat "$root/.recipe" 2>/dev/null)" = "$(recipe "$1")" ]
}

# A release that Debian no longer keeps is in its archive. The main archive alone is asked: what a
# release's security archive has of Asterisk 16 is not complete.
mirrors=("${PBX_BRIDGE_DEBIAN_MIRROR:-http://deb.debian.org/debian}" http://archive.debian.org/debian)

# Nothing of the packages is executed, only unpacked (variant "extract"), so no root rights are needed.
# Debian's testing suites may carry a Release file past its date, hence Check-Valid-Until.
fetch_packages() {
    local version="$1" target="$2" mirror="$3"
    rm -rf -- "$target"
    mmdebstrap --quiet --mode=chrootless --variant=extract --keyring="$keyring" \
        --include="${packages[$version]}" \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        "${suites[$version]}" "$target" "$mirror"
}

unpack_asterisk() {
    local version="$1" root="$cache/asterisk-$1" parts
    parts="$(mktemp -d "$cache/.asterisk-$version.XXXXXX")"
    # shellcheck disable=SC2064  # this very folder, not whatever the variable holds later
    trap "rm -rf -- '$parts'" EXIT
    say "unpacking Asterisk $version from Debian ${suites[$version]} into $root (about 20 s)"
    fetch_packages "$version" "$parts/root" "${mirrors[0]}" 2>"$parts/log" ||
        fetch_packages "$version" "$parts/root" "${mirrors[1]}" 2>>"$parts/log" ||
        fail "mmdebstrap could not fetch Asterisk $version: $(tail -n 5 "$parts/log")"
    rm -rf -- "$parts/root/usr/share/doc" "$parts/root/usr/share/man" "$parts/root/usr/share/locale"
    # What Debian's alternatives would have linked, had the packages been configured.
    ln -s en_US_f_Allison "$parts/root/usr/share/asterisk/sounds/en"
    [ -e "$parts/root/usr/share/asterisk/sounds/en/beep.gsm" ] || fail "the sound packages hold no beep"
    recipe "$version" >"$parts/root/.recipe"
    rm -rf --one-file-system -- "$root"
    mv -T -- "$parts/root" "$root"
    rm -rf -- "$parts"
}

install_host_tools
mkdir -p -- "$cache"
exec 9>"$cache/.lock"
flock 9 # two that start at once: the second finds the work done
for version in 22 16; do
    has_asterisk "$version" || unpack_asterisk "$version"
    say "ready: Asterisk $version in $cache/asterisk-$version"
done
