/// A transaction on a connection of its own; usable only inside ``PostgresClient/withTransaction(isolation:_:)``.
///
/// Statements sent concurrently (`async let`) are pipelined and executed in the order in which they were sent. After an error of
/// the server the transaction can only be rolled back.
public struct PostgresTransaction: Sendable {
  let client: PostgresClient
  let lease: Request.Lease

  /// Executes a statement within the transaction and returns its rows. Throws ``PostgresError``.
  public func execute<S: PostgresStatement>(_ statement: S) async throws -> [S.Row] {
    try await client.execute(statement, kind: .inTransaction, lease: lease)
  }
}
