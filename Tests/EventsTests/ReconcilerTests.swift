@testable import Projections
import Contracts
import Synchronization
import TestSupport
import Testing

@testable import Events

/// A source of 25 aggregates in pages of 10, and a read model in memory that can be emptied.
private final class FakeReadModel: Reconcilable {
  struct State {
    var source: [Identifier: Int64] = [:]
    var held: [Identifier: Int64] = [:]
    var isBegun = false
    var isBuilt = false
    var isSourceUnavailable = false
    var repairs: [Identifier] = []
    var isEmptiedByRepair = false
  }
  struct Unavailable: Error {}

  let state: Mutex<State>

  init() {
    var state = State()
    for id in Identifier.fresh(25) { state.source[id] = 3 }
    self.state = Mutex(state)
  }

  func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<AggregateVersion> {
    let source = state.withLock { $0.source }
    if state.withLock({ $0.isSourceUnavailable }) { throw Unavailable() }
    let rest = source.keys.sorted().filter { id in cursor.map { id.description > $0 } ?? true }
    let page = rest.prefix(10).map { AggregateVersion(id: $0, version: source[$0] ?? 0, deleted: false) }
    return Page(items: page, nextCursor: rest.count > 10 ? page.last?.id.description : nil)
  }

  func isBuilt() async throws -> Bool { state.withLock { $0.isBuilt } }
  func beginBuild() async throws { state.withLock { $0.isBegun = true } }

  func finishBuild() async throws -> Bool {
    state.withLock { state in
      state.isBuilt = state.isBegun
      return state.isBuilt
    }
  }
  func heldVersions(of ids: [Identifier]) async throws -> [Int64?] { state.withLock { state in ids.map { state.held[$0] } } }

  func repair(_ ids: [Identifier]) async throws {
    state.withLock { state in
      state.repairs += ids
      if state.isEmptiedByRepair {
        state.isEmptiedByRepair = false
        (state.held, state.isBegun) = ([:], false)
        return
      }
      for id in ids { state.held[id] = state.source[id] }
    }
  }
}

@Suite("The reconciler")
struct ReconcilerTests {
  private func during(_ model: FakeReadModel, _ body: (Reconciler) async throws -> Void) async throws {
    var configuration = Reconciler.Configuration()
    configuration.watchInterval = .milliseconds(10)
    configuration.recentInterval = .milliseconds(30)
    let reconciler = Reconciler(model, configuration: configuration, logger: quiet)
    let running = Task { try await reconciler.run() }
    defer { running.cancel() }
    try await body(reconciler)
  }

  @Test("An empty read model is built in full, page by page, and only then recorded as built")
  func buildsInFull() async throws {
    let model = FakeReadModel()
    try await during(model) { _ in
      try await eventually("the build") { model.state.withLock { $0.isBuilt } }
      #expect(model.state.withLock { $0.held == $0.source })
      #expect(model.state.withLock { $0.repairs.count } == 25)
    }
  }

  @Test("A read model that was emptied is rebuilt")
  func rebuilds() async throws {
    let model = FakeReadModel()
    try await during(model) { _ in
      try await eventually("the build") { model.state.withLock { $0.isBuilt } }
      model.state.withLock { state in
        state.held = [:]
        state.isBuilt = false
      }
      try await eventually("the second build") { model.state.withLock { $0.isBuilt && $0.held == $0.source } }
    }
  }

  @Test("A read model that is emptied during its build is not recorded as built")
  func lostWhileBuilding() async throws {
    let model = FakeReadModel()
    model.state.withLock { $0.isEmptiedByRepair = true }
    try await during(model) { _ in
      try await eventually("the build") { model.state.withLock { $0.isBuilt } }
      #expect(model.state.withLock { $0.held == $0.source })
    }
  }

  @Test("A single lost change is repaired, and correct entries are not written")
  func repairsDifferences() async throws {
    let model = FakeReadModel()
    try await during(model) { _ in
      try await eventually("the build") { model.state.withLock { $0.isBuilt } }
      let lost = model.state.withLock { state in
        state.repairs = []
        let id = state.source.keys.sorted()[17]
        state.source[id] = 4
        return id
      }
      try await eventually("the repair") { model.state.withLock { $0.held == $0.source } }
      #expect(model.state.withLock { $0.repairs } == [lost])
    }
  }

  @Test("A newer version than the source's is not overwritten")
  func keepsNewer() async throws {
    let model = FakeReadModel()
    try await during(model) { reconciler in
      try await eventually("the build") { model.state.withLock { $0.isBuilt } }
      model.state.withLock { state in
        for id in state.held.keys { state.held[id] = 9 }
        state.repairs = []
      }
      #expect(try await reconciler.compare(changedSince: nil) == 0)
    }
  }

  @Test("An unavailable source is retried")
  func waitsForSource() async throws {
    let model = FakeReadModel()
    model.state.withLock { $0.isSourceUnavailable = true }
    try await during(model) { _ in
      await #expect(throws: NeverHappened.self) {
        try await eventually(within: .milliseconds(300)) { model.state.withLock { $0.isBuilt } }
      }
      model.state.withLock { $0.isSourceUnavailable = false }
      try await eventually("the build") { model.state.withLock { $0.isBuilt } }
    }
  }
}
