import JSON
import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// `/shops/{id}/menu`. Every change is a new version of the shop, which is the response's `ETag`.
struct MenuRoutes {
  let commands: MenuCommands

  func add(to router: Router<ServiceRequestContext>) {
    router.group("shops/:id/menu")
      .post(use: create)
      .patch(":itemId", use: update)
      .delete(":itemId", use: remove)
  }

  private func create(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let body = try await request.jsonBytes(context)
    let item = try StrictJSON.decode(CreateMenuItemRequest.self, from: body).validated()
    let idempotentRequest = try request.idempotentRequest(by: owner, body: body)
    let target = try ShopTarget(request, context)
    let created = try await commands.addItem(item, to: target, request: idempotentRequest)
    return .created(created, in: "/shops/\(target.id)/menu")
  }

  private func update(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.owner)
    let item = try context.identifier("itemId")
    let change = try await request.json(PatchMenuItemRequest.self, context).validated()
    let target = try ShopTarget(request, context)
    return .document(try await commands.changeItem(item, change, of: target))
  }

  private func remove(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let target = try ShopTarget(request, context)
    let version = try await commands.removeItem(context.identifier("itemId"), of: target)
    return Response(status: .noContent, headers: [.eTag: EntityTag.version(version).text])
  }
}
