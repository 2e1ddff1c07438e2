import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

@Suite("Overload")
struct OverloadTests {
  @Test("Beyond what may be under way the answer is 503 at once, and the process still tells its health")
  func sheds() async throws {
    let gate = AsyncStream.makeStream(of: Void.self)
    let upstream = FakeUpstream { request, context in
      if request.head.path?.hasPrefix("/shops/slow") == true { for await _ in gate.stream { break } }
      return try await FakeUpstream.plain(request, context)
    }
    var configuration = GatewayConfiguration.testing
    configuration.policy.concurrency = 3
    try await withGateway(configuration, upstream: upstream) { ingress, upstream in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<3 { group.addTask { try await ingress.client.get("/shop/shops/slow\(number)").status } }
        try await eventually("three under way") { upstream.requests.count == 3 }
        for method in ["GET", "POST", "HEAD"] {
          let start = ContinuousClock.now
          let answer = try await ingress.client.send(method, "/identity/sessions", method == "POST" ? "{}" : nil)
          #expect(answer.status == 503 && answer.header("Retry-After") == "1", "\(method)")
          #expect(ContinuousClock.now - start < .seconds(1))
        }
        #expect(try await ingress.client.get("/livez").status == 200)
        let closing = try await ingress.raw("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(closing.statuses == [503])
        for _ in 0..<3 { gate.continuation.yield() }
        for try await status in group { #expect(status == 200) }
      }
      #expect(upstream.requests.count == 3)
      try await eventually("places") { ingress.gateway.admission.count == 0 }
      #expect(try await ingress.client.get("/shop/shops/1").status == 200)
    }
  }

  @Test(
    "What is told to come back at once is what has little behind it; other bodies are bounded, and end their connections",
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
    try await withGateway(configuration, upstream: upstream) { ingress, upstream in
      async let slow = ingress.client.get("/shop/shops/slow").status
      try await eventually("one under way") { upstream.requests.count == 1 }
      let head = "POST /identity/sessions HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n"
      let answer = try await ingress.raw(head + String(repeating: "x", count: bytes))
      #expect(answer.statuses == [status])
      #expect(answer.lowercased().contains("connection: close") == (status != 503))
      gate.continuation.yield()
      let waited = try await slow
      #expect(waited == 200)
    }
  }

  @Test("Clients that dribble their bodies keep nobody out")
  func slowBodies() async throws {
    var configuration = GatewayConfiguration.testing
    configuration.policy.concurrency = 2
    try await withGateway(configuration) { ingress, upstream in
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<12 {
          group.addTask { try await ingress.raw("POST /identity/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc") }
        }
        try await eventually("the slow ones") { ingress.gateway.connections.count >= 12 }
        #expect(try await ingress.client.get("/shop/shops/1").status == 200)
        try await group.waitForAll()
      }
      #expect(upstream.targets == ["/shops/1"])
    }
  }

  @Test(
    "Of too many requests that come in part the longest ends; complete ones, and idle connections, are none of them",
    arguments: [
      "GET /shop/shops/1 HTTP/1.1\r\nHo", "POST /identity/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
    ])
  func unfinished(_ part: String) async throws {
    var configuration = GatewayConfiguration.testing
    configuration.unfinished = 3
    configuration.patience.idle = .seconds(20)
    configuration.policy.bodyDeadline = .seconds(20)
    try await withGateway(configuration) { ingress, _ in
      let idle = try await ingress.open()
      #expect(try await idle.ask("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      var slow: [RawConnection] = []
      for _ in 0..<5 {
        let connection = try await ingress.open()
        try await connection.send(part)
        slow.append(connection)
        // Each begins after the one before.
        try await Task.sleep(for: .milliseconds(50))
      }
      for connection in slow[..<2] { try await eventually("its end") { connection.isClosed } }
      #expect(slow[2...].allSatisfy { !$0.isClosed })
      #expect(try await idle.ask("GET /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200"))
      for connection in slow + [idle] { connection.close() }
    }
  }

  @Test("ConnectionLimit are counted, bounded, and given back")
  func connections() async throws {
    var configuration = GatewayConfiguration.testing
    configuration.connections = 4
    configuration.patience.idle = .milliseconds(500)
    try await withGateway(configuration) { ingress, _ in
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 { group.addTask { try await ingress.raw("GET /shop") } }
        try await group.waitForAll()
      }
      try await eventually("places") { ingress.gateway.connections.count == 0 }
      #expect(try await ingress.raw("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").statuses == [200])
    }
  }
}
