import JSON
import Auth
import Contracts
public import Events
public import Hummingbird
public import Web

/// `POST /admin/republish`: publishes the current versions of aggregates again, for a new subscriber or after data loss.
public struct RepublishRoutes: Sendable {
  private let republisher: Republisher
  private let prefixes: [String]

  /// - Parameter prefixes: the prefixes of the service's event types: `["shop."]`.
  public init(republisher: Republisher, prefixes: [String]) {
    self.republisher = republisher
    self.prefixes = prefixes
  }

  public func add(to router: Router<ServiceRequestContext>) {
    router.post("admin/republish", use: republish)
  }

  private func republish(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let body = try StrictJSON.decode(Republish.self, from: await request.jsonBytes(context))
    let criteria = try body.validated(prefixes)
    let isDryRun = body.dryRun ?? false
    let matched = try await republisher.count(criteria)
    if !isDryRun, !republisher.queue(criteria) {
      throw Problem(
        .tooManyRequests, code: "too_many_requests", detail: "too many republish requests are queued already",
        headers: [.retryAfter: "10"])
    }
    return try .json(Republished(matched: matched, dryRun: isDryRun), status: .accepted)
  }

  /// All given criteria must hold; `all` stands for no criteria.
  private struct Republish: Decodable {
    let ids: [Identifier]?
    let types: [String]?
    let since: Timestamp?
    let until: Timestamp?
    let all: Bool?
    let dryRun: Bool?
    let rate: Int?

    func validated(_ prefixes: [String]) throws -> RepublishRequest {
      let hasCriteria = ids != nil || types != nil || since != nil || until != nil
      var validation = Validation()
      validation.check(hasCriteria || all == true, "", "must name ids, types, since or until, or set \"all\": true")
      validation.check(!(hasCriteria && all == true), "/all", "can't be combined with other criteria")
      validation.check((ids?.count ?? 0) <= 10_000, "/ids", "may have at most 10000 members")
      validation.check((types?.count ?? 0) <= 20, "/types", "may have at most 20 members")
      for (index, type) in (types ?? []).enumerated()
      where !prefixes.contains(where: type.hasPrefix) || !type.utf8.allSatisfy({ $0 > 0x20 }) {
        validation.refuse("/types/\(index)", "must be the type of one of this service's events, which begin with \(prefixes[0])")
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
