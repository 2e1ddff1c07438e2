import Auth
import Hummingbird
import Web

/// The delivered orders that a customer may still review.
struct InvitationRoutes {
  let store: any ReviewStore

  func add(to router: Router<ServiceRequestContext>) {
    router.get("customers/:id/invitations", use: list)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal(.customer, .service, .operator)
    let customer = try context.identifier("id")
    guard principal.role != .customer || principal.id == customer else {
      throw Problem.notFound("customer_not_found", "the customer does not exist")
    }
    let query = try request.query()
    try query.allow("cursor", "limit")
    let limit = try query.limit(maximum: 500)
    let invitations = try await store.openInvitations(of: customer, before: query.cursorIdentifier(), limit: limit)
    return .page(invitations, limit: limit)
  }
}
