# One image with every executable of the project; the command selects one: `docker run baedal shop`.
FROM swift:6.3-bookworm AS build
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libpq-dev libhiredis-dev pkg-config python3 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# Dependencies change rarely: they have their own layer.
COPY Package.swift Package.resolved* ./
RUN swift package resolve
COPY . .
# Every service of the catalogue, and the tools
RUN swift build -c release --static-swift-stdlib \
 && mkdir /programs \
 && services=$(Deploy/catalogue names) \
 && for program in $services sample-shops demo simulator auditor; do \
      install "$(swift build -c release --static-swift-stdlib --show-bin-path)/$program" /programs && strip "/programs/$program" || exit 1; \
    done

FROM debian:bookworm-slim
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates libpq5 libhiredis0.14 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin baedal
COPY --from=build /programs/ /usr/local/bin/
COPY Deploy/compose/is-ready /usr/local/bin/is-ready
# Two malloc arenas are enough for a few threads; the default, eight per core, keeps unused memory.
ENV MALLOC_ARENA_MAX=2
USER baedal
STOPSIGNAL SIGTERM
CMD ["shop", "--help"]
