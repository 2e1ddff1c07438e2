import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

@Suite("Overload")
struct OverloadTests {
  @Test("Requests over the concurrency limit are 503 at once, and the health probes still succeed")
  func sheds() async throws {
    let gate = AsyncStream.makeStream(of: Void.self)
    let upstream = FakeUpstream { request, context in
      if request.head.path?.hasPrefix("/shops/slow") == true { for await _ in gate.stream { break } }
      return try await FakeUpstream.plain(request, context)
    }
    var configuration = GatewayConfiguration.testing
    configuration.policy.concurrency = 3
    try await withGateway(configuration, upstream: upstream) { gateway, upstream in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<3 { group.addTask { try await gateway.client.get("/shop/shops/slow\(number)").status } }
        try await eventually("three requests in flight") { upstream.requests.count == 3 }
        for method in ["GET", "POST", "HEAD"] {
          let start = ContinuousClock.now
          let response = try await gateway.client.send(method, "/identity/sessions", method == "POST" ? "{}" : nil)
          #expect(response.status == 503 && response.header("Retry-After") == "1", "\(method)")
          #expect(ContinuousClock.now - start < .seconds(1))
        }
        #expect(try await gateway.client.get("/livez").status == 200)
        let closing = try await gateway.raw("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(closing.statuses == [503])
        for _ in 0..<3 { gate.continuation.yield() }
        for try await status in group { #expect(status == 200) }
      }
      #expect(upstream.requests.count == 3)
      try await eventually("the permits to be released") { gateway.internals.admission.count == 0 }
      #expect(try await gateway.client.get("/shop/shops/1").status == 200)
    }
  }

  @Test(
    "Only requests with short bodies are shed on the fast path; other bodies are bounded, and close their connections",
    arguments: [
      ("Content-Length: 2", 2, 503), ("Content-Length: 16384", 16_384, 503), ("Content-Length: 16385", 16_385, 200),
      ("Content-Length: 2097152", 0, 413), ("Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0", 0, 200),
    ])
  func shedBodies(_ framing: String, _ bytes: Int, _ status: Int) async throws {
    let gate = AsyncStream.makeStream(of: Void.self)
    let upstream = FakeUpstream { request, context in
      if request.head.path == "/shops/slow" { for await _ in gate.stream { break } }
      return try await FakeUpstream.plain(request, context)
    }
    var configuration = GatewayConfiguration.testing
    configuration.policy.concurrency = 1
    try await withGateway(configuration, upstream: upstream) { gateway, upstream in
      async let slow = gateway.client.get("/shop/shops/slow").status
      try await eventually("one request in flight") { upstream.requests.count == 1 }
      let head = "POST /identity/sessions HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n"
      let response = try await gateway.raw(head + String(repeating: "x", count: bytes))
      #expect(response.statuses == [status])
      #expect(response.lowercased().contains("connection: close") == (status != 503))
      gate.continuation.yield()
      let slowStatus = try await slow
      #expect(slowStatus == 200)
    }
  }

  @Test("Clients that send their bodies slowly hold no permits")
  func slowBodies() async throws {
    var configuration = GatewayConfiguration.testing
    configuration.policy.concurrency = 2
    try await withGateway(configuration) { gateway, upstream in
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<12 {
          group.addTask { try await gateway.raw("POST /identity/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc") }
        }
        try await eventually("the slow connections") { gateway.internals.connections.count >= 12 }
        #expect(try await gateway.client.get("/shop/shops/1").status == 200)
        try await group.waitForAll()
      }
      #expect(upstream.targets == ["/shops/1"])
    }
  }

  @Test(
    "Above the limit of incomplete requests the oldest is closed; complete requests and idle connections do not count",
    arguments: [
      "GET /shop/shops/1 HTTP/1.1\r\nHo", "POST /identity/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
    ])
  func incomplete(_ part: String) async throws {
    var configuration = GatewayConfiguration.testing
    configuration.incompleteRequests = 3
    configuration.clientTimeouts.idle = .seconds(20)
    configuration.policy.bodyDeadline = .seconds(20)
    try await withGateway(configuration) { gateway, _ in
      let idle = try await gateway.open()
      #expect(try await idle.request("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      var slow: [RawConnection] = []
      for _ in 0..<5 {
        let connection = try await gateway.open()
        try await connection.send(part)
        slow.append(connection)
        // So that each begins after the one before.
        try await Task.sleep(for: .milliseconds(50))
      }
      for connection in slow[..<2] { try await eventually("the connection to close") { connection.isClosed } }
      #expect(slow[2...].allSatisfy { !$0.isClosed })
      #expect(try await idle.request("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      for connection in slow + [idle] { connection.close() }
    }
  }

  @Test("Connections are bounded, and released when they close")
  func connections() async throws {
    var configuration = GatewayConfiguration.testing
    configuration.connections = 4
    configuration.clientTimeouts.idle = .milliseconds(500)
    try await withGateway(configuration) { gateway, _ in
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 { group.addTask { try await gateway.raw("GET /shop") } }
        try await group.waitForAll()
      }
      try await eventually("the connections to be released") { gateway.internals.connections.count == 0 }
      #expect(try await gateway.raw("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").statuses == [200])
    }
  }
}
