import Contracts

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The header of a token, read strictly before its signature is verified. Only the key id is taken from it.
///
/// `alg` must be EdDSA and `typ` at+jwt. Members that contain a key or its location (`jwk`, `jku`, `x5c`, `x5u`) are rejected, as
/// is every other member that the issuer doesn't write (RFC 8725, section 3).
struct TokenHeader: Decodable {
  static let type = "at+jwt"
  static let algorithm = "EdDSA"
  /// Maximum bytes of a whole token.
  static let maximumLength = 4096
  private static let signatureLength = 64

  let keyID: String

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }

  /// Parses a token: three parts in canonical base64url.
  init(of token: String) throws(AuthenticationError) {
    guard token.utf8.count <= Self.maximumLength else { throw .invalid("longer than \(Self.maximumLength) bytes") }
    let parts = token.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .invalid("has not three parts") }
    guard let header = Base64URL.decode(parts[0]), Base64URL.decode(parts[1]) != nil,
      let signature = Base64URL.decode(parts[2])
    else { throw .invalid("is not base64url") }
    guard signature.count == Self.signatureLength else { throw .invalid("has no Ed25519 signature") }
    do {
      self = try JSONDecoder().decode(TokenHeader.self, from: Data(header))
    } catch {
      throw .invalid("has an invalid header: \(error)")
    }
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Name.self)
    func refuse(_ reason: String) -> DecodingError {
      .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: reason))
    }
    for name in members.allKeys where !["alg", "typ", "kid"].contains(name.stringValue) {
      throw refuse("the member \(name.stringValue)")
    }
    guard try members.decode(String.self, forKey: Name("alg")) == Self.algorithm else { throw refuse("another algorithm") }
    guard try members.decode(String.self, forKey: Name("typ")) == Self.type else { throw refuse("another type") }
    keyID = try members.decode(String.self, forKey: Name("kid"))
  }
}
