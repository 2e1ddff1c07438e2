import LoadClient
import NIOHTTP1
import SampleShops

/// Posts the shops of one seed, several at a time.
struct Loader: Sendable {
  /// How often a post is tried while the service can't answer; its idempotency key makes another try harmless.
  private static let attempts = 6

  let shop: RESTClient
  /// As many as the sample shops have, in their order.
  let owners: [Person]
  let seed: UInt64

  /// - Throws: the first error that another try would not help against; the shops posted until then stay.
  func load(count: Int, concurrency: Int, progress: Progress) async throws {
    try await inTurns(count: count, concurrency: concurrency) { number in
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
        let answer = try await shop.call(
          .POST, "/shops", as: owner, json: body, idempotencyKey: "sample-\(seed)-\(number)")
        guard [429, 503].contains(answer.status) && attempt < Self.attempts else {
          _ = try answer.expecting(201, of: "POST /shops of sample shop \(number)")
          return
        }
      } catch let error as UnansweredError where attempt == Self.attempts {
        throw error
      } catch is UnansweredError {
        try Task.checkCancellation()
      }
      try await Task.sleep(for: pause)
      pause *= 2
    }
  }
}
