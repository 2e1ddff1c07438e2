import Concurrency
import Logging

extension PostgresClient {
  /// Migrates the database: applies the migrations that are not in the history table `schema_migrations` yet, in order, each in a
  /// transaction.
  ///
  /// Any number of instances may do so at the same time: an advisory lock lets one work, and the others then find it done. Needs
  /// no running client; it uses a connection and a thread of its own.
  ///
  /// - Parameter patience: how long to wait for a server that can't be reached.
  /// - Throws: ``PostgresError``: `.migration` when program and history don't match (a text changed after it was applied, a
  ///   missing number, a database newer than the program), `.server` with the migration's name in `detail` when one fails (its
  ///   transaction is rolled back), `.unavailable`.
  public func migrate(_ migrations: [PostgresMigration], patience: Duration = .seconds(30)) async throws {
    // Errors that don't need the server are thrown at once.
    _ = try MigrationPlan(migrations, applied: [])
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: patience)
    var backoff = Backoff()
    while true {
      do {
        return try await migrateOnce(migrations)
      } catch let error as PostgresError where error.code == .unavailable && clock.now < end {
        logger.debug("Waiting for PostgreSQL.", metadata: ["reason": "\(error.message)"])
        try await clock.sleep(for: backoff.next())
      }
    }
  }

  private func migrateOnce(_ migrations: [PostgresMigration]) async throws {
    let configuration = configuration
    try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
      startThread {
        do throws(PostgresError) {
          try apply(migrations, on: try ScriptConnection(configuration))
          continuation.resume()
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }
}

/// "schema_m" in ASCII; advisory locks are per database.
private let lockNumber: Int64 = 0x7363_6865_6D61_5F6D

private func apply(
  _ migrations: [PostgresMigration], on connection: ScriptConnection
) throws(PostgresError) {
  // A session-level lock: it is released when the connection closes.
  try connection.run("SELECT pg_advisory_lock(\(lockNumber))")
  try connection.run(
    """
    CREATE TABLE IF NOT EXISTS schema_migrations (
      number integer PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )
    """)
  let history = try connection.run("SELECT number, name, checksum FROM schema_migrations ORDER BY number")
  let applied = history.map { row in
    MigrationPlan.Applied(number: row[0].flatMap { Int($0) } ?? 0, name: row[1] ?? "", checksum: row[2] ?? "")
  }
  for migration in try MigrationPlan(migrations, applied: applied).pending {
    do throws(PostgresError) {
      try connection.run("BEGIN")
      try connection.run(migration.sql)
      guard connection.isInTransaction else {
        throw PostgresError(.migration, message: "the migration ended its own transaction")
      }
      try connection.run(
        "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
        ["\(migration.number)", migration.name, migration.checksum])
      try connection.run("COMMIT")
    } catch {
      // The connection is closed, which rolls back.
      throw PostgresError(
        error.code, sqlState: error.sqlState, message: error.message,
        detail: "in migration number \(migration.number) (\(migration.name))" + (error.detail.map { ": \($0)" } ?? ""),
        constraint: error.constraint)
    }
  }
}
