import Callbacks
import Contracts
import LoadClient
import NIOHTTP1

/// Each order, payment and delivery as its owner shows it beside what order-history shows, and the lists of each customer.
func historyEqualsSources(_ evidence: Evidence) async throws -> Finding {
  let history = RESTClient(baseURL: evidence.addresses.url("ORDER_HISTORY"), connections: evidence.connections)
  let owners = Owners(evidence)
  let deliveryOf = Dictionary(
    uniqueKeysWithValues: try await evidence.deliveriesByID().values.map { ($0.orderId, $0.id) })
  var finding = Finding()
  for lines in try await evidence.orders().chunks(of: 250) {
    let orders: [Identifier: Order] = try await owners.batch(lines.map(\.id), of: "ORDER", "/orders")
    let payments: [Identifier: Payment] = try await owners.batch(lines.map(\.paymentId), of: "PAYMENT", "/payments")
    let deliveries: [Identifier: Delivery] = try await owners.batch(
      lines.compactMap { deliveryOf[$0.id] }, of: "RIDER", "/deliveries")
    finding = try await withThrowingTaskGroup(of: Finding.self) { group in
      for line in lines {
        group.addTask {
          let path = "/orders/\(line.id)"
          let answer = try await history.call(.GET, path, as: .operator(.auditor))
          var finding = Finding()
          guard answer.status == 200 else {
            finding.check(false, "order-history answers \(answer.status) to \(path)")
            return finding
          }
          let view = try answer.decode(View.self)
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

/// The composed view of order-history.
private struct View: Decodable {
  let order: Order?
  let payment: Payment?
  let delivery: Delivery?
}

extension Finding {
  /// What is shown must be what the owner has, in every field.
  fileprivate mutating func compare<Part: Hashable>(_ shown: Part?, _ owned: Part?, _ name: String) {
    guard shown != owned else { return check(true, "") }
    guard let shown, let owned else {
      return check(
        false, "\(name): order-history shows \(shown == nil ? "none" : "one"), its owner \(owned == nil ? "none" : "one")")
    }
    let fields = zip(Mirror(reflecting: shown).children, Mirror(reflecting: owned).children)
      .filter { "\($0.0.value)" != "\($0.1.value)" }.compactMap(\.0.label)
    check(false, "\(name): order-history shows another \(fields.joined(separator: ", "))")
  }
}

/// The owners of aggregates, asked for many at a time.
private struct Owners: Sendable {
  let evidence: Evidence

  init(_ evidence: Evidence) {
    self.evidence = evidence
  }

  func batch<Item: Aggregate & Decodable>(
    _ ids: [Identifier], of service: String, _ collection: String
  ) async throws -> [Identifier: Item] {
    guard !ids.isEmpty else { return [:] }
    let client = RESTClient(baseURL: evidence.addresses.url(service), connections: evidence.connections)
    let path = "\(collection)?ids=\(ids.map(\.description).joined(separator: ","))"
    let answer = try await client.call(.GET, path, as: .operator(.auditor)).expecting(200, of: "GET \(collection)?ids=…")
    return Dictionary(uniqueKeysWithValues: try answer.decode(Batch<Item>.self).items.map { ($0.id, $0) })
  }
}
