/// A fast generator of random numbers for choices that need not be unpredictable, with the same sequence for the same seed on every
/// platform and Swift version. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  /// What is added to the state for each number.
  public static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

  private var state: UInt64

  public init(seed: UInt64) {
    state = seed
  }

  public mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

  /// The number that follows from a state.
  public static func mix(_ state: UInt64) -> UInt64 {
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to below 1, in steps of 2⁻⁵³.
  public mutating func fraction() -> Double {
    Self.fraction(of: next())
  }

  /// A random number as a fraction from 0 to below 1.
  public static func fraction(of number: UInt64) -> Double {
    Double(number >> 11) * 0x1p-53
  }
}
