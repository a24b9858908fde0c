# Asterisk 22 (LTS) from Debian's own package, with the dialplan that the tests run.
# Build from the root of the checkout:
#   docker build -f docker/asterisk.Dockerfile -t pbx-bridge-asterisk .
FROM debian:forky-slim

# Before the package makes the user itself: a number that the bridge's image shares, so that it may
# read the journal and the recordings.
RUN groupadd --gid 5060 asterisk \
 && useradd --uid 5060 --gid asterisk --home-dir /var/lib/asterisk --shell /usr/sbin/nologin asterisk
# Debian's testing suite keeps one version of a package only: there is no older one to pin.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
        asterisk \
        asterisk-core-sounds-en-gsm \
        asterisk-moh-opsound-gsm \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o asterisk -g asterisk -m 0750 \
        /run/asterisk \
        /var/log/asterisk/cel-custom \
        /var/spool/asterisk/monitor \
        /var/spool/asterisk/voicemail

# Laid over /etc/asterisk at every start, with the secrets of the environment in place.
COPY docker/asterisk /usr/share/pbx-bridge/asterisk
COPY dialplan /usr/share/pbx-bridge/asterisk/pbx-bridge
COPY --chmod=0755 docker/asterisk-entrypoint.sh /usr/local/bin/asterisk-entrypoint

EXPOSE 5060/udp
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["asterisk", "-rx", "core waitfullybooted"]
ENTRYPOINT ["asterisk-entrypoint"]
CMD ["asterisk", "-f", "-U", "asterisk", "-G", "asterisk"]
