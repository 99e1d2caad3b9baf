# Built JavaScript and its one library with a binary, on a slim Node; nothing is compiled and nothing else is shipped.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN node scripts/build.ts

FROM node:24-slim
LABEL org.opencontainers.image.title="lockwarden" \
      org.opencontainers.image.description="Automates locks by rules, each action exactly once" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY bin ./bin
COPY rules ./rules
COPY --from=build /build/dist ./dist
COPY --from=build /build/node_modules/better-sqlite3 ./node_modules/better-sqlite3
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
WORKDIR /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=20s \
  CMD ["node", "/app/bin/lockwarden.js", "health", "--config", "/data/config.yaml"]
ENTRYPOINT ["node", "/app/bin/lockwarden.js"]
CMD ["run", "--config", "/data/config.yaml"]
