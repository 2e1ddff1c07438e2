import Contracts

/// Who acts on an order, or looks at it.
enum OrderActor: Hashable, Sendable {
  case customer(Identifier)
  case owner(Identifier)
  /// Another service, or a person who looks after the system: they see every order.
  case service(Identifier)
  case `operator`(Identifier)
  /// The checkout saga of this service.
  case saga

  /// As it is written into the history: `customer:<uuid>`.
  var text: String {
    switch self {
    case .customer(let id): "customer:\(id)"
    case .owner(let id): "owner:\(id)"
    case .service(let id): "service:\(id)"
    case .operator(let id): "operator:\(id)"
    case .saga: "saga"
    }
  }

  /// Whose orders only are to be seen, if this actor is a customer.
  var customer: Identifier? {
    if case .customer(let id) = self { id } else { nil }
  }

  /// Whose shops' orders only are to be seen, if this actor is an owner.
  var owner: Identifier? {
    if case .owner(let id) = self { id } else { nil }
  }
}
