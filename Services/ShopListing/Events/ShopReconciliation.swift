import Callbacks
import Contracts
import Events
import Logging
import Synchronization
import Telemetry

/// The two sides of reconciliation: what the shop service has, and what the read model holds of it.
final class ShopReconciliation: ReconcileSource, ReconcileTarget {
  /// Batches that are fetched and written at the same time.
  private static let inFlight = 2

  private let source: CallbackSource<Shop>
  private let readModel: ShopReadModel
  private let projection: ShopProjection
  private let logger: Logger
  private let builder = Identifier.v7(at: .now())
  private let built = Atomic<Bool>(false)

  init(source: CallbackSource<Shop>, readModel: ShopReadModel, projection: ShopProjection, logger: Logger) {
    self.source = source
    self.readModel = readModel
    self.projection = projection
    self.logger = logger
  }

  /// What the last look at the read model said; for health checks.
  var isKnownToBeBuilt: Bool { built.load(ordering: .relaxed) }

  func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<ReconcileVersion> {
    try await source.versions(changedSince: changedSince, cursor: cursor)
  }

  func isBuilt() async throws -> Bool {
    let isBuilt = try await readModel.isBuilt()
    built.store(isBuilt, ordering: .relaxed)
    return isBuilt
  }

  func beginBuild() async throws {
    try await readModel.beginBuild(builder)
  }

  func finishBuild() async throws -> Bool {
    let isBuilt = try await readModel.finishBuild(builder)
    built.store(isBuilt, ordering: .relaxed)
    return isBuilt
  }

  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    try await readModel.heldVersions(of: ids)
  }

  func repair(_ ids: [Identifier]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, batch) in ids.chunks(of: source.batchLimit).enumerated() {
        if index >= Self.inFlight { try await group.next() }
        group.addTask { try await self.repairBatch(batch) }
      }
      try await group.waitForAll()
    }
  }

  private func repairBatch(_ ids: [Identifier]) async throws {
    for (id, outcome) in try await projection.bringUpToDate(ids) {
      if case .unreadable(let reason) = outcome {
        logger.error("A shop can't be read.", metadata: ["shop": "\(id)", "reason": "\(reason)"])
      }
    }
  }
}
