import Contracts
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Redis
import ServiceLifecycle
import TestSupport
import Testing
import Web

@testable import ShopListingService

/// A server over a read model, with the fast path in front of the routes.
struct ListingServer: Sendable {
  let test: TestReadModel
  let caches: NearCaches
  let port: Int

  /// Sends bytes unmodified; returns the responses once there are `count` of them or the server closed the connection.
  func exchange(_ text: String, responses count: Int, bodies: Bool = true) async throws -> [String] {
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await connection.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: text))
      var all = ""
      for try await part in inbound {
        all += String(buffer: part)
        if all.responses.count >= count, all.responses.last?.isComplete(withBody: bodies) == true { break }
      }
      return all.responses
    }
  }

  func get(_ target: String, _ headers: String = "", method: String = "GET") async throws -> String {
    try await exchange("\(method) \(target) HTTP/1.1\r\nHost: test\r\n\(headers)\r\n", responses: 1, bodies: method != "HEAD")[0]
  }
}

extension String {
  fileprivate var responses: [String] {
    components("HTTP/1.1 ").map { "HTTP/1.1 " + $0 }
  }

  private func components(_ separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      let tail = rest[range.upperBound...]
      let end = tail.firstRange(of: separator)?.lowerBound ?? tail.endIndex
      parts.append(String(tail[..<end]))
      rest = tail[end...]
    }
    return parts
  }

  /// Whether the body is as long as Content-Length says.
  fileprivate func isComplete(withBody hasBody: Bool) -> Bool {
    guard let end = firstRange(of: "\r\n\r\n") else { return false }
    return !hasBody || self[end.upperBound...].utf8.count >= (header("content-length").flatMap { Int($0) } ?? 0)
  }

  func header(_ name: String) -> String? {
    let head = firstRange(of: "\r\n\r\n").map { self[..<$0.lowerBound] } ?? self[...]
    return head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
      .map { String($0.drop { $0 != ":" }.dropFirst(2)) }
  }

  var body: String { firstRange(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } ?? "" }

  var status: Int { Int(split(separator: " ")[1]) ?? 0 }
}

func withListingServer(
  cacheBytes: Int = 1 << 20, _ body: @escaping @Sendable (ListingServer) async throws -> Void
) async throws {
  try await withReadModel { test in
    let group = test.eventLoopGroup
    let caches = try await NearCaches(redis: test.redis, eventLoopGroup: group, cacheBytes: cacheBytes)
    let invalidation = RedisInvalidation(
      configuration: test.server.configuration, prefixes: ReadModelKeys.prefixes, eventLoopGroup: group, logger: quietLogger
    ) { caches.receive($0) }
    caches.track(invalidation)
    let health = Health()
    let verifier = try await TokenIssuer.shared().verifier()
    let router = try Router.service(health: health, openAPI: [], authenticator: verifier) { router in
      ListingRoutes(redis: test.redis, eventLoopGroup: group).add(to: router)
    }
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = WebApplication(
      router: router, health: health, configuration: WebConfiguration(port: 0), services: [invalidation],
      channel: HTTPServerBuilder { FastReadChannel(responder: $0, caches: caches, idleTimeout: .seconds(60)) },
      eventLoopGroup: group, logger: quietLogger, onRunning: { port.yield($0.localAddress?.port ?? 0) })
    let running = ServiceGroup(services: [application], logger: quietLogger)
    async let ended: Void = running.run()
    var iterator = ports.makeAsyncIterator()
    let listening = await iterator.next() ?? 0
    do {
      try await eventually("the invalidations") { invalidation.isConnected }
      try await body(ListingServer(test: test, caches: caches, port: listening))
    } catch {
      await running.triggerGracefulShutdown()
      try await ended
      throw error
    }
    await running.triggerGracefulShutdown()
    try await ended
  }
}

@Suite("The fast path of a running server")
struct FastPathTests {
  @Test("The fast path and the routes send the same document")
  func sameDocument() async throws {
    try await withListingServer { server in
      try await server.test.write(.sample(1), .sample(2))
      for target in [
        "/listings", "/listings?sort=fee&limit=1", "/listings/\(Identifier.sample(1))", "/search?q=%EC%B9%98%ED%82%A8",
      ] {
        let fast = try await server.get(target)
        let slow = try await server.get(target, "Connection: close\r\n")
        #expect(fast.status == 200 && slow.status == 200)
        #expect(fast.header("date") == nil && slow.header("date") != nil)
        #expect(fast.body == slow.body)
        for name in ["content-type", "content-length", "cache-control", "etag"] {
          #expect(fast.header(name) == slow.header(name), "\(target) \(name)")
        }
        let head = try await server.get(target, method: "HEAD")
        #expect(head.status == 200 && head.body == "" && head.header("content-length") == fast.header("content-length"))
      }
    }
  }

