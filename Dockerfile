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
# Every service of the catalogue, and the tools, without debug information; and the libraries of Swift that they share.
RUN Deploy/build image \
 && mkdir -p /programs /libraries \
 && for program in $(Deploy/catalogue names) sample-shops demo simulator auditor; do \
      strip -o "/programs/$program" ".build/release/$program" || exit 1; \
    done \
 && for library in $(ldd /programs/* | awk '/\/swift\/linux\// { print $3 }' | sort -u); do \
      strip -o "/libraries/$(basename "$library")" "$library" || exit 1; \
    done

FROM debian:bookworm-slim AS run
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends ca-certificates libhiredis0.14 libpq5 \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /usr/share/doc /usr/share/info /usr/share/locale /usr/share/man \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin baedal
COPY --from=build /libraries/ /usr/local/lib/
RUN ldconfig
COPY --from=build /programs/ /usr/local/bin/
COPY Deploy/compose/is-ready /usr/local/bin/is-ready

# Without the files that were removed from the base.
FROM scratch
COPY --from=run / /
# The revision, for the reports of load and audit.
ARG COMMIT=unknown
ENV COMMIT=$COMMIT PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# As Deploy/launch explains.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=4194304
USER baedal
STOPSIGNAL SIGTERM
CMD ["shop", "--help"]
