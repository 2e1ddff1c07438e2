import Postgres
import Redis

/// Tells a peer that is away, which a client should wait for, from a failure of our own.
public enum Unavailability {
  /// After how many seconds to try again; `nil` if the error is not that of a peer being away.
  @Sendable
  public static func retryAfterSeconds(_ error: any Error) -> Int? {
    switch error {
    case let error as PostgresError: error.isTransient || error.isTimeout ? 1 : nil
    case let error as RedisError: error.isTransient ? 1 : nil
    default: nil
    }
  }
}

extension PostgresError {
  /// `statement_timeout` or `lock_timeout` ended the statement: the database is too busy.
  fileprivate var isTimeout: Bool { sqlState == "57014" || sqlState == "55P03" }
}

extension RedisError {
  fileprivate var isTransient: Bool {
    switch code {
    case .connectionLost, .unavailable, .timedOut, .queueFull, .loading, .outOfMemory: true
    default: ["READONLY", "MASTERDOWN", "BUSY"].contains(code.replyPrefix)
    }
  }
}
