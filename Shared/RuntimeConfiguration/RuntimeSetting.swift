public import Contracts

/// One run-time setting as shown to operators.
public struct RuntimeSetting: Hashable, Sendable, Encodable {
  public enum Source: String, Sendable, Encodable {
    /// The value that the service was started with: from the command line, environment, file, or the code's default.
    case start
    /// An operator's change.
    case store
  }

  public let key: String
  public let value: String
  /// The value after `DELETE`: the one that the service was started with.
  public let `default`: String
  public let source: Source
  /// When it got this value: the time of the change, or the service's start.
  public let since: Timestamp
  /// `operator:<uuid>`; `null` for a value from the start.
  public let changedBy: String?
  /// Which values are allowed.
  public let allowed: String
  public let meaning: String
  /// Why the stored value is not used; another version of the service may have written it.
  public let refused: String?

  private enum CodingKeys: String, CodingKey {
    case key, value, `default`, source, since, changedBy, allowed, meaning, refused
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(key, forKey: .key)
    try container.encode(value, forKey: .value)
    try container.encode(`default`, forKey: .default)
    try container.encode(source, forKey: .source)
    try container.encode(since, forKey: .since)
    // Always present, `null` where there is no value.
    try container.encode(changedBy, forKey: .changedBy)
    try container.encode(allowed, forKey: .allowed)
    try container.encode(meaning, forKey: .meaning)
    try container.encode(refused, forKey: .refused)
  }
}

/// Why a setting can't be changed.
public enum RuntimeConfigurationError: Error, Hashable, Sendable {
  /// The service has no such setting, or it can't change at run time.
  case unknown(key: String)
  /// The value is invalid, for this reason.
  case invalid(key: String, reason: String)
}
