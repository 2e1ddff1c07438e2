import Auth
import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing
import Web

@testable import GatewayService

@Suite("Forwarding")
struct ProxyTests {
  @Test("Method, path, query, body and headers are forwarded unchanged, and so is the response")
  func forwards() async throws {
    let upstream = FakeUpstream { request, _ in
      let body = try await request.body.collect(upTo: 1 << 20)
      return Response(
        status: .created, headers: [.contentType: "application/json", .eTag: "\"v1\"", .location: "/orders/1"],
        body: ResponseBody(byteBuffer: body))
    }
    try await withGateway(upstream: upstream) { gateway, upstream in
      let response = try await gateway.client.send(
        "POST", "/order/orders?a=b%20c", #"{"x":1}"#,
        headers: try await bearer(.customer).merging(["Idempotency-Key": "k", "Accept-Language": "ko"]) { $1 })
      #expect(response.status == 201)
      #expect(response.text == #"{"x":1}"#)
      #expect(response.header("ETag") == "\"v1\"")
      #expect(response.header("Location") == "/orders/1")
      let received = try #require(upstream.requests.first)
      #expect(received.method == "POST" && received.target == "/orders?a=b%20c" && received.body == #"{"x":1}"#)
      #expect(received.fields[.authorization] == (try await bearer(.customer)["Authorization"]))
      #expect(received.fields[.init("Idempotency-Key")!] == "k")
      #expect(received.fields[.acceptLanguage] == "ko")
    }
  }

  @Test("Hop-by-hop fields are not forwarded, and clients can't set the gateway's own fields")
  func fields() async throws {
    let upstream = FakeUpstream { _, _ in
      Response(
        status: .ok,
        headers: [.connection: "X-Own", .init("X-Own")!: "1", .init("Keep-Alive")!: "timeout=5", .init("X-Kept")!: "2"])
    }
    try await withGateway(upstream: upstream) { gateway, upstream in
      let response = try await gateway.raw(
        """
        GET /shop/shops HTTP/1.1\r\nHost: shop.example\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r
        Upgrade: websocket\r\nProxy-Authorization: Basic x\r\nX-Forwarded-For: 10.0.0.1\r\nForwarded: for=10.0.0.1\r\nX-Principal: operator:\(Identifier.sample)\r
        X-Real-IP: 10.0.0.1\r\nVia: 1.1 mine\r\nX-Request-Deadline-Ms: 1\r\nX-Kept: yes\r\n\r\n
        """)
      #expect(response.hasPrefix("HTTP/1.1 200 OK"))
      #expect(!response.lowercased().contains("x-own") && !response.lowercased().contains("keep-alive"))
      #expect(response.lowercased().contains("x-kept: 2") && response.lowercased().contains("via: 1.1 baedal"))
      let fields = try #require(upstream.requests.first?.fields)
      for name in [
        "X-Mine", "Keep-Alive", "TE", "Upgrade", "Proxy-Authorization", "Forwarded", "X-Principal", "X-Real-IP",
      ] {
        #expect(fields[.init(name)!] == nil, "\(name)")
      }
      #expect(fields[.init("X-Kept")!] == "yes")
      #expect(fields[.init("X-Request-Deadline-Ms")!].flatMap { Int($0) } ?? 0 > 1000)
      #expect(fields[.init("X-Forwarded-For")!] == "127.0.0.1")
      #expect(fields[.init("X-Forwarded-Host")!] == "shop.example")
      #expect(fields[values: .init("Via")!] == ["1.1 baedal"])
    }
  }

  @Test("The request id and the trace id are the same at the gateway and at the service")
  func identifiers() async throws {
    try await withGateway { gateway, upstream in
      let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let response = try await gateway.client.get("/shop/shops", headers: ["X-Request-Id": "mine-1", "traceparent": trace])
      #expect(response.header("X-Request-Id") == "mine-1")
      #expect(upstream.requests[0].fields[.init("X-Request-Id")!] == "mine-1")
      let forwarded = try #require(upstream.requests[0].fields[.init("traceparent")!])
      #expect(forwarded.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") && forwarded != trace)
      let generated = try await gateway.client.get("/shop/shops", headers: ["X-Request-Id": "a b{}"])
      #expect(generated.header("X-Request-Id")?.count == 36)
      #expect(generated.header("X-Request-Id") == upstream.requests[1].fields[.init("X-Request-Id")!])
      #expect(try await gateway.client.get("/shop/nowhere").header("X-Request-Id")?.count == 36)
    }
  }

