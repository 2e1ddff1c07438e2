import Contracts
import LoadClient
import NIOHTTP1
import SampleShops

/// The shops that a probe changes.
struct ProbeShops: Sendable {
  private static let concurrency = 32
  private static let seed: UInt64 = 9

  let shop: RESTClient
  let listing: RESTClient
  let owner: UserSession
  let timeout: Duration

  /// Creates shops, waits until the listing shows them all, and deletes them after `body`.
  ///
  /// - Throws: when a shop can't be created or is not shown; the shops created until then are deleted in any case.
  func with<Result: Sendable>(
    count: Int, _ body: @Sendable ([Identifier]) async throws -> Result
  ) async throws -> Result {
    let created = CreatedShops()
    do {
      try await forEachConcurrently(count: count, concurrency: Self.concurrency) { number in
        let id = try await create(number)
        await created.add(id)
        try await listing.waitFor(version: 1, of: id, within: timeout)
      }
      let result = try await body(await created.all)
      try await delete(await created.all)
      return result
    } catch {
      try? await delete(await created.all)
      throw error
    }
  }

  private func create(_ number: Int) async throws -> Identifier {
    var body = SampleShop.shop(number: number, seed: Self.seed)
    body.name = "측정 \(number) \(body.name)"
    let response = try await shop.call(.POST, "/shops", as: owner, json: body).expecting(201, of: "POST /shops")
    return try response.decode(Created.self).id
  }

  private func delete(_ shops: [Identifier]) async throws {
    try await forEachConcurrently(count: shops.count, concurrency: Self.concurrency) { number in
      let path = "/shops/\(shops[number])"
      _ = try await shop.call(.DELETE, path, as: owner).expecting(204, 410, of: "DELETE \(path)")
    }
  }
}

private actor CreatedShops {
  private(set) var all: [Identifier] = []

  func add(_ shop: Identifier) {
    all.append(shop)
  }
}

private struct Created: Decodable {
  let id: Identifier
}
