public import Contracts
import Synchronization

/// Somebody who is signed in at identity; the token is renewed before it ends.
///
/// May be used from many tasks at once: there is one renewal at a time, and nobody waits for it while the old token holds.
public final class Person: Sendable, CustomStringConvertible {
  /// What an account may be; services have identities of another kind.
  public enum Role: String, Sendable, Codable, CaseIterable {
    case customer, owner, rider
    case `operator`
  }

  private struct State {
    var session: Session
    /// When to look after a new token.
    var due: ContinuousClock.Instant
    var renewal: Task<Void, Never>?
    var failure: (any Error)?
  }

  /// Of the account and of the principal that its tokens name.
  public let id: Identifier
  public let role: Role
  private let identity: Identity
  private let credentials: AccountCredentials
  private let state: Mutex<State>

  init(_ session: Session, _ credentials: AccountCredentials, at identity: Identity) {
    (id, role) = (session.id, session.role)
    (self.identity, self.credentials) = (identity, credentials)
    state = Mutex(State(session: session, due: session.due))
  }

  /// As principals are written: `customer:0197a6b2-…`.
  public var description: String { "\(role.rawValue):\(id)" }

  /// The access token, good for a while yet.
  ///
  /// - Throws: why there is no other, when the last one has ended: `UnansweredError`, `UnexpectedAnswer`.
  public func token() async throws -> String {
    let (session, renewal) = state.withLock { state in
      if state.renewal == nil && ContinuousClock.now >= state.due { state.renewal = Task { await self.renew() } }
      return (state.session, state.renewal)
    }
    guard let renewal, ContinuousClock.now >= session.end else { return session.token }
    await renewal.value
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return state.session.token
    }
  }

  private func renew() async {
    let old = state.withLock { $0.session }
    do {
      let session = try await identity.renew(old, credentials)
      state.withLock { $0 = State(session: session, due: session.due) }
    } catch {
      state.withLock { state in
        (state.renewal, state.failure, state.due) = (nil, error, .now + .seconds(1))
      }
    }
  }
}

/// With what somebody signs in.
public struct AccountCredentials: Sendable {
  public let email: String
  public let password: String

  public init(email: String, password: String) {
    (self.email, self.password) = (email, password)
  }
}

/// The tokens of one sign-in, and how long they hold by this machine's clock.
struct Session: Sendable {
  let id: Identifier
  let role: Person.Role
  let token: String
  let refreshToken: String
  /// A third of the token's life before its end.
  let due: ContinuousClock.Instant
  /// A moment before the token's end, so that it still holds when the request arrives.
  let end: ContinuousClock.Instant

  init(_ answer: SessionView, at start: ContinuousClock.Instant) {
    (id, role) = (answer.account.id, answer.account.role)
    (token, refreshToken) = (answer.accessToken, answer.refreshToken)
    due = start + .seconds(answer.expiresIn) * (2.0 / 3)
    end = start + .seconds(answer.expiresIn) - .seconds(2)
  }
}

/// The answer of `POST /sessions`.
struct SessionView: Decodable {
  struct Holder: Decodable {
    let id: Identifier
    let role: Person.Role
  }

  let accessToken: String
  /// Seconds.
  let expiresIn: Int
  let refreshToken: String
  let account: Holder
}
