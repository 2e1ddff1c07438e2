import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// The backend for frontend: one route per screen.
struct ScreenRoutes {
  let screens: Screens
  let ingress: Ingress
  let admission: Admission

  func add(to router: Router<ServiceRequestContext>) {
    router.get("bff/customer/home", use: customerHome)
    router.get("bff/customer/orders/:id", use: order)
    router.get("bff/owner/board", use: owner)
    router.get("bff/rider/board", use: rider)
  }

  private func customerHome(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await respond("/bff/customer/home", .customer, request, context) { caller, account in
      let query = try request.query()
      try query.allow("district")
      return try await screens.customerHome(try query.choice("district", District.self), account, caller)
    }
  }

  private func order(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await respond("/bff/customer/orders/{id}", .customer, request, context) { caller, _ in
      let id = try context.identifier()
      try request.query().allow()
      return try await screens.order(id, caller)
    }
  }

  private func owner(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await respond("/bff/owner/board", .owner, request, context) { caller, _ in
      let query = try request.query()
      try query.allow("shopId")
      guard let shop = try query.identifiers("shopId", maximum: 1)?.first else {
        throw Problem.invalidQuery("shopId", "is missing")
      }
      return try await screens.owner(shop, caller)
    }
  }

  private func rider(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await respond("/bff/rider/board", .rider, request, context) { caller, account in
      try request.query().allow()
      return try await screens.rider(account, caller)
    }
  }

  private func respond(
    _ route: String, _ role: Principal.Role, _ request: Request, _ context: ServiceRequestContext,
    _ compose: (Caller, Identifier) async throws -> Screen
  ) async throws -> Response {
    RequestRecord.current?.update { $0.route = route }
    guard let permit = admission.acquire() else { throw Problem.overloaded }
    defer { permit.release() }
    let caller = try await ingress.admit(request, context, access: .authenticated)
    guard let principal = caller.principal, principal.role == role else {
      throw Problem.forbidden("the \(role.rawValue) role is required")
    }
    let screen = try await compose(caller, principal.id)
    return .json(bytes: screen.json(), headers: [.cacheControl: "private, no-store"])
  }
}
