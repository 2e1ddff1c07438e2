import Callbacks
import Contracts
import Events
import Logging
import Synchronization

/// The two sides of reconciliation: what the shop service has, and what this service's copy holds of it.
final class ShopReconciliation: ReconcileSource, ReconcileTarget {
  /// Batches that are fetched and written at the same time.
  private static let inFlight = 2

  private let copying: ShopCopying
  private let logger: Logger
  private let built = Atomic<Bool>(false)

  init(copying: ShopCopying, logger: Logger) {
    self.copying = copying
    self.logger = logger
  }

  /// What the last look at the copy said.
  var isKnownToBeBuilt: Bool { built.load(ordering: .relaxed) }

  func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<ReconcileVersion> {
    try await copying.source.versions(changedSince: changedSince, cursor: cursor)
  }

  func isBuilt() async throws -> Bool {
    let isBuilt = try await copying.copy.isBuilt()
    built.store(isBuilt, ordering: .relaxed)
    return isBuilt
  }

  func beginBuild() async throws {
    try await copying.copy.beginBuild()
  }

  func finishBuild() async throws -> Bool {
    let isBuilt = try await copying.copy.finishBuild()
    built.store(isBuilt, ordering: .relaxed)
    return isBuilt
  }

  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] {
    try await copying.copy.heldVersions(of: ids)
  }

  func repair(_ ids: [Identifier]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, batch) in ids.chunks(of: copying.source.batchLimit).enumerated() {
        if index >= Self.inFlight { try await group.next() }
        group.addTask { try await self.repairBatch(batch) }
      }
      try await group.waitForAll()
    }
  }

  private func repairBatch(_ ids: [Identifier]) async throws {
    for (id, outcome) in try await copying.bringUpToDate(ids) {
      if case .unreadable(let reason) = outcome {
        logger.error("A shop can't be read.", metadata: ["shop": "\(id)", "reason": "\(reason)"])
      }
    }
  }
}
