import Contracts
import Idempotency
import Synchronization
import Telemetry
import Testing

@testable import IdentityService

@Suite("Signing in")
struct SignInTests {
  /// Notes every step that is taken.
  private final class Steps: Sendable {
    private let taken = Mutex<[String]>([])
    var all: [String] { taken.withLock { $0 } }
    func take(_ step: String) { taken.withLock { $0.append(step) } }
  }

  private struct Accounts: AccountStore {
    let known: SignInCredentials
    let steps: Steps

    func credentials(ofEmail email: String) async throws -> SignInCredentials? {
      steps.take("credentials")
      return email == known.email ? known : nil
    }
    func rehash(_ passwordHash: String, from replaced: String, of id: Identifier) async throws { steps.take("rehash") }
    func credentials(of id: Identifier) async throws -> SignInCredentials? { known }
    func register(_ account: NewAccount, passwordHash: String) async throws -> Document { throw AccountError.emailTaken }
    func registerFirstOperator(_ account: NewAccount, passwordHash: String) async throws -> Bool { false }
    func hasOperator() async throws -> Bool { true }
    func changePassword(to hash: String, from replaced: String, of target: AccountTarget) async throws -> Document {
      throw AccountError.unknownAccount
    }
    func setStatus(_ status: AccountStatus, of target: AccountTarget) async throws -> Document {
      throw AccountError.unknownAccount
    }
    func account(_ id: Identifier) async throws -> Document { throw AccountError.unknownAccount }
    func accounts(_ ids: [Identifier]) async throws -> [Document] { [] }
    func versions(after cursor: Identifier?, changedSince: Timestamp?, limit: Int) async throws -> [AggregateVersion] { [] }
  }

  private struct Sessions: SessionStore {
    let steps: Steps
    func begin(_ session: NewSession, of account: SignInCredentials) async throws -> Int64? {
      steps.take("begin")
      return 60
    }
    func rotate(_ used: TokenHash, to next: TokenHash) async throws -> Rotation { .invalid }
    func end(_ token: TokenHash) async throws {}
  }

  private struct Attempts: AttemptStore {
    let steps: Steps
    func take(_ attempt: SignInAttempt) async throws -> TakenAttempt {
      steps.take("take")
      return TakenAttempt(countsForAccount: true)
    }
    func giveBack(_ attempt: SignInAttempt, _ taken: TakenAttempt, isRight: Bool) async throws {
      steps.take(isRight ? "give back, known" : "give back")
    }
    func take(_ limit: AttemptLimit) async throws {}
  }

  private struct Passwords: PasswordHashing {
    let steps: Steps
    var verdict = PasswordVerdict.right
    var isBusy = false
    func hash(_ password: String) async throws -> String {
      steps.take("hash")
      return "new"
    }
    func verify(_ password: String, against hash: String?) async throws -> PasswordVerdict {
      steps.take("verify")
      if isBusy { throw ScryptPasswords.Busy() }
      return hash == nil ? .wrong : password == "right" ? verdict : .wrong
    }
  }

  private func steps(
    _ email: String, _ password: String, status: AccountStatus = .active, verdict: PasswordVerdict = .right, isBusy: Bool = false
  ) async throws -> (steps: [String], error: SessionError?) {
    let steps = Steps()
    let known = SignInCredentials(
      id: .v7(at: .now()), email: "mina@example.com", name: "mina", role: .customer, status: status, epoch: 1,
      passwordHash: "old")
    let rate = AttemptRate(burst: 1, intervalMilliseconds: 1)
    let signIn = SignIn(
      accounts: Accounts(known: known, steps: steps), sessions: Sessions(steps: steps), attempts: Attempts(steps: steps),
      passwords: Passwords(steps: steps, verdict: verdict, isBusy: isBusy),
      limits: { SignInLimits(pair: rate, account: rate, address: rate) })
    let session = NewSession(id: .v7(at: .now()), token: RefreshToken.random().hash)
    do {
      _ = try await signIn.open(session, email: email, password: password, from: "192.0.2.1")
      return (steps.all, nil)
    } catch let error as SessionError {
      return (steps.all, error)
    } catch is ScryptPasswords.Busy {
      return (steps.all, nil)
    }
  }

  @Test("An unknown email goes the way of a wrong password, step for step, and the password is hashed for it too")
  func sameWay() async throws {
    let wrong = try await steps("mina@example.com", "wrong")
    let unknown = try await steps("nobody@example.com", "right")
    #expect(wrong.steps == ["take", "credentials", "verify"])
    #expect(unknown.steps == wrong.steps)
    #expect(wrong.error == .invalidCredentials)
    #expect(unknown.error == .invalidCredentials)
    // Costs as much as a stored hash would.
    let passwords = ScryptPasswords(cost: ScryptCost(logN: 4, r: 8, p: 1), threads: 1, queue: 1)
    #expect(try await passwords.verify("right", against: nil) == .wrong)
    #expect(passwords.derivations == 1)
    let hash = try await passwords.hash("right")
    #expect(try await passwords.verify("right", against: hash) == .right)
    #expect(passwords.derivations == 3)
    try await passwords.shutdown()
  }

  @Test("A right password gives the attempt back; at another cost than today's it is hashed again")
  func right() async throws {
    #expect(
      try await steps("Mina@Example.com", "right").steps == ["take", "credentials", "verify", "give back, known", "begin"])
    #expect(
      try await steps("mina@example.com", "right", verdict: .outdated).steps
        == ["take", "credentials", "verify", "give back, known", "hash", "rehash", "begin"])
  }

  @Test("A suspended account is told only to whom has the password")
  func suspended() async throws {
    #expect(try await steps("mina@example.com", "right", status: .suspended).error == .suspended)
    #expect(try await steps("mina@example.com", "wrong", status: .suspended).error == .invalidCredentials)
  }

  @Test("When passwords can't be looked at now, it was no attempt")
  func busy() async throws {
    #expect(try await steps("mina@example.com", "right", isBusy: true).steps == ["take", "credentials", "verify", "give back"])
  }
}
