import Contracts
import Events
import Idempotency
import Persistence
import Postgres

/// The JSON of a row of `__tables__`, in the shape of `Contracts.__Aggregate__`.
private func document(_ row: String) -> String {
  """
  json_build_object(
    'id', \(row).id, 'name', \(row).name, 'version', \(row).version,
    'createdAt', \(DocumentSQL.time("\(row).created_at")), 'updatedAt', \(DocumentSQL.time("\(row).updated_at")))
  """
}

/// Inserts a __words__, its event, and the response to the request if it has an idempotency key.
struct Insert__Aggregate__: PostgresStatement {
  static let sql = """
    WITH created AS (
      INSERT INTO __tables__ (id, name, version) VALUES ($1, $2, 1)
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $3, '__aggregate__.created', created.id, created.version, $4 FROM created
    ), response AS (
      SELECT created.id, created.version, \(document("created")) AS document FROM created
    ), stored AS (
      INSERT INTO idempotency_keys (principal, key, fingerprint, subject, version, body)
      SELECT $5, $6, $7, response.id, response.version, response.document FROM response WHERE $6::text IS NOT NULL
    )
    SELECT id, version, document FROM response
    """
  let id: Identifier
  let name: String
  let event: OutboxEntry
  let request: IdempotentRequest?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(name)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Renames a __words__ if it has the expected version.
struct Rename__Aggregate__Statement: PostgresStatement {
  static let sql = """
    WITH renamed AS (
      UPDATE __tables__ SET name = $3, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version)
      RETURNING *
    ), event AS (
      INSERT INTO outbox (id, type, subject, sequence, traceparent)
      SELECT $4, '__aggregate__.renamed', renamed.id, renamed.version, $5 FROM renamed
    )
    SELECT renamed.id, renamed.version, \(document("renamed")) FROM renamed
    """
  let id: Identifier
  let name: String
  let expectedVersion: Int64?
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(expectedVersion)
    parameters.append(name)
    event.bind(&parameters)
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// __WordsPlural__ by id.
struct Select__Aggregates__: PostgresStatement {
  static let isReadOnly = true
  static let sql = """
    SELECT __tables__.id, __tables__.version, \(document("__tables__"))
    FROM __tables__
    WHERE __tables__.id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids.map(\.description))
  }

  static func decode(_ row: inout PostgresRow) throws -> Document {
    try Document(decoding: &row)
  }
}

/// Ids and versions behind a cursor: all of them, or those that have an event since a time.
struct SelectVersions: VersionPageStatement {
  static let sql = """
    SELECT id, version, false
    FROM __tables__
    \(VersionPage.sql())
    """
  let page: VersionPage

  static func decode(_ row: inout PostgresRow) throws -> AggregateVersion {
    try AggregateVersion(decoding: &row)
  }
}

/// The aggregates that a republish request selects, behind a cursor.
struct SelectRepublishSubjects: RepublishPageStatement {
  static let sql = """
    SELECT id, version, CASE WHEN version = 1 THEN '__aggregate__.created' ELSE '__aggregate__.renamed' END
    FROM __tables__
    \(RepublishPage.sql)
    """
  let page: RepublishPage

  static func decode(_ row: inout PostgresRow) throws -> RepublishSubject {
    RepublishSubject(
      id: try row.identifier(), version: try row.next(Int64.self), type: EventType(rawValue: try row.next(String.self)))
  }
}

/// How many aggregates a republish request selects.
struct CountRepublishSubjects: RepublishCountStatement {
  static let sql = "SELECT count(*) FROM __tables__ WHERE \(RepublishCriteria.sql)"
  let criteria: RepublishCriteria
}
