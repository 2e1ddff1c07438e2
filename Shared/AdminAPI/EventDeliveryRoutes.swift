import Auth
import Contracts
public import Events
public import Hummingbird
public import Web

/// `GET /admin/events`: shows which consumer groups have received and acknowledged an event of this service.
public struct EventDeliveryRoutes: Sendable {
  private let status: EventDeliveryStatus

  public init(status: EventDeliveryStatus) {
    self.status = status
  }

  public func add(to router: Router<ServiceRequestContext>) {
    router.get("admin/events", use: list)
    router.get("admin/events/:id", use: read)
  }

  private func read(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let id = try context.identifier("id")
    try request.query().allow()
    let entries = try await status.entries(of: id)
    guard !entries.isEmpty else {
      throw Problem.notFound(
        "event_not_found", "the stream has no such event: it never existed, or every subscriber has acknowledged it")
    }
    return try .json(DeliveryPage(items: entries, nextCursor: nil), headers: [.cacheControl: "no-store"])
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
    let page = try await status.entries(about: subject, before: position, limit: limit)
    return try .json(
      DeliveryPage(items: page.entries, nextCursor: page.next.map { Cursor($0).text }), headers: [.cacheControl: "no-store"])
  }
}

private struct DeliveryPage: Encodable {
  let items: [StreamEntryStatus]
  let nextCursor: String?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(items, forKey: .items)
    // Always present, `null` on the last page.
    try container.encode(nextCursor, forKey: .nextCursor)
  }

  private enum CodingKeys: String, CodingKey {
    case items, nextCursor
  }
}
