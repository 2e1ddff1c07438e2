import Synchronization

/// Bounds the number of concurrent requests: under overload the admitted requests complete in time and the others are rejected at
/// once.
///
/// Never waits; safe to use from any thread.
final class Admission: Sendable {
  private let limit: Atomic<Int>
  private let inFlight = Atomic<Int>(0)

  init(limit: Int) {
    self.limit = Atomic(limit)
  }

  var isFull: Bool { inFlight.load(ordering: .relaxed) >= limit.load(ordering: .relaxed) }

  var count: Int { inFlight.load(ordering: .relaxed) }

  /// Takes effect for the next request; those in flight keep their permits.
  func setLimit(_ limit: Int) {
    self.limit.store(limit, ordering: .relaxed)
  }

  /// - Returns: `nil` if the limit is reached.
  func acquire() -> Permit? {
    guard inFlight.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
      inFlight.subtract(1, ordering: .relaxed)
      return nil
    }
    return Permit(admission: self)
  }

  /// The permit of one request; released explicitly or when it is deallocated.
  final class Permit: Sendable {
    private let admission: Admission
    private let isHeld = Atomic<Bool>(true)

    fileprivate init(admission: Admission) {
      self.admission = admission
    }

    func release() {
      guard isHeld.exchange(false, ordering: .relaxed) else { return }
      admission.inFlight.subtract(1, ordering: .relaxed)
    }

    deinit { release() }
  }
}
