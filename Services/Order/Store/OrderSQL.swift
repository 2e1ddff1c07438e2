import Contracts
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
    parameters.append(viewer.customer?.description)
    parameters.append(viewer.owner?.description)
  }
}
