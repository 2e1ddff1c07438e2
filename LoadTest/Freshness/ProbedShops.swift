import Contracts
import LoadClient
import NIOHTTP1
import SampleShops

/// Shops that are there only to be changed.
struct ProbedShops: Sendable {
  private static let concurrency = 32
  private static let seed: UInt64 = 9

  let shop: RESTClient
  let listing: RESTClient
  let owner: Person
  let patience: Duration

  /// Creates shops, waits until the listing has them all, and deletes them after `body`.
  ///
  /// - Throws: when one can't be created or doesn't appear; those created until then are deleted all the same.
  func with<Result: Sendable>(
    count: Int, _ body: @Sendable ([Identifier]) async throws -> Result
  ) async throws -> Result {
    let created = CreatedShops()
    do {
      try await inTurns(count: count, concurrency: Self.concurrency) { number in
        let id = try await create(number)
        await created.add(id)
        try await listing.waitFor(version: 1, of: id, within: patience)
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
    let answer = try await shop.call(.POST, "/shops", as: owner, json: body).expecting(201, of: "POST /shops")
    return try answer.decode(Created.self).id
  }

  private func delete(_ shops: [Identifier]) async throws {
    try await inTurns(count: shops.count, concurrency: Self.concurrency) { number in
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
