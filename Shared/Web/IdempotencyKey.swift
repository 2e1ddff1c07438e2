import HTTPTypes
public import Hummingbird
public import NIOCore

/// The value of the header `Idempotency-Key`, by which retries of a request are recognized: 1 to 255 visible ASCII characters.
///
/// Source: draft-ietf-httpapi-idempotency-key-header.
public struct IdempotencyKey: Hashable, Sendable {
  public let value: String

  public init?(_ value: String) {
    guard (1...255).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    self.value = value
  }
}

extension Request {
  /// The request's key; `nil` when it has none.
  /// - Throws: 400 `invalid_idempotency_key`.
  public func idempotencyKey() throws(Problem) -> IdempotencyKey? {
    guard let text = headers[.idempotencyKey] else { return nil }
    guard let key = IdempotencyKey(text) else {
      throw .badRequest("invalid_idempotency_key", "Idempotency-Key must have 1 to 255 visible ASCII characters")
    }
    return key
  }

  /// The request's key.
  /// - Throws: 400 `idempotency_key_required` or `invalid_idempotency_key`.
  public func requireIdempotencyKey() throws(Problem) -> IdempotencyKey {
    guard let key = try idempotencyKey() else {
      throw .badRequest("idempotency_key_required", "this request needs an Idempotency-Key header")
    }
    return key
  }

  /// A hash that distinguishes a retry from another request with the same key: FNV-1a, 128 bits, of method, path and body, in
  /// hexadecimal.
  ///
  /// It detects clients' mistakes, so it needn't be cryptographic.
  public func fingerprint(body: ByteBuffer) -> String {
    var hash = Fingerprint()
    hash.combine(method.rawValue.utf8)
    hash.combine([0])
    hash.combine(uri.path.utf8)
    hash.combine([0])
    hash.combine(body.readableBytesView)
    return hash.text
  }
}

extension HTTPField.Name {
  static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
}

/// FNV-1a with 128 bits (draft-eastlake-fnv).
struct Fingerprint {
  private var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

  mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b
    }
  }

  var text: String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}
