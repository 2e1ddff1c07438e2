import Postgres

/// Signing keys in PostgreSQL, shared by all instances.
struct PostgresKeyStore: Sendable {
  let postgres: PostgresClient

  func keys() async throws -> [StoredKey] {
    try await postgres.execute(SelectKeys())
  }

  /// Publishes a key that signs after `lead`, or at once if it is the first. Does nothing if the latest key has been signing for less
  /// than `age`, or doesn't sign yet.
  func publish(_ key: NewKey, lead: Duration, ifOlderThan age: Duration) async throws {
    _ = try await postgres.execute(InsertKey(key: key, lead: lead, age: age))
  }

  /// Deletes keys whose successor has been signing for longer than `retention`.
  func deleteKeys(retention: Duration) async throws {
    _ = try await postgres.execute(DeleteOldKeys(retention: retention))
  }
}
