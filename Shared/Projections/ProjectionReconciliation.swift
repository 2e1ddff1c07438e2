public import Contracts
public import Logging
import Synchronization

/// Reconciles a read model with the owner of its aggregates.
public final class ProjectionReconciliation<Model: ReadModel>: Reconcilable {
  public let projection: Projection<Model>
  private let marker: any RebuildMarker
  private let logger: Logger
  private let built = Atomic<Bool>(false)
  /// Maximum number of batches that are fetched and written concurrently.
  private let inFlight = 2

  public init(projection: Projection<Model>, marker: any RebuildMarker, logger: Logger) {
    self.projection = projection
    self.marker = marker
    self.logger = logger
  }

  /// The result of the last `isBuilt()`; for health checks.
  public var isKnownToBeBuilt: Bool { built.load(ordering: .relaxed) }

  public func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<AggregateVersion> {
    try await projection.source.versions(changedSince: changedSince, cursor: cursor)
  }

  public func isBuilt() async throws -> Bool {
    let isBuilt = try await marker.isBuilt()
    built.store(isBuilt, ordering: .relaxed)
    return isBuilt
  }

  public func beginBuild() async throws {
    try await marker.beginBuild()
  }

  public func finishBuild() async throws -> Bool {
    let isBuilt = try await marker.finishBuild()
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
        logger.error("An aggregate of the owner can't be decoded.", metadata: ["subject": "\(id)", "reason": "\(reason)"])
      }
    }
  }
}
