public import Contracts
import Synchronization

/// The value of `Date` (RFC 9110, section 5.6.7), formatted once a second.
public final class DateHeader: Sendable {
  private let cached = Mutex<(second: Int64, text: String)>((.min, ""))

  public init() {}

  public func text(at time: Timestamp) -> String {
    let second = time.milliseconds / 1000
    return cached.withLock { cached in
      if cached.second != second { cached = (second, Self.format(time)) }
      return cached.text
    }
  }

  static func format(_ time: Timestamp) -> String {
    let parts = time.rfc3339.split { "-T:.Z".contains($0) }
    let days = time.milliseconds / 86_400_000
    let month = Self.months[(Int(parts[1]) ?? 1) - 1]
    // 1970-01-01 was a Thursday.
    return "\(Self.weekdays[Int((days + 4) % 7)]), \(parts[2]) \(month) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
