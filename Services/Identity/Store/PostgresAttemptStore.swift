import Crypto
import Postgres

/// Attempt counts in PostgreSQL.
struct PostgresAttemptStore: AttemptStore {
  let postgres: PostgresClient

  func count(_ attempt: SignInAttempt) async throws -> CountedAttempt {
    let row = try await execute(
      CountAttempt(
        limits: [attempt.pair, attempt.account, attempt.address].map(HashedLimit.init), waivable: HashedLimit(attempt.account),
        trusted: HashedLimit(attempt.pair)))
    return CountedAttempt(includesAccount: row.isWaivableCounted)
  }

  func refund(_ attempt: SignInAttempt, _ counted: CountedAttempt, trustsAddress: Bool) async throws {
    let limits = [attempt.pair, attempt.address] + (counted.includesAccount ? [attempt.account] : [])
    _ = try await postgres.execute(
      RefundAttempt(limits: limits.map(HashedLimit.init), trusted: trustsAddress ? HashedLimit(attempt.pair) : nil))
  }

  func count(_ limit: AttemptLimit) async throws {
    _ = try await execute(CountAttempt(limits: [HashedLimit(limit)]))
  }

  private func execute(_ statement: CountAttempt) async throws -> CountAttempt.Row {
    let row = try await executeRetryingDeadlock(statement)
    // Without a waiting time the upsert rejected it: concurrent attempts exhausted the limit.
    guard let row, row.isComplete else { throw SessionError.tooManyAttempts(retryAfterSeconds: max(1, Int(row?.wait ?? 1))) }
    return row
  }

  /// Concurrent first attempts on the same keys may deadlock in the upsert; the statement that PostgreSQL aborts had no effect.
  private func executeRetryingDeadlock(_ statement: CountAttempt) async throws -> CountAttempt.Row? {
    do {
      return try await postgres.execute(statement).first
    } catch let error as PostgresError where error.sqlState == "40P01" {
      // The rows exist now, so this time they are locked in order.
      return try await postgres.execute(statement).first
    }
  }
}

extension HashedLimit {
  fileprivate init(_ limit: AttemptLimit) {
    self.init(
      key: Hexadecimal.encode(SHA256.hash(data: Array(limit.key.utf8))), burst: Int64(limit.rate.burst),
      pauseMilliseconds: limit.rate.intervalMilliseconds)
  }
}
