import Concurrency
public import Contracts
public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization
import Telemetry

/// A read model, and the owner of its aggregates, as the reconciler compares and repairs them.
public protocol Reconcilable: Sendable {
  /// A page of the owner's versions in the order of ids, deleted aggregates included; with `changedSince` only those changed at
  /// or after that time.
  func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<AggregateVersion>

  /// Whether the read model was built in full and has not been lost since.
  func isBuilt() async throws -> Bool
  /// Records that a build has begun, in the same store as the read model, so that both are lost together.
  func beginBuild() async throws
  /// Records there that the read model was built in full since `beginBuild`; false if it was lost in between.
  func finishBuild() async throws -> Bool
  /// The versions held of these ids, in order; `nil` where there is none.
  func heldVersions(of ids: [Identifier]) async throws -> [Int64?]
  /// Fetches these aggregates from their owner and writes them.
  func repair(_ ids: [Identifier]) async throws
}

/// Keeps a read model consistent with its source, whatever events were lost.
///
/// Recent changes are compared often, everything rarely; an emptied read model is detected within a second and rebuilt.
public final class Reconciler: Service, Sendable {
  public struct Configuration: Sendable {
    /// How often it is checked that the read model still exists.
    public var watchInterval: Duration = .milliseconds(500)
    /// How often recent changes are compared, and how far back: transactions that commit late carry an older time.
    public var recentInterval: Duration = .seconds(5)
    public var recentOverlap: Duration = .seconds(10)
    /// How often everything is compared.
    public var fullInterval: Duration = .seconds(600)

    public init() {}
  }

  private let target: any Reconcilable
  private let configuration: Configuration
  private let logger: Logger
  private let requested = Mutex(false)
  private let repaired: Counter

  public init(
    _ target: any Reconcilable, configuration: Configuration = Configuration(), logger: Logger
  ) {
    self.target = target
    self.configuration = configuration
    self.logger = logger
    repaired = Counter(label: "reconcile_repaired_total")
  }

  /// Requests a full comparison in the next round; returns at once.
  public func requestFull() {
    requested.withLock { $0 = true }
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown { await self.loop() }
  }

  private func loop() async {
    var backoff = Backoff(from: .milliseconds(100), to: .seconds(1))
    var lastRecent: ContinuousClock.Instant?
    var lastFull: ContinuousClock.Instant?
    while !Task.isCancelled {
      do {
        let now = ContinuousClock.now
        let isBuilt = try await target.isBuilt()
        let isRequested = requested.withLock { requested in
          defer { requested = false }
          return requested
        }
        if !isBuilt || isRequested || lastFull.map({ now - $0 >= configuration.fullInterval }) ?? true {
          let started = Timestamp.now()
          try await target.beginBuild()
          let count = try await compare(changedSince: nil)
          guard try await target.finishBuild() else { throw LostDuringBuild() }
          lastFull = now
          lastRecent = now
          logger.notice(
            "The read model was compared with its source in full.",
            metadata: ["repaired": "\(count)", "milliseconds": "\(Timestamp.now().milliseconds(since: started))"])
        } else if lastRecent.map({ now - $0 >= configuration.recentInterval }) ?? true {
          let overlap = (configuration.recentInterval + configuration.recentOverlap).wholeMilliseconds
          let since = Timestamp(milliseconds: Timestamp.now().milliseconds - overlap)
          let count = try await compare(changedSince: since)
          lastRecent = now
          if count > 0 { logger.info("The read model was repaired.", metadata: ["repaired": "\(count)"]) }
        }
        backoff.reset()
        try await Task.sleep(for: configuration.watchInterval)
      } catch is CancellationError {
        return
      } catch {
        logger.info("Comparing the read model with its source failed; retrying.", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: backoff.next())
      }
    }
  }

  /// Repairs differences, a page at a time; the next page is fetched while one is repaired.
  ///
  /// - Returns: how many aggregates were behind.
  func compare(changedSince: Timestamp?) async throws -> Int {
    var behind = 0
    var current = try await target.versions(changedSince: changedSince, cursor: nil)
    while true {
      let cursor = current.nextCursor
      async let next = page(after: cursor, changedSince: changedSince)
      behind += try await repair(current.items)
      guard let nextPage = try await next else { return behind }
      current = nextPage
    }
  }

  private func page(after cursor: String?, changedSince: Timestamp?) async throws -> Page<AggregateVersion>? {
    guard let cursor else { return nil }
    return try await target.versions(changedSince: changedSince, cursor: cursor)
  }

  private func repair(_ versions: [AggregateVersion]) async throws -> Int {
    let held = try await target.heldVersions(of: versions.map(\.id))
    let behind = zip(versions, held).filter { $0.version > $1 ?? 0 }.map(\.0.id)
    if !behind.isEmpty {
      try await target.repair(behind)
      repaired.increment(by: behind.count)
    }
    return behind.count
  }
}

/// The read model was emptied while it was being built: the first writes are gone.
private struct LostDuringBuild: Error {}
