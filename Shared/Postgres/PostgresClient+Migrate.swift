import Concurrency
import Logging

extension PostgresClient {
  /// Migrates the database: applies the migrations that are not in the history table `schema_migrations` yet, each in a
  /// transaction; series by series, in the order in which they are given, and within a series in the order of the numbers.
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
      series text NOT NULL,
      number integer NOT NULL,
      name text NOT NULL,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT schema_migrations_pkey PRIMARY KEY (series, number)
    )
    """)
  try addSeries(to: connection)
  let history = try connection.run("SELECT series, number, name, checksum FROM schema_migrations ORDER BY number")
  let applied = history.map { row in
    MigrationPlan.Applied(
      series: row[0] ?? "", number: row[1].flatMap { Int($0) } ?? 0, name: row[2] ?? "", checksum: row[3] ?? "")
  }
  let plan = try MigrationPlan(migrations, applied: applied)
  for (number, migration) in plan.renumbered {
    try connection.run(
      "UPDATE schema_migrations SET series = $1, number = $2 WHERE series = '' AND number = $3",
      [migration.series, "\(migration.number)", "\(number)"])
  }
  for migration in plan.pending {
    do throws(PostgresError) {
      try connection.run("BEGIN")
      try connection.run(migration.sql)
      guard connection.isInTransaction else {
        throw PostgresError(.migration, message: "the migration ended its own transaction")
      }
      try connection.run(
        "INSERT INTO schema_migrations (series, number, name, checksum) VALUES ($1, $2, $3, $4)",
        [migration.series, "\(migration.number)", migration.name, migration.checksum])
      try connection.run("COMMIT")
    } catch {
      // The connection is closed, which rolls back.
      throw PostgresError(
        error.code, sqlState: error.sqlState, message: error.message,
        detail: "in \(migration.series) migration number \(migration.number) (\(migration.name))"
          + (error.detail.map { ": \($0)" } ?? ""),
        constraint: error.constraint)
    }
  }
}

/// A history without series is one that earlier versions wrote; its rows get the empty series.
private func addSeries(to connection: ScriptConnection) throws(PostgresError) {
  let column = "SELECT 1 FROM pg_attribute WHERE attrelid = 'schema_migrations'::regclass AND attname = 'series'"
  guard try connection.run(column).isEmpty else { return }
  try connection.run(
    """
    ALTER TABLE schema_migrations
      ADD COLUMN series text NOT NULL DEFAULT '',
      DROP CONSTRAINT schema_migrations_pkey,
      ADD PRIMARY KEY (series, number)
    """)
}
