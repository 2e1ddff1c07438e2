import Auth
import Contracts
import Hummingbird
import Web

/// What the shop's owner and the customer decide about an order. Each decision moves the checkout saga in the same statement.
struct OrderCommandRoutes {
  let store: any OrderStore
  let plan: any CheckoutPlan

  func add(to router: Router<ServiceRequestContext>) {
    router.group("orders/:id")
      .post("accept", use: accept)
      .post("reject", use: reject)
      .post("cancel", use: cancel)
  }

  private func accept(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let action = try await request.json(AcceptOrder.self, context).validated()
    return try await carryOut(action, by: .owner(owner.id), request, context)
  }

  private func reject(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let reason = try await request.json(GiveUpOrder.self, context).validated()
    return try await carryOut(.reject(reason: reason), by: .owner(owner.id), request, context)
  }

  private func cancel(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let customer = try context.requirePrincipal(.customer)
    let reason = try await request.json(GiveUpOrder.self, context).validated()
    return try await carryOut(.cancel(reason: reason), by: .customer(customer.id), request, context)
  }

  private func carryOut(
    _ action: OrderAction, by actor: OrderActor, _ request: Request, _ context: ServiceRequestContext
  ) async throws -> Response {
    let order = try await store.apply(
      action, to: context.identifier("id"), expectedVersion: request.ifMatch(), actor: actor, saga: plan.following(action))
    return .document(order)
  }
}
