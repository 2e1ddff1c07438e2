/// Exponential backoff: each pause is about twice the one before, with jitter so that many waiters don't retry together.
public struct Backoff: Sendable {
  private let first: Duration
  private let longest: Duration
  private var current: Duration
  /// How many pauses there have been since the last success.
  public private(set) var attempts = 0

  public init(from first: Duration = .milliseconds(50), to longest: Duration = .seconds(1)) {
    self.first = first
    self.longest = longest
    current = first
  }

  /// The pause before the next attempt: between half and the whole of the current step.
  public mutating func next() -> Duration {
    let pause = current * Double.random(in: 0.5...1)
    current = min(current * 2, longest)
    attempts += 1
    return pause
  }

  public mutating func reset() {
    current = first
    attempts = 0
  }
}
