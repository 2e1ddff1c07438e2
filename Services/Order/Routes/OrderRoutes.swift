import AdminAPI
import Auth
import Contracts
import Hummingbird
import JSON
import Web

/// Placing and reading orders.
struct OrderRoutes {
  let store: any OrderStore
  let placeOrder: PlaceOrder

  func add(to router: Router<ServiceRequestContext>) {
    router.group("orders")
      .post(use: place)
      .get(use: list)
      .get(":id", use: read)
      .get(":id/events", use: history)
    VersionRoutes(of: "orders", store.versions(after:changedSince:limit:)).add(to: router)
  }

  private func place(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let customer = try context.requirePrincipal(.customer)
    let body = try await request.jsonBytes(context)
    let order = try StrictJSON.decode(PlaceOrderRequest.self, from: body).validated(by: customer.id)
    let idempotent = try request.requireIdempotentRequest(by: customer, body: body)
    return .created(try await placeOrder.execute(order, request: idempotent), in: "/orders")
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = try context.orderActor()
    let id = try context.identifier("id")
    let query = try request.query()
    try query.allow("version")
    if let version = try query.integer("version", in: 1...Int(Int32.max)) {
      return .document(try await store.order(id, at: Int64(version), for: viewer), for: request)
    }
    return .document(try await store.order(id, for: viewer), for: request)
  }

  private func history(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let viewer = try context.orderActor()
    return .page(try await store.history(of: context.identifier("id"), for: viewer), nextCursor: nil)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.service, .operator)
    let query = try request.query()
    try query.allow("ids")
    guard let ids = try query.identifiers("ids", maximum: 500) else {
      throw Problem.invalidQuery("ids", "is required: a comma-separated list of ids")
    }
    return .batch(try await store.orders(ids), of: ids)
  }
}
