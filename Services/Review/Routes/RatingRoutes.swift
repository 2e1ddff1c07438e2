import AdminAPI
import Auth
import Hummingbird
import Web

/// The average rating of each shop.
struct RatingRoutes {
  let store: any ReviewStore

  func add(to router: Router<ServiceRequestContext>) {
    router.group("ratings")
      .get(use: list)
    VersionRoutes(of: "ratings", store.ratingVersions(after:changedSince:limit:)).add(to: router)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let query = try request.query()
    try query.allow("shopIds")
    guard let shops = try query.identifiers("shopIds", maximum: 500) else {
      throw Problem.invalidQuery("shopIds", "is missing")
    }
    return .batch(try await store.ratings(ofShops: shops), of: shops)
  }
}
