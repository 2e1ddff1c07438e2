import Contracts
import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Signs webhooks, so that the receiver can verify their origin and the time of sending.
///
/// `t=<unix seconds>,v1=<hex>`, with HMAC-SHA-256 (RFC 2104) of `<unix seconds>.<body>` under the shared secret.
struct WebhookSigner: Sendable {
  private let key: SymmetricKey

  init(secret: String) {
    key = SymmetricKey(data: Array(secret.utf8))
  }

  /// The value of the header `Provider-Signature`.
  func header(of body: [UInt8], at time: Timestamp) -> String {
    let seconds = time.milliseconds / 1000
    let code = HMAC<SHA256>.authenticationCode(for: Array("\(seconds).".utf8) + body, using: key)
    return "t=\(seconds),v1=\(Self.hexadecimal(code))"
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xf)]] }, as: UTF8.self)
  }
}
