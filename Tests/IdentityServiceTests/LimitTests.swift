import Contracts
import TestSupport
import Testing

@Suite("Limits for attempts")
struct LimitTests {
  private static func from(_ address: String) -> [String: String] { ["X-Forwarded-For": address] }

  /// Two attempts for an account and an address, four for an account, six for an address; none is restored during a test.
  private static func start() async throws -> IdentityUnderTest {
    try await IdentityUnderTest.start([
      "TRUSTED_PROXIES": "127.0.0.1", "SIGNIN_ATTEMPTS": "2", "SIGNIN_INTERVAL": "10m", "SIGNIN_ACCOUNT_ATTEMPTS": "4",
      "SIGNIN_ACCOUNT_INTERVAL": "10m", "SIGNIN_ADDRESS_ATTEMPTS": "6", "SIGNIN_ADDRESS_INTERVAL": "10m",
    ])
  }

  @Test("Wrong passwords are limited for an account and an address; beyond the limit the right one is rejected too")
  func pair() async throws {
    let identity = try await Self.start()
    let account = try await identity.register().decode(Account.self)
    let here = Self.from("192.0.2.1")
    for _ in 0..<2 {
      #expect(try await identity.signIn(account.email, "not the password", headers: here).code == "invalid_credentials")
    }
    let limited = try await identity.signIn(account.email, headers: here)
    #expect(limited.status == 429)
    #expect(limited.code == "too_many_requests")
    let wait = try #require(limited.header("Retry-After").flatMap { Int($0) })
    #expect((1...600).contains(wait))
    // From another address the holder can sign in. The limit survives a restart.
    #expect(try await identity.signIn(account.email, headers: Self.from("192.0.2.2")).status == 201)
    try await identity.process.stop()
    try await identity.process.start()
    #expect(try await identity.signIn(account.email, headers: here).status == 429)
    try await identity.process.stop()
  }

  @Test("Right passwords don't count against the limit")
  func rightPasswords() async throws {
    let identity = try await Self.start()
    let account = try await identity.register().decode(Account.self)
    for _ in 0..<8 {
      #expect(try await identity.signIn(account.email, headers: Self.from("192.0.2.1")).status == 201)
    }
    try await identity.process.stop()
  }

  @Test("Attackers at many addresses exhaust the account's limit, and don't lock its holder out")
  func lockOut() async throws {
    let identity = try await Self.start()
    let account = try await identity.register().decode(Account.self)
    let home = Self.from("192.0.2.1")
    #expect(try await identity.signIn(account.email, headers: home).status == 201)
    let attacks = try await concurrently(12) { index in
      try await identity.signIn(account.email, "not the password", headers: Self.from("198.51.100.\(index)"))
    }
    #expect(attacks.count { $0.status == 401 } == 4)
    #expect(attacks.count { $0.status == 429 } == 8)
    #expect(try await identity.signIn(account.email, headers: Self.from("203.0.113.9")).status == 429)
    #expect(try await identity.signIn(account.email, headers: home).status == 201)
    try await identity.process.stop()
  }

  @Test("An address that tries many accounts is limited, existing or not, and so is an IPv6 /64 network")
  func address() async throws {
    let identity = try await Self.start()
    let responses = try await concurrently(10) { index in
      try await identity.signIn(
        IdentityUnderTest.freshEmail(), headers: Self.from("2001:db8:1:2::\(String(index + 1, radix: 16))"))
    }
    #expect(responses.count { $0.status == 401 } == 6)
    #expect(responses.count { $0.status == 429 } == 4)
    #expect(try await identity.signIn(IdentityUnderTest.freshEmail(), headers: Self.from("2001:db8:1:3::1")).status == 401)
    try await identity.process.stop()
  }

  @Test("Registrations from one address are limited, except those by an operator")
  func signUps() async throws {
    let identity = try await IdentityUnderTest.start(["SIGNUP_ATTEMPTS": "3", "SIGNUP_INTERVAL": "10m"])
    let responses = try await concurrently(5) { _ in try await identity.register() }
    #expect(responses.count { $0.status == 201 } == 3)
    #expect(responses.count { $0.status == 429 && $0.header("Retry-After") != nil } == 2)
    #expect(try await identity.register(by: identity.operatorClient()).status == 201)
    try await identity.process.stop()
  }

  @Test("Operators change a limit at runtime and reset it")
  func changing() async throws {
    let identity = try await IdentityUnderTest.start(["SIGNUP_ATTEMPTS": "2", "SIGNUP_INTERVAL": "10m"])
    let operators = try await identity.operatorClient()
    func register(_ count: Int) async throws -> [Int] {
      var statuses: [Int] = []
      for _ in 0..<count { statuses.append(try await identity.register().status) }
      return statuses
    }
    #expect(try await register(3) == [201, 201, 429])
    let setting = "/admin/configuration/signup.attempts"
    #expect(try await operators.send("PUT", setting, #"{"value":0}"#).status == 422)
    #expect(try await operators.send("PUT", setting, #"{"value":4}"#).status == 200)
    #expect(try await register(3) == [201, 201, 429])
    #expect(try await operators.send("DELETE", setting).status == 200)
    #expect(try await register(1) == [429])
    try await identity.process.stop()
  }

  @Test("A forged X-Forwarded-For doesn't avoid the limit")
  func forwarded() async throws {
    let identity = try await IdentityUnderTest.start(["SIGNIN_ATTEMPTS": "2", "SIGNIN_INTERVAL": "10m"])
    let account = try await identity.register().decode(Account.self)
    let responses = try await concurrently(6) { index in
      try await identity.signIn(account.email, "not the password", headers: Self.from("192.0.2.\(index)"))
    }
    #expect(responses.count { $0.status == 401 } == 2)
    #expect(responses.count { $0.status == 429 } == 4)
    try await identity.process.stop()
  }

  @Test("When the password queue is full requests get 503, and other requests are still served")
  func busy() async throws {
    let identity = try await IdentityUnderTest.start([
      "PASSWORDS_COST": "14", "PASSWORDS_ROUNDS": "2", "PASSWORDS_THREADS": "1", "PASSWORDS_QUEUE": "1",
    ])
    async let signIns = concurrently(12) { _ in try await identity.signIn(IdentityUnderTest.freshEmail()) }
    #expect(try await identity.anonymous.get("/livez").status == 200)
    let responses = try await signIns
    let rejected = responses.filter { $0.status == 503 }
    #expect(!rejected.isEmpty)
    #expect(rejected.allSatisfy { $0.code == "unavailable" && $0.header("Retry-After") == "1" })
    #expect(responses.contains { $0.status == 401 })
    try await identity.process.stop()
  }
}
