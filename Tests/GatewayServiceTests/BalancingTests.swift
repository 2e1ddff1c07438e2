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
    let (first, second) = (UpstreamStandIn(), UpstreamStandIn())
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
      try await withGateway(instances: ["shop": [firstURL, secondURL]]) { door in
        let tally = Tally()
        let end = ContinuousClock.now + .seconds(4)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for worker in 0..<8 {
            group.addTask {
              while ContinuousClock.now < end {
                let status = try await door.client.get("/shop/shops/\(worker)").status
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
    func call(_ method: String, key: Bool = false) -> UpstreamCall {
      UpstreamCall(method: .init(rawValue: method), target: "/", headers: key ? ["Idempotency-Key": "k"] : [:], body: .none)
    }
    for method in ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"] { #expect(call(method).mayBeRepeated(afterSending: false)) }
    for method in ["GET", "HEAD", "PUT", "DELETE"] { #expect(call(method).mayBeRepeated(afterSending: true)) }
    for method in ["POST", "PATCH"] { #expect(!call(method).mayBeRepeated(afterSending: true)) }
    #expect(call("POST", key: true).mayBeRepeated(afterSending: true))
  }

  @Test("A service that fails is left alone for a moment, then tried, and is back")
  func breaker() async throws {
    let port = try FreePort.next()
    try await withGateway(instances: ["shop": ["http://127.0.0.1:\(port)"]]) { door in
      for _ in 0..<8 { #expect(try await door.client.get("/shop/shops/1").status == 503) }
      #expect(door.gateway.upstreams["shop"]?.breakerState == .open)
      let start = ContinuousClock.now
      let refused = try await door.client.get("/shop/shops/1")
      #expect(refused.status == 503 && refused.header("Retry-After") != nil && ContinuousClock.now - start < .milliseconds(200))
      try await UpstreamStandIn(port: port).serving { _ in
        try await eventually(within: .seconds(5), "an answer") { try await door.client.get("/shop/shops/1").status == 200 }
        #expect(door.gateway.upstreams["shop"]?.breakerState == .closed)
      }
    }
  }
}
