import Auth
import Contracts
public import Events
public import Hummingbird
public import Web

/// `GET /admin/events`: operators see who published an event of this service, and which subscribers have heard it.
public struct EventDeliveryRoutes: Sendable {
  private let trail: EventDeliveryStatus

  public init(trail: EventDeliveryStatus) {
    self.trail = trail
  }

  public func add(to router: Router<ServiceRequestContext>) {
    router.get("admin/events", use: list)
    router.get("admin/events/:id", use: read)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let id = try context.identifier("id")
    try request.query().allow()
    let trails = try await trail.trails(of: id)
    guard !trails.isEmpty else {
      throw Problem.notFound(
        "event_not_found", "the stream has no such event: there never was one, or every subscriber acknowledged it a while ago")
    }
    return try .json(TrailPage(items: trails, nextCursor: nil), headers: [.cacheControl: "no-store"])
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let query = try request.query()
    try query.allow("subject", "limit", "cursor")
    guard let text = query["subject"] else { throw Problem.invalidQuery("subject", "is missing") }
    guard let subject = Identifier(text) else { throw Problem.invalidID("query parameter subject") }
    let limit = try query.limit(default: 20, maximum: 100)
    let position = try query.cursor(fields: 1)?.fields[0]
    guard position.map(DeadLetters.isEntryID) ?? true else { throw Problem.badCursor }
    let page = try await trail.trails(about: subject, before: position, limit: limit)
    return try .json(
      TrailPage(items: page.trails, nextCursor: page.next.map { Cursor($0).text }), headers: [.cacheControl: "no-store"])
  }
}

private struct TrailPage: Encodable {
  let items: [EventDeliveryStatus.Trail]
  let nextCursor: String?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(items, forKey: .items)
    // Always there, `null` on the last page.
    try container.encode(nextCursor, forKey: .nextCursor)
  }

  private enum CodingKeys: String, CodingKey {
    case items, nextCursor
  }
}
