import Contracts
import Persistence
import Postgres

/// SQL fragments of several statements.
enum OrderSQL {
  /// The condition that an actor may see an order. Its two parameters are appended by ``bind(_:_:)``.
  static func visible(_ snapshot: String, from first: Int) -> String {
    """
    \(snapshot).customer_id = coalesce($\(first)::uuid, \(snapshot).customer_id)
        AND \(snapshot).owner_id = coalesce($\(first + 1)::uuid, \(snapshot).owner_id)
    """
  }

  static func bind(_ viewer: OrderActor, _ parameters: inout PostgresParameters) {
    parameters.append(viewer.customer)
    parameters.append(viewer.owner)
  }
}

/// A query about an order with the condition ``OrderSQL/visible(_:from:)``: three parameters, the order and the viewer's.
protocol VisibleOrderQuery: PostgresStatement {
  var id: Identifier { get }
  var viewer: OrderActor { get }
}

extension VisibleOrderQuery {
  static var isReadOnly: Bool { true }

  func bind(_ parameters: inout PostgresParameters) {
    parameters.append(id)
    OrderSQL.bind(viewer, &parameters)
  }
}
