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

/// This service's own access token, got from the identity service with the client's id and secret (RFC 6749, section 4.4).
///
/// Fetched when it is first needed, and again behind the backs of callers when four fifths of its time are over; callers wait only when there
/// is no usable token. One fetch at a time. May be used from any task; the end of `run()` gives the connection back.
public final class ServiceCredentials: Credentials, Service {
  private struct Token {
    let authorization: String
    let fetched: ContinuousClock.Instant
    let renewal: ContinuousClock.Instant
    let end: ContinuousClock.Instant
  }

  private struct State {
    var token: Token?
    var flight: Task<Void, Never>?
    var failure: (error: any Error, at: ContinuousClock.Instant)?
  }

  private struct Answer: Decodable {
    let accessToken: String
    let tokenType: String
    let expiresIn: Int64

    private enum CodingKeys: String, CodingKey {
      case accessToken = "access_token"
      case tokenType = "token_type"
      case expiresIn = "expires_in"
    }
  }

  /// Between a failed fetch and the next, and between two tokens that were refused: a peer that refuses everybody must not make us ask
  /// identity with every call.
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

  /// Waits for the end of the process, then closes the connection.
  public func run() async throws {
    try? await gracefulShutdown()
    await state.withLock { $0.flight }?.value
    try await http.shutdown()
  }

  /// `Bearer …`.
  /// - Throws: what kept the last fetch from succeeding.
  public func authorization() async throws -> String? {
    let now = ContinuousClock.now
    let (usable, flight) = try state.withLock { state -> (String?, Task<Void, Never>?) in
      if let token = state.token, now < token.end {
        if now >= token.renewal { _ = try? begin(&state, now) }
        return (token.authorization, nil)
      }
      return (nil, try begin(&state, now))
    }
    if let usable { return usable }
    await flight?.value
    return try state.withLock { state in
      if let token = state.token { return token.authorization }
      throw state.failure?.error ?? CancellationError()
    }
  }

  public var held: String? {
    let now = ContinuousClock.now
    return state.withLock { state in
      guard let token = state.token, now < token.renewal else { return nil }
      return token.authorization
    }
  }

  public func refuse(_ authorization: String) {
    state.withLock { state in
      guard let token = state.token, token.authorization == authorization, .now - token.fetched >= pause else { return }
      state.token = nil
    }
  }

  /// The fetch that is under way, or a new one.
  /// - Throws: the last failure while it is fresh.
  private func begin(_ state: inout State, _ now: ContinuousClock.Instant) throws -> Task<Void, Never> {
    if let flight = state.flight { return flight }
    if let failure = state.failure, now - failure.at < min(pause, .milliseconds(250)) { throw failure.error }
    // A task of its own: a caller that gives up must not take the token away from the others that wait.
    let flight = Task { await self.fetch() }
    state.flight = flight
    return flight
  }

  private func fetch() async {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers = ["Authorization": basic, "Content-Type": "application/x-www-form-urlencoded"]
    request.body = .bytes(ByteBuffer(string: "grant_type=client_credentials"))
    let start = ContinuousClock.now
    do {
      let answer = try await http.fetch(request, as: Answer.self)
      guard answer.tokenType.lowercased() == "bearer", (1...86_400).contains(answer.expiresIn) else {
        throw IdentityHTTP.Failure(description: "\(url) gave a token of another kind")
      }
      let life = Duration.seconds(answer.expiresIn)
      let token = Token(
        authorization: "Bearer \(answer.accessToken)", fetched: start, renewal: start + life * 4 / 5, end: start + life)
      state.withLock { $0 = State(token: token) }
    } catch {
      state.withLock { state in
        state.flight = nil
        state.failure = (error, .now)
      }
      logger.debug("The identity service gave no token for this service.", error: error)
    }
  }

  /// RFC 6749, section 2.3.1: form-encoded before they are put together.
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
