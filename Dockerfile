# Pulpo as one executable on a small base. Build: docker build -t pulpo .
# The root file system may be read-only; /data holds the embedded database, the secret and uploaded files.

FROM denoland/deno:debian-2.9.6 AS build
WORKDIR /src
# Packages first: this layer stays as long as the lock file does.
COPY deno.json deno.lock ./
RUN deno install --frozen
COPY . .
RUN deno task compile && mkdir -p /out/data

FROM debian:bookworm-slim
RUN groupadd --system --gid 10001 pulpo && useradd --system --uid 10001 --gid pulpo --home-dir /data --no-create-home pulpo
COPY --from=build --chmod=0755 /src/dist/pulpo /usr/local/bin/pulpo
COPY --from=build --chown=10001:10001 --chmod=0700 /out/data /data
COPY LICENSE /usr/share/doc/pulpo/LICENSE
USER 10001:10001
WORKDIR /data
ENV PULPO_DATA_DIR=/data \
    PULPO_HOST=0.0.0.0 \
    PULPO_PORT=8080 \
    PULPO_LOG_FORMAT=json \
    DENO_NO_UPDATE_CHECK=1
VOLUME /data
# The second is that of PULPO_WS_PORT=8081, where it is set.
EXPOSE 8080 8081
# The executable asks itself; the base has neither curl nor wget.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/pulpo", "doctor", "--url", "http://127.0.0.1:8080"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/pulpo"]
CMD ["serve"]
