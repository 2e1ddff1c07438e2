import Contracts

/// Who changes or reads an order.
enum OrderActor: Hashable, Sendable {
  case customer(Identifier)
  case owner(Identifier)
  /// Another service; it may read every order.
  case service(Identifier)
  /// May read every order.
  case `operator`(Identifier)
  /// The checkout saga of this service.
  case saga

  /// As stored in the history: `customer:<uuid>`.
  var text: String {
    switch self {
    case .customer(let id): "customer:\(id)"
    case .owner(let id): "owner:\(id)"
    case .service(let id): "service:\(id)"
    case .operator(let id): "operator:\(id)"
    case .saga: "saga"
    }
  }

  /// The customer to whose orders access is restricted.
  var customer: Identifier? {
    if case .customer(let id) = self { id } else { nil }
  }

  /// The owner to whose shops' orders access is restricted.
  var owner: Identifier? {
    if case .owner(let id) = self { id } else { nil }
  }
}
