public import Contracts
import JWTKit
public import Logging
import Metrics
public import ServiceLifecycle
public import Telemetry

/// Verifies access tokens: EdDSA and nothing else, the issuer's published keys, issuer, audience, type and times (RFC 8725, RFC 9068).
///
/// A token that was found good is remembered until it ends: seen again it costs a look-up of about a microsecond and no signature check. May
/// be used from any task while `run()` runs.
public final class TokenVerifier: Authenticator, Service {
  /// Whom the tokens must be from and for.
  public struct Expectation: Sendable {
    public var issuer: String
    public var audience: String
    /// How far the issuer's clock may be from ours, in seconds.
    public var leeway: Int64

    public init(issuer: String = "baedal-identity", audience: String = "baedal", leeway: Int64 = 5) {
      self.issuer = issuer
      self.audience = audience
      self.leeway = leeway
    }
  }

  private let keys: KeySet
  private let expectation: Expectation
  private let verified: VerifiedTokens
  private let clock: @Sendable () -> Timestamp
  private let logger: Logger
  private let checks = Counter(label: "auth_signature_checks_total")
  private let refusals = Counter(label: "auth_refused_tokens_total")

  /// - Parameters:
  ///   - remembered: how many verified tokens are kept; about 1 KB each.
  ///   - clock: the wall clock.
  public init(
    keys: KeySet, expectation: Expectation = Expectation(), remembered: Int = 8192, logger: Logger,
    clock: @escaping @Sendable () -> Timestamp = { .now() }
  ) {
    self.keys = keys
    self.expectation = expectation
    self.logger = logger
    self.clock = clock
    verified = VerifiedTokens(limit: remembered)
  }

  /// Keeps the keys fresh until the end of the process.
  public func run() async throws {
    try await keys.run()
  }

  /// Whether tokens can be verified: the keys were fetched at least once.
  public var isReady: Bool { keys.isFilled }

  /// How many tokens are remembered.
  var rememberedTokens: Int { verified.count }

  public func verify(_ token: String) async throws(AuthenticationError) -> Principal {
    let withdrawals = keys.withdrawals
    if let principal = verified.principal(of: token, at: clock(), withdrawals: withdrawals) { return principal }
    do {
      let accepted = try await check(token)
      let end = (accepted.expiresAt + expectation.leeway) * 1000
      verified.keep(token, .init(principal: accepted.principal, end: end), withdrawals: withdrawals)
      return accepted.principal
    } catch {
      if error.code != .keysUnavailable { refusals.increment() }
      logger.debug("A token was refused.", error: error)
      throw error
    }
  }

  private func check(_ token: String) async throws(AuthenticationError) -> AccessToken {
    let header = try TokenHeader(of: token)
    guard let key = try await keys.key(header.keyID) else { throw .invalid("is signed with an unknown key") }
    checks.increment()
    let claims: AccessToken
    do {
      claims = try await key.collection.verify(token, as: AccessToken.self)
    } catch {
      throw .invalid("can't be verified: \(error)")
    }
    try judge(claims)
    return claims
  }

  private func judge(_ claims: AccessToken) throws(AuthenticationError) {
    guard claims.issuer == expectation.issuer else { throw .invalid("is from another issuer") }
    guard claims.audience == expectation.audience else { throw .invalid("is for somebody else") }
    // Bounded before anything is added to them.
    let times: Range<Int64> = 0..<(1 << 40)
    guard times.contains(claims.issuedAt), times.contains(claims.notBefore), times.contains(claims.expiresAt) else {
      throw .invalid("has times out of range")
    }
    guard (claims.role == .service) == (claims.client != nil) else { throw .invalid("mixes a service and a person") }
    let now = clock().milliseconds / 1000
    guard now < claims.expiresAt + expectation.leeway else { throw AuthenticationError(.expired, "has expired") }
    guard claims.notBefore <= now + expectation.leeway, claims.issuedAt <= now + expectation.leeway else {
      throw .invalid("is not valid yet")
    }
  }
}
