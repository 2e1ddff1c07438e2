public import Auth
import Contracts
import Crypto
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Telemetry
import Web

/// A fake of the identity service: publishes keys, signs tokens, and serves `/token`.
///
/// It runs in the test process until the process exits.
public final class TokenIssuer: Sendable {
  private struct State {
    /// The last one signs.
    var signers: [TokenSigner]
    var tokens: [String: String] = [:]
    var isUnavailable = false
    var keyFetches = 0
    var tokenFetches = 0
    var lifetime: Int64 = 3600
  }

  /// The secret of every client.
  public static let clientSecret = "client-secret-of-the-tests"

  private let state: Mutex<State>
  private let port: Mutex<Int>

  private init(_ signer: TokenSigner) {
    state = Mutex(State(signers: [signer]))
    port = Mutex(0)
  }

  private static let sharedIssuer = Task { try await start() }

  /// The issuer shared by all tests of the process.
  public static func shared() async throws -> TokenIssuer { try await sharedIssuer.value }

  /// An issuer for tests that rotate its keys or make it unavailable.
  public static func start() async throws -> TokenIssuer {
    let issuer = TokenIssuer(await TokenSigner(keyID: "key-1", privateKey: Curve25519.Signing.PrivateKey()))
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    // Runs until the test process exits.
    Task { try await issuer.serve { listening.yield($0) } }
    var iterator = ports.makeAsyncIterator()
    let port = await iterator.next() ?? 0
    issuer.port.withLock { $0 = port }
    return issuer
  }

  /// `http://127.0.0.1:8107`
  public var url: String { "http://127.0.0.1:\(port.withLock { $0 })" }

  public var keysURL: String { "\(url)/.well-known/jwks.json" }

  /// The settings of a service that accepts this issuer's tokens.
  public var environment: [String: String] {
    ["AUTH_KEYS_URL": keysURL, "AUTH_TOKEN_URL": "\(url)/token", "AUTH_CLIENT_SECRET": Self.clientSecret]
  }

  /// A verifier of its tokens, for routes in the test process.
  public func verifier() -> TokenVerifier {
    TokenVerifier(keys: KeySet(source: LocalKeys(issuer: self), logger: silent), logger: silent)
  }

  // MARK: Tokens

  /// `Bearer …` with a token of the principal `<role>:<uuid>`; any other text is used as the token.
  public func authorization(for text: String) async throws -> String {
    if let cached = state.withLock({ $0.tokens[text] }) { return cached }
    guard var principal = Principal(text) else { return "Bearer \(text)" }
    if principal.role == .service { principal.client = "order" }
    let authorization = "Bearer \(try await sign(token(for: principal)))"
    state.withLock { $0.tokens[text] = authorization }
    return authorization
  }

  /// The claims of a valid token.
  public func token(for principal: Principal) -> AccessToken {
    AccessToken(
      for: principal, issuer: "baedal-identity", audience: "baedal", issuedAt: Timestamp.now().milliseconds / 1000,
      lifetime: state.withLock { $0.lifetime }, id: Identifier.v7(at: .now()).description)
  }

  /// Signs with the current key.
  public func sign(_ token: AccessToken) async throws -> String {
    let signer = state.withLock { $0.signers.last }
    guard let signer else { throw HTTPError(.serviceUnavailable) }
    return try await signer.sign(token)
  }

  // MARK: Changes by tests

  /// Replaces the published keys; the last one signs.
  public func publish(_ signers: TokenSigner...) {
    state.withLock { state in
      state.signers = signers
      state.tokens = [:]
    }
  }

  /// Sets whether every response is 503.
  public func setAway(_ isAway: Bool) {
    state.withLock { $0.isUnavailable = isAway }
  }

  /// Sets the lifetime of new tokens in seconds.
  public func setLifetime(_ seconds: Int64) {
    state.withLock { $0.lifetime = seconds }
  }

  public var keyFetches: Int { state.withLock { $0.keyFetches } }
  public var tokenFetches: Int { state.withLock { $0.tokenFetches } }

  // MARK: Routes

  fileprivate var published: [JSONWebKey] { state.withLock { $0.signers.map(\.published) } }

  private func serve(_ listening: @escaping @Sendable (Int) -> Void) async throws {
    let router = Router()
    router.get(".well-known/jwks.json") { _, _ in
      self.state.withLock { $0.keyFetches += 1 }
      guard !self.state.withLock({ $0.isUnavailable }) else { throw HTTPError(.serviceUnavailable) }
      return try Response.json(JSONWebKeySet(keys: self.published))
    }
    router.post("token") { request, _ in
      self.state.withLock { $0.tokenFetches += 1 }
      guard !self.state.withLock({ $0.isUnavailable }) else { throw HTTPError(.serviceUnavailable) }
      guard let client = Self.client(request.headers[.authorization]) else { throw HTTPError(.unauthorized) }
      let form = try await String(buffer: request.body.collect(upTo: 1024))
      guard form == "grant_type=client_credentials" else { throw HTTPError(.badRequest) }
      let principal = Principal(role: .service, id: Self.identity(of: client), client: client)
      let token = try await self.sign(self.token(for: principal))
      let lifetime = self.state.withLock { $0.lifetime }
      return Response.json(
        bytes: ByteBuffer(string: #"{"access_token":"\#(token)","token_type":"Bearer","expires_in":\#(lifetime)}"#),
        headers: [.cacheControl: "no-store"])
    }
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { listening($0.localAddress?.port ?? 0) }, logger: silent)
    try await application.run()
  }

  /// The client that is authenticated by HTTP Basic.
  private static func client(_ authorization: String?) -> String? {
    guard let text = authorization, text.hasPrefix("Basic "),
      let bytes = Base64URL.decode(
        text.dropFirst(6).filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined())
    else { return nil }
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":")
    return parts.count == 2 && parts[1] == clientSecret ? String(parts[0]) : nil
  }

  /// A deterministic id of a service.
  private static func identity(of client: String) -> Identifier {
    let hash = client.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    return Identifier(words: (high: 0x7000, low: 0x8000_0000_0000_0000 | hash >> 2))
  }
}

/// The issuer's keys without HTTP.
private struct LocalKeys: KeySource {
  let issuer: TokenIssuer

  func keys() async throws -> [JSONWebKey] { issuer.published }
}

private let silent: Logger = {
  var logger = Logger(label: "token-issuer")
  logger.logLevel = .critical
  return logger
}()
