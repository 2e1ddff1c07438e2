public import Contracts
public import Postgres

extension Identifier: PostgresDecodable, PostgresArrayElement {
  /// A `uuid`.
  public init?(postgresText bytes: UnsafeBufferPointer<UInt8>) {
    self.init(String(decoding: bytes, as: UTF8.self))
  }

  /// A `uuid[]`.
  public static func array(postgresText bytes: UnsafeBufferPointer<UInt8>) -> [Identifier]? {
    guard let texts = String.array(postgresText: bytes) else { return nil }
    let identifiers = texts.compactMap { Identifier($0) }
    return identifiers.count == texts.count ? identifiers : nil
  }
}

extension Money: PostgresDecodable {
  /// Whole won, a `bigint`.
  public init?(postgresText bytes: UnsafeBufferPointer<UInt8>) {
    guard let amount = Int64(postgresText: bytes) else { return nil }
    self.init(amount: amount)
  }
}

extension PostgresParameters {
  /// A `uuid`.
  public mutating func append(_ id: Identifier?) { append(id?.description) }

  /// A `uuid[]`.
  public mutating func append(_ ids: [Identifier]?) { append(ids?.map(\.description)) }

  /// Whole won, a `bigint`.
  public mutating func append(_ money: Money?) { append(money?.amount) }
}

extension Document: PostgresRowDecodable {
  /// Reads an id, a version, and a document or NULL.
  public init(decoding row: inout PostgresRow) throws {
    try self.init(id: row.next(), version: row.next(), json: row.next())
  }
}

extension AggregateVersion: PostgresRowDecodable {
  /// Reads an id, a version, and whether the aggregate is deleted.
  public init(decoding row: inout PostgresRow) throws {
    try self.init(id: row.next(), version: row.next(), deleted: row.next())
  }
}
