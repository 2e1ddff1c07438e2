public import Contracts
public import Postgres

extension Document {
  /// Reads an id, a version, and a document or NULL.
  public init(decoding row: inout PostgresRow) throws {
    self.init(id: try row.identifier(), version: try row.next(Int64.self), json: try row.next([UInt8]?.self))
  }
}
