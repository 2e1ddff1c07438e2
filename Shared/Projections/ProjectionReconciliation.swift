public import Contracts
public import Logging
import Synchronization

/// The two sides of reconciliation: what the owner of some aggregates has, and what a read model holds of it.
public final class ProjectionReconciliation<Model: ReadModel>: ReconcileSource, ReconcileTarget {
  public let projection: Projection<Model>
  private let mark: any RebuildMarker
  private let logger: Logger
  private let built = Atomic<Bool>(false)
  /// Batches that are fetched and written at the same time.
  private let inFlight = 2

  public init(projection: Projection<Model>, mark: any RebuildMarker, logger: Logger) {
    self.projection = projection
    self.mark = mark
    self.logger = logger
  }

  /// What the last look at the read model said; for health checks.
  public var isKnownToBeBuilt: Bool { built.load(ordering: .relaxed) }

  public func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<ReconcileVersion> {
    try await projection.source.versions(changedSince: changedSince, cursor: cursor)
  }

  public func isBuilt() async throws -> Bool {
    let isBuilt = try await mark.isBuilt()
    built.store(isBuilt, ordering: .relaxed)
    return isBuilt
  }

  public func beginBuild() async throws {
    try await mark.beginBuild()
  }

  public func finishBuild() async throws -> Bool {
    let isBuilt = try await mark.finishBuild()
    built.store(isBuilt, ordering: .relaxed)
    return isBuilt
  }

  public func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    try await projection.readModel.heldVersions(of: ids)
  }

  public func repair(_ ids: [Identifier]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, batch) in ids.chunks(of: projection.source.batchLimit).enumerated() {
        if index >= inFlight { try await group.next() }
        group.addTask { try await self.repairBatch(batch) }
      }
      try await group.waitForAll()
    }
  }

  private func repairBatch(_ ids: [Identifier]) async throws {
    for (id, outcome) in try await projection.refresh(ids) {
      if case .unreadable(let reason) = outcome {
        logger.error("What the owner answered can't be read.", metadata: ["subject": "\(id)", "reason": "\(reason)"])
      }
    }
  }
}
