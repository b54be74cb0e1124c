# The service without its servers: compose.yaml brings those.
FROM node:20-bookworm-slim AS web
WORKDIR /app/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY web/ ./
RUN npm run build

FROM python:3.11-slim-bookworm
WORKDIR /app
# The charts and maps of bulletins are written in Chinese.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY domain domain
COPY geofence geofence
COPY alerts alerts
COPY runtime runtime
COPY storage storage
COPY ingest ingest
COPY docking docking
COPY exports exports
COPY api api
COPY simulators simulators
COPY haulwatch haulwatch
RUN pip install --no-cache-dir -c constraints.txt -e . && useradd --create-home haulwatch
COPY --from=web /app/web/dist web/dist
USER haulwatch
ENV HAULWATCH_DATA_DIR=/home/haulwatch/data HAULWATCH_LOG_FORMAT=json
ENTRYPOINT ["haulwatch"]
CMD ["--help"]
