import Hummingbird
import NIOCore
import NIOHTTP1
import ServiceClient
import ServiceContextModule
import Synchronization
import Telemetry
import Testing

@Suite("Resilience of the service client")
struct ResilienceTests {
  private static let unreachableAddress = ServiceAddress("http://127.0.0.1:1")!

  @Test("a call that never reached an instance is retried at another at once, whatever its method")
  func unreachable() async throws {
    try await withPeer(respond: { _, _ in Response(status: .ok) }) { peer async throws in
      try await withClient(of: [Self.unreachableAddress, peer.address]) { client async throws in
        for _ in 0..<20 {
          #expect(try await client.send(ServiceRequest(.POST, "/a", body: ByteBuffer(string: "{}"))).status == 200)
        }
        #expect(peer.count == 20)
        #expect(client.breakerState == .closed)
      }
    }
  }

  @Test("a failed read is retried at another instance; a request that isn't idempotent is not")
  func elsewhere() async throws {
    try await withPeer(respond: { _, _ in Response(status: .serviceUnavailable) }) { unhealthy async throws in
      try await withPeer(respond: { _, _ in Response(status: .ok) }) { healthy async throws in
        try await withClient(of: [unhealthy.address, healthy.address]) { client async throws in
          for _ in 0..<20 { #expect(try await client.get("/a").status == 200) }
          #expect(client.breakerState == .closed)
          // After three consecutive failures it is ejected.
          #expect(unhealthy.count < 10)
        }
        try await withClient(of: [unhealthy.address, healthy.address]) { client async throws in
          var failures = 0
          for _ in 0..<20 {
            if await code({ _ = try await client.send(ServiceRequest(.POST, "/a")) }) == .status(503) { failures += 1 }
          }
          #expect((1...3).contains(failures))
        }
      }
    }
  }

  @Test("a hung instance leaves time to read from another")
  func hangs() async throws {
    try await withPeer(respond: { _, _ in
      try await Task.sleep(for: .seconds(5))
      return Response(status: .ok)
    }) { frozen async throws in
      try await withPeer(respond: { _, _ in Response(status: .ok) }) { healthy async throws in
        try await withClient(of: [frozen.address, healthy.address], .init(deadline: .milliseconds(600))) { client async throws in
          for _ in 0..<10 { #expect(try await client.get("/a").status == 200) }
          #expect(frozen.count <= 3)
        }
      }
    }
  }

  @Test("retries end with the budget, when all calls fail")
  func budget() async throws {
    try await withPeer(respond: { _, _ in Response(status: .serviceUnavailable) }) { peer async throws in
      let configuration = ServiceClientConfiguration(attempts: 3, bulkhead: 64, breaker: .init(failureThreshold: 1_000_000))
      try await withClient(of: [peer.address], configuration) { client async throws in
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<8 {
            group.addTask {
              for number in 0..<25 { _ = await code { _ = try await client.get("/\(number)") } }
            }
          }
        }
        // 200 calls, of which identical ones may have been coalesced: a tenth may be retried, and the reserve of 10 a second.
        #expect(peer.count <= 200 + 20 + 10 * 10)
      }
    }
  }

  @Test("a deadline is propagated through two services, and the remaining time decreases")
  func deadline() async throws {
    let ends = Mutex<[Int]>([])
    try await withPeer(respond: { request, _ in
      ends.withLock { $0.append(Int(request.headers[.init(DeadlineHeader.name)!] ?? "") ?? -1) }
      try await Task.sleep(for: .seconds(5))
      return Response(status: .ok)
    }) { last async throws in
      try await withClient(of: [last.address], .init(deadline: .seconds(4))) { inner async throws in
        try await withPeer(respond: { _, _ in
          try await Task.sleep(for: .milliseconds(20))
          return Response(status: try await inner.get("/b").status == 200 ? .ok : .badGateway)
        }) { first async throws in
          try await withClient(of: [first.address], .init(deadline: .seconds(4), attempts: 1)) { outer async throws in
            let start = ContinuousClock.now
            let failure = await ServiceContext.withDeadline(start + .milliseconds(500)) {
              await code { _ = try await outer.get("/a") }
            }
            #expect(failure == .timedOut)
            #expect(ContinuousClock.now - start < .seconds(2))
            let given = try #require(first.header(DeadlineHeader.name).flatMap { Int($0) })
            #expect((1...500).contains(given))
            let left = try #require(ends.withLock { $0.first })
            #expect((1...(given - 20)).contains(left))
            // A deadline that was exceeded here says nothing about the called service.
            #expect(inner.breakerState == .closed)
            #expect(outer.breakerState == .closed)
          }
        }
      }
    }
  }

  @Test("a request after its deadline gets 504, and is not handled")
  func over() async throws {
    try await withPeer(respond: { _, _ in Response(status: .ok) }) { peer async throws in
      try await withClient(of: [peer.address], .init(attempts: 1)) { client async throws in
        for _ in 0..<10 {
          let failure = await ServiceContext.withDeadline(.now) { await code { _ = try await client.get("/a") } }
          #expect(failure == .timedOut)
        }
        #expect(client.breakerState == .closed)
        #expect(peer.count == 0)
        #expect(try await client.get("/a").status == 200)
      }
    }
  }

  @Test("a caller that joins a call with an earlier deadline still gets a response")
  func joined() async throws {
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    try await withPeer(respond: { _, number in
      if number == 1 { for await _ in gates { break } }
      return Response(status: .ok)
    }) { peer async throws in
      try await withClient(of: [peer.address], .init(attempts: 1)) { client async throws in
        async let hasty = ServiceContext.withDeadline(.now + .milliseconds(300)) { await code { _ = try await client.get("/a") } }
        let start = ContinuousClock.now
        while peer.count < 1, ContinuousClock.now - start < .seconds(5) { await Task.yield() }
        #expect(try await client.get("/a").status == 200)
        #expect(await hasty == .timedOut)
        gate.yield()
      }
    }
  }

  @Test("a fallback is used while the service is unavailable, but not for its 4xx responses")
  func fallback() async throws {
    try await withClient(of: [Self.unreachableAddress], .init(attempts: 1)) { client async throws in
      #expect(try await client.get("/count", as: Int.self, fallback: { _ in 7 }) == 7)
    }
    try await withPeer(respond: { _, _ in Response(status: .forbidden) }) { peer async throws in
      try await withClient(of: [peer.address]) { client async throws in
        #expect(await code { _ = try await client.get("/count", as: Int.self, fallback: { _ in 7 }) } == .status(403))
      }
    }
  }

  @Test("the last successful response is returned while the service is unavailable, marked as stale, unless it is too old")
  func stale() async throws {
    let isIll = Atomic(false)
    try await withPeer(respond: { request, _ in
      if isIll.load(ordering: .relaxed) { return Response(status: .internalServerError) }
      return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: request.headers[.init("X-For")!] ?? "all")))
    }) { peer async throws in
      try await withClient(of: [peer.address], .init(attempts: 1)) { client async throws in
        let fresh = try await client.get("/a", staleFor: .seconds(60))
        #expect(fresh.staleAge == nil)
        #expect(fresh.headers["Warning"].isEmpty)
        isIll.store(true, ordering: .relaxed)
        let stale = try await client.get("/a", staleFor: .seconds(60))
        #expect(String(buffer: stale.body) == "all")
        #expect(stale.staleAge != nil)
        #expect(stale.headers.first(name: "Age") == "0")
        #expect(stale.headers.first(name: "Warning") == #"110 - "Response is Stale""#)
        #expect(await code { _ = try await client.get("/a", staleFor: .zero) } == .status(500))
        // Responses to other callers are not returned to this one.
        #expect(await code { _ = try await client.get("/a", headers: ["X-For": "me"], staleFor: .seconds(60)) } == .status(500))
        #expect(await code { _ = try await client.get("/a") } == .status(500))
      }
    }
  }

  @Test("limits can be changed at run time")
  func configured() async throws {
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    try await withPeer(respond: { request, _ in
      if request.uri.path == "/slow" { for await _ in gates { break } }
      return Response(status: request.uri.path == "/unhealthy" ? .internalServerError : .ok)
    }) { peer async throws in
      try await withClient(of: [peer.address], .init(bulkhead: 1)) { client async throws in
        async let slow = client.get("/slow")
        let start = ContinuousClock.now
        while peer.count < 1, ContinuousClock.now - start < .seconds(5) { await Task.yield() }
        #expect(await code { _ = try await client.get("/a") } == .bulkheadFull)
        client.configure { $0.bulkhead = 2 }
        #expect(try await client.get("/a").status == 200)
        gate.yield()
        #expect(try await slow.status == 200)
        client.configure { $0.breaker.failureThreshold = 2 }
        for _ in 0..<2 { _ = await code { _ = try await client.get("/unhealthy") } }
        #expect(client.breakerState == .open)
      }
    }
  }
}
