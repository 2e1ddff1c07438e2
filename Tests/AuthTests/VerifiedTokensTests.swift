import Contracts
import Crypto
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import Auth

@Suite("The cache of verified tokens")
struct VerifiedTokensTests {
  private static let principal = Principal(role: .customer, id: Identifier(Forger.account)!)

  private func keep(_ names: String..., in tokens: VerifiedTokens, until end: Int64 = 100) {
    for name in names { tokens.keep(name, .init(principal: Self.principal, end: end), withdrawals: 0) }
  }

  private func isCached(_ name: String, _ tokens: VerifiedTokens, at time: Int64 = 0, withdrawals: Int = 0) -> Bool {
    tokens.principal(of: name, at: Timestamp(milliseconds: time), withdrawals: withdrawals) != nil
  }

  @Test("Tokens are cached until they expire")
  func ends() {
    let tokens = VerifiedTokens(limit: 10)
    keep("a", in: tokens)
    #expect(isCached("a", tokens, at: 99))
    #expect(!isCached("a", tokens, at: 100))
    #expect(!isCached("a", tokens, at: 99))
    #expect(!isCached("b", tokens))
  }

  @Test("It holds at most its limit; tokens in use stay")
  func bound() {
    let tokens = VerifiedTokens(limit: 10)
    keep("in use", in: tokens)
    for number in 0..<1000 {
      keep("\(number)", in: tokens)
      #expect(isCached("in use", tokens))
      #expect(tokens.count <= 10)
    }
    #expect(isCached("999", tokens))
    #expect(!isCached("1", tokens))
  }

  @Test("It is cleared when a key is withdrawn, and tokens verified before that are not added afterwards")
  func withdrawal() {
    let tokens = VerifiedTokens(limit: 10)
    keep("a", in: tokens)
    #expect(!isCached("a", tokens, withdrawals: 1))
    keep("b", in: tokens)
    #expect(!isCached("b", tokens, withdrawals: 1))
  }

  @Test("A token costs one signature check, and expires by the verifier's clock")
  func verifier() async throws {
    let issuer = try await TokenIssuer.start()
    let time = Mutex(Int64(1_800_000_000_000))
    let verifier = TokenVerifier(
      keys: KeySet(
        source: HTTPKeySource(url: issuer.keysURL, eventLoopGroup: MultiThreadedEventLoopGroup.singleton), logger: quietLogger),
      logger: quietLogger, clock: { Timestamp(milliseconds: time.withLock { $0 }) })
    try await running([verifier]) {
      let token = try await issuer.sign(
        AccessToken(
          for: Self.principal, issuer: "baedal-identity", audience: "baedal", issuedAt: 1_800_000_000, lifetime: 60, id: "1"))
      for _ in 0..<100 { #expect(try await verifier.verify(token) == Self.principal) }
      #expect(verifier.cachedTokens == 1)
      time.withLock { $0 += 64_999 }
      #expect(try await verifier.verify(token) == Self.principal)
      time.withLock { $0 += 1 }
      await #expect { _ = try await verifier.verify(token) } throws: { ($0 as? AuthenticationError)?.code == .expired }
    }
  }
}
