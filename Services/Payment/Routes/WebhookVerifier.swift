import Contracts
import Crypto
import NIOCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Verifies the signature of the card network's webhooks: `Provider-Signature: t=<unix seconds>,v1=<hex>` with HMAC-SHA-256 (RFC 2104) of
/// `<t>.<body>`.
///
/// There are several `v1` while the network rotates its secret, of which one has to match. Other members are ignored.
struct WebhookVerifier: Sendable {
  enum Rejection: Error, Hashable {
    case missing, malformed
    /// The signing time differs from the current time by more than the tolerance.
    case stale
    /// No `v1` matches.
    case wrong
  }

  /// More than a secret rotation needs. Each candidate costs an HMAC of the body.
  static let maximumCandidates = 4

  private let secret: SymmetricKey
  private let tolerance: Duration

  init(secret: String, tolerance: Duration) {
    self.secret = SymmetricKey(data: Array(secret.utf8))
    self.tolerance = tolerance
  }

  /// - Throws: ``Rejection``, unless the body was signed with the secret within the tolerance.
  func verify(_ header: String?, body: ByteBuffer, at now: Timestamp) throws(Rejection) {
    guard let header else { throw .missing }
    let (time, candidates) = try Self.parse(header)
    guard let seconds = Int64(time), (0...1_000_000_000_000).contains(seconds) else { throw .malformed }
    guard Duration.milliseconds(abs(now.milliseconds - seconds * 1000)) <= tolerance else { throw .stale }
    let signed = Array(time.utf8) + [UInt8(ascii: ".")] + Array(body.readableBytesView)
    for candidate in candidates where HMAC<SHA256>.isValidAuthenticationCode(candidate, authenticating: signed, using: secret) {
      return
    }
    throw .wrong
  }

  /// - Returns: the time as it is written, because that is what was signed, and the signatures' bytes.
  private static func parse(_ header: String) throws(Rejection) -> (time: Substring, candidates: [[UInt8]]) {
    var time: Substring?
    var candidates: [[UInt8]] = []
    for member in header.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw .malformed }
      switch parts[0] {
      case "t":
        guard time == nil, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
          throw .malformed
        }
        time = parts[1]
      case "v1":
        guard let bytes = hexadecimal(parts[1]), candidates.count < maximumCandidates else { throw .malformed }
        candidates.append(bytes)
      default: break
      }
    }
    guard let time, !candidates.isEmpty else { throw .malformed }
    return (time, candidates)
  }

  /// The 32 bytes of a SHA-256 digest; `nil` for anything else.
  private static func hexadecimal(_ text: Substring) -> [UInt8]? {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}
