import Contracts
import RandomNumbers
import SampleShops

extension Identifier {
  /// A version 7 identifier of 2026-01-01 with a deterministic random part.
  static func generated(using random: inout SplitMix64) -> Identifier {
    let head = UInt64(0x019b_76da_a800) << 16 | 0x7000 | random.next() >> 52
    let tail = UInt64(0x8000_0000_0000_0000) | random.next() >> 2
    let digits = Array(hexadecimal(head) + hexadecimal(tail))
    let groups = [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
    guard let identifier = Identifier(groups.map { String($0) }.joined(separator: "-")) else {
      preconditionFailure("32 hexadecimal digits in groups are always a UUID")
    }
    return identifier
  }

  private static func hexadecimal(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
