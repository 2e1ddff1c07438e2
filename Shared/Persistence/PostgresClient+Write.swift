import Failpoints
public import Postgres

extension PostgresClient {
  /// Executes a statement that writes, between the failpoints before and after its commit.
  public func write<S: PostgresStatement>(_ statement: S) async throws -> [S.Row] {
    Failpoint.beforeCommit.reach()
    let rows = try await execute(statement)
    Failpoint.afterCommit.reach()
    return rows
  }

  /// Executes a statement that changes one aggregate if its guard allows it; nil if it didn't, so that there was nothing to
  /// commit.
  public func writeGuarded<S: PostgresStatement>(_ statement: S) async throws -> S.Row? {
    Failpoint.beforeCommit.reach()
    guard let row = try await execute(statement).first else { return nil }
    Failpoint.afterCommit.reach()
    return row
  }
}
