import Callbacks
import Contracts
import Events
import Metrics
import Postgres
import ServiceClient
import Telemetry

/// Hears that shops changed, calls the shop service back for their state, and copies it.
struct ShopEvents: EventHandler {
  private let copying: ShopCopying
  private let freshness = Timer(label: "event_freshness_seconds", dimensions: [("service", "order"), ("source", "shop")])

  init(copying: ShopCopying) {
    self.copying = copying
  }

  func handle(_ changes: [SubjectChange]) async -> [ChangeOutcome] {
    do {
      let held = try await copying.copy.heldVersions(of: changes.map(\.subject))
      let behind = zip(changes, held).filter { $0.sequence > $1 ?? 0 }.map(\.0)
      let outcomes = try await apply(behind)
      return changes.map { outcomes[$0.subject] ?? .applied }
    } catch {
      return changes.map { _ in Self.outcome(of: error) }
    }
  }

  private func apply(_ changes: [SubjectChange]) async throws -> [Identifier: ChangeOutcome] {
    guard !changes.isEmpty else { return [:] }
    let results = try await copying.bringUpToDate(changes.map(\.subject))
    var outcomes: [Identifier: ChangeOutcome] = [:]
    var unknown: [Tombstone] = []
    let now = Timestamp.now()
    for change in changes {
      switch results[change.subject] ?? .unknown {
      case .holds(let version) where version >= change.sequence:
        outcomes[change.subject] = .applied
        freshness.recordNanoseconds(max(0, now.milliseconds(since: change.time)) * 1_000_000)
      case .holds(let version):
        outcomes[change.subject] = .retry(reason: "version \(change.sequence) was announced, and \(version) answered")
      case .unreadable(let reason):
        outcomes[change.subject] = .failed(reason: reason)
      case .unknown:
        // Its owner doesn't know it (any more), so nothing older may bring it back either.
        unknown.append(Tombstone(id: change.subject, version: change.sequence))
        outcomes[change.subject] = .applied
      }
    }
    try await copying.copy.write(unknown.map { .gone($0) })
    return outcomes
  }

  private static func outcome(of error: any Error) -> ChangeOutcome {
    switch error {
    case let error as ServiceClientError: .failed(callback: error)
    case let error as PostgresError where error.isTransient: .retry(reason: "\(error)")
    case is CancellationError: .retry(reason: "stopping")
    default: .failed(reason: "\(error)")
    }
  }
}
