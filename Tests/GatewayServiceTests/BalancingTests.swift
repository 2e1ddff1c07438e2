import Auth
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ServiceClient
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

@Suite("Load balancing, retries and the circuit breaker")
struct BalancingTests {
  /// Counts the results of concurrent requests.
  private final class Tally: Sendable {
    let total = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    /// Failures more than 2 s after the instance was stopped.
    let failedLate = Atomic<Int>(0)
    let stoppedAt = Mutex<ContinuousClock.Instant?>(nil)
  }

  @Test("Two instances share the load; when one stops under load its calls go to the other")
  func stoppedInstance() async throws {
    let (first, second) = (FakeUpstream(), FakeUpstream())
    try await second.serving { secondURL in
      let (addresses, address) = AsyncStream.makeStream(of: String.self)
      let firstServing = Task {
        try await first.serving { url in
          address.yield(url)
          try await Task.sleep(for: .seconds(3600))
        }
      }
      var iterator = addresses.makeAsyncIterator()
      let firstURL = await iterator.next() ?? ""
      try await withGateway(instances: ["shop": [firstURL, secondURL]]) { gateway in
        let tally = Tally()
        let end = ContinuousClock.now + .seconds(4)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for worker in 0..<8 {
            group.addTask {
              // On a busy machine until there were enough calls.
              while ContinuousClock.now < end || tally.total.load(ordering: .relaxed) <= 500 {
                let status = try await gateway.client.get("/shop/shops/\(worker)").status
                tally.total.add(1, ordering: .relaxed)
                guard status != 200 else { continue }
                tally.failed.add(1, ordering: .relaxed)
                if let at = tally.stoppedAt.withLock({ $0 }), ContinuousClock.now - at > .seconds(2) {
                  tally.failedLate.add(1, ordering: .relaxed)
                }
              }
            }
          }
          group.addTask {
            try await eventually("some load") { tally.total.load(ordering: .relaxed) > 200 }
            tally.stoppedAt.withLock { $0 = .now }
            firstServing.cancel()
          }
          try await group.waitForAll()
        }
        let (total, failed) = (tally.total.load(ordering: .relaxed), tally.failed.load(ordering: .relaxed))
        #expect(total > 500)
        #expect(failed * 1000 <= total, "\(failed) of \(total) failed")
        #expect(tally.failedLate.load(ordering: .relaxed) == 0)
      }
      _ = await firstServing.result
    }
    #expect(first.requests.count > 50)
    #expect(second.requests.count > first.requests.count)
  }

  @Test("A request that was sent is retried only if it is idempotent")
  func retryable() {
    func call(_ method: String, key: Bool = false, isIdempotent: Bool = true) -> UpstreamCall {
      UpstreamCall(
        method: .init(rawValue: method), target: "/", headers: key ? ["Idempotency-Key": "k"] : [:], body: .none,
        isIdempotent: isIdempotent)
    }
    for method in ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"] { #expect(call(method).isRetryable(afterSending: false)) }
    for method in ["GET", "HEAD", "PUT", "DELETE"] { #expect(call(method).isRetryable(afterSending: true)) }
    for method in ["POST", "PATCH"] { #expect(!call(method).isRetryable(afterSending: true)) }
    #expect(call("POST", key: true).isRetryable(afterSending: true))
    #expect(!call("POST", key: true, isIdempotent: false).isRetryable(afterSending: true))
  }

  @Test("An idempotency key makes a request retryable only on routes that honour it")
  func keys() async throws {
    let (failing, healthy) = (FakeUpstream { _, _ in Response(status: .serviceUnavailable) }, FakeUpstream())
    try await failing.serving { failingURL in
      try await healthy.serving { healthyURL in
        let instances = [failingURL, healthyURL]
        try await withGateway(instances: ["identity": instances, "order": instances]) { gateway in
          for _ in 0..<20 {
            _ = try await gateway.client.send("POST", "/identity/sessions/refresh", "{}", headers: ["Idempotency-Key": "k"])
          }
          #expect(failing.requests.count + healthy.requests.count == 20)
          #expect(!failing.requests.isEmpty)
          let headers = try await bearer(.customer).merging(["Idempotency-Key": "k"]) { $1 }
          for _ in 0..<20 {
            #expect(try await gateway.client.send("POST", "/order/orders", "{}", headers: headers).status == 200)
          }
          #expect(failing.targets.contains("/orders"))
        }
      }
    }
  }

  /// Rejects sign-ups with 503 and `Retry-After`; other requests succeed.
  private static let rejectingSignUps: FakeUpstream.Handler = { request, context in
    guard request.head.path != "/accounts" else { return Response(status: .serviceUnavailable, headers: [.retryAfter: "1"]) }
    return try await FakeUpstream.plain(request, context)
  }

  @Test("503 with Retry-After does not open the circuit breaker; 503 without it does")
  func retryLater() async throws {
    let upstream = FakeUpstream { request, context in
      guard request.head.path != "/shops/failing" else { return Response(status: .serviceUnavailable) }
      return try await Self.rejectingSignUps(request, context)
    }
    try await withGateway(upstream: upstream) { gateway, upstream in
      for _ in 0..<20 {
        let status = try await gateway.client.send("POST", "/identity/accounts", "{}").status
        #expect(status == 503)
      }
      #expect(upstream.requests.count == 20)
      #expect(gateway.internals.upstreams["identity"]?.breakerState == .closed)
      #expect(try await gateway.client.send("POST", "/identity/sessions/refresh", "{}").status == 200)
      for _ in 0..<5 { #expect(try await gateway.client.get("/shop/shops/failing").status == 503) }
      #expect(gateway.internals.upstreams["shop"]?.breakerState == .open)
    }
  }

  @Test("An instance that responds with 503 and Retry-After stays in load balancing")
  func retryLaterByOneInstance() async throws {
    let (busy, idle) = (FakeUpstream(Self.rejectingSignUps), FakeUpstream())
    try await busy.serving { busyURL in
      try await idle.serving { idleURL in
        try await withGateway(instances: ["identity": [busyURL, idleURL]]) { gateway in
          for _ in 0..<60 { _ = try await gateway.client.send("POST", "/identity/accounts", "{}") }
        }
      }
    }
    #expect(busy.requests.count > 12, "\(busy.requests.count) of 60")
  }

  @Test("The circuit breaker opens for a failing service, and closes after a successful probe")
  func breaker() async throws {
    let port = try FreePort.next()
    try await withGateway(instances: ["shop": ["http://127.0.0.1:\(port)"]]) { gateway in
      for _ in 0..<8 { #expect(try await gateway.client.get("/shop/shops/1").status == 503) }
      #expect(gateway.internals.upstreams["shop"]?.breakerState == .open)
      let rejected = try await gateway.client.get("/shop/shops/1")
      #expect(rejected.status == 503 && rejected.header("Retry-After") != nil)
      try await FakeUpstream(port: port).serving { _ in
        try await eventually(within: .seconds(5), "a response") { try await gateway.client.get("/shop/shops/1").status == 200 }
        #expect(gateway.internals.upstreams["shop"]?.breakerState == .closed)
      }
    }
  }

  @Test("A probe with 503 and Retry-After closes the circuit breaker")
  func overloadedProbe() async throws {
    let port = try FreePort.next()
    try await withGateway(instances: ["identity": ["http://127.0.0.1:\(port)"]]) { gateway in
      for _ in 0..<8 { #expect(try await gateway.client.send("POST", "/identity/accounts", "{}").status == 503) }
      #expect(gateway.internals.upstreams["identity"]?.breakerState == .open)
      try await FakeUpstream(port: port, Self.rejectingSignUps).serving { _ in
        try await eventually(within: .seconds(5), "the circuit breaker to close") {
          _ = try await gateway.client.send("POST", "/identity/accounts", "{}")
          return gateway.internals.upstreams["identity"]?.breakerState == .closed
        }
      }
    }
  }
}
