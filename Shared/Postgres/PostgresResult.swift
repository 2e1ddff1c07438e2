import CPostgres

/// A result of the server, freed with its last reference.
///
/// `@unchecked Sendable`: libpq allows concurrent reads of an unchanged PGresult, and nothing changes it after the initializer.
final class PostgresResult: @unchecked Sendable {
  private let handle: OpaquePointer

  /// Takes ownership of the result.
  init(owning handle: OpaquePointer) {
    self.handle = handle
  }

  deinit {
    PQclear(handle)
  }

  /// The command tag, such as `COMMIT` or `UPDATE 3`.
  var commandTag: String { String(cString: PQcmdStatus(handle)) }

  func decode<S: PostgresStatement>(_ type: S.Type) throws -> [S.Row] {
    let count = PQntuples(handle)
    if count == 0 { return [] }
    var rows: [S.Row] = []
    rows.reserveCapacity(Int(count))
    for index in 0..<count {
      var row = PostgresRow(result: handle, row: index)
      rows.append(try S.decode(&row))
    }
    return rows
  }
}
