import Synchronization

/// Combines identical concurrent requests into one.
///
/// The shared work is an unstructured task: the cancellation of one waiter doesn't affect the others; when the last one has left,
/// the work is cancelled.
public final class RequestCoalescing<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct InFlightRequest: Sendable {
    let id: Int
    var waiters: [Int: CheckedContinuation<Value, any Error>]
    var task: Task<Void, Never>?
  }

  private struct State: Sendable {
    var requests: [Key: InFlightRequest] = [:]
    var nextID = 0
  }

  private let state = Mutex(State())
  private let executor: (any TaskExecutor)?

  /// - Parameter executor: where the shared work runs; nil for the default.
  public init(on executor: (any TaskExecutor)? = nil) {
    self.executor = executor
  }

  /// The result for `key`: of `work`, or of the same work in flight.
  /// - Parameter onShared: called when there was one in flight.
  public func value(
    for key: Key, onShared: () -> Void = {}, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
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
      // Checked under the lock, or the task could be cancelled between this check and the insertion below.
      guard !Task.isCancelled else {
        continuation.resume(throwing: CancellationError())
        return false
      }
      if state.requests[key] != nil {
        state.requests[key]?.waiters[waiter] = continuation
        return true
      }
      let id = waiter
      let task = Task(executorPreference: executor) {
        let result: Result<Value, any Error>
        do {
          result = .success(try await work())
        } catch {
          result = .failure(error)
        }
        self.finish(key, id, result)
      }
      state.requests[key] = InFlightRequest(id: id, waiters: [waiter: continuation], task: task)
      return false
    }
  }

  private func finish(_ key: Key, _ id: Int, _ result: Result<Value, any Error>) {
    let waiters = state.withLock { state in
      guard state.requests[key]?.id == id else { return [Int: CheckedContinuation<Value, any Error>]() }
      return state.requests.removeValue(forKey: key)?.waiters ?? [:]
    }
    for waiter in waiters.values { waiter.resume(with: result) }
  }

  private func leave(_ key: Key, _ waiter: Int) {
    let (continuation, task) = state.withLock { state in
      let continuation = state.requests[key]?.waiters.removeValue(forKey: waiter)
      guard state.requests[key]?.waiters.isEmpty == true else { return (continuation, Task<Void, Never>?.none) }
      return (continuation, state.requests.removeValue(forKey: key)?.task)
    }
    continuation?.resume(throwing: CancellationError())
    task?.cancel()
  }
}
