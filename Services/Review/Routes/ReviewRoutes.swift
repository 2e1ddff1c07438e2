import AdminAPI
import Auth
import Contracts
import Hummingbird
import JSON
import Web

/// Customers post and delete reviews, owners reply, and everybody may read them.
struct ReviewRoutes {
  let store: any ReviewStore
  let commands: ReviewCommands

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
    let review = try StrictJSON.decode(PostReviewBody.self, from: body).validated()
    let idempotentRequest = try request.idempotentRequest(by: customer, body: body)
    return .created(try await commands.post(review, by: customer.id, request: idempotentRequest), in: "/reviews")
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
      throw Problem.invalidQuery("shopId", "or ids is required")
    }
    let limit = try query.limit(maximum: 500)
    return .page(try await store.reviews(ofShop: shop, before: query.cursorIdentifier(), limit: limit), limit: limit)
  }

  private func reply(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let owner = try context.requirePrincipal(.owner)
    let body = try await request.jsonBytes(context)
    let text = try StrictJSON.decode(ReplyBody.self, from: body).validated()
    return .document(try await commands.reply(text, by: owner.id, to: ReviewTarget(request, context)))
  }

  private func delete(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    let principal = try context.requirePrincipal(.customer, .operator)
    let customer = principal.role == .operator ? nil : principal.id
    try await commands.delete(ReviewTarget(request, context), by: customer)
    return Response(status: .noContent)
  }
}

extension ReviewTarget {
  /// The review in the path. To be called after the body is validated: preconditions are evaluated last (RFC 9110, section 13.2.1).
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
