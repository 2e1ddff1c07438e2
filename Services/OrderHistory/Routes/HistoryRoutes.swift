import JSON
import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// An order with all that belongs to it, and the lists of a customer's and of a shop's orders.
struct HistoryRoutes {
  let reader: HistoryReader
  let lookup: OrderLookup

  func add(to router: Router<ServiceRequestContext>) {
    router.get("orders/:id", use: order)
    router.get("customers/:id/orders", use: ordersOfCustomer)
    router.get("shops/:id/orders", use: ordersOfShop)
  }

  private func order(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = Viewer(try context.requirePrincipal())
    let id = try context.identifier()
    try request.query().allow()
    let view = try await lookup.find(id, for: viewer)
    let tag = view.versions.description
    // A copy may be kept, and must be validated before it is used.
    let headers: HTTPFields = [.eTag: "\"\(tag)\"", .cacheControl: "private, no-cache"]
    if request.ifNoneMatch?.matches(opaque: tag) ?? false { return .unchanged(headers) }
    var json = JSONText(capacity: 4096)
    json.addView(view)
    return .json(bytes: json.buffer, headers: headers)
  }

  private func ordersOfCustomer(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = Viewer(try context.requirePrincipal(.customer, .operator, .service))
    let id = try context.identifier()
    let query = try OrderListQuery(request.query())
    guard viewer == .staff || viewer == .customer(id) else {
      throw Problem.notFound("customer_not_found", "there is no customer with this id")
    }
    return try await page(.customer(id), query, for: viewer)
  }

  private func ordersOfShop(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = Viewer(try context.requirePrincipal(.owner, .operator, .service))
    let id = try context.identifier()
    return try await page(.shop(id), try OrderListQuery(request.query()), for: viewer)
  }

  private func page(_ list: HistoryList, _ query: OrderListQuery, for viewer: Viewer) async throws -> Response {
    let page = try await reader.page(list, status: query.status, after: query.after, limit: query.limit)
    let visible = page.orders.filter(viewer.sees)
    if visible.isEmpty {
      // Only orders tell whose a shop is, and all of them do: an empty page of another's must not tell which statuses its orders have. A
      // shop without any order is anybody's, and has nothing to show.
      let others = page.orders.isEmpty ? try await reader.page(list, status: nil, after: nil, limit: 1).orders : page.orders
      guard others.allSatisfy(viewer.sees) else {
        throw Problem.notFound("shop_not_found", "there is no shop of yours with this id")
      }
      guard try await reader.isBuilt() else { throw Problem.unavailable("the read model is being built") }
    }
    var json = JSONText(capacity: 128 + visible.count * 512)
    json.beginObject()
    json.key("items")
    json.beginArray()
    for order in visible { json.addSummary(order) }
    json.endArray()
    json.key("nextCursor")
    if let next = page.next { json.value(OrderListQuery.cursor(behind: next)) } else { json.null() }
    json.endObject()
    return .json(bytes: json.buffer, headers: [.cacheControl: "no-store"])
  }
}

/// Which page of a list is asked for.
struct OrderListQuery: Hashable, Sendable {
  var status: OrderStatus?
  var limit: Int
  var after: HistoryPlace?

  /// - Throws: 400 naming the parameter.
  init(_ query: Query) throws(Problem) {
    try query.allow("status", "limit", "cursor")
    status = try query.choice("status", OrderStatus.self)
    limit = try query.limit(default: 20, maximum: 100)
    guard let cursor = try query.cursor(fields: 2) else { return }
    guard let milliseconds = Int64(cursor.fields[0]), (0..<1 << 48).contains(milliseconds),
      let order = Identifier(cursor.fields[1])
    else { throw .badCursor }
    after = HistoryPlace(placedAt: Timestamp(milliseconds: milliseconds), order: order)
  }

  static func cursor(behind place: HistoryPlace) -> String {
    Cursor("\(place.placedAt.milliseconds)", place.order.description).text
  }
}

extension Response {
  /// 304; `headers` are those that the 200 would have.
  fileprivate static func unchanged(_ headers: HTTPFields) -> Response {
    var response = Response(status: .notModified, headers: headers)
    // 0 would be a statement about the representation that the client has.
    response.headers[.contentLength] = nil
    return response
  }
}
