public import Contracts
public import ServiceClient

/// Fetches the current state of aggregates from their owner, in batches by id.
public struct AggregateClient<Item: Aggregate & Decodable & Sendable>: Sendable {
  private let client: ServiceClient
  private let collection: String
  private let parameter: String
  /// The maximum number of ids in one call.
  public let batchLimit: Int

  /// - Parameters:
  ///   - collection: the path that returns a `Batch` for `?ids=` and, under `/versions`, pages of `AggregateVersion`: `/shops`.
  ///   - parameter: the name of the query parameter with the ids.
  public init(client: ServiceClient, collection: String, parameter: String = "ids", batchLimit: Int = 500) {
    self.client = client
    self.collection = collection
    self.parameter = parameter
    self.batchLimit = batchLimit
  }

  /// What the owner returned for one id.
  public enum FetchResult: Sendable {
    case item(Item)
    case deleted(Tombstone)
    /// It never existed.
    case unknown
    /// The owner's representation of it can't be decoded.
    case unreadable(reason: String)
  }

  /// Fetches any number of ids, ``batchLimit`` in one call.
  ///
  /// A batch that can't be decoded is split in halves and fetched again, until the undecodable item is alone.
  /// - Throws: `ServiceClientError` while the owner is unavailable or refuses the call.
  public func fetch(_ ids: [Identifier]) async throws -> [Identifier: FetchResult] {
    var results: [Identifier: FetchResult] = [:]
    for batch in ids.chunks(of: batchLimit) {
      results.merge(try await fetchBatch(batch)) { first, _ in first }
    }
    return results
  }

  private func fetchBatch(_ ids: [Identifier]) async throws -> [Identifier: FetchResult] {
    let batch: Batch<Item>
    do {
      let list = ids.map(\.description).joined(separator: ",")
      batch = try await client.get("\(collection)?\(parameter)=\(list)", as: Batch<Item>.self)
    } catch let error as ServiceClientError where Self.isAboutContent(error) {
      guard ids.count > 1 else { return Dictionary(uniqueKeysWithValues: ids.map { ($0, .unreadable(reason: error.detail)) }) }
      let halves = ids.chunks(of: (ids.count + 1) / 2)
      return try await fetchBatch(halves[0]).merging(fetchBatch(halves[1])) { first, _ in first }
    }
    var results: [Identifier: FetchResult] = [:]
    for item in batch.items { results[item.id] = .item(item) }
    for tombstone in batch.deleted { results[tombstone.id] = .deleted(tombstone) }
    for id in batch.unknown { results[id] = .unknown }
    return results
  }

  /// 401, 403 and 429 concern the caller, not a single item.
  private static func isAboutContent(_ error: ServiceClientError) -> Bool {
    if error.code == .undecodable || error.code == .responseTooLarge { return true }
    return error.code.status.map { (400..<500).contains($0) && ![401, 403, 429].contains($0) } ?? false
  }
}

extension AggregateClient {
  private static var versionsLimit: Int { 5000 }

  /// A page of versions in the order of ids, deleted aggregates included; with `changedSince` only those changed at or after that
  /// time.
  public func versions(changedSince: Timestamp?, cursor: String?) async throws -> Page<AggregateVersion> {
    var path = "\(collection)/versions?limit=\(Self.versionsLimit)"
    if let changedSince { path += "&changedSince=\(changedSince.rfc3339)" }
    if let cursor { path += "&cursor=\(cursor)" }
    return try await client.get(path, as: Page<AggregateVersion>.self)
  }
}
