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
    try await identity.anybody.get("/.well-known/jwks.json").decode(JSONWebKeySet.self).keys.map(\.kid)
  }

  /// The `kid` of a token's header.
  private func kid(_ token: String) throws -> String {
    struct Header: Decodable { let kid: String, typ: String, alg: String }
    let header = try part(0, of: token, as: Header.self)
    #expect(header.typ == "at+jwt" && header.alg == "EdDSA")
    return header.kid
  }

  @Test("The keys are for everybody, may be cached for a minute, and are named by their thumbprint")
  func keySet() async throws {
    let identity = try await IdentityUnderTest.shared()
    let answer = try await identity.anybody.get("/.well-known/jwks.json")
    #expect(answer.status == 200)
    #expect(answer.header("Cache-Control") == "public, max-age=60")
    let key = try #require(try answer.decode(JSONWebKeySet.self).keys.first)
    #expect(key.publicKey != nil)
    #expect(try await identity.sql("SELECT kid FROM signing_keys") == key.kid)
    #expect(try kid(try await identity.member().session.accessToken) == key.kid)
    // Even to somebody who shows a wrong token.
    #expect(try await identity.holding("nonsense").get("/.well-known/jwks.json").status == 200)
  }

  @Test("The next key is published before it signs; tokens of the old one are believed until they end, and then it goes")
  func rotation() async throws {
    let identity = try await IdentityUnderTest.start([
      "KEYS_PUBLISH_LEAD": "4s", "TOKENS_ACCESS_LIFETIME": "10s", "TOKENS_SERVICE_LIFETIME": "10s",
    ])
    let (account, session) = try await identity.member()
    let first = try kid(session.accessToken)
    #expect(try await identity.holding(session.accessToken).send("POST", "/admin/keys/rotate").status == 403)
    let operators = try await identity.operators()
    let answer = try await operators.send("POST", "/admin/keys/rotate")
    #expect(answer.status == 202)
    let next = try answer.decode(NextKey.self)
    #expect(next.kid != first)
    // Asked again while it waits, it is the same.
    #expect(try await operators.send("POST", "/admin/keys/rotate").decode(NextKey.self).kid == next.kid)
    #expect(try await published(identity) == [first, next.kid])
    #expect(try kid(try await identity.signIn(account.email).decode(IdentityUnderTest.Session.self).accessToken) == first)
    try await eventually(within: .seconds(12), "the next key's turn") {
      try kid(try await identity.signIn(account.email).decode(IdentityUnderTest.Session.self).accessToken) == next.kid
    }
    let old = try await identity.holding(session.accessToken).get("/accounts/me")
    #expect(old.status == 200 || old.text.contains("has expired"), "never that its key is unknown")
    #expect(try await identity.refresh(session.refreshToken).status == 201, "nobody is signed out")
    #expect(try await published(identity) == [first, next.kid])
    // 10 seconds of the last token, and half a minute to be sure: the clock is moved instead.
    _ = try await identity.sql("UPDATE signing_keys SET signs_from = signs_from - interval '45 s'")
    try await identity.process.stop()
    try await identity.process.start()
    try await eventually("the end of the old key") { try await published(identity) == [next.kid] }
    try await identity.process.stop()
  }

  @Test("Private keys are encrypted in the database; a service with another secret doesn't start")
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

  @Test("Instances that start at once agree on one key; tokens of each are believed by the other, also over a rotation")
  func instances() async throws {
    let identity = try await IdentityUnderTest.start(["KEYS_PUBLISH_LEAD": "4s"])
    let (first, second) = (identity, try await identity.another())
    try await first.process.stop()
    try await second.process.stop()
    _ = try await first.sql("DELETE FROM signing_keys")
    async let one: Void = first.process.start()
    async let two: Void = second.process.start()
    _ = try await (one, two)
    #expect(try await first.sql("SELECT count(*) FROM signing_keys") == "1")
    let account = try await first.register().decode(Account.self)
    let operators = try await second.operators()
    async let rotated = operators.send("POST", "/admin/keys/rotate")
    async let alsoRotated = first.operators().send("POST", "/admin/keys/rotate")
    let kids = try await [rotated.decode(NextKey.self).kid, alsoRotated.decode(NextKey.self).kid]
    #expect(kids[0] == kids[1])
    #expect(try await first.sql("SELECT count(*) FROM signing_keys") == "2")
    try await eventually(within: .seconds(15), "the next key's turn at both") {
      for (made, asked) in [(first, second), (second, first)] {
        let token = try await made.signIn(account.email).decode(IdentityUnderTest.Session.self).accessToken
        guard try await asked.holding(token).get("/accounts/me").status == 200 else {
          throw ServerFailure(what: "a token of the other instance", output: token)
        }
        guard try kid(token) == kids[0] else { return false }
      }
      return true
    }
    try await first.process.stop()
    try await second.process.stop()
  }

  @Test("A key that has become old is followed by the next without anybody's asking")
  func byAge() async throws {
    let identity = try await IdentityUnderTest.start(["KEYS_ROTATION_INTERVAL": "2s", "KEYS_PUBLISH_LEAD": "1s"])
    let first = try #require(try await published(identity).first)
    try await eventually(within: .seconds(8), "a second key") { try await published(identity).count > 1 }
    #expect(try await published(identity).first == first)
    try await identity.process.stop()
  }
}
