public import Logging
public import Postgres

extension PostgresClient {
  /// Brings the database to the program's shape, waiting for as long as PostgreSQL is away.
  ///
  /// - Throws: `PostgresError` if the migrations themselves can't be applied.
  public func migrateWhenReachable(_ migrations: [PostgresMigration], logger: Logger) async throws {
    var isWaiting = false
    while true {
      do {
        return try await migrate(migrations)
      } catch let error as PostgresError where error.isTransient {
        if !isWaiting { logger.notice("Waiting for PostgreSQL.", metadata: ["error": "\(error)"]) }
        isWaiting = true
        try await Task.sleep(for: .milliseconds(250))
      }
    }
  }
}
