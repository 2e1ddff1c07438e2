public import Contracts
public import Postgres

extension AggregateVersion {
  /// Reads an id, a version, and whether the aggregate is deleted.
  public init(decoding row: inout PostgresRow) throws {
    self.init(id: try row.identifier(), version: try row.next(Int64.self), deleted: try row.next(Bool.self))
  }
}
