import LoadClient
import NIOHTTP1
import SampleShops

/// Posts the shops of one seed concurrently.
struct SampleShopLoader: Sendable {
  /// The maximum number of attempts of a post, which has an idempotency key.
  private static let attempts = 6

  let shop: RESTClient
  /// The sample shops' owners, in the order of their numbers.
  let owners: [UserSession]
  let seed: UInt64

  /// - Throws: the first error that is not transient; the shops posted until then stay.
  func load(count: Int, concurrency: Int, progress: LoadProgress) async throws {
    try await forEachConcurrently(count: count, concurrency: concurrency) { number in
      try await post(number)
      progress.advance()
    }
  }

  private func post(_ number: Int) async throws {
    let owner = owners[SampleShop.owner(number: number, seed: seed)]
    let body = SampleShop.shop(number: number, seed: seed)
    var pause = Duration.milliseconds(100)
    for attempt in 1...Self.attempts {
      do {
        let response = try await shop.call(
          .POST, "/shops", as: owner, json: body, idempotencyKey: "sample-\(seed)-\(number)")
        guard [429, 503].contains(response.status) && attempt < Self.attempts else {
          _ = try response.expecting(201, of: "POST /shops of sample shop \(number)")
          return
        }
      } catch let error as NoResponseError where attempt == Self.attempts {
        throw error
      } catch is NoResponseError {
        try Task.checkCancellation()
      }
      try await Task.sleep(for: pause)
      pause *= 2
    }
  }
}
