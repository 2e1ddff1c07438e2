import SampleShops

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// When lives begin: a Poisson process, its rate given by a curve, with extra orders all at once.
///
/// Nothing in here depends on answers: that is what makes the loop an open one.
struct Arrivals: Sendable {
  /// Lives in a second; at both ends of the run, if there is a lunch peak.
  var rate: Double
  /// Seconds.
  var duration: Double
  var curve: RateCurve = .steady
  var bursts: [Burst] = []
  var seed: UInt64

  /// Seconds from the start of the run at which a life begins, in order; the same for the same seed.
  ///
  /// A process of rate 1 is drawn out by the inverse of the integrated rate (Çinlar, "Introduction to Stochastic Processes", 1975).
  func times() -> [Double] {
    var random = SplitMix64(seed: seed ^ 0x5851_f42d_4c95_7f2d)
    var times: [Double] = []
    var area = 0.0
    let whole = curve.integral(to: duration, of: duration) * rate
    while true {
      area -= log(1 - random.fraction())
      guard area < whole else { break }
      times.append(curve.time(ofIntegral: area / rate, of: duration))
    }
    for burst in bursts where burst.second <= duration {
      times += Array(repeating: burst.second, count: burst.count)
    }
    return times.sorted()
  }
}

/// Orders that all come at one moment.
struct Burst: Hashable, Sendable {
  let count: Int
  /// Since the start of the run.
  let second: Double
}

/// How the rate of arrivals changes in the course of a run.
enum RateCurve: Sendable {
  case steady
  /// From the rate to three times the rate in the middle and back, as a squared sine.
  case lunchPeak

  /// The most that the rate is multiplied by.
  var peak: Double {
    switch self {
    case .steady: 1
    case .lunchPeak: 3
    }
  }

  /// What the rate is multiplied by at `time` of a run of `duration` seconds.
  func factor(at time: Double, of duration: Double) -> Double {
    switch self {
    case .steady: 1
    case .lunchPeak: 2 - cos(2 * .pi * time / duration)
    }
  }

  /// The integral of the factor from 0 to `time`.
  func integral(to time: Double, of duration: Double) -> Double {
    switch self {
    case .steady: time
    case .lunchPeak: 2 * time - duration / (2 * .pi) * sin(2 * .pi * time / duration)
    }
  }

  /// The inverse of `integral`, by bisection to a microsecond.
  func time(ofIntegral area: Double, of duration: Double) -> Double {
    var (low, high) = (0.0, duration)
    while high - low > 1e-6 {
      let middle = (low + high) / 2
      if integral(to: middle, of: duration) < area { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}

extension SplitMix64 {
  /// A number from 0 to below 1, in steps of 2⁻⁵³.
  mutating func fraction() -> Double {
    Double(next() >> 11) * 0x1p-53
  }
}
