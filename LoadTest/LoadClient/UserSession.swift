public import Contracts
import Synchronization

/// The session of a signed-in account; its access token is renewed before it expires.
///
/// Safe to use from many tasks: one renewal runs at a time, and callers wait for it only once the old token has expired.
public final class UserSession: Sendable, CustomStringConvertible {
  /// The roles of accounts; services authenticate as clients instead.
  public enum Role: String, Sendable, Codable, CaseIterable {
    case customer, owner, rider
    case `operator`
  }

  private struct State {
    var tokens: SessionTokens
    var renewalTime: ContinuousClock.Instant
    var renewal: Task<Void, Never>?
    var failure: (any Error)?
  }

  /// The account's id, which is also the principal's.
  public let id: Identifier
  public let role: Role
  private let identity: Identity
  private let credentials: AccountCredentials
  private let state: Mutex<State>

  init(_ tokens: SessionTokens, _ credentials: AccountCredentials, at identity: Identity) {
    (id, role) = (tokens.id, tokens.role)
    (self.identity, self.credentials) = (identity, credentials)
    state = Mutex(State(tokens: tokens, renewalTime: tokens.renewalTime))
  }

  /// The principal: `customer:0197a6b2-…`.
  public var description: String { "\(role.rawValue):\(id)" }

  /// A valid access token.
  ///
  /// - Throws: why the renewal failed, if the last token has expired: `NoResponseError`, `UnexpectedResponse`.
  public func token() async throws -> String {
    let (tokens, renewal) = state.withLock { state in
      if state.renewal == nil && ContinuousClock.now >= state.renewalTime { state.renewal = Task { await self.renew() } }
      return (state.tokens, state.renewal)
    }
    guard let renewal, ContinuousClock.now >= tokens.expiry else { return tokens.accessToken }
    await renewal.value
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return state.tokens.accessToken
    }
  }

  private func renew() async {
    let old = state.withLock { $0.tokens }
    do {
      let tokens = try await identity.refresh(old, credentials)
      state.withLock { $0 = State(tokens: tokens, renewalTime: tokens.renewalTime) }
    } catch {
      state.withLock { state in
        (state.renewal, state.failure, state.renewalTime) = (nil, error, .now + .seconds(1))
      }
    }
  }
}

/// The email and password of an account.
public struct AccountCredentials: Sendable {
  public let email: String
  public let password: String

  public init(email: String, password: String) {
    (self.email, self.password) = (email, password)
  }
}

/// The tokens of a session, and their lifetime by this machine's clock.
struct SessionTokens: Sendable {
  let id: Identifier
  let role: UserSession.Role
  let accessToken: String
  let refreshToken: String
  /// After two thirds of the access token's lifetime.
  let renewalTime: ContinuousClock.Instant
  /// 2 s before the access token expires, so that it is still valid when the request arrives.
  let expiry: ContinuousClock.Instant

  init(_ response: SessionView, at start: ContinuousClock.Instant) {
    (id, role) = (response.account.id, response.account.role)
    (accessToken, refreshToken) = (response.accessToken, response.refreshToken)
    renewalTime = start + .seconds(response.expiresIn) * (2.0 / 3)
    expiry = start + .seconds(response.expiresIn) - .seconds(2)
  }
}

/// The response of `POST /sessions`.
struct SessionView: Decodable {
  struct AccountView: Decodable {
    let id: Identifier
    let role: UserSession.Role
  }

  let accessToken: String
  /// Seconds.
  let expiresIn: Int
  let refreshToken: String
  let account: AccountView
}
