import Auth
import Web

extension Viewer {
  init(_ principal: Principal) {
    self =
      switch principal.role {
      case .customer: .customer(principal.id)
      case .owner: .owner(principal.id)
      case .rider: .rider(principal.id)
      case .operator, .service: .staff
      }
  }
}
