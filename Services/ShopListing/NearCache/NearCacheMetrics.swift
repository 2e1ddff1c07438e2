import Metrics
import Synchronization

/// The near caches' counters, exported at an interval so that a cache hit itself costs only one addition.
final class NearCacheMetrics: Sendable {
  private let caches: NearCaches
  private let hits = Counter(label: "near_cache_hits_total")
  private let misses = Counter(label: "near_cache_misses_total")
  private let invalidations = Counter(label: "near_cache_invalidations_total")
  private let evictions = Counter(label: "near_cache_evictions_total")
  private let entries = Gauge(label: "near_cache_entries")
  private let bytes = Gauge(label: "near_cache_bytes")
  private let exported = Mutex(NearCache.Statistics())

  init(caches: NearCaches) {
    self.caches = caches
  }

  func record() async throws {
    let snapshots = try await caches.snapshots()
    let now = snapshots.reduce(into: NearCache.Statistics()) { $0.add($1.statistics) }
    let before = exported.withLock { exported in
      defer { exported = now }
      return exported
    }
    hits.increment(by: now.hits - before.hits)
    misses.increment(by: now.misses - before.misses)
    invalidations.increment(by: now.invalidations - before.invalidations)
    evictions.increment(by: now.evictions - before.evictions)
    entries.record(snapshots.reduce(0) { $0 + $1.entries })
    bytes.record(snapshots.reduce(0) { $0 + $1.bytes })
  }
}
