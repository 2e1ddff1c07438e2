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
  /// Counts; what it says is in the query: `/listings?Cache-Control=public,max-age=1&Vary=Accept`.
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
    "What doesn't say that everybody may have it is never kept",
    arguments: [
      "", "?Cache-Control=max-age=60", "?Cache-Control=private,max-age=60", "?Cache-Control=public,no-store,max-age=60",
      "?Cache-Control=public,no-cache,max-age=60", "?Cache-Control=public", "?Cache-Control=public,max-age=0",
      "?Cache-Control=public,max-age=60,s-maxage=0", "?Cache-Control=public,max-age=x",
      "?Cache-Control=public,max-age=60&Vary=Accept",
      "?Cache-Control=public,max-age=60&Set-Cookie=a", "?Cache-Control=public,max-age=60&Age=61",
    ])
  func notKept(query: String) async throws {
    try await withGateway(upstream: upstream()) { ingress, upstream in
      let answers = try await [
        ingress.client.get("/shop-listing/listings\(query)"), ingress.client.get("/shop-listing/listings\(query)"),
      ]
      #expect(answers.map(\.text) == ["1 - -", "2 - -"])
      #expect(upstream.requests.count == 2)
    }
  }

  @Test("A public page is kept as long as it says, with its age, and then asked for again")
  func kept() async throws {
    try await withGateway(upstream: upstream()) { ingress, upstream in
      let target = "/shop-listing/listings?Cache-Control=public,max-age=1"
      #expect(try await ingress.client.get(target).text == "1 - -")
      let second = try await ingress.client.get(target)
      #expect(second.text == "1 - -" && second.header("Age") == "0" && second.header("Date") != nil)
      #expect(second.header("Via")?.contains("baedal") == true)
      #expect(try await ingress.client.get(target + "&x=1").text == "2 - -")
      try await eventually(within: .seconds(3), "a fresh page") { try await ingress.client.get(target).text == "3 - -" }
      #expect(upstream.requests.count == 3)
    }
  }

  @Test("Pages are kept for what is public only, whatever a service says")
  func privateRoute() async throws {
    try await withGateway(upstream: upstream()) { ingress, upstream in
      let target = "/order/orders/x?Cache-Control=public,max-age=60"
      for role in [Identifier.sample, .other] {
        #expect(try await ingress.client.get(target, headers: try await bearer(.customer, role)).text.contains("private"))
      }
      #expect(upstream.requests.count == 2)
      let answer = try await ingress.client.get(target)
      #expect(answer.status == 401)
    }
  }

  @Test("A client that asks for a fresh page, a part of it, or with cookies, gets past the cache")
  func past() async throws {
    try await withGateway(upstream: upstream()) { ingress, upstream in
      let target = "/shop-listing/listings?Cache-Control=public,max-age=60"
      _ = try await ingress.client.get(target)
      for headers in [["Cache-Control": "no-cache"], ["Cookie": "a=b"], ["Range": "bytes=0-1"], ["Pragma": "no-cache"]] {
        #expect(try await ingress.client.get(target, headers: headers).text != "1 - -", "\(headers)")
      }
      #expect(try await ingress.client.get(target).text == "1 - -")
      #expect(upstream.requests.count == 5)
    }
  }

  @Test("If-None-Match is answered by 304 from the cache, and from what has just come")
  func conditional() async throws {
    try await withGateway(upstream: upstream()) { ingress, upstream in
      let target = "/shop-listing/listings?Cache-Control=public,max-age=60&ETag=\"v7\"".replacing("\"", with: "%22")
      for _ in 0..<2 {
        let answer = try await ingress.client.get(target, headers: ["If-None-Match": "\"v7\""])
        #expect(answer.status == 304 && answer.header("ETag") == "\"v7\"" && answer.text == "")
        #expect(try await ingress.client.get(target, headers: ["If-None-Match": "\"v6\""]).status == 200)
      }
      #expect(upstream.requests.count == 1)
      #expect(upstream.requests[0].fields[.ifNoneMatch] == nil)
    }
  }

  @Test("A page that many want at once is asked for once; one that may not be shared is asked for by each")
  func singleFlight() async throws {
    for (query, expected) in [("?Cache-Control=public,max-age=60", 1), ("?Cache-Control=private", 10)] {
      try await withGateway(upstream: upstream(delay: .milliseconds(200))) { ingress, upstream in
        try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<10 { group.addTask { try await ingress.client.get("/shop-listing/listings\(query)").status } }
          for try await status in group { #expect(status == 200) }
        }
        #expect(upstream.requests.count == expected)
      }
    }
  }

  @Test("It stays within its bytes, and the oldest goes first")
  func bounded() {
    let cache = ResponseCache(byteLimit: 100_000)
    let now = NIODeadline.now()
    for number in 0..<200 {
      let page = CachedResponse([.contentType: "text/plain"], ByteBuffer(repeating: 0, count: 2000), lifetime: 60, at: now)
      cache.keep(page, as: "/\(number)")
      #expect(cache.byteCount <= 100_000)
    }
    #expect(cache.page("/0") == nil)
    #expect(cache.page("/199") != nil)
    cache.keep(CachedResponse([:], ByteBuffer(repeating: 0, count: 50_000), lifetime: 60, at: now), as: "/large")
    #expect(cache.page("/large") == nil)
    #expect(ResponseCache(byteLimit: 0).find("/199", ifNoneMatch: nil) == nil)
  }

  @Test("The age of a page goes on while it is kept")
  func age() {
    let cache = ResponseCache(byteLimit: 100_000)
    let now = NIODeadline.now()
    cache.keep(CachedResponse([.age: "2", .eTag: "\"v1\""], ByteBuffer(string: "hi"), lifetime: 10, at: now), as: "/a")
    let later = cache.find("/a", ifNoneMatch: nil, at: now + .seconds(3)).map { String(buffer: $0) } ?? ""
    #expect(later.contains("\r\nage: 5\r\n") && later.hasSuffix("\r\n\r\nhi") && later.contains("content-length: 2"))
    let unchanged = cache.find("/a", ifNoneMatch: "W/\"v1\"", at: now + .seconds(3)).map { String(buffer: $0) } ?? ""
    #expect(unchanged.hasPrefix("HTTP/1.1 304 ") && !unchanged.contains("content-length"))
    #expect(cache.find("/a", ifNoneMatch: nil, at: now + .seconds(10)) == nil)
  }
}
