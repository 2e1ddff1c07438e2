import JSON
import Auth
import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// `/shops`: written by owners, read by every authenticated caller; batches are for services and operators.
struct ShopRoutes {
  let store: PostgresShopStore
  let commands: ShopCommands

  func add(to router: Router<ServiceRequestContext>) {
    router.group("shops")
      .post(use: create)
      .get(use: list)
      .get(":id", use: read)
      .patch(":id", use: update)
      .put(":id/status", use: setStatus)
      .delete(":id", use: delete)
  }

  private func create(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let body = try await request.jsonBytes(context)
    let shop = try StrictJSON.decode(CreateShopRequest.self, from: body).validated()
    let created = try await commands.create(shop, owner: owner.id, request: request.idempotentRequest(by: owner, body: body))
    return .created(created, in: "/shops")
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal()
    return .document(try await store.shop(context.identifier("id")), for: request)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal()
    let query = try request.query()
    if let ids = try query.identifiers("ids", maximum: 500) {
      _ = try context.requirePrincipal(.service, .operator)
      try query.allow("ids")
      return .batch(try await store.shops(ids), of: ids)
    }
    try query.allow("ids", "cursor", "limit")
    let limit = try query.limit(maximum: 500)
    let page = try await store.shops(after: query.cursorIdentifier(), limit: limit)
    return .page(page, limit: limit)
  }

  private func update(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.owner)
    let change = try await request.json(PatchShopRequest.self, context).validated()
    let target = try ShopTarget(request, context)
    return .document(try await commands.change(change, of: target))
  }

  private func setStatus(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.owner)
    let status = try await request.json(PutShopStatusRequest.self, context).status
    let target = try ShopTarget(request, context)
    return .document(try await commands.changeStatus(to: status, of: target))
  }

  private func delete(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    try await commands.delete(ShopTarget(request, context))
    return Response(status: .noContent)
  }
}

extension ShopTarget {
  /// The shop in the path and the caller as its owner. Read it after the body: preconditions are evaluated after all other checks of
  /// the request (RFC 9110, section 13.2.1).
  init(_ request: Request, _ context: ServiceRequestContext) throws {
    let owner = try context.requirePrincipal(.owner)
    self.init(id: try context.identifier("id"), owner: owner.id, expectedVersion: try request.ifMatch())
  }
}
