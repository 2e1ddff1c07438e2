import Logging
import Postgres
import TestSupport
import Testing

@testable import PaymentService

@Suite("The migrations of payment's database")
struct MigrationTests {
  /// As the versions before the series wrote it, with the checksums of the released texts.
  private static let historyWithoutSeries = """
    DROP TABLE schema_migrations;
    CREATE TABLE schema_migrations (
      number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
    INSERT INTO schema_migrations (number, name, checksum) VALUES
      (1, 'create_payments', '8471b77e83b1f5b5'),
      (2, 'create_outbox', 'df3d9d3861a7d1fd'),
      (3, 'create_idempotency_keys', 'a2eb723e46b6424a'),
      (4, 'create_ledger', 'f4b2ae405c8a7ad6'),
      (5, 'index_unanswered_keys', 'eb9d243bcc85231c'),
      (6, 'check_balance_by_statement', '9c5fbce05dea277c');
    """

  @Test("A database of a version that numbered all migrations in one sequence is recognised, and keeps its data")
  func upgrade() async throws {
    let server = try await PostgresServer()
    try await server.createDatabase(named: "payment")
    let client = PostgresClient(configuration: server.configuration(database: "payment"), logger: Logger(label: "tests"))
    try await client.migrate(paymentMigrations)
    let history = "SELECT series, number, name, checksum FROM schema_migrations ORDER BY series, number"
    let expected = try await server.psql(history, database: "payment")
    _ = try await server.psql(
      "\(Self.historyWithoutSeries) INSERT INTO provider_webhooks (id) VALUES ('kept')", database: "payment")
    try await client.migrate(paymentMigrations)
    #expect(try await server.psql(history, database: "payment") == expected)
    #expect(try await server.psql("SELECT id FROM provider_webhooks", database: "payment") == "kept")
  }
}
