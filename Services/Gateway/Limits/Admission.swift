import Synchronization

/// Bounds the requests that are under way, so that under overload those that are let in are answered in time and the others hear so at once.
final class Admission: Sendable {
  private let limit: Atomic<Int>
  private let inFlight = Atomic<Int>(0)

  init(limit: Int) {
    self.limit = Atomic(limit)
  }

  var isFull: Bool { inFlight.load(ordering: .relaxed) >= limit.load(ordering: .relaxed) }

  var count: Int { inFlight.load(ordering: .relaxed) }

  /// May be changed while requests are under way.
  func setLimit(_ limit: Int) {
    self.limit.store(limit, ordering: .relaxed)
  }

  /// Takes a place, if there is one.
  func enter() -> Place? {
    guard inFlight.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
      inFlight.subtract(1, ordering: .relaxed)
      return nil
    }
    return Place(admission: self)
  }

  /// One request's place; given back when it is released, or explicitly before.
  final class Place: Sendable {
    private let admission: Admission
    private let isHeld = Atomic<Bool>(true)

    fileprivate init(admission: Admission) {
      self.admission = admission
    }

    func leave() {
      guard isHeld.exchange(false, ordering: .relaxed) else { return }
      admission.inFlight.subtract(1, ordering: .relaxed)
    }

    deinit { leave() }
  }
}
