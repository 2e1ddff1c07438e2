public import Contracts

/// One setting as operators see it.
public struct RuntimeSetting: Hashable, Sendable, Encodable {
  public enum Source: String, Sendable, Encodable {
    /// What the service was started with: command line, environment, file, or the default of the code.
    case start
    /// An operator's change.
    case store
  }

  public let key: String
  public let value: String
  /// What `DELETE` goes back to: the value that the service was started with.
  public let `default`: String
  public let source: Source
  /// When it got this value: the change, or the service's start.
  public let since: Timestamp
  /// `operator:<uuid>`; `null` for a value from the start.
  public let changedBy: String?
  /// What values it may have.
  public let allowed: String
  public let meaning: String
  /// Why the value that the store holds is not used; another version of the service may have written it.
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
    // Always there, `null` where there is nothing to say.
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
  /// What the value must be.
  case invalid(key: String, reason: String)
}
