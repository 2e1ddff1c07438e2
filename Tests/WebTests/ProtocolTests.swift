import Hummingbird
import NIOHTTP1
import Testing
import Web

@Suite("HTTP itself")
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
    "what is not HTTP is answered by 400 and the connection closed",
    arguments: [
      "nonsense\r\n\r\n", "GET\r\n\r\n", "GET /hello HTTP/9.9\r\n\r\n", "FETCH /hello HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost a\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
  func malformed(text: String) async throws {
    let answer = try await raw(text)
    #expect(answer.hasPrefix("HTTP/1.1 400 "))
    #expect(answer.contains(#""code":"malformed_request""#))
    #expect(answer.lowercased().contains("connection: close"))
  }

  @Test("chunks that are none are answered by 400")
  func malformedChunk() async throws {
    let answer = try await raw("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 400 "))
  }

  @Test("headers over 32 KB are 431", arguments: ["X-Large", "Cookie"])
  func headers(name: String) async throws {
    let answer = try await raw(
      "GET /hello HTTP/1.1\r\nHost: a\r\n\(name): \(String(repeating: "a", count: 33_000))\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 431 "))
    #expect(answer.contains(#""code":"headers_too_large""#))
  }

  @Test("many small headers over 32 KB are 431 too")
  func manyHeaders() async throws {
    let many = (0..<90).map { "X-\($0): \(String(repeating: "a", count: 400))\r\n" }.joined()
    #expect(try await raw("GET /hello HTTP/1.1\r\nHost: a\r\n\(many)\r\n").hasPrefix("HTTP/1.1 431 "))
  }

  @Test("a URL over the limit is a 4xx")
  func longURL() async throws {
    let answer = try await raw("GET /hello?\(String(repeating: "a", count: 90_000)) HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 4"))
  }

  @Test("pipelined requests before a malformed one get their answers first")
  func pipelined() async throws {
    let answer = try await raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
    #expect(answer.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
    #expect(answer.contains("HTTP/1.1 400 "))
  }

  @Test("HEAD is GET without its body, and errors to HEAD have none either")
  func head() async throws {
    let answer = try await raw(
      "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nHEAD /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
    #expect(answer.lowercased().contains("content-length: 5"))
    #expect(answer.contains("HTTP/1.1 404 "))
    #expect(!answer.contains("hello"))
    #expect(!answer.contains("not_found"))
  }

  @Test("a connection that does nothing is closed", .timeLimit(.minutes(1)))
  func idle() async throws {
    let start = ContinuousClock.now
    let answer = try await withService(idleTimeout: .milliseconds(300), routes: Self.routes) {
      try await $0.raw("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    }
    #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test("every answer has Date, and a traceparent of the trace that came in")
  func trace() async throws {
    try await withService(routes: Self.routes) { service async throws in
      let mine = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let answer = try await service.send(.GET, "/hello", headers: ["traceparent": mine])
      let trace = try #require(answer.headers.first(name: "traceparent"))
      #expect(trace.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
      #expect(trace != mine)
      #expect(answer.headers.first(name: "date")?.hasSuffix(" GMT") == true)
      let fresh = try await service.send(.GET, "/hello", headers: ["traceparent": "nonsense"])
      #expect(fresh.headers.first(name: "traceparent")?.count == 55)
    }
  }
}

extension String {
  /// As Foundation's, which tests needn't import for this.
  fileprivate func components(separatedBy separator: String) -> [String] {
    split(separator: separator, omittingEmptySubsequences: false).map(String.init)
  }
}
