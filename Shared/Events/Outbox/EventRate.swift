/// Events per second, measured over the last complete window of 100 ms.
struct EventRate {
  private static let window: Duration = .milliseconds(100)

  private var begin: ContinuousClock.Instant
  private var events = 0
  private(set) var perSecond = 0.0

  init(at now: ContinuousClock.Instant) {
    begin = now
  }

  mutating func count(_ events: Int, at now: ContinuousClock.Instant) {
    self.events += events
    let elapsed = now - begin
    guard elapsed >= Self.window else { return }
    perSecond = Double(self.events) / (elapsed / .seconds(1))
    (begin, self.events) = (now, 0)
  }
}
