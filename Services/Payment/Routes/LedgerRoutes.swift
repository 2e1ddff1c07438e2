import Auth
import Contracts
import Hummingbird
import NIOCore
import Web

/// Queries of the ledger, for services and operators.
struct LedgerRoutes {
  let store: any PaymentStore

  func add(to router: Router<ServiceRequestContext>) {
    router.group("ledger")
      .get("accounts", use: accounts)
      .get("transactions", use: transactions)
  }

  private func accounts(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.service, .operator)
    try request.query().allow()
    return .json(bytes: ByteBuffer(bytes: try await store.accounts()), headers: .uncached)
  }

  private func transactions(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.service, .operator)
    let query = try request.query()
    try query.allow("paymentId")
    guard let payment = try query.identifiers("paymentId", maximum: 1)?.first else {
      throw Problem.invalidQuery("paymentId", "must be given")
    }
    return .json(bytes: ByteBuffer(bytes: try await store.transactions(of: payment)), headers: .uncached)
  }
}
