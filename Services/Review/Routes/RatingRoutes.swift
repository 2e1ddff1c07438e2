import Auth
import Documents
import Hummingbird
import Web

/// The mean of each shop's reviews.
struct RatingRoutes {
  let store: any ReviewStore

  func add(to router: Router<ServiceRequestContext>) {
    router.group("ratings")
      .get(use: list)
      .get("versions", use: versions)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let query = try request.query()
    try query.allow("shopIds")
    guard let shops = try query.identifiers("shopIds", maximum: 500) else {
      throw Problem.invalidQuery("shopIds", "is missing")
    }
    return .batch(try await store.ratings(ofShops: shops), of: shops)
  }

  private func versions(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.service, .operator)
    let query = try request.query()
    try query.allow("cursor", "limit", "changedSince")
    let limit = try query.limit(default: 1000, maximum: 5000)
    let versions = try await store.ratingVersions(
      after: query.cursorIdentifier(), changedSince: query.timestamp("changedSince"), limit: limit)
    return .versions(versions, limit: limit)
  }
}
