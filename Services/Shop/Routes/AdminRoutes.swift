import Contracts
import Events
import Hummingbird
import Web

/// What operators do: announce shops again, for a new subscriber or after trouble.
struct AdminRoutes {
  let republisher: Republisher

  func add(to router: Router<ServiceRequestContext>) {
    router.post("admin/republish", use: republish)
  }

  private func republish(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator, .service)
    let body = try StrictJSON.decode(Republish.self, from: await request.jsonBytes(context))
    let criteria = try body.validated()
    let isDryRun = body.dryRun ?? false
    let matched = try await republisher.count(criteria)
    if !isDryRun, !republisher.queue(criteria) {
      throw Problem(
        .tooManyRequests, code: "too_many_requests", detail: "too many requests to republish are waiting already",
        headers: [.retryAfter: "10"])
    }
    return try .json(Republished(matched: matched, dryRun: isDryRun), status: .accepted)
  }

  /// `POST /admin/republish`: the criteria that are given must all hold; `all` stands for no criteria.
  private struct Republish: Decodable {
    let ids: [Identifier]?
    let types: [String]?
    let since: Timestamp?
    let until: Timestamp?
    let all: Bool?
    let dryRun: Bool?
    let rate: Int?

    func validated() throws -> RepublishRequest {
      let hasCriteria = ids != nil || types != nil || since != nil || until != nil
      var validation = Validation()
      validation.check(hasCriteria || all == true, "", "must name ids, types, since or until, or say \"all\": true")
      validation.check(!(hasCriteria && all == true), "/all", "can't stand beside other criteria")
      validation.check((ids?.count ?? 0) <= 10_000, "/ids", "may have at most 10000 members")
      validation.check((types?.count ?? 0) <= 20, "/types", "may have at most 20 members")
      for (index, type) in (types ?? []).enumerated() where !type.hasPrefix("shop.") || !type.utf8.allSatisfy({ $0 > 0x20 }) {
        validation.refuse("/types/\(index)", "must be the type of one of this service's events, such as shop.updated")
      }
      validation.check((1...50_000).contains(rate ?? 1), "/rate", "must lie between 1 and 50000 events a second")
      try validation.finish()
      return RepublishRequest(
        ids: ids, types: types?.map { EventType(rawValue: $0) }, since: since, until: until, rate: rate ?? 5000)
    }
  }

  private struct Republished: Encodable {
    let matched: Int64
    let dryRun: Bool
  }
}
