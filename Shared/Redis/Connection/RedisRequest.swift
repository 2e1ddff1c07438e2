internal import NIOCore
internal import Synchronization

/// A task that waits for replies. The first event (replies, failure, cancellation) completes it; all others are ignored.
final class RedisRequest: Sendable {
  private enum State {
    case new
    case waiting(CheckedContinuation<[RedisValue], any Error>)
    case done
  }

  private let state = Mutex(State.new)

  /// Runs `start` and waits for ``finish(_:)``; a cancelled task stops waiting at once.
  func replies(_ start: () -> Void) async throws -> [RedisValue] {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let mayStart = state.withLock { state in
          guard case .new = state else { return false }
          state = .waiting(continuation)
          return true
        }
        if mayStart {
          start()
        } else {
          continuation.resume(throwing: RedisError.taskCancelled)
        }
      }
    } onCancel: {
      finish(.failure(.taskCancelled))
    }
  }

  func finish(_ result: Result<[RedisValue], RedisError>) {
    let continuation: CheckedContinuation<[RedisValue], any Error>? = state.withLock { state in
      defer { state = .done }
      if case .waiting(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume(with: result.mapError { $0 as any Error })
  }

  var isDone: Bool {
    state.withLock { state in
      if case .done = state { true } else { false }
    }
  }
}

extension RedisError {
  static let taskCancelled = RedisError(.cancelled, "the waiting task was cancelled")
  static let deadlinePassed = RedisError(.timedOut, "no reply within the deadline")
  static let tooManyOutstanding = RedisError(.queueFull, "too many commands are outstanding")
}

/// The receiver of a request's replies.
enum RedisWaiter: Sendable {
  case promise(EventLoopPromise<[RedisValue]>)
  case task(RedisRequest)
  /// The connection's own heartbeat.
  case heartbeat

  func succeed(_ values: [RedisValue]) {
    switch self {
    case .promise(let promise): promise.succeed(values)
    case .task(let request): request.finish(.success(values))
    case .heartbeat: break
    }
  }

  func fail(_ error: RedisError) {
    switch self {
    case .promise(let promise): promise.fail(error)
    case .task(let request): request.finish(.failure(error))
    case .heartbeat: break
    }
  }

  /// The task has stopped waiting, so a request that was not sent yet need not be.
  var isDone: Bool {
    if case .task(let request) = self { request.isDone } else { false }
  }
}

/// Commands that are sent together, before they reach a connection.
struct RedisSubmission: Sendable {
  let commands: [RedisCommand]
  let waiter: RedisWaiter
  let sent: NIODeadline
  let deadline: NIODeadline
}
