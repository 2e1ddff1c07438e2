import Synchronization

/// Lets identical questions that are asked at the same time share one answer.
///
/// The shared work is a task of its own: a waiter that is cancelled leaves and harms nobody; when the last one has left, the work is
/// cancelled.
final class RequestCoalescing<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct InFlightRequest: Sendable {
    let id: Int
    var waiters: [Int: CheckedContinuation<Value, any Error>]
    var task: Task<Void, Never>?
  }

  private struct State: Sendable {
    var flights: [Key: InFlightRequest] = [:]
    var nextID = 0
  }

  private let state = Mutex(State())
  private let executor: any TaskExecutor

  /// - Parameter executor: where the shared work runs.
  init(on executor: any TaskExecutor) {
    self.executor = executor
  }

  /// The answer to `key`: of `work`, or of the same work that is under way.
  /// - Parameter onShared: called when there was one under way.
  func value(for key: Key, onShared: () -> Void = {}, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value
  {
    let waiter = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        if join(key, waiter, continuation, work) { onShared() }
      }
    } onCancel: {
      leave(key, waiter)
    }
  }

  private func join(
    _ key: Key, _ waiter: Int, _ continuation: CheckedContinuation<Value, any Error>,
    _ work: @escaping @Sendable () async throws -> Value
  ) -> Bool {
    state.withLock { state in
      // Under the lock, or the cancellation could slip in between this look and the entry below.
      guard !Task.isCancelled else {
        continuation.resume(throwing: CancellationError())
        return false
      }
      if state.flights[key] != nil {
        state.flights[key]?.waiters[waiter] = continuation
        return true
      }
      let flight = waiter
      let task = Task(executorPreference: executor) {
        let result: Result<Value, any Error>
        do {
          result = .success(try await work())
        } catch {
          result = .failure(error)
        }
        self.finish(key, flight, result)
      }
      state.flights[key] = InFlightRequest(id: flight, waiters: [waiter: continuation], task: task)
      return false
    }
  }

  private func finish(_ key: Key, _ flight: Int, _ result: Result<Value, any Error>) {
    let waiters = state.withLock { state in
      guard state.flights[key]?.id == flight else { return [Int: CheckedContinuation<Value, any Error>]() }
      return state.flights.removeValue(forKey: key)?.waiters ?? [:]
    }
    for waiter in waiters.values { waiter.resume(with: result) }
  }

  private func leave(_ key: Key, _ waiter: Int) {
    let (continuation, task) = state.withLock { state in
      let continuation = state.flights[key]?.waiters.removeValue(forKey: waiter)
      guard state.flights[key]?.waiters.isEmpty == true else { return (continuation, Task<Void, Never>?.none) }
      return (continuation, state.flights.removeValue(forKey: key)?.task)
    }
    continuation?.resume(throwing: CancellationError())
    task?.cancel()
  }
}
