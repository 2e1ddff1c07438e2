import Contracts
import Events
import Postgres

/// What a statement needs to append its event to the outbox: two parameters, the id and the trace.
struct OutboxEntry: Sendable {
  let id: Identifier
  let traceparent: String?

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(traceparent)
  }
}

extension ShopTarget {
  /// Three parameters: the shop, its owner, and the version that it must have.
  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id.description)
    parameters.append(owner.description)
    parameters.append(expectedVersion)
  }
}

/// Which shops to republish: four parameters.
struct RepublishCriteria: Sendable {
  static let sql = """
    ($1::uuid[] IS NULL OR id = ANY ($1))
      AND ($2::text[] IS NULL OR id IN (SELECT subject FROM outbox WHERE type = ANY ($2)))
      AND ($3::bigint IS NULL OR updated_at >= to_timestamp($3 / 1000.0))
      AND ($4::bigint IS NULL OR updated_at < to_timestamp($4 / 1000.0))
    """
  let request: RepublishRequest

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(request.ids?.map(\.description))
    parameters.append(request.types?.map(\.rawValue))
    parameters.append(request.since?.milliseconds)
    parameters.append(request.until?.milliseconds)
  }
}

extension PostgresRow {
  /// The next column, a `uuid`.
  mutating func identifier() throws -> Identifier {
    let text = try next(String.self)
    guard let identifier = Identifier(text) else {
      throw PostgresError(.decoding, message: "\(text) is not a UUID")
    }
    return identifier
  }
}

extension ShopAnswer {
  /// Reads an id, a version and a document.
  init(decoding row: inout PostgresRow) throws {
    self.init(id: try row.identifier(), version: try row.next(Int64.self), document: try row.next([UInt8].self))
  }
}

extension ShopRecord {
  /// Reads an id, a version, and a document or NULL.
  init(decoding row: inout PostgresRow) throws {
    self.init(id: try row.identifier(), version: try row.next(Int64.self), document: try row.next([UInt8]?.self))
  }
}
