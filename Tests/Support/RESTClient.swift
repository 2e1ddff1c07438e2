import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An HTTP client of one service.
public struct RESTClient: Sendable {
  /// `http://127.0.0.1:8101`
  public let base: String
  /// `<role>:<uuid>`, for which a token of the tests' issuer is sent; any other text is sent as the token.
  public var principal: String?

  public init(_ base: String, principal: String? = nil) {
    self.base = base
    self.principal = principal
  }

  /// A client of the same service as another principal.
  public func acting(as principal: String?) -> RESTClient {
    RESTClient(base, principal: principal)
  }

  public func get(_ path: String, headers: [String: String] = [:]) async throws -> RESTAnswer {
    try await send("GET", path, headers: headers)
  }

  public func send(
    _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:],
    within limit: Duration = .seconds(10)
  ) async throws -> RESTAnswer {
    var request = HTTPClientRequest(url: base + path)
    request.method = HTTPMethod(rawValue: method)
    if let principal {
      request.headers.add(name: "Authorization", value: try await TokenIssuer.shared().authorization(for: principal))
    }
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(string: body))
    }
    for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
    let response = try await HTTPClient.shared.execute(
      request, timeout: .nanoseconds(limit.components.seconds * 1_000_000_000))
    let bytes = try await response.body.collect(upTo: 64 << 20)
    return RESTAnswer(
      status: Int(response.status.code), headers: response.headers, body: Array(bytes.readableBytesView))
  }
}

extension RESTClient {
  /// Sends a request and requires `status`.
  @discardableResult
  public func expect(_ status: Int, _ method: String, _ path: String, _ body: String? = nil) async throws -> RESTAnswer {
    let response = try await send(method, path, body)
    guard response.status == status else {
      throw UnexpectedResponse(description: "\(method) \(path): \(response.status) \(response.text)")
    }
    return response
  }
}

/// A response with another status than the required one.
public struct UnexpectedResponse: Error, CustomStringConvertible {
  public let description: String

  public init(description: String) {
    self.description = description
  }
}

/// The response of a service.
public struct RESTAnswer: Sendable {
  public let status: Int
  let headers: HTTPHeaders
  public let body: [UInt8]

  public var text: String { String(decoding: body, as: UTF8.self) }

  public func header(_ name: String) -> String? { headers.first(name: name) }

  public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body))
  }

  /// The `code` of a problem document.
  public var code: String? {
    struct Problem: Decodable { let code: String }
    return header("Content-Type") == "application/problem+json" ? try? decode(Problem.self).code : nil
  }
}
