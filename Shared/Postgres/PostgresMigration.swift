/// One migration of a database schema.
///
/// Once applied anywhere, its text must not change: write a new migration instead. The text may hold several statements, but none
/// that begins or ends a transaction. A database has the migrations of one or more series, applied one series after the other.
public struct PostgresMigration: Sendable, Hashable {
  /// What the number counts: a service numbers its own migrations, and each module with tables of its own the module's.
  public var series: String
  /// 1, 2, 3… without gaps within the series.
  public var number: Int
  /// Such as `create_shops`.
  public var name: String
  public var sql: String

  public init(series: String = "service", number: Int, name: String, sql: String) {
    self.series = series
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
  /// A row of the history.
  struct Applied {
    /// Empty in a history that a version without series wrote: one sequence of numbers for all migrations of the database.
    var series: String
    var number: Int
    var name: String
    var checksum: String
  }

  let pending: [PostgresMigration]
  /// The migrations behind the rows of a history without series, each with its number in that history.
  let renumbered: [(number: Int, migration: PostgresMigration)]

  /// - Parameters:
  ///   - migrations: a series is applied before those that are first mentioned later.
  ///   - applied: in the order of their numbers.
  /// - Throws: ``PostgresError`` (``PostgresError/Code/migration``) if the two don't match.
  init(_ migrations: [PostgresMigration], applied: [Applied]) throws(PostgresError) {
    var (history, renumbered) = (applied, [(number: Int, migration: PostgresMigration)]())
    for (index, old) in history.enumerated() where old.series.isEmpty {
      guard let migration = migrations.first(where: { $0.name == old.name }) else { throw .newerDatabase(old) }
      (history[index].series, history[index].number) = (migration.series, migration.number)
      renumbered.append((old.number, migration))
    }
    history.sort { $0.number < $1.number }

    var (pending, series) = ([PostgresMigration](), [String]())
    for migration in migrations where !series.contains(migration.series) {
      series.append(migration.series)
      let own = migrations.filter { $0.series == migration.series }
      pending += try Self.pending(own, applied: history.filter { $0.series == migration.series })
    }
    if let unknown = history.first(where: { !series.contains($0.series) }) { throw .newerDatabase(unknown) }
    (self.pending, self.renumbered) = (pending, renumbered)
  }

  /// Compares the migrations of one series.
  private static func pending(
    _ migrations: [PostgresMigration], applied: [Applied]
  ) throws(PostgresError) -> ArraySlice<PostgresMigration> {
    let sorted = migrations.sorted { $0.number < $1.number }
    for (index, migration) in sorted.enumerated() where migration.number != index + 1 {
      throw .refused(
        migration.series,
        migration.number <= index
          ? "migration number \(migration.number) is duplicated"
          : "migration number \(index + 1) is missing; the next one is \(migration.number) (\(migration.name))")
    }
    for (index, old) in applied.enumerated() {
      guard old.number == index + 1 else {
        throw .refused(
          old.series, "the database's history lacks migration number \(index + 1), but has \(old.number) (\(old.name))")
      }
      guard index < sorted.count else { throw .newerDatabase(old) }
      guard old.checksum == sorted[index].checksum else {
        throw .refused(old.series, "migration number \(old.number) (\(old.name)) was changed after it had been applied")
      }
    }
    return sorted.dropFirst(applied.count)
  }
}

extension PostgresError {
  fileprivate static func refused(_ series: String, _ message: String) -> PostgresError {
    PostgresError(.migration, message: "\(series): \(message)")
  }

  fileprivate static func newerDatabase(_ old: MigrationPlan.Applied) -> PostgresError {
    refused(old.series, "the database is newer than this program: it has migration number \(old.number) (\(old.name))")
  }
}
