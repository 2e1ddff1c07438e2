import Synchronization

/// Wakes one waiting task; a signal that nobody waits for is stored once.
///
/// Unlike an `AsyncStream`, it stays usable after a wait was cancelled. Safe to use from any task, by one waiter at a time.
public final class Signal: Sendable {
  private struct State {
    var isSet = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  public init() {}

  public func set() {
    let waiter = state.withLock { state in
      if state.waiter == nil { state.isSet = true }
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// Returns when the signal is set, or the task is cancelled.
  public func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isSet || Task.isCancelled {
            state.isSet = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume()
    }
  }

  /// Waits for the signal, but for no longer than `limit`.
  public func wait(atMost limit: Duration) async {
    await withTaskGroup { group in
      group.addTask { await self.wait() }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }
}
