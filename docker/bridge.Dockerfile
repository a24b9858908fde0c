# The bridge. Build from the root of the checkout:
#   docker build -f docker/bridge.Dockerfile -t pbx-bridge .
FROM python:3.13-slim-trixie AS build

WORKDIR /src
COPY pyproject.toml README.md requirements.lock ./
COPY pbx_bridge pbx_bridge
COPY crm_store crm_store
COPY dialplan dialplan
# The versions that the tests ran with; the lock's hashes belong to more than what runs here.
RUN python -m venv /opt/pbx-bridge \
 && sed -nE 's/^([A-Za-z0-9._-]+==[^ ;\\]+).*/\1/p' requirements.lock > constraints.txt \
 && /opt/pbx-bridge/bin/pip install --no-cache-dir --constraint constraints.txt .


FROM python:3.13-slim-trixie

COPY --from=build /opt/pbx-bridge /opt/pbx-bridge
# Group 5060 is the Asterisk image's as well: it may read the journal and the recordings.
RUN groupadd --gid 5060 asterisk \
 && useradd --uid 5061 --gid asterisk --home-dir /var/lib/pbx-bridge --create-home pbx-bridge
ENV PATH=/opt/pbx-bridge/bin:$PATH

USER 5061:5060
WORKDIR /var/lib/pbx-bridge
EXPOSE 8090
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8090/healthz', timeout=2)"]
ENTRYPOINT ["pbx-bridge"]
CMD ["--config", "/etc/pbx-bridge/pbx-bridge.toml", "run"]
