import Auth
import Contracts
import TestSupport
import Testing

@Suite("Signing keys")
struct KeyTests {
  private struct NextKey: Decodable {
    let kid: String
    let signsFrom: Timestamp
  }

  private func published(_ identity: IdentityUnderTest) async throws -> [String] {
    try await identity.anonymous.get("/.well-known/jwks.json").decode(JSONWebKeySet.self).keys.map(\.kid)
  }

  /// The `kid` of a token's header.
  private func kid(_ token: String) throws -> String {
    struct Header: Decodable { let kid: String, typ: String, alg: String }
    let header = try part(0, of: token, as: Header.self)
    #expect(header.typ == "at+jwt" && header.alg == "EdDSA")
    return header.kid
  }

  @Test("The key set is public, cacheable for a minute, and its kids are thumbprints")
  func keySet() async throws {
    let identity = try await IdentityUnderTest.shared()
    let response = try await identity.anonymous.get("/.well-known/jwks.json")
    #expect(response.status == 200)
    #expect(response.header("Cache-Control") == "public, max-age=60")
    let key = try #require(try response.decode(JSONWebKeySet.self).keys.first)
    #expect(key.publicKey != nil)
    #expect(try await identity.sql("SELECT kid FROM signing_keys") == key.kid)
    #expect(try kid(try await identity.signedInAccount().session.accessToken) == key.kid)
    // Also with an invalid token.
    #expect(try await identity.client(bearing: "nonsense").get("/.well-known/jwks.json").status == 200)
  }

  @Test("The next key is published before it signs; the old one is published until its tokens have expired, and is then removed")
  func rotation() async throws {
    let identity = try await IdentityUnderTest.start([
      "KEYS_PUBLISH_LEAD": "4s", "TOKENS_ACCESS_LIFETIME": "10s", "TOKENS_SERVICE_LIFETIME": "10s",
    ])
    let (account, session) = try await identity.signedInAccount()
    let first = try kid(session.accessToken)
    #expect(try await identity.client(bearing: session.accessToken).send("POST", "/admin/keys/rotate").status == 403)
    let operators = try await identity.operatorClient()
    let response = try await operators.send("POST", "/admin/keys/rotate")
    #expect(response.status == 202)
    let next = try response.decode(NextKey.self)
    #expect(next.kid != first)
    // A second rotation before the next key signs returns the same key.
    #expect(try await operators.send("POST", "/admin/keys/rotate").decode(NextKey.self).kid == next.kid)
    #expect(try await published(identity) == [first, next.kid])
    #expect(try kid(try await identity.signIn(account.email).decode(IdentityUnderTest.Session.self).accessToken) == first)
    try await eventually(within: .seconds(12), "a token signed with the next key") {
      try kid(try await identity.signIn(account.email).decode(IdentityUnderTest.Session.self).accessToken) == next.kid
    }
    let old = try await identity.client(bearing: session.accessToken).get("/accounts/me")
    #expect(old.status == 200 || old.text.contains("has expired"), "its key must be known")
    #expect(try await identity.refresh(session.refreshToken).status == 201, "sessions survive a rotation")
    #expect(try await published(identity) == [first, next.kid])
    // Instead of waiting for the retention (10 s and a margin of 30 s) the keys are made older.
    _ = try await identity.sql("UPDATE signing_keys SET signs_from = signs_from - interval '45 s'")
    try await identity.process.stop()
    try await identity.process.start()
    try await eventually("removal of the old key") { try await published(identity) == [next.kid] }
    try await identity.process.stop()
  }

  @Test("Private keys are encrypted in the database; a service with another secret does not start")
  func encrypted() async throws {
    let identity = try await IdentityUnderTest.start()
    #expect(try await identity.sql("SELECT octet_length(private_key) FROM signing_keys") == "60")
    try await identity.process.stop()
    try await identity.process.start(
      with: ["KEYS_ENCRYPTION_SECRET": String(repeating: "a5", count: 32)], untilReady: false)
    #expect(try await identity.process.exit(within: .seconds(10)) == .status(78))
    #expect(identity.process.log.contains("keys.encryption.secret"))
    #expect(!identity.process.log.contains("a5a5"))
  }

  @Test("Instances that start concurrently agree on one key, and each verifies the other's tokens, also after a rotation")
  func instances() async throws {
    let identity = try await IdentityUnderTest.start(["KEYS_PUBLISH_LEAD": "4s"])
    let (first, second) = (identity, try await identity.secondInstance())
    try await first.process.stop()
    try await second.process.stop()
    _ = try await first.sql("DELETE FROM signing_keys")
    async let one: Void = first.process.start()
    async let two: Void = second.process.start()
    _ = try await (one, two)
    #expect(try await first.sql("SELECT count(*) FROM signing_keys") == "1")
    let account = try await first.register().decode(Account.self)
    let operators = try await second.operatorClient()
    async let rotated = operators.send("POST", "/admin/keys/rotate")
    async let alsoRotated = first.operatorClient().send("POST", "/admin/keys/rotate")
    let kids = try await [rotated.decode(NextKey.self).kid, alsoRotated.decode(NextKey.self).kid]
    #expect(kids[0] == kids[1])
    #expect(try await first.sql("SELECT count(*) FROM signing_keys") == "2")
    try await eventually(within: .seconds(15), "tokens signed with the next key by both") {
      for (issuer, verifier) in [(first, second), (second, first)] {
        let token = try await issuer.signIn(account.email).decode(IdentityUnderTest.Session.self).accessToken
        guard try await verifier.client(bearing: token).get("/accounts/me").status == 200 else {
          throw ServerFailure(what: "a token of the other instance", output: token)
        }
        guard try kid(token) == kids[0] else { return false }
      }
      return true
    }
    try await first.process.stop()
    try await second.process.stop()
  }

  @Test("A key that reaches the rotation interval is followed by the next automatically")
  func byAge() async throws {
    let identity = try await IdentityUnderTest.start(["KEYS_ROTATION_INTERVAL": "2s", "KEYS_PUBLISH_LEAD": "1s"])
    let first = try #require(try await published(identity).first)
    try await eventually(within: .seconds(8), "a second key") { try await published(identity).count > 1 }
    #expect(try await published(identity).first == first)
    try await identity.process.stop()
  }
}
