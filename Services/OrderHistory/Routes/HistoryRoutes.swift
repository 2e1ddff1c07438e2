import Auth
import Contracts
import HTTPTypes
import Hummingbird
import JSON
import Web

/// An order with its payment and delivery, and the lists of a customer's and a shop's orders.
struct HistoryRoutes {
  let findOrder: FindOrder
  let listOrders: ListOrders

  func add(to router: Router<ServiceRequestContext>) {
    router.get("orders/:id", use: order)
    router.get("customers/:id/orders", use: ordersOfCustomer)
    router.get("shops/:id/orders", use: ordersOfShop)
  }

  private func order(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = Viewer(try context.requirePrincipal())
    let id = try context.identifier()
    try request.query().allow()
    let view = try await findOrder.find(id, for: viewer)
    let tag = view.versions.description
    let headers: HTTPFields = [.eTag: "\"\(tag)\"", .cacheControl: "private, no-cache"]
    if request.ifNoneMatch?.matches(opaque: tag) ?? false { return .notModified(headers) }
    var json = JSONText(capacity: 4096)
    json.value(view)
    return .json(bytes: json.buffer, headers: headers)
  }

  private func ordersOfCustomer(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = Viewer(try context.requirePrincipal(.customer, .operator, .service))
    let id = try context.identifier()
    return .page(try await listOrders.list(.customer(id), try OrderListQuery(request.query()), for: viewer))
  }

  private func ordersOfShop(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = Viewer(try context.requirePrincipal(.owner, .operator, .service))
    let id = try context.identifier()
    return .page(try await listOrders.list(.shop(id), try OrderListQuery(request.query()), for: viewer))
  }
}

extension Response {
  fileprivate static func page(_ page: OrderListPage) -> Response {
    var json = JSONText(capacity: 128 + page.orders.count * 512)
    json.beginObject()
    json.key("items")
    json.beginArray()
    for order in page.orders { json.summary(order) }
    json.endArray()
    json.add("nextCursor", page.next?.cursor)
    json.endObject()
    return .json(bytes: json.buffer, headers: [.cacheControl: "no-store"])
  }

  /// 304; `headers` are those of the 200 response.
  fileprivate static func notModified(_ headers: HTTPFields) -> Response {
    var response = Response(status: .notModified, headers: headers)
    // RFC 9110, section 8.6: the Content-Length of a 304 would have to be that of the 200 response.
    response.headers[.contentLength] = nil
    return response
  }
}
