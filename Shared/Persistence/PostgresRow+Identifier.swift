public import Contracts
public import Postgres

extension PostgresRow {
  /// The next column, a `uuid`.
  public mutating func identifier() throws -> Identifier {
    guard let identifier = try optionalIdentifier() else { throw PostgresError(.decoding, message: "NULL is not a UUID") }
    return identifier
  }

  /// The next column, a `uuid` or NULL.
  public mutating func optionalIdentifier() throws -> Identifier? {
    guard let text = try next(String?.self) else { return nil }
    guard let identifier = Identifier(text) else { throw PostgresError(.decoding, message: "\(text) is not a UUID") }
    return identifier
  }
}
