public import Contracts
public import Postgres

/// The transactional outbox: a table in the service's own database, written in the same statement as the state that changed.
///
/// A service appends its event in the CTE that changes the aggregate, so neither can be committed without the other:
/// ```sql
/// WITH changed AS (UPDATE shops … RETURNING *), event AS (\(Outbox.insert(.shopUpdated, from: 3))) SELECT …
/// ```
/// `OutboxRelay` publishes the rows; they are kept for a day, so that events which Redis loses can be published again.
public enum Outbox {
  /// The tables that the relay uses.
  public static let migrations = [
    PostgresMigration(
      series: "outbox", number: 1, name: "create_outbox",
      sql: """
        CREATE TABLE outbox (
          position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          id              uuid NOT NULL,
          type            text NOT NULL,
          subject         uuid NOT NULL,
          sequence        bigint NOT NULL CHECK (sequence > 0),
          time            timestamptz NOT NULL DEFAULT clock_timestamp(),
          traceparent     text,
          published_at    timestamptz,
          published_by    text,
          published_batch bigint
        ) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);

        -- Rows are found by being unpublished, never by their position: a transaction that commits late
        -- has a lower position than rows that are out already.
        CREATE INDEX outbox_unpublished ON outbox (position) WHERE published_at IS NULL;

        -- What changed lately is found by time; rows come in that order, so ranges of blocks are index enough.
        CREATE INDEX outbox_time ON outbox USING brin (time) WITH (pages_per_range = 32, autosummarize = on);

        -- The last batch that each relay has marked; compared with the mark in Redis to find out what Redis lost.
        CREATE TABLE outbox_relays (
          relay text PRIMARY KEY,
          batch bigint NOT NULL
        );
        """)
  ]

  /// The command of a CTE that appends an event for each row of another CTE.
  ///
  /// - Parameters:
  ///   - changed: the CTE with the changed aggregates: `id` and the new `version`.
  ///   - first: the number of the first of the two parameters of ``OutboxEntry``.
  public static func insert(_ type: EventType, of changed: String = "changed", from first: Int) -> String {
    insert(type: type.sql, of: changed, from: first)
  }

  /// The same, with a type that an SQL expression determines.
  public static func insert(type: String, of changed: String = "changed", from first: Int) -> String {
    """
    INSERT INTO outbox (id, type, subject, sequence, traceparent)
    SELECT $\(first), \(type), id, version, $\(first + 1) FROM \(changed)
    """
  }
}

extension EventType {
  /// The name as an SQL literal: statements write no event's name themselves.
  public var sql: String { "'\(rawValue)'" }

  /// An SQL expression: the event type of each value of a column.
  public static func sql<Choice: CaseIterable & RawRepresentable<String>>(
    for column: String, _ type: (Choice) -> EventType
  ) -> String {
    let cases = Choice.allCases.map { "WHEN '\($0.rawValue)' THEN \(type($0).sql)" }
    return "CASE \(column) \(cases.joined(separator: " ")) END"
  }
}
