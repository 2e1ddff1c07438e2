public import RandomNumbers

/// Choices whose results are the same for the same seed; the standard library's `random(in:using:)` and `shuffled(using:)` guarantee no
/// particular algorithm.
extension SplitMix64 {
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
