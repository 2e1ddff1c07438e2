import Contracts
import HTTPTypes
import Telemetry

/// Correlates the log lines of one request across services: the client's `X-Request-Id`, or a new UUID.
struct RequestID: Hashable, Sendable, CustomStringConvertible {
  let description: String

  /// - Parameter received: accepted if it has at most 64 alphanumeric characters, `-`, `_` and `.`, so that it can't forge a log line
  ///   or a header.
  init(received: String?) {
    if let received, (1...64).contains(received.utf8.count), received.utf8.allSatisfy(Self.isPlain) {
      description = received
    } else {
      description = Identifier.v7(at: .now()).description
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}

extension HTTPField.Name {
  static let requestID = HTTPField.Name("X-Request-Id")!
}
