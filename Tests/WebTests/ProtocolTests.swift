import Hummingbird
import NIOHTTP1
import Testing
import Web

@Suite("HTTP protocol")
struct ProtocolTests {
  private static func routes(_ router: Router<ServiceRequestContext>) {
    router.get("hello") { _, _ in "hello" }
    router.post("echo") { request, context in
      Response(status: .ok, body: ResponseBody(byteBuffer: try await request.bytes(context)))
    }
  }

  private func raw(_ text: String) async throws -> String {
    try await withService(routes: Self.routes) { try await $0.raw(text) }
  }

  @Test(
    "bytes that are not HTTP get 400 and the connection is closed",
    arguments: [
      "nonsense\r\n\r\n", "GET\r\n\r\n", "GET /hello HTTP/9.9\r\n\r\n", "FETCH /hello HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost a\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
  func malformed(text: String) async throws {
    let response = try await raw(text)
    #expect(response.hasPrefix("HTTP/1.1 400 "))
    #expect(response.contains(#""code":"malformed_request""#))
    #expect(response.lowercased().contains("connection: close"))
  }

  @Test("malformed chunks get 400")
  func malformedChunk() async throws {
    let response = try await raw("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
    #expect(response.hasPrefix("HTTP/1.1 400 "))
  }

  @Test("headers over 32 KB are 431", arguments: ["X-Large", "Cookie"])
  func headers(name: String) async throws {
    let response = try await raw(
      "GET /hello HTTP/1.1\r\nHost: a\r\n\(name): \(String(repeating: "a", count: 33_000))\r\n\r\n")
    #expect(response.hasPrefix("HTTP/1.1 431 "))
    #expect(response.contains(#""code":"headers_too_large""#))
  }

  @Test("many small headers over 32 KB are 431 too")
  func manyHeaders() async throws {
    let many = (0..<90).map { "X-\($0): \(String(repeating: "a", count: 400))\r\n" }.joined()
    #expect(try await raw("GET /hello HTTP/1.1\r\nHost: a\r\n\(many)\r\n").hasPrefix("HTTP/1.1 431 "))
  }

  @Test("a URL over the limit is a 4xx")
  func longURL() async throws {
    let response = try await raw("GET /hello?\(String(repeating: "a", count: 90_000)) HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(response.hasPrefix("HTTP/1.1 4"))
  }

  @Test("pipelined requests before a malformed one get their responses first")
  func pipelined() async throws {
    let response = try await raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
    #expect(response.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
    #expect(response.contains("HTTP/1.1 400 "))
  }

  @Test("HEAD is GET without its body, and errors to HEAD have none either")
  func head() async throws {
    let response = try await raw(
      "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nHEAD /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(response.hasPrefix("HTTP/1.1 200 OK"))
    #expect(response.lowercased().contains("content-length: 5"))
    #expect(response.contains("HTTP/1.1 404 "))
    #expect(!response.contains("hello"))
    #expect(!response.contains("not_found"))
  }

  @Test("an idle connection is closed", .timeLimit(.minutes(1)))
  func idle() async throws {
    let start = ContinuousClock.now
    let response = try await withService(idleTimeout: .milliseconds(300), routes: Self.routes) {
      try await $0.raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    }
    #expect(response.hasPrefix("HTTP/1.1 200 OK"))
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test("every response has Date, and a traceparent of the request's trace")
  func trace() async throws {
    try await withService(routes: Self.routes) { service async throws in
      let mine = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let response = try await service.send(.GET, "/hello", headers: ["traceparent": mine])
      let trace = try #require(response.headers.first(name: "traceparent"))
      #expect(trace.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
      #expect(trace != mine)
      #expect(response.headers.first(name: "date")?.hasSuffix(" GMT") == true)
      let fresh = try await service.send(.GET, "/hello", headers: ["traceparent": "nonsense"])
      #expect(fresh.headers.first(name: "traceparent")?.count == 55)
    }
  }
}

extension String {
  /// The same as Foundation's, without its import.
  fileprivate func components(separatedBy separator: String) -> [String] {
    split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
