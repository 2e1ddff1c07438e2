import Auth
import Contracts
import Crypto
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Keys come and go")
struct KeyRotationTests {
  private static let principal = Principal(role: .owner, id: Identifier(Forger.account)!)
  private static let quick = KeySet.Pace(interval: .milliseconds(50), shortest: .milliseconds(10), retry: .milliseconds(20))
  private static let patient = KeySet.Pace(interval: .seconds(600), shortest: .seconds(600), retry: .milliseconds(20))

  private func signer(_ id: String) async -> TokenSigner {
    await TokenSigner(keyID: id, privateKey: Curve25519.Signing.PrivateKey())
  }

  private func token(_ issuer: TokenIssuer) async throws -> String {
    try await issuer.sign(issuer.token(for: Self.principal))
  }

  @Test("A key that was published later is fetched with its first token; tokens of the old one stay good")
  func rotation() async throws {
    let issuer = try await TokenIssuer.start()
    let (old, new) = (await signer("old"), await signer("new"))
    issuer.publish(old)
    let slow = KeySet.Pace(interval: .seconds(600), shortest: .zero)
    try await ProtectedService.run(believing: issuer, pace: slow) { service in
      let before = try await token(issuer)
      #expect(try await service.ask(token: before).status == 200)
      issuer.publish(old, new)
      #expect(try await service.ask(token: try await token(issuer)).status == 200)
      #expect(try await service.ask(token: before).status == 200)
      // Not remembered: signed with the old key now.
      let late = try await old.sign(issuer.token(for: Self.principal))
      #expect(try await service.ask(token: late).status == 200)
      #expect(issuer.keyFetches == 2)
    }
  }

  @Test("With a key that is withdrawn its tokens end, remembered ones too")
  func withdrawal() async throws {
    let issuer = try await TokenIssuer.start()
    try await ProtectedService.run(believing: issuer, pace: Self.quick) { service in
      let stolen = try await token(issuer)
      #expect(try await service.ask(token: stolen).status == 200)
      issuer.publish(await signer("new"))
      try await eventually("the end of its tokens") { try await service.ask(token: stolen).status == 401 }
      #expect(try await service.ask(token: try await token(issuer)).status == 200)
    }
  }

  @Test("Made-up key ids cause one fetch at a time, and not another one soon")
  func unknownKeys() async throws {
    let issuer = try await TokenIssuer.start()
    let forger = Forger()
    try await ProtectedService.run(believing: issuer, pace: Self.patient) { service in
      try await eventually("the keys") { service.verifier.isReady }
      let fetches = issuer.keyFetches
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<50 {
          group.addTask { try await service.ask(token: try forger.token(header: forger.header(kid: "\"\(number)\""))).status }
        }
        for try await status in group { #expect(status == 401) }
      }
      #expect(issuer.keyFetches - fetches <= 1)
    }
  }

  @Test("Before any key is known tokens are 503, and who shows none is let in where anybody is; then the first keys come")
  func identityAwayAtStart() async throws {
    let issuer = try await TokenIssuer.start()
    issuer.setAway(true)
    try await ProtectedService.run(believing: issuer, pace: Self.quick) { service in
      let token = try await token(issuer)
      let answer = try await service.ask(token: token)
      #expect(answer.status == 503 && answer.code == "unavailable" && answer.header("Retry-After") == "1")
      #expect(try await service.ask("/anybody", authorization: nil).status == 200)
      #expect(try await service.ask(authorization: nil).status == 401)
      #expect(try await service.ask(token: "a.b.c").status == 401)
      issuer.setAway(false)
      try await eventually("the keys") { try await service.ask(token: token).status == 200 }
    }
  }

  @Test("When identity goes away the last known keys stay")
  func identityAwayLater() async throws {
    let issuer = try await TokenIssuer.start()
    try await ProtectedService.run(believing: issuer, pace: Self.quick) { service in
      #expect(try await service.ask(token: try await token(issuer)).status == 200)
      issuer.setAway(true)
      let fetches = issuer.keyFetches
      try await eventually("fetches that fail") { issuer.keyFetches > fetches + 2 }
      // A new token, so that it isn't a remembered one.
      #expect(try await service.ask(token: try await token(issuer)).status == 200)
    }
  }

  @Test("A set with keys of other kinds is read for those that are ours, and one without any changes nothing")
  func foreignKeys() throws {
    let own = Forger().published
    let document = """
      {"keys":[{"kty":"RSA","kid":"a","n":"x","e":"AQAB"},{"kty":"oct","k":"secret"},7,
      {"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"b","x":"\(own.x)"},
      {"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"c","x":"AAAA"}]}
      """
    let set = try JSONDecoder().decode(JSONWebKeySet.self, from: Data(document.utf8))
    #expect(set.keys.filter { $0.publicKey != nil }.map(\.kid) == ["b"])
  }
}
