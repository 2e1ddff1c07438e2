public import NIOCore
public import NIOHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A complete HTTP response with the times at which it was requested and received.
public struct RESTResponse: Sendable {
  public let status: Int
  public let headers: HTTPHeaders
  public let body: ByteBuffer
  /// Just before the request was passed to the connection pool.
  public let sent: ContinuousClock.Instant
  /// When the last byte of the body arrived.
  public let received: ContinuousClock.Instant

  /// From the request to the complete response.
  public var duration: Duration {
    sent.duration(to: received)
  }

  /// The version in an `ETag` such as `"v7"`; of a listing's `"v7.3"` (shop and rating), the shop's.
  public var version: Int64? {
    guard let tag = headers.first(name: "ETag"), tag.hasPrefix("\"v"), tag.hasSuffix("\"") else { return nil }
    return Int64(tag.dropFirst(2).dropLast().prefix { $0 != "." })
  }

  /// The delay in `Retry-After`, if it is in seconds (RFC 9110, section 10.2.3).
  public var retryAfter: Duration? {
    headers.first(name: "Retry-After").flatMap { Int($0) }.map { .seconds($0) }
  }

  /// Decodes the JSON body.
  ///
  /// - Throws: `DecodingError`.
  public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body.readableBytesView))
  }

  /// Returns the response if its status is one of `statuses`.
  ///
  /// - Throws: `UnexpectedResponse`, which quotes the problem document.
  public func expecting(_ statuses: Int..., of request: String) throws -> RESTResponse {
    guard statuses.contains(status) else {
      throw UnexpectedResponse(
        request: request, status: status, body: String(decoding: body.readableBytesView.prefix(600), as: UTF8.self))
    }
    return self
  }
}

/// The response's status is not one of those that the caller expects.
public struct UnexpectedResponse: Error, CustomStringConvertible {
  public let request: String
  public let status: Int
  public let body: String

  public init(request: String, status: Int, body: String) {
    self.request = request
    self.status = status
    self.body = body
  }

  public var description: String {
    "\(request) returned \(status): \(body)"
  }
}
