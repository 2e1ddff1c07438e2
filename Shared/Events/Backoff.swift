/// Growing pauses between tries: each about twice the one before, with jitter so that many waiters don't return together.
struct Backoff {
  private let first: Duration
  private let longest: Duration
  private var current: Duration

  init(from first: Duration, to longest: Duration) {
    self.first = first
    self.longest = longest
    current = first
  }

  /// The pause before the next try: between half and the whole of the current step.
  mutating func next() -> Duration {
    let pause = current * Double.random(in: 0.5...1)
    current = min(current * 2, longest)
    return pause
  }

  mutating func reset() {
    current = first
  }
}
