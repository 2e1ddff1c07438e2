import Auth
import Contracts
import Crypto
import Testing

@testable import IdentityService

@Suite("Key ring")
struct KeyRingTests {
  private func key(_ generation: Int64, from seconds: Int64, isUsable: Bool = true) async -> SigningKey {
    let privateKey = Curve25519.Signing.PrivateKey()
    let signer = await TokenSigner(keyID: "key \(generation)", privateKey: privateKey)
    return SigningKey(
      generation: generation, published: signer.published, signsFrom: Timestamp(milliseconds: seconds * 1000),
      signer: isUsable ? signer : nil)
  }

  private func ring() async -> KeyRing {
    KeyRing([await key(2, from: 100), await key(1, from: 0), await key(3, from: 200)])
  }

  @Test(
    "A key signs until the next one does, and is published until its last token has expired",
    arguments: [
      (0, 1, [1, 2, 3]), (99, 1, [1, 2, 3]), (100, 2, [1, 2, 3]), (129, 2, [1, 2, 3]), (130, 2, [2, 3]), (199, 2, [2, 3]),
      (200, 3, [2, 3]), (230, 3, [3]), (100_000, 3, [3]),
    ] as [(Int64, Int64, [Int64])])
  func times(_ second: Int64, _ signing: Int64, _ published: [Int64]) async {
    let (ring, now) = (await ring(), Timestamp(milliseconds: second * 1000))
    #expect(ring.signing(at: now)?.generation == signing)
    #expect(ring.published(at: now, retention: .seconds(30)).map(\.generation) == published)
  }

  @Test("With a clock behind the database's the first key signs; a key without signer never does")
  func exceptions() async {
    #expect(await ring().signing(at: Timestamp(milliseconds: -5000))?.generation == 1)
    let foreign = KeyRing([await key(1, from: 0), await key(2, from: 100, isUsable: false)])
    #expect(foreign.signing(at: Timestamp(milliseconds: 500_000))?.generation == 1)
    #expect(KeyRing([await key(1, from: 0, isUsable: false)]).signing(at: Timestamp(milliseconds: 1)) == nil)
  }

  @Test("A private key can be decrypted only with its secret and its kid")
  func encryption() throws {
    let encryption = try #require(KeyEncryption(hexadecimal: String(repeating: "5a", count: 32)))
    let other = try #require(KeyEncryption(hexadecimal: String(repeating: "a5", count: 32)))
    let key = Curve25519.Signing.PrivateKey()
    let sealed = try encryption.seal(key, kid: "one")
    #expect(sealed.count == 60)
    #expect(try encryption.seal(key, kid: "one") != sealed, "every encryption has a new nonce")
    #expect(try encryption.open(sealed, kid: "one").rawRepresentation == key.rawRepresentation)
    #expect(throws: (any Error).self) { try encryption.open(sealed, kid: "two") }
    #expect(throws: (any Error).self) { try other.open(sealed, kid: "one") }
    #expect(KeyEncryption(hexadecimal: "5a") == nil)
    #expect(KeyEncryption(hexadecimal: String(repeating: "zz", count: 32)) == nil)
  }

  @Test("The kid is the key's thumbprint: the example of RFC 8037, appendix A.3")
  func thumbprint() throws {
    let bytes = try #require(Base64URL.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
    let key = try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
    #expect(KeyThumbprint.of(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
  }
}
