/// A statement with its parameters and the type of its rows.
///
/// ```swift
/// struct FindShopName: PostgresStatement {
///   static let sql = """
///     SELECT name FROM shops WHERE id = $1
///     """
///   typealias Row = String
///   let id: String
///   func bind(_ parameters: inout PostgresParameters) { parameters.append(id) }
/// }
/// ```
/// Parameters and columns use PostgreSQL's text format. The statement is prepared once per connection.
public protocol PostgresStatement: Sendable {
  associatedtype Row: Sendable

  /// One SQL command with `$1`, `$2`… for the parameters; the same text for every call.
  static var sql: String { get }

  /// True for a statement that changes nothing: it is resent on another connection when its own is lost. Default: false.
  static var isReadOnly: Bool { get }

  /// True for a statement whose best plan depends on its parameters, such as a page with optional filters. Default: false.
  ///
  /// Other statements are planned once per connection, for all parameters. Such a statement runs on a connection for
  /// transactions, where PostgreSQL may plan it again for each call.
  static var isPlannedForItsValues: Bool { get }

  /// Appends the parameters in order.
  func bind(_ parameters: inout PostgresParameters)

  /// Decodes one row, column by column. By default the row decodes itself (``PostgresRowDecodable``).
  static func decode(_ row: inout PostgresRow) throws -> Row
}

extension PostgresStatement {
  public static var isReadOnly: Bool { false }

  public static var isPlannedForItsValues: Bool { false }

  /// No parameters.
  public func bind(_ parameters: inout PostgresParameters) {}
}

extension PostgresStatement where Row: PostgresRowDecodable {
  public static func decode(_ row: inout PostgresRow) throws -> Row { try Row(decoding: &row) }
}

extension PostgresStatement where Row == Void {
  /// For statements whose rows are not used.
  public static func decode(_ row: inout PostgresRow) throws {}
}
