import RandomNumbers
import Synchronization

/// A span in a distributed trace.
///
/// Source: W3C Trace Context (Level 1), header `traceparent`, version `00`.
public struct TraceContext: Sendable, Hashable {
  private let traceHigh: UInt64
  private let traceLow: UInt64
  private let span: UInt64
  private let flags: UInt8

  private init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, flags: UInt8) {
    self.traceHigh = traceHigh
    self.traceLow = traceLow
    self.span = span
    self.flags = flags
  }

  /// Reads a `traceparent` value: `00-<32 hex>-<16 hex>-<2 hex>`, lower case only.
  ///
  /// `nil` for another version, another length, upper-case digits, and ids that are all zero; the caller then starts a new trace.
  public init?(traceparent text: some StringProtocol) {
    let bytes = Array(text.utf8)
    let dash = UInt8(ascii: "-")
    guard bytes.count == 55, bytes[0] == UInt8(ascii: "0"), bytes[1] == UInt8(ascii: "0"),
      bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
      let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
      let span = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55]),
      high != 0 || low != 0, span != 0
    else { return nil }
    self.init(traceHigh: high, traceLow: low, span: span, flags: UInt8(flags))
  }

  /// The root of a new trace, sampled.
  public static func root() -> TraceContext {
    TraceContext(traceHigh: TraceIdentifiers.next(), traceLow: TraceIdentifiers.next(), span: TraceIdentifiers.next(), flags: 1)
  }

  /// A child span: same trace id and flags, new span id.
  public func child() -> TraceContext {
    TraceContext(traceHigh: traceHigh, traceLow: traceLow, span: TraceIdentifiers.next(), flags: flags)
  }

  /// The `traceparent` header value, 55 characters.
  public var traceparent: String {
    String(unsafeUninitializedCapacity: 55) { text in
      text[0] = UInt8(ascii: "0")
      text[1] = UInt8(ascii: "0")
      for dash in [2, 35, 52] { text[dash] = UInt8(ascii: "-") }
      Self.write(traceHigh, digits: 16, to: text, at: 3)
      Self.write(traceLow, digits: 16, to: text, at: 19)
      Self.write(span, digits: 16, to: text, at: 36)
      Self.write(UInt64(flags), digits: 2, to: text, at: 53)
      return 55
    }
  }

  /// 32 lower-case hexadecimal digits.
  public var traceID: String {
    String(unsafeUninitializedCapacity: 32) { text in
      Self.write(traceHigh, digits: 16, to: text, at: 0)
      Self.write(traceLow, digits: 16, to: text, at: 16)
      return 32
    }
  }

  /// 16 lower-case hexadecimal digits.
  public var spanID: String {
    String(unsafeUninitializedCapacity: 16) { text in
      Self.write(span, digits: 16, to: text, at: 0)
      return 16
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }

  private static func write(_ value: UInt64, digits: Int, to text: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
    var rest = value
    for place in stride(from: start + digits - 1, through: start, by: -1) {
      let digit = UInt8(truncatingIfNeeded: rest & 0xf)
      text[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
      rest >>= 4
    }
  }
}

/// Trace and span ids: a SplitMix64 sequence from a random start, so that an id costs one atomic addition and no system call.
///
/// They identify requests and are not secret.
enum TraceIdentifiers {
  private static let state = Atomic<UInt64>(UInt64.random(in: .min ... .max))

  static func next() -> UInt64 {
    let id = SplitMix64.mix(state.wrappingAdd(SplitMix64.increment, ordering: .relaxed).newValue)
    return id == 0 ? 1 : id
  }
}
