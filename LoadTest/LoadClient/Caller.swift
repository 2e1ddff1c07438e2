public import Contracts

/// In whose name a request is made: the value of `X-Principal`.
public enum Caller: Sendable, Hashable, CustomStringConvertible {
  case customer(Identifier)
  case owner(Identifier)
  case rider(Identifier)
  case service(Identifier)
  case `operator`(Identifier)

  public var description: String {
    switch self {
    case .customer(let id): "customer:\(id)"
    case .owner(let id): "owner:\(id)"
    case .rider(let id): "rider:\(id)"
    case .service(let id): "service:\(id)"
    case .operator(let id): "operator:\(id)"
    }
  }
}
