import Metrics
import ServiceLifecycle

/// Exports the near caches' counters once a second, so that a cache hit itself costs only one addition.
struct NearCacheMetrics: Service {
  let caches: NearCaches

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      let hits = Counter(label: "near_cache_hits_total")
      let misses = Counter(label: "near_cache_misses_total")
      let invalidations = Counter(label: "near_cache_invalidations_total")
      let evictions = Counter(label: "near_cache_evictions_total")
      let entries = Gauge(label: "near_cache_entries")
      let bytes = Gauge(label: "near_cache_bytes")
      var before = NearCache.Statistics()
      while !Task.isCancelled {
        let snapshots = try await caches.snapshots()
        let now = snapshots.reduce(into: NearCache.Statistics()) { $0.add($1.statistics) }
        hits.increment(by: now.hits - before.hits)
        misses.increment(by: now.misses - before.misses)
        invalidations.increment(by: now.invalidations - before.invalidations)
        evictions.increment(by: now.evictions - before.evictions)
        entries.record(snapshots.reduce(0) { $0 + $1.entries })
        bytes.record(snapshots.reduce(0) { $0 + $1.bytes })
        before = now
        try? await Task.sleep(for: .seconds(1))
      }
    }
  }
}
