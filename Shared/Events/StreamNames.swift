/// The names of the streams of the `events` Redis, in one place.
public enum StreamNames {
  /// Where a service publishes: `events:shop`.
  public static func events(of service: String) -> String { "events:\(service)" }
  /// Where a group's undeliverable entries are kept: `events:dead:shop-listing`.
  public static func deadLetters(of group: String) -> String { "events:dead:\(group)" }
  /// What an operator sent back to a group, and to that group alone: `events:retry:shop-listing`.
  public static func retries(of group: String) -> String { "events:retry:\(group)" }
  /// How far each relay of a service has come (a hash, relay → batch): `relay:shop`.
  static func relayMarks(of service: String) -> String { "relay:\(service)" }
}
