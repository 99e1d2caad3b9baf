# Built JavaScript and its one library with a binary, on a slim Node; nothing is compiled and nothing else is shipped.
# All that runs while building runs on the builder's own processor: what it makes is the same for every other.
FROM --platform=$BUILDPLATFORM node:24-slim AS build
ARG TARGETARCH
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json LICENSE ./
COPY scripts ./scripts
COPY src ./src
# What it is made of, for --version: git's own folder is not handed to the builder.
ARG COMMIT
ARG COMMIT_DATE
RUN node scripts/build.ts && node scripts/image.ts image "$TARGETARCH"

FROM node:24-slim
LABEL org.opencontainers.image.title="lockwarden" \
      org.opencontainers.image.description="Automates locks by rules, each action exactly once" \
      org.opencontainers.image.licenses="MIT"
# A signal opens no debugger.
ENV NODE_ENV=production NODE_OPTIONS=--disable-sigusr1
COPY package.json LICENSE config.example.yaml /app/
COPY bin /app/bin
COPY rules /app/rules
COPY --from=build /build/dist /app/dist
COPY --from=build /build/image/node_modules /app/node_modules
COPY --from=build /build/image/lockwarden /usr/local/bin/lockwarden
COPY --from=build --chown=1000:1000 /build/image/data /data
USER 1000:1000
VOLUME /data
WORKDIR /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=20s --retries=3 \
  CMD ["node", "/app/bin/lockwarden.js", "health", "--config", "/data/config.yaml"]
ENTRYPOINT ["node", "/app/bin/lockwarden.js"]
# An engine answers an end with the next start, for ever; a faulty config is waited for instead.
CMD ["run", "--wait", "--config", "/data/config.yaml"]
