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
  let patience: Duration

  /// Creates shops, waits until the listing has them all, and deletes them after `body`.
  ///
  /// - Throws: when one can't be created or doesn't appear; those created until then are deleted all the same.
  func with<Result: Sendable>(
    count: Int, _ body: @Sendable ([ProbedShop]) async throws -> Result
  ) async throws -> Result {
    let created = CreatedShops()
    do {
      try await inTurns(count: count, concurrency: Self.concurrency) { number in
        let probed = try await create(number)
        await created.add(probed)
        try await listing.waitFor(version: 1, of: probed.id, within: patience)
      }
      let result = try await body(await created.all)
      try await delete(await created.all)
      return result
    } catch {
      try? await delete(await created.all)
      throw error
    }
  }

  private func create(_ number: Int) async throws -> ProbedShop {
    var body = SampleShop.shop(number: number, seed: Self.seed)
    body.name = "측정 \(number) \(body.name)"
    let owner = SampleShop.owner(number: number, seed: Self.seed)
    let answer = try await shop.call(.POST, "/shops", as: .owner(owner), json: body).expecting(201, of: "POST /shops")
    return ProbedShop(id: try answer.decode(Created.self).id, owner: owner)
  }

  private func delete(_ shops: [ProbedShop]) async throws {
    try await inTurns(count: shops.count, concurrency: Self.concurrency) { number in
      let probed = shops[number]
      _ = try await shop.call(.DELETE, "/shops/\(probed.id)", as: .owner(probed.owner))
        .expecting(204, 410, of: "DELETE /shops/\(probed.id)")
    }
  }
}

/// A shop of the probe, and in whose name it is changed.
struct ProbedShop: Sendable {
  let id: Identifier
  let owner: Identifier
}

private actor CreatedShops {
  private(set) var all: [ProbedShop] = []

  func add(_ shop: ProbedShop) {
    all.append(shop)
  }
}

private struct Created: Decodable {
  let id: Identifier
}
