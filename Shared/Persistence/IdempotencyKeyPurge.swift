import Concurrency
public import Logging
public import Postgres
public import ServiceLifecycle

/// Deletes stored responses that are more than a day old, a batch at a time.
public struct IdempotencyKeyPurge: Service {
  private struct DeleteExpiredKeys: PostgresStatement {
    static let sql = """
      WITH old AS (
        SELECT principal, key FROM idempotency_keys
        WHERE created_at < now() - interval '24 hours'
        ORDER BY created_at
        LIMIT 1000
      ), purged AS (
        DELETE FROM idempotency_keys USING old
        WHERE idempotency_keys.principal = old.principal AND idempotency_keys.key = old.key
        RETURNING 1
      )
      SELECT count(*) FROM purged
      """

    static func decode(_ row: inout PostgresRow) throws -> Int64 { try row.next(Int64.self) }
  }

  private let postgres: PostgresClient
  private let logger: Logger

  public init(postgres: PostgresClient, logger: Logger) {
    self.postgres = postgres
    self.logger = logger
  }

  public func run() async throws {
    let job = PeriodicJob.purge("delete old idempotency keys", every: .seconds(300), logger: logger) { [postgres] in
      try await postgres.execute(DeleteExpiredKeys()).first
    }
    try await job.run()
  }
}
