/// One migration of a database schema.
///
/// Once applied anywhere, its text must not change: write a new migration instead. The text may hold several statements, but none
/// that begins or ends a transaction.
public struct PostgresMigration: Sendable, Hashable {
  /// 1, 2, 3… without gaps.
  public var number: Int
  /// Such as `create_shops`.
  public var name: String
  public var sql: String

  public init(number: Int, name: String, sql: String) {
    self.number = number
    self.name = name
    self.sql = sql
  }

  /// A migration whose text is an embedded file.
  public init(_ number: Int, _ name: String, _ file: [UInt8]) {
    self.init(number: number, name: name, sql: String(decoding: file, as: UTF8.self))
  }

  /// FNV-1a, 64 bits, of the text, in hexadecimal; it detects mistakes, not attacks.
  var checksum: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    let text = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}

/// The migrations to apply, found by comparing a program's migrations with a database's history; does no I/O.
struct MigrationPlan {
  struct Applied {
    var number: Int
    var name: String
    var checksum: String
  }

  let pending: [PostgresMigration]

  /// Throws ``PostgresError`` (``PostgresError/Code/migration``) if the two don't match.
  init(_ migrations: [PostgresMigration], applied: [Applied]) throws(PostgresError) {
    func refuse(_ message: String) -> PostgresError { PostgresError(.migration, message: message) }

    let sorted = migrations.sorted { $0.number < $1.number }
    for (index, migration) in sorted.enumerated() where migration.number != index + 1 {
      throw refuse(
        migration.number <= index
          ? "migration number \(migration.number) is duplicated"
          : "migration number \(index + 1) is missing; the next one is \(migration.number) (\(migration.name))")
    }
    for (index, old) in applied.enumerated() {
      guard old.number == index + 1 else {
        throw refuse("the database's history lacks migration number \(index + 1), but has \(old.number) (\(old.name))")
      }
      guard index < sorted.count else {
        throw refuse("the database is newer than this program: it has migration number \(old.number) (\(old.name))")
      }
      guard old.checksum == sorted[index].checksum else {
        throw refuse("migration number \(old.number) (\(old.name)) was changed after it had been applied")
      }
    }
    pending = Array(sorted.dropFirst(applied.count))
  }
}
