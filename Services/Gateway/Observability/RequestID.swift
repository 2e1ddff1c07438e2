import Contracts
import Telemetry

/// What joins the log lines of one request, here and in the services behind: the client's word for it, or a new one.
struct RequestID: Hashable, Sendable, CustomStringConvertible {
  let description: String

  /// - Parameter sent: taken if it is short and plain, so that it can't forge a log line or a header.
  init(sent: String?) {
    if let sent, (1...64).contains(sent.utf8.count), sent.utf8.allSatisfy(Self.isPlain) {
      description = sent
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
