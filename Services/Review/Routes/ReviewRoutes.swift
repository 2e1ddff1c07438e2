import AdminAPI
import JSON
import Auth
import Contracts
import Hummingbird
import Web

/// The reviews themselves: what customers and owners write, and what everybody reads.
struct ReviewRoutes {
  let store: any ReviewStore
  let posting: ReviewPosting

  func add(to router: Router<ServiceRequestContext>) {
    router.group("reviews")
      .post(use: post)
      .get(use: list)
      .get(":id", use: read)
      .delete(":id", use: delete)
      .post(":id/reply", use: reply)
    VersionRoutes(of: "reviews", store.reviewVersions(after:changedSince:limit:)).add(to: router)
  }

  private func post(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let customer = try context.requirePrincipal(.customer)
    let body = try await request.jsonBytes(context)
    let review = try StrictJSON.decode(PostReview.self, from: body).validated()
    let repeatable = try request.idempotentRequest(by: customer, body: body)
    return .created(try await posting.post(review, by: customer.id, request: repeatable), in: "/reviews")
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    .document(try await store.review(context.identifier("id")), for: request)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let query = try request.query()
    if let ids = try query.identifiers("ids", maximum: 500) {
      _ = try context.requirePrincipal(.service, .operator)
      try query.allow("ids")
      return .batch(try await store.reviews(ids), of: ids)
    }
    try query.allow("ids", "shopId", "cursor", "limit")
    guard let shop = try query.identifier("shopId") else {
      throw Problem.invalidQuery("shopId", "is missing; ids is the other way")
    }
    let limit = try query.limit(maximum: 500)
    return .page(try await store.reviews(ofShop: shop, before: query.cursorIdentifier(), limit: limit), limit: limit)
  }

  private func reply(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let body = try await request.jsonBytes(context)
    let text = try StrictJSON.decode(PostReply.self, from: body).validated()
    return .document(try await store.reply(text, by: owner.id, to: ReviewTarget(request, context)))
  }

  private func delete(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal(.customer, .operator)
    let customer = principal.role == .operator ? nil : principal.id
    try await store.delete(ReviewTarget(request, context), by: customer)
    return Response(status: .noContent)
  }
}

extension ReviewTarget {
  /// The review in the path. To be read after the body: preconditions are evaluated last (RFC 9110, section 13.2.1).
  fileprivate init(_ request: Request, _ context: ServiceRequestContext) throws {
    self.init(id: try context.identifier("id"), expectedVersion: try request.ifMatch())
  }
}

extension Query {
  fileprivate func identifier(_ name: String) throws(Problem) -> Identifier? {
    guard let text = self[name] else { return nil }
    guard let identifier = Identifier(text) else { throw .invalidID("query parameter \(name)") }
    return identifier
  }
}
