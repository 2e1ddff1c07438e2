import Contracts
import Idempotency
import Synchronization
import Telemetry
import Testing

@testable import IdentityService

@Suite("Signing in")
struct SignInTests {
  /// Records the calls of the fakes, in order.
  private final class Steps: Sendable {
    private let recorded = Mutex<[String]>([])
    var all: [String] { recorded.withLock { $0 } }
    func record(_ step: String) { recorded.withLock { $0.append(step) } }
  }

  private struct FakeAccountStore: AccountStore {
    let known: SignInCredentials
    let steps: Steps

    func credentials(ofEmail email: String) async throws -> SignInCredentials? {
      steps.record("credentials")
      return email == known.email ? known : nil
    }
    func rehash(_ passwordHash: String, from replaced: String, of id: Identifier) async throws { steps.record("rehash") }
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

  private struct FakeSessionStore: SessionStore {
    let steps: Steps
    func begin(_ session: NewSession, of account: SignInCredentials) async throws -> Int64? {
      steps.record("begin")
      return 60
    }
    func rotate(_ used: TokenHash, to next: TokenHash) async throws -> Rotation { .invalid }
    func end(_ token: TokenHash) async throws {}
  }

  private struct FakeAttemptStore: AttemptStore {
    let steps: Steps
    func count(_ attempt: SignInAttempt) async throws -> CountedAttempt {
      steps.record("count")
      return CountedAttempt(includesAccount: true)
    }
    func refund(_ attempt: SignInAttempt, _ counted: CountedAttempt, trustsAddress: Bool) async throws {
      steps.record(trustsAddress ? "refund and trust" : "refund")
    }
    func count(_ limit: AttemptLimit) async throws {}
  }

  private struct FakePasswordHashing: PasswordHashing {
    let steps: Steps
    var verdict = PasswordVerdict.right
    var isQueueFull = false
    func hash(_ password: String) async throws -> String {
      steps.record("hash")
      return "new"
    }
    func verify(_ password: String, against hash: String?) async throws -> PasswordVerdict {
      steps.record("verify")
      if isQueueFull { throw ScryptPasswords.QueueFull() }
      return hash == nil ? .wrong : password == "right" ? verdict : .wrong
    }
  }

  private func steps(
    _ email: String, _ password: String, status: AccountStatus = .active, verdict: PasswordVerdict = .right,
    isQueueFull: Bool = false
  ) async throws -> (steps: [String], error: SessionError?) {
    let steps = Steps()
    let known = SignInCredentials(
      id: .v7(at: .now()), email: "mina@example.com", name: "mina", role: .customer, status: status, epoch: 1,
      passwordHash: "old")
    let rate = AttemptRate(burst: 1, intervalMilliseconds: 1)
    let accounts = FakeAccountStore(known: known, steps: steps)
    let passwordCheck = PasswordCheck(
      accounts: accounts, attempts: FakeAttemptStore(steps: steps),
      passwords: FakePasswordHashing(steps: steps, verdict: verdict, isQueueFull: isQueueFull),
      limits: { SignInLimits(pair: rate, account: rate, address: rate) })
    let signIn = SignIn(accounts: accounts, sessions: FakeSessionStore(steps: steps), passwordCheck: passwordCheck)
    do {
      _ = try await signIn.open(email: email, password: password, from: "192.0.2.1")
      return (steps.all, nil)
    } catch let error as SessionError {
      return (steps.all, error)
    } catch is ScryptPasswords.QueueFull {
      return (steps.all, nil)
    }
  }

  @Test("An unknown email takes the same steps as a wrong password, and the password is hashed for it too")
  func sameSteps() async throws {
    let wrong = try await steps("mina@example.com", "wrong")
    let unknown = try await steps("nobody@example.com", "right")
    #expect(wrong.steps == ["count", "credentials", "verify"])
    #expect(unknown.steps == wrong.steps)
    #expect(wrong.error == .invalidCredentials)
    #expect(unknown.error == .invalidCredentials)
    // Without a stored hash the password is hashed all the same.
    let passwords = ScryptPasswords(cost: ScryptCost(logN: 4, r: 8, p: 1), threads: 1, queue: 1)
    #expect(try await passwords.verify("right", against: nil) == .wrong)
    #expect(passwords.derivations == 1)
    let hash = try await passwords.hash("right")
    #expect(try await passwords.verify("right", against: hash) == .right)
    #expect(passwords.derivations == 3)
    try await passwords.shutdown()
  }

  @Test("A right password refunds the attempt; a hash with other parameters than the current ones is replaced")
  func right() async throws {
    #expect(
      try await steps("Mina@Example.com", "right").steps == ["count", "credentials", "verify", "refund and trust", "begin"])
    #expect(
      try await steps("mina@example.com", "right", verdict: .outdated).steps
        == ["count", "credentials", "verify", "refund and trust", "hash", "rehash", "begin"])
  }

  @Test("A suspension is revealed only with the right password")
  func suspended() async throws {
    #expect(try await steps("mina@example.com", "right", status: .suspended).error == .suspended)
    #expect(try await steps("mina@example.com", "wrong", status: .suspended).error == .invalidCredentials)
  }

  @Test("An attempt that fails because the password queue is full is refunded")
  func queueFull() async throws {
    #expect(
      try await steps("mina@example.com", "right", isQueueFull: true).steps == ["count", "credentials", "verify", "refund"])
  }
}
