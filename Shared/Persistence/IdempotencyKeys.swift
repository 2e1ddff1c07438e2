import Contracts
public import Idempotency
public import Postgres

/// Stored responses by idempotency key, in the same database and written by the same statement as the effect.
///
/// A service stores the response in the CTE that has the effect:
/// ```sql
/// INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body) SELECT $1, $2, $3, id, version, document
/// FROM created
/// ```
/// Two requests with one key can't both commit: the second violates the primary key, has no effect, and returns the stored
/// response.
public enum IdempotencyKeys {
  /// The primary key's name: its violation means that another request with the same key was first.
  public static let constraint = "idempotency_keys_pkey"

  public static let migrationName = "create_idempotency_keys"

  public static func migration(number: Int) -> PostgresMigration {
    PostgresMigration(
      number: number, name: migrationName,
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
  }
}

/// Finds the stored response for a principal's key; no row if there is none, or if it was deleted after a day.
public struct FindStoredResponse: PostgresStatement {
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

  public static func decode(_ row: inout PostgresRow) throws -> StoredResponse {
    let fingerprint = try row.next(String.self)
    guard let subject = Identifier(try row.next(String.self)) else {
      throw PostgresError(.decoding, message: "idempotency_keys.subject is not a UUID")
    }
    return StoredResponse(
      fingerprint: fingerprint, subject: subject, version: try row.next(Int64.self), body: try row.next([UInt8].self))
  }
}
