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

@Suite("Several instances")
struct BalancingTests {
  /// What became of the requests of many tasks.
  private final class Tally: Sendable {
    let total = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    /// Failures long after the death.
    let late = Atomic<Int>(0)
    let killedAt = Mutex<ContinuousClock.Instant?>(nil)
  }

  @Test("Two instances share the work; when one dies under load its calls go to the other")
  func killed() async throws {
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
      try await withGateway(instances: ["shop": [firstURL, secondURL]]) { ingress in
        let tally = Tally()
        let end = ContinuousClock.now + .seconds(4)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for worker in 0..<8 {
            group.addTask {
              while ContinuousClock.now < end {
                let status = try await ingress.client.get("/shop/shops/\(worker)").status
                tally.total.add(1, ordering: .relaxed)
                guard status != 200 else { continue }
                tally.failed.add(1, ordering: .relaxed)
                if let at = tally.killedAt.withLock({ $0 }), ContinuousClock.now - at > .seconds(2) {
                  tally.late.add(1, ordering: .relaxed)
                }
              }
            }
          }
          group.addTask {
            try await eventually("some load") { tally.total.load(ordering: .relaxed) > 200 }
            tally.killedAt.withLock { $0 = .now }
            firstServing.cancel()
          }
          try await group.waitForAll()
        }
        let (all, bad) = (tally.total.load(ordering: .relaxed), tally.failed.load(ordering: .relaxed))
        #expect(all > 500)
        #expect(bad * 1000 <= all, "\(bad) of \(all) failed")
        #expect(tally.late.load(ordering: .relaxed) == 0)
      }
      _ = await firstServing.result
    }
    #expect(first.requests.count > 50)
    #expect(second.requests.count > first.requests.count)
  }

  @Test("What may have been carried out is not done again unless that can do no harm")
  func repeats() {
    func call(_ method: String, key: Bool = false, isHonoured: Bool = true) -> UpstreamCall {
      UpstreamCall(
        method: .init(rawValue: method), target: "/", headers: key ? ["Idempotency-Key": "k"] : [:], body: .none,
        isIdempotent: isHonoured)
    }
    for method in ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"] { #expect(call(method).mayBeRepeated(afterSending: false)) }
    for method in ["GET", "HEAD", "PUT", "DELETE"] { #expect(call(method).mayBeRepeated(afterSending: true)) }
    for method in ["POST", "PATCH"] { #expect(!call(method).mayBeRepeated(afterSending: true)) }
    #expect(call("POST", key: true).mayBeRepeated(afterSending: true))
    #expect(!call("POST", key: true, isHonoured: false).mayBeRepeated(afterSending: true))
  }

  @Test("A key makes a request one that is sent again only where its service honours it")
  func keys() async throws {
    let (ill, well) = (FakeUpstream { _, _ in Response(status: .serviceUnavailable) }, FakeUpstream())
    try await ill.serving { illURL in
      try await well.serving { wellURL in
        let instances = [illURL, wellURL]
        try await withGateway(instances: ["identity": instances, "order": instances]) { ingress in
          for _ in 0..<20 {
            _ = try await ingress.client.send("POST", "/identity/sessions/refresh", "{}", headers: ["Idempotency-Key": "k"])
          }
          #expect(ill.requests.count + well.requests.count == 20)
          #expect(!ill.requests.isEmpty)
          let headers = try await bearer(.customer).merging(["Idempotency-Key": "k"]) { $1 }
          for _ in 0..<20 {
            #expect(try await ingress.client.send("POST", "/order/orders", "{}", headers: headers).status == 200)
          }
          #expect(ill.targets.contains("/orders"))
        }
      }
    }
  }

  /// Puts off who signs up, and nobody else.
  private static let puttingOff: FakeUpstream.Handler = { request, context in
    guard request.head.path != "/accounts" else { return Response(status: .serviceUnavailable, headers: [.retryAfter: "1"]) }
    return try await FakeUpstream.plain(request, context)
  }

  @Test("A service that puts one client off goes on being asked by the others; one that says only 503 does not")
  func putOff() async throws {
    let upstream = FakeUpstream { request, context in
      guard request.head.path != "/shops/ill" else { return Response(status: .serviceUnavailable) }
      return try await Self.puttingOff(request, context)
    }
    try await withGateway(upstream: upstream) { ingress, upstream in
      for _ in 0..<20 {
        let status = try await ingress.client.send("POST", "/identity/accounts", "{}").status
        #expect(status == 503)
      }
      #expect(upstream.requests.count == 20)
      #expect(ingress.gateway.upstreams["identity"]?.breakerState == .closed)
      #expect(try await ingress.client.send("POST", "/identity/sessions/refresh", "{}").status == 200)
      for _ in 0..<5 { #expect(try await ingress.client.get("/shop/shops/ill").status == 503) }
      #expect(ingress.gateway.upstreams["shop"]?.breakerState == .open)
    }
  }

  @Test("An instance that puts one client off keeps its share of the work")
  func putOffByOne() async throws {
    let (busy, idle) = (FakeUpstream(Self.puttingOff), FakeUpstream())
    try await busy.serving { busyURL in
      try await idle.serving { idleURL in
        try await withGateway(instances: ["identity": [busyURL, idleURL]]) { ingress in
          for _ in 0..<60 { _ = try await ingress.client.send("POST", "/identity/accounts", "{}") }
        }
      }
    }
    #expect(busy.requests.count > 12, "\(busy.requests.count) of 60")
  }

  @Test("A service that fails is left alone for a moment, then tried, and is back")
  func breaker() async throws {
    let port = try FreePort.next()
    try await withGateway(instances: ["shop": ["http://127.0.0.1:\(port)"]]) { ingress in
      for _ in 0..<8 { #expect(try await ingress.client.get("/shop/shops/1").status == 503) }
      #expect(ingress.gateway.upstreams["shop"]?.breakerState == .open)
      let start = ContinuousClock.now
      let refused = try await ingress.client.get("/shop/shops/1")
      #expect(refused.status == 503 && refused.header("Retry-After") != nil && ContinuousClock.now - start < .milliseconds(200))
      try await FakeUpstream(port: port).serving { _ in
        try await eventually(within: .seconds(5), "an answer") { try await ingress.client.get("/shop/shops/1").status == 200 }
        #expect(ingress.gateway.upstreams["shop"]?.breakerState == .closed)
      }
    }
  }

  @Test("A service that is back is asked by everybody, even if all that it says is that it has too much to do")
  func backAndBusy() async throws {
    let port = try FreePort.next()
    try await withGateway(instances: ["identity": ["http://127.0.0.1:\(port)"]]) { ingress in
      for _ in 0..<8 { #expect(try await ingress.client.send("POST", "/identity/accounts", "{}").status == 503) }
      #expect(ingress.gateway.upstreams["identity"]?.breakerState == .open)
      try await FakeUpstream(port: port, Self.puttingOff).serving { _ in
        try await eventually(within: .seconds(5), "the breaker's closing") {
          _ = try await ingress.client.send("POST", "/identity/accounts", "{}")
          return ingress.gateway.upstreams["identity"]?.breakerState == .closed
        }
      }
    }
  }
}