  @Test(
    "The fast path and the routes send the same problem",
    arguments: ["/listings/0198c0de-0000-7abc-8def-000000000001", "/listings/0198c0de-0000-7abc-8def-000000000002"])
  func sameProblem(target: String) async throws {
    try await withListingServer { server in
      try await server.test.delete(.sample(2), version: 2)
      let fast = try await server.get(target)
      let slow = try await server.get(target, "Connection: close\r\n")
      #expect(fast.status == slow.status && fast.status >= 400)
      #expect(fast.header("content-type") == "application/problem+json")
      #expect(slow.header("content-type") == "application/problem+json")
    }
  }

  @Test(
    "An invalid request gets a problem that names the parameter",
    arguments: [
      ("/listings?limit=0", "limit"), ("/listings?colour=red", "colour"), ("/listings?cursor=x", "cursor"),
      ("/listings?district=gotham", "district"), ("/search?q=", "q"), ("/listings/abc", "id"),
    ])
  func badRequests(target: String, name: String) async throws {
    try await withListingServer { server in
      let response = try await server.get(target)
      #expect(response.status == 400)
      #expect(response.header("content-type") == "application/problem+json")
      #expect(response.body.contains(name))
    }
  }

  @Test("A cached page is invalidated as soon as a shop on it changes")
  func invalidation() async throws {
    try await withListingServer { server in
      let shop = Shop.sample(1)
      try await server.test.write(shop, .sample(2, district: .jung))
      for target in ["/listings", "/listings?district=mapo", "/listings/\(shop.id)", "/search?q=%EC%B9%98%ED%82%A8"] {
        #expect(try await server.get(target).body.contains("\"version\":1"))
        #expect(try await server.get(target).body.contains("\"version\":1"))
      }
      #expect(try await server.caches.snapshots().reduce(0) { $0 + $1.entries } > 0)
      for version in 2...20 {
        try await server.test.write(shop.with(version: Int64(version)) { $0.address = "주소 \(version)" })
        for target in ["/listings", "/listings?district=mapo", "/listings/\(shop.id)", "/search?q=%EC%B9%98%ED%82%A8"] {
          try await eventually(within: .seconds(1), "version \(version) at \(target)") {
            try await server.get(target).body.contains("\"version\":\(version),")
          }
        }
      }
    }
  }

  @Test("With concurrent writes and reads the last write becomes visible")
  func consistency() async throws {
    try await withListingServer { server in
      let shop = Shop.sample(1)
      try await server.test.write(shop)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for version in 2...400 { try await server.test.write(shop.with(version: Int64(version))) }
        }
        for _ in 0..<4 {
          group.addTask {
            let text = String(repeating: "GET /listings HTTP/1.1\r\nHost: test\r\n\r\n", count: 20)
            for _ in 0..<20 { _ = try await server.exchange(text, responses: 20) }
          }
        }
        try await group.waitForAll()
      }
      try await eventually(within: .seconds(1), "the last version") {
        try await server.get("/listings").body.contains("\"version\":400,")
      }
    }
  }

  @Test("Pipelined requests of the fast path and the routes get their responses in order")
  func pipelined() async throws {
    try await withListingServer(cacheBytes: 0) { server in
      try await server.test.write((1...9).map { .sample($0) })
      var text = ""
      for limit in 1...9 {
        text += "GET /listings?limit=\(limit) HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        text += "GET /listings/\(Identifier.sample(limit)) HTTP/1.1\r\nHost: a\r\n\r\n"
      }
      let responses = try await server.exchange(text, responses: 27)
      #expect(responses.count == 27)
      for limit in 1...9 {
        let page = try decode(TestPage.self, ByteBuffer(string: responses[(limit - 1) * 3].body))
        #expect(page.items.count == limit)
        #expect(responses[(limit - 1) * 3 + 1].body.contains("alive"))
        #expect(try decode(TestPage.Card.self, ByteBuffer(string: responses[(limit - 1) * 3 + 2].body)).id == .sample(limit))
      }
    }
  }

  @Test("While Redis is unavailable the near cache is empty and reads are 503; afterwards they are current")
  func redisGone() async throws {
    try await withListingServer { server in
      try await server.test.write(.sample(1))
      #expect(try await server.get("/listings").status == 200)
      try await server.test.server.kill9()
      try await eventually("503") {
        let response = try await server.get("/listings")
        return response.status == 503 && response.header("retry-after") != nil
          && response.header("content-type") == "application/problem+json"
      }
      try await server.test.server.start()
      try await eventually("a response") {
        try await server.test.model.build()
        try await server.test.write(.sample(1, version: 2))
        return try await server.get("/listings").body.contains("\"version\":2,")
      }
    }
  }

  @Test("A client that has the current version gets 304")
  func conditional() async throws {
    try await withListingServer { server in
      try await server.test.write(.sample(1, version: 4))
      let target = "/listings/\(Identifier.sample(1))"
      for _ in 0..<2 {
        #expect(try await server.get(target, "If-None-Match: \"v4\"\r\n").status == 304)
        #expect(try await server.get(target, "If-None-Match: \"v3\"\r\n").status == 200)
      }
      let slow = try await server.get(target, "If-None-Match: \"v4\"\r\nConnection: close\r\n")
      #expect(slow.status == 304 && slow.header("etag") == "\"v4\"")
    }
  }
}
