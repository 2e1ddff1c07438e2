import Contracts
import Logging
import Metrics
import ServiceLifecycle

/// Writes changed positions to the database once per interval, only the last one of each rider: a rider is one row of one statement,
/// however often the position changes. A crash loses at most one interval of positions; the rider's next report replaces them.
struct PositionWriter: Service {
  let store: any RiderStore
  let pool: RiderPool
  let interval: Duration
  let logger: Logger
  private let batchSize = 1000
  private let written = Counter(label: "rider_positions_written_total")

  init(store: any RiderStore, pool: RiderPool, interval: Duration = .seconds(1), logger: Logger) {
    self.store = store
    self.pool = pool
    self.interval = interval
    self.logger = logger
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: interval)
        await write()
      }
    }
    // The positions of the last requests before the shutdown.
    await write()
  }

  private func write() async {
    let positions = pool.drainUnwritten()
    for start in stride(from: 0, to: positions.count, by: batchSize) {
      let batch = Array(positions[start..<min(start + batchSize, positions.count)])
      do {
        try await store.write(batch)
        written.increment(by: batch.count)
      } catch {
        pool.requeue(batch)
        logger.debug("Writing positions failed; it is retried.", metadata: ["error": "\(error)"])
      }
    }
  }
}
