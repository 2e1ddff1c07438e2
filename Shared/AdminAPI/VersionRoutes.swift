import Auth
public import Contracts
public import Hummingbird
public import Web

/// `GET /<collection>/versions`: the id and version of every document, or of those that changed recently; read models are
/// reconciled with it.
public struct VersionRoutes: Sendable {
  /// The versions after an id, ordered by id; at most `limit`, and only those that changed since.
  public typealias Source =
    @Sendable (_ cursor: Identifier?, _ changedSince: Timestamp?, _ limit: Int) async throws -> [AggregateVersion]

  private let collection: String
  private let source: Source

  /// - Parameter collection: the first part of the path: `orders`.
  public init(of collection: String, _ source: @escaping Source) {
    self.collection = collection
    self.source = source
  }

  public func add(to router: Router<ServiceRequestContext>) {
    router.get("\(collection)/versions", use: list)
  }

  private func list(_ request: Request, _ context: ServiceRequestContext) async throws -> Response {
    _ = try context.requirePrincipal(.service, .operator)
    let query = try request.query()
    try query.allow("cursor", "limit", "changedSince")
    let limit = try query.limit(default: 1000, maximum: 5000)
    return .versions(try await source(query.cursorIdentifier(), query.timestamp("changedSince"), limit), limit: limit)
  }
}
