import Histogram
import LoadClient

/// The outcome of a run.
struct FreshnessReport: Sendable {
  let fromResponse: LatencyQuantiles
  let fromStart: LatencyQuantiles
  /// Changes that failed, had no response, or were not shown in time.
  let errors: Int
  let firstError: String?
  let rate: Int
  let seconds: Int

  /// The number of changes that the listing showed.
  var count: Int {
    fromResponse.count
  }

  init(_ values: FreshnessMeasurements.Values, rate: Int, seconds: Int) {
    fromResponse = LatencyQuantiles(values.fromResponse)
    fromStart = LatencyQuantiles(values.fromStart)
    errors = values.errors
    firstError = values.firstError
    self.rate = rate
    self.seconds = seconds
  }

  /// One line: milliseconds from the response to the change, and under `fromStart` from its intended start.
  var json: String {
    "{\(fromResponse.members),\"count\":\(count),\"errors\":\(errors),\"rate\":\(rate),\"seconds\":\(seconds),"
      + "\"fromStart\":{\(fromStart.members)}}"
  }

  var text: String {
    var lines = [
      "\(rate) changes/s for \(seconds) s: \(count.grouped) shown in the listing, \(errors.grouped) errors",
      "                                        p50        p99        max",
      "from the response to the change \(fromResponse.columns)",
      "from the intended start         \(fromStart.columns)",
    ]
    if let firstError { lines.append("first error: \(firstError)") }
    return lines.joined(separator: "\n")
  }
}

/// Latency quantiles in milliseconds.
struct LatencyQuantiles: Sendable {
  let count: Int
  let p50: Double
  let p99: Double
  let max: Double

  init(_ histogram: Histogram<UInt64>) {
    count = Int(histogram.totalCount)
    p50 = Double(histogram.valueAtPercentile(50)) / 1000
    p99 = Double(histogram.valueAtPercentile(99)) / 1000
    max = Double(histogram.max) / 1000
  }

  var members: String {
    "\"p50\":\(p50),\"p99\":\(p99),\"max\":\(max)"
  }

  var columns: String {
    [p50, p99, max].map { value in
      let text = value.text(decimals: 2)
      return String(repeating: " ", count: Swift.max(0, 8 - text.utf8.count)) + text + " ms"
    }.joined()
  }
}
