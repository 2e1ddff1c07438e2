extension Duration {
  /// Fractional milliseconds.
  public var inMilliseconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) * 1000 + Double(attoseconds) / 1e15
  }

  /// Fractional seconds.
  public var inSeconds: Double {
    inMilliseconds / 1000
  }
}

extension Double {
  /// This number with a fixed number of decimals: `4.80`.
  public func text(decimals: Int) -> String {
    let scale = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
    let scaled = Int64((magnitude * scale).rounded())
    let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: Int64(scale))
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + whole.grouped }
    let digits = String(fraction)
    return "\(sign)\(whole.grouped).\(String(repeating: "0", count: decimals - digits.utf8.count))\(digits)"
  }
}

extension BinaryInteger {
  /// This number with commas between thousands: `12,000`.
  public var grouped: String {
    var text = ""
    let digits = String(magnitude)
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.utf8.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return self < 0 ? "-" + text : text
  }
}
