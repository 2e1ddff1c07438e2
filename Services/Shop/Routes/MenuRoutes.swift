import JSON
import Auth
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// A shop's menu; every change of it is a new version of the shop, which the `ETag` shows.
struct MenuRoutes {
  let store: any ShopStore

  func add(to router: Router<ServiceRequestContext>) {
    router.group("shops/:id/menu")
      .post(use: create)
      .patch(":itemId", use: update)
      .delete(":itemId", use: remove)
  }

  private func create(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let body = try await request.jsonBytes(context)
    let item = try StrictJSON.decode(CreateMenuItem.self, from: body).validated()
    let repeatable = try request.idempotentRequest(by: owner, body: body)
    let target = try ShopTarget(request, context)
    let answer = try await store.addItem(item, to: target, request: repeatable)
    return .created(answer, in: "/shops/\(target.id)/menu")
  }

  private func update(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.owner)
    let item = try context.identifier("itemId")
    let change = try await request.json(PatchMenuItem.self, context).validated()
    let target = try ShopTarget(request, context)
    return .document(try await store.updateItem(item, change, of: target))
  }

  private func remove(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let target = try ShopTarget(request, context)
    let version = try await store.removeItem(context.identifier("itemId"), of: target)
    return Response(status: .noContent, headers: [.eTag: EntityTag.version(version).text])
  }
}
