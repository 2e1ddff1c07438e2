/// The name and labels of one time series, sanitized and escaped once, when the series is created.
struct PrometheusSample: Hashable, Sendable {
  /// Matches `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  let name: String
  /// `a="b",c="d"`, or empty.
  let labels: String

  init(label: String, dimensions: [(String, String)]) {
    self.name = Self.valid(label, colons: true)
    self.labels =
      dimensions
      .map { "\(Self.valid($0.0, colons: false))=\"\(Self.escape($0.1, quotes: true))\"" }
      .joined(separator: ",")
  }

  /// Other characters, such as `.` and `-`, become `_`.
  static func valid(_ name: String, colons: Bool) -> String {
    var valid = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": valid.unicodeScalars.append(scalar)
      case ":" where colons: valid.unicodeScalars.append(scalar)
      case "0"..."9":
        if valid.isEmpty { valid = "_" }
        valid.unicodeScalars.append(scalar)
      default: valid.append("_")
      }
    }
    return valid.isEmpty ? "_" : valid
  }

  static func escape(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += #"\\"#
      case "\n": escaped += #"\n"#
      case "\"" where quotes: escaped += #"\""#
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// Text in Prometheus's exposition format 0.0.4.
struct PrometheusText {
  private(set) var bytes: [UInt8] = []

  mutating func describe(_ name: String, help: String, kind: PrometheusKind) {
    bytes += "# HELP \(name) \(PrometheusSample.escape(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n".utf8
  }

  mutating func append(_ sample: PrometheusSample, suffix: String = "", bound: String? = nil, value: String) {
    bytes += sample.name.utf8
    bytes += suffix.utf8
    let labels = [sample.labels, bound.map { "le=\"\($0)\"" } ?? ""].filter { !$0.isEmpty }
    if !labels.isEmpty { bytes += "{\(labels.joined(separator: ","))}".utf8 }
    bytes += " \(value)\n".utf8
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return value.description
  }
}
