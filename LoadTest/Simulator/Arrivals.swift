import RandomNumbers
import SampleShops

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The arrival times of order runs: a Poisson process whose rate follows a curve, plus bursts.
///
/// Arrivals do not depend on responses: the load is open-loop.
struct Arrivals: Sendable {
  /// Order runs per second; with a lunch peak, at the start and the end.
  var rate: Double
  /// Seconds.
  var duration: Double
  var curve: RateCurve = .steady
  var bursts: [Burst] = []
  var seed: UInt64

  /// The arrival times in seconds since the start, sorted; deterministic for a seed.
  ///
  /// A process of rate 1, transformed by the inverse of the integrated rate (Çinlar, "Introduction to Stochastic Processes", 1975).
  func times() -> [Double] {
    var random = SplitMix64(seed: seed ^ 0x5851_f42d_4c95_7f2d)
    var times: [Double] = []
    var area = 0.0
    let totalArea = curve.integral(to: duration, of: duration) * rate
    while true {
      area -= log(1 - random.fraction())
      guard area < totalArea else { break }
      times.append(curve.time(ofIntegral: area / rate, of: duration))
    }
    for burst in bursts where burst.second <= duration {
      times += Array(repeating: burst.second, count: burst.count)
    }
    return times.sorted()
  }
}

/// Order runs that all arrive at one time.
struct Burst: Hashable, Sendable {
  let count: Int
  /// Seconds since the start.
  let second: Double
}

/// The course of the arrival rate.
enum RateCurve: Sendable {
  case steady
  /// Rises to three times the rate in the middle and falls back, as a squared sine.
  case lunchPeak

  /// The maximum of the factor.
  var peak: Double {
    switch self {
    case .steady: 1
    case .lunchPeak: 3
    }
  }

  /// The factor of the rate at `time` of `duration` seconds.
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
