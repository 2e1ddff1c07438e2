import AsyncHTTPClient
public import Logging
public import NIOCore
import NIOHTTP1
public import ServiceLifecycle
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// This service's own access token, obtained with its client id and secret (client credentials grant, RFC 6749, section 4.4).
///
/// Fetched when it is first needed, and renewed in the background after four fifths of its lifetime; callers wait only when there
/// is no valid token. One fetch at a time. May be used from any task; `run()` closes the connection at shutdown.
public final class ServiceCredentials: Credentials, Service {
  private struct Token {
    let authorization: String
    let fetched: ContinuousClock.Instant
    let renewal: ContinuousClock.Instant
    let end: ContinuousClock.Instant
  }

  private struct State {
    var token: Token?
    var fetchInProgress: Task<Void, Never>?
    var failure: (error: any Error, at: ContinuousClock.Instant)?
  }

  private struct TokenResponse: Decodable {
    let accessToken: String
    let tokenType: String
    let expiresIn: Int64

    private enum CodingKeys: String, CodingKey {
      case accessToken = "access_token"
      case tokenType = "token_type"
      case expiresIn = "expires_in"
    }
  }

  /// The pause between a failed fetch and the next, and between two rejected tokens: a peer that rejects every token must not
  /// cause a token request per call.
  private let pause: Duration
  private let url: String
  private let basic: String
  private let http: IdentityHTTP
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameters:
  ///   - url: of identity's `/token`.
  ///   - client: this service's name.
  public init(
    url: String, client: String, secret: String, pause: Duration = .seconds(1), eventLoopGroup: any EventLoopGroup, logger: Logger
  ) {
    self.url = url
    self.pause = pause
    self.logger = logger
    basic = "Basic " + Data("\(Self.encoded(client)):\(Self.encoded(secret))".utf8).base64EncodedString()
    http = IdentityHTTP(eventLoopGroup: eventLoopGroup)
  }

  /// Waits for shutdown, then closes the connection.
  public func run() async throws {
    try? await gracefulShutdown()
    await state.withLock { $0.fetchInProgress }?.value
    try await http.shutdown()
  }

  /// `Bearer …`.
  /// - Throws: the error of the last fetch.
  public func authorization() async throws -> String? {
    let now = ContinuousClock.now
    let (usable, fetch) = try state.withLock { state -> (String?, Task<Void, Never>?) in
      if let token = state.token, now < token.end {
        if now >= token.renewal { _ = try? begin(&state, now) }
        return (token.authorization, nil)
      }
      return (nil, try begin(&state, now))
    }
    if let usable { return usable }
    await fetch?.value
    return try state.withLock { state in
      if let token = state.token { return token.authorization }
      throw state.failure?.error ?? CancellationError()
    }
  }

  public var cached: String? {
    let now = ContinuousClock.now
    return state.withLock { state in
      guard let token = state.token, now < token.renewal else { return nil }
      return token.authorization
    }
  }

  public func invalidate(_ authorization: String) {
    state.withLock { state in
      guard let token = state.token, token.authorization == authorization, .now - token.fetched >= pause else { return }
      state.token = nil
    }
  }

  /// The fetch in progress, or a new one.
  /// - Throws: the last failure while it is recent.
  private func begin(_ state: inout State, _ now: ContinuousClock.Instant) throws -> Task<Void, Never> {
    if let fetch = state.fetchInProgress { return fetch }
    if let failure = state.failure, now - failure.at < min(pause, .milliseconds(250)) { throw failure.error }
    // An unstructured task: the cancellation of one caller must not cancel the fetch that others wait for.
    let fetch = Task { await self.fetch() }
    state.fetchInProgress = fetch
    return fetch
  }

  private func fetch() async {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers = ["Authorization": basic, "Content-Type": "application/x-www-form-urlencoded"]
    request.body = .bytes(ByteBuffer(string: "grant_type=client_credentials"))
    let start = ContinuousClock.now
    do {
      let response = try await http.fetch(request, as: TokenResponse.self)
      guard response.tokenType.lowercased() == "bearer", (1...86_400).contains(response.expiresIn) else {
        throw IdentityHTTP.Failure(description: "\(url) returned an unusable token")
      }
      let lifetime = Duration.seconds(response.expiresIn)
      let token = Token(
        authorization: "Bearer \(response.accessToken)", fetched: start, renewal: start + lifetime * 4 / 5, end: start + lifetime)
      state.withLock { $0 = State(token: token) }
    } catch {
      state.withLock { state in
        state.fetchInProgress = nil
        state.failure = (error, .now)
      }
      logger.debug("Fetching a token from the identity service failed.", error: error)
    }
  }

  /// Form-encodes a client id or secret before they are joined (RFC 6749, section 2.3.1).
  private static func encoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      let character = Character(Unicode.Scalar(byte))
      if character.isASCII, character.isLetter || character.isNumber || "-._".contains(character) {
        encoded.append(character)
      } else {
        encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }
}
