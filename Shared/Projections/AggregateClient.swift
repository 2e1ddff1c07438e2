public import Contracts
public import ServiceClient

/// The owner of some aggregates, called back for their current state: many at a time, by id.
public struct AggregateClient<Item: Aggregate & Decodable & Sendable>: Sendable {
  private let client: ServiceClient
  private let collection: String
  private let parameter: String
  /// The most ids of one call.
  public let batchLimit: Int

  /// - Parameters:
  ///   - collection: the path that answers `?ids=` with a `Batch` and, under `/versions`, with pages of `AggregateVersion`: `/shops`.
  ///   - parameter: the name of the list of ids.
  public init(client: ServiceClient, collection: String, parameter: String = "ids", batchLimit: Int = 500) {
    self.client = client
    self.collection = collection
    self.parameter = parameter
    self.batchLimit = batchLimit
  }

  /// What the owner says about one id.
  public enum Answer: Sendable {
    case item(Item)
    case deleted(Tombstone)
    /// There never was such a one.
    case unknown
    /// It said something that can't be read.
    case unreadable(reason: String)
  }

  /// Asks for any number of ids, ``batchLimit`` in one call.
  ///
  /// A batch that can't be read is asked for again in halves, until the one that can't be is alone.
  /// - Throws: `ServiceClientError` while the owner is away or refuses us.
  public func answers(for ids: [Identifier]) async throws -> [Identifier: Answer] {
    var answers: [Identifier: Answer] = [:]
    for batch in ids.chunks(of: batchLimit) {
      answers.merge(try await self.answers(forBatch: batch)) { first, _ in first }
    }
    return answers
  }

  private func answers(forBatch ids: [Identifier]) async throws -> [Identifier: Answer] {
    let batch: Batch<Item>
    do {
      let list = ids.map(\.description).joined(separator: ",")
      batch = try await client.get("\(collection)?\(parameter)=\(list)", as: Batch<Item>.self)
    } catch let error as ServiceClientError where Self.isAboutContent(error) {
      guard ids.count > 1 else { return Dictionary(uniqueKeysWithValues: ids.map { ($0, .unreadable(reason: error.detail)) }) }
      let halves = ids.chunks(of: (ids.count + 1) / 2)
      return try await answers(forBatch: halves[0]).merging(answers(forBatch: halves[1])) { first, _ in first }
    }
    var answers: [Identifier: Answer] = [:]
    for item in batch.items { answers[item.id] = .item(item) }
    for tombstone in batch.deleted { answers[tombstone.id] = .deleted(tombstone) }
    for id in batch.unknown { answers[id] = .unknown }
    return answers
  }

  /// 401 and 403 are a matter of configuration, and nothing a single item can be blamed for.
  private static func isAboutContent(_ error: ServiceClientError) -> Bool {
    if error.code == .undecodable || error.code == .responseTooLarge { return true }
    return error.code.status.map { (400..<500).contains($0) && ![401, 403, 429].contains($0) } ?? false
  }
}

extension AggregateClient: ReconcileSource {
  private static var versionsLimit: Int { 5000 }

  public func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<ReconcileVersion> {
    var path = "\(collection)/versions?limit=\(Self.versionsLimit)"
    if let changedSince { path += "&changedSince=\(changedSince.rfc3339)" }
    if let cursor { path += "&cursor=\(cursor)" }
    let page = try await client.get(path, as: Page<AggregateVersion>.self)
    return Page(items: page.items.map { ReconcileVersion(id: $0.id, version: $0.version) }, nextCursor: page.nextCursor)
  }
}
