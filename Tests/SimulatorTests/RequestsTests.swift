import Testing

@testable import Simulator

@Suite("Requests that are tried again")
struct RequestsTests {
  private let now = ContinuousClock.now

  private func requests(toleratesOutages: Bool) -> Requests {
    Requests(measurements: Measurements(), toleratesOutages: toleratesOutages, end: now + .seconds(60))
  }

  @Test("429 and 503 that say when to come back, and a request in flight, are worth a few tries")
  func explained() {
    let requests = requests(toleratesOutages: false)
    let wait = Duration.seconds(1)
    for refusal in [
      Refusal(status: 429, retryAfter: wait), Refusal(status: 503, retryAfter: wait),
      Refusal(status: 409, code: "request_in_flight"),
    ] {
      #expect(requests.isWorthAnother(refusal, after: 1, at: now))
      #expect(!requests.isWorthAnother(refusal, after: 8, at: now))
    }
  }

  @Test("other refusals are failures", arguments: [400, 401, 404, 409, 422, 429, 500, 502, 503])
  func failures(status: Int) {
    let refusal = Refusal(status: status, code: "illegal_transition")
    #expect(!requests(toleratesOutages: false).isWorthAnother(refusal, after: 1, at: now))
  }

  @Test("under outages a service's errors are tried again as long as the run lasts, a client's are not")
  func outages() {
    let requests = requests(toleratesOutages: true)
    for status in [500, 502, 503] {
      #expect(requests.isWorthAnother(Refusal(status: status), after: 1000, at: now + .seconds(59)))
      #expect(!requests.isWorthAnother(Refusal(status: status), after: 1, at: now + .seconds(61)))
    }
    for status in [400, 404, 409, 422] { #expect(!requests.isWorthAnother(Refusal(status: status), after: 1, at: now)) }
  }

  @Test("pauses grow to 2 s, and are as long as the service asks for")
  func pauses() {
    let requests = requests(toleratesOutages: true)
    #expect((Duration.milliseconds(100)...(.milliseconds(120))).contains(requests.pause(after: 1, nil)))
    #expect((Duration.seconds(5)...(.seconds(6))).contains(requests.pause(after: 1, .seconds(5))))
    for tried in [6, 50, 10_000] {
      #expect((Duration.seconds(2)...(.milliseconds(2400))).contains(requests.pause(after: tried, nil)))
    }
  }

  @Test("a refusal is counted by status and code")
  func description() {
    #expect(Refusal(status: 409, code: "illegal_transition").description == "409 illegal_transition")
    #expect(Refusal(status: 502).description == "502")
  }
}
