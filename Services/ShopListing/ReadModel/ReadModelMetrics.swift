import Metrics
import ServiceLifecycle

/// Shows once a second how many shops the read model has, and what the near caches did; counting on the fast path itself costs one addition.
struct ReadModelMetrics: Service {
  let readModel: ShopReadModel
  let reads: FastReads

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      let shops = Gauge(label: "read_model_shops")
      let hits = Counter(label: "near_cache_hits_total")
      let misses = Counter(label: "near_cache_misses_total")
      let invalidations = Counter(label: "near_cache_invalidations_total")
      let evictions = Counter(label: "near_cache_evictions_total")
      let entries = Gauge(label: "near_cache_entries")
      let bytes = Gauge(label: "near_cache_bytes")
      var before = (hits: 0, misses: 0, invalidations: 0, evictions: 0)
      while !Task.isCancelled {
        // While Redis is away the last number stays.
        if let count = try? await readModel.shopCount() { shops.record(count) }
        let snapshots = try await reads.snapshots()
        let now = (
          hits: snapshots.reduce(0) { $0 + $1.hits }, misses: snapshots.reduce(0) { $0 + $1.misses },
          invalidations: snapshots.reduce(0) { $0 + $1.invalidations }, evictions: snapshots.reduce(0) { $0 + $1.evictions }
        )
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
