import Postgres

/// Saga time as stored, in milliseconds.
struct ReadSagaClock: PostgresStatement {
  typealias Row = Int64
  static let isReadOnly = true
  static let sql = "SELECT elapsed_ms FROM saga_clock"
}

/// Compare-and-set of saga time. Returns the value after the statement, whether or not it was set.
struct AdvanceSagaClock: PostgresStatement {
  typealias Row = Int64
  static let sql = """
    WITH advanced AS (
      UPDATE saga_clock SET elapsed_ms = $2 WHERE elapsed_ms = $1 RETURNING elapsed_ms
    )
    SELECT elapsed_ms FROM advanced
    UNION ALL
    SELECT elapsed_ms FROM saga_clock WHERE NOT EXISTS (SELECT FROM advanced)
    """
  let expected: Int64
  let elapsed: Int64

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(expected)
    parameters.append(elapsed)
  }
}
