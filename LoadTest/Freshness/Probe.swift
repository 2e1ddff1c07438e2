import Contracts
import LoadClient
import NIOHTTP1

/// Changes shops at fixed times and measures when the listing shows some of the changes.
struct Probe: Sendable {
  let shop: RESTClient
  let listing: RESTClient
  let owner: UserSession
  let shops: [Identifier]
  let timeout: Duration
  let watchEvery: Int

  func run(rate: Int, seconds: Int) async -> FreshnessReport {
    let measurements = FreshnessMeasurements()
    let start = ContinuousClock.now
    await withDiscardingTaskGroup { group in
      for number in 0..<rate * seconds {
        let intended = start + .seconds(Double(number) / Double(rate))
        try? await Task.sleep(until: intended, tolerance: .zero)
        group.addTask { await change(number, intended: intended, measurements) }
      }
    }
    return FreshnessReport(measurements.values, rate: rate, seconds: seconds)
  }

  private func change(_ number: Int, intended: ContinuousClock.Instant, _ measurements: FreshnessMeasurements) async {
    let id = shops[number % shops.count]
    let request = "PATCH /shops/\(id)"
    do {
      // A different fee in each round over the shops, so that every request is a change.
      let fee = Money(amount: Int64(1000 + number / shops.count % 90 * 100))
      let response = try await shop.call(
        .PATCH, "/shops/\(id)", as: owner, json: ["deliveryFee": fee], deadline: timeout
      ).expecting(200, of: request)
      guard let version = response.version else {
        throw UnexpectedResponse(request: request, status: response.status, body: "no version in its ETag")
      }
      guard number % watchEvery == 0 else { return }
      let shown = try await listing.waitFor(version: version, of: id, within: timeout).page.received
      measurements.record(fromResponse: response.received.duration(to: shown), fromStart: intended.duration(to: shown))
    } catch {
      measurements.failed("\(error)")
    }
  }
}
