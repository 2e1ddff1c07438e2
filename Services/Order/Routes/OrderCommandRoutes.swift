import Auth
import Contracts
import Hummingbird
import Web

/// The commands of the shop's owner and of the customer.
struct OrderCommandRoutes {
  let changeOrder: ChangeOrder

  func add(to router: Router<ServiceRequestContext>) {
    router.group("orders/:id")
      .post("accept", use: accept)
      .post("reject", use: reject)
      .post("cancel", use: cancel)
  }

  private func accept(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let action = try await request.json(AcceptOrderRequest.self, context).validated()
    return try await execute(action, by: .owner(owner.id), request, context)
  }

  private func reject(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let reason = try await request.json(OrderReasonRequest.self, context).validated()
    return try await execute(.reject(reason: reason), by: .owner(owner.id), request, context)
  }

  private func cancel(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let customer = try context.requirePrincipal(.customer)
    let reason = try await request.json(OrderReasonRequest.self, context).validated()
    return try await execute(.cancel(reason: reason), by: .customer(customer.id), request, context)
  }

  private func execute(
    _ action: OrderAction, by actor: OrderActor, _ request: Request, _ context: ServiceRequestContext
  ) async throws -> Response {
    .document(
      try await changeOrder.execute(action, on: context.identifier("id"), by: actor, expectedVersion: request.ifMatch()))
  }
}
