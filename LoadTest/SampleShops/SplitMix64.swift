/// Steele, Lea and Flood's SplitMix64: a small generator whose numbers are the same on every platform and for every version of Swift.
///
/// The standard library's `random(in:using:)` and `shuffled(using:)` promise no particular algorithm, so the few draws needed
/// are made here.
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

  /// True this many times in a hundred.
  public mutating func chance(_ percent: Int) -> Bool {
    below(100) < percent
  }

  /// One of `elements`, which must not be empty.
  public mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// `count` different ones of `elements`, or all of them, in random order.
  public mutating func sample<Element>(_ elements: [Element], count: Int) -> [Element] {
    var rest = elements
    let taken = min(count, rest.count)
    for index in 0..<taken {
      rest.swapAt(index, index + below(rest.count - index))
    }
    return Array(rest[..<taken])
  }
}
