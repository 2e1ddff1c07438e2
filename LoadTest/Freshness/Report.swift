import Histogram
import LoadClient

/// The outcome of a run.
struct Report: Sendable {
  let fromAnswer: Delays
  let fromStart: Delays
  /// Changes that were refused, not answered, or never shown.
  let errors: Int
  let firstError: String?
  let rate: Int
  let seconds: Int

  /// How many changes were seen in the listing.
  var count: Int {
    fromAnswer.count
  }

  init(_ values: Measurements.Values, rate: Int, seconds: Int) {
    fromAnswer = Delays(values.fromAnswer)
    fromStart = Delays(values.fromStart)
    errors = values.errors
    firstError = values.firstError
    self.rate = rate
    self.seconds = seconds
  }

  /// One line: milliseconds from the answer of the change, and under `fromStart` from its intended start.
  var json: String {
    "{\(fromAnswer.members),\"count\":\(count),\"errors\":\(errors),\"rate\":\(rate),\"seconds\":\(seconds),"
      + "\"fromStart\":{\(fromStart.members)}}"
  }

  var text: String {
    var lines = [
      "\(rate) changes a second for \(seconds) s: \(count.grouped) seen in the listing, \(errors.grouped) errors",
      "                                        p50        p99        max",
      "from the change's answer        \(fromAnswer.columns)",
      "from the change's planned start \(fromStart.columns)",
    ]
    if let firstError { lines.append("the first error: \(firstError)") }
    return lines.joined(separator: "\n")
  }
}

/// Quantiles in milliseconds.
struct Delays: Sendable {
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
