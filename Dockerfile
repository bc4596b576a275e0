# The hub alone, for a PostgreSQL of your own. README.md, "In containers", says how it is used.
FROM node:24.21.0-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without the optional packages: they are the Node and the PostgreSQL that the image and the database bring themselves.
RUN npm ci --ignore-scripts --omit=optional
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY migrations migrations
COPY schema schema
COPY bench bench
# Benches share parts with the tests, and are compiled with the rest.
COPY test test
RUN npm run build && npm prune --ignore-scripts --omit=dev --omit=optional

FROM node:24.21.0-trixie-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 TOCSIN_FOLDER=/data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY LICENSE ./
# Of the image the process can change nothing but these: the keys that sign, and the anchor. Mount each, apart from the
# database and from each other; docs/keys.md says why.
RUN mkdir -m 700 /data /anchor && chown node:node /data /anchor
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/tocsin.js"]
CMD ["serve", "--migrate"]
