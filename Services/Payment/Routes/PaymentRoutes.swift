import AdminAPI
import Auth
import Contracts
import Hummingbird
import Web

/// Queries of payments, for customers, services and operators.
struct PaymentRoutes {
  let store: any PaymentStore

  func add(to router: Router<ServiceRequestContext>) {
    router.group("payments")
      .get(use: list)
      .get(":id", use: read)
    VersionRoutes(of: "payments", store.versions(after:changedSince:limit:)).add(to: router)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let customer = try context.customer()
    return .document(try await store.payment(context.identifier("id"), of: customer), for: request)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal()
    let query = try request.query()
    try query.allow("ids", "orderId")
    if let orders = try query.identifiers("orderId", maximum: 1) {
      try query.allow("orderId")
      let payment = try await store.payment(ofOrder: orders[0], customer: context.customer())
      return .batch(payment.map { [$0] } ?? [], of: [])
    }
    _ = try context.requirePrincipal(.service, .operator)
    guard let ids = try query.identifiers("ids", maximum: 500) else {
      throw Problem.invalidQuery("ids", "or orderId must be given")
    }
    return .batch(try await store.payments(ids), of: ids)
  }
}

extension ServiceRequestContext {
  /// The customer whose payments the caller may read; `nil`, which is all payments, for services and operators.
  /// - Throws: 404 for the other roles: to them, no payment exists.
  fileprivate func customer() throws -> Identifier? {
    let principal = try requirePrincipal()
    switch principal.role {
    case .service, .operator: return nil
    case .customer: return principal.id
    case .owner, .rider: throw PaymentError.unknownPayment
    }
  }
}
