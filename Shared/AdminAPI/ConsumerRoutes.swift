public import Projections
import Auth
public import Events
public import Hummingbird
public import Web

/// Administration of a subscribing service: lists and redrives dead letters and, where it keeps read models, requests that they
/// be reconciled with their sources.
public struct ConsumerRoutes: Sendable {
  private let reconcilers: [Reconciler]
  private let deadLetters: DeadLetters

  /// - Parameter reconcilers: of its read models; without any there is no `admin/reconcile`.
  public init(reconcilers: [Reconciler] = [], deadLetters: DeadLetters) {
    self.reconcilers = reconcilers
    self.deadLetters = deadLetters
  }

  public func add(to router: Router<ServiceRequestContext>) {
    if !reconcilers.isEmpty { router.post("admin/reconcile", use: reconcile) }
    router.get("admin/dead-letters", use: list)
    router.post("admin/dead-letters/send-back", use: redrive)
  }

  private func reconcile(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    for reconciler in reconcilers { reconciler.requestFull() }
    return try .json(Requested(requested: true), status: .accepted)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let query = try request.query()
    try query.allow("limit", "cursor")
    let limit = try query.limit(default: 20, maximum: 100)
    let after = try query.cursor(fields: 1)?.fields[0]
    guard after.map(DeadLetters.isEntryID) ?? true else { throw Problem.badCursor }
    let entries = try await deadLetters.list(after: after, limit: limit + 1)
    let page = entries.prefix(limit)
    let next = entries.count > limit ? page.last.map { Cursor($0.id).text } : nil
    return try .json(DeadLetterPage(items: Array(page), nextCursor: next), headers: [.cacheControl: "no-store"])
  }

  private func redrive(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.operator)
    let body = try await request.json(Redrive.self, context)
    var validation = Validation()
    validation.check((1...1000).contains(body.ids.count), "/ids", "must have 1 to 1000 members")
    for (index, id) in body.ids.enumerated() where !DeadLetters.isEntryID(id) {
      validation.refuse("/ids/\(index)", "must be the id of a dead letter, such as 1700000000000-0")
    }
    try validation.finish()
    return try .json(Redriven(sentBack: try await deadLetters.redrive(body.ids)))
  }

  private struct Requested: Encodable {
    let requested: Bool
  }

  private struct Redrive: Decodable {
    let ids: [String]
  }

  private struct Redriven: Encodable {
    let sentBack: Int
  }

  private struct DeadLetterPage: Encodable {
    let items: [DeadLetters.Entry]
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
}