  @Test("Responses to HEAD and with 204 or 304 have no body and keep their fields")
  func bodiless() async throws {
    let upstream = FakeUpstream { request, _ in
      switch request.head.path {
      case "/shops/204": return Response(status: .noContent)
      case "/shops/304":
        var response = Response(status: .notModified, headers: [.eTag: "\"v3\""])
        response.headers[.contentLength] = nil
        return response
      default:
        return request.method == .head
          ? Response(status: .ok, headers: [.contentLength: "5", .contentType: "text/plain"])
          : Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "hello")))
      }
    }
    try await withGateway(upstream: upstream) { gateway, upstream in
      let response = try await gateway.raw(
        "HEAD /shop/shops/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /shop/shops/304 HTTP/1.1\r\nHost: a\r\n\r\nGET /shop/shops/204 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
      )
      let parts = response.split(separator: "HTTP/1.1 ").map { $0.lowercased() }
      #expect(parts.count == 3)
      #expect(parts[0].hasPrefix("200") && parts[0].contains("content-length: 5") && !parts[0].contains("hello"))
      #expect(parts[1].hasPrefix("304") && parts[1].contains("etag: \"v3\"") && !parts[1].contains("content-length"))
      #expect(parts[2].hasPrefix("204"))
      #expect(upstream.requests.map(\.method) == ["HEAD", "GET", "GET"])
    }
  }

  @Test("An unreachable service is 503, a timeout 504, a lost connection 502")
  func failures() async throws {
    var configuration = GatewayConfiguration.testing
    configuration.policy.deadline = .milliseconds(300)
    let upstream = FakeUpstream { request, context in
      if request.head.path == "/shops/hang" {
        try await Task.sleep(for: .seconds(2))
      }
      return Response(status: .ok, body: ResponseBody(contentLength: 10) { _ in throw CancellationError() })
    }
    try await upstream.serving { [configuration] url in
      try await withGateway(configuration, instances: ["shop": [url], "order": ["http://127.0.0.1:1"]]) { gateway in
        let unreachable = try await gateway.client.get("/order/orders/1", headers: try await bearer(.customer))
        #expect(
          unreachable.status == 503 && unreachable.code == "upstream_unavailable" && unreachable.header("Retry-After") != nil)
        let timedOut = try await gateway.client.get("/shop/shops/hang")
        #expect(timedOut.status == 504 && timedOut.code == "upstream_timeout")
        let lost = try await gateway.client.get("/shop/shops/break")
        #expect(lost.status == 502 && lost.code == "upstream_failed")
      }
    }
  }

  @Test("Bodies over the limit are 413, with and without a declared length, and never reach a service complete")
  func bodyLimit() async throws {
    try await withGateway { gateway, upstream in
      let token = try #require(try await bearer(.customer)["Authorization"])
      let declared = try await gateway.raw(
        "POST /order/orders HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\nContent-Length: 1073741824\r\n\r\n"
      )
      #expect(declared.hasPrefix("HTTP/1.1 413 ") && declared.contains("body_too_large"))
      #expect(declared.lowercased().contains("connection: close"))
      let chunk = "10000\r\n\(String(repeating: "x", count: 65_536))\r\n"
      let chunked = try await gateway.raw(
        "POST /order/orders HTTP/1.1\r\nHost: a\r\nAuthorization: \(token)\r\nTransfer-Encoding: chunked\r\n\r\n"
          + String(repeating: chunk, count: 20))
      #expect(chunked.hasPrefix("HTTP/1.1 413 "))
      #expect(upstream.requests.isEmpty)
    }
  }

  @Test("A small body that is not received in time is 408, and the service is not called")
  func slowBody() async throws {
    try await withGateway { gateway, upstream in
      let response = try await gateway.raw(
        "POST /identity/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      #expect(response.hasPrefix("HTTP/1.1 408 ") || response.isEmpty)
      #expect(upstream.requests.isEmpty)
    }
  }

  @Test("Expect: 100-continue gets 100 Continue")
  func expectation() async throws {
    try await withGateway { gateway, upstream in
      let response = try await gateway.raw(
        "POST /identity/sessions HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
      #expect(response.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"))
      #expect(upstream.requests.map(\.body) == ["hi"])
    }
  }

  @Test("Headers over 32 KB are 431")
  func headerLimit() async throws {
    try await withGateway { gateway, _ in
      let response = try await gateway.raw(
        "GET /shop/shops HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 2 << 20))\r\n\r\n")
      #expect(response.hasPrefix("HTTP/1.1 431 ") || response.isEmpty)
    }
  }
}
