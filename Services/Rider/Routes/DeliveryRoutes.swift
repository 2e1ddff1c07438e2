import AdminAPI
import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// Riders accept deliveries and carry them out, the checkout saga cancels them, and the parties of the order read them.
struct DeliveryRoutes {
  let commands: DeliveryCommands
  let store: any DeliveryStore

  func add(to router: Router<ServiceRequestContext>) {
    router.group("deliveries")
      .get(use: list)
      .post("cancel", use: cancel)
      .get(":id", use: read)
      .post(":id/accept", use: accept)
      .post(":id/decline", use: decline)
      .post(":id/pickup", use: pickUp)
      .post(":id/complete", use: complete)
    VersionRoutes(of: "deliveries", store.versions(after:changedSince:limit:)).add(to: router)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let reader = Reader(try context.requirePrincipal())
    return .document(try await store.delivery(context.identifier("id"), for: reader), for: request)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let query = try request.query()
    if let ids = try query.identifiers("ids", maximum: 500) {
      try query.allow("ids")
      _ = try context.requirePrincipal(.service, .operator)
      return .batch(try await store.deliveries(ids), of: ids)
    }
    try query.allow("ids", "orderId")
    guard let orders = try query.identifiers("orderId", maximum: 1) else {
      throw Problem.invalidQuery("ids", "or orderId is required")
    }
    return .batch(try await store.deliveries(ofOrder: orders[0], for: Reader(principal)), of: [])
  }

  private func accept(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    .document(try await commands.accept(DeliveryTarget(request, context)))
  }

  private func decline(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await commands.decline(DeliveryTarget(request, context))
    return Response(status: .noContent)
  }

  private func pickUp(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    .document(try await commands.pickUp(DeliveryTarget(request, context)))
  }

  private func complete(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    .document(try await commands.complete(DeliveryTarget(request, context)))
  }

  private func cancel(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requireService("order", or: .operator)
    let cancellation = try await request.json(CancelDeliveryBody.self, context).validated()
    return .document(try await commands.cancel(cancellation))
  }
}

extension DeliveryTarget {
  /// The delivery in the path, with the caller as its rider.
  init(_ request: Request, _ context: ServiceRequestContext) throws {
    let rider = try context.requirePrincipal(.rider)
    self.init(id: try context.identifier("id"), rider: rider.id, expectedVersion: try request.ifMatch())
  }
}

extension Reader {
  init(_ principal: Principal) {
    self.init(role: principal.role.rawValue, id: principal.id)
  }
}
