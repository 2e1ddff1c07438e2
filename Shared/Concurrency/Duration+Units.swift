extension Duration {
  /// Rounded toward zero.
  public var wholeSeconds: Int64 { components.seconds }

  /// Rounded toward zero.
  public var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }

  /// Rounded toward zero.
  public var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }

  /// Rounded toward zero; up to 292 years.
  public var wholeNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }

  /// In seconds, with the fraction.
  public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
