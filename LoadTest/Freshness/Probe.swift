import Contracts
import LoadClient
import NIOHTTP1

/// Changes shops at fixed times and watches some of the changes appear.
struct Probe: Sendable {
  let shop: RESTClient
  let listing: RESTClient
  let owner: Person
  let shops: [Identifier]
  let patience: Duration
  let watchEvery: Int

  func run(rate: Int, seconds: Int) async -> Report {
    let measurements = Measurements()
    let start = ContinuousClock.now
    await withDiscardingTaskGroup { group in
      for number in 0..<rate * seconds {
        let intended = start + .seconds(Double(number) / Double(rate))
        try? await Task.sleep(until: intended, tolerance: .zero)
        group.addTask { await change(number, intended: intended, measurements) }
      }
    }
    return Report(measurements.values, rate: rate, seconds: seconds)
  }

  private func change(_ number: Int, intended: ContinuousClock.Instant, _ measurements: Measurements) async {
    let id = shops[number % shops.count]
    let request = "PATCH /shops/\(id)"
    do {
      // Another fee than the last one in every round over the shops, so that each change is one.
      let fee = Money(amount: Int64(1000 + number / shops.count % 90 * 100))
      let answer = try await shop.call(
        .PATCH, "/shops/\(id)", as: owner, json: ["deliveryFee": fee], deadline: patience
      ).expecting(200, of: request)
      guard let version = answer.version else {
        throw UnexpectedAnswer(request: request, status: answer.status, body: "no version in its ETag")
      }
      guard number % watchEvery == 0 else { return }
      let shown = try await listing.waitFor(version: version, of: id, within: patience).page.received
      measurements.record(fromAnswer: answer.received.duration(to: shown), fromStart: intended.duration(to: shown))
    } catch {
      measurements.failed("\(error)")
    }
  }
}
