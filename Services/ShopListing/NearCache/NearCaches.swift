import NIOCore
import Redis
import Synchronization

/// The near caches of the server, one for each event loop.
final class NearCaches: Sendable {
  private let caches: [ObjectIdentifier: NIOLoopBound<EventLoopCache>]
  private let eventLoops: [any EventLoop]
  private let tracking: Tracking

  /// The source of invalidations, set after the caches exist.
  private final class Tracking: Sendable {
    let invalidation = Mutex<RedisInvalidation?>(nil)

    var isConnected: Bool { invalidation.withLock { $0?.isConnected ?? false } }
  }

  /// - Parameter cacheBytes: the bound of all caches together; 0 disables them.
  init(redis: RedisClient, eventLoopGroup: any EventLoopGroup, cacheBytes: Int) async throws {
    let tracking = Tracking()
    let eventLoops = Array(eventLoopGroup.makeIterator())
    var caches: [ObjectIdentifier: NIOLoopBound<EventLoopCache>] = [:]
    for eventLoop in eventLoops {
      caches[ObjectIdentifier(eventLoop)] = try await eventLoop.submit {
        let reader = ReadModelReader(redis: redis.connection(on: eventLoop))
        let cache = EventLoopCache(
          cacheBytes: cacheBytes / eventLoops.count, isTracking: { tracking.isConnected }, read: { reader.response(to: $0) })
        return NIOLoopBound(cache, eventLoop: eventLoop)
      }.get()
    }
    self.caches = caches
    self.eventLoops = eventLoops
    self.tracking = tracking
  }

  /// The cache of an event loop; must be called on it.
  subscript(eventLoop: any EventLoop) -> EventLoopCache? {
    caches[ObjectIdentifier(eventLoop)]?.value
  }

  /// Enables caching while `invalidation` is connected. Its messages must be passed to ``receive(_:)``.
  func track(_ invalidation: RedisInvalidation) {
    tracking.invalidation.withLock { $0 = invalidation }
  }

  /// Applies an invalidation to every event loop's cache.
  func receive(_ message: RedisInvalidation.Message) {
    for eventLoop in eventLoops {
      eventLoop.execute {
        guard let cache = self[eventLoop] else { return }
        switch message {
        case .keys(let keys): cache.invalidate(keys)
        case .reset: cache.reset()
        }
      }
    }
  }

  /// A snapshot of each cache.
  func snapshots() async throws -> [NearCacheSnapshot] {
    var snapshots: [NearCacheSnapshot] = []
    for eventLoop in eventLoops {
      let snapshot = try await eventLoop.submit { self[eventLoop].map { NearCacheSnapshot($0.cache) } }.get()
      if let snapshot { snapshots.append(snapshot) }
    }
    return snapshots
  }
}

/// The statistics and the size of a near cache.
struct NearCacheSnapshot: Sendable {
  let statistics: NearCache.Statistics
  let entries: Int
  let bytes: Int

  init(_ cache: NearCache) {
    statistics = cache.statistics
    entries = cache.entryCount
    bytes = cache.byteCount
  }
}
