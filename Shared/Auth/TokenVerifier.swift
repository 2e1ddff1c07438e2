public import Contracts
import JWTKit
public import Logging
import Metrics
public import ServiceLifecycle
public import Telemetry

/// Verifies access tokens: EdDSA only, with the issuer's published keys; checks issuer, audience, type and times (RFC 8725, RFC
/// 9068).
///
/// A verified token is cached until it expires: verifying it again costs a look-up of about a microsecond and no signature check.
/// May be used from any task while `run()` runs.
public final class TokenVerifier: Service {
  /// The issuer and audience that tokens must have.
  public struct Expectation: Sendable {
    public var issuer: String
    public var audience: String
    /// The accepted difference between the issuer's clock and ours, in seconds.
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
  ///   - remembered: how many verified tokens are cached; about 1 KB each.
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

  /// Keeps the keys fresh until the service shuts down.
  public func run() async throws {
    try await keys.run()
  }

  /// Whether tokens can be verified: the keys were fetched at least once.
  public var isReady: Bool { keys.isFilled }

  /// How many tokens are cached.
  var cachedTokens: Int { verified.count }

  /// Returns the principal of a valid bearer token.
  /// - Parameter token: the value after `Bearer`.
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
      logger.debug("A token was rejected.", error: error)
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
    try checkClaims(claims)
    return claims
  }

  private func checkClaims(_ claims: AccessToken) throws(AuthenticationError) {
    guard claims.issuer == expectation.issuer else { throw .invalid("is from another issuer") }
    guard claims.audience == expectation.audience else { throw .invalid("is for another audience") }
    // Range-checked first, so that the additions below can't overflow.
    let times: Range<Int64> = 0..<(1 << 40)
    guard times.contains(claims.issuedAt), times.contains(claims.notBefore), times.contains(claims.expiresAt) else {
      throw .invalid("has times out of range")
    }
    guard (claims.role == .service) == (claims.client != nil) else {
      throw .invalid("must have a client exactly when its role is service")
    }
    let now = clock().milliseconds / 1000
    guard now < claims.expiresAt + expectation.leeway else { throw AuthenticationError(.expired, "has expired") }
    guard claims.notBefore <= now + expectation.leeway, claims.issuedAt <= now + expectation.leeway else {
      throw .invalid("is not valid yet")
    }
  }
}
