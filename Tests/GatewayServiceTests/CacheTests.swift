import Auth
import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

@Suite("The shared cache")
struct CacheTests {
  /// Numbers its responses; their headers are in the query: `/listings?Cache-Control=public,max-age=1&Vary=Accept`.
  private func upstream(delay: Duration = .zero) -> FakeUpstream {
    let count = Atomic<Int>(0)
    return FakeUpstream { request, _ in
      let number = count.add(1, ordering: .relaxed).newValue
      if delay > .zero { try await Task.sleep(for: delay) }
      var headers: HTTPFields = [.contentType: "text/plain"]
      for (name, value) in request.uri.queryParameters { headers[.init(String(name))!] = String(value) }
      let text =
        "\(number) \(request.headers[.authorization].map { _ in "private" } ?? "-") \(request.headers[.acceptLanguage] ?? "-")"
      return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
  }

  @Test(
    "Responses that are not explicitly public and fresh are never stored",
    arguments: [
      "", "?Cache-Control=max-age=60", "?Cache-Control=private,max-age=60", "?Cache-Control=public,no-store,max-age=60",
      "?Cache-Control=public,no-cache,max-age=60", "?Cache-Control=public", "?Cache-Control=public,max-age=0",
      "?Cache-Control=public,max-age=60,s-maxage=0", "?Cache-Control=public,max-age=x",
      "?Cache-Control=public,max-age=60&Vary=Accept",
      "?Cache-Control=public,max-age=60&Set-Cookie=a", "?Cache-Control=public,max-age=60&Age=61",
    ])
  func notStored(query: String) async throws {
    try await withGateway(upstream: upstream()) { gateway, upstream in
      let responses = try await [
        gateway.client.get("/shop-listing/listings\(query)"), gateway.client.get("/shop-listing/listings\(query)"),
      ]
      #expect(responses.map(\.text) == ["1 - -", "2 - -"])
      #expect(upstream.requests.count == 2)
    }
  }

  @Test("A public response is served with its age for max-age, and then fetched again")
  func stored() async throws {
    try await withGateway(upstream: upstream()) { gateway, upstream in
      let target = "/shop-listing/listings?Cache-Control=public,max-age=1"
      #expect(try await gateway.client.get(target).text == "1 - -")
      let second = try await gateway.client.get(target)
      #expect(second.text == "1 - -" && second.header("Age") == "0" && second.header("Date") != nil)
      #expect(second.header("Via")?.contains("baedal") == true)
      #expect(try await gateway.client.get(target + "&x=1").text == "2 - -")
      try await eventually(within: .seconds(3), "a fresh response") { try await gateway.client.get(target).text == "3 - -" }
      #expect(upstream.requests.count == 3)
    }
  }

  @Test("Responses of routes that require a token are never stored")
  func privateRoute() async throws {
    try await withGateway(upstream: upstream()) { gateway, upstream in
      let target = "/order/orders/x?Cache-Control=public,max-age=60"
      for role in [Identifier.sample, .other] {
        #expect(try await gateway.client.get(target, headers: try await bearer(.customer, role)).text.contains("private"))
      }
      #expect(upstream.requests.count == 2)
      let response = try await gateway.client.get(target)
      #expect(response.status == 401)
    }
  }

  @Test("Requests with Cache-Control, Pragma, Range or Cookie bypass the cache")
  func bypass() async throws {
    try await withGateway(upstream: upstream()) { gateway, upstream in
      let target = "/shop-listing/listings?Cache-Control=public,max-age=60"
      _ = try await gateway.client.get(target)
      for headers in [["Cache-Control": "no-cache"], ["Cookie": "a=b"], ["Range": "bytes=0-1"], ["Pragma": "no-cache"]] {
        #expect(try await gateway.client.get(target, headers: headers).text != "1 - -", "\(headers)")
      }
      #expect(try await gateway.client.get(target).text == "1 - -")
      #expect(upstream.requests.count == 5)
    }
  }

  @Test("If-None-Match results in 304, from the cache and on a miss")
  func conditional() async throws {
    try await withGateway(upstream: upstream()) { gateway, upstream in
      let target = "/shop-listing/listings?Cache-Control=public,max-age=60&ETag=\"v7\"".replacing("\"", with: "%22")
      for _ in 0..<2 {
        let response = try await gateway.client.get(target, headers: ["If-None-Match": "\"v7\""])
        #expect(response.status == 304 && response.header("ETag") == "\"v7\"" && response.text == "")
        #expect(try await gateway.client.get(target, headers: ["If-None-Match": "\"v6\""]).status == 200)
      }
      #expect(upstream.requests.count == 1)
      #expect(upstream.requests[0].fields[.ifNoneMatch] == nil)
    }
  }

  @Test("Concurrent requests for a cacheable response are coalesced; for others each request reaches the service")
  func singleFlight() async throws {
    for (query, expected) in [("?Cache-Control=public,max-age=60", 1), ("?Cache-Control=private", 10)] {
      try await withGateway(upstream: upstream(delay: .milliseconds(200))) { gateway, upstream in
        try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<10 { group.addTask { try await gateway.client.get("/shop-listing/listings\(query)").status } }
          for try await status in group { #expect(status == 200) }
        }
        #expect(upstream.requests.count == expected)
      }
    }
  }

  @Test("The cache stays within its byte limit and evicts the oldest response first")
  func bounded() {
    let cache = ResponseCache(byteLimit: 100_000)
    let now = NIODeadline.now()
    for number in 0..<200 {
      let response = CachedResponse([.contentType: "text/plain"], ByteBuffer(repeating: 0, count: 2000), lifetime: 60, at: now)
      cache.store(response, for: "/\(number)")
      #expect(cache.byteCount <= 100_000)
    }
    #expect(cache.response(for: "/0") == nil)
    #expect(cache.response(for: "/199") != nil)
    cache.store(CachedResponse([:], ByteBuffer(repeating: 0, count: 50_000), lifetime: 60, at: now), for: "/large")
    #expect(cache.response(for: "/large") == nil)
    #expect(ResponseCache(byteLimit: 0).encodedResponse(for: "/199", ifNoneMatch: nil) == nil)
  }

  @Test("The age of a stored response increases")
  func age() {
    let cache = ResponseCache(byteLimit: 100_000)
    let now = NIODeadline.now()
    cache.store(CachedResponse([.age: "2", .eTag: "\"v1\""], ByteBuffer(string: "hi"), lifetime: 10, at: now), for: "/a")
    let later = cache.encodedResponse(for: "/a", ifNoneMatch: nil, at: now + .seconds(3)).map { String(buffer: $0) } ?? ""
    #expect(later.contains("\r\nage: 5\r\n") && later.hasSuffix("\r\n\r\nhi") && later.contains("content-length: 2"))
    let unchanged =
      cache.encodedResponse(for: "/a", ifNoneMatch: "W/\"v1\"", at: now + .seconds(3)).map { String(buffer: $0) } ?? ""
    #expect(unchanged.hasPrefix("HTTP/1.1 304 ") && !unchanged.contains("content-length"))
    #expect(cache.encodedResponse(for: "/a", ifNoneMatch: nil, at: now + .seconds(10)) == nil)
  }
}
