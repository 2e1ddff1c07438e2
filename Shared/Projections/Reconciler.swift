import Concurrency
public import Contracts
public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization
import Telemetry

/// Where the truth is: pages of `(id, version)` from the owner of some aggregates.
public protocol ReconcileSource: Sendable {
  /// A page in the order of ids, deleted aggregates included; with `changedSince` only those changed at or after that time.
  func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<ReconcileVersion>
}

/// An aggregate's id and version at its owner.
public struct ReconcileVersion: Hashable, Sendable {
  public var id: Identifier
  public var version: Int64

  public init(id: Identifier, version: Int64) {
    self.id = id
    self.version = version
  }
}

/// What is kept right: a read model.
public protocol ReconcileTarget: Sendable {
  /// Whether the read model was once built in full and has not been lost since.
  func isBuilt() async throws -> Bool
  /// Leaves a trace that a build has begun, in the same store as the read model, so that both are lost together.
  func beginBuild() async throws
  /// Remembers there that the read model was built in full since `beginBuild`; false if it was lost in between.
  func finishBuild() async throws -> Bool
  /// The versions held of these ids, in order; `nil` where there is none.
  func heldVersions(of ids: [Identifier]) async throws -> [Int64?]
  /// Fetches and writes these aggregates as their owner shows them now.
  func repair(_ ids: [Identifier]) async throws
}

/// Keeps a read model equal to its source, whatever was lost on the way.
///
/// What changed lately is compared often, everything seldom; a read model that has been emptied is noticed within a second and built anew.
public final class Reconciler: Service, Sendable {
  public struct Configuration: Sendable {
    /// How often it is looked whether the read model is still there.
    public var watchInterval: Duration = .milliseconds(500)
    /// How often what changed lately is compared, and how far back: transactions that commit late carry an older time.
    public var recentInterval: Duration = .seconds(5)
    public var recentOverlap: Duration = .seconds(10)
    /// How often everything is compared.
    public var fullInterval: Duration = .seconds(600)

    public init() {}
  }

  private let source: any ReconcileSource
  private let target: any ReconcileTarget
  private let configuration: Configuration
  private let logger: Logger
  private let requested = Mutex(false)
  private let repaired: Counter

  public init(
    source: any ReconcileSource, target: any ReconcileTarget, configuration: Configuration = Configuration(), logger: Logger
  ) {
    self.source = source
    self.target = target
    self.configuration = configuration
    self.logger = logger
    repaired = Counter(label: "reconcile_repaired_total")
  }

  /// Asks for a comparison of everything at the next look; returns at once.
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
          guard try await target.finishBuild() else { throw LostWhileBuilding() }
          lastFull = now
          lastRecent = now
          logger.notice(
            "The read model was compared with its source in full.",
            metadata: ["repaired": "\(count)", "milliseconds": "\(Timestamp.now().milliseconds(since: started))"])
        } else if lastRecent.map({ now - $0 >= configuration.recentInterval }) ?? true {
          let overlap = (configuration.recentInterval + configuration.recentOverlap).components.seconds * 1000
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
        logger.info("The read model can't be compared with its source now.", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: backoff.next())
      }
    }
  }

  /// Repairs what differs, a page at a time; the next page is fetched while one is repaired.
  ///
  /// - Returns: how many aggregates were behind.
  func compare(changedSince: Timestamp?) async throws -> Int {
    var behind = 0
    var current = try await source.versions(changedSince: changedSince, cursor: nil)
    while true {
      let cursor = current.nextCursor
      async let next = page(behind: cursor, changedSince: changedSince)
      behind += try await repair(current.items)
      guard let nextPage = try await next else { return behind }
      current = nextPage
    }
  }

  private func page(behind cursor: String?, changedSince: Timestamp?) async throws -> Page<ReconcileVersion>? {
    guard let cursor else { return nil }
    return try await source.versions(changedSince: changedSince, cursor: cursor)
  }

  private func repair(_ versions: [ReconcileVersion]) async throws -> Int {
    let held = try await target.heldVersions(of: versions.map(\.id))
    let behind = zip(versions, held).filter { $0.version > $1 ?? 0 }.map(\.0.id)
    if !behind.isEmpty {
      try await target.repair(behind)
      repaired.increment(by: behind.count)
    }
    return behind.count
  }
}

/// The read model was emptied while it was being built: what was written first is gone.
private struct LostWhileBuilding: Error {}
