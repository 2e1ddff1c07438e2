import AdminAPI
import Auth
import Contracts
import Hummingbird
import Web

/// What customers, services and operators read of payments.
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
  /// Whose payments the caller may see: a customer his own, services and operators all, which is `nil`.
  /// - Throws: 404 for the others, to whom a payment is as good as not there.
  fileprivate func customer() throws -> Identifier? {
    let principal = try requirePrincipal()
    switch principal.role {
    case .service, .operator: return nil
    case .customer: return principal.id
    case .owner, .rider: throw PaymentError.unknownPayment
    }
  }
}
