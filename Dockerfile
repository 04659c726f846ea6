# Poolhouse for production: what runs, and nothing that only tests need. See examples/docker-compose.
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY LICENSE poolhouse.js ./
COPY src ./src
COPY tools/compile.mjs tools/
# Compiled here, as the user and with the flags of the server: a container forgets what it compiles, and each of its starts
# would take twice as long and 18 MB more. Then nobody may write there.
RUN install -d -o node -g node -m 700 /data node_modules/.cache \
  && setpriv --reuid=node --regid=node --clear-groups node --max-semi-space-size=4 --heap-growing-percent=50 --expose-gc tools/compile.mjs \
  && chown -R root:root node_modules/.cache && chmod -R a+rX node_modules/.cache
USER node
VOLUME /data
EXPOSE 4100
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4100/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The flags of `npm start`: a small young generation, and an old one that is collected when it is half as large again as what
# lives in it, keep memory low and cost no throughput.
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=50", "--expose-gc", "poolhouse.js"]
CMD ["start", "--data", "/data"]
