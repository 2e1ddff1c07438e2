public import NIOCore
public import NIOHTTP1

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A complete HTTP answer with the moments between which it was made.
public struct Answer: Sendable {
  public let status: Int
  public let headers: HTTPHeaders
  public let body: ByteBuffer
  /// Just before the request was handed to the connection pool.
  public let sent: ContinuousClock.Instant
  /// When the last byte of the body was there.
  public let received: ContinuousClock.Instant

  /// From request to complete answer.
  public var duration: Duration {
    sent.duration(to: received)
  }

  /// The version in an `ETag` such as `"v7"`; of a page that has a rating too, `"v7.3"`, the shop's.
  public var version: Int64? {
    guard let tag = headers.first(name: "ETag"), tag.hasPrefix("\"v"), tag.hasSuffix("\"") else { return nil }
    return Int64(tag.dropFirst(2).dropLast().prefix { $0 != "." })
  }

  /// How long to wait before another try, if the service says so in whole seconds (RFC 9110, section 10.2.3).
  public var retryAfter: Duration? {
    headers.first(name: "Retry-After").flatMap { Int($0) }.map { .seconds($0) }
  }

  /// Reads the JSON body.
  ///
  /// - Throws: `DecodingError`.
  public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(body.readableBytesView))
  }

  /// The answer itself if it has one of `statuses`.
  ///
  /// - Throws: `UnexpectedAnswer`, which quotes the problem that the service reported.
  public func expecting(_ statuses: Int..., of request: String) throws -> Answer {
    guard statuses.contains(status) else {
      throw UnexpectedAnswer(
        request: request, status: status, body: String(decoding: body.readableBytesView.prefix(600), as: UTF8.self))
    }
    return self
  }
}

/// The service answered something else than the caller can go on with.
public struct UnexpectedAnswer: Error, CustomStringConvertible {
  public let request: String
  public let status: Int
  public let body: String

  public init(request: String, status: Int, body: String) {
    self.request = request
    self.status = status
    self.body = body
  }

  public var description: String {
    "\(request) was answered with \(status): \(body)"
  }
}
