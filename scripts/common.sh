# shellcheck shell=bash
# What the scripts that set a machine up share. Sourced, never run.

say() { printf '%s: %s\n' "$(basename -- "$0" .sh)" "$*"; }

fail() {
    printf '%s: %s\n' "$(basename -- "$0" .sh)" "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "root rights are needed to run '$*', and there is no sudo: run it as root"
    fi
}

# install_packages NAME...: from the machine's own Debian or Ubuntu archive.
install_packages() {
    command -v apt-get >/dev/null || fail "no apt-get here: on Debian or Ubuntu it would install $*"
    say "installing $*"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
}
