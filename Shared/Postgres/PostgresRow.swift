import CPostgres

/// One row of a result, read column by column from the left.
///
/// It points into the result and is valid only while ``PostgresStatement/decode(_:)`` runs, so it can't be copied.
public struct PostgresRow: ~Copyable {
  private let result: OpaquePointer
  private let row: Int32
  private var column: Int32 = 0

  init(result: OpaquePointer, row: Int32) {
    self.result = result
    self.row = row
  }

  /// The value of the next column. Throws ``PostgresError`` (``PostgresError/Code/decoding``) for NULL, for an undecodable value,
  /// and when there is no further column.
  public mutating func next<Value: PostgresDecodable>(_ type: Value.Type = Value.self) throws -> Value {
    guard let value = try next(Value?.self) else { throw mismatch(type, at: column - 1, "is NULL") }
    return value
  }

  /// The value of the next column, nil if it is NULL. Throws for an undecodable value, and when there is no further column.
  public mutating func next<Value: PostgresDecodable>(_ type: Value?.Type = Value?.self) throws -> Value? {
    guard column < PQnfields(result) else {
      throw PostgresError(.decoding, message: "the row has only \(column) columns; \(Value.self) expected")
    }
    let index = column
    column += 1
    if PQgetisnull(result, row, index) == 1 { return nil }
    let length = Int(PQgetlength(result, row, index))
    // Valid as long as the result; libpq terminates every text value with a NUL beyond its length.
    let bytes = PQgetvalue(result, row, index).withMemoryRebound(to: UInt8.self, capacity: length) {
      UnsafeBufferPointer(start: $0, count: length)
    }
    guard let value = Value(postgresText: bytes) else {
      throw mismatch(Value.self, at: index, "is '\(String(decoding: bytes.prefix(40), as: UTF8.self))'")
    }
    return value
  }

  /// The value of the next column, the raw value of an enumeration.
  public mutating func next<Choice: RawRepresentable<String>>(_ type: Choice.Type = Choice.self) throws -> Choice {
    guard let choice = try next(Choice?.self) else { throw mismatch(type, at: column - 1, "is NULL") }
    return choice
  }

  /// The value of the next column, the raw value of an enumeration or NULL.
  public mutating func next<Choice: RawRepresentable<String>>(_ type: Choice?.Type = Choice?.self) throws -> Choice? {
    guard let text = try next(String?.self) else { return nil }
    guard let choice = Choice(rawValue: text) else { throw mismatch(Choice.self, at: column - 1, "is '\(text.prefix(40))'") }
    return choice
  }

  private func mismatch<Value>(_ type: Value.Type, at index: Int32, _ what: String) -> PostgresError {
    let name = PQfname(result, index).map { String(cString: $0) } ?? "\(index + 1)"
    return PostgresError(.decoding, message: "column \(name) \(what); \(Value.self) expected")
  }
}
