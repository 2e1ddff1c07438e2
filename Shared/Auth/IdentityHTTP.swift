import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Short exchanges with the identity service: 2 s each, responses of at most 64 KB, no redirects.
///
/// May be used from any task. The client is created with the first exchange, so an unused one needs no shutdown.
final class IdentityHTTP: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private enum Phase {
    case unused
    case open(HTTPClient)
    case closed
  }

  private let eventLoopGroup: any EventLoopGroup
  private let phase = Mutex(Phase.unused)

  init(eventLoopGroup: any EventLoopGroup) {
    self.eventLoopGroup = eventLoopGroup
  }

  /// The decoded body of a 200 response.
  /// - Throws: ``Failure``, which never contains a body, because bodies contain tokens.
  func fetch<Body: Decodable>(_ request: HTTPClientRequest, as type: Body.Type) async throws -> Body {
    let response = try await client().execute(request, timeout: .seconds(2))
    guard response.status == .ok else { throw Failure(description: "\(request.url) returned \(response.status.code)") }
    let body = try await response.body.collect(upTo: 65_536)
    do {
      return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    } catch {
      throw Failure(description: "the response of \(request.url) is not a valid \(type)")
    }
  }

  func shutdown() async throws {
    let client = phase.withLock { phase -> HTTPClient? in
      defer { phase = .closed }
      return if case .open(let client) = phase { client } else { nil }
    }
    try await client?.shutdown()
  }

  private func client() throws -> HTTPClient {
    try phase.withLock { phase in
      switch phase {
      case .open(let client): return client
      case .closed: throw CancellationError()
      case .unused:
        var configuration = HTTPClient.Configuration(
          redirectConfiguration: .disallow, timeout: .init(connect: .milliseconds(500), read: .seconds(2)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
        phase = .open(client)
        return client
      }
    }
  }
}
