/// A transaction on a connection of its own; of use only inside ``PostgresClient/withTransaction(isolation:_:)``.
///
/// Statements sent at the same time (`async let`) travel together and are carried out in the order in which they were sent.
/// After an error of the server the transaction can only be rolled back.
public struct PostgresTransaction: Sendable {
  let client: PostgresClient
  let lease: Request.Lease

  /// Carries out a statement within the transaction and returns its rows. Throws ``PostgresError``.
  public func execute<S: PostgresStatement>(_ statement: S) async throws -> [S.Row] {
    try await client.execute(statement, kind: .inTransaction, lease: lease)
  }
}
