import Concurrency
import Configuration

/// The values of a service's keys, in order of precedence: command line, environment, the JSON file named by `BAEDAL_CONFIG`,
/// defaults.
///
/// An empty environment variable counts as not set. Undeclared keys of the file are ignored, so that services can share one.
public struct Settings: Sendable {
  private let reader: ConfigReader
  private let declared: [String: Setting]
  private let order: [Setting]

  /// - Parameter arguments: the command line without the program's name: `--http-port 8101` or `--http-port=8101`.
  /// - Throws: ``SettingsError`` for an unknown option, an option without a value, a file that can't be read or is no JSON
  /// object.
  public init(_ settings: [Setting], arguments: [String], environment: [String: String]) throws(SettingsError) {
    order = settings
    declared = Dictionary(settings.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let options = try CommandLineOptions.read(arguments, settings)
    let file = try environment["BAEDAL_CONFIG"].map(ConfigurationFile.read) ?? [:]
    let standards = settings.compactMap { setting in setting.standard.map { (setting.key, $0) } }
    reader = ConfigReader(providers: [
      Self.provider("command line", options),
      EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty }),
      Self.provider("file", file),
      Self.provider("defaults", Dictionary(standards, uniquingKeysWith: { first, _ in first })),
    ])
  }

  private static func provider(_ name: String, _ values: [String: String]) -> InMemoryProvider {
    InMemoryProvider(
      name: name,
      values: Dictionary(
        uniqueKeysWithValues: values.map { key, value in
          (AbsoluteConfigKey(ConfigKey(key)), ConfigValue(.string(value), isSecret: false))
        }))
  }

  /// Checks that all required keys are set, before anything is built.
  /// - Throws: ``SettingsError`` that names the first key without a value, in the order of declaration.
  public func requireAll() throws(SettingsError) {
    for setting in order where setting.isRequired { _ = try string(setting.key) }
  }

  /// Whether the service declares this key.
  public func declares(_ key: String) -> Bool {
    declared[key] != nil
  }

  /// The value of a required key.
  /// - Throws: ``SettingsError`` when it isn't set, or the key isn't declared.
  public func string(_ key: String) throws(SettingsError) -> String {
    guard let value = try optionalString(key) else {
      throw error(key, "is not set")
    }
    return value
  }

  /// The value, if it is set.
  public func optionalString(_ key: String) throws(SettingsError) -> String? {
    guard let setting = declared[key] else { throw SettingsError(key: key, reason: "is not a declared key") }
    return reader.string(forKey: ConfigKey(key), isSecret: setting.isSecret)
  }

  /// A decimal number within `range`.
  public func integer(_ key: String, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
    let text = try string(key)
    guard let number = Int(text), range.contains(number) else {
      throw error(key, "must be a number from \(range.lowerBound) to \(range.upperBound), not \(shown(key, text))")
    }
    return number
  }

  /// A positive duration with its unit: `250ms`, `30s`, `10m`.
  public func duration(_ key: String) throws(SettingsError) -> Duration {
    let text = try string(key)
    guard let duration = Self.duration(text) else {
      throw error(key, "must be a duration such as 250ms, 30s or 10m, not \(shown(key, text))")
    }
    return duration
  }

  private static let units: [(suffix: String, milliseconds: Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]

  /// Parses a duration as ``duration(_:)-(String)`` does.
  public static func duration(_ text: String) -> Duration? {
    for unit in units where text.hasSuffix(unit.suffix) {
      guard let count = Int64(text.dropLast(unit.suffix.count)), (1...1_000_000_000).contains(count) else { continue }
      return .milliseconds(count * unit.milliseconds)
    }
    return nil
  }

  /// An HTTP URL.
  public func url(_ key: String) throws(SettingsError) -> String {
    let text = try string(key)
    let host = ["http://", "https://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
    guard let host, let first = host.first, !":/?#".contains(first), !text.contains(where: \.isWhitespace) else {
      throw error(key, "must be a URL such as http://127.0.0.1:8107/path, not \(shown(key, text))")
    }
    return text
  }

  /// Formats whole milliseconds in the largest unit that fits.
  public static func text(_ duration: Duration) -> String {
    let milliseconds = duration.wholeMilliseconds
    let unit = units.last { milliseconds.isMultiple(of: $0.milliseconds) } ?? units[0]
    return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
  }

  /// The setting with that key, if there is one.
  public func declared(_ key: String) -> Setting? { declared[key] }

  /// `true` or `false`.
  public func bool(_ key: String) throws(SettingsError) -> Bool {
    let text = try string(key)
    guard let truth = Bool(text) else { throw error(key, "must be true or false, not \(shown(key, text))") }
    return truth
  }

  /// One of the raw values of a closed list.
  public func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, _ type: Choice.Type) throws(SettingsError)
    -> Choice
  {
    let text = try string(key)
    guard let choice = Choice(rawValue: text) else {
      throw error(key, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")), not \(shown(key, text))")
    }
    return choice
  }

  /// An error about a value that the service has found invalid.
  public func error(_ key: String, _ reason: String) -> SettingsError {
    SettingsError(key: declared[key].map { "\(key) (\($0.environmentName))" } ?? key, reason: reason)
  }

  private func shown(_ key: String, _ text: String) -> String {
    declared[key]?.isSecret == true ? "the value" : "\"\(text)\""
  }
}
