import Contracts
import Events
import ServiceClient

/// The shop service, asked for the current state of shops.
struct ShopSource: Sendable {
  /// The most ids of one `GET /shops?ids=`.
  static let batchLimit = 500
  private static let versionsLimit = 5000

  let client: ServiceClient

  /// What the shop service says about one id.
  enum Answer: Sendable {
    case shop(Shop)
    case deleted(Tombstone)
    /// There never was such a shop.
    case unknown
    /// It said something that can't be read.
    case unreadable(reason: String)
  }

  /// Asks for shops, at most ``batchLimit``, in one call.
  ///
  /// A batch that can't be read is asked for again in halves, until the shop that can't be is alone.
  /// - Throws: `ServiceClientError` while the service is away or refuses us.
  func answers(for ids: [Identifier]) async throws -> [Identifier: Answer] {
    let batch: ShopBatch
    do {
      let list = ids.map(\.description).joined(separator: ",")
      batch = try await client.get("/shops?ids=\(list)", as: ShopBatch.self)
    } catch let error as ServiceClientError where Self.isAboutContent(error) {
      guard ids.count > 1 else { return Dictionary(uniqueKeysWithValues: ids.map { ($0, .unreadable(reason: error.detail)) }) }
      let halves = ids.chunks(of: (ids.count + 1) / 2)
      return try await answers(for: halves[0]).merging(answers(for: halves[1])) { first, _ in first }
    }
    var answers: [Identifier: Answer] = [:]
    for shop in batch.items { answers[shop.id] = .shop(shop) }
    for tombstone in batch.deleted { answers[tombstone.id] = .deleted(tombstone) }
    for id in batch.unknown { answers[id] = .unknown }
    return answers
  }

  /// 401 and 403 are a matter of configuration, and nothing a single shop can be blamed for.
  private static func isAboutContent(_ error: ServiceClientError) -> Bool {
    if error.code == .undecodable || error.code == .responseTooLarge { return true }
    return error.code.status.map { (400..<500).contains($0) && ![401, 403, 429].contains($0) } ?? false
  }
}

extension ShopSource: ReconcileSource {
  func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<ReconcileVersion> {
    var path = "/shops/versions?limit=\(Self.versionsLimit)"
    if let changedSince { path += "&changedSince=\(changedSince.rfc3339)" }
    if let cursor { path += "&cursor=\(cursor)" }
    let page = try await client.get(path, as: Page<ShopVersion>.self)
    return Page(items: page.items.map { ReconcileVersion(id: $0.id, version: $0.version) }, nextCursor: page.nextCursor)
  }
}
