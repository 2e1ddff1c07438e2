import Projections
import Contracts
import LoadClient
import NIOHTTP1

/// Compares each order, payment and delivery of its owner with order-history's.
func historyEqualsSources(_ context: AuditContext) async throws -> Finding {
  let services = context.services
  let deliveryOf = Dictionary(
    uniqueKeysWithValues: try await context.deliveriesByID().values.map { ($0.orderId, $0.id) })
  var finding = Finding()
  for lines in try await context.orders().chunks(of: 250) {
    let orders: [Identifier: Order] = try await context.batch(lines.map(\.id), at: services.order, "/orders")
    let payments: [Identifier: Payment] = try await context.batch(lines.map(\.paymentId), at: services.payment, "/payments")
    let deliveries: [Identifier: Delivery] = try await context.batch(
      lines.compactMap { deliveryOf[$0.id] }, at: services.rider, "/deliveries")
    finding = try await withThrowingTaskGroup(of: Finding.self) { group in
      for line in lines {
        group.addTask {
          let path = "/orders/\(line.id)"
          let response = try await services.history.call(.GET, path, as: context.operator)
          var finding = Finding()
          guard response.status == 200 else {
            finding.check(false, "order-history responds \(response.status) to \(path)")
            return finding
          }
          let view = try response.decode(View.self)
          finding.compare(view.order, orders[line.id], "order \(line.id)")
          finding.compare(view.payment, payments[line.paymentId], "payment \(line.paymentId)")
          finding.compare(view.delivery, deliveryOf[line.id].flatMap { deliveries[$0] }, "delivery of order \(line.id)")
          return finding
        }
      }
      return try await group.reduce(finding, +)
    }
  }
  return finding
}

/// The response of order-history's `GET /orders/{id}`.
private struct View: Decodable {
  let order: Order?
  let payment: Payment?
  let delivery: Delivery?
}

extension Finding {
  /// Compares two documents, and names the fields that differ.
  fileprivate mutating func compare<Part: Hashable>(_ shown: Part?, _ owned: Part?, _ name: String) {
    guard shown != owned else { return check(true, "") }
    guard let shown, let owned else {
      return check(
        false, "\(name): order-history shows \(shown == nil ? "none" : "one"), its owner \(owned == nil ? "none" : "one")")
    }
    let fields = zip(Mirror(reflecting: shown).children, Mirror(reflecting: owned).children)
      .filter { "\($0.0.value)" != "\($0.1.value)" }.compactMap(\.0.label)
    check(false, "\(name): order-history shows a different \(fields.joined(separator: ", "))")
  }
}

extension AuditContext {
  /// Fetches aggregates from their owner by ids.
  fileprivate func batch<Item: Aggregate & Decodable>(
    _ ids: [Identifier], at owner: RESTClient, _ collection: String
  ) async throws -> [Identifier: Item] {
    guard !ids.isEmpty else { return [:] }
    let path = "\(collection)?ids=\(ids.map(\.description).joined(separator: ","))"
    let response = try await owner.call(.GET, path, as: `operator`).expecting(200, of: "GET \(collection)?ids=…")
    return Dictionary(uniqueKeysWithValues: try response.decode(Batch<Item>.self).items.map { ($0.id, $0) })
  }
}
