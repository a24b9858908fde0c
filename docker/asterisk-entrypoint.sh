#!/bin/sh
# Lays the shipped configuration over /etc/asterisk, fills in the secrets, and becomes Asterisk.
#   ARI_PASSWORD AMI_SECRET   the same as the bridge's
#   PHONE_PASSWORD            what the phones 1001 and 1002 register with
set -eu

etc=/etc/asterisk
cp -R /usr/share/pbx-bridge/asterisk/. "$etc"

# fill_in NAME: every CHANGE_ME_NAME becomes the value of the variable NAME.
fill_in() {
    value="$(printenv "$1")" || value=
    case "$value" in
    '') echo "asterisk: set $1 in the environment" >&2 && exit 1 ;;
    *[!A-Za-z0-9._-]*) echo "asterisk: $1 may hold letters, digits, . _ and - only" >&2 && exit 1 ;;
    esac
    grep -rlZ "CHANGE_ME_$1" "$etc" | xargs -0 -r sed -i "s/CHANGE_ME_$1/$value/g"
}
fill_in ARI_PASSWORD
fill_in AMI_SECRET
fill_in PHONE_PASSWORD
chown -R root:asterisk "$etc"
chmod -R u=rwX,g=rX,o= "$etc"

exec "$@"
