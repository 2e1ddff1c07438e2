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

@Suite("Key rotation")
struct KeyRotationTests {
  private static let principal = Principal(role: .owner, id: Identifier(Forger.account)!)
  private static let quick = KeySet.Pace(interval: .milliseconds(50), shortest: .milliseconds(10), retry: .milliseconds(20))
  private static let slow = KeySet.Pace(interval: .seconds(600), shortest: .seconds(600), retry: .milliseconds(20))

  private func signer(_ id: String) async -> TokenSigner {
    await TokenSigner(keyID: id, privateKey: Curve25519.Signing.PrivateKey())
  }

  private func token(_ issuer: TokenIssuer) async throws -> String {
    try await issuer.sign(issuer.token(for: Self.principal))
  }

  @Test("A newly published key is fetched with its first token; tokens of the old key stay valid")
  func rotation() async throws {
    let issuer = try await TokenIssuer.start()
    let (old, new) = (await signer("old"), await signer("new"))
    issuer.publish(old)
    let slow = KeySet.Pace(interval: .seconds(600), shortest: .zero)
    try await ProtectedService.run(trusting: issuer, pace: slow) { service in
      let before = try await token(issuer)
      #expect(try await service.get(token: before).status == 200)
      issuer.publish(old, new)
      #expect(try await service.get(token: try await token(issuer)).status == 200)
      #expect(try await service.get(token: before).status == 200)
      // Not cached: signed with the old key now.
      let late = try await old.sign(issuer.token(for: Self.principal))
      #expect(try await service.get(token: late).status == 200)
      #expect(issuer.keyFetches == 2)
    }
  }

  @Test("Tokens of a withdrawn key are rejected, also cached ones")
  func withdrawal() async throws {
    let issuer = try await TokenIssuer.start()
    try await ProtectedService.run(trusting: issuer, pace: Self.quick) { service in
      let stolen = try await token(issuer)
      #expect(try await service.get(token: stolen).status == 200)
      issuer.publish(await signer("new"))
      try await eventually("the end of its tokens") { try await service.get(token: stolen).status == 401 }
      #expect(try await service.get(token: try await token(issuer)).status == 200)
    }
  }

  @Test("Unknown key ids cause one fetch at a time, at a limited rate")
  func unknownKeys() async throws {
    let issuer = try await TokenIssuer.start()
    let forger = Forger()
    try await ProtectedService.run(trusting: issuer, pace: Self.slow) { service in
      try await eventually("the keys") { service.verifier.isReady }
      let fetches = issuer.keyFetches
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<50 {
          group.addTask { try await service.get(token: try forger.token(header: forger.header(kid: "\"\(number)\""))).status }
        }
        for try await status in group { #expect(status == 401) }
      }
      #expect(issuer.keyFetches - fetches <= 1)
    }
  }

  @Test("Before any key is known tokens are 503, requests without one reach public routes, and keys are fetched later")
  func identityUnavailableAtStart() async throws {
    let issuer = try await TokenIssuer.start()
    issuer.setAway(true)
    try await ProtectedService.run(trusting: issuer, pace: Self.quick) { service in
      let token = try await token(issuer)
      let response = try await service.get(token: token)
      #expect(response.status == 503 && response.code == "unavailable" && response.header("Retry-After") == "1")
      #expect(try await service.get("/public", authorization: nil).status == 200)
      #expect(try await service.get(authorization: nil).status == 401)
      #expect(try await service.get(token: "a.b.c").status == 401)
      issuer.setAway(false)
      try await eventually("the keys") { try await service.get(token: token).status == 200 }
    }
  }

  @Test("While identity is unavailable the last known keys stay")
  func identityUnavailableLater() async throws {
    let issuer = try await TokenIssuer.start()
    try await ProtectedService.run(trusting: issuer, pace: Self.quick) { service in
      #expect(try await service.get(token: try await token(issuer)).status == 200)
      issuer.setAway(true)
      let fetches = issuer.keyFetches
      try await eventually("fetches that fail") { issuer.keyFetches > fetches + 2 }
      // A new token, so that it isn't cached.
      #expect(try await service.get(token: try await token(issuer)).status == 200)
    }
  }

  @Test("Keys of other kinds and malformed keys in a set are ignored")
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
