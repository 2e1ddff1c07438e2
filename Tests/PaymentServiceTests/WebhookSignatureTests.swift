import Contracts
import NIOCore
import Testing

@testable import PaymentService

@Suite("Webhook signatures")
struct WebhookSignatureTests {
  private static let now: Int64 = 1_800_000_000
  private static let body = #"{"id":"1","reference":"2"}"#
  private let verifier = WebhookVerifier(secret: "secret", tolerance: .seconds(300))

  private static func signed(_ seconds: Int64 = now, secret: String = "secret", body: String = body) -> String {
    PaymentUnderTest.signature(body, secret: secret, at: seconds)
  }

  private func rejection(of header: String?, body: String = body) -> WebhookVerifier.Rejection? {
    do throws(WebhookVerifier.Rejection) {
      try verifier.verify(header, body: ByteBuffer(string: body), at: Timestamp(milliseconds: Self.now * 1000))
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "A matching signature within the tolerance is accepted",
    arguments: [
      signed(), signed(now - 300), signed(now + 300), signed() + ",v0=ff", "v2=x," + signed(),
      // During a secret rotation there are signatures with both secrets.
      signed(secret: "old") + ",v1=" + signed().suffix(64), signed() + ",v1=" + signed(secret: "old").suffix(64),
    ])
  func accepted(_ header: String) {
    #expect(rejection(of: header) == nil)
  }

  @Test(
    "A missing, malformed, stale or wrong signature is rejected",
    arguments: [
      (nil, .missing), ("", .malformed), ("t=1", .malformed), ("v1=\(String(repeating: "0", count: 64))", .malformed),
      (signed(secret: "other"), .wrong), (signed(body: body + " "), .wrong),
      (signed(now - 301), .stale), (signed(now + 301), .stale), (signed(0), .stale),
      (String(signed().dropLast()), .malformed), (String(signed().dropLast(2)), .malformed), (signed() + "00", .malformed),
      (signed() + ",t=\(now)", .malformed), ("t=-5,v1=" + signed().suffix(64), .malformed),
      ("t=99999999999999999999,v1=" + signed().suffix(64), .malformed), (signed().replacing("v1", with: "v0"), .malformed),
      // The signature of another time.
      ("t=\(now - 1),v1=" + signed().suffix(64), .wrong), ("t=0\(now),v1=" + signed().suffix(64), .wrong),
      (signed(secret: "a") + ",v1=" + signed(secret: "b").suffix(64), .wrong),
      (signed() + String(repeating: ",v1=" + signed().suffix(64), count: 4), .malformed),
      ("t=\(now),v1=" + String(repeating: "z", count: 64), .malformed),
    ] as [(String?, WebhookVerifier.Rejection)])
  func rejected(_ header: String?, _ expected: WebhookVerifier.Rejection) {
    #expect(rejection(of: header) == expected)
  }
}
