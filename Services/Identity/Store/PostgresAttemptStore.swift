import Crypto
import Postgres

/// Attempts in PostgreSQL: a restart forgives nothing, and all instances count together.
struct PostgresAttemptStore: AttemptStore {
  let postgres: PostgresClient

  func take(_ attempt: SignInAttempt) async throws -> TakenAttempt {
    let row = try await count(
      TakeAttempt(
        limits: [attempt.pair, attempt.account, attempt.address].map(HashedLimit.init), spared: HashedLimit(attempt.account),
        trusted: HashedLimit(attempt.pair)))
    return TakenAttempt(countsForAccount: row.isSparedCounted)
  }

  func giveBack(_ attempt: SignInAttempt, _ taken: TakenAttempt, isRight: Bool) async throws {
    let limits = [attempt.pair, attempt.address] + (taken.countsForAccount ? [attempt.account] : [])
    _ = try await postgres.execute(
      GiveAttemptBack(limits: limits.map(HashedLimit.init), trusted: isRight ? HashedLimit(attempt.pair) : nil))
  }

  func take(_ limit: AttemptLimit) async throws {
    _ = try await count(TakeAttempt(limits: [HashedLimit(limit)]))
  }

  private func count(_ statement: TakeAttempt) async throws -> TakeAttempt.Row {
    let row = try await execute(statement)
    // Without a time to wait for it was refused by the insertion: others were counting at the same moment.
    guard let row, row.isComplete else { throw SessionError.tooManyAttempts(retryAfterSeconds: max(1, Int(row?.wait ?? 1))) }
    return row
  }

  /// Attempts that are the first on the same keys at the same moment may lock each other out; the one that is chosen to fail had no effect.
  private func execute(_ statement: TakeAttempt) async throws -> TakeAttempt.Row? {
    do {
      return try await postgres.execute(statement).first
    } catch let error as PostgresError where error.sqlState == "40P01" {
      // By now the rows are there, and are locked in one order.
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
