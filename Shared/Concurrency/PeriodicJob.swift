public import Logging
public import ServiceLifecycle

/// Work that is repeated at an interval while a service runs, such as the removal of old rows. A failed round is logged, and
/// retried at the next interval.
public struct PeriodicJob: Service {
  private let name: String
  private let interval: Duration
  private let logger: Logger
  private let round: @Sendable () async throws -> Void

  /// - Parameters:
  ///   - name: what the job does, for the log: `remove old idempotency keys`.
  ///   - interval: the pause between two rounds; the first round starts at once.
  public init(_ name: String, every interval: Duration, logger: Logger, round: @escaping @Sendable () async throws -> Void) {
    self.name = name
    self.interval = interval
    self.logger = logger
    self.round = round
  }

  /// A job that removes what is too old, in batches: a round ends when a batch removes nothing.
  /// - Parameter batch: removes up to a number of rows, and returns how many it removed.
  public static func purge<Count: BinaryInteger & Sendable & SendableMetatype>(
    _ name: String, every interval: Duration, logger: Logger, batch: @escaping @Sendable () async throws -> Count?
  ) -> PeriodicJob {
    PeriodicJob(name, every: interval, logger: logger) { while try await batch() ?? 0 > 0 {} }
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          try await round()
        } catch {
          logger.debug("A periodic job failed; it is retried.", metadata: ["job": "\(name)", "error": "\(error)"])
        }
        try? await Task.sleep(for: interval)
      }
    }
  }
}
