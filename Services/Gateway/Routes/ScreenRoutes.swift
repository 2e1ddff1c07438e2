import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// The screens of the apps, each in one call.
struct ScreenRoutes {
  let screens: Screens
  let ingress: Ingress
  let admission: Admission

  func add(to router: Router<ServiceRequestContext>) {
    router.get("bff/customer/home", use: customerHome)
    router.get("bff/customer/orders/:id", use: orderPage)
    router.get("bff/owner/screen", use: ownerBoard)
    router.get("bff/rider/screen", use: riderBoard)
  }

  private func customerHome(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await answer("/bff/customer/home", .customer, request, context) { caller, account in
      let query = try request.query()
      try query.allow("district")
      return try await screens.customerHome(try query.choice("district", District.self), account, caller)
    }
  }

  private func orderPage(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await answer("/bff/customer/orders/{id}", .customer, request, context) { caller, _ in
      let order = try context.identifier()
      try request.query().allow()
      return try await screens.orderPage(order, caller)
    }
  }

  private func ownerBoard(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await answer("/bff/owner/screen", .owner, request, context) { caller, _ in
      let query = try request.query()
      try query.allow("shopId")
      guard let shop = try query.identifiers("shopId", maximum: 1)?.first else {
        throw Problem.invalidQuery("shopId", "is missing")
      }
      return try await screens.ownerBoard(shop, caller)
    }
  }

  private func riderBoard(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await answer("/bff/rider/screen", .rider, request, context) { caller, account in
      try request.query().allow()
      return try await screens.riderBoard(account, caller)
    }
  }

  private func answer(
    _ route: String, _ role: Principal.Role, _ request: Request, _ context: ServiceRequestContext,
    _ screen: (Caller, Identifier) async throws -> Screen
  ) async throws -> Response {
    RequestRecord.current?.note { $0.route = route }
    guard let place = admission.enter() else { throw Problem.overloaded }
    defer { place.leave() }
    let caller = try await ingress.enter(.authenticated, request, context)
    guard let principal = caller.principal, principal.role == role else {
      throw Problem.forbidden("this needs the role \(role.rawValue)")
    }
    let screen = try await screen(caller, principal.id)
    return .json(bytes: screen.json(), headers: [.cacheControl: "private, no-store"])
  }
}
