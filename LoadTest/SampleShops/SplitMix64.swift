/// Steele, Lea and Flood's SplitMix64: a random number generator with the same sequence on every platform and Swift version.
///
/// The standard library's `random(in:using:)` and `shuffled(using:)` guarantee no particular algorithm, so the draws are implemented here.
public struct SplitMix64: Sendable {
  private var state: UInt64

  public init(seed: UInt64) {
    state = seed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  /// A number in `0..<bound`; `bound` must be positive.
  public mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  public mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.count)
  }

  /// True with a probability in percent.
  public mutating func chance(_ percent: Int) -> Bool {
    below(100) < percent
  }

  /// One of `elements`, which must not be empty.
  public mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// `count` distinct elements, or all if there are fewer, in random order.
  public mutating func sample<Element>(_ elements: [Element], count: Int) -> [Element] {
    var rest = elements
    let taken = min(count, rest.count)
    for index in 0..<taken {
      rest.swapAt(index, index + below(rest.count - index))
    }
    return Array(rest[..<taken])
  }
}
