import Auth
import Contracts
import Documents
import Hummingbird
import Web

/// What read models compare themselves with: `(id, version)` of every shop, or of those that changed lately.
struct VersionRoutes {
  let store: any ShopStore

  func add(to router: Router<ServiceRequestContext>) {
    router.get("shops/versions", use: list)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.service, .operator)
    let query = try request.query()
    try query.allow("cursor", "limit", "changedSince")
    let limit = try query.limit(default: 1000, maximum: 5000)
    let versions = try await store.versions(
      after: query.cursorIdentifier(), changedSince: query.timestamp("changedSince"), limit: limit)
    return .versions(versions, limit: limit)
  }
}
