import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// The screens of the apps, each in one call.
struct BoardRoutes {
  let boards: Boards
  let door: Door
  let admission: Admission

  func add(to router: Router<ServiceRequestContext>) {
    router.get("bff/customer/home", use: customerHome)
    router.get("bff/customer/orders/:id", use: orderPage)
    router.get("bff/owner/board", use: ownerBoard)
    router.get("bff/rider/board", use: riderBoard)
  }

  private func customerHome(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await answer("/bff/customer/home", .customer, request, context) { visitor, account in
      let query = try request.query()
      try query.allow("district")
      return try await boards.customerHome(try query.choice("district", District.self), account, visitor)
    }
  }

  private func orderPage(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await answer("/bff/customer/orders/{id}", .customer, request, context) { visitor, _ in
      let order = try context.identifier()
      try request.query().allow()
      return try await boards.orderPage(order, visitor)
    }
  }

  private func ownerBoard(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await answer("/bff/owner/board", .owner, request, context) { visitor, _ in
      let query = try request.query()
      try query.allow("shopId")
      guard let shop = try query.identifiers("shopId", maximum: 1)?.first else {
        throw Problem.invalidQuery("shopId", "is missing")
      }
      return try await boards.ownerBoard(shop, visitor)
    }
  }

  private func riderBoard(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await answer("/bff/rider/board", .rider, request, context) { visitor, account in
      try request.query().allow()
      return try await boards.riderBoard(account, visitor)
    }
  }

  private func answer(
    _ route: String, _ role: Principal.Role, _ request: Request, _ context: ServiceRequestContext,
    _ board: (Visitor, Identifier) async throws -> Board
  ) async throws -> Response {
    RequestRecord.current?.note { $0.route = route }
    guard let place = admission.enter() else { throw Problem.overloaded }
    defer { place.leave() }
    let visitor = try await door.enter(.token, request, context)
    guard let principal = visitor.principal, principal.role == role else {
      throw Problem.forbidden("this needs the role \(role.rawValue)")
    }
    let board = try await board(visitor, principal.id)
    return .json(bytes: board.json(), headers: [.cacheControl: "private, no-store"])
  }
}
