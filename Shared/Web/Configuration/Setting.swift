/// One key of a service's configuration.
public struct Setting: Sendable, Hashable {
  /// Words separated by dots: `http.port` is `--http-port` on the command line, `HTTP_PORT` in the environment, and
  /// `{"http": {"port": …}}` in the file.
  public let key: String
  public let standard: String?
  public let isRequired: Bool
  public let isSecret: Bool
  public let meaning: String

  /// - Parameters:
  ///   - standard: the default value.
  ///   - isRequired: whether the service can't start without a value; by default when there is no default value.
  ///   - isSecret: secrets are never shown.
  public init(
    _ key: String, default standard: String?, isRequired: Bool? = nil, isSecret: Bool = false, _ meaning: String
  ) {
    self.key = key
    self.standard = standard
    self.isRequired = isRequired ?? (standard == nil)
    self.isSecret = isSecret
    self.meaning = meaning
  }

  /// `HTTP_PORT`.
  public var environmentName: String {
    String(key.uppercased().map { $0 == "." ? "_" : $0 })
  }

  /// `http-port`, without the leading dashes.
  public var optionName: String {
    String(key.map { $0 == "." ? "-" : $0 })
  }

  /// The keys with environment name, default and meaning, as a Markdown table; for `--help` and READMEs.
  public static func table(_ settings: [Setting]) -> String {
    let rows =
      [["key", "environment", "default", "meaning"], ["---", "---", "---", "---"]]
      + settings.map { setting in
        let standard = setting.isSecret && setting.standard != nil ? "(secret)" : setting.standard
        return [
          setting.key, setting.environmentName, standard ?? (setting.isRequired ? "(required)" : "–"), setting.meaning,
        ]
      }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.enumerated().map { index, row in
      let cells = zip(row, widths).map { text, width in
        text + String(repeating: index == 1 ? "-" : " ", count: width - text.count)
      }
      return "| " + cells.joined(separator: " | ") + " |"
    }.joined(separator: "\n")
  }
}

/// A value that is missing or invalid; shown as one line, after which the process exits with 78 (`EX_CONFIG` of sysexits(3)).
public struct SettingsError: Error, Hashable, CustomStringConvertible {
  /// The wrong key, option or file.
  public let key: String
  public let reason: String

  public init(key: String, reason: String) {
    self.key = key
    self.reason = reason
  }

  public var description: String { "\(key) \(reason)" }
}
