public import Idempotency
public import Postgres

/// Stored responses by idempotency key, in the same database and written by the same statement as the effect.
///
/// Two requests with one key can't both commit: the second violates the primary key, has no effect, and returns the stored
/// response.
public enum IdempotencyKeys {
  /// The primary key's name: its violation means that another request with the same key was first.
  public static let constraint = "idempotency_keys_pkey"

  /// The series of ``migrations``.
  public static let series = "idempotency_keys"

  public static let migrations = [
    PostgresMigration(
      series: series, number: 1, name: "create_idempotency_keys",
      sql: """
        CREATE TABLE idempotency_keys (
          principal   text NOT NULL,
          key         text NOT NULL,
          fingerprint text NOT NULL,
          subject     uuid NOT NULL,
          version     bigint NOT NULL,
          body        text NOT NULL,
          created_at  timestamptz NOT NULL DEFAULT now(),
          CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal, key)
        );
        CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
        """)
  ]

  /// The command of a CTE that stores the response to a request; it stores nothing if the request has no idempotency key.
  ///
  /// ```sql
  /// WITH changed AS (…), response AS (SELECT id, version, … AS document FROM changed),
  ///   stored AS (\(IdempotencyKeys.insert(from: 3)))
  /// ```
  /// - Parameters:
  ///   - first: the number of the first of the three parameters that ``IdempotentRequest/bind(_:_:)`` appends.
  ///   - response: the CTE with the response: the subject's `id`, its `version`, and the document.
  ///   - body: the document, an SQL expression.
  public static func insert(from first: Int, of response: String = "response", body: String = "document") -> String {
    """
    INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body)
    SELECT $\(first), $\(first + 1), $\(first + 2), id, version, \(body) FROM \(response) WHERE $\(first + 1)::text IS NOT NULL
    """
  }
}

/// Finds the stored response for a principal's key; no row if there is none, or if it was deleted after a day.
public struct FindStoredResponse: PostgresStatement {
  public typealias Row = StoredResponse
  public static let isReadOnly = true
  public static let sql = """
    SELECT fingerprint, subject, version, body
    FROM idempotency_keys
    WHERE principal = $1 AND key = $2
    """
  let principal: String
  let key: String

  public init(principal: String, key: String) {
    self.principal = principal
    self.key = key
  }

  public func bind(_ parameters: inout PostgresParameters) {
    parameters.append(principal)
    parameters.append(key)
  }
}

extension StoredResponse: PostgresRowDecodable {
  /// Reads a fingerprint, a subject, its version, and the body.
  public init(decoding row: inout PostgresRow) throws {
    try self.init(fingerprint: row.next(), subject: row.next(), version: row.next(), body: row.next())
  }
}
