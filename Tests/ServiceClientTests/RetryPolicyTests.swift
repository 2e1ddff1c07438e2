import ServiceClient
import Testing

@Suite("Retries")
struct RetryPolicyTests {
  private func pause(
    _ code: ServiceClientError.Code, attempt: Int = 1, random: Double = 1, remaining: Duration = .seconds(10),
    retryAfter: Duration? = nil
  ) -> Duration? {
    RetryPolicy().pause(
      afterAttempt: attempt, error: ServiceClientError(service: "shop", code: code, detail: "", retryAfter: retryAfter),
      remaining: remaining, random: random)
  }

  @Test(
    "transient failures are retried",
    arguments: [ServiceClientError.Code.connection, .timedOut, .status(502), .status(503), .status(504)])
  func again(code: ServiceClientError.Code) {
    #expect(pause(code) != nil)
  }

  @Test(
    "other failures are not",
    arguments: [ServiceClientError.Code.status(500), .status(429), .breakerOpen, .bulkheadFull, .unresolved, .responseTooLarge])
  func never(code: ServiceClientError.Code) {
    #expect(pause(code) == nil)
  }

  @Test("there are at most three attempts")
  func bound() {
    #expect(pause(.connection, attempt: 2) != nil)
    #expect(pause(.connection, attempt: 3) == nil)
  }

  @Test("the pause is a random part of a bound that doubles")
  func jitter() {
    #expect(pause(.connection, random: 0) == .zero)
    #expect(pause(.connection, attempt: 1) == .milliseconds(50))
    #expect(pause(.connection, attempt: 2) == .milliseconds(100))
  }

  @Test("a pause beyond the deadline ends the attempts, and a short Retry-After is observed")
  func deadline() {
    #expect(pause(.connection, remaining: .milliseconds(50)) == nil)
    #expect(pause(.status(503), random: 0, retryAfter: .seconds(1)) == .seconds(1))
    #expect(pause(.status(503), retryAfter: .seconds(2)) == nil)
  }

  @Test("addresses are http or https with a host", arguments: ["http://127.0.0.1:8101", "https://shop", "http://shop/"])
  func address(text: String) {
    #expect(ServiceAddress(text) != nil)
    #expect(ServiceAddress(text)?.url.hasSuffix("/") == false)
  }

  @Test(
    "other addresses are rejected", arguments: ["", "shop", "ftp://shop", "http://", "http://:80", "http://a b", "http://a?b"])
  func badAddress(text: String) {
    #expect(ServiceAddress(text) == nil)
  }
}
