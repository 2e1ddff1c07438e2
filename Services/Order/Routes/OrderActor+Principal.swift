import Auth
import Web

extension ServiceRequestContext {
  /// The caller as the reader of an order.
  /// - Throws: 401 without a principal; 404 for a rider, who may see deliveries but not orders.
  func orderActor() throws -> OrderActor {
    let principal = try requirePrincipal()
    switch principal.role {
    case .customer: return .customer(principal.id)
    case .owner: return .owner(principal.id)
    case .service: return .service(principal.id)
    case .operator: return .operator(principal.id)
    case .rider: throw OrderError.unknownOrder
    }
  }
}
