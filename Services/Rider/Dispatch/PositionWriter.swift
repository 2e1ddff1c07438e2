import Contracts
import Logging
import Metrics
import ServiceLifecycle

/// Writes positions that changed to the database, once a second, each rider's last one only: however often riders say where they
/// are, a rider is one row in one statement. What isn't written when the process dies is at most a second old, and comes again
/// with the next position.
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
    // What came while the last requests were answered.
    await write()
  }

  private func write() async {
    let positions = pool.takeUnwritten()
    for start in stride(from: 0, to: positions.count, by: batchSize) {
      let batch = Array(positions[start..<min(start + batchSize, positions.count)])
      do {
        try await store.write(batch)
        written.increment(by: batch.count)
      } catch {
        pool.putBack(batch)
        logger.debug("Positions can't be written now; trying again.", metadata: ["error": "\(error)"])
      }
    }
  }
}
