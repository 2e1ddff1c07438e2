@testable import Projections
import Contracts
import Synchronization
import TestSupport
import Testing

@testable import Events

/// A source of 25 aggregates in pages of 10, and a target that forgets on demand.
private final class Shelf: ReconcileSource, ReconcileTarget {
  struct State {
    var truth: [Identifier: Int64] = [:]
    var held: [Identifier: Int64] = [:]
    var isBegun = false
    var isBuilt = false
    var isAway = false
    var repairs: [Identifier] = []
    var isLostAtRepair = false
  }
  struct Away: Error {}

  let state: Mutex<State>

  init() {
    var state = State()
    for id in Identifier.fresh(25) { state.truth[id] = 3 }
    self.state = Mutex(state)
  }

  func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<ReconcileVersion> {
    let truth = state.withLock { $0.truth }
    if state.withLock({ $0.isAway }) { throw Away() }
    let rest = truth.keys.sorted().filter { id in cursor.map { id.description > $0 } ?? true }
    let page = rest.prefix(10).map { ReconcileVersion(id: $0, version: truth[$0] ?? 0) }
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
      if state.isLostAtRepair {
        state.isLostAtRepair = false
        (state.held, state.isBegun) = ([:], false)
        return
      }
      for id in ids { state.held[id] = state.truth[id] }
    }
  }
}

@Suite("The reconciler")
struct ReconcilerTests {
  private func during(_ shelf: Shelf, _ body: (Reconciler) async throws -> Void) async throws {
    var configuration = Reconciler.Configuration()
    configuration.watchInterval = .milliseconds(10)
    configuration.recentInterval = .milliseconds(30)
    let reconciler = Reconciler(source: shelf, target: shelf, configuration: configuration, logger: quiet)
    let running = Task { try await reconciler.run() }
    defer { running.cancel() }
    try await body(reconciler)
  }

  @Test("An empty read model is built in full, page by page, and marked as built only then")
  func buildsInFull() async throws {
    let shelf = Shelf()
    try await during(shelf) { _ in
      try await eventually("the build") { shelf.state.withLock { $0.isBuilt } }
      #expect(shelf.state.withLock { $0.held == $0.truth })
      #expect(shelf.state.withLock { $0.repairs.count } == 25)
    }
  }

  @Test("A read model that was emptied is built again by itself")
  func rebuilds() async throws {
    let shelf = Shelf()
    try await during(shelf) { _ in
      try await eventually("the build") { shelf.state.withLock { $0.isBuilt } }
      shelf.state.withLock { state in
        state.held = [:]
        state.isBuilt = false
      }
      try await eventually("the second build") { shelf.state.withLock { $0.isBuilt && $0.held == $0.truth } }
    }
  }

  @Test("A read model that is emptied while it is being built is not taken for built")
  func lostWhileBuilding() async throws {
    let shelf = Shelf()
    shelf.state.withLock { $0.isLostAtRepair = true }
    try await during(shelf) { _ in
      try await eventually("the build") { shelf.state.withLock { $0.isBuilt } }
      #expect(shelf.state.withLock { $0.held == $0.truth })
    }
  }

  @Test("A single lost change is repaired, and what is right is left alone")
  func repairsDifferences() async throws {
    let shelf = Shelf()
    try await during(shelf) { _ in
      try await eventually("the build") { shelf.state.withLock { $0.isBuilt } }
      let lost = shelf.state.withLock { state in
        state.repairs = []
        let id = state.truth.keys.sorted()[17]
        state.truth[id] = 4
        return id
      }
      try await eventually("the repair") { shelf.state.withLock { $0.held == $0.truth } }
      #expect(shelf.state.withLock { $0.repairs } == [lost])
    }
  }

  @Test("A newer version than the source's is never taken back")
  func keepsNewer() async throws {
    let shelf = Shelf()
    try await during(shelf) { reconciler in
      try await eventually("the build") { shelf.state.withLock { $0.isBuilt } }
      shelf.state.withLock { state in
        for id in state.held.keys { state.held[id] = 9 }
        state.repairs = []
      }
      #expect(try await reconciler.compare(changedSince: nil) == 0)
    }
  }

  @Test("A source that is away is waited for")
  func waitsForSource() async throws {
    let shelf = Shelf()
    shelf.state.withLock { $0.isAway = true }
    try await during(shelf) { _ in
      await #expect(throws: NeverHappened.self) {
        try await eventually(within: .milliseconds(300)) { shelf.state.withLock { $0.isBuilt } }
      }
      shelf.state.withLock { $0.isAway = false }
      try await eventually("the build") { shelf.state.withLock { $0.isBuilt } }
    }
  }
}
