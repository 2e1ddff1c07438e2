import Testing

@testable import Simulator

@Suite("Request retries")
struct RequestsTests {
  private let now = ContinuousClock.now

  private func requests(toleratesOutages: Bool) -> Requests {
    Requests(measurements: RunMeasurements(), toleratesOutages: toleratesOutages, end: now + .seconds(60))
  }

  @Test("429 and 503 with Retry-After and a request in flight are retried a few times")
  func retryable() {
    let requests = requests(toleratesOutages: false)
    let wait = Duration.seconds(1)
    for error in [
      ErrorResponse(status: 429, retryAfter: wait), ErrorResponse(status: 503, retryAfter: wait),
      ErrorResponse(status: 409, code: "request_in_flight"),
    ] {
      #expect(requests.isRetryable(error, after: 1, at: now))
      #expect(!requests.isRetryable(error, after: 8, at: now))
    }
  }

  @Test("other error responses are failures", arguments: [400, 401, 404, 409, 422, 429, 500, 502, 503])
  func failures(status: Int) {
    let error = ErrorResponse(status: status, code: "illegal_transition")
    #expect(!requests(toleratesOutages: false).isRetryable(error, after: 1, at: now))
  }

  @Test("under tolerated outages 5xx are retried until the end of the run, 4xx are not")
  func outages() {
    let requests = requests(toleratesOutages: true)
    for status in [500, 502, 503] {
      #expect(requests.isRetryable(ErrorResponse(status: status), after: 1000, at: now + .seconds(59)))
      #expect(!requests.isRetryable(ErrorResponse(status: status), after: 1, at: now + .seconds(61)))
    }
    for status in [400, 404, 409, 422] { #expect(!requests.isRetryable(ErrorResponse(status: status), after: 1, at: now)) }
  }

  @Test("the backoff grows to 2 s and respects Retry-After")
  func pauses() {
    let requests = requests(toleratesOutages: true)
    #expect((Duration.milliseconds(100)...(.milliseconds(120))).contains(requests.pause(after: 1, nil)))
    #expect((Duration.seconds(5)...(.seconds(6))).contains(requests.pause(after: 1, .seconds(5))))
    for tried in [6, 50, 10_000] {
      #expect((Duration.seconds(2)...(.milliseconds(2400))).contains(requests.pause(after: tried, nil)))
    }
  }

  @Test("an error response is counted by status and code")
  func description() {
    #expect(ErrorResponse(status: 409, code: "illegal_transition").description == "409 illegal_transition")
    #expect(ErrorResponse(status: 502).description == "502")
  }
}
