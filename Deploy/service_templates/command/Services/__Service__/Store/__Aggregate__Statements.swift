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
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      INSERT INTO __tables__ (id, name, version) VALUES ($1, $2, 1)
      RETURNING *
    ), event AS (
      \(Outbox.insert(.__aggregate__Created, from: 3))
    ), response AS (
      SELECT id, version, \(document("changed")) AS document FROM changed
    ), stored AS (
      \(IdempotencyKeys.insert(from: 5))
    )
    SELECT id, version, document FROM response
    """
  let id: Identifier
  let name: String
  let event: OutboxEntry
  let request: IdempotentRequest?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(name)
    event.bind(&parameters)
    IdempotentRequest.bind(request, &parameters)
  }
}

/// Renames a __words__ if it has the expected version.
struct Rename__Aggregate__Statement: PostgresStatement {
  typealias Row = Document
  static let sql = """
    WITH changed AS (
      UPDATE __tables__ SET name = $3, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = coalesce($2, version)
      RETURNING *
    ), event AS (
      \(Outbox.insert(.__aggregate__Renamed, from: 4))
    )
    SELECT id, version, \(document("changed")) FROM changed
    """
  let id: Identifier
  let name: String
  let expectedVersion: Int64?
  let event: OutboxEntry

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    parameters.append(expectedVersion)
    parameters.append(name)
    event.bind(&parameters)
  }
}

/// __WordsPlural__ by id.
struct Select__Aggregates__: PostgresStatement {
  typealias Row = Document
  static let isReadOnly = true
  static let sql = """
    SELECT __tables__.id, __tables__.version, \(document("__tables__"))
    FROM __tables__
    WHERE __tables__.id = ANY ($1::uuid[])
    """
  let ids: [Identifier]

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(ids)
  }
}

/// The __wordsPlural__, which are never deleted.
enum __Aggregate__Table: AggregateTable {
  static let rows = "__tables__"
  static let eventType = """
    CASE WHEN version = 1 THEN \(EventType.__aggregate__Created.sql) ELSE \(EventType.__aggregate__Renamed.sql) END
    """
}
