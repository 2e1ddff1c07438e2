import NIOCore
import Redis
import Synchronization

/// The reads of all event loops of the server.
final class FastReads: Sendable {
  private let loops: [ObjectIdentifier: NIOLoopBound<EventLoopCache>]
  private let eventLoops: [any EventLoop]
  private let listening: Listening

  /// Whether the invalidations are heard; set once they can be.
  private final class Listening: Sendable {
    let invalidation = Mutex<RedisInvalidation?>(nil)

    var isOn: Bool { invalidation.withLock { $0?.isConnected ?? false } }
  }

  /// - Parameter cacheBytes: the bound of all near caches together; 0 turns them off.
  init(redis: RedisClient, eventLoopGroup: any EventLoopGroup, cacheBytes: Int) async throws {
    let listening = Listening()
    let eventLoops = Array(eventLoopGroup.makeIterator())
    var loops: [ObjectIdentifier: NIOLoopBound<EventLoopCache>] = [:]
    for eventLoop in eventLoops {
      loops[ObjectIdentifier(eventLoop)] = try await eventLoop.submit {
        let reader = ReadModelReader(redis: redis.connection(on: eventLoop))
        let reads = EventLoopCache(
          cacheBytes: cacheBytes / eventLoops.count, isListening: { listening.isOn }, read: { reader.answer($0) })
        return NIOLoopBound(reads, eventLoop: eventLoop)
      }.get()
    }
    self.loops = loops
    self.eventLoops = eventLoops
    self.listening = listening
  }

  /// The reads of an event loop; must be called on it.
  subscript(eventLoop: any EventLoop) -> EventLoopCache? {
    loops[ObjectIdentifier(eventLoop)]?.value
  }

  /// Begins to keep answers, whenever `invalidation` hears of changes.
  func listen(to invalidation: RedisInvalidation) {
    listening.invalidation.withLock { $0 = invalidation }
  }

  /// Takes what Redis says about changed keys to every event loop.
  func receive(_ message: RedisInvalidation.Message) {
    for eventLoop in eventLoops {
      eventLoop.execute {
        guard let reads = self[eventLoop] else { return }
        switch message {
        case .keys(let keys): reads.invalidate(keys)
        case .reset: reads.reset()
        }
      }
    }
  }

  /// What the near caches did and hold, one for each event loop.
  func snapshots() async throws -> [NearCacheSnapshot] {
    var snapshots: [NearCacheSnapshot] = []
    for eventLoop in eventLoops {
      let snapshot = try await eventLoop.submit { self[eventLoop].map { NearCacheSnapshot($0.cache) } }.get()
      if let snapshot { snapshots.append(snapshot) }
    }
    return snapshots
  }
}

/// The figures of one near cache at a moment.
struct NearCacheSnapshot: Sendable {
  let hits: Int
  let misses: Int
  let invalidations: Int
  let evictions: Int
  let entries: Int
  let bytes: Int

  init(_ cache: NearCache) {
    hits = cache.statistics.hits
    misses = cache.statistics.misses
    invalidations = cache.statistics.invalidations
    evictions = cache.statistics.evictions
    entries = cache.entryCount
    bytes = cache.byteCount
  }
}
