import Contracts
import Web

extension OrderListQuery {
  /// Parses the query of a list.
  /// - Throws: 400 that names the parameter.
  init(_ query: Query) throws(Problem) {
    try query.allow("status", "limit", "cursor")
    self.init()
    status = try query.choice("status", OrderStatus.self)
    limit = try query.limit(default: 20, maximum: 100)
    guard let cursor = try query.cursor(fields: 2) else { return }
    guard let milliseconds = Int64(cursor.fields[0]), (0..<1 << 48).contains(milliseconds),
      let order = Identifier(cursor.fields[1])
    else { throw .badCursor }
    after = OrderListPosition(placedAt: Timestamp(milliseconds: milliseconds), order: order)
  }
}

extension OrderListPosition {
  /// The `nextCursor` of a page that ends here.
  var cursor: String { Cursor("\(placedAt.milliseconds)", order.description).text }
}
